//! A scripted browser: cookies, redirects and forms over real HTTP.

use std::collections::BTreeMap;

use http::header;
use platform::http::{HttpLimits, loopback_client, read_body};
use testkit::html::{Form, forms};
use url::Url;

/// More redirects than any flow has.
const MOST_STEPS: usize = 12;

/// A browser with its cookies.
pub(crate) struct Visitor {
    http: reqwest::Client,
    cookies: BTreeMap<String, String>,
    /// Every `Set-Cookie` line that was seen.
    pub(crate) cookie_lines: Vec<String>,
    language: &'static str,
}

/// A page that a browser shows.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Visitor {
    pub(crate) fn new() -> Self {
        Self::speaking("en")
    }

    pub(crate) fn speaking(language: &'static str) -> Self {
        let http = loopback_client(HttpLimits::default()).unwrap();
        Self { http, cookies: BTreeMap::new(), cookie_lines: Vec::new(), language }
    }

    /// Goes to an address and follows every redirect.
    pub(crate) async fn visit(&mut self, url: &str) -> Page {
        let url = Url::parse(url).unwrap();
        self.follow(url.clone(), self.http.get(url)).await
    }

    /// Sends the form that has this button, with some fields filled.
    pub(crate) async fn press(&mut self, page: &Page, button: &str, fields: &[(&str, &str)]) -> Page {
        let form = page.form(button);
        let button = form.button(button).unwrap();
        let target = page.url.join(button.action.as_deref().unwrap_or(&form.action)).unwrap();
        let mut pairs: Vec<(String, String)> = form.fields.clone();
        if !button.name.is_empty() {
            pairs.push((button.name.clone(), button.value.clone()));
        }
        for (name, value) in fields {
            pairs.retain(|(own, _)| own != name || *name == "scope");
            pairs.push(((*name).to_owned(), (*value).to_owned()));
        }
        let request = self
            .http
            .post(target.clone())
            .header(header::ORIGIN, "null")
            .header("sec-fetch-site", "same-origin")
            .form(&pairs);
        self.follow(target, request).await
    }

    /// Signs in and consents, where the server asks for it.
    pub(crate) async fn through_the_server(&mut self, page: Page, username: &str) -> Page {
        let mut page = page;
        if page.url.path() == "/login" {
            let password = format!("{username}-dev");
            page = self.press(&page, "login-submit", &[("username", username), ("password", &password)]).await;
        }
        if page.url.path() == "/consent" {
            page = self.press(&page, "consent-allow", &[]).await;
        }
        page
    }

    async fn follow(&mut self, mut url: Url, mut request: reqwest::RequestBuilder) -> Page {
        for _ in 0..MOST_STEPS {
            let response = self.send(request).await;
            let status = response.status();
            let Some(location) = response.headers().get(header::LOCATION).filter(|_| status.is_redirection()) else {
                let body = read_body(response, 1024 * 1024).await.unwrap();
                return Page { url, status: status.as_u16(), text: String::from_utf8(body).unwrap() };
            };
            url = url.join(location.to_str().unwrap()).unwrap();
            request = self.http.get(url.clone());
        }
        panic!("the redirects go in circles at {url}");
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> reqwest::Response {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; ")).header(header::ACCEPT_LANGUAGE, self.language);
        let response = request.send().await.unwrap();
        for line in response.headers().get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap().to_owned();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
            self.cookie_lines.push(line);
        }
        response
    }
}

impl Page {
    /// The form that has this button.
    #[track_caller]
    pub(crate) fn form(&self, button: &str) -> Form {
        let found = forms(&self.text).into_iter().find(|form| form.button(button).is_some());
        found.unwrap_or_else(|| panic!("no {button} at {} ({}):\n{}", self.url, self.status, self.text))
    }

    #[track_caller]
    pub(crate) fn assert_shows(&self, pieces: &[&str]) {
        for piece in pieces {
            assert!(self.text.contains(piece), "{piece:?} is not at {} ({}):\n{}", self.url, self.status, self.text);
        }
    }
}
