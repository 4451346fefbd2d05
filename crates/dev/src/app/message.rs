//! One message of a flow, as it is shown: what was sent, what came back, what each part is for.
//!
//! A message holds no sentences. It names texts by their keys, so that the same flow can be read in both languages.

use protocol::Timestamp;
use serde_json::{Map, Value};

use crate::relying_party::{Answer, Check, decode_part};

/// The longest value that is shown; what is longer comes from somewhere strange.
const SHOWN_CHARS: usize = 2_000;
/// How much of a token stands in a table; all of it stands below.
const TOKEN_HEAD_CHARS: usize = 24;

/// What kind of message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageKind {
    Authorization,
    Callback,
    Read,
    Refresh,
    Replay,
    Token,
    UserInfo,
    Write,
}

impl MessageKind {
    /// Every kind, for tests.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 8] = [
        Self::Authorization,
        Self::Callback,
        Self::Read,
        Self::Refresh,
        Self::Replay,
        Self::Token,
        Self::UserInfo,
        Self::Write,
    ];

    /// The middle of its text keys.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Authorization => "authorization",
            Self::Callback => "callback",
            Self::Read => "read",
            Self::Refresh => "refresh",
            Self::Replay => "replay",
            Self::Token => "token",
            Self::UserInfo => "userinfo",
            Self::Write => "write",
        }
    }

    /// Who speaks to whom, as actors of the texts.
    pub(crate) const fn way(self) -> &'static [&'static str] {
        match self {
            Self::Authorization => &["app", "browser", "server"],
            Self::Callback => &["server", "browser", "app"],
            Self::Read | Self::Write => &["app", "api"],
            Self::Refresh | Self::Replay | Self::Token | Self::UserInfo => &["app", "server"],
        }
    }
}

/// Whether the outcome is what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Refused, and that is wrong or unwanted.
    Bad,
    /// As it should be.
    Good,
    /// Refused, and that is right.
    Refused,
}

impl Outcome {
    /// The class of the style sheet.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::Good => "good",
            Self::Refused => "refused",
        }
    }
}

/// A line of a table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) value: String,
    /// A second way to read the value, such as a date.
    pub(crate) also: Option<String>,
    /// Key of the text that says what it is for; there may be none.
    pub(crate) note: String,
    /// What a check of this value found, where there was one.
    pub(crate) is_good: Option<bool>,
}

/// A token, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct TokenView {
    /// The member of the answer that held it.
    pub(crate) name: &'static str,
    /// Header, claims and signature as sent.
    pub(crate) parts: Vec<String>,
    pub(crate) header: Vec<Row>,
    pub(crate) claims: Vec<Row>,
    pub(crate) checks: Vec<Check>,
}

/// One message and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) kind: MessageKind,
    /// Counts from one; never reused in a flow.
    pub(crate) number: usize,
    pub(crate) method: &'static str,
    /// The address without its query.
    pub(crate) address: String,
    pub(crate) headers: Vec<Row>,
    pub(crate) parameters: Vec<Row>,
    pub(crate) status: Option<u16>,
    pub(crate) took_ms: Option<u64>,
    pub(crate) answer: Vec<Row>,
    pub(crate) tokens: Vec<TokenView>,
    pub(crate) outcome: Outcome,
    /// Key of the sentence that says what came of it.
    pub(crate) verdict: Option<&'static str>,
}

impl Message {
    pub(crate) fn new(kind: MessageKind, method: &'static str, address: &str) -> Self {
        Self {
            kind,
            number: 0,
            method,
            address: address.to_owned(),
            headers: Vec::new(),
            parameters: Vec::new(),
            status: None,
            took_ms: None,
            answer: Vec::new(),
            tokens: Vec::new(),
            outcome: Outcome::Good,
            verdict: None,
        }
    }

    /// Adds parameters as they were sent.
    pub(crate) fn with_parameters(mut self, fields: &[(&str, &str)]) -> Self {
        self.parameters.extend(fields.iter().map(|(name, value)| Row::new("send", name, value)));
        self
    }

    /// Adds a header whose meaning depends on its scheme.
    pub(crate) fn with_authorization(mut self, scheme: &str, value: &str) -> Self {
        // Credentials of a fixed, printed login may be read in full; a token stands below, taken apart.
        let value = if scheme == "bearer" { shorten_token(value) } else { value.to_owned() };
        let mut row = Row::new("send", "Authorization", &value);
        row.note = format!("send-Authorization-{scheme}");
        self.headers.push(row);
        self
    }

    /// Adds what came back; `group` chooses the meanings of its members.
    pub(crate) fn with_answer(mut self, answer: &Answer, group: &'static str) -> Self {
        self.status = Some(answer.status);
        self.took_ms = Some(u64::try_from(answer.took.as_millis()).unwrap_or(u64::MAX));
        let group = if answer.is_success() { group } else { "reply" };
        if let Some(challenge) = &answer.challenge {
            self.answer.push(Row::new("reply", "WWW-Authenticate", challenge));
        }
        if let Some(members) = answer.json.as_object() {
            self.answer.extend(rows(group, members));
        }
        self
    }

    pub(crate) fn concluded(mut self, outcome: Outcome, verdict: &'static str) -> Self {
        self.outcome = outcome;
        self.verdict = Some(verdict);
        self
    }
}

impl Row {
    pub(crate) fn new(group: &str, name: &str, value: &str) -> Self {
        Self { name: shown(name), value: shown(value), also: None, note: format!("{group}-{name}"), is_good: None }
    }

    pub(crate) fn checked(mut self, is_good: bool) -> Self {
        self.is_good = Some(is_good);
        self
    }
}

impl TokenView {
    /// Takes a JWT apart; anything else has one part and no claims.
    pub(crate) fn of(name: &'static str, token: &str, checks: Vec<Check>) -> Self {
        let part = |at, group| match decode_part(token, at) {
            Some(Value::Object(members)) => rows(group, &members),
            Some(_) | None => Vec::new(),
        };
        Self {
            name,
            parts: token.split('.').map(shown).collect(),
            header: part(0, "jose"),
            claims: part(1, "claim"),
            checks,
        }
    }
}

/// The order in which people read claims; what is not named follows by name.
const READING_ORDER: [&str; 22] = [
    "error",
    "error_description",
    "alg",
    "kid",
    "typ",
    "access_token",
    "token_type",
    "expires_in",
    "refresh_token",
    "id_token",
    "iss",
    "sub",
    "aud",
    "client_id",
    "azp",
    "scope",
    "iat",
    "exp",
    "auth_time",
    "nonce",
    "at_hash",
    "name",
];

fn rows(group: &str, members: &Map<String, Value>) -> Vec<Row> {
    let is_token = |name: &str| matches!(name, "access_token" | "id_token" | "refresh_token");
    let place = |name: &str| READING_ORDER.iter().position(|known| *known == name).unwrap_or(READING_ORDER.len());
    let mut members: Vec<_> = members.iter().collect();
    members.sort_by_key(|(name, _)| place(name));
    members
        .into_iter()
        .map(|(name, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let text = if is_token(name) { shorten_token(&text) } else { text };
            Row { also: date(name, value), ..Row::new(group, name, &text) }
        })
        .collect()
}

/// The date behind a claim that counts seconds. Source: RFC 7519 §2 (NumericDate).
fn date(name: &str, value: &Value) -> Option<String> {
    let is_time = matches!(name, "exp" | "iat" | "nbf" | "auth_time" | "updated_at");
    value.as_i64().filter(|_| is_time).map(|seconds| Timestamp::from_secs(seconds).to_rfc3339())
}

/// The beginning of a token; the whole of it would fill the table.
fn shorten_token(text: &str) -> String {
    let head = text.find("ey").filter(|at| *at < 10).unwrap_or(0) + TOKEN_HEAD_CHARS;
    match text.char_indices().nth(head) {
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::texts::tests::keys;

    #[test]
    fn every_kind_has_its_texts_and_actors() {
        let keys = keys();
        for kind in MessageKind::ALL {
            let name = kind.as_str();
            assert!(keys.contains(format!("message-{name}-title").as_str()), "{name}");
            assert!(keys.contains(format!("message-{name}-text").as_str()), "{name}");
            for actor in kind.way() {
                assert!(keys.contains(format!("actor-{actor}").as_str()), "{actor}");
            }
        }
    }

    #[test]
    fn answers_become_rows_with_dates_and_short_tokens() {
        let answer = Answer {
            status: 200,
            challenge: None,
            json: serde_json::json!({ "access_token": format!("ey{}", "x".repeat(500)), "exp": 1_700_000_000, "x": [1] }),
            took: Duration::from_millis(12),
        };
        let message = Message::new(MessageKind::Token, "POST", "http://i/token").with_answer(&answer, "reply");
        let row = |name: &str| message.answer.iter().find(|row| row.name == name).unwrap();
        assert!(row("access_token").value.ends_with('…') && row("access_token").value.len() < 40);
        assert_eq!(row("exp").also.as_deref(), Some("2023-11-14T22:13:20Z"));
        assert_eq!(row("x").value, "[1]");
        assert_eq!(message.took_ms, Some(12));
    }

    #[test]
    fn what_is_no_token_is_shown_as_it_is() {
        let view = TokenView::of("id_token", "令牌", Vec::new());
        assert_eq!(view.parts, ["令牌"]);
        assert!(view.header.is_empty() && view.claims.is_empty());
        assert_eq!(shown(&"牌".repeat(3_000)).chars().count(), SHOWN_CHARS + 1);
    }
}
