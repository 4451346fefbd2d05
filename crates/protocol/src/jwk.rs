//! Public keys as JSON. RFC 7517; members by key type: RFC 7518 §6, RFC 8037 §2; thumbprint: RFC 7638.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::alg::Alg;

/// A published signature key.
///
/// Shape: `kty` and its members beside `use`, `alg` and `kid`. A key with a private or symmetric member cannot be read,
/// so it can never be published or trusted by mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicJwk {
    /// The key itself.
    pub key: PublicKey,
    /// The algorithm that it is for.
    pub alg: Option<Alg>,
    /// The name by which a token refers to it.
    pub kid: Option<String>,
}

/// A public key by type. Members are unpadded base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// A point on a NIST curve; both coordinates have the full length of the curve.
    Ec {
        /// The curve.
        crv: Curve,
        /// First coordinate.
        x: String,
        /// Second coordinate.
        y: String,
    },
    /// An Ed25519 key.
    Okp {
        /// The 32 bytes of the key.
        x: String,
    },
    /// An RSA key; numbers without leading zero bytes.
    Rsa {
        /// Modulus.
        n: String,
        /// Exponent.
        e: String,
    },
}

/// A NIST curve. RFC 7518 §6.2.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// P-256.
    P256,
    /// P-384.
    P384,
}

/// A set of keys. Keys that cannot be read are left out (RFC 7517 §5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct JwkSet {
    /// The keys, in order.
    pub keys: Vec<PublicJwk>,
}

/// Why JSON is no public signature key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// A number or coordinate is not strict base64url of the right length.
    #[error("member {0:?} is malformed")]
    Malformed(&'static str),
    /// A member that the key type needs is missing.
    #[error("member {0:?} is missing")]
    Missing(&'static str),
    /// The key is for encryption.
    #[error("the key is not for signatures")]
    NotForSignatures,
    /// A private or symmetric member is present.
    #[error("the key has a private member")]
    Private,
    /// The key type, curve or algorithm is unknown, or they do not fit each other.
    #[error("the key type is not supported")]
    Unsupported,
}

impl Curve {
    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
        }
    }

    const fn coordinate_bytes(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }
}

impl PublicKey {
    /// From the coordinates of a point, big-endian and of the curve's full length.
    pub fn ec(crv: Curve, x: &[u8], y: &[u8]) -> Self {
        Self::Ec { crv, x: URL_SAFE_NO_PAD.encode(x), y: URL_SAFE_NO_PAD.encode(y) }
    }

    /// From the 32 bytes of an Ed25519 key.
    pub fn ed25519(x: &[u8]) -> Self {
        Self::Okp { x: URL_SAFE_NO_PAD.encode(x) }
    }

    /// From modulus and exponent, big-endian; leading zero bytes are dropped.
    pub fn rsa(n: &[u8], e: &[u8]) -> Self {
        let number = |bytes: &[u8]| {
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            URL_SAFE_NO_PAD.encode(bytes.get(zeros..).unwrap_or_default())
        };
        Self::Rsa { n: number(n), e: number(e) }
    }

    /// The text whose SHA-256 is the key's thumbprint: its required members in lexicographic order.
    ///
    /// Source: RFC 7638 §3.2; Ed25519: RFC 8037 §2.
    pub fn thumbprint_input(&self) -> String {
        match self {
            Self::Ec { crv, x, y } => {
                let crv = crv.as_str();
                format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            Self::Okp { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#),
            Self::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
        }
    }

    /// Whether signatures of `alg` are made with keys of this type.
    pub const fn fits(&self, alg: Alg) -> bool {
        match self {
            Self::Ec { crv: Curve::P256, .. } => matches!(alg, Alg::Es256),
            Self::Ec { crv: Curve::P384, .. } => matches!(alg, Alg::Es384),
            Self::Okp { .. } => matches!(alg, Alg::EdDsa),
            Self::Rsa { .. } => alg.is_rsa(),
        }
    }
}

impl PublicKey {
    /// Whether the key is of a size that is trusted and affordable: RSA of 2048 to 4096 bits with the exponent 65537.
    ///
    /// RFC 8725 §3.5 and NIST SP 800-131A set the lower bound; a larger modulus makes each signature a denial of service.
    pub fn is_strong(&self) -> bool {
        match self {
            Self::Ec { .. } | Self::Okp { .. } => true,
            Self::Rsa { n, e } => {
                // The shortest form was checked when the key was read: the first byte is not zero.
                let bytes = decode_member(n).unwrap_or_default();
                let bits = bytes.first().map_or(0, |first| bytes.len() * 8 - first.leading_zeros() as usize);
                (2048..=4096).contains(&bits) && e == "AQAB"
            }
        }
    }
}

impl PublicJwk {
    /// Reads one key and says what is wrong with it.
    pub fn read(key: serde_json::Value) -> Result<Self, JwkError> {
        Wire::deserialize(key).map_err(|_| JwkError::Unsupported)?.try_into()
    }

    /// Whether the key is for signatures of `alg`: its type fits, and it names no other algorithm.
    pub fn accepts(&self, alg: Alg) -> bool {
        self.key.fits(alg) && self.alg.is_none_or(|own| own == alg)
    }
}

impl JwkSet {
    /// The only key with this `kid`. None if two claim it.
    pub fn find(&self, kid: &str) -> Option<&PublicJwk> {
        let mut named = self.keys.iter().filter(|key| key.kid.as_deref() == Some(kid));
        named.next().filter(|_| named.next().is_none())
    }
}

/// Decodes a member of a key: strict base64url, no padding, no trailing bits.
pub fn decode_member(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The members as they stand on the wire, in the order in which they are written.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Wire {
    kty: String,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(flatten, skip_serializing)]
    others: serde_json::Map<String, serde_json::Value>,
}

/// RFC 7518 §6.2.2, §6.3.2 and §6.4, RFC 8037 §2.
const PRIVATE_MEMBERS: [&str; 8] = ["d", "dp", "dq", "k", "oth", "p", "q", "qi"];

impl TryFrom<Wire> for PublicJwk {
    type Error = JwkError;

    fn try_from(wire: Wire) -> Result<Self, JwkError> {
        if PRIVATE_MEMBERS.iter().any(|member| wire.others.contains_key(*member)) {
            return Err(JwkError::Private);
        }
        if wire.usage.is_some_and(|usage| usage != "sig") {
            return Err(JwkError::NotForSignatures);
        }
        let key = match (wire.kty.as_str(), wire.crv.as_deref()) {
            ("EC", Some("P-256")) => ec(Curve::P256, wire.x, wire.y)?,
            ("EC", Some("P-384")) => ec(Curve::P384, wire.x, wire.y)?,
            ("OKP", Some("Ed25519")) => PublicKey::Okp { x: sized("x", wire.x, 32)? },
            ("RSA", _) => PublicKey::Rsa { n: number("n", wire.n)?, e: number("e", wire.e)? },
            _ => return Err(JwkError::Unsupported),
        };
        let alg: Option<Alg> = match wire.alg {
            Some(name) => Some(name.parse().map_err(|_| JwkError::Unsupported)?),
            None => None,
        };
        if alg.is_some_and(|alg| !key.fits(alg)) {
            return Err(JwkError::Unsupported);
        }
        Ok(Self { key, alg, kid: wire.kid })
    }
}

fn ec(crv: Curve, x: Option<String>, y: Option<String>) -> Result<PublicKey, JwkError> {
    // RFC 7518 §6.2.1.2: the length is that of the curve, whatever the value.
    Ok(PublicKey::Ec { crv, x: sized("x", x, crv.coordinate_bytes())?, y: sized("y", y, crv.coordinate_bytes())? })
}

fn sized(member: &'static str, text: Option<String>, bytes: usize) -> Result<String, JwkError> {
    let text = text.ok_or(JwkError::Missing(member))?;
    let has_size = decode_member(&text).is_some_and(|decoded| decoded.len() == bytes);
    has_size.then_some(text).ok_or(JwkError::Malformed(member))
}

/// RFC 7518 §2 (Base64urlUInt): the shortest form, so no leading zero byte.
fn number(member: &'static str, text: Option<String>) -> Result<String, JwkError> {
    let text = text.ok_or(JwkError::Missing(member))?;
    let is_shortest = decode_member(&text).is_some_and(|bytes| bytes.first().is_some_and(|first| *first != 0));
    is_shortest.then_some(text).ok_or(JwkError::Malformed(member))
}

impl Serialize for PublicJwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut wire = Wire {
            usage: Some("sig".to_owned()),
            alg: self.alg.map(|alg| alg.as_str().to_owned()),
            kid: self.kid.clone(),
            ..Wire::default()
        };
        match self.key.clone() {
            PublicKey::Ec { crv, x, y } => {
                "EC".clone_into(&mut wire.kty);
                (wire.crv, wire.x, wire.y) = (Some(crv.as_str().to_owned()), Some(x), Some(y));
            }
            PublicKey::Okp { x } => {
                "OKP".clone_into(&mut wire.kty);
                (wire.crv, wire.x) = (Some("Ed25519".to_owned()), Some(x));
            }
            PublicKey::Rsa { n, e } => {
                "RSA".clone_into(&mut wire.kty);
                (wire.n, wire.e) = (Some(n), Some(e));
            }
        }
        wire.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PublicJwk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Wire::deserialize(deserializer)?.try_into().map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for JwkSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<serde_json::Value>,
        }
        let set = Set::deserialize(deserializer)?;
        let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        Ok(Self { keys: keys.collect() })
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
#[path = "jwk_tests.rs"]
mod tests;
