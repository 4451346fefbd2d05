//! `[keys]`: the keys that sign tokens.

use std::time::Duration;

use flow::Policy;
use jwks::KeySettings;
use protocol::Alg;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Check, Code, Period, text};

/// `[keys]`, as written.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeysSection {
    /// The algorithms that have a published key from the start: `RS256`, `PS256`, `ES256`, `ES384`, `EdDSA`. RS256 and ES256
    /// must be among them: OpenID Connect demands the first of every provider, and access tokens are signed with the
    /// second. An algorithm that is not listed gets its key when the first client is registered with it.
    #[schemars(example = ["RS256", "ES256", "EdDSA"])]
    pub algorithms: Vec<String>,
    /// The size of new RSA keys in bits: 2048, 3072 or 4096. Larger keys sign more slowly: 3072 takes about three
    /// times as long as 2048.
    #[schemars(example = 3072, range(min = 2048, max = 4096))]
    pub rsa_bits: u32,
    /// How long a new key is published before it signs, so that everyone who caches the key set has it by then.
    #[schemars(example = Period::hours(48))]
    pub announce_for: Period,
}

impl Default for KeysSection {
    fn default() -> Self {
        Self {
            algorithms: vec!["RS256".to_owned(), "ES256".to_owned()],
            rsa_bits: 2048,
            announce_for: Period::hours(24),
        }
    }
}

/// OpenID Connect Core §15.1: every provider signs with RS256. Access tokens use ES256 unless a client says otherwise.
const NEEDED: [Alg; 2] = [Alg::Rs256, Alg::Es256];
/// The key set may be cached this long, so a shorter announcement would be missed.
const KEY_SET_MAX_AGE: Period = Period::hours(1);

impl KeysSection {
    pub(super) fn check(&self, check: &mut Check<'_>, lifetimes: &Policy) -> Option<KeySettings> {
        let algorithms = self.algorithms(check)?;
        if ![2048, 3072, 4096].contains(&self.rsa_bits) {
            let label = text!("not a size that is used", "不是通用的长度");
            check.note(
                Code::OutOfRange,
                "keys.rsa_bits",
                label,
                text!("write 2048, 3072 or 4096", "请写成 2048、3072 或 4096"),
            );
        }
        if self.announce_for < KEY_SET_MAX_AGE {
            let label =
                text!("caches of the key set live for {KEY_SET_MAX_AGE}", "公钥集的缓存可保留 {KEY_SET_MAX_AGE}");
            let help =
                text!("write \"24h\"; at least \"{KEY_SET_MAX_AGE}\"", "建议 \"24h\"，至少 \"{KEY_SET_MAX_AGE}\"");
            check.note(Code::OutOfRange, "keys.announce_for", label, help);
        }
        Some(self.key_settings(algorithms, lifetimes))
    }

    /// As the key ring takes it; no algorithms means the needed ones.
    pub(super) fn key_settings(&self, algorithms: Vec<Alg>, lifetimes: &Policy) -> KeySettings {
        let longest = lifetimes.access_token_ttl.max(lifetimes.id_token_ttl);
        let day = Period::hours(24).duration();
        KeySettings {
            algorithms: if algorithms.is_empty() { NEEDED.to_vec() } else { algorithms },
            rsa_bits: usize::try_from(self.rsa_bits).unwrap_or(2048),
            announce_for: self.announce_for.duration(),
            // Beyond the last token, with room for leeway and for logout hints that come late.
            keep_retired_for: longest.saturating_add(Duration::from_hours(1)).max(day),
        }
    }

    fn algorithms(&self, check: &mut Check<'_>) -> Option<Vec<Alg>> {
        let path = "keys.algorithms";
        let mut found = Vec::new();
        let mut is_fine = true;
        for (index, name) in self.algorithms.iter().enumerate() {
            let place = check.place_of(path, index);
            match name.parse::<Alg>() {
                Ok(alg) if found.contains(&alg) => {
                    is_fine = false;
                    let label = text!("named twice", "重复了");
                    check.note_at(Code::AlgorithmsUnfit, place, label, text!("remove one of the two", "去掉其中一个"));
                }
                Ok(alg) => found.push(alg),
                Err(_) => {
                    is_fine = false;
                    let label = text!("not a known algorithm", "未知的算法");
                    let help =
                        text!("use RS256, PS256, ES256, ES384 or EdDSA", "可用：RS256、PS256、ES256、ES384、EdDSA");
                    check.note_at(Code::UnknownValue, place, label, help);
                }
            }
        }
        let missing = NEEDED.iter().find(|needed| !found.contains(needed)).filter(|_| is_fine);
        if let Some(needed) = missing {
            is_fine = false;
            let name = needed.as_str();
            let label = text!("{name} is missing", "缺少 {name}");
            let help = text!(
                "write algorithms = [\"RS256\", \"ES256\"], and add others behind",
                "请写成 algorithms = [\"RS256\", \"ES256\"]，其他算法加在后面"
            );
            check.note(Code::AlgorithmsUnfit, path, label, help);
        }
        is_fine.then_some(found)
    }
}
