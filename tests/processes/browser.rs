//! A browser over real sockets: cookies by host, redirects across servers, forms.

use std::collections::BTreeMap;

use http::{HeaderMap, Method, StatusCode, header};
use platform::http::{HttpLimits, client};
use testkit::html::{self, Form};
use url::Url;

/// More redirects than this in a row are a loop.
const MOST_STEPS: usize = 12;
/// No address begins like this.
const NOWHERE: &str = "nowhere:";

/// A browser with its cookies.
pub(crate) struct Browser {
    http: reqwest::Client,
    /// By host and name: cookies ignore ports.
    cookies: BTreeMap<(String, String), String>,
}

/// Where the browser ended up.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: StatusCode,
    pub(crate) text: String,
}

impl Browser {
    /// One that has been nowhere yet.
    pub(crate) fn new() -> Self {
        Self { http: client(HttpLimits::default()).unwrap(), cookies: BTreeMap::new() }
    }

    /// Goes to `url` and follows redirects.
    pub(crate) async fn open(&mut self, url: &str) -> Page {
        self.open_until(url, NOWHERE).await
    }

    /// The same, but goes nowhere that begins with `stop`: nobody listens there.
    pub(crate) async fn open_until(&mut self, url: &str, stop: &str) -> Page {
        self.follow(Method::GET, url.parse().unwrap(), None, stop).await
    }

    /// Fills in the form with this button and presses it.
    pub(crate) async fn press(&mut self, page: &Page, button: &str, fields: &[(&str, &str)]) -> Page {
        self.press_until(page, button, fields, NOWHERE).await
    }

    /// The same, but goes nowhere that begins with `stop`.
    pub(crate) async fn press_until(&mut self, page: &Page, button: &str, fields: &[(&str, &str)], stop: &str) -> Page {
        let mut form = page.form_with(button);
        for (name, value) in fields {
            form = form.fill(name, value);
        }
        let button = form.button(button).unwrap();
        let mut pairs = form.fields.clone();
        if !button.name.is_empty() {
            pairs.push((button.name.clone(), button.value.clone()));
        }
        let target = page.url.join(button.action.as_deref().unwrap_or(&form.action)).unwrap();
        self.follow(Method::POST, target, Some(pairs), stop).await
    }

    async fn follow(
        &mut self,
        mut method: Method,
        mut url: Url,
        mut fields: Option<Vec<(String, String)>>,
        stop: &str,
    ) -> Page {
        for _ in 0..MOST_STEPS {
            if url.as_str().starts_with(stop) {
                return Page { url, status: StatusCode::FOUND, text: String::new() };
            }
            let host = url.host_str().unwrap().to_owned();
            let mut request = self.http.request(method, url.clone());
            if let Some(cookies) = self.cookies_for(&host) {
                request = request.header(header::COOKIE, cookies);
            }
            if let Some(fields) = fields.take() {
                // What browsers send with a form of a page under `Referrer-Policy: no-referrer`.
                request = request.form(&fields).header(header::ORIGIN, "null").header("sec-fetch-site", "same-origin");
            }
            let reply = request.send().await.unwrap();
            self.remember(&host, reply.headers());
            let status = reply.status();
            let Some(location) = reply.headers().get(header::LOCATION).filter(|_| status.is_redirection()) else {
                return Page { url, status, text: reply.text().await.unwrap() };
            };
            url = url.join(location.to_str().unwrap()).unwrap();
            method = Method::GET;
        }
        panic!("the redirects go in circles, now at {url}");
    }

    /// What it sends to this host.
    pub(crate) fn cookies_for(&self, host: &str) -> Option<String> {
        let own = self.cookies.iter().filter(|((own, _), _)| own == host);
        let pairs: Vec<String> = own.map(|((_, name), value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    fn remember(&mut self, host: &str, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').unwrap();
            let key = (host.to_owned(), name.to_owned());
            if value.is_empty() || attributes.to_ascii_lowercase().contains("max-age=0") {
                self.cookies.remove(&key);
            } else {
                self.cookies.insert(key, value.to_owned());
            }
        }
    }
}

impl Page {
    /// The text of the element with this id, where it holds nothing but text.
    #[track_caller]
    pub(crate) fn text_of(&self, id: &str) -> String {
        let start = format!("id=\"{id}\">");
        let found = self.text.split_once(&start).and_then(|(_, rest)| rest.split_once('<'));
        html::decode(found.unwrap_or_else(|| panic!("no {id} at {}: {}", self.url, self.text)).0)
    }

    /// Demands this path.
    #[track_caller]
    pub(crate) fn assert_at(&self, path: &str) -> &Self {
        assert_eq!(self.url.path(), path, "{} at {}:\n{}", self.status, self.url, self.text);
        self
    }

    #[track_caller]
    fn form_with(&self, button: &str) -> Form {
        let found = html::forms(&self.text).into_iter().find(|form| form.button(button).is_some());
        found.unwrap_or_else(|| panic!("no form with {button}: {} at {}:\n{}", self.status, self.url, self.text))
    }
}
