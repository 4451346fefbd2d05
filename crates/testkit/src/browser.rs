//! A browser: cookies, redirects, forms, and a person in front of it.

use axum::body::Body;
use http::{HeaderValue, Request, header};
use url::Url;

use crate::app::App;
use crate::fixture::{ISSUER, PASSWORD, USER};
use crate::html::{self, Form};
use crate::jar::Jar;
use crate::relying_party::RelyingParty;
use crate::reply::Reply;

/// More redirects or pages than this in a row are a loop.
const MOST_STEPS: usize = 12;

/// What browsers send when a person follows a link.
const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// A browser with its cookies. The person in front of it signs in as somebody and answers the consent page.
pub struct Browser {
    app: App,
    jar: Jar,
    login: Option<String>,
    consents: Consent,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Consent {
    Allow,
    Deny,
    Wait,
}

/// Where a browser ended up: on a page of the server, or on its way to another host.
#[derive(Clone, Debug)]
pub struct Landing {
    /// The address that the browser shows.
    pub url: Url,
    /// The answer: the page, or the redirect that leads away.
    pub reply: Reply,
    /// Whether `url` is another host's.
    pub has_left: bool,
    /// What the page that leads away posts there, as browsers with script do by themselves.
    pub posted: Option<Vec<(String, String)>>,
}

impl Browser {
    pub(crate) fn new(app: &App) -> Self {
        Self { app: app.clone(), jar: Jar::default(), login: None, consents: Consent::Allow }
    }

    /// The person is [`USER`], and signed in before the next request.
    #[must_use]
    pub fn signed_in(self) -> Self {
        self.signed_in_as(USER)
    }

    /// The person is somebody else, with the same password.
    #[must_use]
    pub fn signed_in_as(mut self, login: &str) -> Self {
        self.login = Some(login.to_owned());
        self
    }

    /// The person denies on the consent page.
    #[must_use]
    pub fn denying(mut self) -> Self {
        self.consents = Consent::Deny;
        self
    }

    /// The person waits at the consent page.
    #[must_use]
    pub fn waiting(mut self) -> Self {
        self.consents = Consent::Wait;
        self
    }

    /// The cookies.
    pub fn jar(&mut self) -> &mut Jar {
        &mut self.jar
    }

    /// Whether there is a session cookie.
    pub fn has_session(&self) -> bool {
        self.jar.value("session").is_some()
    }

    /// Walks an authorization request to its end, through the sign-in and consent pages as the person does.
    ///
    /// Shape: ends where the server sends the browser to another host, or at the page where the person does not go on.
    pub async fn authorize(&mut self, rp: impl AsRef<RelyingParty>) -> Landing {
        let rp = rp.as_ref();
        rp.register().await;
        self.settle_in().await;
        let landing = self.visit(&rp.authorize_path()).await;
        self.walk_on(landing).await
    }

    /// Goes on from a page of an authorization request as the person does.
    pub async fn walk_on(&mut self, mut landing: Landing) -> Landing {
        for _ in 0..MOST_STEPS {
            if landing.has_left || !landing.reply.status.is_success() {
                return landing;
            }
            landing = match (landing.url.path(), self.login.clone(), self.consents) {
                ("/login", Some(login), _) => self.sign_in_at(&landing, &login, PASSWORD).await,
                ("/consent", _, Consent::Allow) => self.press(&landing, "consent-allow").await,
                ("/consent", _, Consent::Deny) => self.press(&landing, "consent-deny").await,
                _ => return landing,
            };
        }
        panic!("the request goes in circles: {}", landing.reply.summary());
    }

    /// Signs in on the sign-in page, outside any authorization request.
    pub async fn sign_in(&mut self, login: &str, password: &str) -> Landing {
        let page = self.visit("/login").await;
        page.reply.assert_status(200);
        self.sign_in_at(&page, login, password).await
    }

    /// Fills in the sign-in page that the browser shows.
    pub async fn sign_in_at(&mut self, page: &Landing, login: &str, password: &str) -> Landing {
        let form = page.form_with("login-submit").fill("username", login).fill("password", password);
        self.submit(page, &form, "login-submit").await
    }

    /// Presses a button without touching the fields.
    pub async fn press(&mut self, page: &Landing, button: &str) -> Landing {
        let form = page.form_with(button);
        self.submit(page, &form, button).await
    }

    /// Sends a form by one of its buttons and follows the answer.
    pub async fn submit(&mut self, page: &Landing, form: &Form, button: &str) -> Landing {
        let button = form.button(button).unwrap_or_else(|| panic!("no button {button}: {form:?}"));
        let mut fields = form.fields.clone();
        if !button.name.is_empty() {
            fields.push((button.name.clone(), button.value.clone()));
        }
        let action = button.action.as_deref().unwrap_or(&form.action);
        let target = page.url.join(action).expect("the form's target is no URL");
        assert_eq!(form.method, "post", "a form that changes something must be posted");
        assert_eq!(target.origin(), page.url.origin(), "the form goes to another origin");
        let pairs = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.post(&path_of(&target), &pairs.collect::<Vec<_>>()).await
    }

    /// Posts fields as a form of ours would, and follows the answer.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Landing {
        let body = fields.iter().copied().collect::<crate::fields::Fields>().encoded();
        // What browsers send under our own `Referrer-Policy: no-referrer`.
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, "null")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body))
            .expect("not a request");
        let reply = self.send(request).await;
        self.follow(path, reply).await
    }

    /// Goes to a path and follows redirects as long as they stay here.
    pub async fn visit(&mut self, path: &str) -> Landing {
        let reply = self.get(path).await;
        self.follow(path, reply).await
    }

    /// Asks for a path and follows nothing.
    pub async fn get(&mut self, path: &str) -> Reply {
        self.send(Request::get(path).body(Body::empty()).expect("not a request")).await
    }

    /// Sends a request of the test's own making with this browser's cookies, and follows nothing.
    pub async fn send(&mut self, mut request: Request<Body>) -> Reply {
        if !request.headers().contains_key(header::ACCEPT) {
            request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static(ACCEPT));
        }
        if let Some(cookies) = self.jar.header() {
            request.headers_mut().insert(header::COOKIE, cookies);
        }
        let reply = self.app.send(request).await;
        self.jar.take(&reply.headers);
        reply
    }

    /// Signs in beforehand, so that the request finds a session.
    async fn settle_in(&mut self) {
        if let Some(login) = self.login.clone().filter(|_| !self.has_session()) {
            let landing = self.sign_in(&login, PASSWORD).await;
            assert!(self.has_session(), "{login} was not signed in: {}", landing.reply.summary());
        }
    }

    /// Follows the redirects of an answer to a request of the test's own making, as long as they stay here.
    pub async fn follow(&mut self, path: &str, mut reply: Reply) -> Landing {
        let mut url = here(path);
        for _ in 0..MOST_STEPS {
            if !reply.status.is_redirection() || reply.header("location").is_none() {
                return Landing::at(url, reply);
            }
            // A 307 would post a password on, a 302 leaves it to the browser.
            reply.assert_status(303);
            url = url.join(reply.location()).expect("the redirect is no URL");
            if url.origin() != here("/").origin() {
                return Landing { url, reply, has_left: true, posted: None };
            }
            reply = self.get(&path_of(&url)).await;
        }
        panic!("the redirects go in circles: {}", reply.summary());
    }
}

impl Landing {
    /// A page; one that hands an answer over by a form leads to where the form goes.
    fn at(url: Url, reply: Reply) -> Self {
        let is_page = reply.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        let forms = if is_page { html::forms(reply.text()) } else { Vec::new() };
        let Some(form) = forms.into_iter().find(|form| form.button("form-post-submit").is_some()) else {
            return Self { url, reply, has_left: false, posted: None };
        };
        assert_eq!(form.method, "post");
        let target = url.join(&form.action).expect("the form's target is no URL");
        Self { url: target, reply, has_left: true, posted: Some(form.fields) }
    }

    /// How the client gets the answer: `query`, `fragment` or `form_post`.
    pub fn mode(&self) -> &'static str {
        match (&self.posted, self.url.fragment()) {
            (Some(_), _) => "form_post",
            (None, Some(_)) => "fragment",
            (None, None) => "query",
        }
    }

    /// The parameters of the answer to the client, in order, wherever its mode puts them.
    pub fn params(&self) -> Vec<(String, String)> {
        let read = |text: &str| url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        match (&self.posted, self.url.fragment()) {
            (Some(fields), _) => fields.clone(),
            (None, Some(fragment)) => read(fragment),
            (None, None) => read(self.url.query().unwrap_or_default()),
        }
    }

    /// The code that the client gets.
    #[track_caller]
    pub fn code(&self) -> String {
        self.param("code").unwrap_or_else(|| panic!("no code at {}: {}", self.url, self.reply.summary()))
    }

    /// A parameter of the answer to the client.
    #[track_caller]
    pub fn param(&self, name: &str) -> Option<String> {
        assert!(self.has_left, "still at {}: {}", self.url, self.reply.summary());
        let mut values = self.params().into_iter().filter(|(own, _)| own == name).map(|(_, value)| value);
        let first = values.next();
        assert!(values.next().is_none(), "{name} is repeated in {}", self.url);
        first
    }

    /// Demands that the client gets this error, with state and issuer, and nothing else.
    #[track_caller]
    pub fn assert_error(&self, code: &str) -> &Self {
        assert_eq!(self.param("error").as_deref(), Some(code), "{}", self.url);
        assert_eq!(self.param("iss").as_deref(), Some(ISSUER), "RFC 9207 section 2");
        let description = self.param("error_description").expect("an error without description");
        assert!(protocol::error::is_valid_description(&description), "{description:?}");
        for name in ["code", "access_token", "id_token"] {
            assert_eq!(self.param(name), None, "an error with {name}");
        }
        self
    }

    /// Demands a page of the server with this status, at this path.
    #[track_caller]
    pub fn assert_page(&self, status: u16, path: &str) -> &Self {
        assert!(!self.has_left, "left for {}", self.url);
        self.reply.assert_status(status);
        assert_eq!(self.url.path(), path, "{}", self.reply.summary());
        assert!(self.reply.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "not a page");
        self
    }

    /// The form with this button.
    #[track_caller]
    pub fn form_with(&self, button: &str) -> Form {
        let forms = html::forms(self.reply.text());
        let found = forms.into_iter().find(|form| form.button(button).is_some());
        found.unwrap_or_else(|| panic!("no form with {button} at {}: {}", self.url, self.reply.summary()))
    }
}

impl AsRef<RelyingParty> for RelyingParty {
    fn as_ref(&self) -> &RelyingParty {
        self
    }
}

fn here(path: &str) -> Url {
    Url::parse(ISSUER).and_then(|issuer| issuer.join(path)).expect("not a path")
}

fn path_of(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}
