//! Unicode as identifiers and passwords need it: one spelling per text, nothing that cannot be seen.

use unicode_normalization::UnicodeNormalization;

/// Rounds until folding and composing agree; two suffice for every character of Unicode 16, the rest is margin.
const FOLD_ROUNDS: usize = 6;

/// NFKC: full-width letters, ligatures and decomposed accents get their one common spelling.
///
/// Source: Unicode Standard Annex #15.
pub(crate) fn compose(text: &str) -> String {
    text.nfkc().collect()
}

/// NFKC with case folded away: two texts that a person takes for the same name in another case are equal.
///
/// Upper-casing before lower-casing folds what lower-casing alone leaves apart (`ß` and `SS`, final and inner sigma).
/// Idempotent: folding a folded text changes nothing.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = compose(text);
    for _ in 0..FOLD_ROUNDS {
        let next: String = folded.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect();
        if next == folded {
            break;
        }
        folded = next;
    }
    folded
}

/// Whether a character has no place in a name: a control, something invisible, or something that turns the direction
/// of its neighbours, by which two names that look the same could differ.
///
/// Source: Unicode Technical Standard #39 §3.1 (default-ignorable code points are restricted), Unicode Technical
/// Report #36 §2.
pub(crate) fn is_forbidden(character: char) -> bool {
    let is_ignorable = matches!(character,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffd}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}');
    let is_private = matches!(character,
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}');
    // The last two code points of every plane, and 32 in the first, will never be characters.
    let code = u32::from(character);
    let is_noncharacter = code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code);
    character.is_control() || is_ignorable || is_private || is_noncharacter
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_and_width_fold_away() {
        assert_eq!(fold("ＡＬＩＣＥ"), "alice");
        assert_eq!(fold("Straße"), fold("STRASSE"));
        assert_eq!(fold("ΣΊΣΥΦΟΣ"), fold("σίσυφος"));
        assert_eq!(fold("e\u{301}"), "é");
        assert_eq!(fold("张三"), "张三");
    }

    #[test]
    fn every_character_folds_to_a_fixed_point() {
        for character in '\0'..=char::MAX {
            let once = fold(character.encode_utf8(&mut [0; 4]));
            assert_eq!(fold(&once), once, "{character:?}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_forbidden() {
        for character in
            ['\0', '\n', '\u{7f}', '\u{85}', '\u{200b}', '\u{202e}', '\u{2066}', '\u{feff}', '\u{e000}', '\u{ffff}']
        {
            assert!(is_forbidden(character), "{character:?}");
        }
        assert!(!"Ａé张０😀 -_.".chars().any(is_forbidden));
    }

    proptest! {
        #[test]
        fn folding_is_idempotent(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
