//! Reads the forms of a page, as far as signing in without a browser needs it.
//!
//! A tokenizer for start tags and nothing more: text, comments, scripts and styles are skipped, nesting is not kept.
//! It is written for the server's own pages and never trusts them: any input gives some list of forms, none panics.
//! Source: HTML Living Standard §13.2.5 (tokenization), §4.10.21 (form submission).

/// A form with what its fields would send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HtmlForm {
    /// Where it is sent; empty means the page's own address.
    pub action: String,
    /// Whether it is sent by POST.
    pub is_post: bool,
    /// Names and values of its fields, in order; unchecked boxes are left out.
    pub fields: Vec<(String, String)>,
    /// Its submit buttons.
    pub buttons: Vec<Button>,
}

/// A submit button.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Button {
    /// The `id` of the element.
    pub id: String,
    /// The name it sends; empty when it sends nothing.
    pub name: String,
    /// The value it sends.
    pub value: String,
    /// Another target than the form's, from `formaction`.
    pub action: Option<String>,
}

impl HtmlForm {
    /// Whether the form has a field of that name.
    pub fn has_field(&self, name: &str) -> bool {
        self.fields.iter().any(|(found, _)| found == name)
    }

    /// Fills the field of that name; a field that is not there is added.
    pub fn fill(&mut self, name: &str, value: &str) {
        match self.fields.iter_mut().find(|(found, _)| found == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
    }

    /// The button with that id or name.
    pub fn button(&self, label: &str) -> Option<&Button> {
        self.buttons.iter().find(|button| button.id == label || button.name == label)
    }
}

/// The forms of a page, in order.
pub fn forms(page: &str) -> Vec<HtmlForm> {
    let mut forms = Vec::new();
    let mut open: Option<HtmlForm> = None;
    let mut rest = page;
    while let Some(tag) = next_tag(&mut rest) {
        match tag.name.as_str() {
            "form" => {
                forms.extend(open.take());
                open = Some(start(&tag));
            }
            "/form" => forms.extend(open.take()),
            "input" | "button" => {
                if let Some(form) = &mut open {
                    add(form, &tag);
                }
            }
            "script" | "style" | "textarea" | "title" => skip_past(&mut rest, &tag.name),
            _ => {}
        }
    }
    forms.extend(open);
    forms
}

struct Tag {
    /// Lower case, with a leading slash for an end tag.
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    fn text(&self, name: &str) -> String {
        self.attribute(name).unwrap_or_default().to_owned()
    }
}

fn start(tag: &Tag) -> HtmlForm {
    HtmlForm {
        action: tag.text("action"),
        is_post: tag.attribute("method").is_some_and(|method| method.eq_ignore_ascii_case("post")),
        ..HtmlForm::default()
    }
}

fn add(form: &mut HtmlForm, tag: &Tag) {
    if tag.attribute("disabled").is_some() {
        return;
    }
    let kind = tag.attribute("type").unwrap_or(if tag.name == "button" { "submit" } else { "text" });
    match kind.to_ascii_lowercase().as_str() {
        "submit" | "image" => form.buttons.push(Button {
            id: tag.text("id"),
            name: tag.text("name"),
            value: tag.text("value"),
            action: tag.attribute("formaction").map(str::to_owned),
        }),
        "button" | "reset" | "file" => {}
        "checkbox" | "radio" if tag.attribute("checked").is_none() => {}
        "checkbox" | "radio" => add_field(form, tag, tag.attribute("value").unwrap_or("on")),
        _ => add_field(form, tag, tag.attribute("value").unwrap_or_default()),
    }
}

fn add_field(form: &mut HtmlForm, tag: &Tag, value: &str) {
    if let Some(name) = tag.attribute("name").filter(|name| !name.is_empty()) {
        form.fields.push((name.to_owned(), value.to_owned()));
    }
}

/// The next tag of `rest`, which moves behind it.
fn next_tag(rest: &mut &str) -> Option<Tag> {
    loop {
        let (_, after) = rest.split_once('<')?;
        if let Some(comment) = after.strip_prefix("!--") {
            *rest = comment.split_once("-->").map_or("", |(_, behind)| behind);
            continue;
        }
        let length = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '/' && c != '-').unwrap_or(after.len());
        let (name, mut behind) = after.split_at_checked(length)?;
        let is_tag = name.trim_start_matches('/').starts_with(|c: char| c.is_ascii_alphabetic());
        if !is_tag {
            *rest = after;
            continue;
        }
        let attributes = attributes(&mut behind);
        *rest = behind;
        return Some(Tag { name: name.trim_end_matches('/').to_ascii_lowercase(), attributes });
    }
}

/// The attributes up to the closing `>`, which is consumed.
fn attributes(rest: &mut &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    loop {
        *rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return found;
        }
        if let Some(behind) = rest.strip_prefix('>') {
            *rest = behind;
            return found;
        }
        let name = take(rest, |c| !c.is_ascii_whitespace() && !matches!(c, '=' | '>' | '/'));
        let behind = rest.trim_start();
        let value = match behind.strip_prefix('=') {
            Some(behind) => {
                *rest = behind.trim_start();
                value(rest)
            }
            // A lone quote or the like is no name; step over it, or this would never end.
            None if name.is_empty() => {
                take_one(rest);
                continue;
            }
            None => String::new(),
        };
        found.push((name.to_ascii_lowercase(), unescape(&value)));
    }
}

fn value(rest: &mut &str) -> String {
    for quote in ['"', '\''] {
        if let Some(inner) = rest.strip_prefix(quote) {
            let (value, behind) = inner.split_once(quote).unwrap_or((inner, ""));
            *rest = behind;
            return value.to_owned();
        }
    }
    take(rest, |c| !c.is_ascii_whitespace() && c != '>').to_owned()
}

fn take<'p>(rest: &mut &'p str, wanted: impl Fn(char) -> bool) -> &'p str {
    let end = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
    let (taken, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
    *rest = behind;
    taken
}

fn take_one(rest: &mut &str) {
    let mut chars = rest.chars();
    chars.next();
    *rest = chars.as_str();
}

/// Moves behind `</name`, whose element holds text and no tags.
fn skip_past(rest: &mut &str, name: &str) {
    let end = format!("</{name}");
    let found = rest
        .char_indices()
        .find(|(at, _)| rest.get(*at..*at + end.len()).is_some_and(|piece| piece.eq_ignore_ascii_case(&end)));
    *rest = found.and_then(|(at, _)| rest.get(at + end.len()..)).unwrap_or("");
}

/// Replaces the character references that a template engine writes; others stay as they are.
fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let known = after.split_once(';').and_then(|(name, behind)| Some((reference(name)?, behind)));
        let (character, behind) = known.unwrap_or(('&', after));
        out.push(character);
        rest = behind;
    }
    out.push_str(rest);
    out
}

fn reference(name: &str) -> Option<char> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let digits = name.strip_prefix('#')?;
            match digits.strip_prefix(['x', 'X']) {
                Some(hex) => number(hex, 16),
                None => number(digits, 10),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: &str = r#"<!doctype html><html lang="en"><!-- <form action="/comment"> -->
      <script>if (a < b) document.write("<form action='/script'>")</script>
      <form method="post" action="/login?interaction=a&amp;b">
        <input type="hidden" name="csrf" value="&#x61;&quot;&#39;">
        <label>Name <input name=username autocomplete="username" required></label>
        <INPUT TYPE=password NAME='password'/>
        <input type="checkbox" name="remember">
        <input type="checkbox" name="terms" checked>
        <button id="login-submit" type="submit">Sign in</button>
        <button type="button" name="reveal">Show</button>
      </form>
      <form action="/locale"><button name="locale" value="zh-CN">中文</button></form></html>"#;

    #[test]
    fn a_login_form_is_read() {
        let forms = forms(LOGIN);
        assert_eq!(forms.len(), 2);
        let login = &forms[0];
        assert_eq!(login.action, "/login?interaction=a&b");
        assert!(login.is_post && login.has_field("username") && login.has_field("password"));
        assert!(!login.has_field("remember") && !login.has_field("reveal"));
        assert_eq!(login.fields[0], ("csrf".to_owned(), "a\"'".to_owned()));
        assert_eq!(login.fields[3], ("terms".to_owned(), "on".to_owned()));
        assert!(login.button("login-submit").is_some_and(|button| button.name.is_empty()));
        assert_eq!(forms[1].button("locale").unwrap().value, "zh-CN");
        assert!(!forms[1].is_post);
    }

    #[test]
    fn filling_replaces_or_adds() {
        let mut form = forms(LOGIN).remove(0);
        form.fill("username", "alice");
        form.fill("extra", "x");
        assert!(form.fields.contains(&("username".to_owned(), "alice".to_owned())));
        assert!(form.fields.contains(&("extra".to_owned(), "x".to_owned())));
        assert_eq!(form.fields.iter().filter(|(name, _)| name == "username").count(), 1);
    }

    #[test]
    fn hostile_pages_end_and_do_not_panic() {
        for page in [
            "<",
            "<form",
            "<form action",
            "<form action=",
            "<form action=\"",
            "<form '\"=>",
            "<input name=x>",
            "</form>",
            "<form><input name=\"a\" value=\"&#xffffff;&bogus;&",
            "<form><script>",
            "<!--",
            "< form>",
            "<form//>",
            "<form =>",
            "<form><input \u{0}name=令 value=牌>",
            "<令>",
            "&<form><form><form>",
        ] {
            let _ = forms(page);
        }
        let deep = "<form><input name=a value=b ".repeat(10_000);
        assert!(!forms(&deep).is_empty());
    }
}
