//! The pages of the device grant: whose decision it is, for which device, and how often a code may be tried.

use std::time::Duration;

use flow::GrantName;
use grant_store::NewClient;
use http::Request;
use testkit::{App, Browser, Landing, OTHER_USER, PASSWORD, RelyingParty, USER};

use super::{form, pairs};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A device of the client `tv` that waits: its device code and its user code.
async fn device(app: &App) -> (RelyingParty, String, String) {
    if app.grants().find_client("tv").await.unwrap().is_none() {
        let tv = NewClient {
            name: "Demo TV".to_owned(),
            grant_types: vec![GrantName::DeviceCode],
            scopes: ["openid", "profile", "api:read"].into_iter().collect(),
            ..NewClient::public("tv")
        };
        app.add_client(tv).await;
    }
    let rp = app.spa();
    let call = rp.call("").without("grant_type").at("/device_authorization").with("client_id", "tv");
    let body = call.with("scope", "openid api:read").await.assert_status(200).json();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (rp, text("device_code"), text("user_code"))
}

async fn poll_of(rp: &RelyingParty, device_code: &str) -> u16 {
    rp.call(GRANT).with("client_id", "tv").with("device_code", device_code).await.status.as_u16()
}

async fn typed(browser: &mut Browser, code: &str) -> Landing {
    let page = browser.visit("/device").await;
    page.assert_page(200, "/device");
    let filled = form(&page, "device-continue").fill("user_code", code);
    browser.submit(&page, &filled, "device-continue").await
}

/// Alice's browser at the question about a device, with the page.
async fn at_question(app: &App, code: &str) -> (Browser, Landing) {
    let mut browser = app.browser();
    browser.sign_in(USER, PASSWORD).await;
    let page = typed(&mut browser, code).await;
    page.assert_page(200, "/device/confirm");
    (browser, page)
}

#[tokio::test]
async fn a_person_types_the_code_signs_in_and_is_asked() {
    let app = App::start().await;
    let (rp, device_code, code) = device(&app).await;
    let mut browser = app.browser();
    let login = typed(&mut browser, &code.to_lowercase().replace('-', " ")).await;
    login.assert_page(200, "/login");
    assert!(login.reply.text().contains("<h1>Sign in to connect a device</h1>"));
    let page = browser.sign_in_at(&login, USER, PASSWORD).await;
    page.assert_page(200, "/device/confirm");
    let done = browser.press(&page, "device-allow").await;
    done.assert_page(200, "/device/done");
    assert!(done.reply.text().contains("Go back to your device"));
    assert_eq!(poll_of(&rp, &device_code).await, 200);
}

#[tokio::test]
async fn a_wrong_password_on_the_way_does_not_lose_the_way() {
    let app = App::start().await;
    let (_, _, code) = device(&app).await;
    let mut browser = app.browser();
    let login = typed(&mut browser, &code).await;
    let again = browser.sign_in_at(&login, USER, "wrong").await;
    again.assert_page(403, "/login");
    browser.sign_in_at(&again, USER, PASSWORD).await.assert_page(200, "/device/confirm");
}

#[tokio::test]
async fn the_question_says_who_asks_for_what_from_where_and_warns() {
    let app = App::start().await;
    let (_, _, code) = device(&app).await;
    app.advance(Duration::from_secs(150));
    let (_, page) = at_question(&app, &code).await;
    let text = page.reply.text();
    for said in [
        "<b><bdi>Demo TV</bdi></b>",
        &code,
        "Continue only if you started this yourself just now. Nobody from support will ask you to.",
        "2 minutes ago (12:00 UTC)",
        "203.0.113.7",
        "the network that you are in now",
        "Recognise your account",
        "See your orders",
        "<bdi>alice</bdi>",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let form = form(&page, "device-allow");
    assert!(form.button("device-deny").is_some());
    assert_eq!(form.buttons.len(), 2);
}

#[tokio::test]
async fn the_question_is_asked_in_chinese_as_well() {
    let app = App::start().await;
    let (_, _, code) = device(&app).await;
    let (mut browser, page) = at_question(&app, &code).await;
    let chinese = browser.press(&page, "zh-CN").await;
    chinese.assert_page(200, "/device/confirm");
    let text = chinese.reply.text();
    for said in ["授权设备上的 <b><bdi>Demo TV</bdi></b>", "客服人员不会要求你这样做。", "查看你的订单", &code]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[tokio::test]
async fn a_complete_link_fills_the_code_in_and_decides_nothing() {
    let app = App::start().await;
    let (rp, device_code, code) = device(&app).await;
    let mut browser = app.browser();
    browser.sign_in(USER, PASSWORD).await;
    let page = browser.visit(&format!("/device?user_code={code}")).await;
    page.assert_page(200, "/device");
    assert_eq!(form(&page, "device-continue").value("user_code"), Some(code.as_str()));
    assert_eq!(poll_of(&rp, &device_code).await, 400);
    let question = browser.press(&page, "device-continue").await;
    question.assert_page(200, "/device/confirm");
    assert!(question.reply.text().contains(&code));
    assert!(app.snapshot().await.rows("consent").is_empty());
    // What is no code is not put back into the page.
    let bent = browser.visit("/device?user_code=%22%3E%3Cscript%3E").await;
    bent.assert_page(200, "/device");
    assert_eq!(form(&bent, "device-continue").value("user_code"), Some(""));
}

#[tokio::test]
async fn a_link_from_elsewhere_does_not_reach_the_question() {
    let app = App::start().await;
    let (_, _, code) = device(&app).await;
    let (mut browser, page) = at_question(&app, &code).await;
    let path = format!("/device/confirm?user_code={code}");
    for site in ["cross-site", "same-site"] {
        let request = Request::get(&path).header("sec-fetch-site", site).body(axum::body::Body::empty()).unwrap();
        let reply = browser.send(request).await;
        assert_eq!((reply.status.as_u16(), reply.location()), (303, format!("/device?user_code={code}").as_str()));
    }
    // Nor does a link decide.
    let decision = form(&page, "device-allow").fill("device-allow", "1");
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs(&decision)).finish();
    browser.visit(&format!("/device/confirm?{query}")).await.assert_page(200, "/device/confirm");
    assert!(app.snapshot().await.rows("consent").is_empty());
}

#[tokio::test]
async fn a_decision_without_its_token_counts_for_nothing() {
    let app = App::start().await;
    let (rp, device_code, code) = device(&app).await;
    let (_, _, other_code) = device(&app).await;
    let (mut browser, page) = at_question(&app, &code).await;
    let good = form(&page, "device-allow").fill("device-allow", "1");
    let (_, elsewhere) = at_question(&app, &code).await;
    let theirs = form(&elsewhere, "device-allow").value("csrf").unwrap().to_owned();
    let of_entry = form(&browser.visit("/device").await, "device-continue").value("csrf").unwrap().to_owned();
    let without = {
        let mut form = good.clone();
        form.fields.retain(|(name, _)| name != "csrf");
        form
    };
    let for_another = good.clone().fill("user_code", &other_code);
    for bent in [without, good.clone().fill("csrf", &theirs), good.clone().fill("csrf", &of_entry), for_another] {
        let refused = browser.post("/device/confirm", &pairs(&bent)).await;
        assert_eq!(refused.reply.status, 400, "{bent:?}");
    }
    for buttons in [vec![], vec!["device-allow", "device-deny"]] {
        let bare = form(&page, "device-allow");
        let bent = buttons.into_iter().fold(bare, |form, button| form.fill(button, "1"));
        assert_eq!(browser.post("/device/confirm", &pairs(&bent)).await.reply.status, 400);
    }
    assert!(app.snapshot().await.rows("consent").is_empty());
    assert_eq!(poll_of(&rp, &device_code).await, 400);
    browser.post("/device/confirm", &pairs(&good)).await.assert_page(200, "/device/done");
    assert_eq!(poll_of(&rp, &device_code).await, 200);
}

#[tokio::test]
async fn the_account_that_was_shown_is_the_account_that_decides() {
    let app = App::start().await;
    let (_, _, code) = device(&app).await;
    let (mut browser, page) = at_question(&app, &code).await;
    let good = form(&page, "device-allow").fill("device-allow", "1");
    // The link of the page leads to the sign-in of somebody else, and back.
    let switch = browser.visit(&format!("/login?user_code={code}")).await;
    switch.assert_page(200, "/login");
    let now_bob = browser.sign_in_at(&switch, OTHER_USER, PASSWORD).await;
    now_bob.assert_page(200, "/device/confirm");
    assert!(now_bob.reply.text().contains("<bdi>bob</bdi>"));
    assert_eq!(browser.post("/device/confirm", &pairs(&good)).await.reply.status, 400);
    assert!(app.snapshot().await.rows("consent").is_empty());
}

#[tokio::test]
async fn a_sign_in_of_long_ago_lets_no_device_in() {
    let app = App::start().await;
    let mut browser = app.browser();
    browser.sign_in(USER, PASSWORD).await;
    app.advance(Duration::from_mins(15));
    let (rp, device_code, code) = device(&app).await;
    let login = typed(&mut browser, &code).await;
    login.assert_page(200, "/login");
    let page = browser.sign_in_at(&login, USER, PASSWORD).await;
    page.assert_page(200, "/device/confirm");
    app.advance(Duration::from_mins(5));
    browser.press(&page, "device-allow").await.assert_page(200, "/device/done");
    assert_eq!(poll_of(&rp, &device_code).await, 200);
}

#[tokio::test]
async fn a_session_that_grows_old_at_the_question_is_asked_to_sign_in() {
    let app = App::start().await;
    let mut browser = app.browser();
    browser.sign_in(USER, PASSWORD).await;
    app.advance(Duration::from_mins(10));
    let (_, _, code) = device(&app).await;
    let page = typed(&mut browser, &code).await;
    page.assert_page(200, "/device/confirm");
    app.advance(Duration::from_mins(5));
    browser.press(&page, "device-allow").await.assert_page(200, "/login");
    assert!(app.snapshot().await.rows("consent").is_empty());
}

#[tokio::test]
async fn what_was_typed_is_answered_truthfully() {
    let app = App::start().await;
    let (_, _, code) = device(&app).await;
    let mut browser = app.browser();
    browser.sign_in(USER, PASSWORD).await;
    for (typed_code, status, said) in [
        ("", 422, "Enter the code that your device shows."),
        ("WDJB", 422, "A code has eight letters and no vowels."),
        ("<b>\"'&", 422, "A code has eight letters and no vowels."),
        ("WDJB-MJHT", 404, "We do not know this code, or it was used already."),
    ] {
        let page = typed(&mut browser, typed_code).await;
        page.assert_page(status, "/device");
        let text = page.reply.text();
        assert!(text.contains(said) && text.contains("<title>Not connected"), "{typed_code}: {text}");
        assert!(!text.contains("<b>\""), "{text}");
    }
    let page = typed(&mut browser, &code).await;
    browser.press(&page, "device-deny").await.assert_page(200, "/device/done");
    typed(&mut browser, &code).await.assert_page(404, "/device");
    let again = browser.press(&page, "device-allow").await;
    again.assert_page(404, "/device/confirm");
    let (_, _, late) = device(&app).await;
    app.advance(Duration::from_mins(10));
    let page = typed(&mut browser, &late).await;
    page.assert_page(410, "/device");
    assert!(page.reply.text().contains("This code has expired. Get a new one on your device."));
}

#[tokio::test]
async fn five_wrong_codes_slow_a_browser_down() {
    let app = App::start().await;
    let (_, _, code) = device(&app).await;
    let mut browser = app.browser();
    browser.sign_in(USER, PASSWORD).await;
    for wrong in ["BBBB-BBBB", "CCCC-CCCC", "DDDD-DDDD", "FFFF-FFFF", "GGGG-GGGG"] {
        typed(&mut browser, wrong).await.assert_page(404, "/device");
        app.advance(Duration::from_secs(2));
    }
    // Even the right one has to wait now, on either page.
    let slowed = typed(&mut browser, &code).await;
    slowed.assert_page(429, "/device");
    assert_eq!(slowed.reply.header("retry-after"), Some("590"));
    assert!(slowed.reply.text().contains("Too many attempts. Try again in 590 seconds."));
    browser.visit(&format!("/device/confirm?user_code={code}")).await.assert_page(429, "/device/confirm");
    app.advance(Duration::from_secs(589));
    typed(&mut browser, &code).await.assert_page(429, "/device");
    app.advance(Duration::from_secs(1));
    typed(&mut browser, &code).await.assert_page(410, "/device");
    let (_, _, fresh) = device(&app).await;
    typed(&mut browser, &fresh).await.assert_page(200, "/device/confirm");
}

#[tokio::test]
async fn twenty_wrong_codes_an_hour_slow_an_address_down() {
    let app = App::start().await;
    for _ in 0..5 {
        let mut browser = app.browser();
        for _ in 0..4 {
            typed(&mut browser, "BBBB-BBBB").await.assert_page(404, "/device");
        }
    }
    let slowed = typed(&mut app.browser(), "BBBB-BBBB").await;
    slowed.assert_page(429, "/device");
    assert_eq!(slowed.reply.header("retry-after"), Some("3600"));
    app.advance(Duration::from_hours(1));
    typed(&mut app.browser(), "BBBB-BBBB").await.assert_page(404, "/device");
}

#[tokio::test]
async fn right_codes_are_never_slowed_down() {
    let app = App::start().await;
    let mut browser = app.browser();
    browser.sign_in(USER, PASSWORD).await;
    for _ in 0..25 {
        let (_, _, code) = device(&app).await;
        typed(&mut browser, &code).await.assert_page(200, "/device/confirm");
    }
}

#[tokio::test]
async fn another_site_can_neither_post_a_code_nor_use_up_the_tries() {
    let app = App::start().await;
    let (_, _, code) = device(&app).await;
    let (mut browser, page) = at_question(&app, &code).await;
    let entry = browser.visit("/device").await;
    let good = form(&entry, "device-continue").fill("user_code", "BBBB-BBBB");
    let decision = form(&page, "device-allow").fill("device-allow", "1");
    for _ in 0..25 {
        for (path, form) in [("/device", &good), ("/device/confirm", &decision.clone().fill("user_code", "BBBB-BBBB"))]
        {
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs(form)).finish();
            let request = Request::post(path)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("sec-fetch-site", "cross-site")
                .body(axum::body::Body::from(body))
                .unwrap();
            assert_eq!(browser.send(request).await.status.as_u16(), 400, "{path}");
        }
    }
    typed(&mut browser, &code).await.assert_page(200, "/device/confirm");
}

#[tokio::test]
async fn a_client_that_was_disabled_in_between_is_unknown() {
    let app = App::start().await;
    let (_, _, code) = device(&app).await;
    app.set_client("tv", |change| change.is_enabled = false).await;
    let mut browser = app.browser();
    browser.sign_in(USER, PASSWORD).await;
    typed(&mut browser, &code).await.assert_page(404, "/device");
}

#[tokio::test]
async fn the_sign_in_page_takes_no_target_from_the_request() {
    let app = App::start().await;
    let mut browser = app.browser();
    for bent in ["https://evil.example", "//evil.example", "/evil", "WDJB-MJHTX", "%00"] {
        let encoded: String = url::form_urlencoded::byte_serialize(bent.as_bytes()).collect();
        let page = browser.visit(&format!("/login?user_code={encoded}")).await;
        page.assert_page(200, "/login");
        assert!(form(&page, "login-submit").value("user_code").is_none(), "{bent}");
        let home = browser.sign_in_at(&page, USER, PASSWORD).await;
        home.assert_page(200, "/");
        browser.jar().forget("session");
    }
    browser.visit("/device/done").await.assert_page(200, "/device");
    browser.visit("/device/done?outcome=other").await.assert_page(200, "/device");
}
