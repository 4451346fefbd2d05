//! The only way to a redirect: a URI that was proven to belong to the client.

use protocol::ResponseMode;

use crate::authorize::response;
use crate::records::ClientRecord;
use crate::refusal::{Refusal, Refused};

/// The longest `state` and `nonce` that we carry, in bytes. Both are returned exactly, so they must have a bound.
pub(crate) const OPAQUE_BYTES: usize = 2048;

/// A redirect target that belongs to the client of the request.
///
/// Only [`ReplyTo::checked`] builds one, so an open redirect cannot be written (RFC 9700 §4.11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyTo {
    uri: String,
    state: Option<String>,
    mode: ResponseMode,
}

impl ReplyTo {
    /// Proves that `presented` is a redirect URI of `client`.
    ///
    /// Shape: `presented` is the parameter as decoded once; absent is allowed where exactly one URI is registered.
    /// A `state` that is too long to carry is dropped here and refused by its rule. A disabled client has no target: it may
    /// have been disabled for where it leads.
    /// Errors: [`Refusal::ClientDisabled`], [`Refusal::RedirectUriMissing`], [`Refusal::RedirectUriUnregistered`]; both are shown to the person and never
    /// redirected.
    /// Source: RFC 6749 §3.1.2.3, RFC 9700 §4.1.3 (exact comparison), RFC 8252 §7.3 (loopback ports).
    pub fn checked(client: &ClientRecord, presented: Option<&str>, state: Option<&str>) -> Result<Self, Refused> {
        if !client.is_enabled {
            return Err(Refusal::ClientDisabled.because("an enabled client", client.id.as_str()));
        }
        let state = state.filter(|state| state.len() <= OPAQUE_BYTES);
        let uri = match presented {
            Some(uri) if client.redirect_uris.iter().any(|registered| registered.matches(uri)) => uri,
            Some(uri) => return Err(Refusal::RedirectUriUnregistered.because(registered(client), uri)),
            None => match client.redirect_uris.as_slice() {
                [only] => only.as_str(),
                _ => return Err(Refusal::RedirectUriMissing.because(registered(client), "")),
            },
        };
        Ok(Self { uri: uri.to_owned(), state: state.map(str::to_owned), mode: ResponseMode::default() })
    }

    /// The same target by the response mode that the request names, where the client may have it; else by query, so
    /// that the refusal of the mode reaches the client.
    #[must_use]
    pub fn by_mode(self, client: &ClientRecord, response_mode: Option<&str>) -> Self {
        Self { mode: response::mode(client, response_mode).unwrap_or_default(), ..self }
    }

    /// How the answer travels.
    pub fn mode(&self) -> ResponseMode {
        self.mode
    }

    /// The URI to send the browser to.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The client's `state`, to be returned exactly. Source: RFC 6749 §4.1.2.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

fn registered(client: &ClientRecord) -> String {
    client.redirect_uris.iter().map(protocol::RedirectUri::as_str).collect::<Vec<_>>().join(" ")
}
