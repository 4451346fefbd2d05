//! The crate `openidconnect` (4.1) signs in: the test binary started once more, which knows nothing but the line.
//!
//! It revokes over https alone and refuses to try it on plain http, so revocation is left to the other clients.

use std::pin::Pin;
use std::process::Command;

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AsyncHttpClient, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndSessionUrl,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, LogoutRequest, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, RedirectUrl, RequestTokenError,
    Scope, TokenResponse,
};
use platform::http::{HttpLimits, loopback_client};
use serde::Deserialize;
use url::Url;

use crate::processes::{Browser, Ready};

/// Holds the line in the child's environment; absent in every other run.
const LINE: &str = "INTEROP_OPENIDCONNECT";
/// Marks the child's lines among those of the test harness.
pub(super) const MARK: &str = "@ ";
/// How many steps the child has.
pub(super) const STEPS: usize = 5;

/// Nobody listens there: the browser stops before it.
const REDIRECT: &str = "http://127.0.0.1:61002/callback";
const AFTER_LOGOUT: &str = "http://localhost:3000/";

/// The child; the line is its last argument, which `sh` puts where the child looks for it.
pub(super) fn command() -> Command {
    let mut command = Command::new("sh");
    let script = format!("{LINE}=\"$1\" exec \"$0\" interop::openidconnect::second_process --exact --nocapture");
    command.args(["-c", &script]).arg(std::env::current_exe().unwrap());
    command
}

/// What the server announces beside OpenID Connect Discovery.
#[derive(Deserialize)]
struct More {
    end_session_endpoint: Option<EndSessionUrl>,
}

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// The child. In an ordinary run of the tests there is nothing to do here.
#[tokio::test]
async fn second_process() {
    let Ok(line) = std::env::var(LINE) else { return };
    let ready: Ready = serde_json::from_str(&line).unwrap();
    let mut app = App::discover(ready).await;
    say("ok discovery names the issuer");
    let tokens = app.sign_in().await;
    say("ok code with PKCE, ID token and userinfo");
    app.refresh(&tokens).await;
    say("ok refresh rotates");
    app.replay().await;
    say("ok a code works once");
    app.log_out().await;
}

fn say(line: &str) {
    println!("\n{MARK}{line}");
}

struct App {
    client: Client,
    http: Http,
    browser: Browser,
    ready: Ready,
    more: More,
}

impl App {
    async fn discover(ready: Ready) -> Self {
        let http = Http(loopback_client(HttpLimits::default()).unwrap());
        let issuer = IssuerUrl::new(ready.issuer.clone()).unwrap();
        let more = More::read(&issuer, &http).await;
        let metadata = CoreProviderMetadata::discover_async(issuer.clone(), &http).await.unwrap();
        assert_eq!(metadata.issuer(), &issuer);
        let web = ready.clients.iter().find(|client| client.id == "web").unwrap();
        let secret = web.secret.clone().map(ClientSecret::new);
        let client = CoreClient::from_provider_metadata(metadata, ClientId::new(web.id.clone()), secret);
        let client = client.set_redirect_uri(RedirectUrl::new(REDIRECT.to_owned()).unwrap());
        Self { client, http, browser: Browser::new(), ready, more }
    }

    /// Takes the browser through the pages; answers the code and what must fit.
    async fn authorize(&mut self, prompt: Option<&str>) -> (Url, Nonce, PkceCodeVerifier) {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let mut request = self.client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        request = request.add_scope(Scope::new("profile".to_owned())).set_pkce_challenge(challenge);
        if let Some(prompt) = prompt {
            request = request.add_extra_param("prompt", prompt);
        }
        let (url, state, nonce) = request.url();
        let mut page = self.browser.open_until(url.as_str(), REDIRECT).await;
        if page.url.path() == "/login" {
            let person = &self.ready.users[0];
            let fields = [("username", person.username.as_str()), ("password", person.password.as_str())];
            page = self.browser.press_until(&page, "login-submit", &fields, REDIRECT).await;
        }
        if page.url.path() == "/consent" {
            page = self.browser.press_until(&page, "consent-allow", &[], REDIRECT).await;
        }
        assert!(page.url.as_str().starts_with(REDIRECT), "stopped at {}: {}", page.url, page.text);
        assert_eq!(parameter(&page.url, "state").as_deref(), Some(state.secret().as_str()));
        assert_eq!(parameter(&page.url, "iss").as_deref(), Some(self.ready.issuer.as_str()));
        (page.url, nonce, verifier)
    }

    async fn sign_in(&mut self) -> CoreTokenResponse {
        let (answer, nonce, verifier) = self.authorize(None).await;
        let code = AuthorizationCode::new(parameter(&answer, "code").unwrap());
        let request = self.client.exchange_code(code).unwrap().set_pkce_verifier(verifier);
        let tokens = request.request_async(&self.http).await.unwrap();
        let checks = self.client.id_token_verifier();
        let id_token = tokens.id_token().unwrap();
        // OpenID Connect Core §3.1.3.7: signature, issuer, audience, expiry, nonce.
        let claims = id_token.claims(&checks, &nonce).unwrap();
        assert!(id_token.claims(&checks, &Nonce::new("another".to_owned())).is_err());
        if let Some(expected) = claims.access_token_hash() {
            let (alg, key) = (id_token.signing_alg().unwrap(), id_token.signing_key(&checks).unwrap());
            assert_eq!(AccessTokenHash::from_token(tokens.access_token(), alg, key).unwrap(), *expected);
        }
        let subject = Some(claims.subject().clone());
        let request = self.client.user_info(tokens.access_token().clone(), subject).unwrap();
        let userinfo: CoreUserInfoClaims = request.request_async(&self.http).await.unwrap();
        assert!(userinfo.name().is_some());
        tokens
    }

    async fn refresh(&self, tokens: &CoreTokenResponse) {
        let first = tokens.refresh_token().unwrap();
        let second = self.client.exchange_refresh_token(first).unwrap().request_async(&self.http).await.unwrap();
        assert_ne!(second.refresh_token().unwrap().secret(), first.secret());
    }

    async fn replay(&mut self) {
        let (answer, _, verifier) = self.authorize(None).await;
        let code = AuthorizationCode::new(parameter(&answer, "code").unwrap());
        let verifier = verifier.into_secret();
        let exchange = || {
            let verifier = PkceCodeVerifier::new(verifier.clone());
            self.client.exchange_code(code.clone()).unwrap().set_pkce_verifier(verifier)
        };
        exchange().request_async(&self.http).await.unwrap();
        assert_refused(&exchange().request_async(&self.http).await.unwrap_err());
    }

    async fn log_out(&mut self) {
        let step = "logout ends the session and comes back";
        let Some(endpoint) = self.more.end_session_endpoint.clone() else {
            return say(&format!("skip {step}: end_session_endpoint is not announced"));
        };
        let tokens = self.sign_in().await;
        let url = LogoutRequest::from(endpoint)
            .set_id_token_hint(tokens.id_token().unwrap())
            .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(AFTER_LOGOUT.to_owned()).unwrap())
            .set_state(CsrfToken::new("bye".to_owned()))
            .http_get_url();
        let mut page = self.browser.open_until(url.as_str(), AFTER_LOGOUT).await;
        if !page.url.as_str().starts_with(AFTER_LOGOUT) {
            page = self.browser.press_until(&page, "logout-confirm", &[], AFTER_LOGOUT).await;
        }
        assert_eq!(page.url.as_str(), format!("{AFTER_LOGOUT}?state=bye"));
        let (answer, ..) = self.authorize(Some("none")).await;
        assert_eq!(parameter(&answer, "error").as_deref(), Some("login_required"));
        say(&format!("ok {step}"));
    }
}

impl More {
    async fn read(issuer: &IssuerUrl, http: &Http) -> Self {
        let url = format!("{}/.well-known/openid-configuration", issuer.as_str());
        http.0.get(url).send().await.unwrap().json().await.unwrap()
    }
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

/// Demands `invalid_grant`.
fn assert_refused<E: std::error::Error>(
    error: &RequestTokenError<E, openidconnect::StandardErrorResponse<openidconnect::core::CoreErrorResponseType>>,
) {
    let RequestTokenError::ServerResponse(reply) = error else { panic!("{error:?}") };
    assert_eq!(*reply.error(), openidconnect::core::CoreErrorResponseType::InvalidGrant);
}

/// The app's own HTTP client, as `openidconnect` wants it.
struct Http(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = reqwest::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, reqwest::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let reply = self.0.execute(request.try_into()?).await?;
            let (status, headers) = (reply.status(), reply.headers().clone());
            let mut response = HttpResponse::new(reply.bytes().await?.to_vec());
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        })
    }
}
