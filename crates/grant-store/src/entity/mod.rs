//! The rows, as SeaORM sees them. Nothing here leaves the crate: the stores answer with records of `flow`.
//!
//! Columns are described where the schema is made, in `migrations`.
#![allow(missing_docs)] // derive output and one-to-one columns

pub(crate) mod access_token;
pub(crate) mod authorization_code;
pub(crate) mod client;
pub(crate) mod client_assertion;
pub(crate) mod client_secret;
pub(crate) mod consent;
pub(crate) mod device_code;
pub(crate) mod family;
pub(crate) mod interaction;
pub(crate) mod refresh_token;
pub(crate) mod resource_server;
pub(crate) mod revoked_token;
pub(crate) mod session;
