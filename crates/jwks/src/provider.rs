//! The provider under `jsonwebtoken`: private keys are parsed once, not at every signature.
//!
//! The stock provider parses (and for RSA validates) the private key at each `encode`, which costs 60 % of the time for
//! RSA and 40 % for ES256. Ours hands `jsonwebtoken` an [`EncodingKey`] that holds no key but a number, and looks the
//! parsed key up by that number. An entry lives exactly as long as the [`SigningKey`] that made it, so the table is as
//! large as the key rings in the process, and a retired key is dropped with its ring.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwap;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, aws_lc};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{self, Signer};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use protocol::alg::Alg;
use serde::Serialize;

use crate::error::KeyError;

/// Makes our provider the one of `jsonwebtoken`; call it first thing in `main` and in tests.
///
/// Effects: process-wide, once; later calls do nothing. If something signed or verified before, the stock provider
/// already stands and [`crate::Keys::open`] reports [`KeyError::ProviderTaken`].
pub fn install_jwt_provider() {
    provider_is_ours();
}

/// Installs the provider if need be; false if another one was faster.
pub(crate) fn provider_is_ours() -> bool {
    static IS_OURS: LazyLock<bool> = LazyLock::new(|| LazyLock::force(&PROVIDER).install_default().is_ok());
    *IS_OURS
}

static PROVIDER: LazyLock<CryptoProvider> = LazyLock::new(|| CryptoProvider {
    signer_factory: find_signer,
    verifier_factory: aws_lc::DEFAULT_PROVIDER.verifier_factory,
    key_utils: aws_lc::DEFAULT_PROVIDER.key_utils.clone(),
});

/// A private key, parsed, ready to sign with one algorithm.
pub(crate) struct SigningKey {
    alg: Alg,
    kid: String,
    number: u64,
    handle: EncodingKey,
}

impl SigningKey {
    /// Parses a PKCS#8 document and registers the key.
    pub(crate) fn from_pkcs8(alg: Alg, kid: &str, pkcs8: &[u8]) -> Result<Self, KeyError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let parsed = ParsedKey::from_pkcs8(alg, pkcs8).ok_or(KeyError::Generate { alg })?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let parsed = Arc::new(parsed);
        PARSED.rcu(|table| {
            let mut table = HashMap::clone(table);
            table.insert(number, Arc::clone(&parsed));
            table
        });
        Ok(Self { alg, kid: kid.to_owned(), number, handle: handle_of(alg, number) })
    }

    /// The key's identity, its RFC 7638 thumbprint.
    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// The algorithm that it signs with.
    pub(crate) fn alg(&self) -> Alg {
        self.alg
    }

    /// Signs `claims` as a compact JWS. Source: RFC 7515 §5.1.
    pub(crate) fn sign<C: Serialize>(&self, typ: &str, claims: &C) -> Result<String, KeyError> {
        let mut header = Header::new(algorithm(self.alg));
        header.typ = Some(typ.to_owned());
        header.kid = Some(self.kid.clone());
        encode(&header, claims, &self.handle).map_err(KeyError::Sign)
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        PARSED.rcu(|table| {
            let mut table = HashMap::clone(table);
            table.remove(&self.number);
            table
        });
    }
}

/// The name of `alg` in `jsonwebtoken`.
pub(crate) const fn algorithm(alg: Alg) -> Algorithm {
    match alg {
        Alg::Rs256 => Algorithm::RS256,
        Alg::Ps256 => Algorithm::PS256,
        Alg::Es256 => Algorithm::ES256,
        Alg::Es384 => Algorithm::ES384,
        Alg::EdDsa => Algorithm::EdDSA,
    }
}

static PARSED: LazyLock<ArcSwap<HashMap<u64, Arc<ParsedKey>>>> = LazyLock::new(ArcSwap::default);

/// Precedes the number in an [`EncodingKey`]; no DER document begins like this.
const HANDLE: &[u8] = b"parsed-key:";

fn handle_of(alg: Alg, number: u64) -> EncodingKey {
    let bytes = [HANDLE, &number.to_be_bytes()].concat();
    match alg {
        Alg::Rs256 | Alg::Ps256 => EncodingKey::from_rsa_der(&bytes),
        Alg::Es256 | Alg::Es384 => EncodingKey::from_ec_der(&bytes),
        Alg::EdDsa => EncodingKey::from_ed_der(&bytes),
    }
}

// The signature is `jsonwebtoken`'s.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn find_signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    let Some(number) = key.as_bytes().strip_prefix(HANDLE) else {
        return (aws_lc::DEFAULT_PROVIDER.signer_factory)(algorithm, key);
    };
    let number = number.try_into().map(u64::from_be_bytes).map_err(|_| ErrorKind::InvalidKeyFormat)?;
    let parsed = PARSED.load().get(&number).cloned().ok_or(ErrorKind::InvalidKeyFormat)?;
    if parsed.algorithm() != *algorithm {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    Ok(Box::new(ParsedSigner(parsed)))
}

enum ParsedKey {
    Rsa(RsaKeyPair, Algorithm),
    Ec(EcdsaKeyPair, Algorithm),
    Ed(Ed25519KeyPair),
}

impl ParsedKey {
    fn from_pkcs8(alg: Alg, pkcs8: &[u8]) -> Option<Self> {
        match alg {
            Alg::Rs256 | Alg::Ps256 => RsaKeyPair::from_pkcs8(pkcs8).ok().map(|key| Self::Rsa(key, algorithm(alg))),
            Alg::Es256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
                .ok()
                .map(|key| Self::Ec(key, Algorithm::ES256)),
            Alg::Es384 => EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, pkcs8)
                .ok()
                .map(|key| Self::Ec(key, Algorithm::ES384)),
            Alg::EdDsa => Ed25519KeyPair::from_pkcs8(pkcs8).ok().map(Self::Ed),
        }
    }

    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(_, algorithm) | Self::Ec(_, algorithm) => *algorithm,
            Self::Ed(_) => Algorithm::EdDSA,
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        match self {
            Self::Rsa(key, algorithm) => {
                let encoding: &'static dyn RsaEncoding =
                    if *algorithm == Algorithm::PS256 { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(encoding, &SystemRandom::new(), message, &mut signature)?;
                Ok(signature)
            }
            Self::Ec(key, _) => Ok(key.sign(&SystemRandom::new(), message)?.as_ref().to_vec()),
            Self::Ed(key) => Ok(key.try_sign(message)?.as_ref().to_vec()),
        }
    }
}

struct ParsedSigner(Arc<ParsedKey>);

impl Signer<Vec<u8>> for ParsedSigner {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        self.0.sign(message).map_err(signature::Error::from_source)
    }
}

impl JwtSigner for ParsedSigner {
    fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::generate::NewKey;

    #[test]
    fn a_dropped_key_leaves_no_parsed_key_behind() {
        assert!(provider_is_ours());
        let new = NewKey::generate(Alg::Es256, 2048).unwrap();
        let key = SigningKey::from_pkcs8(Alg::Es256, "kid", &new.pkcs8).unwrap();
        let (number, handle) = (key.number, key.handle.clone());
        assert!(PARSED.load().contains_key(&number));

        drop(key);

        assert!(!PARSED.load().contains_key(&number));
        assert!(encode(&Header::new(Algorithm::ES256), &json!({}), &handle).is_err());
    }

    #[test]
    fn a_handle_signs_with_its_own_algorithm_only() {
        assert!(provider_is_ours());
        let new = NewKey::generate(Alg::Es256, 2048).unwrap();
        let key = SigningKey::from_pkcs8(Alg::Es256, "kid", &new.pkcs8).unwrap();

        assert!(encode(&Header::new(Algorithm::ES384), &json!({}), &key.handle).is_err());
        assert!(encode(&Header::new(Algorithm::HS256), &json!({}), &key.handle).is_err());
    }

    #[test]
    fn a_key_in_der_still_signs_as_with_the_stock_provider() {
        assert!(provider_is_ours());
        let new = NewKey::generate(Alg::Es256, 2048).unwrap();

        let token = encode(&Header::new(Algorithm::ES256), &json!({}), &EncodingKey::from_ec_der(&new.pkcs8));

        assert!(token.is_ok());
    }

    #[test]
    fn a_key_of_another_kind_is_not_parsed() {
        let new = NewKey::generate(Alg::Es256, 2048).unwrap();
        for alg in [Alg::Rs256, Alg::Ps256, Alg::Es384, Alg::EdDsa] {
            assert!(SigningKey::from_pkcs8(alg, "kid", &new.pkcs8).is_err(), "{alg:?}");
        }
    }
}
