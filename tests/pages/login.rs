//! The sign-in page: whose form it is, what it tells, what it leaves behind.

use axum::body::Body;
use http::Request;
use testkit::{App, OTHER_USER, PASSWORD, USER};

use super::{at_consent, at_login, form, interaction, pairs};

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn signing_in_leads_home() {
    let app = App::start().await;
    let mut browser = app.browser();
    let home = browser.sign_in(USER, PASSWORD).await;
    home.assert_page(200, "/");
    assert!(browser.has_session());
    // Whoever is signed in and is on no errand has nothing to do here.
    browser.visit("/login").await.assert_page(200, "/");
}

#[tokio::test]
async fn the_form_is_what_password_managers_expect() {
    let app = App::start().await;
    let (_, page) = at_login(&app).await;
    let form = form(&page, "login-submit");
    assert_eq!(form.inputs, ["username", "password"]);
    let html = page.reply.text();
    assert!(html.contains("autocomplete=\"username\""));
    assert!(html.contains("type=\"password\" autocomplete=\"current-password\""));
}

#[tokio::test]
async fn unknown_name_and_wrong_password_look_the_same() {
    let app = App::start().await;
    let mut browser = app.browser();
    let mut pages = Vec::new();
    for login in [USER, "nobody"] {
        let page = browser.sign_in(login, "wrong password").await;
        page.assert_page(403, "/login");
        assert!(page.reply.text().contains("That name and password do not match."));
        assert!(!page.reply.text().contains("wrong password"), "the password is on the page");
        pages.push(page.reply.text().replace(login, "NAME"));
    }
    assert_eq!(pages[0], pages[1]);
    assert!(!browser.has_session());
}

#[tokio::test]
async fn empty_fields_are_named_and_nothing_is_tried() {
    let app = App::start().await;
    let (mut browser, page) = at_login(&app).await;
    let empty = browser.press(&page, "login-submit").await;
    empty.assert_page(422, "/login");
    let text = empty.reply.text();
    assert!(
        text.contains("aria-describedby=\"problem-username\"")
            && text.contains("aria-describedby=\"problem-password\"")
    );
    let landing = browser.sign_in_at(&empty, USER, PASSWORD).await;
    landing.assert_page(200, "/consent");
}

#[tokio::test]
async fn a_locked_account_is_told_after_the_right_password_only() {
    let app = App::start().await;
    let user = app.user().await;
    app.users().disable(&user.id).await.unwrap();
    let locked = app.browser().sign_in(USER, PASSWORD).await;
    locked.assert_page(403, "/login");
    assert!(locked.reply.text().contains("This account is locked."));
    let wrong = app.browser().sign_in(USER, "wrong password").await;
    assert!(!wrong.reply.text().contains("locked"));
}

#[tokio::test]
async fn a_form_without_its_token_signs_nobody_in() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.visit("/login").await;
    let good = form(&page, "login-submit").fill("username", USER).fill("password", PASSWORD);
    let (_, elsewhere) = at_login(&app).await;
    let foreign = form(&elsewhere, "login-submit").value("csrf").unwrap().to_owned();
    let with_interaction = good.clone().fill("interaction", &interaction(&elsewhere));
    let mut without = good.clone();
    without.fields.retain(|(name, _)| name != "csrf");
    for bent in [without, good.clone().fill("csrf", ""), good.clone().fill("csrf", &foreign), with_interaction] {
        let refused = browser.post("/login", &pairs(&bent)).await;
        assert_eq!(refused.reply.status, 400, "{bent:?}");
        assert!(!browser.has_session());
    }
    browser.post("/login", &pairs(&good)).await.assert_page(200, "/");
}

#[tokio::test]
async fn a_browser_without_our_cookie_signs_nobody_in() {
    let app = App::start().await;
    let mut attacker = app.browser();
    let page = attacker.visit("/login").await;
    // Login CSRF: the attacker's own form, complete with its token, sent by the victim's browser.
    let form = form(&page, "login-submit").fill("username", USER).fill("password", PASSWORD);
    let mut victim = app.browser();
    victim.post("/login", &pairs(&form)).await.assert_page(400, "/login");
    victim.visit("/login").await;
    victim.post("/login", &pairs(&form)).await.assert_page(400, "/login");
    assert!(!victim.has_session());
}

#[tokio::test]
async fn another_site_signs_nobody_in_even_with_the_token() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.visit("/login").await;
    let form = form(&page, "login-submit").fill("username", USER).fill("password", PASSWORD);
    let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs(&form)).finish();
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example")]
    {
        let request = Request::post("/login").header("content-type", FORM).header(name, value);
        let reply = browser.send(request.body(Body::from(encoded.clone())).unwrap()).await;
        assert_eq!(reply.status, 400, "{name}: {value}");
        assert!(!browser.has_session());
    }
}

#[tokio::test]
async fn the_session_id_changes_at_every_sign_in() {
    let app = App::start().await;
    let mut browser = app.browser();
    browser.jar().plant("__Host-lingpai_session", "ses_planted.planted");
    browser.sign_in(USER, PASSWORD).await;
    let first = browser.jar().value("session").unwrap().to_owned();
    assert!(!first.contains("planted"));
    let line = browser.jar().line("session").unwrap().to_owned();
    for attribute in ["__Host-", "; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
        assert!(line.contains(attribute), "{line}");
    }
    assert!(!line.contains("Domain"), "{line}");

    let page = browser.authorize(app.rp().with("prompt", "login")).await;
    page.assert_page(200, "/login");
    browser.sign_in_at(&page, OTHER_USER, PASSWORD).await;
    let second = browser.jar().value("session").unwrap().to_owned();
    assert_ne!(first, second);
    // The session that was replaced is over, for whoever may have copied its cookie.
    assert!(app.grants().find_session(&first).await.unwrap().is_none());
    assert!(app.grants().find_session(&second).await.unwrap().is_some());
}

#[tokio::test]
async fn two_session_cookies_count_as_none() {
    let app = App::start().await;
    let mut browser = app.browser();
    browser.sign_in(USER, PASSWORD).await;
    let value = browser.jar().value("session").unwrap().to_owned();
    let cookies = format!("__Host-lingpai_session={value}; __Host-lingpai_session={value}");
    let reply = app.send(Request::get("/").header("cookie", cookies).body(Body::empty()).unwrap()).await;
    assert!(!reply.text().contains("Hello"), "{}", reply.summary());
}

#[tokio::test]
async fn an_interaction_of_another_browser_is_refused() {
    let app = App::start().await;
    let before = app.snapshot().await;
    let (_, page) = at_login(&app).await;
    let id = interaction(&page);
    let mut other = app.browser().signed_in();
    other.visit("/").await;
    for path in
        [format!("/login?interaction={id}"), format!("/consent?interaction={id}"), format!("/authorize/resume/{id}")]
    {
        let refused = other.visit(&path).await;
        assert_eq!(refused.reply.status, 400, "{path}");
        assert!(!refused.reply.text().contains("web"), "the app is told to a stranger");
    }
    let parked = |snapshot: &testkit::Snapshot| snapshot.rows("interaction").len();
    assert_eq!(parked(&app.snapshot().await), parked(&before) + 1);
}

#[tokio::test]
async fn nothing_in_a_request_decides_where_a_sign_in_leads() {
    let app = App::start().await;
    for extra in ["return_to", "next", "redirect_uri", "continue", "post_logout_redirect_uri"] {
        let mut browser = app.browser();
        let page = browser.visit(&format!("/login?{extra}=https://evil.example/")).await;
        let bent = form(&page, "login-submit")
            .fill("username", USER)
            .fill("password", PASSWORD)
            .fill(extra, "https://evil.example/")
            .fill("start_again", "https://evil.example/");
        let landing = browser.post("/login", &pairs(&bent)).await;
        landing.assert_page(200, "/");
    }
    let mut browser = app.browser();
    for id in ["https://evil.example", "//evil.example", "../../evil", "x/../../y", "%0d%0aSet-Cookie:a=b"] {
        let refused = browser.visit(&format!("/login?interaction={id}")).await;
        assert_eq!(refused.reply.status, 400, "{id}");
        assert!(!refused.reply.text().contains("evil"), "{id} is repeated");
    }
}

#[tokio::test]
async fn an_expired_request_starts_again_without_loss() {
    let app = App::start().await;
    let (mut browser, page) = at_login(&app).await;
    app.advance(app.grants().policy().interaction_ttl);
    let expired = browser.sign_in_at(&page, USER, PASSWORD).await;
    expired.assert_page(400, "/login");
    assert!(!browser.has_session());
    let links = testkit::html::links(expired.reply.text());
    let again = links.iter().find(|link| link.starts_with("/authorize?")).expect("no way to start again");
    let page = browser.visit(again).await;
    page.assert_page(200, "/login");
    let landing = browser.sign_in_at(&page, USER, PASSWORD).await;
    let landing = browser.press(&landing, "consent-allow").await;
    assert_eq!(landing.param("state").as_deref(), Some(testkit::STATE));
    assert!(!landing.code().is_empty());
}

#[tokio::test]
async fn a_hint_fills_the_name() {
    let app = App::start().await;
    let page = app.browser().authorize(app.rp().with("login_hint", "\"><b>alice")).await;
    assert_eq!(form(&page, "login-submit").value("username"), Some("\"><b>alice"));
    assert!(!page.reply.text().contains("<b>alice"));
}

#[tokio::test]
async fn switching_the_account_offers_to_stay() {
    let app = App::start().await;
    let (mut browser, consent) = at_consent(&app).await;
    let links = testkit::html::links(consent.reply.text());
    let switch = links.iter().find(|link| link.starts_with("/login?")).expect("no way to switch");
    let page = browser.visit(switch).await;
    page.assert_page(200, "/login");
    assert!(page.reply.text().contains(&format!("<b><bdi>{USER}</bdi></b>")));
    let stay = format!("/authorize/resume/{}", interaction(&page));
    assert!(testkit::html::links(page.reply.text()).contains(&stay));
    browser.visit(&stay).await.assert_page(200, "/consent");
    let other = browser.sign_in_at(&page, OTHER_USER, PASSWORD).await;
    other.assert_page(200, "/consent");
    assert!(other.reply.text().contains(OTHER_USER));
}

/// Checked against a decoy of today's cost; a user of the fixture has a cheap hash.
const NOBODY: &str = "nobody";

#[tokio::test]
async fn a_full_queue_says_when_to_come_again() {
    let app = App::builder()
        .config(|config| {
            config.passwords.threads = 1;
            config.passwords.queue = 1;
            // Slow enough that the others arrive while the first is checked, however busy the machine is.
            config.passwords.m_kib = 19_456;
            config.passwords.t = 40;
        })
        .start()
        .await;
    let attempts = (0..8).map(|_| {
        let app = app.clone();
        tokio::spawn(async move { app.browser().sign_in(NOBODY, PASSWORD).await })
    });
    let mut slowed = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        let page = attempt.await.unwrap();
        if page.reply.status == 429 {
            slowed += 1;
            page.assert_page(429, "/login");
            let seconds: u64 = page.reply.header("retry-after").unwrap().parse().unwrap();
            assert!(seconds >= 1);
            assert!(page.reply.text().contains("Too many attempts. Try again in"));
            assert_eq!(form(&page, "login-submit").value("username"), Some(NOBODY));
        }
    }
    assert!(slowed > 0, "nobody was slowed down");
}
