//! The `claims` parameter: claims asked for one by one. OpenID Connect Core §5.5.

use serde_json::{Map, Value, json};

use crate::standard_claims::CLAIMS_BY_SCOPE;
use crate::strict_json::{self, StrictJsonError};

/// What a `claims` parameter asks for, as far as this server understands it.
///
/// Shape: members and claims that we do not know are left out, as §5.5 wants it; what is known is in one order, so two
/// requests for the same things are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimsRequest {
    /// Standard claims for the userinfo answer, in the order of the specification.
    pub userinfo: Vec<&'static str>,
    /// The people of whom one member or both ask, by `sub`; more than one cannot be satisfied.
    pub subjects: Vec<String>,
    /// Authentication classes, of which the ID token must carry one. §5.5.1.1.
    pub essential_acr: Option<Vec<String>>,
}

/// Why a `claims` parameter cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsRequestError {
    /// A claim is asked for in a form that §5.5.1 does not know.
    #[error("a claim is neither null nor an object with essential, value and values")]
    BadClaim,
    /// Not one JSON object, or a member stands twice.
    #[error(transparent)]
    BadJson(#[from] StrictJsonError),
    /// `userinfo` or `id_token` is no object.
    #[error("userinfo and id_token must be objects")]
    BadMember,
    /// More than [`ClaimsRequest::MAX_BYTES`].
    #[error("the parameter is longer than 4096 bytes")]
    TooLong,
}

/// One claim as it is asked for. §5.5.1.
struct Wish<'v> {
    is_essential: bool,
    values: Vec<&'v str>,
}

impl ClaimsRequest {
    /// The longest parameter that is read.
    pub const MAX_BYTES: usize = 4096;

    /// Reads the parameter.
    ///
    /// Errors: [`ClaimsRequestError`]; a request that says one thing to one reader and another to the next is refused.
    pub fn parse(text: &str) -> Result<Self, ClaimsRequestError> {
        if text.len() > Self::MAX_BYTES {
            return Err(ClaimsRequestError::TooLong);
        }
        let request = strict_json::parse_object(text.as_bytes())?;
        let userinfo = wishes(&request, "userinfo")?;
        let id_token = wishes(&request, "id_token")?;
        let asked = |name: &str| userinfo.iter().any(|(own, _)| *own == name);
        let known = CLAIMS_BY_SCOPE.iter().flat_map(|(_, claims)| *claims).copied();
        let mut subjects = Vec::new();
        for (_, wish) in userinfo.iter().chain(&id_token).filter(|(name, _)| *name == "sub") {
            // §5.5.1: `value` asks for that very person; a list of people asks for nothing that we could promise.
            if let [subject] = wish.values.as_slice()
                && !subjects.iter().any(|known| known == subject)
            {
                subjects.push((*subject).to_owned());
            }
        }
        let essential_acr = id_token
            .iter()
            .find(|(name, wish)| *name == "acr" && wish.is_essential && !wish.values.is_empty())
            .map(|(_, wish)| wish.values.iter().map(|&value| value.to_owned()).collect());
        Ok(Self { userinfo: known.filter(|name| asked(name)).collect(), subjects, essential_acr })
    }

    /// The same request as a parameter that says only what is understood; none where that is nothing.
    pub fn to_parameter(&self) -> Option<String> {
        if *self == Self::default() {
            return None;
        }
        let mut userinfo: Map<String, Value> =
            self.userinfo.iter().map(|&name| (name.to_owned(), Value::Null)).collect();
        let mut id_token = Map::new();
        // Two subjects are refused before anything is kept; each member holds one.
        for (member, subject) in [&mut id_token, &mut userinfo].into_iter().zip(&self.subjects) {
            member.insert("sub".to_owned(), json!({ "value": subject }));
        }
        if let Some(values) = &self.essential_acr {
            id_token.insert("acr".to_owned(), json!({ "essential": true, "values": values }));
        }
        Some(json!({ "userinfo": userinfo, "id_token": id_token }).to_string())
    }
}

fn wishes<'v>(request: &'v Map<String, Value>, member: &str) -> Result<Vec<(&'v str, Wish<'v>)>, ClaimsRequestError> {
    match request.get(member) {
        None => Ok(Vec::new()),
        Some(Value::Object(claims)) => {
            claims.iter().map(|(name, value)| Ok((name.as_str(), Wish::read(value)?))).collect()
        }
        Some(_) => Err(ClaimsRequestError::BadMember),
    }
}

impl<'v> Wish<'v> {
    fn read(value: &'v Value) -> Result<Self, ClaimsRequestError> {
        let members = match value {
            Value::Null => return Ok(Self { is_essential: false, values: Vec::new() }),
            Value::Object(members) => members,
            Value::Array(_) | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                return Err(ClaimsRequestError::BadClaim);
            }
        };
        let is_essential = match members.get("essential") {
            None => false,
            Some(essential) => essential.as_bool().ok_or(ClaimsRequestError::BadClaim)?,
        };
        let several: &[Value] = match members.get("values") {
            None => &[],
            Some(values) => values.as_array().ok_or(ClaimsRequestError::BadClaim)?,
        };
        // Wishes for numbers and objects concern claims whose value nobody can wish for here.
        let values = members.get("value").into_iter().chain(several).filter_map(Value::as_str).collect();
        Ok(Self { is_essential, values })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> ClaimsRequest {
        ClaimsRequest::parse(text).unwrap()
    }

    #[test]
    fn known_claims_are_taken_in_one_order_and_unknown_ones_ignored() {
        let claims = parse(
            r#"{"userinfo":{"phone_number":null,"email":{"essential":true},"name":{"essential":false,"x":1},
               "http://claims.example/shoe":null},"id_token":{"auth_time":{"essential":true},"name":null},"other":7}"#,
        );
        assert_eq!(claims.userinfo, ["name", "email", "phone_number"]);
        assert_eq!((claims.subjects.len(), claims.essential_acr), (0, None));
        assert_eq!(parse("{}"), ClaimsRequest::default());
    }

    #[test]
    fn a_subject_is_asked_for_by_its_value() {
        let text = r#"{"id_token":{"sub":{"value":"u1"}},"userinfo":{"sub":{"value":"u1"}}}"#;
        assert_eq!(parse(text).subjects, ["u1"]);
        let two = r#"{"id_token":{"sub":{"value":"u1"}},"userinfo":{"sub":{"value":"u2"}}}"#;
        assert_eq!(parse(two).subjects.len(), 2);
        assert!(parse(r#"{"id_token":{"sub":null}}"#).subjects.is_empty());
    }

    #[test]
    fn only_an_essential_acr_with_values_binds() {
        let acr = |wish: &str| parse(&format!(r#"{{"id_token":{{"acr":{wish}}}}}"#)).essential_acr;
        assert_eq!(acr(r#"{"essential":true,"values":["2","1"]}"#), Some(vec!["2".to_owned(), "1".to_owned()]));
        assert_eq!(acr(r#"{"essential":true,"value":"1"}"#), Some(vec!["1".to_owned()]));
        for free in ["null", r#"{"values":["2"]}"#, r#"{"essential":true}"#, r#"{"essential":false,"value":"2"}"#] {
            assert_eq!(acr(free), None, "{free}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        let duplicate = Err(ClaimsRequestError::BadJson(StrictJsonError::DuplicateMember));
        assert_eq!(ClaimsRequest::parse(r#"{"userinfo":{},"userinfo":{}}"#), duplicate);
        assert_eq!(ClaimsRequest::parse(r#"{"userinfo":{"name":null,"name":null}}"#), duplicate);
        for bad in ["", "[]", "null", "{", "\"name\""] {
            let error = ClaimsRequestError::BadJson(StrictJsonError::NotAnObject);
            assert_eq!(ClaimsRequest::parse(bad), Err(error), "{bad}");
        }
        for bad in [r#"{"userinfo":null}"#, r#"{"id_token":[]}"#, r#"{"userinfo":"name"}"#] {
            assert_eq!(ClaimsRequest::parse(bad), Err(ClaimsRequestError::BadMember), "{bad}");
        }
        for bad in ["true", "\"x\"", "[]", r#"{"essential":"yes"}"#, r#"{"values":"x"}"#] {
            let text = format!(r#"{{"userinfo":{{"name":{bad}}}}}"#);
            assert_eq!(ClaimsRequest::parse(&text), Err(ClaimsRequestError::BadClaim), "{bad}");
        }
        let long = format!(r#"{{"userinfo":{{"{}":null}}}}"#, "x".repeat(4096));
        assert_eq!(ClaimsRequest::parse(&long), Err(ClaimsRequestError::TooLong));
    }

    #[test]
    fn what_is_kept_reads_back() {
        for text in [
            r#"{"userinfo":{"name":null,"address":{"essential":true}}}"#,
            r#"{"id_token":{"sub":{"value":"u1"},"acr":{"essential":true,"value":"1"}},"userinfo":{"email":null}}"#,
        ] {
            let claims = parse(text);
            assert_eq!(parse(&claims.to_parameter().unwrap()), claims);
        }
        assert_eq!(parse(r#"{"userinfo":{"shoe":null}}"#).to_parameter(), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = ClaimsRequest::parse(&text);
        }
    }
}
