//! Every signing algorithm from the client's registration to a signature that a stranger verifies. OpenID Connect Core
//! §3.1.3.6, §3.1.3.7, §5.3.2; RFC 7518 §3.1; RFC 8037.

use std::time::Duration;

use protocol::Alg;
use serde_json::{Value, json};
use testkit::{App, ISSUER, WEB, at_hash};

const DISCOVERY: &str = "/.well-known/openid-configuration";

async fn listed(app: &App, name: &str) -> Vec<Value> {
    app.get(DISCOVERY).await.json()[name].as_array().unwrap().clone()
}

fn algs_of(jwks: &Value) -> Vec<String> {
    let mut algs: Vec<_> =
        jwks["keys"].as_array().unwrap().iter().map(|key| key["alg"].as_str().unwrap().to_owned()).collect();
    algs.sort_unstable();
    algs
}

/// One client goes through all of them; the signatures are checked by the published keys alone.
#[tokio::test]
async fn each_algorithm_signs_every_kind_of_token() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in();
    for alg in Alg::ALL {
        let rp = app.rp().registered(move |change| {
            change.client.id_token_alg = alg;
            change.client.access_token_alg = alg;
            change.client.terms.userinfo_alg = Some(alg);
        });
        let code = browser.authorize(&rp).await.code();
        let tokens = rp.exchange(code).await.tokens();
        let userinfo = rp.userinfo(&tokens.access_token).await;
        assert_eq!(userinfo.assert_status(200).header("content-type"), Some("application/jwt"), "{alg}");
        for (token, typ) in
            [(tokens.id_token(), "JWT"), (tokens.access_token.as_str(), "at+jwt"), (userinfo.text(), "JWT")]
        {
            let jwt = app.verify(token).await;
            assert_eq!((&jwt.header["alg"], &jwt.header["typ"]), (&json!(alg.as_str()), &json!(typ)));
            assert!(jwt.header["kid"].as_str().is_some_and(|kid| kid.len() == 43), "a thumbprint names the key");
        }
        let id_token = app.verify(tokens.id_token()).await;
        assert_eq!(id_token.claims["at_hash"], at_hash(alg.as_str(), &tokens.access_token), "{alg}");
    }
    assert_eq!(algs_of(&app.jwks().await), ["ES256", "ES384", "EdDSA", "PS256", "RS256"]);
}

/// A key that nobody needs is not made; the first client that needs one finds it.
#[tokio::test]
async fn the_key_of_an_algorithm_is_made_when_the_first_client_needs_it() {
    let app = App::start().await;
    let node = app.second_node().await;
    assert_eq!(algs_of(&app.jwks().await), ["ES256", "RS256"]);
    assert_eq!(listed(&app, "id_token_signing_alg_values_supported").await, ["RS256", "ES256"]);
    let rp = app.rp().registered(|change| change.client.id_token_alg = Alg::EdDsa);
    let code = app.browser().signed_in().authorize(&rp).await.code();
    let tokens = rp.exchange(code).await.tokens();
    assert_eq!(app.verify(tokens.id_token()).await.header["alg"], "EdDSA");
    for name in ["id_token_signing_alg_values_supported", "userinfo_signing_alg_values_supported"] {
        assert_eq!(listed(&app, name).await, ["RS256", "ES256", "EdDSA"], "{name}");
    }
    // Another node learns of it and signs with the very same key.
    node.keys().reload().await.unwrap();
    assert_eq!(node.jwks().await, app.jwks().await);
    let refreshed = rp.refresh(tokens.refresh_token()).await.tokens();
    let kid = |token: &str| testkit::Jwt::unverified(token).header["kid"].clone();
    assert_eq!(kid(refreshed.id_token()), kid(tokens.id_token()));
}

/// The new key of a demanded algorithm ages like the others.
#[tokio::test]
async fn a_key_that_was_made_on_demand_rotates() {
    let app = App::start().await;
    let rp = app.rp().registered(|change| change.client.id_token_alg = Alg::Es384);
    let sign_in = async || {
        let code = app.browser().signed_in().authorize(&rp).await.code();
        rp.exchange(code).await.tokens().id_token.unwrap()
    };
    let before = sign_in().await;
    app.keys().rotate(Alg::Es384, false).await.unwrap();
    assert_eq!(sign_in().await.split('.').next(), before.split('.').next(), "announced, it does not sign yet");
    app.advance(Duration::from_hours(25));
    app.keys().advance().await.unwrap();
    let after = sign_in().await;
    assert_ne!(after.split('.').next(), before.split('.').next());
    for token in [&before, &after] {
        assert_eq!(app.verify(token).await.header["alg"], "ES384");
    }
}

/// One algorithm is never accepted for another, whatever the header says.
#[tokio::test]
async fn a_token_whose_header_was_changed_is_refused() {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let app = App::start().await;
    let rp = app.rp();
    let code = app.browser().signed_in().authorize(&rp).await.code();
    let token = rp.exchange(code).await.tokens().access_token;
    rp.userinfo(&token).await.assert_status(200);
    let (_, rest) = token.split_once('.').unwrap();
    let header = testkit::Jwt::unverified(&token).header;
    for alg in ["none", "HS256", "RS256", "PS256", "ES384", "EdDSA"] {
        let mut header = header.clone();
        header["alg"] = json!(alg);
        rp.userinfo(&format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))).await.assert_status(401);
    }
}

/// OpenID Connect Core §5.3.2: `iss` and `aud` are in it, and nothing of an ID token.
#[tokio::test]
async fn signed_userinfo_says_who_signed_it_and_for_whom() {
    let app = App::start().await;
    let rp = app.rp().scope("openid email").registered(|change| change.client.terms.userinfo_alg = Some(Alg::Rs256));
    let code = app.browser().signed_in().authorize(&rp).await.code();
    let tokens = rp.exchange(code).await.tokens();
    let reply = rp.userinfo(&tokens.access_token).await;
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let claims = app.verify(reply.text()).await.claims;
    let mut names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["aud", "email", "email_verified", "iss", "sub"]);
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ISSUER), &json!(WEB)));
    assert_eq!(claims["sub"], app.user().await.id);
    // It is neither an ID token nor an access token.
    rp.userinfo(reply.text()).await.assert_status(401);
    // Taken back, the answer is plain again.
    app.set_client(WEB, |change| change.client.terms.userinfo_alg = None).await;
    let plain = app.rp().userinfo(&tokens.access_token).await;
    assert_eq!(plain.assert_status(200).header("content-type"), Some("application/json"));
}
