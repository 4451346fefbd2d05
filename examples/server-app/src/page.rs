//! The few pages of the app.

use crate::provider::Account;

/// The page of somebody who is not signed in.
pub fn welcome() -> String {
    page("Welcome", r#"<p id="welcome">Nobody is signed in.</p><p><a href="/login">Sign in</a></p>"#)
}

/// The page of somebody who is.
pub fn account(account: &Account) -> String {
    let body = format!(
        r#"<p id="subject">{}</p>
<pre id="userinfo">{}</pre>
<p>Tokens refreshed <span id="refreshed">{}</span> times.</p>
<p><a href="/orders">Call the API</a></p>
<form method="post" action="/refresh"><button id="refresh">Refresh the tokens</button></form>
<form method="post" action="/logout"><button id="logout">Sign out</button></form>"#,
        escape(&account.subject),
        escape(&account.userinfo),
        account.refreshed,
    );
    page(&format!("Hello, {}", account.name), &body)
}

/// What the API answered.
pub fn orders(reply: &str) -> String {
    page("Orders", &format!(r#"<pre id="orders">{}</pre><p><a href="/">Back</a></p>"#, escape(reply)))
}

fn page(title: &str, body: &str) -> String {
    let title = escape(title);
    format!("<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><h1>{title}</h1>\n{body}\n")
}

/// Text in HTML. What a server says about a person is text by somebody else.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
