//! The public keys that a client registers: a JWK set, one JWK, or a PEM file. Source: RFC 7517, RFC 7591 §2 (`jwks`).
//!
//! Weak, private and symmetric keys are refused here, when they are written (RFC 8725 §3.5), and not when somebody fails
//! to sign in.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ParsedPublicKey};
use protocol::jwk::{Curve, JwkError, JwkSet, PublicJwk, PublicKey, decode_member};
use rsa::RsaPublicKey;
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::pkcs8::spki::SubjectPublicKeyInfoRef;
use rsa::pkcs8::{DecodePublicKey, Document, ObjectIdentifier};
use rsa::traits::PublicKeyParts;
use serde_json::Value;

use crate::provider::provider_is_ours;
use crate::verifying_key::VerifyingKey;

/// Why a text holds no keys that a client may register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientKeysError {
    /// A certificate, from which the key would have to be taken out.
    #[error("this is a certificate; only its public key is wanted")]
    Certificate,
    /// No key for signatures.
    #[error("there is no key for signatures")]
    Empty,
    /// A key is broken.
    #[error("key {number}: {source}")]
    Key {
        /// Its place, from one.
        number: usize,
        /// What is wrong with it.
        source: JwkError,
    },
    /// A point that is not on its curve, or of small order.
    #[error("key {number} is no point that can verify a signature")]
    NoPoint {
        /// Its place, from one.
        number: usize,
    },
    /// A private key. It must be looked upon as known from here on.
    #[error("this is a private key; only the public half is wanted")]
    Private,
    /// Neither JSON nor PEM.
    #[error("this is neither a JWK set, nor a JWK, nor a public key in PEM")]
    Unreadable,
    /// RSA below 2048 or above 4096 bits, or with another exponent than 65537.
    #[error("key {number}: an RSA key has 2048 to 4096 bits and the exponent 65537")]
    Weak {
        /// Its place, from one.
        number: usize,
    },
}

/// Reads the keys.
///
/// Shape: of a JWK set, keys for encryption are left out (RFC 7517 §5); every other key must be good. A PEM file holds
/// one key, `PUBLIC KEY` or `RSA PUBLIC KEY`, which then has no name.
/// Errors: [`ClientKeysError`], the first that is wrong.
pub fn read(text: &str) -> Result<JwkSet, ClientKeysError> {
    provider_is_ours();
    let text = text.trim();
    let set = if text.starts_with('{') { from_json(text)? } else { from_pem(text)? };
    for (index, jwk) in set.keys.iter().enumerate() {
        let number = index + 1;
        if !jwk.key.is_strong() {
            return Err(ClientKeysError::Weak { number });
        }
        if !is_point(&jwk.key) || VerifyingKey::from_jwk(jwk).is_none() {
            return Err(ClientKeysError::NoPoint { number });
        }
    }
    if set.keys.is_empty() { Err(ClientKeysError::Empty) } else { Ok(set) }
}

fn from_json(text: &str) -> Result<JwkSet, ClientKeysError> {
    let mut value: Value = serde_json::from_str(text).map_err(|_| ClientKeysError::Unreadable)?;
    let keys = match value.get_mut("keys").map(Value::take) {
        Some(Value::Array(keys)) => keys,
        Some(_) => return Err(ClientKeysError::Unreadable),
        None => vec![value],
    };
    let mut set = JwkSet::default();
    for (index, key) in keys.into_iter().enumerate() {
        match PublicJwk::read(key) {
            Ok(key) => set.keys.push(key),
            Err(JwkError::NotForSignatures) => {}
            Err(JwkError::Private) => return Err(ClientKeysError::Private),
            Err(source) => return Err(ClientKeysError::Key { number: index + 1, source }),
        }
    }
    Ok(set)
}

/// RFC 7468 §13 and the older form of RFC 8017 appendix A.1.1.
fn from_pem(text: &str) -> Result<JwkSet, ClientKeysError> {
    if text.contains("PRIVATE KEY-----") {
        return Err(ClientKeysError::Private);
    }
    if text.contains("-----BEGIN CERTIFICATE-----") {
        return Err(ClientKeysError::Certificate);
    }
    let (label, document) = Document::from_pem(text).map_err(|_| ClientKeysError::Unreadable)?;
    let unsupported = ClientKeysError::Key { number: 1, source: JwkError::Unsupported };
    let key = match label {
        "PUBLIC KEY" => from_spki(document.as_bytes()).ok_or(unsupported)?,
        "RSA PUBLIC KEY" => rsa_key(&RsaPublicKey::from_pkcs1_der(document.as_bytes()).map_err(|_| unsupported)?),
        _ => return Err(ClientKeysError::Unreadable),
    };
    Ok(JwkSet { keys: vec![PublicJwk { key, alg: None, kid: None }] })
}

/// RFC 5480 §2 for the curves, RFC 8410 §3 for Ed25519, RFC 8017 appendix A.1 for RSA.
fn from_spki(der: &[u8]) -> Option<PublicKey> {
    const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
    const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
    const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
    const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
    const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
    let info = SubjectPublicKeyInfoRef::try_from(der).ok()?;
    let bytes = info.subject_public_key.as_bytes()?;
    match info.algorithm.oid {
        RSA => Some(rsa_key(&RsaPublicKey::from_public_key_der(der).ok()?)),
        EC => {
            let crv = match info.algorithm.parameters_oid().ok()? {
                P256 => Curve::P256,
                P384 => Curve::P384,
                _ => return None,
            };
            // SEC 1 §2.3.3: an uncompressed point is 4, x, y.
            let (4, point) = bytes.split_first()? else { return None };
            let (x, y) = point.split_at_checked(point.len() / 2)?;
            Some(PublicKey::ec(crv, x, y))
        }
        ED25519 if bytes.len() == 32 => Some(PublicKey::ed25519(bytes)),
        _ => None,
    }
}

fn rsa_key(key: &RsaPublicKey) -> PublicKey {
    PublicKey::rsa(&key.n().to_bytes_be(), &key.e().to_bytes_be())
}

/// Whether the coordinates are those of a point on the curve; true for keys that have none.
fn is_point(key: &PublicKey) -> bool {
    let PublicKey::Ec { crv, x, y } = key else { return true };
    let (Some(x), Some(y)) = (decode_member(x), decode_member(y)) else { return false };
    let point = [vec![4], x, y].concat();
    match crv {
        Curve::P256 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).is_ok(),
        Curve::P384 => ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).is_ok(),
    }
}

#[cfg(test)]
#[path = "client_keys_tests.rs"]
mod tests;
