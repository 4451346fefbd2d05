//! Percent encoding. RFC 3986 §2.1, and RFC 6749 appendix B for forms.

/// Encodes a text for a query or form: all but unreserved characters as `%XX`.
///
/// A space becomes `%20`, which form and URI decoders both read as a space.
pub fn encode(text: &str) -> String {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_unreserved(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend(HEX.get(usize::from(byte >> 4)));
            out.extend(HEX.get(usize::from(byte & 0xF)));
        }
    }
    out
}

/// Decodes the bytes of one name or value of a form: `+` is a space, `%XX` a byte.
///
/// Shape: `None` when `%` stands without two hexadecimal digits.
pub(crate) fn decode_form(raw: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter().copied();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            other => other,
        });
    }
    Some(out)
}

/// Whether every `%` of a URI begins an escape of two hexadecimal digits.
pub(crate) fn is_well_formed(uri: &str) -> bool {
    uri.split('%').skip(1).all(|after| {
        let mut digits = after.bytes();
        digits.next().and_then(hex_digit).is_some() && digits.next().and_then(hex_digit).is_some()
    })
}

/// `ALPHA / DIGIT / "-" / "." / "_" / "~"`.
pub(crate) const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn broken_escapes_are_refused() {
        for raw in ["%", "%1", "%zz", "%1g", "a%", "%%41", "%+1"] {
            assert_eq!(decode_form(raw.as_bytes()), None, "{raw}");
            assert!(!is_well_formed(raw), "{raw}");
        }
    }

    #[test]
    fn escapes_decode_once() {
        assert_eq!(decode_form(b"a%2541+%20b").unwrap(), b"a%41  b");
    }

    proptest! {
        #[test]
        fn encoding_round_trips(text in any::<String>()) {
            let encoded = encode(&text);
            prop_assert!(encoded.bytes().all(|b| is_unreserved(b) || b == b'%'));
            prop_assert!(is_well_formed(&encoded));
            prop_assert_eq!(decode_form(encoded.as_bytes()).unwrap(), text.into_bytes());
        }

        #[test]
        fn decoding_never_panics(raw in any::<Vec<u8>>()) {
            let _ = decode_form(&raw);
        }
    }
}
