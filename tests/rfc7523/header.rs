//! Header, signature and form of an assertion: RFC 7515, RFC 8725. Each test is one threat.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use testkit::{App, ClientKey, M2M, mac};

use super::{Signer, register};

#[tokio::test]
async fn every_algorithm_is_accepted() {
    for alg in ["ES256", "ES384", "EdDSA", "PS256", "RS256"] {
        let signer = Signer::with(alg, App::start().await).await;
        let reply = signer.ask(&signer.assertion()).await;
        assert_eq!(reply.status.as_u16(), 200, "{alg}: {}", reply.summary());
    }
}

/// Threat: `none` and its spellings.
#[tokio::test]
async fn none_in_any_spelling_is_refused() {
    let signer = Signer::start().await;
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let token = signer.headed(|header| header["alg"] = json!(alg));
        signer.assert_refused(&token, alg).await;
        let (message, _) = token.rsplit_once('.').unwrap();
        signer.assert_refused(&format!("{message}."), alg).await;
    }
    signer.assert_refused(&signer.headed(|header| drop(header.as_object_mut().unwrap().remove("alg"))), "no alg").await;
}

/// Threat: an HMAC under what is public of the key, or under nothing.
#[tokio::test]
async fn a_public_key_is_never_the_secret_of_an_hmac() {
    let signer = Signer::with("RS256", App::start().await).await;
    let jwk = signer.key.jwk("k1");
    let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
    for secret in [jwk.to_string().into_bytes(), modulus, jwk["n"].to_string().into_bytes(), b"k1".to_vec(), vec![0]] {
        for header in [json!({ "alg": "HS256", "kid": "k1" }), json!({ "alg": "RS256", "kid": "k1" })] {
            signer.assert_refused(&mac(&secret, &header, &signer.claims()), "confusion").await;
        }
    }
}

#[tokio::test]
async fn the_registered_algorithm_is_the_only_one() {
    let app = App::start().await;
    let key = ClientKey::generate("RS256");
    let mut jwk = key.jwk("k1");
    jwk.as_object_mut().unwrap().remove("alg");
    register(&app, M2M, &[jwk]).await;
    app.set_client(M2M, |change| change.client.terms.assertion_alg = Some("PS256".to_owned())).await;
    let signer = Signer { app, key };
    signer.assert_refused(&signer.assertion(), "RS256 where PS256 was agreed").await;
    signer.app.set_client(M2M, |change| change.client.terms.assertion_alg = Some("RS256".to_owned())).await;
    signer.ask(&signer.assertion()).await.tokens();
}

/// Threat: what stands in `kid` is a name, never a path, a query or an address.
#[tokio::test]
async fn a_kid_names_a_registered_key_or_nothing() {
    let signer = Signer::start().await;
    for kid in
        ["k2", "K1", "k1 ", "", "../../../dev/null", "' OR '1'='1", "https://evil.example/jwks", &"k".repeat(129)]
    {
        signer.assert_refused(&signer.headed(|header| header["kid"] = json!(kid)), kid).await;
    }
    for kid in [json!(null), json!(1), json!(["k1"])] {
        signer.assert_refused(&signer.headed(|header| header["kid"] = kid.clone()), &kid.to_string()).await;
    }
    let without = |signer: &Signer| signer.headed(|header| drop(header.as_object_mut().unwrap().remove("kid")));
    // With one key that fits there is no doubt.
    signer.ask(&without(&signer)).await.tokens();
    register(&signer.app, M2M, &[signer.key.jwk("k1"), ClientKey::generate("ES256").jwk("k2")]).await;
    signer.assert_refused(&without(&signer), "two keys that fit").await;
    signer.ask(&signer.assertion()).await.tokens();
}

/// Threat: the attacker brings a key, or an extension that changes what is signed.
#[tokio::test]
async fn headers_that_bring_keys_or_extensions_are_refused() {
    let signer = Signer::start().await;
    let own = ClientKey::generate("ES256");
    for (name, value) in [
        ("jwk", own.jwk("k1")),
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("enc", json!("A128GCM")),
    ] {
        signer.assert_refused(&signer.headed(|header| header[name] = value), name).await;
    }
    let mut header = signer.header();
    header["jwk"] = own.jwk("k1");
    signer.assert_refused(&own.sign(&header, &signer.claims()), "signed by the key that it brings").await;
}

/// Threat: another kind of JWT is no assertion, and an assertion is no access token.
#[tokio::test]
async fn another_kind_of_jwt_is_refused() {
    let signer = Signer::start().await;
    for typ in ["JWT", "jwt", "client-authentication+jwt", "application/client-authentication+jwt"] {
        signer.ask(&signer.headed(|header| header["typ"] = json!(typ))).await.tokens();
    }
    for typ in ["at+jwt", "logout+jwt", "dpop+jwt", "oauth-authz-req+jwt", "secevent+jwt", "JOSE", ""] {
        signer.assert_refused(&signer.headed(|header| header["typ"] = json!(typ)), typ).await;
    }
    // What this server signed itself does not prove a client to it.
    let own = signer.ask(&signer.assertion()).await.tokens().access_token;
    signer.assert_refused(&own, "an access token").await;
    signer.app.rp().userinfo(&signer.assertion()).await.assert_status(401);
}

/// Threat: one signature has one spelling, and a changed byte ends it.
#[tokio::test]
async fn a_token_that_is_spelled_otherwise_is_refused() {
    let signer = Signer::start().await;
    let good = signer.assertion();
    let (message, signature) = good.rsplit_once('.').unwrap();
    let raw = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let zeros = format!("{message}.{}", URL_SAFE_NO_PAD.encode([0; 64]));
    let swapped = format!("{message}.{}", URL_SAFE_NO_PAD.encode([&raw[32..], &raw[..32]].concat()));
    for bad in [
        format!("{good}="),
        format!("{good}.x"),
        format!(".{good}"),
        good.replacen('.', "..", 1),
        message.to_owned(),
        zeros,
        swapped,
        format!("{good}\u{e9}"),
    ] {
        signer.assert_refused(&bad, &bad).await;
    }
    signer.ask(&good).await.tokens();
}

/// Threat: two readers must not see two tokens.
#[tokio::test]
async fn a_member_that_stands_twice_is_refused() {
    let signer = Signer::start().await;
    let (header, claims) = (signer.header().to_string(), signer.claims().to_string());
    let twice = claims.replacen('{', r#"{"sub":"m2m","#, 1);
    signer.assert_refused(&signer.key.sign_text(&header, &twice), "claims").await;
    let twice = header.replacen('{', r#"{"alg":"ES256","#, 1);
    signer.assert_refused(&signer.key.sign_text(&twice, &claims), "header").await;
    signer.ask(&signer.key.sign_text(&header, &claims)).await.tokens();
}

/// Threat: what is too large is not decoded.
#[tokio::test]
async fn a_token_beyond_its_size_is_refused() {
    let signer = Signer::start().await;
    signer.assert_refused(&signer.headed(|header| header["pad"] = json!("a".repeat(1000))), "header").await;
    // The form itself admits no longer value.
    let large = signer.claiming(|claims| claims["pad"] = json!("a".repeat(8000)));
    signer.ask(&large).await.assert_error(400, "invalid_request");
}

#[tokio::test]
async fn a_key_of_somebody_else_proves_nothing() {
    let signer = Signer::start().await;
    let foreign = ClientKey::generate("ES256");
    signer.assert_refused(&foreign.sign(&signer.header(), &signer.claims()), "a foreign key").await;
}
