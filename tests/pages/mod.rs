//! The pages that people see: what protects them, and what they say.

mod consent;
mod device;
mod faults;
mod headers;
mod login;
mod logout;
mod preferences;
mod references;
mod texts;

use testkit::{Browser, Landing, html::Form};

/// The form with this button, as an attacker would bend it.
#[track_caller]
fn form(page: &Landing, button: &str) -> Form {
    page.form_with(button)
}

/// The fields of a form as pairs.
fn pairs(form: &Form) -> Vec<(&str, &str)> {
    form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// The interaction in the address of a page.
#[track_caller]
fn interaction(page: &Landing) -> String {
    let found = page.url.query_pairs().find(|(name, _)| name == "interaction");
    found.map_or_else(|| panic!("no interaction in {}", page.url), |(_, value)| value.into_owned())
}

/// A browser that stands at the consent page, with the page.
async fn at_consent(app: &testkit::App) -> (Browser, Landing) {
    let mut browser = app.browser().signed_in().waiting();
    let page = browser.authorize(app.rp()).await;
    page.assert_page(200, "/consent");
    (browser, page)
}

/// A browser that stands at the sign-in page of a request, with the page.
async fn at_login(app: &testkit::App) -> (Browser, Landing) {
    let mut browser = app.browser();
    let page = browser.authorize(app.rp()).await;
    page.assert_page(200, "/login");
    (browser, page)
}
