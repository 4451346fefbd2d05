//! What is tried, in order: a whole sign-in, then everything that must be refused.

use std::time::{Duration, Instant};

use fluent_bundle::FluentValue;
use http::header;
use platform::clock::{Clock, SystemClock};
use serde_json::Value;
use thiserror::Error;

use super::callback::{CallbackAnswer, CallbackListener};
use super::headless::{Headless, HeadlessError};
use super::report::Reporter;
use super::{TrialError, browser};
use crate::catalog::{API_BRIEF, API_PATH, API_READ, Catalog, PEOPLE};
use crate::relying_party::{
    Answer, CallError, Expected, KeysError, PkcePair, Provider, RemoteKeys, basic, discover, discovery_url, post,
    random_text, send, verify_id_token, with_query,
};

const CLIENT_ID: &str = "cli";
const SERVICE_ID: &str = "m2m";
/// Enough to read from the API, not enough to write to it.
const SCOPE: &str = "openid profile email api:read";
/// Longer than a token with `api:brief` lives.
const BRIEF_WAIT: Duration = Duration::from_millis(1_200);

/// Why a step is not as it should be.
#[derive(Debug, Error)]
enum StepError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("the server answered {error}")]
    Denied { error: String },
    #[error(transparent)]
    Headless(#[from] HeadlessError),
    #[error("the answer comes from another issuer")]
    IssuerMismatch,
    #[error(transparent)]
    Keys(#[from] KeysError),
    #[error("the answer has no {member}")]
    Lacking { member: &'static str },
    #[error("nobody signed in within five minutes")]
    NobodyCame,
    #[error("not good: {checks}")]
    Unverified { checks: String },
    #[error("status {status} {error}, expected {expected}")]
    Unexpected { status: u16, error: String, expected: &'static str },
}

/// What the first authorization gave.
struct Tokens {
    access: String,
    refresh: String,
    id: String,
    lifetime: u64,
}

/// A request that was answered with a code.
struct Authorized {
    code: String,
    redirect_uri: String,
    verifier: String,
    nonce: String,
}

struct Trial<'r> {
    reporter: &'r mut Reporter,
    http: reqwest::Client,
    issuer: String,
    catalog: Catalog,
}

/// Runs every step. A step that others need ends the trial when it fails.
pub(super) async fn run(
    reporter: &mut Reporter,
    http: reqwest::Client,
    issuer: &str,
    is_headless: bool,
) -> Result<(), TrialError> {
    let mut trial = Trial { reporter, http, issuer: issuer.to_owned(), catalog: Catalog::of(issuer) };
    trial.run(is_headless).await
}

impl Trial<'_> {
    async fn run(&mut self, is_headless: bool) -> Result<(), TrialError> {
        let Some(provider) = self.discovery().await else { return Ok(()) };
        let Some(authorized) = self.authorize(&provider, is_headless).await? else { return Ok(()) };
        let Some(tokens) = self.token(&provider, &authorized).await else { return Ok(()) };
        let keys = RemoteKeys::new(self.http.clone(), provider.jwks_uri.clone());
        self.verify(&keys, &tokens, &authorized.nonce).await;
        self.resource(&tokens.access).await;
        let newer = self.wrong_audience(&provider, &tokens.refresh).await;
        self.expired(&provider).await;
        self.missing_scope(&tokens.access).await;
        let newest = self.refresh(&provider, &newer.unwrap_or(tokens.refresh)).await;
        self.replay(&provider, &authorized, newest.as_deref()).await;
        Ok(())
    }

    async fn discovery(&mut self) -> Option<Provider> {
        let started = Instant::now();
        let provider = discover(&self.http, &self.issuer).await.map_err(StepError::from);
        let url = discovery_url(&self.issuer);
        self.conclude("try-discovery", started, provider, |_, _| url)
    }

    async fn authorize(&mut self, provider: &Provider, is_headless: bool) -> Result<Option<Authorized>, TrialError> {
        let started = Instant::now();
        let (state, nonce, pkce) = (random_text(), random_text(), PkcePair::generate());
        let texts = (self.reporter.say("try-tab-good", &[]), self.reporter.say("try-tab-bad", &[]));
        let listener = CallbackListener::open(&state, texts.0, texts.1).await?;
        let redirect_uri = listener.redirect_uri.clone();
        let url = with_query(
            &provider.authorization_endpoint,
            &[
                ("response_type", "code"),
                ("client_id", CLIENT_ID),
                ("redirect_uri", &redirect_uri),
                ("scope", SCOPE),
                ("state", &state),
                ("nonce", &nonce),
                ("code_challenge", &pkce.challenge),
                ("code_challenge_method", "S256"),
            ],
        );
        let answer = self.sign_in(&url, &redirect_uri, listener, is_headless).await;
        let code = answer.and_then(|answer| code_of(answer, &self.issuer));
        let done = code.map(|code| Authorized { code, redirect_uri, verifier: pkce.verifier, nonce });
        let args = [("client", FluentValue::from(CLIENT_ID)), ("user", FluentValue::from(PEOPLE[0].username))];
        Ok(self.conclude("try-authorize", started, done, |reporter, _| reporter.say("try-authorize-done", &args)))
    }

    async fn sign_in(
        &self,
        url: &str,
        redirect_uri: &str,
        listener: CallbackListener,
        is_headless: bool,
    ) -> Result<CallbackAnswer, StepError> {
        if is_headless {
            Headless::new(self.http.clone(), PEOPLE[0]).visit(url, redirect_uri).await?;
        } else {
            self.reporter.note("try-authorize-browser", url);
            browser::open(url);
        }
        listener.wait().await.ok_or(StepError::NobodyCame)
    }

    async fn token(&mut self, provider: &Provider, authorized: &Authorized) -> Option<Tokens> {
        let started = Instant::now();
        let tokens = self.call_token(provider, &code_fields(authorized)).await.and_then(|answer| tokens_of(&answer));
        self.conclude("try-token", started, tokens, |reporter, tokens| {
            let minutes = tokens.lifetime / 60;
            let (key, count) = if minutes > 0 { ("try-minutes", minutes) } else { ("try-seconds", tokens.lifetime) };
            let lifetime = reporter.say(key, &[("count", FluentValue::from(count))]);
            reporter.say("try-token-done", &[("lifetime", FluentValue::from(lifetime))])
        })
    }

    async fn verify(&mut self, keys: &RemoteKeys, tokens: &Tokens, nonce: &str) {
        let started = Instant::now();
        let expected =
            Expected { issuer: &self.issuer, client_id: CLIENT_ID, nonce: Some(nonce), access_token: &tokens.access };
        let checks = verify_id_token(keys, expected, &tokens.id, SystemClock.now()).await;
        let done = checks.map_err(StepError::from).and_then(|checks| {
            let bad: Vec<&str> = checks.iter().filter(|check| !check.is_good).map(|check| check.name).collect();
            if bad.is_empty() { Ok(()) } else { Err(StepError::Unverified { checks: bad.join(", ") }) }
        });
        self.conclude("try-verify", started, done, |reporter, ()| reporter.say("try-verify-done", &[]));
    }

    async fn resource(&mut self, access_token: &str) {
        let started = Instant::now();
        let done = self.whoami(access_token).await.and_then(|answer| expect(answer, 200, "", "200"));
        self.conclude("try-resource", started, done, |_, answer| {
            format!("{} → {} {}", read_line(), answer.status, answer.json)
        });
    }

    /// A token without API scopes is for another audience; narrowing a refresh makes one. Source: RFC 6749 §6.
    async fn wrong_audience(&mut self, provider: &Provider, refresh_token: &str) -> Option<String> {
        let started = Instant::now();
        let done = self.narrowed(provider, refresh_token).await;
        let shown = |_: &Reporter, (answer, _): &(Answer, String)| refusal(&read_line(), "scope openid", answer);
        self.conclude("try-audience", started, done, shown).map(|(_, refresh)| refresh)
    }

    async fn narrowed(&self, provider: &Provider, refresh_token: &str) -> Result<(Answer, String), StepError> {
        let fields = refresh_fields(refresh_token, Some("openid"));
        let tokens = tokens_of(&self.call_token(provider, &fields).await?)?;
        let answer = self.whoami(&tokens.access).await?;
        Ok((expect(answer, 401, "audience", "401 invalid_token, another audience")?, tokens.refresh))
    }

    /// A token that lives one second, used after it. Source: RFC 9068 §4 (`exp`).
    async fn expired(&mut self, provider: &Provider) {
        let started = Instant::now();
        let done = self.outlived(provider).await;
        self.conclude("try-expired", started, done, |_, answer| refusal(&read_line(), API_BRIEF, answer));
    }

    async fn outlived(&self, provider: &Provider) -> Result<Answer, StepError> {
        let secret = self.catalog.client(SERVICE_ID).and_then(|client| client.secret).unwrap_or_default();
        let scope = format!("{API_READ} {API_BRIEF}");
        let fields = [("grant_type", "client_credentials"), ("scope", scope.as_str())];
        let request = post(&self.http, &provider.token_endpoint, &fields);
        let answer = send(request.header(header::AUTHORIZATION, basic(SERVICE_ID, secret))).await?;
        let answer = expect(answer, 200, "", "200 with an access token")?;
        let token = answer.text("access_token").ok_or(StepError::Lacking { member: "access_token" })?;
        tokio::time::sleep(BRIEF_WAIT).await;
        expect(self.whoami(token).await?, 401, "expired", "401 invalid_token, expired")
    }

    async fn missing_scope(&mut self, access_token: &str) {
        let started = Instant::now();
        let url = format!("{}{API_PATH}/notes", self.issuer);
        let request = self.http.post(url).header(header::CONTENT_TYPE, "application/json").body("{\"note\":\"x\"}");
        let answer = send(request.bearer_auth(access_token)).await.map_err(StepError::from);
        let done = answer.and_then(|answer| expect(answer, 403, "", "403 insufficient_scope"));
        self.conclude("try-scope", started, done, |_, answer| {
            refusal(&format!("POST {API_PATH}/notes"), API_READ, answer)
        });
    }

    async fn refresh(&mut self, provider: &Provider, refresh_token: &str) -> Option<String> {
        let started = Instant::now();
        let tokens =
            self.call_token(provider, &refresh_fields(refresh_token, None)).await.and_then(|answer| tokens_of(&answer));
        let done = tokens.and_then(|tokens| {
            // RFC 9700 §2.2.2: a public client's refresh token is replaced at every use.
            if tokens.refresh == refresh_token {
                Err(StepError::Lacking { member: "new refresh_token" })
            } else {
                Ok(tokens)
            }
        });
        let shown = |reporter: &Reporter, _: &Tokens| reporter.say("try-refresh-done", &[]);
        self.conclude("try-refresh", started, done, shown).map(|tokens| tokens.refresh)
    }

    /// A code that comes twice is refused, and takes the tokens of its first use along.
    /// Source: RFC 6749 §4.1.2, RFC 9700 §4.5.
    async fn replay(&mut self, provider: &Provider, authorized: &Authorized, refresh_token: Option<&str>) {
        let started = Instant::now();
        let done = self.replayed(provider, authorized, refresh_token.unwrap_or_default()).await;
        self.conclude("try-replay", started, done, |reporter, (first, second)| {
            let text = |answer: &Answer| FluentValue::from(format!("{} {}", answer.status, error_of(answer)));
            reporter.say("try-replay-done", &[("first", text(first)), ("second", text(second))])
        });
    }

    async fn replayed(
        &self,
        provider: &Provider,
        authorized: &Authorized,
        refresh_token: &str,
    ) -> Result<(Answer, Answer), StepError> {
        let refused = |answer| expect(answer, 400, "", "400 invalid_grant").and_then(invalid_grant);
        let first = refused(self.call_raw(provider, &code_fields(authorized)).await?)?;
        let second = refused(self.call_raw(provider, &refresh_fields(refresh_token, None)).await?)?;
        Ok((first, second))
    }

    async fn call_raw(&self, provider: &Provider, fields: &[(&str, &str)]) -> Result<Answer, StepError> {
        Ok(send(post(&self.http, &provider.token_endpoint, fields)).await?)
    }

    async fn call_token(&self, provider: &Provider, fields: &[(&str, &str)]) -> Result<Answer, StepError> {
        expect(self.call_raw(provider, fields).await?, 200, "", "200 with tokens")
    }

    async fn whoami(&self, access_token: &str) -> Result<Answer, StepError> {
        Ok(send(self.http.get(format!("{}{API_PATH}/whoami", self.issuer)).bearer_auth(access_token)).await?)
    }

    /// Prints what a step came to and hands on what it gave.
    fn conclude<T>(
        &mut self,
        name: &str,
        started: Instant,
        done: Result<T, StepError>,
        detail: impl FnOnce(&Reporter, &T) -> String,
    ) -> Option<T> {
        let took = started.elapsed();
        match done {
            Ok(given) => {
                let detail = detail(self.reporter, &given);
                self.reporter.line(name, true, took, detail);
                Some(given)
            }
            Err(error) => {
                self.reporter.line(name, false, took, error.to_string());
                None
            }
        }
    }
}

fn code_fields(authorized: &Authorized) -> [(&'static str, &str); 5] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("code", &authorized.code),
        ("redirect_uri", &authorized.redirect_uri),
        ("code_verifier", &authorized.verifier),
    ]
}

fn refresh_fields<'a>(refresh_token: &'a str, scope: Option<&'a str>) -> Vec<(&'static str, &'a str)> {
    let mut fields = vec![("grant_type", "refresh_token"), ("client_id", CLIENT_ID), ("refresh_token", refresh_token)];
    fields.extend(scope.map(|scope| ("scope", scope)));
    fields
}

/// The code of an answer that comes from the issuer we asked. Source: RFC 9207 §2.4.
fn code_of(answer: CallbackAnswer, issuer: &str) -> Result<String, StepError> {
    if answer.issuer.as_deref() != Some(issuer) {
        return Err(StepError::IssuerMismatch);
    }
    answer.code.ok_or(StepError::Denied { error: answer.error.unwrap_or_default() })
}

fn tokens_of(answer: &Answer) -> Result<Tokens, StepError> {
    let member = |member| answer.text(member).map(str::to_owned).ok_or(StepError::Lacking { member });
    Ok(Tokens {
        access: member("access_token")?,
        refresh: member("refresh_token")?,
        id: member("id_token")?,
        lifetime: answer.json.get("expires_in").and_then(Value::as_u64).unwrap_or_default(),
    })
}

/// The answer, if its status is the expected one and its description speaks of `about`.
fn expect(answer: Answer, status: u16, about: &str, expected: &'static str) -> Result<Answer, StepError> {
    let is_about = answer.text("error_description").unwrap_or_default().contains(about);
    if answer.status == status && is_about {
        Ok(answer)
    } else {
        Err(StepError::Unexpected { status: answer.status, error: error_of(&answer).to_owned(), expected })
    }
}

fn invalid_grant(answer: Answer) -> Result<Answer, StepError> {
    if error_of(&answer) == "invalid_grant" {
        Ok(answer)
    } else {
        let error = error_of(&answer).to_owned();
        Err(StepError::Unexpected { status: answer.status, error, expected: "400 invalid_grant" })
    }
}

fn error_of(answer: &Answer) -> &str {
    answer.text("error").unwrap_or_default()
}

fn read_line() -> String {
    format!("GET {API_PATH}/whoami")
}

/// What a refused call looked like.
fn refusal(call: &str, with: &str, answer: &Answer) -> String {
    format!("{call} ({with}) → {} {}", answer.status, error_of(answer))
}

#[cfg(test)]
mod tests;
