//! One judgement of a token: every check by name, what it expected and what it found.

use flow::Refused;
use grant_store::{AccessTokenRecord, RevokedToken};
use platform::secret::{Kind, Secret};
use serde_json::{Map, Value};

use super::{jwt, stored};
use crate::args::Context;
use crate::failure::{Exit, Failure};
use crate::language::tr;
use crate::stores::Stores;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An access token in the form of RFC 9068.
    AccessJwt,
    /// An access token that is a random reference.
    AccessOpaque,
    /// An ID token.
    Id,
    /// A refresh token.
    Refresh,
    /// Nothing that this server gives out.
    Unknown,
}

impl TokenKind {
    /// The word for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessJwt | Self::AccessOpaque => "access_token",
            Self::Id => "id_token",
            Self::Refresh => "refresh_token",
            Self::Unknown => "unknown",
        }
    }
}

/// A question that is asked of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether it is for one of ours.
    Audience,
    /// Whether its claims are complete and of the right types.
    Claims,
    /// Whether it has the form of a token.
    Form,
    /// Whether this server issued it, by its own words.
    Issuer,
    /// Whether the signature is by a published key.
    Signature,
    /// Whether what it rests on still stands: user, client, consent, session, grant.
    Standing,
    /// Whether this server has stored it.
    Stored,
    /// Whether its time has come and not passed.
    Time,
    /// Whether it says which kind of token it is.
    Type,
}

impl Question {
    /// The word for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Audience => "audience",
            Self::Claims => "claims",
            Self::Form => "form",
            Self::Issuer => "issuer",
            Self::Signature => "signature",
            Self::Standing => "standing",
            Self::Stored => "stored",
            Self::Time => "time",
            Self::Type => "type",
        }
    }
}

/// Why a check failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It rests on something that a rule of the gate refuses.
    Refused(Refused),
    /// It was revoked by itself.
    Revoked,
    /// It was spent, and a successor stands in its place.
    Spent,
    /// Another value than the expected one.
    Other,
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was asked.
    pub question: Question,
    /// What would have passed.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// Why it failed; nothing where it passed.
    pub fault: Option<Fault>,
}

/// What can be ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handle {
    /// A JWT by its `jti`, until nobody takes it any more.
    Jwt(RevokedToken),
    /// A grant with every token of it.
    Grant(String),
    /// A stored access token.
    Opaque(AccessTokenRecord),
}

/// A token with every answer.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What it is.
    pub kind: TokenKind,
    /// Its name: `jti` or selector, never a secret.
    pub id: String,
    /// What it says, or what is stored of it.
    pub claims: Map<String, Value>,
    /// The answers, in the order in which they were asked; the first that fails may end the questions.
    pub checks: Vec<Check>,
    /// What a revocation would end.
    pub handle: Option<Handle>,
}

impl Judged {
    /// A token of which nothing is known yet.
    pub fn new(kind: TokenKind) -> Self {
        Self { kind, id: String::new(), claims: Map::new(), checks: Vec::new(), handle: None }
    }

    /// Whether every check passed.
    pub fn is_good(&self) -> bool {
        self.checks.iter().all(|check| check.fault.is_none())
    }

    /// Notes an answer, and says whether it was yes.
    pub fn check(&mut self, question: Question, expected: &str, found: &str, fault: Option<Fault>) -> bool {
        let is_passed = fault.is_none();
        self.checks.push(Check { question, expected: expected.to_owned(), found: found.to_owned(), fault });
        is_passed
    }

    /// A claim that is text, empty where it is none.
    pub fn text(&self, name: &str) -> &str {
        self.claims.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Judges a token as this server stands now.
///
/// Shape: `audience` narrows whom it must be for.
/// Errors: another secret of this server than a token is a wrong use.
pub async fn judge(
    token: &Secret,
    audience: Option<&str>,
    stores: &Stores,
    context: &Context,
) -> Result<Judged, Failure> {
    let text = token.expose();
    match kind_of(text) {
        Some(Kind::RefreshToken) => stored::refresh(text, stores, context).await,
        Some(Kind::AccessToken) => stored::opaque(text, audience, stores, context).await,
        Some(
            Kind::Browser | Kind::ClientSecret | Kind::Code | Kind::DeviceCode | Kind::Interaction | Kind::Session,
        ) => {
            let language = context.language();
            let message = tr!(language, "this is a secret of another kind, and no token", "这是另一种机密，不是令牌");
            Err(Failure::new(Exit::Usage, message))
        }
        None => jwt::judge(text, audience, stores, context).await,
    }
}

/// Whether a token is one of those that are stored and say nothing by themselves.
pub fn is_stored_kind(text: &str) -> bool {
    matches!(kind_of(text), Some(Kind::AccessToken | Kind::RefreshToken))
}

/// The kind that a stored secret names before its underscore.
fn kind_of(text: &str) -> Option<Kind> {
    let (prefix, _) = text.split_once('_')?;
    Kind::ALL.into_iter().find(|kind| kind.prefix() == prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_a_secret_stands_before_its_underscore() {
        assert_eq!(kind_of("rt_0123.abc"), Some(Kind::RefreshToken));
        assert_eq!(kind_of("at_0123.abc"), Some(Kind::AccessToken));
        assert_eq!(kind_of("code_0123.abc"), Some(Kind::Code));
        for other in ["eyJhbGciOiJFUzI1NiJ9.e30.AA", "eyJ_a.b_c.d", "", "rt"] {
            assert_eq!(kind_of(other), None, "{other}");
        }
    }
}
