//! What is known about a person. OpenID Connect Core §5.1 and §5.4.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::scope::ScopeSet;

/// The standard claims but `sub`, which is the user's id. `Debug` names none of them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StandardClaims {
    /// Full name, for display.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Given names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Surnames.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// Middle names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// Casual name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// The name by which the person wants to be called at the client; not unique.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// A page about the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// A picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// The person's own page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// Gender, in the person's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// `YYYY-MM-DD`, `YYYY`, or `0000-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    /// Time zone, such as `Asia/Shanghai`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    /// Language tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// When the claims last changed, in seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<i64>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the address was proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// Postal address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Telephone number in the form of E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Whether the number was proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_verified: Option<bool>,
}

/// A postal address. OpenID Connect Core §5.1.1.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// The whole address, perhaps over several lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    /// Street, house, apartment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    /// Province or state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// Which claims a scope releases. OpenID Connect Core §5.4.
pub const CLAIMS_BY_SCOPE: [(&str, &[&str]); 4] = [
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

/// Whether one of `scopes` releases the claim.
pub fn is_released_by(claim: &str, scopes: &ScopeSet) -> bool {
    CLAIMS_BY_SCOPE.iter().any(|(scope, listed)| scopes.contains(scope) && listed.contains(&claim))
}

fn is_listed(claim: &str) -> bool {
    CLAIMS_BY_SCOPE.iter().any(|(_, listed)| listed.contains(&claim))
}

impl StandardClaims {
    /// The claims that `scopes` release, as members of a userinfo answer. What is not known is left out.
    pub fn released_by(&self, scopes: &ScopeSet) -> Map<String, Value> {
        self.released(scopes, &[])
    }

    /// The claims that `scopes` release, and those of the list `named`, which were asked for one by one.
    ///
    /// Source: OpenID Connect Core §5.4, §5.5.
    pub fn released(&self, scopes: &ScopeSet, named: &[String]) -> Map<String, Value> {
        let Ok(Value::Object(mut claims)) = serde_json::to_value(self) else {
            return Map::new();
        };
        let is_named = |claim: &str| named.iter().any(|name| name == claim);
        // A claim that no scope lists is released to nobody.
        claims.retain(|claim, _| is_released_by(claim, scopes) || (is_named(claim) && is_listed(claim)));
        claims
    }
}

impl std::fmt::Debug for StandardClaims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StandardClaims").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn full() -> (StandardClaims, Value) {
        let mut all = Map::new();
        for claim in CLAIMS_BY_SCOPE.iter().flat_map(|(_, claims)| *claims) {
            let value = match *claim {
                "updated_at" => json!(1_700_000_000),
                "email_verified" | "phone_number_verified" => json!(true),
                "address" => json!({
                    "formatted": "f", "street_address": "s", "locality": "l", "region": "r", "postal_code": "p", "country": "c",
                }),
                other => json!(format!("my {other}")),
            };
            all.insert((*claim).to_owned(), value);
        }
        let all = Value::Object(all);
        (serde_json::from_value(all.clone()).unwrap(), all)
    }

    #[test]
    fn every_listed_claim_has_a_field_and_round_trips() {
        let (claims, json) = full();
        assert_eq!(serde_json::to_value(claims).unwrap(), json);
    }

    #[test]
    fn each_scope_releases_all_its_claims_and_no_other() {
        let (claims, _) = full();
        for (scope, listed) in CLAIMS_BY_SCOPE {
            let released = claims.released_by(&ScopeSet::parse(&format!("openid {scope}")).unwrap());
            let mut expected = listed.to_vec();
            expected.sort_unstable();
            let mut names: Vec<_> = released.keys().map(String::as_str).collect();
            names.sort_unstable();
            assert_eq!(names, expected, "{scope}");
        }
    }

    #[test]
    fn openid_alone_releases_nothing() {
        let (claims, _) = full();
        assert!(claims.released_by(&ScopeSet::parse("openid offline_access").unwrap()).is_empty());
    }

    #[test]
    fn named_claims_are_released_beside_those_of_the_scopes() {
        let (claims, _) = full();
        let asked = ["phone_number", "sub", "password"].map(str::to_owned);
        let released = claims.released(&ScopeSet::parse("openid email").unwrap(), &asked);
        let names: Vec<_> = released.keys().map(String::as_str).collect();
        assert_eq!(names, ["email", "email_verified", "phone_number"]);
    }

    #[test]
    fn unknown_claims_are_absent_and_not_null() {
        let claims = StandardClaims { email: Some("a@b.example".into()), ..StandardClaims::default() };
        let released = claims.released_by(&ScopeSet::parse("openid email profile").unwrap());
        assert_eq!(Value::Object(released), json!({"email": "a@b.example"}));
    }

    #[test]
    fn debug_names_nobody() {
        let (claims, _) = full();
        assert!(!format!("{claims:?}").contains("my "));
    }
}
