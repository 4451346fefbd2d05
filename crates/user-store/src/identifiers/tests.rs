use proptest::prelude::*;

use super::*;

fn normalized(kind: IdentifierKind, input: &str) -> String {
    Identifier::parse(kind, input).unwrap().normalized
}

fn refused(kind: IdentifierKind, input: &str) -> IdentifierError {
    Identifier::parse(kind, input).unwrap_err()
}

#[test]
fn email_keeps_its_local_part_for_display_and_folds_it_for_uniqueness() {
    let address = Identifier::parse(IdentifierKind::Email, " Alice.B+tag@Example.COM ").unwrap();
    assert_eq!(address.display(), "Alice.B+tag@example.com");
    assert_eq!(address.normalized(), "alice.b+tag@example.com");
}

#[test]
fn email_domain_becomes_a_labels() {
    assert_eq!(normalized(IdentifierKind::Email, "a@例子.中国"), "a@xn--fsqu00a.xn--fiqs8s");
    assert_eq!(normalized(IdentifierKind::Email, "a@例子。中国"), "a@xn--fsqu00a.xn--fiqs8s");
    assert_eq!(normalized(IdentifierKind::Email, "ａ＠ＥＸＡＭＰＬＥ．com"), "a@example.com");
    assert_eq!(normalized(IdentifierKind::Email, "dev@localhost"), "dev@localhost");
}

#[test]
fn malformed_emails_are_refused() {
    use IdentifierError::{DomainMalformed, ForbiddenCharacter, LocalPartMalformed, TooLong};
    for (input, error) in [
        ("alice", LocalPartMalformed),
        ("@example.com", LocalPartMalformed),
        ("a..b@example.com", LocalPartMalformed),
        (".a@example.com", LocalPartMalformed),
        ("a@b@example.com", LocalPartMalformed),
        ("\"a b\"@example.com", LocalPartMalformed),
        ("a,b@example.com", LocalPartMalformed),
        ("Алиса@example.com", LocalPartMalformed),
        ("a@example", DomainMalformed),
        ("a@example.com.", DomainMalformed),
        ("a@-x.com", DomainMalformed),
        ("a@127.0.0.1", DomainMalformed),
        ("a@[::1]", DomainMalformed),
        ("a@ex%61mple.com", DomainMalformed),
        ("a@exa mple.com", DomainMalformed),
        ("a@", DomainMalformed),
        ("a\r\nBcc:b@example.com", ForbiddenCharacter),
        ("a\0@example.com", ForbiddenCharacter),
        ("a\u{200b}@example.com", ForbiddenCharacter),
    ] {
        assert_eq!(refused(IdentifierKind::Email, input), error, "{input:?}");
    }
    assert_eq!(refused(IdentifierKind::Email, &format!("{}@example.com", "a".repeat(65))), TooLong);
    let long = format!("{}@{}.com", "a".repeat(60), ["b".repeat(60), "c".repeat(60), "d".repeat(70)].join("."));
    assert_eq!(refused(IdentifierKind::Email, &long), DomainMalformed);
    let long = format!("{}@{}.com", "a".repeat(64), ["b".repeat(62), "c".repeat(62), "d".repeat(62)].join("."));
    assert_eq!(refused(IdentifierKind::Email, &long), TooLong);
}

#[test]
fn phones_become_e164() {
    for input in [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+86 138 0013 8000",
        "008613800138000",
        "１３８００１３８０００",
    ] {
        assert_eq!(normalized(IdentifierKind::Phone, input), "+8613800138000", "{input}");
    }
    assert_eq!(normalized(IdentifierKind::Phone, "+44 (20) 7946-0958"), "+442079460958");
    for input in [
        "12345",
        "02079460958",
        "+0123456789",
        "+1234567890123456",
        "+86abc13800138",
        "10000000000",
        "+",
        "++8613800138000",
    ] {
        assert_eq!(refused(IdentifierKind::Phone, input), IdentifierError::PhoneMalformed, "{input}");
    }
}

#[test]
fn usernames_fold_and_keep_their_display() {
    let name = Identifier::parse(IdentifierKind::Username, " Alice_W ").unwrap();
    assert_eq!((name.display(), name.normalized()), ("Alice_W", "alice_w"));
    assert_eq!(normalized(IdentifierKind::Username, "ＡＬＩＣＥ"), "alice");
    assert_eq!(normalized(IdentifierKind::Username, "张三"), "张三");
}

#[test]
fn malformed_usernames_are_refused() {
    use IdentifierError::{Empty, ForbiddenCharacter, NoLetter, TooLong, Untidy};
    for (input, error) in [
        ("", Empty),
        ("   \u{3000}", Empty),
        ("alice@example.com", ForbiddenCharacter),
        ("al ice", ForbiddenCharacter),
        ("al\u{202e}ice", ForbiddenCharacter),
        ("al\u{200d}ice", ForbiddenCharacter),
        ("al\u{3164}ice", ForbiddenCharacter),
        ("<script>", ForbiddenCharacter),
        ("13800138000", NoLetter),
        ("138-0013.8000", NoLetter),
        ("_alice", Untidy),
        ("alice.", Untidy),
        ("a\u{30d}\u{30d}\u{30d}b", Untidy),
    ] {
        assert_eq!(refused(IdentifierKind::Username, input), error, "{input:?}");
    }
    assert_eq!(refused(IdentifierKind::Username, &"a".repeat(65)), TooLong);
    assert_eq!(refused(IdentifierKind::Username, &"a".repeat(100_000)), TooLong);
    // One character that composes to eighteen.
    assert_eq!(refused(IdentifierKind::Username, &"\u{fdfa}".repeat(100)), TooLong);
}

#[test]
fn a_login_means_at_most_one_kind() {
    for (login, kind) in [
        ("alice", IdentifierKind::Username),
        ("alice@example.com", IdentifierKind::Email),
        ("13800138000", IdentifierKind::Phone),
        ("+4420 7946 0958", IdentifierKind::Phone),
    ] {
        let kinds: Vec<_> = Identifier::candidates(login).iter().map(Identifier::kind).collect();
        assert_eq!(kinds, [kind], "{login}");
    }
    assert!(Identifier::candidates("").is_empty());
    assert!(Identifier::candidates("' OR 1=1 --").is_empty());
}

proptest! {
    #[test]
    fn normalising_is_idempotent(input in any::<String>()) {
        for identifier in Identifier::candidates(&input) {
            let again = Identifier::parse(identifier.kind(), identifier.normalized()).unwrap();
            prop_assert_eq!(again.normalized(), identifier.normalized());
            let shown = Identifier::parse(identifier.kind(), identifier.display()).unwrap();
            prop_assert_eq!(shown.normalized(), identifier.normalized());
        }
    }

    #[test]
    fn usernames_of_any_script_are_idempotent(input in "[\\p{L}\\p{M}\\p{N}._-]{1,40}") {
        if let Ok(name) = Identifier::parse(IdentifierKind::Username, &input) {
            let again = Identifier::parse(IdentifierKind::Username, name.normalized()).unwrap();
            prop_assert_eq!(again.normalized(), name.normalized());
        }
    }

    #[test]
    fn emails_are_idempotent(input in "[a-zA-Z0-9.+_-]{1,20}@[a-zA-Z0-9é中.-]{1,20}\\.(com|中国)") {
        if let Ok(address) = Identifier::parse(IdentifierKind::Email, &input) {
            let again = Identifier::parse(IdentifierKind::Email, address.display()).unwrap();
            prop_assert_eq!(&again, &address);
        }
    }

    #[test]
    fn kinds_exclude_each_other(input in any::<String>()) {
        prop_assert!(Identifier::candidates(&input).len() <= 1);
    }
}
