//! PHC strings: how an Argon2 hash, its salt and its cost stand in a row.
//!
//! Source: RFC 9106 (Argon2), the PHC string format.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Params, Version};

/// Bytes of a salt. Source: RFC 9106 §3.1.
pub(crate) const SALT_BYTES: usize = 16;
/// Bytes of a hash.
pub(crate) const OUTPUT_BYTES: usize = 32;

/// A stored hash, taken apart.
#[derive(Clone)]
pub(crate) struct StoredHash {
    pub(crate) algorithm: Algorithm,
    pub(crate) version: Version,
    pub(crate) params: Params,
    pub(crate) salt: Salt,
    pub(crate) output: Output,
}

/// A row holds something that is no Argon2 hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored password hash is malformed")]
pub(crate) struct MalformedHash;

impl StoredHash {
    /// Reads a PHC string.
    pub(crate) fn parse(phc: &str) -> Result<Self, MalformedHash> {
        let hash = PasswordHash::new(phc).map_err(|_| MalformedHash)?;
        let algorithm = Algorithm::try_from(hash.algorithm.as_str()).map_err(|_| MalformedHash)?;
        // A string without a version is of the first one. Source: RFC 9106 appendix, PHC format.
        let version = hash.version.map_or(Ok(Version::V0x10), Version::try_from).map_err(|_| MalformedHash)?;
        let params = Params::try_from(&hash).map_err(|_| MalformedHash)?;
        let (Some(salt), Some(output)) = (hash.salt, hash.hash) else {
            return Err(MalformedHash);
        };
        Ok(Self { algorithm, version, params, salt, output })
    }

    /// A hash that no password has, at the price of a real one: for logins that name nobody.
    pub(crate) fn dummy(params: &Params) -> Option<Self> {
        Self::new(params, &platform::random::bytes::<SALT_BYTES>(), &platform::random::bytes::<OUTPUT_BYTES>())
    }

    /// Puts a computed hash together.
    pub(crate) fn new(params: &Params, salt: &[u8], output: &[u8]) -> Option<Self> {
        Some(Self {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            params: params.clone(),
            salt: Salt::new(salt).ok()?,
            output: Output::new(output).ok()?,
        })
    }

    /// The PHC string of a hash that [`StoredHash::new`] made.
    pub(crate) fn encode(&self) -> Option<String> {
        let hash = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(self.version.into()),
            params: ParamsString::try_from(&self.params).ok()?,
            salt: Some(self.salt),
            hash: Some(self.output),
        };
        Some(hash.to_string())
    }

    /// Whether a hash with `current` parameters would be dearer to guess than this one.
    pub(crate) fn is_cheaper_than(&self, current: &Params) -> bool {
        let cost = |params: &Params| u64::from(params.m_cost()) * u64::from(params.t_cost());
        self.algorithm != Algorithm::Argon2id || self.version != Version::V0x13 || cost(&self.params) < cost(current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made by the reference implementation: echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1.
    const REFERENCE: &str = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

    #[test]
    fn reference_string_survives_a_round_trip() {
        let hash = StoredHash::parse(REFERENCE).unwrap();
        assert_eq!((hash.params.m_cost(), hash.params.t_cost(), hash.params.p_cost()), (65_536, 2, 1));
        assert_eq!(hash.encode().unwrap(), REFERENCE);
    }

    #[test]
    fn rehash_is_wanted_when_cost_algorithm_or_version_fall_behind() {
        let current = Params::new(65_536, 2, 1, Some(OUTPUT_BYTES)).unwrap();
        let dearer = Params::new(65_536, 3, 1, Some(OUTPUT_BYTES)).unwrap();
        let hash = StoredHash::parse(REFERENCE).unwrap();
        assert!(!hash.is_cheaper_than(&current));
        assert!(hash.is_cheaper_than(&dearer));
        assert!(StoredHash::parse(&REFERENCE.replace("argon2id", "argon2i")).unwrap().is_cheaper_than(&current));
        assert!(StoredHash::parse(&REFERENCE.replace("v=19$", "")).unwrap().is_cheaper_than(&current));
    }

    #[test]
    fn malformed_strings_are_refused() {
        for phc in [
            "",
            "$",
            "password",
            "$2b$12$abcdefghijklmnopqrstuv",
            "$argon2id$v=19$m=8,t=1,p=1",
            "$argon2id$v=99$m=8,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        ] {
            assert!(StoredHash::parse(phc).is_err(), "{phc}");
        }
    }
}
