//! Device authorization: the answer of its endpoint, and the code that a person types. RFC 8628 §3.2, §6.1.

use std::fmt;

use serde::Serialize;

/// The body of a successful answer of the device authorization endpoint. `Debug` hides both codes.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct DeviceAuthorizationResponse {
    /// What the device polls with.
    pub device_code: String,
    /// What the person types, in its written form.
    pub user_code: String,
    /// Where the person types it; short, because it is typed as well.
    pub verification_uri: String,
    /// The same with the code in it, for a QR code or a link. RFC 8628 §3.3.1.
    pub verification_uri_complete: String,
    /// Life of both codes in seconds.
    pub expires_in: u64,
    /// The least pause between two polls, in seconds.
    pub interval: u64,
}

impl fmt::Debug for DeviceAuthorizationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceAuthorizationResponse")
            .field("verification_uri", &self.verification_uri)
            .field("expires_in", &self.expires_in)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}

/// A user code: eight of twenty consonants, 34.5 bits.
///
/// Shape: written `WDJB-MJHT`. Without vowels no word comes of it, and without digits nothing can be taken for a letter.
/// It is typed by people, so it is short, so it is a secret that can be guessed: whoever asks for it counts the tries.
/// Source: RFC 8628 §6.1, §5.1.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    /// The letters, each equally likely.
    pub const LETTERS: &'static [u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
    /// How many letters a code has.
    pub const LENGTH: usize = 8;

    /// Reads a code as people type it: in either case, in full or half width, with or without hyphens and spaces.
    ///
    /// RFC 8628 §6.1: the server should ignore case and punctuation. Anything else, of any length, is none.
    pub fn parse(typed: &str) -> Option<Self> {
        // What follows the longest sensible spelling is not looked at.
        if typed.len() > 64 {
            return None;
        }
        let mut letters = String::with_capacity(Self::LENGTH);
        for character in typed.chars().filter(|character| !is_punctuation(*character)) {
            let letter = half_width(character).to_ascii_uppercase();
            let is_ours = u8::try_from(letter).is_ok_and(|byte| Self::LETTERS.contains(&byte));
            if !is_ours || letters.len() == Self::LENGTH {
                return None;
            }
            letters.push(letter);
        }
        (letters.len() == Self::LENGTH).then_some(Self(letters))
    }

    /// The letters alone, for a digest or a query.
    pub fn letters(&self) -> &str {
        &self.0
    }

    /// The written form, in two halves.
    pub fn written(&self) -> String {
        let (head, tail) = self.0.split_at(Self::LENGTH / 2);
        format!("{head}-{tail}")
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode([redacted])")
    }
}

/// Spaces, hyphens and the dashes that keyboards make of them.
fn is_punctuation(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '-' | '_' | '.' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FF0D}' | '\u{30FC}')
}

/// The letter that a Chinese input method meant.
fn half_width(character: char) -> char {
    match character {
        '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' => {
            char::from_u32(u32::from(character) - 0xFEE0).unwrap_or(character)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        for typed in ["WDJB-MJHT", "wdjbmjht", " WDJB MJHT ", "w d j b - m j h t", "ＷＤＪＢ－ｍｊｈｔ", "WDJB–MJHT"]
        {
            let code = UserCode::parse(typed).unwrap_or_else(|| panic!("{typed}"));
            assert_eq!((code.letters(), code.written().as_str()), ("WDJBMJHT", "WDJB-MJHT"));
        }
    }

    #[test]
    fn anything_else_is_no_code() {
        let long = "W".repeat(10_000);
        for typed in ["", "WDJB-MJH", "WDJB-MJHTT", "WDJB-MJHA", "WDJB-MJH1", "WDJB/MJHT", "WDJB\0MJHT", "令牌", &long]
        {
            assert_eq!(UserCode::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn the_letters_hold_no_vowel_and_enough_bits() {
        assert!(UserCode::LETTERS.iter().all(|letter| !b"AEIOUY".contains(letter)));
        let length = i32::try_from(UserCode::LENGTH).unwrap();
        assert!(f64::from(u8::try_from(UserCode::LETTERS.len()).unwrap()).powi(length).log2() >= 34.0);
    }

    #[test]
    fn members_stand_in_the_order_of_the_rfc_and_debug_hides_the_codes() {
        let response = DeviceAuthorizationResponse {
            device_code: "dc-1".to_owned(),
            user_code: "WDJB-MJHT".to_owned(),
            verification_uri: "https://as.example/device".to_owned(),
            verification_uri_complete: "https://as.example/device?user_code=WDJB-MJHT".to_owned(),
            expires_in: 600,
            interval: 5,
        };
        assert_eq!(
            serde_json::to_string(&response).unwrap(),
            r#"{"device_code":"dc-1","user_code":"WDJB-MJHT","verification_uri":"https://as.example/device","verification_uri_complete":"https://as.example/device?user_code=WDJB-MJHT","expires_in":600,"interval":5}"#
        );
        let shown = format!("{response:?} {:?}", UserCode::parse("WDJB-MJHT"));
        assert!(!shown.contains("dc-1") && !shown.contains("WDJB"), "{shown}");
    }
}
