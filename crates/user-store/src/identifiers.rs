//! The names by which a user is known: user name, e-mail address, phone number.
//!
//! Every identifier is parsed into one normalised spelling, and the database holds that spelling unique. The three
//! kinds cannot be taken for one another: an e-mail address has an `@`, a user name has none and has a letter, a phone
//! number has neither; so nobody can register the phone number of somebody else as a user name.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::char::is_combining_mark;
use url::Host;

use crate::text;

/// More bytes than any identifier of legal length has; longer input is refused before it is looked at.
const MAX_INPUT_BYTES: usize = 1024;
/// Characters of a user name.
const MAX_USERNAME_CHARS: usize = 64;
/// Combining marks on one letter; more of them write over the neighbouring lines.
const MAX_MARKS_IN_A_ROW: usize = 2;
/// Characters of a local part. Source: RFC 5321 §4.5.3.1.1.
const MAX_LOCAL_CHARS: usize = 64;
/// Characters of an address: a path of 256 without its angle brackets. Source: RFC 5321 §4.5.3.1.3.
const MAX_EMAIL_CHARS: usize = 254;
/// Characters of a domain label. Source: RFC 1035 §2.3.4.
const MAX_LABEL_CHARS: usize = 63;
/// Digits of an international number, country code included. Source: ITU-T E.164 §6.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// The kinds of identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentifierKind {
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A name that the user chose.
    Username,
}

impl IdentifierKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Email, Self::Phone, Self::Username];

    /// The name in rows, commands and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Username => "username",
        }
    }
}

impl fmt::Display for IdentifierKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for IdentifierKind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or(UnknownKind)
    }
}

/// A name that is no kind of identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind of identifier")]
pub struct UnknownKind;

/// Why a text is no identifier of the kind that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// The part behind the `@` is no domain name.
    #[error("the domain of the address is malformed")]
    DomainMalformed,
    /// Nothing is left.
    #[error("the identifier is empty")]
    Empty,
    /// A control, an invisible character, or one that the kind does not allow.
    #[error("the identifier holds a character that is not allowed")]
    ForbiddenCharacter,
    /// The part before the `@` is no dot-string of RFC 5321 §4.1.2.
    #[error("the local part of the address is malformed")]
    LocalPartMalformed,
    /// A user name without a letter could be a phone number.
    #[error("a user name needs a letter")]
    NoLetter,
    /// Not a number in international form, nor a mainland Chinese mobile number.
    #[error("the phone number is malformed")]
    PhoneMalformed,
    /// Longer than the kind allows.
    #[error("the identifier is too long")]
    TooLong,
    /// A user name begins or ends with punctuation, or stacks marks.
    #[error("a user name begins and ends with a letter or a digit")]
    Untidy,
}

/// A well-formed identifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identifier {
    kind: IdentifierKind,
    normalized: String,
    display: String,
}

impl Identifier {
    /// Parses an identifier of one kind; white space around it is dropped.
    ///
    /// Shape, after NFKC:
    /// * e-mail: an ASCII dot-string of at most 64 characters, `@`, a domain name of two labels or more (or
    ///   `localhost`), stored as lower-case A-labels. The local part is shown and written to as given; two addresses
    ///   that differ in nothing but its case are the same identifier. Dots and plus tags count.
    /// * phone: E.164 with `+` or `00`; eleven digits that begin with 13 to 19 are a mainland Chinese mobile number
    ///   (+86).
    /// * user name: 1 to 64 letters, digits, marks and `.`, `_`, `-`; a letter among them, no punctuation at the ends.
    ///
    /// Source: RFC 5321 §4.1.2, RFC 5890, ITU-T E.164, Unicode Technical Standard #39.
    pub fn parse(kind: IdentifierKind, input: &str) -> Result<Self, IdentifierError> {
        if input.len() > MAX_INPUT_BYTES {
            return Err(IdentifierError::TooLong);
        }
        let composed = text::compose(input);
        let trimmed = composed.trim();
        if trimmed.is_empty() {
            return Err(IdentifierError::Empty);
        }
        if trimmed.chars().any(text::is_forbidden) {
            return Err(IdentifierError::ForbiddenCharacter);
        }
        match kind {
            IdentifierKind::Email => email(trimmed),
            IdentifierKind::Phone => phone(trimmed),
            IdentifierKind::Username => username(trimmed),
        }
    }

    /// What a login field may mean: one identifier for every kind that the text is well-formed for.
    ///
    /// The kinds exclude each other, so this is at most one; a text that is none of them names nobody.
    pub fn candidates(login: &str) -> Vec<Self> {
        IdentifierKind::ALL.into_iter().filter_map(|kind| Self::parse(kind, login).ok()).collect()
    }

    /// Its kind.
    pub fn kind(&self) -> IdentifierKind {
        self.kind
    }

    /// The spelling that is unique.
    pub fn normalized(&self) -> &str {
        &self.normalized
    }

    /// The spelling that people see and that mail is sent to.
    pub fn display(&self) -> &str {
        &self.display
    }
}

fn email(composed: &str) -> Result<Identifier, IdentifierError> {
    let (local, domain) = composed.rsplit_once('@').ok_or(IdentifierError::LocalPartMalformed)?;
    if local.len() > MAX_LOCAL_CHARS {
        return Err(IdentifierError::TooLong);
    }
    if local.split('.').any(|atom| atom.is_empty() || !atom.bytes().all(is_atext)) {
        return Err(IdentifierError::LocalPartMalformed);
    }
    let domain = domain_name(domain)?;
    if local.len() + 1 + domain.len() > MAX_EMAIL_CHARS {
        return Err(IdentifierError::TooLong);
    }
    Ok(Identifier {
        kind: IdentifierKind::Email,
        normalized: format!("{}@{domain}", local.to_ascii_lowercase()),
        display: format!("{local}@{domain}"),
    })
}

// RFC 5321 §4.1.2. Quoted local parts, comments and address lists are no dot-strings, so that an address can be put
// into a mail header as it stands.
fn is_atext(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

// Internationalised domains become A-labels (RFC 5890), so that the same domain has one spelling.
fn domain_name(domain: &str) -> Result<String, IdentifierError> {
    // The URL host parser decodes percent escapes and reads numbers as addresses; neither is mail syntax.
    let is_plain = |character: char| {
        character.is_alphanumeric() || is_combining_mark(character) || matches!(character, '.' | '-' | '\u{3002}')
    };
    if !domain.chars().all(is_plain) {
        return Err(IdentifierError::DomainMalformed);
    }
    let Ok(Host::Domain(ascii)) = Host::parse(domain) else {
        return Err(IdentifierError::DomainMalformed);
    };
    let is_label = |label: &str| {
        (1..=MAX_LABEL_CHARS).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let is_name = ascii.split('.').all(is_label) && (ascii.contains('.') || ascii == "localhost");
    is_name.then_some(ascii).ok_or(IdentifierError::DomainMalformed)
}

fn phone(composed: &str) -> Result<Identifier, IdentifierError> {
    let is_separator = |character: char| matches!(character, ' ' | '-' | '(' | ')' | '.' | '\u{2010}'..='\u{2015}');
    let bare: String = composed.chars().filter(|character| !is_separator(*character)).collect();
    let digits = match bare.strip_prefix('+').or_else(|| bare.strip_prefix("00")) {
        Some(international) => international.to_owned(),
        // Without a prefix only a mainland Chinese mobile number is unmistakable.
        None if is_chinese_mobile(&bare) => format!("86{bare}"),
        None => return Err(IdentifierError::PhoneMalformed),
    };
    let is_number = PHONE_DIGITS.contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    if !is_number {
        return Err(IdentifierError::PhoneMalformed);
    }
    let normalized = format!("+{digits}");
    Ok(Identifier { kind: IdentifierKind::Phone, display: normalized.clone(), normalized })
}

fn is_chinese_mobile(digits: &str) -> bool {
    digits.len() == 11
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits.strip_prefix('1').is_some_and(|rest| rest.starts_with(|second| ('3'..='9').contains(&second)))
}

fn username(composed: &str) -> Result<Identifier, IdentifierError> {
    let normalized = text::fold(composed);
    if normalized.chars().count() > MAX_USERNAME_CHARS || composed.chars().count() > MAX_USERNAME_CHARS {
        return Err(IdentifierError::TooLong);
    }
    let is_allowed = |character: char| {
        character.is_alphanumeric() || is_combining_mark(character) || matches!(character, '.' | '_' | '-')
    };
    if !composed.chars().chain(normalized.chars()).all(is_allowed) {
        return Err(IdentifierError::ForbiddenCharacter);
    }
    if !normalized.chars().any(char::is_alphabetic) {
        return Err(IdentifierError::NoLetter);
    }
    let is_tidy = |name: &str| {
        let mut marks = 0;
        let has_stack = name.chars().any(|character| {
            marks = if is_combining_mark(character) { marks + 1 } else { 0 };
            marks > MAX_MARKS_IN_A_ROW
        });
        let is_end = |character: Option<char>| character.is_some_and(|end| !matches!(end, '.' | '_' | '-'));
        let begins_with_mark = name.chars().next().is_some_and(is_combining_mark);
        !has_stack && !begins_with_mark && is_end(name.chars().next()) && is_end(name.chars().next_back())
    };
    if !is_tidy(composed) || !is_tidy(&normalized) {
        return Err(IdentifierError::Untidy);
    }
    Ok(Identifier { kind: IdentifierKind::Username, normalized, display: composed.to_owned() })
}

#[cfg(test)]
mod tests;
