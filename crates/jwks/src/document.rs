//! The published key set, rendered once per change. Source: RFC 7517 §5, RFC 9110 §8.8.3.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use protocol::jwk::JwkSet;

/// The body of the JWKS endpoint and its validator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JwksDocument {
    /// The JSON text.
    pub bytes: Bytes,
    /// A strong entity tag with its quotes, ready for the header.
    pub etag: String,
}

impl JwksDocument {
    /// Renders `keys`; the same keys in the same order give the same bytes on every node.
    pub(crate) fn render(keys: &JwkSet) -> Result<Self, serde_json::Error> {
        let bytes = Bytes::from(serde_json::to_vec(keys)?);
        let hash = digest(&SHA256, &bytes);
        Ok(Self { etag: format!("\"{}\"", URL_SAFE_NO_PAD.encode(hash)), bytes })
    }
}
