//! OpenID Connect Core 1.0.

// What the tests share may unwrap like the tests themselves.
#![cfg(test)]

mod algorithms;
mod id_token;
mod prompt;
mod unsupported;
mod userinfo;
mod userinfo_forms;
