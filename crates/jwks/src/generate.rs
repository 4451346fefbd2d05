//! New keys. The crate `rsa` makes RSA keys and writes them as PKCS#8; aws-lc-rs makes the others and uses all of them.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use protocol::alg::Alg;
use protocol::jwk::{Curve, PublicJwk, PublicKey};
use rsa::RsaPrivateKey;
use rsa::pkcs8::EncodePrivateKey;
use rsa::rand_core::OsRng;
use rsa::traits::PublicKeyParts;
use zeroize::Zeroizing;

use crate::error::KeyError;

/// A key that nobody has seen yet.
pub(crate) struct NewKey {
    pub(crate) kid: String,
    /// The public half as it will be published.
    pub(crate) public_jwk: PublicJwk,
    /// The private half, unsealed, as a PKCS#8 document (RFC 5208).
    pub(crate) pkcs8: Zeroizing<Vec<u8>>,
}

impl NewKey {
    /// Generates a key for `alg`; an RSA key has `rsa_bits` and costs a tenth of a second and more.
    pub(crate) fn generate(alg: Alg, rsa_bits: usize) -> Result<Self, KeyError> {
        let made = match alg {
            Alg::Rs256 | Alg::Ps256 => rsa(rsa_bits),
            Alg::Es256 => ec(&ECDSA_P256_SHA256_FIXED_SIGNING, Curve::P256),
            Alg::Es384 => ec(&ECDSA_P384_SHA384_FIXED_SIGNING, Curve::P384),
            Alg::EdDsa => ed25519(),
        };
        let (key, pkcs8) = made.ok_or(KeyError::Generate { alg })?;
        let kid = thumbprint(&key);
        Ok(Self { public_jwk: PublicJwk { key, alg: Some(alg), kid: Some(kid.clone()) }, kid, pkcs8 })
    }
}

/// The name of a key that everyone can compute. Source: RFC 7638 §3.
pub(crate) fn thumbprint(key: &PublicKey) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, key.thumbprint_input().as_bytes()))
}

type Made = Option<(PublicKey, Zeroizing<Vec<u8>>)>;

fn rsa(bits: usize) -> Made {
    // Smaller keys are broken or near it, larger ones make each signature a denial of service.
    if !(2048..=4096).contains(&bits) {
        return None;
    }
    let key = RsaPrivateKey::new(&mut OsRng, bits).ok()?;
    let pkcs8 = Zeroizing::new(key.to_pkcs8_der().ok()?.as_bytes().to_vec());
    Some((PublicKey::rsa(&key.n().to_bytes_be(), &key.e().to_bytes_be()), pkcs8))
}

fn ec(algorithm: &'static EcdsaSigningAlgorithm, crv: Curve) -> Made {
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).ok()?;
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref()).ok()?;
    // SEC 1 §2.3.3: an uncompressed point is 4, x, y.
    let (4, point) = pair.public_key().as_ref().split_first()? else { return None };
    let (x, y) = point.split_at_checked(point.len() / 2)?;
    Some((PublicKey::ec(crv, x, y), Zeroizing::new(pkcs8.as_ref().to_vec())))
}

fn ed25519() -> Made {
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).ok()?;
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).ok()?;
    Some((PublicKey::ed25519(pair.public_key().as_ref()), Zeroizing::new(pkcs8.as_ref().to_vec())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::SigningKey;

    fn jwk(json: &str) -> PublicJwk {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn the_thumbprint_of_the_rsa_example_comes_out() {
        // RFC 7638 §3.1.
        let key = jwk(concat!(
            r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJEC"#,
            "PebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8",
            "KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw",
            r#"0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#,
        ));
        assert_eq!(thumbprint(&key.key), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn the_thumbprint_of_the_ed25519_example_comes_out() {
        // RFC 8037 appendix A.3.
        let key = jwk(r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#);
        assert_eq!(thumbprint(&key.key), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn every_kind_of_key_is_made_and_read() {
        for alg in Alg::ALL {
            let new = NewKey::generate(alg, 2048).unwrap();

            assert_eq!(new.public_jwk.alg, Some(alg));
            assert!(new.public_jwk.key.fits(alg));
            assert_eq!(new.kid, thumbprint(&new.public_jwk.key));
            assert!(SigningKey::from_pkcs8(alg, &new.kid, &new.pkcs8).is_ok(), "{alg}");
        }
    }

    #[test]
    fn an_rsa_key_has_the_size_that_was_asked_for() {
        let PublicKey::Rsa { n, e } = NewKey::generate(Alg::Rs256, 2048).unwrap().public_jwk.key else {
            panic!("not an RSA key")
        };
        assert_eq!(URL_SAFE_NO_PAD.decode(n).unwrap().len(), 256);
        assert_eq!(e, "AQAB");
    }

    #[test]
    fn an_rsa_key_of_a_foolish_size_is_not_made() {
        for bits in [0, 1024, 2047, 4097, 1_000_000] {
            assert!(NewKey::generate(Alg::Rs256, bits).is_err(), "{bits}");
        }
    }
}
