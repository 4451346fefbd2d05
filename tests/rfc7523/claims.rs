//! What an assertion must say: RFC 7523 §3.

use std::time::Duration;

use flow::AssertionAudience;
use serde_json::{Value, json};
use testkit::{ISSUER, M2M, WEB};

use super::Signer;

#[tokio::test]
async fn a_good_assertion_is_accepted() {
    let signer = Signer::start().await;
    let tokens = signer.ask(&signer.assertion()).await.tokens();
    assert_eq!(signer.app.verify(&tokens.access_token).await.claims["client_id"], M2M);
    // RFC 7523 §3 (6), (5): `iat` and `nbf` may be absent.
    signer.ask(&signer.claiming(|claims| drop(claims.as_object_mut().unwrap().remove("iat")))).await.tokens();
}

#[tokio::test]
async fn issuer_and_subject_must_both_be_the_client() {
    let signer = Signer::start().await;
    for (member, value) in [
        ("iss", json!(WEB)),
        ("iss", json!(ISSUER)),
        ("iss", json!("")),
        ("iss", json!([M2M])),
        ("sub", json!(WEB)),
        ("sub", json!("")),
        ("sub", json!("nobody")),
        ("sub", json!([M2M])),
        ("sub", json!(1)),
    ] {
        let assertion = signer.claiming(|claims| claims[member] = value.clone());
        signer.assert_refused(&assertion, &format!("{member} {value}")).await;
    }
}

#[tokio::test]
async fn every_required_claim_is_required() {
    let signer = Signer::start().await;
    for member in ["iss", "sub", "aud", "jti", "exp"] {
        let assertion = signer.claiming(|claims| drop(claims.as_object_mut().unwrap().remove(member)));
        signer.assert_refused(&assertion, member).await;
    }
}

#[tokio::test]
async fn mistyped_claims_are_refused() {
    let signer = Signer::start().await;
    let now = signer.app.now().as_secs();
    for (member, value) in [
        ("exp", json!(f64::from(u32::try_from(now).unwrap()) + 60.5)),
        ("exp", json!((now + 60).to_string())),
        ("exp", json!(null)),
        ("iat", json!("now")),
        ("iat", json!(null)),
        ("nbf", json!(1.5)),
        ("nbf", json!(null)),
        ("jti", json!(1)),
        ("jti", json!("")),
        ("aud", json!(null)),
        ("aud", json!(1)),
        ("aud", json!([ISSUER, 1])),
    ] {
        let assertion = signer.claiming(|claims| claims[member] = value.clone());
        signer.assert_refused(&assertion, &format!("{member} {value}")).await;
    }
}

#[tokio::test]
async fn times_are_judged_by_the_servers_clock() {
    let signer = Signer::start().await;
    let now = signer.app.now().as_secs();
    let with = |member: &str, offset: i64| signer.claiming(|claims| claims[member] = json!(now + offset));
    for (member, offset) in [("exp", 300), ("exp", 1), ("iat", 8), ("iat", 60), ("nbf", 0), ("nbf", 8), ("iat", -900)] {
        let reply = signer.ask(&with(member, offset)).await;
        assert_eq!(reply.status.as_u16(), 200, "{member} {offset}: {}", reply.summary());
    }
    for (member, offset) in
        [("exp", -10), ("exp", 311), ("exp", 3600), ("iat", 61), ("nbf", 11), ("exp", i64::MAX - now)]
    {
        signer.assert_refused(&with(member, offset), &format!("{member} {offset}")).await;
    }
    let early = signer.assertion();
    signer.app.advance(Duration::from_secs(70));
    signer.assert_refused(&early, "expired").await;
}

#[tokio::test]
async fn a_jti_has_at_most_128_bytes() {
    let signer = Signer::start().await;
    signer.ask(&signer.claiming(|claims| claims["jti"] = json!("j".repeat(128)))).await.tokens();
    signer.assert_refused(&signer.claiming(|claims| claims["jti"] = json!("j".repeat(129))), "129 bytes").await;
}

/// Threat: an assertion for one server is passed on to another (audience injection).
#[tokio::test]
async fn by_default_the_audience_is_the_issuer_as_one_string() {
    let signer = Signer::start().await;
    signer.ask(&signer.claiming(|claims| claims["aud"] = json!(ISSUER))).await.tokens();
    for aud in [
        json!([ISSUER]),
        json!([ISSUER, "https://evil.example"]),
        json!(format!("{ISSUER}/")),
        json!(format!("{ISSUER}/token")),
        json!(format!("{ISSUER}/par")),
        json!(ISSUER.to_uppercase()),
        json!("https://evil.example"),
        json!(M2M),
        json!(""),
        json!([]),
    ] {
        signer.assert_refused(&signer.claiming(|claims| claims["aud"] = aud.clone()), &aud.to_string()).await;
    }
}

#[tokio::test]
async fn the_accepted_audience_is_a_setting_of_the_client() {
    let signer = Signer::start().await;
    let token_endpoint = format!("{ISSUER}/token");
    let accepts = async |rule: AssertionAudience, aud: Value| {
        signer.app.set_client(M2M, |change| change.client.terms.assertion_audience = rule).await;
        signer.ask(&signer.claiming(|claims| claims["aud"] = aud)).await.status.as_u16() == 200
    };
    assert!(accepts(AssertionAudience::TokenEndpoint, json!(token_endpoint)).await);
    assert!(accepts(AssertionAudience::TokenEndpoint, json!([token_endpoint])).await);
    assert!(!accepts(AssertionAudience::TokenEndpoint, json!(ISSUER)).await);
    assert!(accepts(AssertionAudience::Any, json!(token_endpoint)).await);
    assert!(accepts(AssertionAudience::Any, json!(ISSUER)).await);
    assert!(accepts(AssertionAudience::Any, json!([ISSUER, token_endpoint])).await);
    assert!(!accepts(AssertionAudience::Any, json!("https://evil.example")).await);
    assert!(!accepts(AssertionAudience::Issuer, json!(token_endpoint)).await);
}
