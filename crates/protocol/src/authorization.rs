//! The `Authorization` header. RFC 9110 §11.4.

/// The credentials of one scheme: what follows its name and one or more spaces.
///
/// Shape: `None` for another scheme and for a scheme without credentials. The scheme's case does not matter (§11.1).
pub(crate) fn credentials<'a>(header: &'a str, scheme: &str) -> Option<&'a str> {
    let (name, rest) = header.split_once(' ')?;
    let credentials = rest.trim_start_matches(' ');
    (name.eq_ignore_ascii_case(scheme) && !credentials.is_empty()).then_some(credentials)
}
