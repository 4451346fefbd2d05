//! What is said when something went wrong.

use axum::body::Body;
use http::{Request, StatusCode};
use testkit::App;

#[tokio::test]
async fn an_unknown_page_says_so_in_the_persons_language() {
    let app = App::start().await;
    let request = |language: &str| {
        Request::get("/nowhere").header("accept", "text/html").header("accept-language", language).body(Body::empty())
    };
    let english = app.send(request("en-GB,en;q=0.9").unwrap()).await;
    english.assert_status(404);
    assert!(english.text().contains("There is no page at this address"));
    let chinese = app.send(request("zh-CN,zh;q=0.9,en;q=0.8").unwrap()).await;
    chinese.assert_status(404);
    assert!(chinese.text().contains("此地址没有页面"));
    assert!(chinese.text().contains("<title>页面不存在 · 令牌</title>"));
}

#[tokio::test]
async fn who_asks_for_json_gets_json() {
    let app = App::start().await;
    let request = Request::get("/nowhere").header("accept", "application/json").body(Body::empty()).unwrap();
    let reply = app.send(request).await;
    reply.assert_status(404);
    let body = reply.json();
    assert_eq!(body["error"], "invalid_request");
    assert_eq!(body["reference"].as_str().map(str::len), Some(6));
}

#[tokio::test]
async fn a_wrong_method_names_the_right_ones() {
    let app = App::start().await;
    for (method, path, allow) in
        [("PUT", "/login", "GET,HEAD,POST"), ("GET", "/preferences", "POST"), ("POST", "/", "GET,HEAD")]
    {
        let reply = app.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_eq!(reply.header("allow"), Some(allow), "{method} {path}");
        assert!(reply.text().contains("This page cannot be used like that"));
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn forms_that_cannot_be_read_are_refused_and_change_nothing() {
    let app = App::start().await;
    app.browser().visit("/login").await;
    let before = app.snapshot().await;
    let huge = "a=".to_owned() + &"b".repeat(70_000);
    let long = "username=".to_owned() + &"b".repeat(9_000);
    for path in ["/login", "/consent", "/logout", "/preferences"] {
        for (content_type, body, status) in [
            ("application/json", "{}", StatusCode::UNSUPPORTED_MEDIA_TYPE),
            ("multipart/form-data; boundary=x", "--x--", StatusCode::UNSUPPORTED_MEDIA_TYPE),
            (FORM, huge.as_str(), StatusCode::PAYLOAD_TOO_LARGE),
            (FORM, long.as_str(), StatusCode::BAD_REQUEST),
            (FORM, "username=%ff", StatusCode::BAD_REQUEST),
            (FORM, "username=%00", StatusCode::BAD_REQUEST),
            (FORM, "csrf=a&csrf=b&logout-confirm=1&logout-confirm=1", StatusCode::BAD_REQUEST),
        ] {
            let request = Request::post(path).header("content-type", content_type);
            let reply = app.send(request.body(Body::from(body.to_owned())).unwrap()).await;
            assert_eq!(reply.status, status, "{path} {content_type} {}", body.chars().take(20).collect::<String>());
        }
        let repeated = app.get(&format!("{path}?interaction=a&interaction=b&client_id=a&client_id=b")).await;
        let expected = [StatusCode::BAD_REQUEST, StatusCode::METHOD_NOT_ALLOWED];
        assert!(expected.contains(&repeated.status), "{path}: {}", repeated.summary());
    }
    app.snapshot().await.assert_same_as(&before);
}

#[tokio::test]
async fn the_page_for_a_faulty_app_helps_its_maker() {
    let app = App::start().await;
    let page =
        app.browser().visit("/authorize?client_id=web&redirect_uri=https://evil.example/cb&response_type=code").await;
    page.assert_page(400, "/authorize");
    let text = page.reply.text();
    assert!(text.contains("Nothing is wrong with your account"));
    assert!(text.contains("<code>invalid_request</code>") && text.contains("<code>redirect_uri</code>"), "{text}");
    assert!(!text.contains("evil"), "the request is repeated");
    let links = testkit::html::links(text);
    assert!(links.iter().all(|link| link.starts_with('/') || link.starts_with('#')), "{links:?}");
}
