//! Settings from the environment (`LINGPAI__SECTION__KEY`) and from flags, typed by the catalogue.

use std::sync::Arc;

use serde_json::Value;

use super::catalogue::{self, Kind, environment_word};
use super::tree::{self, Item, Node, Table};
use super::{Code, Finding, Place, Report, Source, text};

/// What the name of every variable begins with.
pub const PREFIX: &str = "LINGPAI__";

/// One setting given by name.
pub(super) struct Given<'g> {
    /// Its path, or what was meant to be one.
    path: Option<String>,
    /// For secrets: `file` or `env`, where the name says so.
    reference: Option<&'static str>,
    place: Place,
    value: &'g str,
}

/// Reads the variables into a table; what is not a setting is reported.
pub(super) fn variables(variables: &[(String, String)], report: &mut Report) -> Table {
    let mut table = Table::new();
    for (name, value) in variables {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let line = format!("{name}={value}");
        let source = Arc::new(Source::Environment { name: name.clone(), line: hidden(rest, name, line) });
        let start = name.len() + 1;
        let (path, reference) = resolve(rest);
        if path.is_none() {
            report.push(unknown(&Place::new(source, 0..name.len()), rest));
            continue;
        }
        let place = Place::new(source, start..start + value.len());
        put(&mut table, Given { path, reference, place, value }, report);
    }
    table
}

/// Reads flags into a table.
pub(super) fn flags(flags: &[super::Override], report: &mut Report) -> Table {
    let mut table = Table::new();
    for flag in flags {
        let line = format!("{} {}", flag.flag, flag.value);
        let start = flag.flag.len() + 1;
        let source = Arc::new(Source::Flag { name: flag.flag.to_owned(), line });
        let place = Place::new(source, start..start + flag.value.len());
        let given = Given { path: Some(flag.path.to_owned()), reference: None, place, value: &flag.value };
        put(&mut table, given, report);
    }
    table
}

/// A secret that stands in a variable is shown nowhere, not even at a caret.
fn hidden(rest: &str, name: &str, line: String) -> String {
    let is_secret = matches!(resolve(rest), (Some(path), None) if catalogue::find(&path).is_some_and(|field| field.kind == Kind::Secret));
    if is_secret { format!("{name}=********") } else { line }
}

fn resolve(rest: &str) -> (Option<String>, Option<&'static str>) {
    let matches = |name: &str| {
        let field = catalogue::fields().find(|field| field.environment().strip_prefix(PREFIX) == Some(name))?;
        Some((field.path.clone(), field.kind == Kind::Secret))
    };
    if let Some((path, _)) = matches(rest) {
        return (Some(path), None);
    }
    for reference in ["file", "env"] {
        let suffix = format!("__{}", environment_word(reference));
        if let Some((path, true)) = rest.strip_suffix(&suffix).and_then(matches) {
            return (Some(path), Some(reference));
        }
    }
    (None, None)
}

fn unknown(place: &Place, rest: &str) -> Finding {
    let names: Vec<_> = catalogue::fields().map(catalogue::Field::environment).collect();
    let label = match catalogue::nearest(&format!("{PREFIX}{rest}"), names.iter().map(String::as_str)) {
        Some(near) => text!("did you mean {near}?", "是不是 {near}？"),
        None => text!("no setting has this name", "没有这个名字的配置项"),
    };
    let help = text!(
        "names are {PREFIX}SECTION__KEY; lingpai config default lists every setting",
        "名字的形式是 {PREFIX}SECTION__KEY；运行 lingpai config default 可列出所有配置项",
    );
    Finding { code: Code::UnknownKey, place: place.clone(), label, help }
}

fn put(table: &mut Table, given: Given<'_>, report: &mut Report) {
    let Some(field) = given.path.as_deref().and_then(catalogue::find) else { return };
    let node = match given.reference {
        Some(reference) => {
            let mut inner = Table::new();
            tree::insert(&mut inner, reference, &given.place, Node::Scalar(given.value.into()));
            Node::Table(inner)
        }
        None => typed(&field.kind, given.value, &given.place),
    };
    // The same secret in two variables; for anything else two variables cannot have one name.
    if let Some(earlier) = tree::find(table, &field.path) {
        let other = earlier.item.place.label().unwrap_or_default();
        report.push(Finding {
            code: Code::SecretTwice,
            place: given.place,
            label: text!("{other} names the same secret", "{other} 指的是同一个密钥"),
            help: text!("keep one of the two", "只保留其中一个"),
        });
        return;
    }
    tree::insert(table, &field.path, &given.place, node);
}

/// A variable's text as the kind of value that the setting holds; what does not fit stays text and is refused later.
fn typed(kind: &Kind, value: &str, place: &Place) -> Node {
    let scalar = match kind {
        Kind::Boolean => value.parse::<bool>().map_or_else(|_| value.into(), Value::from),
        Kind::Integer { .. } => value.parse::<i64>().map_or_else(|_| value.into(), Value::from),
        Kind::List(_) => return list(value, place),
        Kind::Choice(_) | Kind::Period | Kind::Secret | Kind::Text => value.into(),
    };
    Node::Scalar(scalar)
}

/// `a, b, c`, with or without the brackets and quotes of TOML.
fn list(value: &str, place: &Place) -> Node {
    let bare = value.trim().trim_start_matches('[').trim_end_matches(']');
    let items =
        bare.split(',').map(|item| item.trim().trim_matches(['"', '\'']).trim()).filter(|item| !item.is_empty());
    Node::List(items.map(|item| Item { place: place.clone(), node: Node::Scalar(item.into()) }).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(given: &[(&str, &str)]) -> (Value, Report) {
        let owned: Vec<_> = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut report = Report::default();
        let table = variables(&owned, &mut report);
        (Node::Table(table).to_json(), report)
    }

    #[test]
    fn values_take_the_type_of_their_setting() {
        let (values, report) = read(&[
            ("LINGPAI__SERVER__LISTEN", "127.0.0.1:80, [::1]:80"),
            ("LINGPAI__DATABASE__MAX_CONNECTIONS", "4"),
            ("LINGPAI__BRANDING__NAME__ZH_CN", "示例"),
            ("LINGPAI__SECRETS__MASTER__FILE", "/run/secrets/master"),
            ("PATH", "/bin"),
        ]);
        let expected = json!({
            "server": { "listen": ["127.0.0.1:80", "[::1]:80"] },
            "database": { "max_connections": 4 },
            "branding": { "name": { "zh-CN": "示例" } },
            "secrets": { "master": { "file": "/run/secrets/master" } },
        });
        assert_eq!(values, expected);
        assert_eq!(report.errors(), 0);
    }

    #[test]
    fn an_unknown_name_is_refused_and_the_nearest_one_named() {
        let (_, report) = read(&[("LINGPAI__SERVER__ISUSER", "x")]);
        let finding = &report.findings()[0];
        assert_eq!(finding.code, Code::UnknownKey);
        assert_eq!(finding.label.en, "did you mean LINGPAI__SERVER__ISSUER?");
    }

    #[test]
    fn one_secret_in_two_variables_is_refused() {
        let (_, report) = read(&[("LINGPAI__SECRETS__MASTER", "x"), ("LINGPAI__SECRETS__MASTER__FILE", "y")]);
        assert_eq!(report.findings()[0].code, Code::SecretTwice);
    }

    #[test]
    fn a_secret_variable_is_never_shown() {
        let (_, report) = read(&[("LINGPAI__SECRETS__MASTER", "hunter2"), ("LINGPAI__SECRETS__MASTER__FILE", "y")]);
        assert!(!format!("{report:?}").contains("hunter2"));
    }
}
