//! Authorization request and response. RFC 6749 §4.1.1 and §4.1.2; OpenID Connect Core §3.1.2.1; RFC 9207 (`iss`).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::ErrorCode;
use crate::params::{ParamError, Params};
use crate::percent;

/// The parameters of an authorization request, as sent.
///
/// Shape: texts, not yet judged. The rules turn them into types one by one, since an error can be sent to the client only
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
}

impl AuthorizationRequest {
    /// Reads the parameters of a query or form.
    ///
    /// Errors: [`ParamError::Repeated`] for any parameter of this type that stands twice (RFC 6749 §3.1),
    /// [`ParamError::Missing`] for `client_id`.
    pub fn parse(params: &Params) -> Result<Self, ParamError> {
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

/// A redirect URI with parameters added to its query, the query that it has being kept.
///
/// Source: RFC 6749 §4.1.2 and §3.1.2 ("which MUST be retained when adding additional query parameters").
pub fn append_query(redirect_uri: &str, pairs: &[(&str, &str)]) -> String {
    let mut target = redirect_uri.to_owned();
    let mut separator = match redirect_uri.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    for (name, value) in pairs {
        target.push_str(separator);
        target.push_str(&percent::encode(name));
        target.push('=');
        target.push_str(&percent::encode(value));
        separator = "&";
    }
    target
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::params::ParamLimits;

    const NAMES: [&str; 20] = [
        "client_id",
        "redirect_uri",
        "response_type",
        "response_mode",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "prompt",
        "max_age",
        "login_hint",
        "ui_locales",
        "id_token_hint",
        "acr_values",
        "display",
        "claims",
        "request",
        "request_uri",
        "registration",
    ];

    fn parse(raw: &str) -> Result<AuthorizationRequest, ParamError> {
        AuthorizationRequest::parse(&Params::parse(raw.as_bytes(), &ParamLimits::default()).unwrap())
    }

    #[test]
    fn every_parameter_reaches_its_field() {
        let raw = NAMES.map(|name| format!("{name}=v-{name}")).join("&");
        let stored = serde_json::to_value(parse(&raw).unwrap()).unwrap();
        for name in NAMES {
            assert_eq!(stored[name], format!("v-{name}"));
        }
        assert_eq!(stored.as_object().unwrap().len(), NAMES.len());
    }

    #[test]
    fn every_parameter_is_refused_when_repeated() {
        for name in NAMES {
            assert_eq!(
                parse(&format!("client_id=a&{name}=1&{name}=1")),
                Err(ParamError::Repeated { name: name.into() })
            );
        }
    }

    #[test]
    fn unknown_parameters_are_left_out() {
        assert_eq!(parse("client_id=a&extra=foobar&extra=2"), parse("client_id=a"));
    }

    #[test]
    fn client_id_is_needed_and_empty_values_are_absent() {
        for raw in ["", "client_id=", "scope=a"] {
            assert_eq!(parse(raw), Err(ParamError::Missing { name: "client_id".into() }));
        }
        assert_eq!(parse("client_id=a&scope=&state"), parse("client_id=a"));
    }

    #[test]
    fn what_is_stored_reads_back() {
        let request = parse("client_id=a&state=%22%5C%E4%BB%A4&scope=openid").unwrap();
        let stored = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<AuthorizationRequest>(&stored).unwrap(), request);
    }

    #[test]
    fn debug_leaves_out_people_and_secrets() {
        let request = parse("client_id=a&login_hint=alice&id_token_hint=ey&state=st4te&nonce=n0nce").unwrap();
        let shown = format!("{request:?}");
        for hidden in ["alice", "ey", "st4te", "n0nce"] {
            assert!(!shown.contains(&format!("\"{hidden}\"")));
        }
    }

    #[test]
    fn response_holds_the_state_and_the_issuer() {
        let mut response = AuthorizationResponse {
            outcome: AuthorizationOutcome::Code("c"),
            state: Some("s"),
            iss: "https://as.example",
        };
        assert_eq!(response.pairs(), [("code", "c"), ("state", "s"), ("iss", "https://as.example")]);
        response.state = None;
        response.outcome =
            AuthorizationOutcome::Error { code: ErrorCode::AccessDenied, description: "The person said no." };
        assert_eq!(
            response.pairs(),
            [("error", "access_denied"), ("error_description", "The person said no."), ("iss", "https://as.example")]
        );
    }

    #[test]
    fn an_existing_query_is_kept() {
        for (uri, expected) in [
            ("https://a.example/cb", "https://a.example/cb?code=x"),
            ("https://a.example", "https://a.example?code=x"),
            ("https://a.example/cb?", "https://a.example/cb?code=x"),
            ("https://a.example/cb?t=1", "https://a.example/cb?t=1&code=x"),
            ("https://a.example/cb?t=1&", "https://a.example/cb?t=1&code=x"),
            ("com.example.app:/cb", "com.example.app:/cb?code=x"),
        ] {
            assert_eq!(append_query(uri, &[("code", "x")]), expected);
        }
        assert_eq!(append_query("https://a.example/cb", &[]), "https://a.example/cb");
    }

    proptest! {
        #[test]
        fn values_reach_the_client_as_they_are(state in "\\PC{0,40}", code in any::<String>()) {
            let target = append_query("https://a.example/cb?t=1", &[("code", &code), ("state", &state)]);
            prop_assert!(!target.contains(['\r', '\n', '"', '<', '#', ' ']));
            let url = url::Url::parse(&target).unwrap();
            prop_assert_eq!(url.host_str(), Some("a.example"));
            let read: Vec<_> = url.query_pairs().map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
            prop_assert_eq!(read, [("t".into(), "1".into()), ("code".into(), code), ("state".into(), state)]);
        }

        #[test]
        fn parsing_never_panics(raw in any::<Vec<u8>>()) {
            if let Ok(params) = Params::parse(&raw, &ParamLimits::default()) {
                let _ = AuthorizationRequest::parse(&params);
            }
        }
    }
}
