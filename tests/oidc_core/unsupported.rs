//! What this server does not do, and says so. OpenID Connect Core §3.1.2.6, §6, §7.2.1.

use testkit::{App, STATE};

#[tokio::test]
async fn request_objects_and_registration_are_refused_by_name() {
    let app = App::start().await;
    for (name, value, error) in [
        ("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported"),
        ("request_uri", "https://app.example/request.jwt", "request_uri_not_supported"),
        ("registration", "{}", "registration_not_supported"),
    ] {
        let landing = app.browser().signed_in().authorize(app.rp().with(name, value)).await;
        landing.assert_error(error);
        assert_eq!(landing.param("state").as_deref(), Some(STATE));
    }
}

#[tokio::test]
async fn an_openid_request_needs_its_redirect_uri() {
    let app = App::start().await;
    let landing = app.browser().signed_in().authorize(app.rp().without("redirect_uri")).await;
    if landing.has_left {
        landing.assert_error("invalid_request");
    } else {
        landing.assert_page(400, "/authorize");
    }
}
