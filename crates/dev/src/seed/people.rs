//! The people of the catalog.

use platform::secret::Secret;
use protocol::standard_claims::{Address, StandardClaims};
use user_store::{Identifier, IdentifierKind, NewUser, PasswordCheck, UserStore};

use super::SeedError;
use crate::catalog::{PEOPLE, Person};

/// Registers who is missing, and answers whose printed password holds.
pub(super) async fn ensure(users: &UserStore) -> Result<Vec<Person>, SeedError> {
    let mut reachable = Vec::new();
    for person in PEOPLE {
        let is_as_printed = match users.find_by_login(person.username).await? {
            None => {
                users.register(new_user(person)?).await?;
                true
            }
            // Nobody has changed the account since it was seeded: no need to hash a password at every start.
            Some(user) if user.version <= 1 => true,
            Some(_) => {
                let password = Secret::new(person.password.to_owned());
                matches!(users.verify_password(person.username, password).await?, PasswordCheck::Match(_))
            }
        };
        if is_as_printed {
            reachable.push(person);
        }
    }
    Ok(reachable)
}

fn new_user(person: Person) -> Result<NewUser, SeedError> {
    let is_alice = person.username == "alice";
    let mut identifiers = vec![(identifier(IdentifierKind::Username, person.username)?, true)];
    let email = format!("{}@example.com", person.username);
    identifiers.push((identifier(IdentifierKind::Email, &email)?, is_alice));
    if is_alice {
        identifiers.push((identifier(IdentifierKind::Phone, "+8613800138000")?, true));
    }
    Ok(NewUser {
        identifiers,
        password: Some(Secret::new(person.password.to_owned())),
        claims: if is_alice { alice() } else { bob() },
        bypass_password_policy: true,
    })
}

fn identifier(kind: IdentifierKind, text: &str) -> Result<Identifier, SeedError> {
    Identifier::parse(kind, text).map_err(|_| SeedError::Malformed { what: "identifier" })
}

/// Every claim of OpenID Connect Core §5.1, so that an app can see what each of them looks like. What identifiers say
/// (user name, e-mail, phone) is taken from them.
fn alice() -> StandardClaims {
    let text = |text: &str| Some(text.to_owned());
    StandardClaims {
        name: text("Alice Lin"),
        given_name: text("Alice"),
        family_name: text("Lin"),
        middle_name: text("Yue"),
        nickname: text("Ali"),
        profile: text("https://people.example.com/alice"),
        picture: text("https://people.example.com/alice.png"),
        website: text("https://alice.example.com"),
        gender: text("female"),
        birthdate: text("1996-02-29"),
        zoneinfo: text("Asia/Shanghai"),
        locale: text("zh-CN"),
        address: Some(Address {
            formatted: text("浙江省杭州市西湖区示例路 1 号\n310000\n中国"),
            street_address: text("西湖区示例路 1 号"),
            locality: text("杭州市"),
            region: text("浙江省"),
            postal_code: text("310000"),
            country: text("中国"),
        }),
        ..StandardClaims::default()
    }
}

/// Somebody of whom little is known.
fn bob() -> StandardClaims {
    StandardClaims { name: Some("Bob".to_owned()), locale: Some("en".to_owned()), ..StandardClaims::default() }
}
