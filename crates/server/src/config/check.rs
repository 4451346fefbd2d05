//! What the checks of the sections work with: the values, where they stand, and the report.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use platform::secret::Secret;
use serde_json::{Number, Value};

use super::catalogue::{self, Kind};
use super::tree::{self, Entry, Item, Node, Table};
use super::{Code, Finding, Period, Place, Report, SecretSetting, Text, text};

/// One run over a merged configuration.
pub struct Check<'c> {
    pub(super) table: &'c Table,
    pub(super) report: &'c mut Report,
    /// Defaults that are paths are relative to this folder.
    pub(super) folder: &'c Path,
    pub(super) working_dir: &'c Path,
    pub(super) environment: &'c [(String, String)],
}

impl Check<'_> {
    /// Where the value of a setting stands.
    pub fn place(&self, path: &str) -> Place {
        tree::find(self.table, path).map_or_else(Place::built_in, |entry| entry.item.place.clone())
    }

    /// Where one element of a list stands.
    pub fn place_of(&self, path: &str, index: usize) -> Place {
        let item = tree::find(self.table, path).and_then(|entry| match &entry.item.node {
            Node::List(items) => items.get(index),
            Node::Scalar(_) | Node::Table(_) => None,
        });
        item.map_or_else(|| self.place(path), |item| item.place.clone())
    }

    /// Whether somebody set this, or it is the default.
    pub fn is_set(&self, path: &str) -> bool {
        tree::find(self.table, path).is_some()
    }

    /// Notes a finding at a setting.
    pub fn note(&mut self, code: Code, path: &str, label: Text, help: Text) {
        let place = self.place(path);
        self.note_at(code, place, label, help);
    }

    /// Notes a finding at a place.
    pub fn note_at(&mut self, code: Code, place: Place, label: Text, help: Text) {
        self.report.push(Finding { code, place, label, help });
    }

    /// A path that a setting names: relative to the file that names it, else to where the program runs.
    pub fn resolve(&self, setting: &str, path: &Path) -> PathBuf {
        if !self.is_set(setting) {
            return self.folder.join(path);
        }
        match self.place(setting).file().and_then(Path::parent) {
            Some(folder) => folder.join(path),
            None => self.working_dir.join(path),
        }
    }

    /// The secret behind a setting; what stands in its way is noted.
    pub fn read_secret(&mut self, setting: &str, secret: &SecretSetting) -> Option<Secret> {
        let found = match secret {
            SecretSetting::Value(value) => Ok(value.clone()),
            SecretSetting::Env(name) => {
                let variable = self.environment.iter().find(|(known, value)| known == name && !value.is_empty());
                let missing = || text!("the variable {name} is not set", "环境变量 {name} 没有设置");
                variable.map(|(_, value)| Secret::new(value.clone())).ok_or_else(missing)
            }
            SecretSetting::File(path) => {
                let path = self.resolve(setting, path);
                secret_file(&path).map_err(|error| {
                    let path = path.display();
                    text!("cannot read {path}: {error}", "无法读取 {path}：{error}")
                })
            }
        };
        found.map_err(|label| self.note(Code::SecretUnavailable, setting, label, Text::default())).ok()
    }

    /// Warns where a secret is written out in a file that others can read.
    pub fn warn_of_exposure(&mut self, setting: &str, secret: &SecretSetting) {
        let place = self.place(setting);
        let (SecretSetting::Value(_), Some(path)) = (secret, place.file()) else { return };
        if let Some(mode) = shared_mode(path) {
            let path = path.display();
            let label = text!("the file has mode {mode:o}", "文件的权限是 {mode:o}");
            let help =
                text!("chmod 600 {path}, or use {{ file = \"…\" }}", "chmod 600 {path}，或改用 {{ file = \"…\" }}");
            self.note(Code::SecretExposed, setting, label, help);
        }
    }
}

/// A secret is one short line; the limit keeps a wrong path (a device, a dump) from filling the memory.
fn secret_file(path: &Path) -> io::Result<Secret> {
    let mut text = String::new();
    File::open(path)?.take(64 * 1024).read_to_string(&mut text)?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// The mode of a file that people other than its owner can read.
#[cfg(unix)]
pub(super) fn shared_mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
pub(super) fn shared_mode(_: &Path) -> Option<u32> {
    None
}

/// Takes out of the table, and reports, every key that is unknown and every value of the wrong type.
///
/// What is left deserialises.
pub(super) fn types(table: &mut Table, report: &mut Report) {
    let mut wrong = Vec::new();
    walk(table, "", &mut |path, entry| match judge(path, entry) {
        Verdict::Fine => false,
        Verdict::Descend => true,
        Verdict::Wrong(finding) => {
            wrong.push((path.to_owned(), *finding));
            false
        }
    });
    for (path, finding) in wrong {
        report.push(finding);
        tree::remove(table, &path);
    }
}

/// Calls `visit` on every entry; where it answers true, on the entries within.
fn walk(table: &Table, path: &str, visit: &mut dyn FnMut(&str, &Entry) -> bool) {
    for (key, entry) in table {
        let here = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        if let (true, Node::Table(inner)) = (visit(&here, entry), &entry.item.node) {
            walk(inner, &here, visit);
        }
    }
}

enum Verdict {
    Descend,
    Fine,
    Wrong(Box<Finding>),
}

fn judge(path: &str, entry: &Entry) -> Verdict {
    let wrong = |finding| Verdict::Wrong(Box::new(finding));
    if let Some(field) = catalogue::find(path) {
        return misfit(&field.kind, &entry.item).map_or(Verdict::Fine, wrong);
    }
    let inside = format!("{path}.");
    if !catalogue::fields().any(|field| field.path.starts_with(&inside)) {
        return wrong(unknown_key(path, entry));
    }
    match &entry.item.node {
        Node::Table(_) => Verdict::Descend,
        Node::List(_) | Node::Scalar(_) => wrong(Finding {
            code: Code::WrongType,
            place: entry.item.place.clone(),
            label: text!("a table was expected", "这里应当是表"),
            help: text!("write it as [{path}]", "请写成 [{path}]"),
        }),
    }
}

fn unknown_key(path: &str, entry: &Entry) -> Finding {
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    let known = siblings(parent);
    let near = catalogue::nearest(key, known.iter().map(String::as_str));
    let elsewhere = || catalogue::fields().find(|field| field.path.rsplit('.').next() == Some(key));
    let label = match (near, elsewhere()) {
        (Some(near), _) => text!("did you mean \"{near}\"?", "是不是“{near}”？"),
        (None, Some(field)) => {
            let path = &field.path;
            text!("did you mean \"{path}\"?", "是不是“{path}”？")
        }
        (None, None) => text!("nothing here has this name", "这里没有这个名字"),
    };
    let list = known.join(", ");
    let help = if parent.is_empty() {
        text!("the sections are {list}", "可用的节：{list}")
    } else {
        text!("[{parent}] knows {list}", "[{parent}] 可用：{list}")
    };
    Finding { code: Code::UnknownKey, place: entry.key.clone(), label, help }
}

/// The keys that may stand in a table.
fn siblings(parent: &str) -> Vec<String> {
    let prefix = if parent.is_empty() { String::new() } else { format!("{parent}.") };
    let mut keys = Vec::new();
    for field in catalogue::fields() {
        let key = field.path.strip_prefix(&prefix).and_then(|rest| rest.split('.').next());
        if let Some(key) = key.filter(|key| !keys.iter().any(|known| known == key)) {
            keys.push(key.to_owned());
        }
    }
    keys
}

/// Why a value does not fit its setting.
fn misfit(kind: &Kind, item: &Item) -> Option<Finding> {
    let finding = |code, label, help| Some(Finding { code, place: item.place.clone(), label, help });
    match (kind, &item.node) {
        (Kind::Secret, node) => misfit_secret(item, node),
        (Kind::List(inner), Node::List(items)) => items.iter().find_map(|item| misfit(inner, item)),
        (Kind::Choice(words), Node::Scalar(Value::String(word))) if !words.contains(word) => {
            let list = words.join(", ");
            let label = match catalogue::nearest(word, words.iter().map(String::as_str)) {
                Some(near) => text!("did you mean \"{near}\"?", "是不是“{near}”？"),
                None => text!("not one of the known words", "不在可用的值之中"),
            };
            finding(Code::UnknownValue, label, text!("use one of {list}", "可用的值：{list}"))
        }
        (Kind::Integer { min, max }, Node::Scalar(Value::Number(number))) if !is_within(number, *min, *max) => {
            let label = match (min, max) {
                (Some(min), Some(max)) => text!("expected {min} to {max}", "应在 {min} 到 {max} 之间"),
                (Some(_), None) | (None, Some(_) | None) => text!("too small or too large", "太小或太大"),
            };
            finding(Code::OutOfRange, label, Text::default())
        }
        (Kind::Period, Node::Scalar(Value::String(word))) if word.parse::<Period>().is_err() => finding(
            Code::PeriodMalformed,
            text!("expected a number and a unit", "应为数字加单位"),
            text!("write \"90s\", \"10m\", \"8h\" or \"14d\"", "请写成 \"90s\"、\"10m\"、\"8h\" 或 \"14d\""),
        ),
        (Kind::Boolean, Node::Scalar(Value::Bool(_)))
        | (Kind::Integer { .. }, Node::Scalar(Value::Number(_)))
        | (Kind::Choice(_) | Kind::Period | Kind::Text, Node::Scalar(Value::String(_))) => None,
        (_, Node::List(_) | Node::Scalar(_) | Node::Table(_)) => {
            let (en, zh) = expected(kind);
            let label = Text::new(format!("expected {en}"), format!("这里应当是{zh}"));
            finding(Code::WrongType, label, Text::default())
        }
    }
}

fn is_within(number: &Number, min: Option<i64>, max: Option<i64>) -> bool {
    number.as_i64().is_some_and(|value| min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max))
}

fn misfit_secret(item: &Item, node: &Node) -> Option<Finding> {
    let finding = |code, label| {
        let help = text!(
            "write \"value\", {{ file = \"path\" }} or {{ env = \"NAME\" }}",
            "请写成 \"value\"、{{ file = \"path\" }} 或 {{ env = \"NAME\" }}",
        );
        Some(Finding { code, place: item.place.clone(), label, help })
    };
    match node {
        Node::Scalar(Value::String(_)) => None,
        Node::Table(table) if table.len() > 1 && table.keys().all(|key| key == "file" || key == "env") => {
            finding(Code::SecretTwice, text!("file and env are both given", "同时给出了 file 和 env"))
        }
        Node::Table(table) => {
            let fits = |(key, entry): (&String, &Entry)| {
                (key == "file" || key == "env") && matches!(entry.item.node, Node::Scalar(Value::String(_)))
            };
            let is_reference = table.len() == 1 && table.iter().all(fits);
            if is_reference {
                None
            } else {
                finding(Code::WrongType, text!("not a reference to a secret", "不是密钥的引用"))
            }
        }
        Node::List(_) | Node::Scalar(_) => finding(Code::WrongType, text!("expected a secret", "这里应当是密钥")),
    }
}

/// What a kind is called.
pub(super) fn expected(kind: &Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Boolean => ("true or false", " true 或 false"),
        Kind::Integer { .. } => ("a whole number", "整数"),
        Kind::List(_) => ("a list of texts", "文本的列表"),
        Kind::Period => ("a span of time such as \"10m\"", "时间长度，如 \"10m\""),
        Kind::Secret => ("a secret", "密钥"),
        Kind::Choice(_) | Kind::Text => ("text in quotes", "带引号的文本"),
    }
}
