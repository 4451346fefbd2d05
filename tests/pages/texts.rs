//! English and Chinese are equals.

use axum::body::Body;
use http::Request;
use testkit::{App, PASSWORD, USER};

async fn page(app: &App, path: &str, language: &str) -> String {
    let request = Request::get(path).header("accept-language", language).body(Body::empty()).unwrap();
    app.send(request).await.text().to_owned()
}

#[tokio::test]
async fn the_browsers_language_is_spoken() {
    let app = App::start().await;
    for (language, lang, heading) in [
        ("zh-CN", "zh-CN", "登录"),
        ("zh-TW,zh;q=0.9", "zh-CN", "登录"),
        ("en-US", "en", "Sign in"),
        ("de", "en", "Sign in"),
        ("", "en", "Sign in"),
    ] {
        let text = page(&app, "/login", language).await;
        assert!(text.contains(&format!("<html lang=\"{lang}\"")), "{language}");
        assert!(text.contains(&format!("<h1>{heading}</h1>")), "{language}");
    }
}

#[tokio::test]
async fn scopes_of_an_api_are_said_in_the_words_of_its_owner() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in().waiting();
    let page = browser.authorize(app.rp().scope("openid api:read").with("ui_locales", "zh-CN")).await;
    page.assert_page(200, "/consent");
    assert!(page.reply.text().contains("查看你的订单"));
    assert!(page.reply.text().contains("授权 web？"));
}

#[tokio::test]
async fn the_start_page_greets_by_name() {
    let app = App::start().await;
    let mut browser = app.browser();
    assert!(browser.visit("/").await.reply.text().contains("One account, for every app here"));
    let home = browser.sign_in(USER, PASSWORD).await;
    assert!(home.reply.text().contains("Hello, <b><bdi>alice Li</bdi></b>"));
    assert!(testkit::html::links(home.reply.text()).contains(&"/logout".to_owned()));
}
