//! The two web apps. They have the same routes, so one walk fits both.

use serde_json::Value;

use crate::processes::{Browser, Lingpai, Page, start_example, start_node};

#[tokio::test]
async fn the_express_app_signs_in_refreshes_and_signs_out() {
    let Some(lingpai) = Lingpai::start() else { return };
    let (id, secret) = lingpai.client("web");
    let settings =
        [("ISSUER", lingpai.ready.issuer.as_str()), ("CLIENT_ID", id), ("CLIENT_SECRET", secret), ("PORT", "0")];
    let Some((_app, url)) = start_node("express-app", "server.js", &settings) else { return };

    walk(&lingpai, &url).await;
}

#[tokio::test]
async fn the_server_app_signs_in_refreshes_and_signs_out() {
    let Some(lingpai) = Lingpai::start() else { return };
    let (id, secret) = lingpai.client("web");
    let settings = [
        ("ISSUER", lingpai.ready.issuer.as_str()),
        ("CLIENT_ID", id),
        ("CLIENT_SECRET", secret),
        ("LISTEN", "127.0.0.1:0"),
    ];
    let Some((_app, url)) = start_example("server-app", &settings) else { return };

    walk(&lingpai, &url).await;
}

#[tokio::test]
async fn the_server_app_calls_the_resource_server() {
    let Some(lingpai) = Lingpai::start() else { return };
    let issuer = lingpai.ready.issuer.as_str();
    let (id, secret) = lingpai.client("web");
    let Some((_api, api)) = start_example("resource-server", &[("ISSUER", issuer), ("LISTEN", "127.0.0.1:0")]) else {
        return;
    };
    let orders = format!("{api}/orders");
    let settings = [
        ("ISSUER", issuer),
        ("CLIENT_ID", id),
        ("CLIENT_SECRET", secret),
        ("LISTEN", "127.0.0.1:0"),
        ("API_URL", orders.as_str()),
    ];
    let Some((_app, url)) = start_example("server-app", &settings) else { return };
    let mut browser = Browser::new();
    let home = sign_in(&lingpai, &mut browser, &url).await;

    let page = browser.open(&format!("{url}/orders")).await;

    let (status, body) = page.text_of("orders").split_once('\n').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert_eq!(status, "200 OK");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["orders"], serde_json::json!(["tea"]));
    assert_eq!(body["seen_by"].as_str(), Some(home.text_of("subject").as_str()));
    assert_eq!(body["through"], id);
}

async fn walk(lingpai: &Lingpai, url: &str) {
    let mut browser = Browser::new();
    let home = sign_in(lingpai, &mut browser, url).await;
    let userinfo: Value = serde_json::from_str(&home.text_of("userinfo")).unwrap();
    assert_eq!(userinfo["sub"].as_str(), Some(home.text_of("subject").as_str()));
    assert_eq!(userinfo["preferred_username"], lingpai.ready.users[0].username);
    assert_eq!(home.text_of("refreshed"), "0");

    let home = browser.press(&home, "refresh", &[]).await;
    let home = browser.press(&home, "refresh", &[]).await;
    assert_eq!(home.text_of("refreshed"), "2");

    // An answer to a question that this browser never asked, and one with a state of somebody else's.
    let mut other = Browser::new();
    other.open(&format!("{url}/callback?code=x&state=y")).await.assert_at("/");
    other.open(&format!("{url}/login")).await.assert_at("/login");
    let refused = other.open(&format!("{url}/callback?code=x&state=y&iss={}", lingpai.ready.issuer)).await;
    assert_eq!(refused.status, 502, "{}", refused.text);

    let goodbye = browser.press(&home, "logout", &[]).await;
    goodbye.assert_at("/logout");
    browser.press(&goodbye, "logout-confirm", &[]).await;
    browser.open(url).await.text_of("welcome");
    // Signed out of Lingpai too: it asks for the password again.
    browser.open(&format!("{url}/login")).await.assert_at("/login");
}

/// From the app's first page through sign-in and consent back to the app.
async fn sign_in(lingpai: &Lingpai, browser: &mut Browser, url: &str) -> Page {
    browser.open(url).await.text_of("welcome");
    let person = &lingpai.ready.users[0];
    let login = browser.open(&format!("{url}/login")).await;
    login.assert_at("/login");
    assert!(login.url.as_str().starts_with(&lingpai.ready.issuer), "{}", login.url);
    let fields = [("username", person.username.as_str()), ("password", person.password.as_str())];
    let consent = browser.press(&login, "login-submit", &fields).await;
    consent.assert_at("/consent");
    let home = browser.press(&consent, "consent-allow", &[]).await;
    home.assert_at("/");
    assert!(home.url.as_str().starts_with(url), "{}", home.url);
    home
}
