//! OpenID Connect RP-Initiated Logout 1.0. The tests of `rows` have the names of the certification modules, without
//! `oidcc-rp-initiated-logout-`.

// What the tests share may unwrap like the tests themselves.
#![cfg(test)]

mod databases;
mod hints;
mod rows;

use protocol::RedirectUri;
use testkit::{App, Browser, Landing, PASSWORD, RelyingParty, Tokens, USER};

/// Where the client wants people to go after signing out.
const BYE: &str = "https://app.example/post_logout_redirect";
/// As long and as odd as the certification sends it.
const STATE: &str = "!\"#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~ and+a&b=c%26";

/// A person who is signed in, and what the client holds of them.
struct House {
    app: App,
    rp: RelyingParty,
    browser: Browser,
    tokens: Tokens,
    cookie: String,
}

impl House {
    async fn build() -> Self {
        Self::on(App::start().await).await
    }

    async fn on(app: App) -> Self {
        let rp = app
            .rp()
            .registered(|change| change.client.post_logout_redirect_uris = vec![RedirectUri::new(BYE).unwrap()]);
        rp.register().await;
        let (mut browser, tokens) = sign_in(&app, USER, &rp).await;
        let cookie = browser.jar().value("session").unwrap().to_owned();
        Self { app, rp, browser, tokens, cookie }
    }

    async fn logout(&mut self, pairs: &[(&str, &str)]) -> Landing {
        self.browser.visit(&logout_path(pairs)).await
    }

    async fn is_signed_in(&mut self) -> bool {
        let is_live = self.app.grants().find_session(&self.cookie).await.unwrap().is_some();
        let silent = self.browser.visit(&self.rp.clone().with("prompt", "none").authorize_path()).await;
        assert_eq!(silent.param("code").is_some(), is_live, "{}", silent.url);
        if !is_live {
            silent.assert_error("login_required");
        }
        is_live
    }

    /// The end that every row demands: nobody is signed in, and the person is told so or is back at the app.
    async fn assert_signed_out(&mut self) {
        assert!(!self.is_signed_in().await, "the session lives on");
        assert!(!self.browser.has_session());
        self.rp.refresh(self.tokens.refresh_token()).await.assert_error(400, "invalid_grant");
        self.rp.userinfo(&self.tokens.access_token).await.assert_status(401);
    }
}

async fn sign_in(app: &App, login: &str, rp: &RelyingParty) -> (Browser, Tokens) {
    let mut browser = app.browser();
    browser.sign_in(login, PASSWORD).await;
    let code = browser.authorize(rp).await.code();
    (browser, rp.exchange(code).await.tokens())
}

fn logout_path(pairs: &[(&str, &str)]) -> String {
    format!("/logout?{}", url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

#[track_caller]
fn assert_told_signed_out(landing: &Landing) {
    landing.assert_page(200, "/logout");
    assert!(landing.reply.text().contains("You are signed out"), "{}", landing.reply.summary());
}

/// The confirmation page, which leads nowhere but to pages of ours.
#[track_caller]
fn assert_asks_and_leads_nowhere(landing: &Landing) {
    landing.assert_page(200, "/logout");
    landing.form_with("logout-confirm");
    let policy = landing.reply.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self';"), "{policy}");
    let links = testkit::html::links(landing.reply.text());
    assert!(links.iter().all(|link| link.starts_with('/') || link.starts_with('#')), "{links:?}");
}
