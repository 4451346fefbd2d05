//! Users, the identifiers by which they are known, and their passwords.
//!
//! | file | concern |
//! |---|---|
//! | `user` | a user as the rest of the program sees one |
//! | `users` | the store: find, list, register, remove |
//! | `account` | what changes an account: password, lock, disable, profile, identifiers |
//! | `check` | a login and a password, judged in the same time whether the user exists or not |
//! | `identifiers` | parsing and normalising user names, e-mail addresses and phone numbers |
//! | `passwords` | which passwords are good enough; PHC strings |
//! | `pool` | the threads that run Argon2 |
//! | `standing` | what the gate before every token asks, inside its transaction |
//!
//! The store answers in business terms; rows and SQL stay inside. It limits nobody: `sign-in` does, before it asks here.

mod account;
mod check;
mod claims;
mod common_passwords;
mod entity;
mod identifiers;
mod passwords;
mod phc;
mod pool;
mod standing;
#[cfg(test)]
mod store_tests;
mod text;
mod user;
mod users;

pub use account::{AddIdentifierError, SetClaimsError, SetPasswordError, raise_epoch};
pub use check::{PasswordCheck, VerifyError};
pub use identifiers::{Identifier, IdentifierError, IdentifierKind};
pub use passwords::{PasswordPolicy, PasswordWeakness};
pub use pool::{PasswordPool, PoolSettings};
pub use standing::{UserStanding, standing, standing_now};
pub use user::{User, UserIdentifier, UserStatus};
pub use users::{NewUser, RegisterError, UserStore};
