//! Digests of public bytes.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// SHA-256 of public bytes as base64url: for entity tags and cache keys, never for secrets (see [`crate::secret::digest`]).
pub fn fingerprint(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, bytes))
}

/// SHA-256 of a text that is itself a secret of high entropy, as a key to look it up by.
///
/// A table that is keyed by this can be read without finding the secrets, and its lookup time says nothing about them.
pub fn lookup_key(secret: &str) -> [u8; 32] {
    let mut key = [0; 32];
    key.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lookup_key_is_the_same_digest_in_bytes() {
        assert_eq!(URL_SAFE_NO_PAD.encode(lookup_key("")), fingerprint(b""));
        assert_ne!(lookup_key("a"), lookup_key("b"));
    }

    #[test]
    fn fingerprint_is_sha256_in_base64url() {
        assert_eq!(fingerprint(b""), "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
        assert_ne!(fingerprint(b"a"), fingerprint(b"b"));
    }
}
