//! The demo app through a scripted browser: every message of a flow, and what it must refuse.

use super::process::DevServer;
use super::visitor::{Page, Visitor};

/// A browser that has signed in at the demo app.
async fn signed_in(server: &DevServer, visitor: &mut Visitor) -> Page {
    let page = visitor.visit(&server.url("/dev/app")).await;
    let page = visitor.press(&page, "app-start", &[]).await;
    visitor.through_the_server(page, "alice").await
}

#[tokio::test]
async fn a_sign_in_shows_every_message_in_order() {
    let server = DevServer::in_memory();
    let mut visitor = Visitor::new();
    let page = signed_in(&server, &mut visitor).await;
    assert_eq!(page.url.path(), "/dev/app");
    page.assert_shows(&["Alice Lin", "alice@example.com", "code_challenge", "code_verifier", "at_hash"]);
    let titles = ["Authorization request", "Callback", "Token request", "UserInfo request"];
    let places: Vec<usize> = titles.map(|title| page.text.find(&format!("<h3>{title}</h3>")).unwrap()).to_vec();
    assert!(places.is_sorted(), "{places:?}");
    // The code does not stay in the address bar, where the history would keep it.
    assert_eq!(page.url.query(), None);
    assert!(!page.text.contains("class=\"tick bad\""), "a check failed:\n{}", page.text);
    for check in ["signature", "iss", "aud", "exp", "nonce", "at_hash"] {
        assert!(page.text.contains(&format!("✓ {check}<")), "{check}");
    }
}

#[tokio::test]
async fn the_api_takes_what_was_allowed_and_nothing_else() {
    let server = DevServer::in_memory();
    let mut visitor = Visitor::new();
    let page = signed_in(&server, &mut visitor).await;
    let page = visitor.press(&page, "app-read", &[]).await;
    page.assert_shows(&["GET</b> http:&#x2f;&#x2f;localhost", "without asking the server"]);
    let page = visitor.press(&page, "app-write", &[]).await;
    page.assert_shows(&["insufficient_scope", "it lacks the scope"]);
}

#[tokio::test]
async fn a_brief_token_is_shown_ending() {
    let server = DevServer::in_memory();
    let mut visitor = Visitor::new();
    let page = visitor.visit(&server.url("/dev/app")).await;
    let page = visitor.press(&page, "app-start", &[("scope", "api:brief")]).await;
    let page = visitor.through_the_server(page, "bob").await;
    tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
    let page = visitor.press(&page, "app-read", &[]).await;
    page.assert_shows(&["The token has ended."]);
}

#[tokio::test]
async fn a_refresh_rotates_and_a_replay_ends_the_family() {
    let server = DevServer::in_memory();
    let mut visitor = Visitor::new();
    let page = signed_in(&server, &mut visitor).await;
    let page = visitor.press(&page, "app-refresh", &[]).await;
    page.assert_shows(&["New tokens of the same family."]);
    let page = visitor.press(&page, "app-replay", &[]).await;
    page.assert_shows(&["invalid_grant", "a code works once", "The tokens of this sign-in are revoked."]);
    let page = visitor.press(&page, "app-refresh", &[]).await;
    page.assert_shows(&["Only a new sign-in helps."]);
}

#[tokio::test]
async fn a_second_sign_in_needs_neither_password_nor_consent() {
    let server = DevServer::in_memory();
    let mut visitor = Visitor::new();
    let page = signed_in(&server, &mut visitor).await;
    let page = visitor.press(&page, "app-start", &[]).await;
    assert_eq!(page.url.path(), "/dev/app");
    page.assert_shows(&["Alice Lin"]);
}

#[tokio::test]
async fn a_refused_consent_is_told_and_survived() {
    let server = DevServer::in_memory();
    let mut visitor = Visitor::new();
    let page = visitor.visit(&server.url("/dev/app")).await;
    let page = visitor.press(&page, "app-start", &[]).await;
    let page = visitor.press(&page, "login-submit", &[("username", "bob"), ("password", "bob-dev")]).await;
    let page = visitor.press(&page, "consent-deny", &[]).await;
    assert_eq!((page.url.path(), page.status), ("/dev/app", 200));
    page.assert_shows(&["access_denied", "You refused, or the server did."]);
    page.form("app-start");
}

#[tokio::test]
async fn an_answer_to_another_request_is_thrown_away() {
    let server = DevServer::in_memory();
    let mut visitor = Visitor::new();
    let page = visitor.visit(&server.url("/dev/app")).await;
    visitor.press(&page, "app-start", &[]).await;
    // RFC 6749 §10.12: an attacker's code in the victim's browser.
    let forged = format!("/dev/app/callback?code=stolen&state=guessed&iss={}", server.issuer());
    let page = visitor.visit(&server.url(&forged)).await;
    page.assert_shows(&["a careful client throws it away", "Continue to sign in"]);
    assert!(!page.text.contains("<h3>Token request</h3>"));
}

#[tokio::test]
async fn an_answer_of_another_issuer_is_thrown_away() {
    let server = DevServer::in_memory();
    let mut visitor = Visitor::new();
    let page = visitor.visit(&server.url("/dev/app")).await;
    visitor.press(&page, "app-start", &[]).await;
    let page = visitor.visit(&server.url("/dev/app")).await;
    let href = page.text.split("href=\"").find(|part| part.contains("response_type")).unwrap();
    let state = href.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    // RFC 9207 §2.4: the right state, but somebody else's answer.
    for issuer in ["&iss=http://evil.example", ""] {
        let forged = format!("/dev/app/callback?code=c&state={state}{issuer}");
        let page = visitor.visit(&server.url(&forged)).await;
        page.assert_shows(&["a careful client throws it away"]);
        assert!(!page.text.contains("<h3>Token request</h3>"));
    }
}

#[tokio::test]
async fn another_name_of_this_computer_leads_to_the_issuers() {
    let server = DevServer::in_memory();
    let port = server.issuer().rsplit(':').next().unwrap();
    let page = Visitor::new().visit(&format!("http://127.0.0.1:{port}/dev/app")).await;
    assert_eq!(page.url.as_str(), server.url("/dev/app"));
}

#[tokio::test]
async fn a_callback_without_a_flow_is_a_plain_page() {
    let server = DevServer::in_memory();
    let page = Visitor::new().visit(&server.url("/dev/app/callback?code=a&state=b")).await;
    assert_eq!(page.status, 400);
    page.assert_shows(&["no sign-in under way"]);
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let server = DevServer::in_memory();
    let mut visitor = Visitor::new();
    let page = signed_in(&server, &mut visitor).await;
    for button in ["app-read", "app-write", "app-refresh", "app-replay", "app-logout", "app-start"] {
        let answer = visitor.press(&page, button, &[("csrf", "0000")]).await;
        assert_eq!(answer.status, 403, "{button}");
    }
    let answer = visitor.press(&page, "app-read", &[]).await;
    assert_eq!(answer.status, 200, "the flow is still there");
}

#[tokio::test]
async fn signing_out_ends_both_sessions() {
    let server = DevServer::in_memory();
    let mut visitor = Visitor::new();
    let page = signed_in(&server, &mut visitor).await;
    let page = visitor.press(&page, "app-logout", &[]).await;
    assert_eq!(page.url.path(), "/logout");
    let page = visitor.press(&page, "logout-confirm", &[]).await;
    assert_eq!(page.url.path(), "/dev/app", "the app's registered address");
    page.form("app-start");
    let page = visitor.press(&page, "app-start", &[]).await;
    assert_eq!(page.url.path(), "/login", "the server's session has ended, too");
}

#[tokio::test]
async fn it_speaks_chinese_and_remembers_the_choice_for_every_page() {
    let server = DevServer::in_memory();
    let mut visitor = Visitor::speaking("zh-CN");
    let page = visitor.visit(&server.url("/dev/app")).await;
    page.assert_shows(&["<html lang=\"zh-CN\"", "演示应用"]);
    let page = visitor.press(&page, "en", &[]).await;
    page.assert_shows(&["<html lang=\"en\"", "Demo app"]);
    let page = visitor.visit(&server.url("/login")).await;
    page.assert_shows(&["<html lang=\"en\""]);
}

#[tokio::test]
async fn hostile_input_is_refused_and_never_a_fault() {
    let server = DevServer::in_memory();
    let mut visitor = Visitor::new();
    signed_in(&server, &mut visitor).await;
    for query in ["code=a&code=b", "state=%00", "state=%ff", "error=%3Cscript%3Ealert(1)%3C/script%3E", "x=%zz", "%"] {
        let page = visitor.visit(&server.url(&format!("/dev/app/callback?{query}"))).await;
        assert!(page.status < 500, "{query}: {}", page.status);
        assert!(!page.text.contains("<script"), "{query}");
    }
}
