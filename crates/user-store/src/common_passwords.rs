//! The passwords that everybody tries first.

use std::collections::HashSet;
use std::sync::LazyLock;

/// One folded password a line, sorted; entries of fewer than eight characters stand for themselves with a few digits
/// around them.
const LIST: &str = include_str!("common_passwords.txt");
/// Digits and punctuation around a listed word that make it no better.
const MAX_DRESSING_CHARS: usize = 4;
/// Shorter stems occur in good passwords too.
const MIN_STEM_CHARS: usize = 4;
/// The longest unit whose repetition is as good as the unit.
const MAX_UNIT_CHARS: usize = 4;

static WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| LIST.lines().collect());

/// Whether a folded password is common: listed, listed with a few digits around it, a plain sequence such as
/// `87654321`, or a short unit repeated.
pub(crate) fn contains(folded: &str) -> bool {
    WORDS.contains(folded) || is_dressed_up(folded) || is_sequence(folded) || is_repetition(folded)
}

fn is_dressed_up(folded: &str) -> bool {
    let is_dressing = |letter: char| letter.is_ascii_digit() || letter.is_ascii_punctuation() || letter == ' ';
    let stem = folded.trim_matches(is_dressing);
    let dressing = folded.chars().count().saturating_sub(stem.chars().count());
    let is_stem = stem.chars().count() >= if stem.is_ascii() { MIN_STEM_CHARS } else { 2 };
    is_stem && (1..=MAX_DRESSING_CHARS).contains(&dressing) && WORDS.contains(stem)
}

fn is_sequence(folded: &str) -> bool {
    let steps: HashSet<i64> = folded
        .chars()
        .zip(folded.chars().skip(1))
        .map(|(left, right)| match (left, right) {
            // The row of digits on a keyboard goes on from nine to zero.
            ('9', '0') => 1,
            ('0', '9') => -1,
            (left, right) => i64::from(u32::from(right)) - i64::from(u32::from(left)),
        })
        .collect();
    steps.len() == 1 && steps.iter().all(|step| (-1..=1).contains(step))
}

fn is_repetition(folded: &str) -> bool {
    let letters: Vec<char> = folded.chars().collect();
    (1..=MAX_UNIT_CHARS.min(letters.len() / 2))
        .any(|unit| letters.iter().zip(letters.iter().skip(unit)).all(|(letter, next)| letter == next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    #[test]
    fn list_is_long_sorted_folded_and_unique() {
        let lines: Vec<&str> = LIST.lines().collect();
        assert!(lines.len() >= 300, "{}", lines.len());
        assert!(lines.is_sorted_by(|left, right| left < right), "sorted and unique");
        for line in lines {
            assert_eq!(text::fold(line), line);
            assert!(!line.trim().is_empty() && line.trim() == line, "{line:?}");
        }
    }

    #[test]
    fn list_knows_chinese_and_pinyin() {
        for common in ["我爱你", "密码", "woaini", "5201314", "zhangwei", "wodemima"] {
            assert!(WORDS.contains(common), "{common}");
        }
    }

    #[test]
    fn dressing_sequences_and_repetitions_are_seen_through() {
        for common in [
            "monkey2024",
            "123monkey!",
            "12345678",
            "9876543210",
            "34567890",
            "abcdefgh",
            "aaaaaaaa",
            "abcabcabc",
            "12121212",
            "密码1234",
        ] {
            assert!(contains(common), "{common}");
        }
        for fine in ["monkey-83920175", "correct horse battery", "kq7vz2mx", "abcdefgz", "窗前明月光疑是地上霜"]
        {
            assert!(!contains(fine), "{fine}");
        }
    }
}
