//! The grants of this server. Discovery and registration read this list, so they cannot name what does not work.

use super::GrantType;
use super::authorization_code::AuthorizationCode;
use super::client_credentials::ClientCredentials;
use super::device_code::DeviceCode;
use super::refresh_token::RefreshToken;
use super::token_exchange::TokenExchange;

/// Every grant type, in the order in which discovery names them.
pub(crate) fn registry() -> &'static [&'static dyn GrantType] {
    &[&AuthorizationCode, &RefreshToken, &ClientCredentials, &DeviceCode, &TokenExchange]
}
