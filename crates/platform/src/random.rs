//! Randomness for keys and secrets, identifiers, and codes that people read aloud.

use protocol::time::Timestamp;
use uuid::Builder;

/// Digits and letters that cannot be taken for one another: no 0/O, no 1/I/L, no U.
const READABLE: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";

/// `N` bytes from the cryptographic generator of the TLS and signature library.
///
/// # Panics
/// When the operating system cannot give randomness at all. There is no safe answer then: a predictable secret would
/// be worse than none.
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0_u8; N];
    #[allow(clippy::expect_used)] // see "Panics" above
    aws_lc_rs::rand::fill(&mut out).expect("the operating system gives randomness");
    out
}

/// A new identifier: UUIDv7 text, so that rows made one after another stand beside each other in the index.
///
/// Shape: 36 characters, lower case, with hyphens.
/// Source: RFC 9562 §5.7.
#[must_use]
pub fn new_id(now: Timestamp) -> String {
    Builder::from_unix_timestamp_millis(millis(now), &bytes()).into_uuid().hyphenated().to_string()
}

/// The 128 bits of a fresh UUIDv7.
pub(crate) fn ordered_bits(now: Timestamp) -> u128 {
    Builder::from_unix_timestamp_millis(millis(now), &bytes()).into_uuid().as_u128()
}

/// A reference of six characters that a person can read out over the telephone, such as `7K3MQ2`.
///
/// It names an event in the log (29 bits); it grants nothing.
#[must_use]
pub fn reference() -> String {
    readable(6)
}

/// A password made for a person: four groups of five, about 98 bits.
#[must_use]
pub fn password() -> String {
    let groups: Vec<String> = (0..4).map(|_| readable(5).to_ascii_lowercase()).collect();
    groups.join("-")
}

/// `length` characters of an alphabet of the caller's own, each equally likely; none where the alphabet is empty.
///
/// Shape: at most 256 characters of ASCII in `alphabet`.
#[must_use]
pub fn letters(alphabet: &[u8], length: usize) -> String {
    let mut out = String::with_capacity(length);
    // The largest multiple of the alphabet's length that a byte can hold; what lies beyond is drawn again.
    let fair = 256_usize.checked_rem(alphabet.len()).map_or(0, |rest| 256 - rest);
    while out.len() < length && fair > 0 {
        for byte in bytes::<16>() {
            let drawn = usize::from(byte);
            if drawn < fair
                && out.len() < length
                && let Some(letter) = alphabet.get(drawn % alphabet.len())
            {
                out.push(char::from(*letter));
            }
        }
    }
    out
}

/// The milliseconds of a UUIDv7; a time before 1970 counts as 1970.
fn millis(now: Timestamp) -> u64 {
    u64::try_from(now.as_millis()).unwrap_or(0)
}

/// `length` characters of [`READABLE`], each equally likely.
fn readable(length: usize) -> String {
    let mut out = String::with_capacity(length);
    while out.len() < length {
        for byte in bytes::<16>() {
            // Rejecting the two values beyond 30 keeps the distribution even.
            if let Some(letter) = READABLE.get(usize::from(byte & 31))
                && out.len() < length
            {
                out.push(char::from(*letter));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_version_seven_and_ordered_by_time() {
        let first = new_id(Timestamp::from_secs(1_000));
        let second = new_id(Timestamp::from_secs(1_001));
        assert!(first < second, "{first} < {second}");
        assert_eq!(first.len(), 36);
        assert_eq!(&first[14..15], "7");
    }

    #[test]
    fn id_of_a_time_before_1970_is_still_an_id() {
        assert_eq!(new_id(Timestamp::from_secs(-5)).len(), 36);
    }

    #[test]
    fn references_hold_no_look_alikes() {
        for _ in 0..500 {
            let text = reference();
            assert_eq!(text.len(), 6);
            assert!(text.bytes().all(|byte| READABLE.contains(&byte)), "{text}");
        }
    }

    #[test]
    fn passwords_differ_and_are_long() {
        let many: HashSet<String> = (0..200).map(|_| password()).collect();
        assert_eq!(many.len(), 200);
        assert!(many.iter().all(|one| one.len() == 23));
    }

    #[test]
    fn letters_come_from_the_alphabet_and_all_of_them_come() {
        let text = letters(b"BCD", 3_000);
        assert_eq!(text.len(), 3_000);
        for letter in ['B', 'C', 'D'] {
            let times = text.chars().filter(|one| *one == letter).count();
            assert!((800..1_200).contains(&times), "{letter}: {times}");
        }
        assert_eq!(letters(b"", 8), "");
    }

    #[test]
    fn bytes_are_not_all_zero() {
        assert_ne!(bytes::<32>(), [0_u8; 32]);
        assert_ne!(bytes::<32>(), bytes::<32>());
    }
}
