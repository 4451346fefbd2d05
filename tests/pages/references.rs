//! Every refusal has a reference, and what it leads to holds no secret.

use axum::body::Body;
use http::Request;
use platform::refusals::Refused;
use testkit::{App, Reply};

const FORM: &str = "application/x-www-form-urlencoded";

/// What was kept since the last look.
fn kept(app: &App) -> Vec<Refused> {
    app.server().refusals.take()
}

/// The one refusal of an answer.
#[track_caller]
fn one(app: &App, reply: &Reply) -> Refused {
    let found = kept(app);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(reply.header("x-lingpai-reference"), Some(found[0].reference.as_str()));
    found.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_refusal_is_kept_under_the_reference_that_its_page_shows() {
    let app = App::start().await;
    let page = app.browser().visit("/authorize?client_id=nobody&response_type=code").await;
    let refused = one(&app, &page.reply);
    assert!(page.reply.text().contains(&refused.reference));
    assert_eq!((refused.refusal.as_str(), refused.error.as_str()), ("ClientUnknown", "unauthorized_client"));
    assert_eq!((refused.endpoint.as_str(), refused.received.as_str(), refused.at), ("authorize", "nobody", app.now()));

    let landing = app.browser().authorize(app.rp().with("response_type", "token")).await;
    landing.assert_error("unsupported_response_type");
    assert_eq!(one(&app, &landing.reply).client_id.as_deref(), Some("web"));

    let reply = app.rp().exchange("code_x.y").await;
    reply.assert_error(400, "invalid_grant");
    let refused = one(&app, &reply);
    assert_eq!(
        (refused.endpoint.as_str(), refused.client_id.as_deref()),
        ("token", Some("web")),
        "by the Basic scheme"
    );
    let reply = app.spa().exchange("code_x.y").await;
    assert_eq!(one(&app, &reply).client_id.as_deref(), Some("spa"), "by the form");

    let reply = app.get("/userinfo").await;
    reply.assert_status(401);
    assert_eq!(one(&app, &reply).refusal, "BearerMissing");
    let request = Request::post("/token").header("content-type", "application/json").body(Body::from("{}")).unwrap();
    let reply = app.send(request).await;
    reply.assert_status(415);
    assert_eq!(one(&app, &reply).refusal, "MalformedRequest");
    // A page whose form is not ours.
    let request = Request::post("/login").header("content-type", FORM).body(Body::from("csrf=x&username=a&password=b"));
    let reply = app.send(request.unwrap()).await;
    assert_eq!(one(&app, &reply).endpoint, "login");
}

#[tokio::test]
async fn what_is_answered_or_not_there_is_not_kept() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in();
    let code = browser.authorize(app.rp()).await.code();
    let tokens = app.rp().exchange(&code).await;
    tokens.assert_status(200);
    assert_eq!(tokens.header("x-lingpai-reference"), None);
    for path in ["/nowhere", "/jwks", "/.well-known/openid-configuration", "/login"] {
        assert_eq!(app.get(path).await.header("x-lingpai-reference"), None, "{path}");
    }
    assert_eq!(kept(&app), []);
}

#[tokio::test]
async fn no_refusal_holds_a_secret() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in();
    let code = browser.authorize(app.rp()).await.code();
    let secrets = ["canary-secret", "canary-verifier", "canary-token", "canary-password"];
    app.rp().exchange(&code).with("code_verifier", "canary-verifier-canary-verifier-canary-verifier-x").await;
    let basic = protocol::client_auth::basic_header("web", "canary-secret");
    let requests = [
        ("/token", format!("grant_type=refresh_token&refresh_token=rt_canary-token&code={code}"), Some(basic.clone())),
        ("/token", "grant_type=authorization_code&client_id=web&client_secret=canary-secret".to_owned(), None),
        ("/token", "client_secret=canary-secret&client_secret=canary-secret".to_owned(), None),
        ("/token?client_secret=canary-secret", "grant_type=client_credentials".to_owned(), Some(basic)),
        ("/userinfo", String::new(), Some("Bearer canary-token".to_owned())),
        ("/login", "csrf=canary-token&username=alice&password=canary-password".to_owned(), None),
    ];
    for (path, body, authorization) in requests {
        let mut request = Request::post(path).header("content-type", FORM);
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        app.send(request.body(Body::from(body)).unwrap()).await;
    }
    let kept = kept(&app);
    assert_eq!(kept.len(), 7, "{kept:#?}");
    let text = format!("{kept:?}");
    assert!(secrets.iter().all(|secret| !text.contains(secret)) && !text.contains(&code), "{text}");
}
