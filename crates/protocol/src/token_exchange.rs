//! Token exchange: its request, and the claim that says who acts. RFC 8693 §2.1, §4.1.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::params::Params;

/// The one token type that is exchanged and issued here. RFC 8693 §3.
pub const ACCESS_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A token exchange request. `Debug` hides the token.
///
/// Shape: one target, named as `resource` or as `audience`. Types other than [`ACCESS_TOKEN_TYPE`] do not parse, nor does
/// an actor token: the actor is the client that asks.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenExchangeRequest {
    /// The token to exchange.
    pub subject_token: String,
    /// Whom the new token is for.
    pub target: String,
    /// As sent; absent means all that can be given.
    pub scope: Option<String>,
}

/// Why a request is not one that we answer. Nothing is filled in for what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenExchangeError {
    /// `actor_token` or `actor_token_type` was sent.
    #[error("an actor token was sent")]
    ActorToken,
    /// A parameter is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A parameter came twice.
    #[error("{0} was sent more than once")]
    Repeated(&'static str),
    /// More than one target.
    #[error("more than one target was named")]
    Targets,
    /// A token type that is not ours.
    #[error("{0} names another token type")]
    Type(&'static str),
}

impl TokenExchangeRequest {
    /// Reads the parameters of RFC 8693 §2.1.
    pub fn parse(form: &Params) -> Result<Self, TokenExchangeError> {
        let one = |name: &'static str| form.one(name).map_err(|_| TokenExchangeError::Repeated(name));
        let required = |name: &'static str| one(name)?.ok_or(TokenExchangeError::Missing(name));
        if one("actor_token")?.is_some() || one("actor_token_type")?.is_some() {
            return Err(TokenExchangeError::ActorToken);
        }
        let subject_token = required("subject_token")?.to_owned();
        if required("subject_token_type")? != ACCESS_TOKEN_TYPE {
            return Err(TokenExchangeError::Type("subject_token_type"));
        }
        if one("requested_token_type")?.is_some_and(|kind| kind != ACCESS_TOKEN_TYPE) {
            return Err(TokenExchangeError::Type("requested_token_type"));
        }
        let mut targets = form.all("resource").chain(form.all("audience")).filter(|target| !target.is_empty());
        let target = match (targets.next(), targets.next()) {
            (Some(only), None) => only.to_owned(),
            (None, _) => return Err(TokenExchangeError::Missing("resource")),
            (Some(_), Some(_)) => return Err(TokenExchangeError::Targets),
        };
        Ok(Self { subject_token, target, scope: one("scope")?.map(str::to_owned) })
    }
}

impl fmt::Debug for TokenExchangeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenExchangeRequest").field("target", &self.target).finish_non_exhaustive()
    }
}

/// The `act` claim: who acts for the subject, and for whom that one acted before. RFC 8693 §4.1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The client that acts.
    pub sub: String,
    /// Who acted before it; for information only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Self>>,
}

impl Actor {
    /// How many acted, this one included.
    pub fn depth(&self) -> usize {
        std::iter::successors(Some(self), |actor| actor.act.as_deref()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::ParamLimits;

    const TYPE: &str = "subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token";

    fn parse(form: &str) -> Result<TokenExchangeRequest, TokenExchangeError> {
        TokenExchangeRequest::parse(&Params::parse(form.as_bytes(), &ParamLimits::default()).unwrap())
    }

    #[test]
    fn a_request_names_a_token_and_one_target() {
        for target in ["resource", "audience"] {
            let request = parse(&format!("subject_token=t1&{TYPE}&{target}=https://b.example&scope=a+b")).unwrap();
            assert_eq!(request.target, "https://b.example");
            assert_eq!(request.scope.as_deref(), Some("a b"));
            assert!(!format!("{request:?}").contains("t1"));
        }
    }

    #[test]
    fn what_is_missing_or_foreign_is_an_error() {
        let of_jwt = "subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt";
        for (form, error) in [
            (format!("{TYPE}&resource=b"), TokenExchangeError::Missing("subject_token")),
            ("subject_token=t&resource=b".to_owned(), TokenExchangeError::Missing("subject_token_type")),
            (format!("subject_token=t&{TYPE}"), TokenExchangeError::Missing("resource")),
            (format!("subject_token=t&{TYPE}&resource="), TokenExchangeError::Missing("resource")),
            (format!("subject_token=t&{TYPE}&resource=b&resource=c"), TokenExchangeError::Targets),
            (format!("subject_token=t&{TYPE}&resource=b&audience=b"), TokenExchangeError::Targets),
            (format!("subject_token=t&{of_jwt}&resource=b"), TokenExchangeError::Type("subject_token_type")),
            (
                format!("subject_token=t&{TYPE}&resource=b&requested_token_type=x"),
                TokenExchangeError::Type("requested_token_type"),
            ),
            (format!("subject_token=t&{TYPE}&resource=b&actor_token=t"), TokenExchangeError::ActorToken),
            (format!("subject_token=t&{TYPE}&resource=b&actor_token_type=t"), TokenExchangeError::ActorToken),
            (
                format!("subject_token=t&subject_token=u&{TYPE}&resource=b"),
                TokenExchangeError::Repeated("subject_token"),
            ),
        ] {
            assert_eq!(parse(&form), Err(error), "{form}");
        }
    }

    #[test]
    fn a_chain_of_actors_is_counted_and_nested() {
        let first = Actor { sub: "a".to_owned(), act: None };
        let second = Actor { sub: "b".to_owned(), act: Some(Box::new(first)) };
        assert_eq!(second.depth(), 2);
        assert_eq!(serde_json::to_string(&second).unwrap(), r#"{"sub":"b","act":{"sub":"a"}}"#);
    }
}
