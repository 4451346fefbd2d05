//! RFC 9207: Authorization Server Issuer Identification.

use testkit::{App, ISSUER};

#[tokio::test]
async fn every_answer_names_the_issuer() {
    let app = App::start().await;
    let good = app.browser().signed_in().authorize(app.rp()).await;
    assert!(!good.code().is_empty());
    assert_eq!(good.param("iss").as_deref(), Some(ISSUER));
    let mut browser = app.browser().signed_in();
    for rp in [
        app.rp().with("response_type", "token"),
        app.rp().without("code_challenge"),
        app.rp().scope("admin"),
        app.rp().also("scope", "openid"),
        app.rp().with("request", "x"),
        app.rp().with("prompt", "none").with("max_age", "0"),
        app.cli().with("prompt", "none"),
    ] {
        let landing = browser.authorize(rp).await;
        assert!(landing.param("error").is_some(), "{}", landing.url);
        assert_eq!(landing.param("iss").as_deref(), Some(ISSUER), "{}", landing.url);
    }
    let denied = app.browser().signed_in_as("bob").denying().authorize(app.rp()).await;
    assert_eq!(denied.param("iss").as_deref(), Some(ISSUER));
}

#[tokio::test]
async fn the_issuer_is_the_same_text_everywhere() {
    let app = App::start().await;
    let rp = app.rp();
    let landing = app.browser().signed_in().authorize(&rp).await;
    let iss = landing.param("iss").unwrap();
    let tokens = rp.exchange(landing.code()).await.tokens();
    let metadata = app.get("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["issuer"], iss);
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    for token in [tokens.id_token(), &tokens.access_token] {
        assert_eq!(app.verify(token).await.claims["iss"], iss);
    }
}
