//! The list of every setting, read out of the schema that the structs of the sections generate.
//!
//! Unknown keys, types, the environment's names, the defaults and the documentation all come from this one list.

use std::sync::{Arc, OnceLock};

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::{Settings, Source, tree};

/// One setting.
#[derive(Clone, Debug)]
pub struct Field {
    /// Section and key: `server.issuer`.
    pub path: String,
    /// What it may hold.
    pub kind: Kind,
    /// What it is when nobody sets it; `None` if there is no default.
    pub default: Option<Value>,
    /// A value to show.
    pub example: Option<Value>,
    /// What it does; the docstring of the field.
    pub doc: String,
}

/// What a setting may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// One of these words.
    Choice(Vec<String>),
    /// A whole number, within bounds.
    Integer {
        /// The least.
        min: Option<i64>,
        /// The greatest.
        max: Option<i64>,
    },
    /// A list of such values.
    List(Box<Kind>),
    /// A span of time.
    Period,
    /// A secret: value, file or environment variable.
    Secret,
    /// Any text.
    Text,
}

/// A section of the file.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its name: `server`.
    pub name: String,
    /// What it is about; the docstring of the struct.
    pub doc: String,
    /// Its settings, in the order of the struct.
    pub fields: Vec<Field>,
}

impl Field {
    /// The environment variable that sets it: `LINGPAI__SERVER__ISSUER`.
    pub fn environment(&self) -> String {
        let name: Vec<_> = self.path.split('.').map(environment_word).collect();
        format!("{}{}", super::environment::PREFIX, name.join("__"))
    }

    /// The key inside the section: `issuer`, `name.en`.
    pub fn key(&self) -> &str {
        self.path.split_once('.').map_or(self.path.as_str(), |(_, key)| key)
    }
}

/// A key as it is written in a variable's name.
pub fn environment_word(key: &str) -> String {
    key.to_uppercase().replace('-', "_")
}

/// The JSON Schema (2020-12) of a configuration file.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<Settings>().to_value();
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".to_owned(), "lingpai.toml".into());
    }
    schema
}

/// Every section, in the order of the file.
pub fn sections() -> &'static [Section] {
    static SECTIONS: OnceLock<Vec<Section>> = OnceLock::new();
    SECTIONS.get_or_init(|| read_sections(&schema()))
}

/// Every setting.
pub fn fields() -> impl Iterator<Item = &'static Field> {
    sections().iter().flat_map(|section| &section.fields)
}

/// The setting at a path.
pub fn find(path: &str) -> Option<&'static Field> {
    fields().find(|field| field.path == path)
}

fn read_sections(schema: &Value) -> Vec<Section> {
    let mut sections: Vec<_> = properties(schema)
        .map(|(name, section)| {
            let mut fields = Vec::new();
            read_fields(name, section, &mut fields);
            Section { name: name.clone(), doc: description(section), fields }
        })
        .collect();
    // The order of a schema's properties depends on how serde_json was built; that of the structs does not.
    let order = order();
    sections.sort_by_key(|section| order(&section.name));
    for section in &mut sections {
        section.fields.sort_by_key(|field| order(&field.path));
    }
    sections
}

/// Where a section or a setting stands in the structs; a setting without a default stands first.
fn order() -> impl Fn(&str) -> usize {
    let text = toml::to_string(&Settings::default()).unwrap_or_default();
    let (table, _) = tree::parse(&Arc::new(Source::BuiltIn), &text);
    move |path| tree::find(&table, path).map_or(0, |entry| entry.key.start())
}

fn read_fields(path: &str, schema: &Value, into: &mut Vec<Field>) {
    for (key, property) in properties(schema) {
        let path = format!("{path}.{key}");
        if property.get("properties").is_some() {
            read_fields(&path, property, into);
            continue;
        }
        into.push(Field {
            path,
            kind: kind(property),
            default: property.get("default").filter(|value| !value.is_null()).cloned(),
            example: property.get("examples").and_then(|examples| examples.get(0)).cloned(),
            doc: description(property),
        });
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

fn description(schema: &Value) -> String {
    schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn kind(schema: &Value) -> Kind {
    match schema.get("x-lingpai").and_then(Value::as_str) {
        Some("period") => return Kind::Period,
        Some("secret") => return Kind::Secret,
        Some(_) | None => {}
    }
    if let Some(words) = choice(schema) {
        return Kind::Choice(words);
    }
    let name = match schema.get("type") {
        Some(Value::Array(names)) => names.first().and_then(Value::as_str),
        Some(name) => name.as_str(),
        None => None,
    };
    match name {
        Some("array") => Kind::List(Box::new(schema.get("items").map_or(Kind::Text, kind))),
        Some("boolean") => Kind::Boolean,
        Some("integer") => {
            let bound = |key: &str| schema.get(key).and_then(Value::as_i64);
            Kind::Integer { min: bound("minimum"), max: bound("maximum") }
        }
        Some(_) | None => Kind::Text,
    }
}

fn choice(schema: &Value) -> Option<Vec<String>> {
    let words = |values: &[Value], word: fn(&Value) -> Option<&Value>| -> Option<Vec<String>> {
        values.iter().map(|value| word(value)?.as_str().map(str::to_owned)).collect()
    };
    if let Some(Value::Array(values)) = schema.get("enum") {
        return words(values, |value| Some(value));
    }
    match schema.get("oneOf") {
        Some(Value::Array(values)) => words(values, |value| value.get("const")),
        Some(_) | None => None,
    }
}

/// The known word that `typed` was probably meant to be.
///
/// Shape: at most a third of the letters may differ, and at least one may; swapped neighbours count as one.
pub fn nearest<'w>(typed: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let allowed = (typed.chars().count() / 3).max(1);
    words
        .map(|word| (strsim::osa_distance(&typed.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_settings_stand_in_the_order_of_the_structs() {
        let names: Vec<_> = sections().iter().map(|section| section.name.as_str()).collect();
        assert_eq!(names.first(), Some(&"server"));
        assert_eq!(names.last(), Some(&"log"));
        let server: Vec<_> = sections()[0].fields.iter().map(Field::key).collect();
        assert_eq!(server, ["issuer", "listen", "trusted_proxies"]);
    }

    #[test]
    fn every_setting_is_documented_with_default_and_example() {
        for section in sections() {
            assert!(!section.doc.is_empty(), "[{}] says nothing", section.name);
        }
        for field in fields() {
            assert!(!field.doc.is_empty(), "{} says nothing", field.path);
            assert!(field.example.is_some(), "{} has no example", field.path);
            // The issuer is the one thing that nobody can guess.
            assert!(field.default.is_some() || field.path == "server.issuer", "{} has no default", field.path);
        }
    }

    #[test]
    fn kinds_are_read_from_the_schema() {
        let kind = |path: &str| find(path).map(|field| field.kind.clone());
        assert_eq!(kind("server.issuer"), Some(Kind::Text));
        assert_eq!(kind("server.listen"), Some(Kind::List(Box::new(Kind::Text))));
        assert_eq!(kind("secrets.master"), Some(Kind::Secret));
        assert_eq!(kind("lifetimes.code"), Some(Kind::Period));
        assert_eq!(kind("branding.name.zh-CN"), Some(Kind::Text));
        assert!(matches!(kind("log.format"), Some(Kind::Choice(words)) if words.contains(&"json".to_owned())));
        assert!(matches!(kind("keys.rsa_bits"), Some(Kind::Integer { min: Some(2048), max: Some(4096) })));
    }

    #[test]
    fn a_slip_of_the_finger_finds_its_word() {
        let words = ["issuer", "listen", "trusted_proxies"];
        assert_eq!(nearest("isuser", words.into_iter()), Some("issuer"));
        assert_eq!(nearest("Listen", words.into_iter()), Some("listen"));
        assert_eq!(nearest("trusted_proxy", words.into_iter()), Some("trusted_proxies"));
        assert_eq!(nearest("banana", words.into_iter()), None);
    }
}
