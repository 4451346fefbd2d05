//! Rows of this crate's tables.

pub(crate) mod user_account;
pub(crate) mod user_identifier;
