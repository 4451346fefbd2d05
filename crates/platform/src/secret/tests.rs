//! Tests of secrets.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

#[test]
fn generated_secret_is_recognised_and_no_other() {
    let one = StoredSecret::generate(Kind::Code, NOW);
    let other = StoredSecret::generate(Kind::Code, NOW);
    let presented = PresentedSecret::parse(Kind::Code, one.presented.expose()).unwrap();
    assert_eq!(presented.selector, one.selector);
    assert!(presented.matches(&one.digest));
    assert!(!presented.matches(&other.digest));
    assert!(!presented.matches(""));
}

#[test]
fn secret_of_one_kind_is_never_taken_for_another() {
    for made in Kind::ALL {
        let secret = StoredSecret::generate(made, NOW);
        for asked in Kind::ALL.into_iter().filter(|asked| *asked != made) {
            assert!(PresentedSecret::parse(asked, secret.presented.expose()).is_none());
            // Not even under a forged prefix: the kind is inside the digest.
            let forged = secret.presented.expose().replacen(made.prefix(), asked.prefix(), 1);
            let forged = PresentedSecret::parse(asked, &forged).unwrap();
            assert!(!forged.matches(&secret.digest), "{made:?} as {asked:?}");
        }
    }
}

#[test]
fn digests_of_kinds_are_disjoint_and_prefix_free() {
    for kind in Kind::ALL {
        for other in Kind::ALL.into_iter().filter(|other| *other != kind) {
            assert_ne!(digest(kind, "value"), digest(other, "value"));
            assert!(!kind.prefix().starts_with(other.prefix()), "{kind:?} and {other:?}");
        }
    }
}

#[test]
fn digest_is_sha256_of_kind_zero_and_value() {
    // printf 'code\0value' | openssl dgst -sha256 -binary | basenc --base64url
    assert_eq!(digest(Kind::Code, "value"), EXPECTED_DIGEST);
}

const EXPECTED_DIGEST: &str = "xWQTCFDW7LyFBuL9FnUwUvKtHE_-HHaov-K3IOH6tek";

#[test]
fn selectors_are_26_characters_and_ordered_by_time() {
    let mut before = String::new();
    for step in 0..50 {
        let now = NOW.plus(Duration::from_millis(step * 7));
        let selector = StoredSecret::generate(Kind::Session, now).selector;
        assert_eq!(selector.len(), 26);
        assert!(selector.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
        assert!(selector > before, "{selector} > {before}");
        before = selector;
    }
}

#[test]
fn malformed_presentations_are_refused() {
    let good = StoredSecret::generate(Kind::RefreshToken, NOW).presented.expose().to_owned();
    let (head, tail) = good.split_once('.').unwrap();
    let bad = [
        String::new(),
        "rt_".to_owned(),
        head.to_owned(),
        format!("{head}."),
        format!("{head}.{}", &tail[1..]),
        format!("{head}.{tail}a"),
        format!("{head}.{tail}="),
        format!("{head}.{}~", &tail[..42]),
        format!("{}.{tail}", &head[..head.len() - 1]),
        format!("{}.{tail}", head.to_uppercase()),
        format!(" {good}"),
        format!("{good}\0"),
        "rt_".to_owned() + &"a".repeat(1_000_000),
    ];
    for text in bad {
        assert!(PresentedSecret::parse(Kind::RefreshToken, &text).is_none(), "{text:.80}");
    }
    assert!(PresentedSecret::parse(Kind::RefreshToken, &good).is_some());
}

#[test]
fn secret_has_exactly_one_spelling() {
    let good = StoredSecret::generate(Kind::Code, NOW).presented.expose().to_owned();
    // The last character carries four bits and two that must be zero: the next letter has one of them set.
    let last = good.bytes().last().unwrap();
    let stray = char::from(match last {
        b'8' => b'9',
        b'0' => b'1',
        b'4' => b'5',
        other => other + 1,
    });
    let other = format!("{}{stray}", &good[..good.len() - 1]);
    assert!(PresentedSecret::parse(Kind::Code, &other).is_none(), "{good} {other}");
}

#[test]
fn debug_shows_no_secret() {
    let made = StoredSecret::generate(Kind::ClientSecret, NOW);
    let (_, secret) = made.presented.expose().split_once('.').unwrap();
    let shown = format!("{made:?} {:?}", made.presented);
    assert!(!shown.contains(secret), "{shown}");
    assert!(shown.contains("[redacted]"));
    assert_eq!(format!("{:?}", Secret::from("hunter2".to_owned())), "[redacted]");
}

proptest! {
    #[test]
    fn parsing_never_panics(text in ".{0,200}") {
        for kind in Kind::ALL {
            let _ = PresentedSecret::parse(kind, &text);
        }
    }

    #[test]
    fn different_values_have_different_digests(one in ".{0,64}", other in ".{0,64}") {
        let (left, right) = (digest(Kind::Code, &one), digest(Kind::Code, &other));
        prop_assert_eq!(digests_equal(&left, &right), one == other);
    }

    #[test]
    fn equality_of_digests_is_equality(one in "[a-z]{0,6}", other in "[a-z]{0,6}") {
        prop_assert_eq!(digests_equal(&one, &other), one == other);
    }

    #[test]
    fn every_moment_gives_a_well_formed_secret(millis in any::<i64>()) {
        let made = StoredSecret::generate(Kind::Browser, Timestamp::from_millis(millis));
        let parsed = PresentedSecret::parse(Kind::Browser, made.presented.expose());
        prop_assert!(parsed.is_some_and(|parsed| parsed.matches(&made.digest)));
    }
}
