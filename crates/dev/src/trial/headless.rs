//! Signs in without a browser: follows redirects, fills the forms of the login and consent pages, keeps cookies.

use http::header;
use platform::http::{HttpError, read_body};
use reqwest::{RequestBuilder, Response};
use thiserror::Error;
use url::Url;

use super::html::{self, HtmlForm};
use super::jar::CookieJar;
use crate::catalog::Person;
use crate::relying_party::{encode, with_query};

/// More steps than any sign-in takes: authorize, login, resume, consent, resume, callback.
const MOST_STEPS: usize = 16;
/// The longest page that is read.
const PAGE_BYTES: usize = 256 * 1024;

/// Why signing in without a browser did not work.
#[derive(Debug, Error)]
pub(super) enum HeadlessError {
    /// No answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// A redirect to somewhere else.
    #[error("the server redirects to {location}")]
    Astray { location: String },
    /// A page that asks for nothing we know.
    #[error("the page {path} (status {status}) has no form that could be filled")]
    NoForm { path: String, status: u16 },
    /// The login page came back.
    #[error("{username} could not sign in")]
    Refused { username: &'static str },
    /// It does not end.
    #[error("no end after {MOST_STEPS} steps")]
    Endless,
}

/// A person's scripted browser.
pub(super) struct Headless {
    http: reqwest::Client,
    person: Person,
    jar: CookieJar,
    has_signed_in: bool,
}

impl Headless {
    pub(super) fn new(http: reqwest::Client, person: Person) -> Self {
        Self { http, person, jar: CookieJar::default(), has_signed_in: false }
    }

    /// Walks from an authorization request to the callback, which it calls like a browser would.
    pub(super) async fn visit(mut self, start: &str, redirect_uri: &str) -> Result<(), HeadlessError> {
        let astray = |location: &str| HeadlessError::Astray { location: location.to_owned() };
        let mut here = Url::parse(start).map_err(|_| astray(start))?;
        let origin = here.origin();
        let mut response = self.send(self.http.get(here.clone())).await?;
        for _ in 0..MOST_STEPS {
            if let Some(location) = location(&response) {
                let next = here.join(&location).map_err(|_| astray(&location))?;
                if next.as_str().starts_with(redirect_uri) {
                    // The callback is another server's: our cookies stay at home.
                    self.http.get(next).send().await.map_err(HttpError::Call)?;
                    return Ok(());
                }
                // Forms are filled with a password: never on another host.
                if next.origin() != origin {
                    return Err(astray(&location));
                }
                response = self.send(self.http.get(next.clone())).await?;
                here = next;
            } else {
                let (target, form) = self.fill(&here, response).await?;
                if target.origin() != origin {
                    return Err(astray(target.as_str()));
                }
                response = self.submit(&target, &form).await?;
                here = target;
            }
        }
        Err(HeadlessError::Endless)
    }

    async fn send(&mut self, request: RequestBuilder) -> Result<Response, HeadlessError> {
        let request = match self.jar.header() {
            Some(cookies) => request.header(header::COOKIE, cookies),
            None => request,
        };
        let response = request.send().await.map_err(HttpError::Call)?;
        self.jar.absorb(response.headers());
        Ok(response)
    }

    /// Fills the one form of a page that we know how to fill.
    async fn fill(&mut self, here: &Url, response: Response) -> Result<(Url, HtmlForm), HeadlessError> {
        let status = response.status().as_u16();
        let page = read_body(response, PAGE_BYTES).await?;
        let forms = html::forms(&String::from_utf8_lossy(&page));
        let unknown = || HeadlessError::NoForm { path: here.path().to_owned(), status };
        let (mut form, label) = known(forms).ok_or_else(unknown)?;
        if label == "login-submit" {
            if std::mem::replace(&mut self.has_signed_in, true) {
                return Err(HeadlessError::Refused { username: self.person.username });
            }
            form.fill("username", self.person.username);
            form.fill("password", self.person.password);
        }
        let button = form.button(label).cloned().unwrap_or_default();
        if !button.name.is_empty() {
            form.fill(&button.name, &button.value);
        }
        let action = button.action.unwrap_or_else(|| form.action.clone());
        let target = here.join(&action).map_err(|_| unknown())?;
        Ok((target, form))
    }

    async fn submit(&mut self, target: &Url, form: &HtmlForm) -> Result<Response, HeadlessError> {
        let fields: Vec<(&str, &str)> =
            form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = if form.is_post {
            let body = encode(&fields);
            self.http.post(target.clone()).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
        } else {
            self.http.get(with_query(target.as_str(), &fields))
        };
        self.send(request).await
    }
}

/// The form that asks for a password or for consent, and the button to press.
fn known(forms: Vec<HtmlForm>) -> Option<(HtmlForm, &'static str)> {
    forms.into_iter().find_map(|form| {
        if form.has_field("username") && form.has_field("password") {
            Some((form, "login-submit"))
        } else if form.button("consent-allow").is_some() {
            Some((form, "consent-allow"))
        } else {
            None
        }
    })
}

fn location(response: &Response) -> Option<String> {
    let location = response.headers().get(header::LOCATION).filter(|_| response.status().is_redirection())?;
    location.to_str().ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::response::{Html, Redirect};
    use axum::routing::get;
    use tokio::net::TcpListener;

    use super::*;
    use crate::catalog::PEOPLE;

    const LOGIN: &str =
        r#"<form method="post" action="/login"><input name="username"><input name="password" type="password"></form>"#;

    /// A server whose `/start` leads to `location`, and whose login page always comes back.
    async fn walk(location: &'static str) -> Result<(), HeadlessError> {
        let router = Router::new()
            .route("/start", get(move || async move { Redirect::to(location) }))
            .route("/login", get(|| async { Html(LOGIN) }).post(|| async { Html(LOGIN) }))
            .route("/circle", get(|| async { Redirect::to("/circle") }))
            .route("/plain", get(|| async { Html("<p>nothing to fill in</p>") }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        let http = crate::relying_party::http_client(&issuer).unwrap();
        Headless::new(http, PEOPLE[0]).visit(&format!("{issuer}/start"), "http://127.0.0.1:9/callback").await
    }

    #[tokio::test]
    async fn it_goes_nowhere_else_and_not_for_ever() {
        let astray = walk("http://evil.example/login").await;
        assert!(matches!(astray, Err(HeadlessError::Astray { location }) if location == "http://evil.example/login"));
        assert!(matches!(walk("/login").await, Err(HeadlessError::Refused { username: "alice" })));
        assert!(matches!(walk("/plain").await, Err(HeadlessError::NoForm { status: 200, .. })));
        assert!(matches!(walk("/circle").await, Err(HeadlessError::Endless)));
    }

    #[test]
    fn the_right_form_is_found_among_others() {
        let language =
            r#"<form method="post" action="/preferences"><button name="locale" value="en">English</button></form>"#;
        let login = r#"<form method="post" action="/login"><input name="username"><input name="password" type="password"><button id="login-submit">Go</button></form>"#;
        let consent = r#"<form method="post" action="/consent"><button id="consent-deny" name="d" value="1">No</button><button id="consent-allow" name="a" value="1">Yes</button></form>"#;
        let find = |page: &str| known(html::forms(page)).map(|(form, label)| (form.action, label));
        assert_eq!(find(&format!("{language}{login}")), Some(("/login".to_owned(), "login-submit")));
        assert_eq!(find(&format!("{consent}{language}")), Some(("/consent".to_owned(), "consent-allow")));
        assert_eq!(find(language), None);
    }
}
