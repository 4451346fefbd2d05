//! Language and theme: by cookie, without script, and never a way out.

use testkit::App;

use super::{at_login, form, interaction, pairs};

#[tokio::test]
async fn the_language_is_changed_and_the_page_comes_back() {
    let app = App::start().await;
    let (mut browser, page) = at_login(&app).await;
    assert!(page.reply.text().contains("<html lang=\"en\""));
    let changed = browser.press(&page, "zh-CN").await;
    changed.assert_page(200, "/login");
    assert_eq!(interaction(&changed), interaction(&page));
    assert!(changed.reply.text().contains("<html lang=\"zh-CN\""));
    assert_eq!(changed.reply.header("content-language"), Some("zh-CN"));
    assert!(changed.reply.text().contains("登录以继续访问"));
}

#[tokio::test]
async fn the_persons_choice_outranks_the_apps_wish() {
    let app = App::start().await;
    let mut browser = app.browser();
    let wished = browser.authorize(app.rp().with("ui_locales", "zh-CN en")).await;
    assert!(wished.reply.text().contains("<html lang=\"zh-CN\""));
    let chosen = browser.press(&wished, "en").await;
    assert!(chosen.reply.text().contains("<html lang=\"en\""));
}

#[tokio::test]
async fn the_theme_is_changed_without_script() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.visit("/").await;
    assert!(page.reply.text().contains("data-theme=\"auto\""));
    for theme in ["dark", "light", "auto"] {
        let changed = browser.press(&page, theme).await;
        changed.assert_page(200, "/");
        assert!(changed.reply.text().contains(&format!("data-theme=\"{theme}\"")));
    }
}

#[tokio::test]
async fn the_form_returns_to_pages_of_ours_only() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.visit("/login").await;
    for target in ["https://evil.example/", "//evil.example", "/\\evil.example", "/authorize?x=y", ""] {
        let bent = form(&page, "dark").fill("theme", "dark").fill("return_to", target);
        browser.post("/preferences", &pairs(&bent)).await.assert_page(200, "/");
    }
}

#[tokio::test]
async fn the_form_needs_its_token_and_known_values() {
    let app = App::start().await;
    let mut browser = app.browser();
    let page = browser.visit("/login").await;
    let good = form(&page, "dark");
    for bent in [
        good.clone().fill("theme", "dark").fill("csrf", ""),
        good.clone().fill("theme", "pink"),
        good.fill("locale", "xx"),
    ] {
        let refused = browser.post("/preferences", &pairs(&bent)).await;
        assert_eq!(refused.reply.status, 400, "{bent:?}");
        assert!(refused.reply.header("set-cookie").is_none());
    }
}
