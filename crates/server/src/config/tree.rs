//! Values with the place that each came from, and the merge of one layer over another.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;
use toml::de::{DeTable, DeValue};

use super::{Place, Source};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Item {
    /// The bytes of the value.
    pub place: Place,
    /// The value.
    pub node: Node,
}

/// A value behind a key.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The bytes of the key.
    pub key: Place,
    /// The value.
    pub item: Item,
}

/// What a value can be.
#[derive(Clone)]
pub enum Node {
    /// A list.
    List(Vec<Item>),
    /// Anything that is one word: text, number, truth, date.
    Scalar(Value),
    /// A table.
    Table(Table),
}

/// Keys and values.
pub type Table = BTreeMap<String, Entry>;

/// Says what kind of value it is, never which: it may be a secret.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(items) => f.debug_tuple("List").field(&items.len()).finish(),
            Self::Scalar(_) => f.write_str("Scalar"),
            Self::Table(table) => f.debug_tuple("Table").field(table).finish(),
        }
    }
}

impl Node {
    /// As JSON, without the places.
    pub fn to_json(&self) -> Value {
        match self {
            Self::List(items) => items.iter().map(|item| item.node.to_json()).collect(),
            Self::Scalar(value) => value.clone(),
            Self::Table(table) => table.iter().map(|(key, entry)| (key.clone(), entry.item.node.to_json())).collect(),
        }
    }
}

/// Reads TOML into a table, as far as it can be read, with what is wrong and the bytes where it is.
pub fn parse(source: &Arc<Source>, text: &str) -> (Table, Vec<(String, Range<usize>)>) {
    let (document, errors) = DeTable::parse_recoverable(text);
    let errors = errors.iter().map(|error| (error.message().to_owned(), error.span().unwrap_or(0..0)));
    (table(source, document.get_ref()), errors.collect())
}

fn table(source: &Arc<Source>, read: &DeTable<'_>) -> Table {
    let entry = |key: &toml::Spanned<_>, value: &toml::Spanned<DeValue<'_>>| Entry {
        key: Place::new(Arc::clone(source), key.span()),
        item: item(source, value),
    };
    // A dot inside a quoted key would read as two keys further on; no setting has one, so such a key is unknown anyway.
    read.iter().map(|(key, value)| (key.get_ref().replace('.', "\u{fffd}"), entry(key, value))).collect()
}

fn item(source: &Arc<Source>, read: &toml::Spanned<DeValue<'_>>) -> Item {
    let node = match read.get_ref() {
        DeValue::Array(list) => Node::List(list.iter().map(|value| item(source, value)).collect()),
        DeValue::Boolean(truth) => Node::Scalar(Value::from(*truth)),
        DeValue::Datetime(time) => Node::Scalar(Value::from(time.to_string())),
        DeValue::Float(number) => Node::Scalar(number.as_str().parse::<f64>().map_or(Value::Null, Value::from)),
        DeValue::Integer(number) => {
            // Underscores are part of TOML's numbers and not of Rust's.
            let digits = number.as_str().replace('_', "");
            Node::Scalar(i64::from_str_radix(&digits, number.radix()).map_or(Value::Null, Value::from))
        }
        DeValue::String(text) => Node::Scalar(Value::from(text.as_ref())),
        DeValue::Table(inner) => Node::Table(table(source, inner)),
    };
    Item { place: Place::new(Arc::clone(source), read.span()), node }
}

/// Lays `over` on top of `base`: tables merge, everything else replaces.
///
/// Shape: `is_whole` says of a path (`secrets.master`) that its value is one thing even where it is a table.
pub fn merge(base: &mut Table, over: Table, is_whole: &dyn Fn(&str) -> bool) {
    merge_at(base, over, "", is_whole);
}

fn merge_at(base: &mut Table, over: Table, path: &str, is_whole: &dyn Fn(&str) -> bool) {
    for (key, entry) in over {
        let here = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match (base.get_mut(&key), entry) {
            (
                Some(Entry { item: Item { node: Node::Table(below), .. }, .. }),
                Entry { item: Item { node: Node::Table(above), .. }, .. },
            ) if !is_whole(&here) => {
                merge_at(below, above, &here, is_whole);
            }
            (_, entry) => {
                base.insert(key, entry);
            }
        }
    }
}

/// The entry at a path such as `branding.name.en`.
pub fn find<'t>(table: &'t Table, path: &str) -> Option<&'t Entry> {
    match path.split_once('.') {
        None => table.get(path),
        Some((head, rest)) => match &table.get(head)?.item.node {
            Node::Table(inner) => find(inner, rest),
            Node::List(_) | Node::Scalar(_) => None,
        },
    }
}

/// Takes the entry at a path out of the table.
pub fn remove(table: &mut Table, path: &str) {
    match path.split_once('.') {
        None => {
            table.remove(path);
        }
        Some((head, rest)) => {
            if let Some(Entry { item: Item { node: Node::Table(inner), .. }, .. }) = table.get_mut(head) {
                remove(inner, rest);
            }
        }
    }
}

/// Puts a value at a path, making the tables on the way.
pub fn insert(table: &mut Table, path: &str, place: &Place, node: Node) {
    let item = Item { place: place.clone(), node };
    match path.split_once('.') {
        None => {
            table.insert(path.to_owned(), Entry { key: place.clone(), item });
        }
        Some((head, rest)) => {
            let fresh =
                || Entry { key: place.clone(), item: Item { place: place.clone(), node: Node::Table(Table::new()) } };
            let below = table.entry(head.to_owned()).or_insert_with(fresh);
            if let Node::Table(inner) = &mut below.item.node {
                insert(inner, rest, place, item.node);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Table {
        let source = Arc::new(Source::File { path: "a.toml".into(), text: text.into() });
        let (table, errors) = parse(&source, text);
        assert_eq!(errors, []);
        table
    }

    fn json_of(table: &Table) -> Value {
        Node::Table(table.clone()).to_json()
    }

    #[test]
    fn tables_merge_and_lists_replace() {
        let mut base = read("[a]\nx = 1\nl = [1, 2]\n[a.deep]\np = 1\n");
        merge(&mut base, read("[a]\nl = [3]\ny = 1_000\n[a.deep]\nq = 0x1F\n"), &|_| false);
        assert_eq!(json_of(&base), json!({ "a": { "x": 1, "y": 1000, "l": [3], "deep": { "p": 1, "q": 31 } } }));
    }

    #[test]
    fn a_secret_is_replaced_as_a_whole() {
        let mut base = read("[secrets]\nmaster = { file = \"a\" }\n");
        merge(&mut base, read("[secrets]\nmaster = { env = \"B\" }\n"), &|path| path == "secrets.master");
        assert_eq!(json_of(&base), json!({ "secrets": { "master": { "env": "B" } } }));
    }

    #[test]
    fn every_value_knows_its_bytes() {
        let table = read("[log]\nlevel = \"info\"\n");
        let entry = find(&table, "log.level").unwrap();
        assert_eq!(entry.key.label().as_deref(), Some("a.toml:2:1"));
        assert_eq!(entry.item.place.excerpt().map(|excerpt| excerpt.marked), Some("\"info\""));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[\\PC\\n]{0,80}") {
            let source = Arc::new(Source::File { path: "a.toml".into(), text: text.clone() });
            for (_, span) in parse(&source, &text).1 {
                let _ = Place::new(source.clone(), span).excerpt();
            }
        }
    }
}
