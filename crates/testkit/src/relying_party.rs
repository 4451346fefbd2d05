//! A client of the server, as its developer would write it, and as an attacker would bend it.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body;
use flow::PkceRule;
use grant_store::ClientChange;
use http::{HeaderName, HeaderValue, Method, Request, header};
use protocol::client_assertion::JWT_BEARER;
use protocol::client_auth::basic_header;

use crate::app::App;
use crate::fields::Fields;
use crate::fixture::{self, NONCE, STATE, VERIFIER};
use crate::jwt;
use crate::reply::Reply;

type Change = Arc<dyn Fn(&mut ClientChange) + Send + Sync>;

/// A relying party: it sends people to `/authorize` and calls `/token`.
///
/// Shape: [`RelyingParty::with`], `without` and `also` bend the authorization request; the token calls have their own.
#[derive(Clone)]
pub struct RelyingParty {
    app: App,
    client_id: String,
    authentication: Authentication,
    request: Fields,
    changes: Vec<Change>,
}

/// How a token call proves who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Authentication {
    /// By the Basic scheme, with this secret.
    Basic(String),
    /// By what stands in the form, if anything.
    Form,
}

impl RelyingParty {
    pub(crate) fn new(app: &App, client_id: &str, is_confidential: bool) -> Self {
        let request = [
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", fixture::redirect_uri_of(client_id)),
            ("scope", "openid profile email"),
            ("state", STATE),
            ("nonce", NONCE),
            ("code_challenge", &jwt::challenge(VERIFIER)),
            ("code_challenge_method", "S256"),
        ];
        let authentication =
            if is_confidential { Authentication::Basic(fixture::secret_of(client_id)) } else { Authentication::Form };
        Self {
            app: app.clone(),
            client_id: client_id.to_owned(),
            authentication,
            request: request.into_iter().collect(),
            changes: Vec::new(),
        }
    }

    /// The client's id.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The redirect URI of its authorization requests.
    #[track_caller]
    pub fn redirect_uri(&self) -> &str {
        self.request.get("redirect_uri").expect("the request has no redirect URI")
    }

    /// Gives a parameter of the authorization request one value.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.request.set(name, value);
        self
    }

    /// Takes a parameter of the authorization request away.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.request.remove(name);
        self
    }

    /// Adds a parameter to the authorization request, perhaps a second time.
    #[must_use]
    pub fn also(mut self, name: &str, value: &str) -> Self {
        self.request.add(name, value);
        self
    }

    /// Asks for other scopes.
    #[must_use]
    pub fn scope(self, scope: &str) -> Self {
        self.with("scope", scope)
    }

    /// Changes how the client is registered, before its next request.
    #[must_use]
    pub fn registered(mut self, change: impl Fn(&mut ClientChange) + Send + Sync + 'static) -> Self {
        self.changes.push(Arc::new(change));
        self
    }

    /// Registers the client without the demand for PKCE and sends no challenge.
    #[must_use]
    pub fn without_pkce_requirement(self) -> Self {
        self.registered(|change| change.client.pkce = PkceRule::Optional)
            .without("code_challenge")
            .without("code_challenge_method")
    }

    /// Registers the client as first-party: no consent page.
    #[must_use]
    pub fn first_party(self) -> Self {
        self.registered(|change| change.client.is_first_party = true)
    }

    /// The path and query of the authorization request.
    pub fn authorize_path(&self) -> String {
        format!("/authorize?{}", self.request.encoded())
    }

    /// The form of the authorization request, for `POST /authorize`.
    pub fn authorize_form(&self) -> String {
        self.request.encoded()
    }

    /// Registers what the test asked for.
    pub async fn register(&self) {
        for change in &self.changes {
            self.app.set_client(&self.client_id, |own| change(own)).await;
        }
    }

    /// Exchanges a code, with the redirect URI and the verifier of the request.
    pub fn exchange(&self, code: impl AsRef<str>) -> TokenCall {
        let call = self.call("authorization_code").with("code", code.as_ref());
        let call = match self.request.get("redirect_uri") {
            Some(uri) => call.with("redirect_uri", uri),
            None => call,
        };
        match self.request.get("code_challenge") {
            Some(_) => call.with("code_verifier", VERIFIER),
            None => call,
        }
    }

    /// Refreshes.
    pub fn refresh(&self, refresh_token: impl AsRef<str>) -> TokenCall {
        self.call("refresh_token").with("refresh_token", refresh_token.as_ref())
    }

    /// Asks for a token of its own.
    pub fn client_credentials(&self) -> TokenCall {
        self.call("client_credentials")
    }

    /// Asks what a token is worth. Source: RFC 7662 §2.1.
    pub fn introspect(&self, token: impl AsRef<str>) -> TokenCall {
        self.about("/introspect", token.as_ref())
    }

    /// Gives a token up. Source: RFC 7009 §2.1.
    pub fn revoke(&self, token: impl AsRef<str>) -> TokenCall {
        self.about("/revoke", token.as_ref())
    }

    fn about(&self, path: &str, token: &str) -> TokenCall {
        let call = self.call("").without("grant_type").with("token", token);
        TokenCall { path: path.to_owned(), ..call }
    }

    /// A token call with the grant type and nothing else.
    pub fn call(&self, grant_type: &str) -> TokenCall {
        let call = TokenCall {
            rp: self.clone(),
            method: Method::POST,
            path: "/token".to_owned(),
            authentication: self.authentication.clone(),
            form: [("grant_type", grant_type)].into_iter().collect(),
            headers: vec![(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))],
            raw_body: None,
        };
        match self.authentication {
            Authentication::Basic(_) => call,
            Authentication::Form => call.by_none(),
        }
    }

    /// Reads userinfo with an access token.
    pub async fn userinfo(&self, access_token: &str) -> Reply {
        let request = Request::get("/userinfo").header(header::AUTHORIZATION, format!("Bearer {access_token}"));
        self.app.send(request.body(Body::empty()).expect("the token is no header text")).await
    }
}

/// A call of the token endpoint; awaiting it sends it.
#[derive(Clone)]
pub struct TokenCall {
    rp: RelyingParty,
    method: Method,
    path: String,
    authentication: Authentication,
    form: Fields,
    headers: Vec<(HeaderName, HeaderValue)>,
    raw_body: Option<Vec<u8>>,
}

impl TokenCall {
    /// Gives a parameter one value.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.form.set(name, value);
        self
    }

    /// Takes a parameter away.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.form.remove(name);
        self
    }

    /// Adds a parameter, perhaps a second time.
    #[must_use]
    pub fn also(mut self, name: &str, value: &str) -> Self {
        self.form.add(name, value);
        self
    }

    /// Authenticates by the Basic scheme with the client's own secret.
    #[must_use]
    pub fn by_basic(mut self) -> Self {
        self.authentication = Authentication::Basic(fixture::secret_of(&self.rp.client_id));
        self.without("client_id").without("client_secret")
    }

    /// Authenticates by `client_secret` in the body with the client's own secret.
    #[must_use]
    pub fn by_post(self) -> Self {
        let secret = fixture::secret_of(&self.rp.client_id);
        self.by_none().with("client_secret", &secret)
    }

    /// Names the client and proves nothing.
    #[must_use]
    pub fn by_none(self) -> Self {
        let client_id = self.rp.client_id.clone();
        self.by_nobody().with("client_id", &client_id)
    }

    /// Names no client at all.
    #[must_use]
    pub fn by_nobody(mut self) -> Self {
        self.authentication = Authentication::Form;
        self.without("client_id").without("client_secret")
    }

    /// Proves itself by an assertion and nothing else.
    #[must_use]
    pub fn by_assertion(self, assertion: &str) -> Self {
        self.by_nobody().with("client_assertion_type", JWT_BEARER).with("client_assertion", assertion)
    }

    /// Presents another secret, in the same place.
    #[must_use]
    pub fn with_secret(mut self, secret: &str) -> Self {
        if self.form.get("client_secret").is_some() {
            return self.with("client_secret", secret);
        }
        self.authentication = Authentication::Basic(secret.to_owned());
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.parse().expect("not a header name"), value.parse().expect("not a header value")));
        self
    }

    /// Takes a header away.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(own, _)| own != name);
        self
    }

    /// Uses another method.
    #[must_use]
    pub fn by_method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// Calls another endpoint with the same authentication.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// Adds a query to the endpoint.
    #[must_use]
    pub fn with_query(mut self, query: &str) -> Self {
        self.path = format!("{}?{query}", self.path);
        self
    }

    /// Sends these bytes in place of the form.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.raw_body = Some(body.into());
        self
    }

    /// The body as it would be sent.
    pub fn body(&self) -> Vec<u8> {
        self.raw_body.clone().unwrap_or_else(|| self.form.encoded().into_bytes())
    }

    async fn send(self) -> Reply {
        self.rp.register().await;
        let mut request = Request::builder().method(self.method.clone()).uri(&self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Authentication::Basic(secret) = &self.authentication {
            request = request.header(header::AUTHORIZATION, basic_header(&self.rp.client_id, secret));
        }
        let request = request.body(Body::from(self.body())).expect("not a request");
        self.rp.app.send(request).await
    }
}

impl IntoFuture for TokenCall {
    type Output = Reply;
    type IntoFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
