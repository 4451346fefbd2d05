//! The method is pinned per client, and one request has one: RFC 7521 §4.2, OpenID Connect Core §9.

use flow::ClientAuthMethod;
use platform::secret::Secret;
use protocol::client_assertion::JWT_BEARER;
use serde_json::{Value, json};
use testkit::{App, M2M, Reply, SPA, WEB, fixture, mac};

use super::{Signer, claims, register};

/// The client `m2m` as one of `client_secret_jwt`, with its usual secret.
async fn with_secret(app: &App) {
    app.set_client(M2M, |change| change.client.auth_method = ClientAuthMethod::ClientSecretJwt).await;
    app.grants().set_secret(M2M, &Secret::new(fixture::secret_of(M2M))).await.unwrap();
}

fn by_secret(app: &App, secret: &str) -> String {
    mac(secret.as_bytes(), &json!({ "alg": "HS256" }), &claims(app, M2M))
}

async fn ask(app: &App, assertion: &str) -> Reply {
    app.m2m().client_credentials().by_assertion(assertion).await
}

#[tokio::test]
async fn a_secret_can_sign() {
    let app = App::start().await;
    with_secret(&app).await;
    ask(&app, &by_secret(&app, &fixture::secret_of(M2M))).await.tokens();
    for secret in ["", "wrong", &fixture::secret_of(WEB), "m2m"] {
        ask(&app, &by_secret(&app, secret)).await.assert_error(401, "invalid_client");
    }
    for alg in ["none", "HS384", "HS512", "ES256"] {
        let assertion = mac(fixture::secret_of(M2M).as_bytes(), &json!({ "alg": alg }), &claims(&app, M2M));
        ask(&app, &assertion).await.assert_error(401, "invalid_client");
    }
}

#[tokio::test]
async fn a_rotated_secret_signs_as_long_as_was_asked() {
    let app = App::start().await;
    with_secret(&app).await;
    let old = fixture::secret_of(M2M);
    let new = app.grants().rotate_secret(M2M, std::time::Duration::from_mins(1)).await.unwrap();
    ask(&app, &by_secret(&app, &old)).await.tokens();
    ask(&app, &by_secret(&app, new.expose())).await.tokens();
    app.advance(std::time::Duration::from_mins(1));
    ask(&app, &by_secret(&app, &old)).await.assert_error(401, "invalid_client");
    ask(&app, &by_secret(&app, new.expose())).await.tokens();
}

#[tokio::test]
async fn a_secret_that_signs_is_sealed_and_others_are_not_kept() {
    let app = App::start().await;
    with_secret(&app).await;
    let secret = fixture::secret_of(M2M);
    let dump = app.snapshot().await;
    assert!(!dump.to_text().contains(&secret));
    let sealed = dump.rows("client_secret").iter().filter(|row| row.contains("'v1.")).count();
    assert_eq!(sealed, 1, "that of m2m, and not that of web");
}

/// A digest cannot check a MAC: whoever changes the method makes a new secret.
#[tokio::test]
async fn a_secret_that_was_only_hashed_signs_nothing() {
    let app = App::start().await;
    app.set_client(M2M, |change| change.client.auth_method = ClientAuthMethod::ClientSecretJwt).await;
    ask(&app, &by_secret(&app, &fixture::secret_of(M2M))).await.assert_error(401, "invalid_client");
    assert!(!app.grants().has_mac_secret(M2M).await.unwrap());
    let secret = app.grants().add_secret(M2M).await.unwrap();
    assert!(app.grants().has_mac_secret(M2M).await.unwrap());
    ask(&app, &by_secret(&app, secret.expose())).await.tokens();
}

/// Threat: no method is a way around another.
#[tokio::test]
async fn the_registered_method_is_the_only_one() {
    let signer = Signer::start().await;
    let call = || signer.app.m2m().client_credentials();
    call().by_basic().await.assert_error(401, "invalid_client");
    call().by_post().await.assert_error(401, "invalid_client");
    call().by_none().await.assert_error(401, "invalid_client");
    let hmac = by_secret(&signer.app, &fixture::secret_of(M2M));
    signer.assert_refused(&hmac, "an HMAC by a client of private_key_jwt").await;

    with_secret(&signer.app).await;
    signer.assert_refused(&signer.assertion(), "a signature by a client of client_secret_jwt").await;
    call().by_basic().await.assert_error(401, "invalid_client");
    call().by_post().await.assert_error(401, "invalid_client");

    signer.app.set_client(M2M, |change| change.client.auth_method = ClientAuthMethod::BasicOrPost).await;
    signer.assert_refused(&signer.assertion(), "an assertion by a client that sends its secret").await;
    call().by_basic().await.tokens();
}

#[tokio::test]
async fn a_public_client_with_an_assertion_is_refused() {
    let signer = Signer::start().await;
    let mut claims = signer.claims();
    (claims["iss"], claims["sub"]) = (json!(SPA), json!(SPA));
    signer.assert_refused(&signer.key.sign(&signer.header(), &claims), "a public client").await;
}

#[tokio::test]
async fn two_methods_at_once_are_refused() {
    let signer = Signer::start().await;
    let secret = fixture::secret_of(M2M);
    let basic = protocol::client_auth::basic_header(M2M, &secret);
    let call = || signer.call(&signer.assertion());
    call().with_header("authorization", &basic).await.assert_error(400, "invalid_request");
    call().with("client_secret", &secret).await.assert_error(400, "invalid_request");
    call().also("client_assertion", &signer.assertion()).await.assert_error(400, "invalid_request");
    call().also("client_assertion_type", JWT_BEARER).await.assert_error(400, "invalid_request");
}

#[tokio::test]
async fn both_parameters_are_needed_and_the_type_is_known() {
    let signer = Signer::start().await;
    let call = || signer.call(&signer.assertion());
    call().without("client_assertion_type").await.assert_error(400, "invalid_request");
    call().without("client_assertion").await.assert_error(400, "invalid_request");
    let saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";
    call().with("client_assertion_type", saml).await.assert_error(401, "invalid_client");
    for junk in ["x", "a.b.c", "....", "\u{4ee4}.\u{724c}.x"] {
        signer.assert_refused(junk, junk).await;
    }
}

#[tokio::test]
async fn a_client_id_beside_the_assertion_must_be_its_own() {
    let signer = Signer::start().await;
    let call = || signer.call(&signer.assertion());
    call().with("client_id", M2M).await.tokens();
    for id in [WEB, "nobody", "M2M"] {
        call().with("client_id", id).await.assert_error(401, "invalid_client");
    }
}

/// Threat: nobody learns from the answer which clients there are.
#[tokio::test]
async fn an_unknown_client_and_a_bad_signature_look_alike() {
    let signer = Signer::start().await;
    let unknown = signer.claiming(|claims| (claims["iss"], claims["sub"]) = (json!("nobody"), json!("nobody")));
    let mut bad = signer.assertion();
    bad.replace_range(bad.len() - 4.., "AAAA");
    let (unknown, bad) = (signer.ask(&unknown).await, signer.ask(&bad).await);
    unknown.assert_error(401, "invalid_client");
    assert_eq!((unknown.status, &unknown.body), (bad.status, &bad.body));
    let names = |reply: &Reply| reply.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&unknown), names(&bad));
}

#[tokio::test]
async fn a_disabled_client_proves_itself_in_vain_and_spends_nothing() {
    let signer = Signer::start().await;
    signer.app.set_client(M2M, |change| change.is_enabled = false).await;
    let (assertion, before) = (signer.assertion(), signer.app.snapshot().await);
    signer.ask(&assertion).await.assert_error(400, "unauthorized_client");
    signer.app.snapshot().await.assert_same_as(&before);
}

/// Threat: somebody who cannot authenticate uses up the codes of a client.
#[tokio::test]
async fn a_failed_authentication_never_burns_a_code() {
    let signer = Signer::start().await;
    let app = &signer.app;
    register(app, WEB, &[signer.key.jwk("k1")]).await;
    let code = app.browser().signed_in().authorize(app.rp()).await.code();
    let own = |change: fn(&mut Value)| {
        let mut claims = claims(app, WEB);
        change(&mut claims);
        signer.key.sign(&signer.header(), &claims)
    };
    for bad in [
        own(|claims| claims["aud"] = json!("https://evil.example")),
        own(|claims| claims["exp"] = json!(1)),
        own(|claims| claims["iss"] = json!(M2M)),
        mac(b"secret", &json!({ "alg": "HS256" }), &claims(app, WEB)),
    ] {
        app.rp().exchange(&code).by_assertion(&bad).await.assert_error(401, "invalid_client");
    }
    // Another client with a good assertion of its own is a stranger to the code.
    let stranger = signer.assertion();
    app.rp().exchange(&code).by_assertion(&stranger).await.assert_error(400, "unauthorized_client");
    app.rp().exchange(&code).by_assertion(&own(|_| {})).await.tokens();
}
