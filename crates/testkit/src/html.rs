//! Reads forms and links out of a page, as far as a browser without script needs them.
//!
//! A small reader of our own: it knows tags, attributes and the five entities that our templates write, and nothing of
//! scripts or broken markup.

/// A form of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// Where it goes; empty for the page itself.
    pub action: String,
    /// `get` or `post`.
    pub method: String,
    /// Name and value of every field that would be sent untouched: no buttons, no unchecked boxes.
    pub fields: Vec<(String, String)>,
    /// The names of every field that a person can fill or tick.
    pub inputs: Vec<String>,
    /// The buttons that send it.
    pub buttons: Vec<Button>,
}

/// A button that sends a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Button {
    /// Its `id`.
    pub id: String,
    /// Its `name`; a button without one adds no field.
    pub name: String,
    /// Its `value`.
    pub value: String,
    /// Its own target, if it has one.
    pub action: Option<String>,
}

impl Button {
    fn is_called(&self, name: &str) -> bool {
        [&self.id, &self.name, &self.value].into_iter().any(|own| own == name)
    }
}

impl Form {
    /// The button with this id, name or value.
    pub fn button(&self, name: &str) -> Option<&Button> {
        self.buttons.iter().find(|button| button.is_called(name))
    }

    /// Puts a value into a field, adding the field where it is missing.
    #[must_use]
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(own, _)| own != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What stands in a field.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// Every form of a page, in order.
pub fn forms(html: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    let mut current: Option<Form> = None;
    for tag in tags(html) {
        match tag.name.as_str() {
            "form" => {
                current = Some(Form {
                    action: tag.text("action"),
                    method: tag.get("method").unwrap_or("get").to_ascii_lowercase(),
                    ..Form::default()
                });
            }
            "/form" => forms.extend(current.take()),
            "input" | "button" | "select" | "textarea" => {
                if let Some(form) = &mut current {
                    add(form, &tag);
                }
            }
            _ => {}
        }
    }
    forms
}

/// The targets of every link, in order.
pub fn links(html: &str) -> Vec<String> {
    tags(html).filter(|tag| tag.name == "a").filter_map(|tag| tag.get("href").map(str::to_owned)).collect()
}

fn add(form: &mut Form, tag: &Tag) {
    let default = if tag.name == "button" { "submit" } else { "text" };
    let kind = tag.get("type").unwrap_or(default);
    let (name, value) = (tag.text("name"), tag.text("value"));
    match kind {
        "submit" => {
            let action = tag.get("formaction").map(str::to_owned);
            form.buttons.push(Button { id: tag.text("id"), name, value, action });
        }
        "button" | "reset" => {}
        "hidden" => form.fields.push((name, value)),
        "checkbox" | "radio" => {
            form.inputs.push(name.clone());
            if tag.get("checked").is_some() {
                let value = tag.get("value").unwrap_or("on").to_owned();
                form.fields.push((name, value));
            }
        }
        _ => {
            form.inputs.push(name.clone());
            form.fields.push((name, value));
        }
    }
}

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }
}

fn tags(html: &str) -> impl Iterator<Item = Tag> {
    html.split('<').skip(1).filter(|part| !part.starts_with('!')).filter_map(tag)
}

/// Reads `input name="a" value='b' checked>` up to the `>` that stands outside quotes.
fn tag(part: &str) -> Option<Tag> {
    let end = part.find(|c: char| c.is_ascii_whitespace() || c == '>')?;
    let (name, mut rest) = part.split_at(end);
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() || rest.starts_with('>') {
            break;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>')).unwrap_or(rest.len());
        let (attribute, after) = rest.split_at(end);
        let (value, after) = match after.strip_prefix('=') {
            Some(after) => value(after),
            None => ("", after),
        };
        attributes.push((attribute.to_ascii_lowercase(), decode(value)));
        rest = after;
    }
    Some(Tag { name: name.to_ascii_lowercase(), attributes })
}

fn value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    text.split_at(text.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(text.len()))
}

/// Decodes the entities that an auto-escaping template writes.
pub fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        if let Some((character, tail)) = after.split_once(';').and_then(|(name, tail)| Some((entity(name)?, tail))) {
            out.push(character);
            rest = tail;
        } else {
            out.push('&');
            rest = after;
        }
    }
    out + rest
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "apos" => Some('\''),
        "gt" => Some('>'),
        "lt" => Some('<'),
        "quot" => Some('"'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!doctype html><form method=post action="/login?a=1&amp;b=2">
        <input type="hidden" name="csrf" value="a&quot;b&#x2f;&#39;"><input name=username value=''>
        <input type="password" name="password" required><input type=checkbox name=keep checked>
        <input type="checkbox" name="other" value="1">
        <button id="login-submit">Go &gt;</button><button type="button">No</button>
        <button name="decision" value="deny" formaction="/deny">Deny</button></form>
        <a href="/x?y=1&amp;z">x</a><form action="/search"><input name=q></form>"#;

    #[test]
    fn forms_are_read_as_a_browser_would_send_them() {
        let forms = forms(PAGE);
        assert_eq!(forms.len(), 2);
        assert_eq!((forms[0].method.as_str(), forms[0].action.as_str()), ("post", "/login?a=1&b=2"));
        let fields = [("csrf", "a\"b/'"), ("username", ""), ("password", ""), ("keep", "on")];
        assert_eq!(forms[0].fields, fields.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(forms[0].inputs, ["username", "password", "keep", "other"]);
        assert_eq!(forms[1].method, "get");
    }

    #[test]
    fn buttons_are_found_by_id_name_or_value() {
        let form = forms(PAGE).remove(0);
        assert_eq!(form.buttons.len(), 2);
        assert!(form.button("login-submit").unwrap().name.is_empty());
        assert_eq!(form.button("deny").unwrap().action.as_deref(), Some("/deny"));
        assert!(form.button("absent").is_none());
    }

    #[test]
    fn filling_replaces() {
        let form = forms(PAGE).remove(0).fill("username", "alice").fill("new", "1");
        assert_eq!(form.value("username"), Some("alice"));
        assert_eq!(form.value("new"), Some("1"));
        assert_eq!(form.fields.iter().filter(|(name, _)| name == "username").count(), 1);
    }

    #[test]
    fn links_and_entities_are_decoded() {
        assert_eq!(links(PAGE), ["/x?y=1&z"]);
        assert_eq!(decode("a & b &amp;amp; &unknown; &#20196;&#x724c;"), "a & b &amp; &unknown; 令牌");
    }
}
