//! A client on its own behalf. RFC 6749 §4.4.

use testkit::{API, App, ISSUER, M2M};

#[tokio::test]
async fn a_client_gets_a_token_of_its_own() {
    let app = App::start().await;
    let tokens = app.m2m().client_credentials().await.tokens();
    assert_eq!((tokens.scope.as_str(), tokens.expires_in), ("api:read api:write", 600));
    // RFC 6749 §4.4.3: a refresh token should not be included.
    assert_eq!((&tokens.refresh_token, &tokens.id_token), (&None, &None));
    let jwt = app.verify(&tokens.access_token).await;
    assert_eq!(jwt.header["typ"], "at+jwt");
    for (name, value) in
        [("iss", ISSUER), ("sub", M2M), ("client_id", M2M), ("aud", API), ("scope", "api:read api:write")]
    {
        assert_eq!(jwt.claims[name], value, "{name}");
    }
    for absent in ["auth_time", "acr", "amr", "sid"] {
        assert!(jwt.claim(absent).is_null(), "{absent}");
    }
}

#[tokio::test]
async fn scope_can_be_narrowed_and_not_widened() {
    let app = App::start().await;
    let narrow = app.m2m().client_credentials().with("scope", "api:write").await.tokens();
    assert_eq!(narrow.scope, "api:write");
    for scope in [
        "api:admin",
        "api:read openid",
        "openid",
        "profile",
        "offline_access",
        " api:read",
        "\"",
        "api:read  api:write",
    ] {
        app.m2m().client_credentials().with("scope", scope).await.assert_error(400, "invalid_scope");
    }
}

#[tokio::test]
async fn personal_scopes_are_never_issued_to_a_client() {
    let app = App::start().await;
    let rp = app.m2m().registered(|change| {
        change.client.scopes = ["openid", "profile", "offline_access", "api:read"].into_iter().collect();
    });
    assert_eq!(rp.client_credentials().await.tokens().scope, "api:read");
    rp.client_credentials().with("scope", "openid").await.assert_error(400, "invalid_scope");
}

#[tokio::test]
async fn only_clients_that_are_registered_for_it_may() {
    let app = App::start().await;
    app.rp().client_credentials().await.assert_error(400, "unauthorized_client");
    app.spa().client_credentials().await.assert_error(400, "unauthorized_client");
}

#[tokio::test]
async fn a_client_must_authenticate() {
    let app = App::start().await;
    let before = app.snapshot().await;
    app.m2m().client_credentials().by_none().await.assert_error(401, "invalid_client");
    app.m2m().client_credentials().with_secret("").await.assert_error(401, "invalid_client");
    app.m2m().client_credentials().with_secret("wrong").await.assert_error(401, "invalid_client");
    app.snapshot().await.assert_same_as(&before);
}

#[tokio::test]
async fn a_disabled_client_gets_nothing() {
    let app = App::start().await;
    let rp = app.m2m().registered(|change| change.is_enabled = false);
    rp.client_credentials().await.assert_error(400, "unauthorized_client");
}

#[tokio::test]
async fn a_client_cannot_read_userinfo_with_it() {
    let app = App::start().await;
    let tokens = app.m2m().client_credentials().await.tokens();
    assert!(app.m2m().userinfo(&tokens.access_token).await.status.is_client_error());
}

#[tokio::test]
async fn nothing_is_written_to_the_database() {
    let app = App::start().await;
    let before = app.snapshot().await;
    app.m2m().client_credentials().await.tokens();
    app.snapshot().await.assert_same_as(&before);
}

#[tokio::test]
async fn no_two_tokens_are_alike() {
    let app = App::start().await;
    let (first, second) =
        (app.m2m().client_credentials().await.tokens(), app.m2m().client_credentials().await.tokens());
    let (first, second) = (app.verify(&first.access_token).await, app.verify(&second.access_token).await);
    assert_ne!(first.claims["jti"], second.claims["jti"]);
}
