//! Signing out: only by the person, on a page of ours. OpenID Connect RP-Initiated Logout 1.0 §2, §3.

use protocol::RedirectUri;
use testkit::{App, Browser, PASSWORD, RelyingParty, USER, WEB};

use super::{form, pairs};

const BYE: &str = "https://app.example/bye?from=us";

async fn signed_in(app: &App) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(USER, PASSWORD).await;
    browser
}

fn with_way_back(app: &App) -> RelyingParty {
    app.rp().registered(|change| change.client.post_logout_redirect_uris = vec![RedirectUri::new(BYE).unwrap()])
}

fn logout_path(redirect: &str) -> String {
    let pairs = [("client_id", WEB), ("post_logout_redirect_uri", redirect), ("state", "a&b")];
    format!("/logout?{}", url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

#[tokio::test]
async fn a_link_asks_and_the_button_signs_out() {
    let app = App::start().await;
    let mut browser = signed_in(&app).await;
    let cookie = browser.jar().value("session").unwrap().to_owned();
    let page = browser.visit("/logout").await;
    page.assert_page(200, "/logout");
    assert!(app.grants().find_session(&cookie).await.unwrap().is_some());
    let done = browser.press(&page, "logout-confirm").await;
    done.assert_page(200, "/logout");
    assert!(done.reply.text().contains("You are signed out"));
    assert!(!browser.has_session());
    assert!(app.grants().find_session(&cookie).await.unwrap().is_none(), "the session lives on");
}

#[tokio::test]
async fn a_form_without_its_token_signs_nobody_out() {
    let app = App::start().await;
    let mut browser = signed_in(&app).await;
    let cookie = browser.jar().value("session").unwrap().to_owned();
    let page = browser.visit("/logout").await;
    let good = form(&page, "logout-confirm").fill("logout-confirm", "1");
    let mut other = signed_in(&app).await;
    let theirs = other.visit("/logout").await;
    let theirs = form(&theirs, "logout-confirm").value("csrf").unwrap().to_owned();
    for bent in [good.clone().fill("csrf", ""), good.clone().fill("csrf", &theirs)] {
        let refused = browser.post("/logout", &pairs(&bent)).await;
        assert_eq!(refused.reply.status, 400, "{bent:?}");
    }
    // An app that posts its request is asked back, not obeyed.
    browser.post("/logout", &[]).await.assert_page(200, "/logout");
    assert!(app.grants().find_session(&cookie).await.unwrap().is_some());
}

#[tokio::test]
async fn the_way_back_is_the_one_that_was_registered() {
    let app = App::start().await;
    with_way_back(&app).register().await;
    let mut browser = signed_in(&app).await;
    let page = browser.visit(&logout_path(BYE)).await;
    assert!(page.reply.header("content-security-policy").unwrap().contains("form-action 'self' https://app.example;"));
    let landing = browser.press(&page, "logout-confirm").await;
    assert!(landing.has_left);
    assert_eq!(landing.url.as_str(), "https://app.example/bye?from=us&state=a%26b");
    // Once more, by somebody who is signed out already: a link, no redirect.
    let again = browser.visit(&logout_path(BYE)).await;
    again.assert_page(200, "/logout");
    let links = testkit::html::links(again.reply.text());
    assert!(links.contains(&"https://app.example/bye?from=us&state=a%26b".to_owned()), "{links:?}");
}

#[tokio::test]
async fn no_other_address_is_a_way_back() {
    let app = App::start().await;
    with_way_back(&app).register().await;
    for redirect in [
        "https://evil.example/",
        "https://app.example/bye",
        "https://app.example/bye?from=us&more",
        "https://app.example/cb",
        "//evil.example",
        "javascript:alert(1)",
    ] {
        let mut browser = signed_in(&app).await;
        let page = browser.visit(&logout_path(redirect)).await;
        page.assert_page(200, "/logout");
        assert!(page.reply.header("content-security-policy").unwrap().contains("form-action 'self';"), "{redirect}");
        let landing = browser.press(&page, "logout-confirm").await;
        landing.assert_page(200, "/logout");
        let links = testkit::html::links(landing.reply.text());
        assert!(links.iter().all(|link| link.starts_with('/') || link.starts_with('#')), "{redirect}: {links:?}");
    }
}
