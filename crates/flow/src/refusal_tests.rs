//! What must hold for every refusal.

use super::*;

#[test]
fn descriptions_are_plain_ascii_without_quotes_or_backslashes() {
    for refusal in Refusal::ALL {
        let text = refusal.description();
        assert!(text.len() <= 200, "{refusal:?}");
        // RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E.
        assert!(text.bytes().all(|b| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)), "{refusal:?}");
    }
}

#[test]
fn a_thief_learns_nothing_from_the_description() {
    for refusal in [Refusal::CodeForeign, Refusal::CodeReplayed, Refusal::CodeExpired] {
        assert_eq!(refusal.description(), Refusal::CodeUnknown.description());
    }
    for refusal in [Refusal::RefreshForeign, Refusal::RefreshReused, Refusal::FamilyRevoked] {
        assert_eq!(refusal.description(), Refusal::RefreshUnknown.description());
    }
    for refusal in
        [Refusal::ClientAssertionRejected, Refusal::ClientAssertionReplayed, Refusal::ClientAuthMethodMismatch]
    {
        assert_eq!(refusal.description(), Refusal::ClientRejected.description());
    }
    for refusal in [Refusal::DeviceCodeForeign, Refusal::DeviceCodeReplayed] {
        assert_eq!(refusal.description(), Refusal::DeviceCodeUnknown.description());
    }
}

#[test]
fn only_authentication_failures_answer_401() {
    for refusal in Refusal::ALL {
        let expects_401 = matches!(refusal.code(), ErrorCode::InvalidClient | ErrorCode::InvalidToken);
        assert_eq!(refusal.status() == 401, expects_401, "{refusal:?}");
    }
}
