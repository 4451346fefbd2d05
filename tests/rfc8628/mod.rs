//! The device grant. RFC 8628.

// What the tests share may unwrap like the tests themselves.
#![cfg(test)]

mod authorization;
mod databases;
mod polling;
mod standing;

use flow::GrantName;
use grant_store::NewClient;
use testkit::{App, Browser, Landing, RelyingParty, TokenCall, Tokens};

/// The grant type of the token requests. RFC 8628 §3.4.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Where a device asks.
const ENDPOINT: &str = "/device_authorization";

/// A public client with the device grant and nowhere to redirect to.
fn new_tv() -> NewClient {
    NewClient {
        name: "Demo TV".to_owned(),
        grant_types: vec![GrantName::DeviceCode, GrantName::RefreshToken],
        scopes: ["openid", "profile", "offline_access", "api:read"].into_iter().collect(),
        ..NewClient::public("tv")
    }
}

async fn tv(app: &App) -> RelyingParty {
    app.add_client(new_tv()).await
}

/// A request of a device for `scope`, not yet sent.
fn ask(rp: &RelyingParty, scope: &str) -> TokenCall {
    rp.call("").without("grant_type").at(ENDPOINT).with("scope", scope)
}

/// A device that waits.
#[derive(Clone)]
#[allow(clippy::struct_field_names, reason = "the names of RFC 8628 section 3.2")]
struct Device {
    rp: RelyingParty,
    device_code: String,
    user_code: String,
}

impl Device {
    async fn start(rp: &RelyingParty, scope: &str) -> Self {
        let body = ask(rp, scope).await.assert_status(200).json();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self { rp: rp.clone(), device_code: text("device_code"), user_code: text("user_code") }
    }

    fn poll(&self) -> TokenCall {
        self.rp.call(GRANT).with("device_code", &self.device_code)
    }

    async fn tokens(&self) -> Tokens {
        self.poll().await.tokens()
    }
}

/// Takes a signed-in person from the form to the question.
async fn question(browser: &mut Browser, device: &Device) -> Landing {
    let page = browser.visit("/device").await;
    page.assert_page(200, "/device");
    let form = page.form_with("device-continue").fill("user_code", &device.user_code);
    browser.submit(&page, &form, "device-continue").await
}

/// Has a person, signed in just now, press a button.
async fn decide(browser: &mut Browser, device: &Device, button: &str) -> Landing {
    let page = question(browser, device).await;
    page.assert_page(200, "/device/confirm");
    let end = browser.press(&page, button).await;
    end.assert_page(200, "/device/done");
    end
}

/// A browser in which somebody has just signed in.
async fn somebody(app: &App, name: &str) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(name, testkit::PASSWORD).await;
    browser
}

/// A device that alice has allowed, and her browser.
async fn allowed(app: &App, scope: &str) -> (Device, Browser) {
    let device = Device::start(&tv(app).await, scope).await;
    let mut browser = somebody(app, testkit::USER).await;
    decide(&mut browser, &device, "device-allow").await;
    (device, browser)
}
