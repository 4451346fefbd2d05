//! The `aud` claim: one text or several. RFC 7519 §4.1.3.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Whom a token is for.
///
/// Shape: one is written as a string, several as an array; none cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience(Vec<String>);

impl Audience {
    /// Whether the token is for `audience`, byte for byte.
    pub fn contains(&self, audience: &str) -> bool {
        self.0.iter().any(|own| own == audience)
    }

    /// Everyone whom the token is for.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl From<&str> for Audience {
    fn from(audience: &str) -> Self {
        Self(vec![audience.to_owned()])
    }
}

impl From<String> for Audience {
    fn from(audience: String) -> Self {
        Self(vec![audience])
    }
}

impl From<Vec<String>> for Audience {
    fn from(audiences: Vec<String>) -> Self {
        Self(audiences)
    }
}

impl Serialize for Audience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [only] => serializer.serialize_str(only),
            all => serializer.collect_seq(all),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Wire {
    One(String),
    Several(Vec<String>),
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Wire::deserialize(deserializer)? {
            Wire::One(only) => Ok(only.into()),
            Wire::Several(all) if all.is_empty() => Err(D::Error::custom("the audience is empty")),
            Wire::Several(all) => Ok(all.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_a_string_and_several_are_an_array() {
        for json in [r#""a""#, r#"["a","b"]"#] {
            let audience: Audience = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&audience).unwrap(), json);
            assert!(audience.contains("a") && !audience.contains("A"));
        }
        let single: Audience = serde_json::from_str(r#"["a"]"#).unwrap();
        assert_eq!(single, Audience::from("a"));
        assert_eq!(single.iter().collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn other_types_are_refused() {
        for json in ["null", "1", "[]", "[1]", r#"{"a":1}"#, r#"[["a"]]"#, "true"] {
            assert!(serde_json::from_str::<Audience>(json).is_err(), "{json}");
        }
    }
}
