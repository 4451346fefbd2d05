//! What a change would do, line by line; shown by `--dry-run`.

use std::io;

use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::language::tr;
use crate::output::{Format, Output, Talk, pretty, print};
use crate::paint::{GREEN, RED, paint, tame, wants_color};

/// The members that differ between two objects, those that count or time changes aside.
pub struct Diff {
    lines: Vec<(String, Option<Value>, Option<Value>)>,
}

/// These change by themselves.
const OWN: &[&str] = &["version", "created_at", "updated_at"];

/// The members of an object, those of inner objects by their path.
fn members(object: &Value) -> Map<String, Value> {
    let mut found = Map::new();
    for (name, value) in object.as_object().into_iter().flatten().filter(|(name, _)| !OWN.contains(&name.as_str())) {
        if value.is_object() {
            found.extend(members(value).into_iter().map(|(inner, value)| (format!("{name}.{inner}"), value)));
        } else {
            found.insert(name.clone(), value.clone());
        }
    }
    found
}

/// What one side shows of a member: a list only the elements that the other has not.
fn shown(value: Option<&Value>, other: Option<&Value>) -> Vec<String> {
    match (value, other) {
        (None, _) => Vec::new(),
        (Some(Value::Array(items)), Some(Value::Array(others))) => {
            let fresh: Vec<_> = items.iter().filter(|item| !others.contains(item)).map(ToString::to_string).collect();
            // The same elements in another order are a change, too.
            if fresh.is_empty() && items.len() == others.len() {
                vec![Value::Array(items.clone()).to_string()]
            } else {
                fresh
            }
        }
        (Some(value), _) => vec![value.to_string()],
    }
}

impl Diff {
    /// What leads from `before` to `after`; `Null` stands for an object that is not there.
    pub fn between(before: &Value, after: &Value) -> Self {
        let (before, after) = (members(before), members(after));
        let mut names: Vec<_> = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))).collect();
        names.retain(|name| before.get(*name) != after.get(*name));
        let lines = names.into_iter().map(|name| (name.clone(), before.get(name).cloned(), after.get(name).cloned()));
        Self { lines: lines.collect() }
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Writes the change to standard output, and says that nothing was done.
    pub fn show(&self, what: &str, output: Output, talk: Talk) -> Result<(), Failure> {
        match output.format() {
            Format::Json => print(&pretty(&self.json(what)))?,
            Format::Jsonl => print(&format!("{}\n", self.json(what)))?,
            Format::Env | Format::Id | Format::Table => print(&self.text(what))?,
        }
        if self.is_empty() {
            talk.say(&tr!(talk.language, "nothing would change", "没有变化"));
        } else {
            talk.say(&tr!(talk.language, "dry run: nothing was changed", "试运行：未做任何更改"));
        }
        Ok(())
    }

    fn json(&self, what: &str) -> Value {
        let change = |(name, before, after): &(String, Option<Value>, Option<Value>)| json!({ "field": name, "before": before, "after": after });
        json!({ "dry_run": true, "object": what, "changes": self.lines.iter().map(change).collect::<Vec<_>>() })
    }

    fn text(&self, what: &str) -> String {
        let color = wants_color(&io::stdout());
        let mut out = format!("{}\n", tame(what));
        for (name, before, after) in &self.lines {
            for (sign, tint, value, other) in [("-", RED, before, after), ("+", GREEN, after, before)] {
                for text in shown(value.as_ref(), other.as_ref()) {
                    out.push_str(&paint(color, tint, &tame(&format!("{sign} {name} = {text}"))));
                    out.push('\n');
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_shown() {
        let before = json!({ "name": "a", "pkce": "required", "version": 1 });
        let after = json!({ "name": "b", "pkce": "required", "version": 2 });
        assert_eq!(Diff::between(&before, &after).text("client shop"), "client shop\n- name = \"a\"\n+ name = \"b\"\n");
        assert!(Diff::between(&before, &json!({ "name": "a", "pkce": "required", "version": 9 })).is_empty());
    }

    #[test]
    fn of_lists_and_inner_objects_only_the_difference_is_shown() {
        let before = json!({ "uris": ["a", "b"], "claims": { "name": "A", "locale": "en", "updated_at": 1 } });
        let after = json!({ "uris": ["b", "c"], "claims": { "locale": "en", "updated_at": 2 } });
        let expected = "x\n- claims.name = \"A\"\n- uris = \"a\"\n+ uris = \"c\"\n";
        assert_eq!(Diff::between(&before, &after).text("x"), expected);
        assert!(!Diff::between(&json!({ "uris": ["a", "b"] }), &json!({ "uris": ["b", "a"] })).is_empty());
    }

    #[test]
    fn what_comes_and_what_goes_has_one_side() {
        let object = json!({ "name": "a" });
        assert_eq!(Diff::between(&Value::Null, &object).text("x"), "x\n+ name = \"a\"\n");
        assert_eq!(Diff::between(&object, &Value::Null).text("x"), "x\n- name = \"a\"\n");
    }
}
