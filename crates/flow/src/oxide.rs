//! The seam to oxide-auth: its state machines run here, synchronously, with every answer ready.
//!
//! Each function translates our records into the machine's words, lets it walk its steps (authenticate, recover, bind,
//! extend, issue) and turns its errors into a [`Refusal`]. The machines decide the order in which things must be proven,
//! and a rule of ours that forgot a step would be refused here. What oxide-auth does differently from the RFCs stays on
//! this side of the seam:
//!
//! - redirect URIs are compared by our rules, byte for byte; the machines see one constant on both sides, because they
//!   compare parsed URLs and demand the parameter that OAuth 2.1 dropped;
//! - expiry is decided by our rules from `now`; the machines read the system clock, so they get an end that never comes;
//! - scope keeps its order in our sets; the machine's set is only asked whether one contains the other.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use oxide_auth::code_grant::error::{AccessTokenError, AccessTokenErrorType, AuthorizationErrorType};
use oxide_auth::code_grant::{
    accesstoken, authorization, client_credentials as credentials, extensions::Pkce, refresh as refreshing,
};
use oxide_auth::primitives::grant::{Extensions, Grant};
use oxide_auth::primitives::registrar::{BoundClient, ExactUrl, PreGrant, RegisteredUrl};
use oxide_auth::primitives::scope::Scope;
use protocol::ScopeSet;

use crate::records::{ClientRecord, CodeRecord, FamilyRecord};
use crate::refusal::{Refusal, Refused};

/// The redirect URI that the machines see; ours are compared before.
const BOUND: &str = "https://bound.invalid/";
/// The end that never comes.
const NEVER: DateTime<Utc> = DateTime::<Utc>::MAX_UTC;
/// The machine stopped where no refusal of ours fits: a fault of this file, shown as a malformed request.
const STRAY: Refusal = Refusal::MalformedRequest;

/// The authorization machine: response type, scope grammar, and what the client may have.
pub(crate) fn authorization(
    response_type: Option<&str>,
    scope: Option<&str>,
    client: &ClientRecord,
) -> Result<(), Refused> {
    let request = Asked { grant_type: None, client_id: &client.id, scope, response_type, token: None };
    let mut machine = authorization::Authorization::new(&request);
    let mut input = authorization::Input::None;
    loop {
        input = match machine.advance(input) {
            authorization::Output::Bind { client_id, .. } => {
                authorization::Input::Bound { request: &request, bound_client: bound(&client_id)? }
            }
            authorization::Output::Extend => authorization::Input::Extended(Extensions::new()),
            authorization::Output::Negotiate { scope, .. } => {
                let pre_grant = negotiated(client, scope)?;
                authorization::Input::Negotiated { pre_grant, state: None }
            }
            authorization::Output::Ok { .. } => return Ok(()),
            authorization::Output::Err(authorization::Error::Redirect(mut error)) => {
                return Err(authorization_refusal(error.description().kind()).into());
            }
            authorization::Output::Err(authorization::Error::Ignore | authorization::Error::PrimitiveError) => {
                return Err(STRAY.into());
            }
        };
    }
}

/// The access token machine for a code: client binding and PKCE.
pub(crate) fn access_token(verifier: Option<&str>, code: &CodeRecord, client: &ClientRecord) -> Result<(), Refused> {
    let asked = Asked {
        grant_type: Some("authorization_code"),
        client_id: &client.id,
        scope: None,
        response_type: None,
        token: Some(&code.id),
    };
    let pkce = Pkce::optional();
    let challenge = code.code_challenge.as_deref().map(Cow::Borrowed);
    let expected = pkce.challenge(Some(Cow::Borrowed("S256")), challenge).map_err(|()| STRAY)?;
    let mut extensions = Extensions::new();
    if let Some(expected) = expected.clone() {
        extensions.set(&pkce, expected);
    }
    let mut grant = Some(Box::new(grant(&code.user_id, &code.client_id, &code.scopes, extensions)?));
    let mut machine = accesstoken::AccessToken::new(&asked);
    let mut input = accesstoken::Input::None;
    loop {
        input = match machine.advance(input) {
            accesstoken::Output::Authenticate { .. } => accesstoken::Input::Authenticated,
            accesstoken::Output::Recover { .. } => accesstoken::Input::Recovered(grant.take()),
            accesstoken::Output::Extend { extensions } => {
                // RFC 7636 §4.6: compare against the stored challenge, in constant time.
                let verifier = verifier.map(Cow::Borrowed);
                pkce.verify(extensions.remove(&pkce), verifier).map_err(|()| Refusal::CodeVerifierMismatch)?;
                accesstoken::Input::Extended { access_extensions: std::mem::take(extensions) }
            }
            accesstoken::Output::Issue { .. } => return Ok(()),
            accesstoken::Output::Ok(_) => return Err(STRAY.into()),
            accesstoken::Output::Err(mut error) => {
                let kind = error.description().map(AccessTokenError::kind);
                return Err(kind.map_or(STRAY, |kind| token_refusal(kind, Refusal::CodeForeign)).into());
            }
        };
    }
}

/// The refresh machine: client binding and that scope never grows.
pub(crate) fn refresh(scopes: &ScopeSet, family: &FamilyRecord, client: &ClientRecord) -> Result<(), Refused> {
    let scope = scopes.to_string();
    let asked = Asked {
        grant_type: Some("refresh_token"),
        client_id: &client.id,
        scope: Some(&scope),
        response_type: None,
        token: Some(&family.id),
    };
    let mut machine = refreshing::Refresh::new(&asked);
    let mut input = refreshing::Input::None;
    loop {
        input = match machine.advance(input) {
            refreshing::Output::Unauthenticated { .. } => {
                refreshing::Input::Authenticated { scope: Some(Cow::Borrowed(&scope)) }
            }
            refreshing::Output::RecoverRefresh { .. } => refreshing::Input::Recovered {
                scope: Some(Cow::Borrowed(&scope)),
                grant: Some(Box::new(grant(&family.user_id, &family.client_id, &family.scopes, Extensions::new())?)),
            },
            refreshing::Output::Refresh { .. } => return Ok(()),
            refreshing::Output::Ok(_) => return Err(STRAY.into()),
            refreshing::Output::Err(mut error) => {
                let kind = error.description().map(AccessTokenError::kind);
                return Err(kind.map_or(STRAY, |kind| token_refusal(kind, Refusal::RefreshForeign)).into());
            }
        };
    }
}

/// The client credentials machine: authenticated, bound, and scope negotiated.
pub(crate) fn client_credentials(scopes: &ScopeSet, client: &ClientRecord) -> Result<(), Refused> {
    let scope = scopes.to_string();
    let asked = Asked {
        grant_type: Some("client_credentials"),
        client_id: &client.id,
        scope: Some(&scope),
        response_type: None,
        token: None,
    };
    let mut machine = credentials::ClientCredentials::new(&asked);
    let mut input = credentials::Input::None;
    loop {
        input = match machine.advance(input) {
            credentials::Output::Authenticate { .. } => credentials::Input::Authenticated,
            credentials::Output::Binding { client_id } => credentials::Input::Bound { bound_client: bound(client_id)? },
            credentials::Output::Extend => credentials::Input::Extended { extensions: Extensions::new() },
            credentials::Output::Negotiate { scope, .. } => {
                credentials::Input::Negotiated { pre_grant: negotiated(client, scope)? }
            }
            credentials::Output::Ok { .. } => return Ok(()),
            credentials::Output::Err(mut error) => {
                let kind = error.description().map(AccessTokenError::kind);
                return Err(kind.map_or(STRAY, |kind| token_refusal(kind, STRAY)).into());
            }
        };
    }
}

/// A request as the machines see it: our rules have parsed and authenticated it already.
struct Asked<'a> {
    grant_type: Option<&'a str>,
    client_id: &'a str,
    scope: Option<&'a str>,
    response_type: Option<&'a str>,
    /// Stands for the code or the refresh token: the row's id, never the secret.
    token: Option<&'a str>,
}

impl authorization::Request for Asked<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.client_id))
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.scope.map(Cow::Borrowed)
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(BOUND))
    }
    fn state(&self) -> Option<Cow<'_, str>> {
        None
    }
    fn response_type(&self) -> Option<Cow<'_, str>> {
        self.response_type.map(Cow::Borrowed)
    }
    fn extension(&self, _key: &str) -> Option<Cow<'_, str>> {
        None
    }
}

impl accesstoken::Request for Asked<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn code(&self) -> Option<Cow<'_, str>> {
        self.token.map(Cow::Borrowed)
    }
    fn authorization(&self) -> accesstoken::Authorization<'_> {
        accesstoken::Authorization::Username(Cow::Borrowed(self.client_id))
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        None
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(BOUND))
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.grant_type.map(Cow::Borrowed)
    }
    fn extension(&self, _key: &str) -> Option<Cow<'_, str>> {
        None
    }
}

impl refreshing::Request for Asked<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn refresh_token(&self) -> Option<Cow<'_, str>> {
        self.token.map(Cow::Borrowed)
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.scope.map(Cow::Borrowed)
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.grant_type.map(Cow::Borrowed)
    }
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.client_id), Cow::Borrowed(b"")))
    }
    fn extension(&self, _key: &str) -> Option<Cow<'_, str>> {
        None
    }
}

impl credentials::Request for Asked<'_> {
    fn valid(&self) -> bool {
        true
    }
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.client_id), Cow::Borrowed(b"")))
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        self.scope.map(Cow::Borrowed)
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.grant_type.map(Cow::Borrowed)
    }
    fn extension(&self, _key: &str) -> Option<Cow<'_, str>> {
        None
    }
}

fn bound(client_id: &str) -> Result<BoundClient<'static>, Refused> {
    Ok(BoundClient { client_id: Cow::Owned(client_id.to_owned()), redirect_uri: Cow::Owned(bound_url()?) })
}

fn bound_url() -> Result<RegisteredUrl, Refused> {
    BOUND.parse::<ExactUrl>().map(RegisteredUrl::Exact).map_err(|_| STRAY.into())
}

/// RFC 6749 §3.3: what is asked for must lie within what the client may have.
fn negotiated(client: &ClientRecord, asked: Option<Scope>) -> Result<PreGrant, Refused> {
    let allowed = scope(&client.scopes)?;
    let scope = asked.unwrap_or_else(|| allowed.clone());
    if !allowed.priviledged_to(&scope) {
        return Err(Refusal::ScopeNotAllowed.because(allowed.to_string(), scope.to_string()));
    }
    Ok(PreGrant { client_id: client.id.clone(), redirect_uri: bound_url()?, scope })
}

fn grant(owner: &str, client_id: &str, scopes: &ScopeSet, extensions: Extensions) -> Result<Grant, Refused> {
    Ok(Grant {
        owner_id: owner.to_owned(),
        client_id: client_id.to_owned(),
        scope: scope(scopes)?,
        redirect_uri: bound_url()?.into(),
        until: NEVER,
        extensions,
    })
}

fn scope(scopes: &ScopeSet) -> Result<Scope, Refused> {
    scopes.to_string().parse::<Scope>().map_err(|_| Refusal::ScopeMalformed.into())
}

fn authorization_refusal(kind: AuthorizationErrorType) -> Refusal {
    match kind {
        AuthorizationErrorType::AccessDenied => Refusal::AccessDenied,
        AuthorizationErrorType::InvalidScope => Refusal::ScopeMalformed,
        AuthorizationErrorType::UnauthorizedClient => Refusal::GrantTypeNotAllowed,
        AuthorizationErrorType::UnsupportedResponseType => Refusal::ResponseTypeUnsupported,
        AuthorizationErrorType::InvalidRequest
        | AuthorizationErrorType::ServerError
        | AuthorizationErrorType::TemporarilyUnavailable => STRAY,
    }
}

fn token_refusal(kind: AccessTokenErrorType, foreign: Refusal) -> Refusal {
    match kind {
        AccessTokenErrorType::InvalidClient => Refusal::ClientRejected,
        AccessTokenErrorType::InvalidGrant => foreign,
        AccessTokenErrorType::InvalidScope => Refusal::ScopeWidened,
        AccessTokenErrorType::UnauthorizedClient => Refusal::GrantTypeNotAllowed,
        AccessTokenErrorType::UnsupportedGrantType => Refusal::GrantTypeUnknown,
        AccessTokenErrorType::InvalidRequest => STRAY,
    }
}
