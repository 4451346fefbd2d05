//! The page that hands over an answer, and response modes as such. OAuth 2.0 Form Post Response Mode §2, §4; OAuth 2.0
//! Multiple Response Types §2.1.

use testkit::{App, ISSUER, RelyingParty, STATE, html};

fn posting(rp: RelyingParty) -> RelyingParty {
    rp.with("response_mode", "form_post")
}

#[tokio::test]
async fn the_page_works_with_and_without_script() {
    let app = App::start().await;
    let landing = app.browser().signed_in().authorize(posting(app.rp())).await;
    let reply = &landing.reply;
    assert_eq!(reply.assert_status(200).header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' https://app.example;"), "{policy}");
    assert!(policy.contains("script-src 'self' 'sha256-") && !policy.contains("unsafe-inline"), "{policy}");
    let form = html::forms(reply.text()).remove(0);
    assert_eq!((form.action.as_str(), form.method.as_str()), ("https://app.example/cb", "post"));
    assert!(form.button("form-post-submit").is_some() && reply.text().contains("<script>"));
    assert_eq!(landing.url.as_str(), "https://app.example/cb");
}

#[tokio::test]
async fn the_page_speaks_the_language_of_the_person() {
    let app = App::start().await;
    for (locale, said) in [("en", "Back to the app"), ("zh-CN", "返回应用")] {
        let rp = posting(app.rp()).with("ui_locales", locale);
        let landing = app.browser().signed_in().authorize(rp).await;
        assert_eq!(landing.reply.header("content-language"), Some(locale));
        assert!(landing.reply.text().contains(said), "{locale}");
    }
}

#[tokio::test]
async fn values_are_carried_exactly_and_never_become_markup() {
    let app = App::start().await;
    for state in ["\"><script>alert(1)</script>", "a b+c&d=e%20f#g", "令牌 ✓", "&quot;'`"] {
        let landing = app.browser().signed_in().authorize(posting(app.rp()).with("state", state)).await;
        assert_eq!(landing.param("state").as_deref(), Some(state));
        assert_eq!(landing.reply.text().matches("<script>").count(), 1, "{state}");
    }
}

#[tokio::test]
async fn a_registered_query_stays_on_the_redirect_uri() {
    let app = App::start().await;
    let uri = "https://app.example/cb?tenant=1&x=%22";
    let rp = app.rp().registered(move |change| {
        change.client.redirect_uris = vec![protocol::RedirectUri::new(uri).unwrap()];
    });
    let landing = app.browser().signed_in().authorize(posting(rp).with("redirect_uri", uri)).await;
    assert_eq!((landing.url.as_str(), landing.mode()), (uri, "form_post"));
    assert!(!landing.code().is_empty());
}

#[tokio::test]
async fn an_app_on_a_device_gets_its_answer_by_a_form_too() {
    let app = App::start().await;
    for (uri, source) in
        [("com.example.cli:/cb", "com.example.cli:"), ("http://127.0.0.1:51004/cb", "http://127.0.0.1:51004")]
    {
        let rp = posting(app.cli()).with("redirect_uri", uri);
        let landing = app.browser().signed_in().authorize(rp).await;
        assert_eq!(landing.url.as_str(), uri);
        assert!(!landing.code().is_empty());
        let policy = landing.reply.header("content-security-policy").unwrap();
        assert!(policy.contains(&format!("form-action 'self' {source};")), "{policy}");
    }
}

#[tokio::test]
async fn every_error_travels_as_the_answer_would() {
    let app = App::start().await;
    for (name, value, error) in [
        ("prompt", "none", "login_required"),
        ("scope", "openid unheard-of", "invalid_scope"),
        ("response_type", "token", "unsupported_response_type"),
        ("code_challenge_method", "plain", "invalid_request"),
    ] {
        let landing = app.browser().authorize(posting(app.rp()).with(name, value)).await;
        landing.assert_error(error);
        assert_eq!((landing.mode(), landing.param("state").as_deref()), ("form_post", Some(STATE)), "{name}");
    }
    let repeated = posting(app.rp()).also("scope", "openid");
    let landing = app.browser().authorize(repeated).await;
    landing.assert_error("invalid_request");
    assert_eq!(landing.mode(), "form_post");
    let denied = app.browser().signed_in().denying().authorize(posting(app.rp())).await;
    denied.assert_error("access_denied");
    assert_eq!(denied.mode(), "form_post");
}

#[tokio::test]
async fn an_unproven_target_gets_no_form() {
    let app = App::start().await;
    let evil = posting(app.rp()).with("redirect_uri", "https://evil.example/cb");
    app.browser().signed_in().authorize(evil).await.assert_page(400, "/authorize");
    let nobody = posting(app.rp()).with("client_id", "nobody");
    app.browser().signed_in().authorize(nobody).await.assert_page(400, "/authorize");
}

#[tokio::test]
async fn a_fragment_is_a_fragment() {
    let app = App::start().await;
    let rp = app.rp().with("response_mode", "fragment");
    let landing = app.browser().signed_in().authorize(&rp).await;
    assert_eq!((landing.mode(), landing.url.query()), ("fragment", None));
    assert_eq!(landing.param("iss").as_deref(), Some(ISSUER));
    rp.exchange(landing.code()).await.tokens();
    let refused = app.browser().authorize(rp.with("prompt", "none")).await;
    refused.assert_error("login_required");
    assert_eq!(refused.mode(), "fragment");
}

#[tokio::test]
async fn an_unknown_mode_is_refused_by_query() {
    let app = App::start().await;
    for mode in ["web_message", "jwt", "query.jwt", "FORM_POST", "query fragment"] {
        let landing = app.browser().signed_in().authorize(app.rp().with("response_mode", mode)).await;
        landing.assert_error("invalid_request");
        assert_eq!(landing.mode(), "query", "{mode}");
    }
}

#[tokio::test]
async fn a_client_is_answered_only_by_the_modes_it_agreed_on() {
    let app = App::start().await;
    let rp = app.rp().registered(|change| change.client.terms.response_modes = vec!["form_post".to_owned()]);
    app.browser().signed_in().authorize(posting(rp.clone())).await.code();
    for other in [rp.clone(), rp.clone().with("response_mode", "fragment"), rp.with("response_mode", "query")] {
        let landing = app.browser().signed_in().authorize(other).await;
        landing.assert_error("unauthorized_client");
        assert_eq!(landing.mode(), "query");
    }
}

#[tokio::test]
async fn discovery_names_the_modes_that_work() {
    let app = App::start().await;
    let metadata = app.get("/.well-known/openid-configuration").await.json();
    for mode in metadata["response_modes_supported"].as_array().unwrap() {
        let mode = mode.as_str().unwrap();
        let landing = app.browser().signed_in().authorize(app.rp().with("response_mode", mode)).await;
        landing.code();
        assert_eq!(landing.mode(), mode);
    }
}
