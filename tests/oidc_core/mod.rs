//! OpenID Connect Core 1.0.

mod id_token;
mod prompt;
mod unsupported;
mod userinfo;
