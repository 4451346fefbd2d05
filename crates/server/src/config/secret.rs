//! Settings that hold a secret: written out, in a file, or in an environment variable; exactly one of the three.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use platform::secret::Secret;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where the value of a secret setting is to be found.
///
/// Shape: `"value"`, `{ file = "path" }` or `{ env = "NAME" }`.
#[derive(Clone)]
pub enum SecretSetting {
    /// In the variable of that name.
    Env(String),
    /// In the file at that path, relative to the file that names it.
    File(PathBuf),
    /// Here.
    Value(Secret),
}

impl SecretSetting {
    /// A secret that stands in an environment variable.
    pub fn env(name: impl Into<String>) -> Self {
        Self::Env(name.into())
    }

    /// A secret that stands in a file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::File(path.into())
    }

    /// A secret that stands in the configuration itself.
    pub fn value(text: impl Into<String>) -> Self {
        Self::Value(Secret::new(text.into()))
    }
}

impl fmt::Debug for SecretSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => f.debug_tuple("Env").field(name).finish(),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Value(_) => f.write_str("Value([redacted])"),
        }
    }
}

/// Writes the reference, never the value: what is serialised here ends in documentation and on screens.
impl Serialize for SecretSetting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Env(name) => serializer.collect_map([("env", name)]),
            Self::File(path) => serializer.collect_map([("file", path.display().to_string())]),
            Self::Value(_) => serializer.serialize_str("********"),
        }
    }
}

impl<'de> Deserialize<'de> for SecretSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretVisitor)
    }
}

struct SecretVisitor;

impl<'de> Visitor<'de> for SecretVisitor {
    type Value = SecretSetting;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"value\", { file = \"path\" } or { env = \"NAME\" }")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<SecretSetting, E> {
        Ok(SecretSetting::value(value))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SecretSetting, A::Error> {
        let mut found = None;
        while let Some((key, value)) = map.next_entry::<String, String>()? {
            let setting = match key.as_str() {
                "env" => SecretSetting::Env(value),
                "file" => SecretSetting::file(value),
                _ => return Err(A::Error::unknown_field(&key, &["env", "file"])),
            };
            if found.replace(setting).is_some() {
                return Err(A::Error::custom("two sources for one secret"));
            }
        }
        found.ok_or_else(|| A::Error::missing_field("file"))
    }
}

impl JsonSchema for SecretSetting {
    fn schema_name() -> Cow<'static, str> {
        "SecretSetting".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let reference = |key: &str| {
            json_schema!({
                "type": "object", "properties": { key: { "type": "string" } }, "required": [key], "additionalProperties": false
            })
        };
        json_schema!({ "x-lingpai": "secret", "anyOf": [{ "type": "string" }, reference("file"), reference("env")] })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_three_forms_are_read() {
        let read = |value| serde_json::from_value::<SecretSetting>(value);
        assert!(matches!(read(json!("x")), Ok(SecretSetting::Value(secret)) if secret.expose() == "x"));
        assert!(matches!(read(json!({ "file": "a" })), Ok(SecretSetting::File(path)) if path.as_os_str() == "a"));
        assert!(matches!(read(json!({ "env": "A" })), Ok(SecretSetting::Env(name)) if name == "A"));
    }

    #[test]
    fn two_sources_none_or_an_unknown_one_are_refused() {
        for value in [json!({ "file": "a", "env": "A" }), json!({}), json!({ "vault": "a" }), json!(5)] {
            assert!(serde_json::from_value::<SecretSetting>(value.clone()).is_err(), "{value}");
        }
    }

    #[test]
    fn a_written_secret_shows_in_neither_debug_nor_json() {
        let setting = SecretSetting::value("hunter2");
        assert!(!format!("{setting:?}").contains("hunter2"));
        assert_eq!(serde_json::to_string(&setting).ok().as_deref(), Some("\"********\""));
    }
}
