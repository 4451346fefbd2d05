//! Redirect URIs. RFC 6749 §3.1.2; native apps: RFC 8252 §7; exact comparison: RFC 9700 §2.1.

use std::{fmt, net::Ipv4Addr};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::percent;

/// A redirect URI that a client registered.
///
/// Shape: `https`, or `http` on the loopback, or a private-use scheme; the very bytes that were registered, which a URL
/// parser reads and writes back unchanged. So what is compared, what is shown and where the browser goes are the same.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(String);

/// A URI to which a browser may return after logout, under the same rules as a [`RedirectUri`].
///
/// Source: OpenID Connect RP-Initiated Logout §3.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PostLogoutUri(RedirectUri);

/// Why a URI cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// `%` without two hexadecimal digits.
    #[error("the URI has a percent sign that begins no escape")]
    BadPercent,
    /// A `#`, even with nothing after it. RFC 6749 §3.1.2.
    #[error("the URI has a fragment")]
    Fragment,
    /// Plain http to another host. RFC 9700 §2.6, RFC 8252 §7.3.
    #[error("http is for 127.0.0.1, [::1] and localhost only; use https")]
    HttpOutsideLoopback,
    /// A character that no URI may hold. RFC 3986 appendix A.
    #[error("the URI has a character that must be percent-encoded or left out")]
    InvalidCharacter,
    /// No scheme, or not a URI. RFC 6749 §3.1.2.
    #[error("the URI is not absolute")]
    NotAbsolute,
    /// A browser would go to another spelling than the one that is compared.
    #[error("the URI is not in its normal form; write it as {normal}")]
    NotNormal {
        /// The normal form.
        normal: String,
    },
    /// A private-use scheme without a slash after its colon. RFC 8252 §7.1.
    #[error("the URI needs a slash after its scheme")]
    PathWithoutSlash,
    /// A scheme that is neither `https` nor `http` nor a reversed domain name. RFC 8252 §7.1.
    #[error("the scheme is neither https nor a private-use scheme with a dot, such as com.example.app")]
    SchemeNotAllowed,
    /// More than [`RedirectUri::MAX_BYTES`] bytes.
    #[error("the URI is longer than 2048 bytes")]
    TooLong,
    /// A dot after the host name: another spelling of the same host.
    #[error("the host ends with a dot")]
    TrailingDot,
    /// A user name or password before the host.
    #[error("the URI has a user name or password")]
    UserInfo,
    /// A `*` in the host: nothing matches by pattern.
    #[error("the host has a wildcard; list every redirect URI")]
    Wildcard,
}

impl RedirectUri {
    /// The longest redirect URI.
    pub const MAX_BYTES: usize = 2048;

    /// Checks a URI before it is registered.
    ///
    /// Errors: one variant of [`RedirectUriError`] per reason.
    /// Source: RFC 6749 §3.1.2 (absolute, no fragment), RFC 8252 §7 (loopback, private-use schemes), RFC 9700 §2.1.
    pub fn new(uri: &str) -> Result<Self, RedirectUriError> {
        if uri.len() > Self::MAX_BYTES {
            return Err(RedirectUriError::TooLong);
        }
        if uri.contains('#') {
            return Err(RedirectUriError::Fragment);
        }
        // Only ASCII passes, so a host in another script must be given by its A-labels.
        if !uri.bytes().all(is_uri_character) {
            return Err(RedirectUriError::InvalidCharacter);
        }
        if !percent::is_well_formed(uri) {
            return Err(RedirectUriError::BadPercent);
        }
        let url = Url::parse(uri).map_err(|_| RedirectUriError::NotAbsolute)?;
        check_scheme_and_host(&url)?;
        // The parser repairs what it reads (`HTTPS:`, `\`, `:443`, `/../`, `0x7f.1`). Refuse whatever it would repair.
        if url.as_str() != uri && !lacks_only_the_path(uri, &url) {
            return Err(RedirectUriError::NotNormal { normal: url.into() });
        }
        Ok(Self(uri.to_owned()))
    }

    /// The URI as registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `scheme://host[:port]` for http and https, none for a private-use scheme.
    pub fn origin(&self) -> Option<String> {
        let url = Url::parse(&self.0).ok()?;
        url.origin().is_tuple().then(|| url.origin().ascii_serialization())
    }

    /// Whether the URI of a request is this one.
    ///
    /// Shape: `presented` is the decoded parameter. Byte for byte equal, except that on a loopback address the port is
    /// free: a native app learns it only when it opens its socket.
    /// Source: RFC 9700 §2.1 (exact string matching), RFC 8252 §7.3 (loopback ports), RFC 3986 §6.2.1.
    pub fn matches(&self, presented: &str) -> bool {
        if self.0 == presented {
            return true;
        }
        LOOPBACK_PREFIXES.iter().any(|prefix| match (after_port(&self.0, prefix), after_port(presented, prefix)) {
            (Some(own), Some(other)) => own == other,
            _ => false,
        })
    }

    /// Whether this is plain http to a loopback address literal, whose port is free.
    ///
    /// `localhost` is not: what it resolves to is not ours to know (RFC 8252 §8.3). It can be registered and is compared
    /// exactly.
    pub fn is_loopback(&self) -> bool {
        LOOPBACK_PREFIXES.iter().any(|prefix| after_port(&self.0, prefix).is_some())
    }

    /// Whether the URI is claimed by an app on the device through its own scheme. RFC 8252 §7.1.
    pub fn is_private_use_scheme(&self) -> bool {
        !self.0.starts_with("https:") && !self.0.starts_with("http:")
    }
}

impl PostLogoutUri {
    /// Checks a URI before it is registered, as [`RedirectUri::new`] does.
    pub fn new(uri: &str) -> Result<Self, RedirectUriError> {
        RedirectUri::new(uri).map(Self)
    }

    /// The URI as registered.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// As [`RedirectUri::origin`].
    pub fn origin(&self) -> Option<String> {
        self.0.origin()
    }

    /// As [`RedirectUri::matches`].
    pub fn matches(&self, presented: &str) -> bool {
        self.0.matches(presented)
    }
}

const LOOPBACK_PREFIXES: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];

/// Path and query of a URI that begins with `prefix` and perhaps a port of 1 to 65535 without leading zeros.
fn after_port<'a>(uri: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = uri.strip_prefix(prefix)?;
    let path = match rest.strip_prefix(':') {
        None => rest,
        Some(after_colon) => {
            let end = after_colon.find(|c: char| !c.is_ascii_digit()).unwrap_or(after_colon.len());
            let (port, path) = after_colon.split_at_checked(end)?;
            let is_port = !port.starts_with('0') && port.parse::<u16>().is_ok();
            is_port.then_some(path)?
        }
    };
    // What follows must not lengthen the host (`127.0.0.1.evil.example`) or turn it into a user name (`127.0.0.1:80@…`).
    (path.is_empty() || path.starts_with(['/', '?'])).then_some(path)
}

fn check_scheme_and_host(url: &Url) -> Result<(), RedirectUriError> {
    if !url.username().is_empty() || url.password().is_some() || url.authority().contains('@') {
        return Err(RedirectUriError::UserInfo);
    }
    let host = url.host_str().unwrap_or_default();
    if host.contains('*') {
        return Err(RedirectUriError::Wildcard);
    }
    if host.ends_with('.') {
        return Err(RedirectUriError::TrailingDot);
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback_host(url) => Ok(()),
        "http" => Err(RedirectUriError::HttpOutsideLoopback),
        // A dot keeps out `javascript`, `data`, `file` and whatever a browser may add to them.
        private if !private.contains('.') => Err(RedirectUriError::SchemeNotAllowed),
        _ if url.cannot_be_a_base() => Err(RedirectUriError::PathWithoutSlash),
        _ => Ok(()),
    }
}

fn is_loopback_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address == Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// `https://app.example` goes where `https://app.example/` goes; apps register either.
fn lacks_only_the_path(uri: &str, url: &Url) -> bool {
    url.query().is_none() && url.as_str().strip_suffix('/') == Some(uri)
}

/// The characters of RFC 3986 §2 without `#`.
const fn is_uri_character(byte: u8) -> bool {
    percent::is_unreserved(byte)
        || matches!(
            byte,
            b':' | b'/'
                | b'?'
                | b'['
                | b']'
                | b'@'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b'%'
        )
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for PostLogoutUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for RedirectUri {
    type Error = RedirectUriError;

    fn try_from(uri: String) -> Result<Self, RedirectUriError> {
        Self::new(&uri)
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.0
    }
}

#[cfg(test)]
#[path = "redirect_uri_tests.rs"]
mod tests;
