//! RFC 6749: The OAuth 2.0 Authorization Framework.

// What the tests share may unwrap like the tests themselves.
#![cfg(test)]

mod authorize;
mod authorize_bad_input;
mod authorize_errors;
mod client_auth;
mod client_credentials;
mod code_exchange;
mod code_standing;
mod databases;
mod hostile;
mod refresh;
mod refresh_lifetime;
mod refresh_retry;
mod token_bad_input;
