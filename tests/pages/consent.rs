//! The consent page: whose decision it is, and about what.

use testkit::{App, OTHER_USER, PASSWORD, USER};

use super::{at_consent, form, interaction, pairs};

#[tokio::test]
async fn the_page_says_who_asks_for_what_from_whom() {
    let app = App::start().await;
    let mut browser = app.browser().signed_in().waiting();
    let page = browser.authorize(app.rp().scope("openid email api:read offline_access")).await;
    page.assert_page(200, "/consent");
    let text = page.reply.text();
    for said in [
        "<b><bdi>web</bdi></b>",
        "<b><bdi>app.example</bdi></b>",
        USER,
        "Recognise your account",
        "Read your email address",
        "See your orders",
        "Orders",
        "Keep this access while you are away",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("profile and"), "more than was asked for");
    let form = form(&page, "consent-allow");
    assert!(form.button("consent-deny").is_some());
    assert_eq!(form.buttons.len(), 2);
}

#[tokio::test]
async fn what_was_allowed_before_is_folded() {
    let app = App::start().await;
    app.browser().signed_in().authorize(app.rp().scope("openid profile")).await.code();
    let mut browser = app.browser().signed_in().waiting();
    let page = browser.authorize(app.rp().scope("openid profile phone")).await;
    page.assert_page(200, "/consent");
    let (asked, known) = page.reply.text().split_once("<details").unwrap();
    assert!(asked.contains("phone number") && !asked.contains("Recognise your account"));
    assert!(known.contains("Already allowed: 2 permissions") && known.contains("Recognise your account"));
}

#[tokio::test]
async fn a_decision_without_its_token_counts_for_nothing() {
    let app = App::start().await;
    let (mut browser, page) = at_consent(&app).await;
    let before = app.snapshot().await;
    let good = form(&page, "consent-allow").fill("consent-allow", "1");
    let (_, elsewhere) = at_consent(&app).await;
    let theirs = form(&elsewhere, "consent-allow").value("csrf").unwrap().to_owned();
    let mut without = good.clone();
    without.fields.retain(|(name, _)| name != "csrf");
    for bent in [without, good.clone().fill("csrf", ""), good.clone().fill("csrf", &theirs)] {
        let refused = browser.post("/consent", &pairs(&bent)).await;
        assert_eq!(refused.reply.status, 400, "{bent:?}");
    }
    let after = app.snapshot().await;
    assert_eq!(before.rows("consent"), after.rows("consent"));
    assert_eq!(before.rows("authorization_code"), after.rows("authorization_code"));
    assert!(!browser.post("/consent", &pairs(&good)).await.code().is_empty());
}

#[tokio::test]
async fn a_token_is_good_for_its_own_interaction_only() {
    let app = App::start().await;
    let (mut browser, first) = at_consent(&app).await;
    let second = browser.authorize(app.rp().scope("openid phone address")).await;
    second.assert_page(200, "/consent");
    assert_ne!(interaction(&first), interaction(&second));
    let bent = form(&first, "consent-allow").fill("consent-allow", "1").fill("interaction", &interaction(&second));
    let refused = browser.post("/consent", &pairs(&bent)).await;
    assert_eq!(refused.reply.status, 400);
    assert!(app.snapshot().await.rows("consent").is_empty());
}

#[tokio::test]
async fn a_link_decides_nothing() {
    let app = App::start().await;
    let (mut browser, page) = at_consent(&app).await;
    let form = form(&page, "consent-allow").fill("consent-allow", "1");
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs(&form)).finish();
    browser.visit(&format!("/consent?{query}")).await.assert_page(200, "/consent");
    assert!(app.snapshot().await.rows("consent").is_empty());
}

#[tokio::test]
async fn another_browser_decides_nothing() {
    let app = App::start().await;
    let (_, page) = at_consent(&app).await;
    let form = form(&page, "consent-allow").fill("consent-allow", "1");
    let mut other = app.browser();
    other.sign_in(USER, PASSWORD).await;
    let refused = other.post("/consent", &pairs(&form)).await;
    assert_eq!(refused.reply.status, 400);
    assert!(app.snapshot().await.rows("consent").is_empty());
}

#[tokio::test]
async fn the_account_that_was_shown_is_the_account_that_consents() {
    let app = App::start().await;
    let (mut browser, page) = at_consent(&app).await;
    let form = form(&page, "consent-allow").fill("consent-allow", "1");
    // In another tab somebody else signs in; the page in the first tab still shows alice.
    let switched = browser.visit(&format!("/login?interaction={}", interaction(&page))).await;
    browser.sign_in_at(&switched, OTHER_USER, PASSWORD).await;
    let refused = browser.post("/consent", &pairs(&form)).await;
    assert_eq!(refused.reply.status, 400);
    assert!(app.snapshot().await.rows("consent").is_empty());
}

#[tokio::test]
async fn both_buttons_or_none_is_no_decision() {
    let app = App::start().await;
    let (mut browser, page) = at_consent(&app).await;
    let form = form(&page, "consent-allow");
    let both = form.clone().fill("consent-allow", "1").fill("consent-deny", "1");
    for bent in [form, both] {
        let refused = browser.post("/consent", &pairs(&bent)).await;
        assert_eq!(refused.reply.status, 400, "{bent:?}");
    }
    assert!(app.snapshot().await.rows("consent").is_empty());
    browser.press(&page, "consent-deny").await.assert_error("access_denied");
}

#[tokio::test]
async fn nobody_signed_in_is_sent_to_sign_in() {
    let app = App::start().await;
    let (mut browser, page) = at_consent(&app).await;
    let id = interaction(&page);
    browser.jar().forget("session");
    let landing = browser.visit(&format!("/consent?interaction={id}")).await;
    landing.assert_page(200, "/login");
    assert_eq!(interaction(&landing), id);
    let landing = browser.press(&page, "consent-allow").await;
    landing.assert_page(200, "/login");
    assert!(app.snapshot().await.rows("consent").is_empty());
}

#[tokio::test]
async fn an_app_on_a_device_is_marked() {
    let app = App::start().await;
    for (redirect_uri, said) in [
        ("http://127.0.0.1:51004/cb", "This app runs on a computer, not on a website"),
        ("com.example.cli:/cb", "This app is installed on a device"),
    ] {
        let mut browser = app.browser().signed_in().waiting();
        let page = browser.authorize(app.cli().with("redirect_uri", redirect_uri)).await;
        page.assert_page(200, "/consent");
        assert!(page.reply.text().contains(said), "{redirect_uri}");
    }
    let (_, web) = at_consent(&app).await;
    assert!(!web.reply.text().contains("we cannot check who made it"));
}

#[tokio::test]
async fn a_hostile_name_stays_text() {
    let app = App::start().await;
    let rp = app.rp().registered(|change| {
        change.client.name = "<img src=x onerror=alert(1)>\"'&amp;{{7777*7777}}{% raw %}".to_owned();
    });
    let mut browser = app.browser();
    let login = browser.authorize(&rp).await;
    login.assert_page(200, "/login");
    let consent = browser.sign_in_at(&login, USER, PASSWORD).await;
    consent.assert_page(200, "/consent");
    for page in [login, consent] {
        let text = page.reply.text();
        assert!(!text.contains("<img"), "{text}");
        assert!(!text.contains("60481729"), "a name was run as a template");
        assert!(
            text.contains("&lt;img src=x onerror=alert(1)&gt;") || text.contains("&lt;img src=x onerror=alert(1)&gt")
        );
        assert!(text.contains("{{7777*7777}}{% raw %}"), "{text}");
    }
}
