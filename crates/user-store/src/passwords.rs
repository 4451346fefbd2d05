//! Which passwords are good enough.
//!
//! Length, a list of what everybody uses, and what an attacker knows of this user; no rules about kinds of characters
//! and no expiry. Source: NIST SP 800-63B-4 §3.1.1.2.

use std::fmt;

use platform::secret::Secret;
use protocol::StandardClaims;
use zeroize::Zeroizing;

use crate::common_passwords;
use crate::identifiers::{Identifier, IdentifierKind};
use crate::text;

/// More bytes than any password of 128 code points has before normalisation; longer input is never looked at, so that
/// nobody makes us normalise or hash megabytes.
const MAX_PRESENTED_BYTES: usize = 4096;
/// Shorter parts of a name are found in good passwords by chance.
const MIN_PART_CHARS: usize = 4;
/// The same for names in scripts where one character is a syllable.
const MIN_WIDE_PART_CHARS: usize = 2;
/// The end of a phone number that is worth refusing: people leave the country code out.
const PHONE_TAIL_DIGITS: usize = 8;

/// How long a password must and may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Fewest code points after NFKC. Default 8.
    pub min_length: usize,
    /// Most code points after NFKC. Default 128.
    pub max_length: usize,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self { min_length: 8, max_length: 128 }
    }
}

/// Why a password is not good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordWeakness {
    /// On the list of passwords that everybody tries first, or a plain sequence.
    #[error("the password is one that many people use")]
    Common,
    /// Holds a part of the user's name, address or number.
    #[error("the password contains a part of the user's name, address or number")]
    ContainsIdentifier,
    /// Holds a control character, which keyboards cannot produce everywhere.
    #[error("the password contains a control character")]
    ControlCharacter,
    /// More code points than allowed.
    #[error("the password is longer than {max} characters")]
    TooLong {
        /// The most that are allowed.
        max: usize,
    },
    /// Fewer code points than demanded.
    #[error("the password is shorter than {min} characters")]
    TooShort {
        /// The fewest that are allowed.
        min: usize,
    },
}

impl PasswordPolicy {
    /// Judges a new password against what is known of its user.
    ///
    /// Units: code points after NFKC. Nothing is trimmed: spaces at the ends are part of the password.
    pub fn check(&self, password: &Secret, context: &PasswordContext) -> Result<(), PasswordWeakness> {
        let Some(composed) = Presented::new(password).into_text() else {
            return Err(match password.expose().len() {
                0 => PasswordWeakness::TooShort { min: self.min_length },
                _ => PasswordWeakness::TooLong { max: self.max_length },
            });
        };
        let length = composed.chars().count();
        if length < self.min_length {
            return Err(PasswordWeakness::TooShort { min: self.min_length });
        }
        if length > self.max_length {
            return Err(PasswordWeakness::TooLong { max: self.max_length });
        }
        if composed.chars().any(char::is_control) {
            return Err(PasswordWeakness::ControlCharacter);
        }
        let folded = Zeroizing::new(text::fold(&composed));
        if common_passwords::contains(&folded) {
            return Err(PasswordWeakness::Common);
        }
        if context.parts.iter().any(|part| folded.contains(part.as_str())) {
            return Err(PasswordWeakness::ContainsIdentifier);
        }
        Ok(())
    }
}

/// What an attacker who knows the user tries first: the parts of names, addresses and numbers, folded.
#[derive(Clone, Debug, Default)]
pub struct PasswordContext {
    parts: Vec<String>,
}

impl PasswordContext {
    /// Collects the parts of a user's identifiers and names.
    pub fn new<'a>(identifiers: impl IntoIterator<Item = &'a Identifier>, claims: &StandardClaims) -> Self {
        let mut context = Self::default();
        for identifier in identifiers {
            context.add_identifier(identifier.kind(), identifier.normalized());
        }
        let names = [&claims.name, &claims.given_name, &claims.family_name, &claims.middle_name, &claims.nickname];
        for name in names.into_iter().flatten() {
            context.add_words(name);
        }
        context
    }

    /// Adds an identifier in its normalised spelling.
    pub(crate) fn add_identifier(&mut self, kind: IdentifierKind, normalized: &str) {
        match kind {
            IdentifierKind::Email => {
                let (local, domain) = normalized.split_once('@').unwrap_or((normalized, ""));
                self.add_words(local);
                // The top-level domain is in many words; what stands before it is the user's firm or provider.
                self.add_words(domain.rsplit_once('.').map_or(domain, |(name, _)| name));
            }
            IdentifierKind::Phone => {
                let tail = normalized.len().saturating_sub(PHONE_TAIL_DIGITS);
                self.parts.extend(normalized.get(tail..).map(ToOwned::to_owned));
            }
            IdentifierKind::Username => self.add_words(normalized),
        }
    }

    fn add_words(&mut self, words: &str) {
        let folded = text::fold(words);
        let is_telling =
            |part: &str| part.chars().count() >= if part.is_ascii() { MIN_PART_CHARS } else { MIN_WIDE_PART_CHARS };
        let parts = folded.split(|letter: char| !letter.is_alphanumeric()).chain([folded.as_str()]);
        self.parts.extend(parts.filter(|part| is_telling(part)).map(ToOwned::to_owned));
    }
}

/// A password as it goes into the hash: NFKC, so that the same keys on another keyboard give the same bytes.
pub(crate) enum Presented {
    /// Empty or longer than any password can be: matches nothing, at the same cost.
    Impossible,
    /// A password that may be right.
    Possible(Zeroizing<String>),
}

impl Presented {
    /// Normalises, after a look at the size alone.
    pub(crate) fn new(password: &Secret) -> Self {
        let raw = password.expose();
        if raw.is_empty() || raw.len() > MAX_PRESENTED_BYTES {
            return Self::Impossible;
        }
        Self::Possible(Zeroizing::new(text::compose(raw)))
    }

    /// The text, where there is one.
    pub(crate) fn into_text(self) -> Option<Zeroizing<String>> {
        match self {
            Self::Impossible => None,
            Self::Possible(text) => Some(text),
        }
    }
}

impl fmt::Debug for Presented {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn judge(password: &str, context: &PasswordContext) -> Result<(), PasswordWeakness> {
        PasswordPolicy::default().check(&Secret::new(password.to_owned()), context)
    }

    fn context() -> PasswordContext {
        let parse = |kind, text| Identifier::parse(kind, text).unwrap();
        let identifiers = [
            parse(IdentifierKind::Username, "wanderer"),
            parse(IdentifierKind::Email, "lin.xiaomei@orchidworks.cn"),
            parse(IdentifierKind::Phone, "13812345098"),
        ];
        let claims = StandardClaims {
            name: Some("林小梅".into()),
            family_name: Some("Lin".into()),
            ..StandardClaims::default()
        };
        PasswordContext::new(&identifiers, &claims)
    }

    #[test]
    fn length_counts_code_points_after_nfkc() {
        let none = PasswordContext::default();
        assert_eq!(judge("kq7vz2m", &none), Err(PasswordWeakness::TooShort { min: 8 }));
        assert_eq!(judge("kq7vz2mx", &none), Ok(()));
        assert_eq!(judge("", &none), Err(PasswordWeakness::TooShort { min: 8 }));
        // Fourteen code points as typed, seven after composition.
        assert_eq!(judge(&"e\u{301}".repeat(7), &none), Err(PasswordWeakness::TooShort { min: 8 }));
        assert_eq!(judge("窗前明月光疑是地上霜", &none), Ok(()));
        let long: String = (0..128).filter_map(|n| char::from_u32(33 + n * 37 % 90)).collect();
        assert_eq!(judge(&long, &none), Ok(()));
        assert_eq!(judge(&format!("{long}x"), &none), Err(PasswordWeakness::TooLong { max: 128 }));
        assert_eq!(judge(&"x".repeat(10_000_000), &none), Err(PasswordWeakness::TooLong { max: 128 }));
    }

    #[test]
    fn spaces_and_every_script_are_welcome_but_controls_are_not() {
        let none = PasswordContext::default();
        assert_eq!(judge("  violet otter  ", &none), Ok(()));
        assert_eq!(judge("лиловая выдра", &none), Ok(()));
        assert_eq!(judge("violet\0otter", &none), Err(PasswordWeakness::ControlCharacter));
        assert_eq!(judge("violet\u{7f}otter", &none), Err(PasswordWeakness::ControlCharacter));
    }

    #[test]
    fn common_passwords_are_refused_in_any_case_and_width() {
        let none = PasswordContext::default();
        for common in [
            "password",
            "PassWord1",
            "ｐａｓｓｗｏｒｄ",
            "woaini1314",
            "Woaini520",
            "一二三四五六七八",
            "5201314520",
            "qwertyuiop",
        ] {
            assert_eq!(judge(common, &none), Err(PasswordWeakness::Common), "{common}");
        }
    }

    #[test]
    fn parts_of_the_user_are_refused() {
        for telling in [
            "my-Wanderer-77",
            "xiaomei-9981",
            "orchidworks!!x",
            "xx12345098yy",
            "小梅林小梅林小梅林x",
            "LIN.XIAOMEI.zz",
        ] {
            assert_eq!(judge(telling, &context()), Err(PasswordWeakness::ContainsIdentifier), "{telling}");
        }
        // "lin" alone is too short to tell anything, and the top-level domain is in half of all words.
        assert_eq!(judge("violin cnoidal", &context()), Ok(()));
    }

    #[test]
    fn debug_shows_nothing() {
        let presented = Presented::new(&Secret::new("violet otter".into()));
        assert_eq!(format!("{presented:?}"), "[redacted]");
    }

    proptest! {
        #[test]
        fn no_input_panics(password in any::<String>(), name in any::<String>()) {
            let claims = StandardClaims { name: Some(name), ..StandardClaims::default() };
            let _ = judge(&password, &PasswordContext::new([], &claims));
        }
    }
}
