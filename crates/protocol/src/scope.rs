//! Scope. RFC 6749 §3.3.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// An ordered set of scope tokens.
///
/// Shape: at most [`ScopeSet::MAX_TOKENS`] distinct tokens in the order in which they were first named. Two sets are
/// equal when they hold the same tokens, in whatever order (the order "does not matter", RFC 6749 §3.3); the order is
/// kept for the text form alone.
#[derive(Clone, Default)]
pub struct ScopeSet(Vec<String>);

/// Why a text is not a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// A space stands at an end or beside another space.
    #[error("scope has an empty token")]
    EmptyToken,
    /// A character outside `%x21 / %x23-5B / %x5D-7E`.
    #[error("scope has a character that is not allowed")]
    InvalidCharacter,
    /// More than [`ScopeSet::MAX_TOKENS`] distinct tokens.
    #[error("scope has too many tokens")]
    TooManyTokens,
}

impl ScopeError {
    /// Fixed text for `error_description`.
    pub const fn description(self) -> &'static str {
        match self {
            Self::EmptyToken => "The scope must be tokens with one space between them.",
            Self::InvalidCharacter => "The scope holds a character that is not allowed.",
            Self::TooManyTokens => "The scope names too many tokens.",
        }
    }
}

impl ScopeSet {
    /// The most tokens that a set holds.
    pub const MAX_TOKENS: usize = 100;

    /// Reads a space-joined scope. The empty text is the empty set.
    ///
    /// Errors: one variant of [`ScopeError`] per reason. A token named twice counts once.
    /// Source: RFC 6749 §3.3 (`scope-token *( SP scope-token )`).
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let mut set = Self::empty();
        if text.is_empty() {
            return Ok(set);
        }
        for token in text.split(' ') {
            if token.is_empty() {
                return Err(ScopeError::EmptyToken);
            }
            if !token.bytes().all(is_scope_character) {
                return Err(ScopeError::InvalidCharacter);
            }
            if set.contains(token) {
                continue;
            }
            // Bounds the work as well: each token is compared with at most this many.
            if set.len() == Self::MAX_TOKENS {
                return Err(ScopeError::TooManyTokens);
            }
            set.0.push(token.to_owned());
        }
        Ok(set)
    }

    /// The set without tokens.
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// Whether the set holds this token. Case matters.
    pub fn contains(&self, token: &str) -> bool {
        self.0.iter().any(|own| own == token)
    }

    /// Whether every token of this set is in `other`.
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.iter().all(|token| other.contains(token))
    }

    /// The tokens that both sets hold, in the order of this set.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.iter().filter(|token| other.contains(token)).collect()
    }

    /// The tokens of this set that `other` lacks.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.iter().filter(|token| !other.contains(token)).collect()
    }

    /// The tokens of this set, then those that only `other` holds, up to [`ScopeSet::MAX_TOKENS`].
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.iter().chain(other.iter()).collect()
    }

    /// Adds a token at the end; whether the set holds it afterwards.
    ///
    /// What is no scope token, or one too many, is left out, so that a set can always be read back from its text.
    pub fn insert(&mut self, token: &str) -> bool {
        if self.contains(token) {
            return true;
        }
        let is_token = !token.is_empty() && token.bytes().all(is_scope_character);
        let fits = is_token && self.len() < Self::MAX_TOKENS;
        if fits {
            self.0.push(token.to_owned());
        }
        fits
    }

    /// This set with one token more, as [`ScopeSet::insert`] adds it.
    #[must_use]
    pub fn with(mut self, token: &str) -> Self {
        self.insert(token);
        self
    }

    /// The tokens in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there is no token.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many tokens there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

const fn is_scope_character(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E)
}

impl PartialEq for ScopeSet {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.is_subset_of(other)
    }
}

impl Eq for ScopeSet {}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tokens = self.iter();
        if let Some(first) = tokens.next() {
            f.write_str(first)?;
        }
        tokens.try_for_each(|token| write!(f, " {token}"))
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScopeSet({self})")
    }
}

impl<'a> FromIterator<&'a str> for ScopeSet {
    /// Collects tokens as [`ScopeSet::insert`] adds them.
    fn from_iter<I: IntoIterator<Item = &'a str>>(tokens: I) -> Self {
        let mut set = Self::empty();
        for token in tokens {
            set.insert(token);
        }
        set
    }
}

impl FromIterator<String> for ScopeSet {
    /// Collects tokens as [`ScopeSet::insert`] adds them.
    fn from_iter<I: IntoIterator<Item = String>>(tokens: I) -> Self {
        let mut set = Self::empty();
        for token in tokens {
            set.insert(&token);
        }
        set
    }
}

impl std::str::FromStr for ScopeSet {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Self::parse(text)
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // An owned text: a borrowed one cannot be read out of a `Value` or a reader.
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(text: &str) -> ScopeSet {
        ScopeSet::parse(text).unwrap()
    }

    #[test]
    fn order_is_kept_and_repetition_dropped() {
        assert_eq!(set("openid email openid profile").to_string(), "openid email profile");
    }

    #[test]
    fn order_does_not_matter_for_equality() {
        assert_eq!(set("a b"), set("b a"));
        assert_ne!(set("a b"), set("a"));
        assert_ne!(set("a b"), set("a c"));
    }

    #[test]
    fn empty_text_is_the_empty_set() {
        assert!(set("").is_empty());
        assert_eq!(ScopeSet::empty().to_string(), "");
    }

    #[test]
    fn malformed_scopes_are_refused() {
        for text in [" ", " a", "a ", "a  b"] {
            assert_eq!(ScopeSet::parse(text), Err(ScopeError::EmptyToken), "{text:?}");
        }
        for text in ["a\"b", "a\\b", "a\tb", "a\nb", "\u{7f}", "caf\u{e9}", "a\0"] {
            assert_eq!(ScopeSet::parse(text), Err(ScopeError::InvalidCharacter), "{text:?}");
        }
    }

    #[test]
    fn the_hundred_and_first_token_is_refused() {
        let tokens: Vec<_> = (0..101).map(|n| format!("s{n}")).collect();
        assert_eq!(set(&tokens[..100].join(" ")).len(), 100);
        assert_eq!(ScopeSet::parse(&tokens.join(" ")), Err(ScopeError::TooManyTokens));
        assert_eq!(tokens.into_iter().collect::<ScopeSet>().len(), 100);
    }

    #[test]
    fn insert_leaves_out_what_is_no_token() {
        let mut scopes = set("a");
        assert!(scopes.insert("b"));
        assert!(scopes.insert("a"));
        assert!(!scopes.insert(""));
        assert!(!scopes.insert("c d"));
        assert_eq!(scopes.to_string(), "a b");
    }

    #[test]
    fn descriptions_are_valid() {
        for error in [ScopeError::EmptyToken, ScopeError::InvalidCharacter, ScopeError::TooManyTokens] {
            assert!(crate::error::is_valid_description(error.description()));
        }
    }

    fn scope_text() -> impl Strategy<Value = String> {
        prop::collection::vec("[a-d:/.]{1,2}", 0..12).prop_map(|tokens| tokens.join(" "))
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_round_trips(text in any::<String>()) {
            if let Ok(scopes) = ScopeSet::parse(&text) {
                prop_assert_eq!(ScopeSet::parse(&scopes.to_string()).unwrap().to_string(), scopes.to_string());
            }
        }

        #[test]
        fn serde_round_trips_through_a_value(text in scope_text()) {
            let scopes = set(&text);
            let value = serde_json::to_value(&scopes).unwrap();
            prop_assert_eq!(value.as_str().unwrap(), scopes.to_string());
            prop_assert_eq!(serde_json::from_value::<ScopeSet>(value).unwrap(), scopes);
        }

        #[test]
        fn set_laws_hold(a in scope_text(), b in scope_text()) {
            let (a, b) = (set(&a), set(&b));
            let both = a.intersection(&b);
            prop_assert!(both.is_subset_of(&a) && both.is_subset_of(&b));
            prop_assert!(a.is_subset_of(&a.union(&b)) && b.is_subset_of(&a.union(&b)));
            prop_assert!(a.difference(&b).intersection(&b).is_empty());
            prop_assert_eq!(a.difference(&b).union(&both), a.clone());
            prop_assert_eq!(a.is_subset_of(&b), a.difference(&b).is_empty());
        }
    }
}
