//! Authorization request and response. RFC 6749 §4.1.1 and §4.1.2; OpenID Connect Core §3.1.2.1; RFC 9207 (`iss`).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::ErrorCode;
use crate::params::{ParamError, Params};
use crate::percent;

/// The parameters of an authorization request, as sent.
///
/// Shape: texts, not yet judged. Only `resource` may stand more than once (RFC 8707 §2). The rules turn them into types one by one, since an error can be sent to the client only
/// after its redirect URI is proven. Parameters that nobody knows are left out (RFC 6749 §3.1). `Debug` leaves out what
/// names a person.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthorizationRequest {
    /// The client.
    pub client_id: String,
    /// Where the answer goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// Which kind of answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_type: Option<String>,
    /// How the answer travels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_mode: Option<String>,
    /// What the client asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Opaque to us, sent back as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Copied into the ID token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// RFC 7636 §4.3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<String>,
    /// RFC 7636 §4.3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_challenge_method: Option<String>,
    /// Which pages must or must not be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// The greatest age of the sign-in, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<String>,
    /// Fills the login field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
    /// Languages of the pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ui_locales: Option<String>,
    /// An ID token of the person whom the client expects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_hint: Option<String>,
    /// Wished authentication classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr_values: Option<String>,
    /// Wished look of the pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// Single claims asked for. OpenID Connect Core §5.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<String>,
    /// A request object. OpenID Connect Core §6.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// A reference to a request object. OpenID Connect Core §6.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_uri: Option<String>,
    /// Metadata of a self-issued client. OpenID Connect Core §7.2.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<String>,
    /// The APIs that the access token is for, each once. RFC 8707 §2.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<String>,
}

/// Parameters that change nothing here; repeated, they are as malformed as any other.
const UNREAD: [&str; 1] = ["claims_locales"];

/// How an authorization response travels to the client.
///
/// Source: OAuth 2.0 Multiple Response Type Encoding Practices §2.1; OAuth 2.0 Form Post Response Mode §2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponseMode {
    /// A form that the browser posts to the redirect URI.
    FormPost,
    /// In the fragment of the redirect URI.
    Fragment,
    /// In the query of the redirect URI: what a request for a code means where it names no mode.
    #[default]
    Query,
}

impl ResponseMode {
    /// Every mode, in the order in which discovery names them.
    pub const ALL: [Self; 3] = [Self::Query, Self::Fragment, Self::FormPost];

    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FormPost => "form_post",
            Self::Fragment => "fragment",
            Self::Query => "query",
        }
    }

    /// The mode of that name. Case matters.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }
}

impl AuthorizationRequest {
    /// Reads the parameters of a query or form.
    ///
    /// Errors: [`ParamError::Repeated`] for any parameter of this type that stands twice (RFC 6749 §3.1),
    /// [`ParamError::Missing`] for `client_id`.
    pub fn parse(params: &Params) -> Result<Self, ParamError> {
        for name in UNREAD {
            params.one(name)?;
        }
        let mut resource: Vec<String> = Vec::new();
        for named in params.all("resource") {
            if !resource.iter().any(|known| known == named) {
                resource.push(named.to_owned());
            }
        }
        let read = |name: &str| -> Result<Option<String>, ParamError> { Ok(params.one(name)?.map(str::to_owned)) };
        Ok(Self {
            client_id: params.required("client_id")?.to_owned(),
            redirect_uri: read("redirect_uri")?,
            response_type: read("response_type")?,
            response_mode: read("response_mode")?,
            scope: read("scope")?,
            state: read("state")?,
            nonce: read("nonce")?,
            code_challenge: read("code_challenge")?,
            code_challenge_method: read("code_challenge_method")?,
            prompt: read("prompt")?,
            max_age: read("max_age")?,
            login_hint: read("login_hint")?,
            ui_locales: read("ui_locales")?,
            id_token_hint: read("id_token_hint")?,
            acr_values: read("acr_values")?,
            display: read("display")?,
            claims: read("claims")?,
            request: read("request")?,
            request_uri: read("request_uri")?,
            registration: read("registration")?,
            resource,
        })
    }
}

impl fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri)
            .field("response_type", &self.response_type)
            .field("response_mode", &self.response_mode)
            .field("scope", &self.scope)
            .field("prompt", &self.prompt)
            .field("max_age", &self.max_age)
            .finish_non_exhaustive()
    }
}

/// What the client learns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum AuthorizationOutcome<'a> {
    /// A code. RFC 6749 §4.1.2.
    Code(&'a str),
    /// A refusal. RFC 6749 §4.1.2.1.
    Error {
        /// The registered code.
        code: ErrorCode,
        /// Fixed text.
        description: &'static str,
    },
}

/// The answer to an authorization request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AuthorizationResponse<'a> {
    /// A code or an error.
    pub outcome: AuthorizationOutcome<'a>,
    /// The client's state, if it sent one.
    pub state: Option<&'a str>,
    /// The issuer, so that the client can tell which server answered. RFC 9207 §2.
    pub iss: &'a str,
}

impl<'a> AuthorizationResponse<'a> {
    /// The parameters in the order in which they are sent.
    pub fn pairs(&self) -> Vec<(&'static str, &'a str)> {
        let mut pairs = match self.outcome {
            AuthorizationOutcome::Code(code) => vec![("code", code)],
            AuthorizationOutcome::Error { code, description } => {
                vec![("error", code.as_str()), ("error_description", description)]
            }
        };
        pairs.extend(self.state.map(|state| ("state", state)));
        pairs.push(("iss", self.iss));
        pairs
    }
}

/// A redirect URI with parameters as its fragment. A registered URI has none of its own (RFC 6749 §3.1.2).
pub fn append_fragment(redirect_uri: &str, pairs: &[(&str, &str)]) -> String {
    let mut target = redirect_uri.to_owned();
    push_pairs(&mut target, "#", pairs);
    target
}

/// A redirect URI with parameters added to its query, the query that it has being kept.
///
/// Source: RFC 6749 §4.1.2 and §3.1.2 ("which MUST be retained when adding additional query parameters").
pub fn append_query(redirect_uri: &str, pairs: &[(&str, &str)]) -> String {
    let mut target = redirect_uri.to_owned();
    let separator = match redirect_uri.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    push_pairs(&mut target, separator, pairs);
    target
}

fn push_pairs(target: &mut String, mut separator: &'static str, pairs: &[(&str, &str)]) {
    for (name, value) in pairs {
        target.push_str(separator);
        target.push_str(&percent::encode(name));
        target.push('=');
        target.push_str(&percent::encode(value));
        separator = "&";
    }
}

#[cfg(test)]
#[path = "authorize_tests.rs"]
mod tests;
