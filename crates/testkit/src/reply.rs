//! An answer of the server, and what a test asks of it.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use protocol::error::is_valid_description;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// The members of a successful token answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Never empty.
    pub access_token: String,
    /// Seconds.
    pub expires_in: u64,
    /// Present where `openid` was granted.
    pub id_token: Option<String>,
    /// Present where the grant brings one.
    pub refresh_token: Option<String>,
    /// Space-joined; empty when absent.
    pub scope: String,
}

impl Tokens {
    /// The ID token that the test counts on.
    #[track_caller]
    pub fn id_token(&self) -> &str {
        self.id_token.as_deref().expect("the answer has no ID token")
    }

    /// The refresh token that the test counts on.
    #[track_caller]
    pub fn refresh_token(&self) -> &str {
        self.refresh_token.as_deref().expect("the answer has no refresh token")
    }
}

impl Reply {
    /// A header's text; `None` when it is absent.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("the header is not text"))
    }

    /// The body as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is not UTF-8")
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        self.read()
    }

    /// The body as a type.
    #[track_caller]
    pub fn read<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.summary()))
    }

    /// Where the answer sends the browser.
    #[track_caller]
    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("no redirect: {}", self.summary()))
    }

    /// Demands a status.
    #[track_caller]
    pub fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.summary());
        self
    }

    /// Demands an OAuth error: the status, the registered code, and all that RFC 6749 §5.2 wants of the form.
    #[track_caller]
    pub fn assert_error(&self, status: u16, code: &str) -> &Self {
        self.assert_status(status);
        let body = self.json();
        assert_eq!(body["error"], code, "{}", self.summary());
        let description = body["error_description"].as_str().expect("an error without description");
        assert!(is_valid_description(description), "{description:?}");
        assert_eq!(self.header("content-type"), Some("application/json"), "{}", self.summary());
        assert_eq!(self.header("cache-control"), Some("no-store"), "{}", self.summary());
        if status == 401 {
            assert_eq!(code, "invalid_client", "RFC 6749 section 5.2");
        }
        self
    }

    /// The tokens of a successful answer, and all that RFC 6749 §5.1 wants of the form.
    #[track_caller]
    pub fn tokens(&self) -> Tokens {
        self.assert_status(200);
        let body = self.json();
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        let text = |name: &str| body.get(name).map(|value| value.as_str().expect("a token is text").to_owned());
        let access_token = text("access_token").expect("no access token");
        assert!(!access_token.is_empty());
        Tokens {
            access_token,
            expires_in: body["expires_in"].as_u64().expect("expires_in is a number"),
            id_token: text("id_token"),
            refresh_token: text("refresh_token"),
            scope: text("scope").unwrap_or_default(),
        }
    }

    /// Status, redirect and the beginning of the body, for messages.
    pub fn summary(&self) -> String {
        let body: String = String::from_utf8_lossy(&self.body).chars().take(600).collect();
        let location = self.headers.get("location").map(|to| format!(" → {to:?}")).unwrap_or_default();
        format!("{}{location}\n{body}", self.status)
    }
}
