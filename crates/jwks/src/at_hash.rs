//! The hash that binds an access token to its ID token. Source: OpenID Connect Core §3.1.3.6.

use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use protocol::alg::Alg;

/// The value of `at_hash`: the left half of the hash of the access token, in base64url.
///
/// Shape: `alg` is the algorithm that signs the *ID token*; its hash is used. Ed25519 hashes with SHA-512.
/// Source: OpenID Connect Core §3.1.3.6, RFC 8037 §3.1.
pub fn at_hash(alg: Alg, access_token: &str) -> String {
    let algorithm = match alg {
        Alg::Rs256 | Alg::Ps256 | Alg::Es256 => &SHA256,
        Alg::Es384 => &SHA384,
        Alg::EdDsa => &SHA512,
    };
    let hash = digest(algorithm, access_token.as_bytes());
    let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_comes_out() {
        // OpenID Connect Core appendix A.4.
        assert_eq!(at_hash(Alg::Rs256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
    }

    #[test]
    fn the_length_follows_the_algorithm() {
        for (alg, bytes) in [(Alg::Rs256, 16), (Alg::Ps256, 16), (Alg::Es256, 16), (Alg::Es384, 24), (Alg::EdDsa, 32)] {
            let half = URL_SAFE_NO_PAD.decode(at_hash(alg, "token")).unwrap();
            assert_eq!(half.len(), bytes, "{alg:?}");
        }
    }
}
