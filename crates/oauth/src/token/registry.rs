//! The grants of this server. Discovery and registration read this list, so they cannot name what does not work.

use super::GrantType;
use super::authorization_code::AuthorizationCode;
use super::client_credentials::ClientCredentials;
use super::refresh_token::RefreshToken;

/// Every grant type, in the order in which discovery names them.
pub(crate) fn registry() -> &'static [&'static dyn GrantType] {
    &[&AuthorizationCode, &RefreshToken, &ClientCredentials]
}
