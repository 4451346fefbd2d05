//! Tests of sealing.

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

#[test]
fn sealed_value_opens_for_its_own_row_only() {
    let key = MasterKey::generate();
    let sealed = key.seal("signing_key/k1", b"private");
    assert_eq!(key.open("signing_key/k1", &sealed).unwrap().as_slice(), b"private");
    assert_eq!(key.open("signing_key/k2", &sealed).unwrap_err(), SealError::DoesNotOpen);
    assert_eq!(key.open("", &sealed).unwrap_err(), SealError::DoesNotOpen);
}

#[test]
fn sealed_value_does_not_open_under_another_key() {
    let sealed = MasterKey::generate().seal("row", b"private");
    assert_eq!(MasterKey::generate().open("row", &sealed).unwrap_err(), SealError::DoesNotOpen);
}

#[test]
fn sealing_twice_gives_different_texts() {
    let key = MasterKey::generate();
    assert_ne!(key.seal("row", b"same"), key.seal("row", b"same"));
}

#[test]
fn texts_of_no_known_format_are_malformed() {
    let key = MasterKey::generate();
    for text in ["", "v1.", "v1.AAAA", "v1.***", "v2.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "plain"] {
        assert_eq!(key.open("row", text).unwrap_err(), SealError::Malformed, "{text}");
    }
}

#[test]
fn presented_secret_opens_what_it_sealed() {
    let sealed = SealingKey::from_presented("rt_1.secret", "reply").seal("row", b"the reply");
    let open = |presented, purpose| SealingKey::from_presented(presented, purpose).open("row", &sealed);
    assert_eq!(open("rt_1.secret", "reply").unwrap().as_slice(), b"the reply");
    assert!(open("rt_1.secreT", "reply").is_err());
    assert!(open("rt_1.secret", "other").is_err());
}

#[test]
fn derived_keys_differ_by_purpose_and_by_master() {
    let (one, other) = (MasterKey::generate(), MasterKey::generate());
    let tag = one.derive("csrf").sign(b"message");
    assert!(one.derive("csrf").verify(b"message", &tag));
    assert!(!one.derive("codes").verify(b"message", &tag));
    assert!(!other.derive("csrf").verify(b"message", &tag));
    assert!(!one.derive("csrf").verify(b"messagE", &tag));
    assert!(!one.derive("csrf").verify(b"message", &tag[..31]));
    assert!(!one.derive("csrf").verify(b"message", b""));
}

#[test]
fn key_survives_its_file() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("master.key");
    let made = MasterKey::generate_to_file(&path).unwrap();
    let sealed = made.seal("row", b"private");
    let read = MasterKey::from_file(&path).unwrap();
    assert_eq!(read.open("row", &sealed).unwrap().as_slice(), b"private");
}

#[test]
fn key_is_read_from_its_text() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("master.key");
    let sealed = MasterKey::generate_to_file(&path).unwrap().seal("row", b"private");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(MasterKey::from_text(&format!("  {text}\n")).unwrap().open("row", &sealed).is_ok());
    for bad in ["", "令牌", &text[1..], &text.repeat(2)] {
        assert!(MasterKey::from_text(bad).is_none(), "{bad}");
    }
}

#[cfg(unix)]
#[test]
fn key_file_belongs_to_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("master.key");
    MasterKey::generate_to_file(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn key_file_is_never_overwritten() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("master.key");
    MasterKey::generate_to_file(&path).unwrap();
    let before = std::fs::read(&path).unwrap();
    let second = MasterKey::generate_to_file(&path);
    assert!(matches!(second, Err(KeyFileError::Exists { .. })), "{second:?}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn files_that_hold_no_key_are_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("master.key");
    for text in ["", "short", "not base64url ****", &"A".repeat(42), &"A".repeat(44), &"A".repeat(5000)] {
        std::fs::write(&path, text).unwrap();
        let read = MasterKey::from_file(&path);
        assert!(matches!(read, Err(KeyFileError::Malformed { .. })), "{text:.50} {read:?}");
    }
    std::fs::write(&path, [0xff, 0xfe]).unwrap();
    assert!(matches!(MasterKey::from_file(&path), Err(KeyFileError::Malformed { .. })));
    let missing = MasterKey::from_file(folder.path().join("missing"));
    assert!(matches!(missing, Err(KeyFileError::Unreadable { .. })));
}

#[test]
fn debug_shows_no_key() {
    let key = MasterKey::generate();
    assert_eq!(format!("{key:?}"), "MasterKey([redacted])");
    assert_eq!(format!("{:?}", key.derive("x")), "HmacKey([redacted])");
    assert_eq!(format!("{:?}", SealingKey::from_presented("x", "y")), "SealingKey([redacted])");
}

proptest! {
    #[test]
    fn whatever_is_sealed_comes_back(aad in ".{0,40}", plain in proptest::collection::vec(any::<u8>(), 0..300)) {
        let key = MasterKey::generate();
        prop_assert_eq!(key.open(&aad, &key.seal(&aad, &plain)).unwrap().to_vec(), plain);
    }

    #[test]
    fn any_changed_character_is_noticed(position in 3_usize..60, letter in "[A-Za-z0-9_-]") {
        let key = MasterKey::generate();
        let sealed = key.seal("row", b"sixteen bytes...");
        let mut changed = sealed.clone();
        changed.replace_range(position..=position, &letter);
        prop_assume!(changed != sealed);
        prop_assert!(key.open("row", &changed).is_err());
    }

    #[test]
    fn opening_never_panics(text in ".{0,120}") {
        let _ = MasterKey::generate().open("row", &format!("v1.{text}"));
    }
}
