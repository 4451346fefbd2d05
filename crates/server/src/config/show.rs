//! What is in force, and where each value came from; secrets masked.

use serde_json::Value;

use super::{Loaded, catalogue, tree};

/// One setting as it is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Section and key: `server.issuer`.
    pub path: String,
    /// Its value; a secret is a mask or the place where it is kept.
    pub value: Value,
    /// `lingpai.toml:4:12`, the name of a variable, a flag; `None` for a default.
    pub origin: Option<String>,
}

impl Shown {
    /// The value as TOML.
    pub fn toml(&self) -> String {
        toml_text(&self.value)
    }
}

impl Loaded {
    /// Every setting with its value and its origin.
    ///
    /// Shape: where a check failed, the value as far as it could be read.
    pub fn show(&self) -> Vec<Shown> {
        let values = serde_json::to_value(&self.settings).unwrap_or_default();
        let shown = |field: &catalogue::Field| {
            let pointer = format!("/{}", field.path.replace('.', "/"));
            let value = values.pointer(&pointer).cloned().unwrap_or_default();
            let place = tree::find(&self.table, &field.path).map(|entry| entry.item.place.clone());
            Shown { path: field.path.clone(), value, origin: place.and_then(|place| place.label()) }
        };
        catalogue::fields().map(shown).collect()
    }
}

/// A value as TOML, in one line.
pub(super) fn toml_text(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::Array(items) => format!("[{}]", items.iter().map(toml_text).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let entries: Vec<_> = entries.iter().map(|(key, value)| format!("{key} = {}", toml_text(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::String(text) => toml::Value::String(text.clone()).to_string(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
