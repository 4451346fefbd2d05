//! Wire types, parsing and serialising, one file per RFC.
//!
//! Everything here is synchronous and deterministic: no clock, no randomness, no I/O. Text is read into a type once, and a
//! value of that type cannot be wrong afterwards.

pub mod access_token;
pub mod alg;
pub mod audience;
mod authorization;
pub mod authorize;
pub mod bearer;
pub mod claims_request;
pub mod client_assertion;
pub mod client_auth;
pub mod device;
pub mod discovery;
pub mod error;
pub mod id_token;
pub mod introspection;
pub mod jwk;
pub mod locale;
pub mod params;
pub mod percent;
pub mod pkce;
pub mod redirect_uri;
pub mod scope;
pub mod standard_claims;
pub mod strict_json;
pub mod time;
pub mod token;
pub mod token_exchange;

pub use access_token::AccessTokenClaims;
pub use alg::Alg;
pub use audience::Audience;
pub use authorize::{
    AuthorizationOutcome, AuthorizationRequest, AuthorizationResponse, ResponseMode, append_fragment, append_query,
};
pub use bearer::Challenge;
pub use claims_request::{ClaimsRequest, ClaimsRequestError};
pub use client_assertion::{AssertionAud, ClientAssertionClaims};
pub use client_auth::BasicCredentials;
pub use device::{DeviceAuthorizationResponse, UserCode};
pub use discovery::ProviderMetadata;
pub use error::{ErrorBody, ErrorCode};
pub use id_token::IdTokenClaims;
pub use introspection::Introspection;
pub use jwk::{JwkSet, PublicJwk, PublicKey};
pub use locale::Locale;
pub use params::{ParamError, ParamLimits, Params, ParamsError, Repeated};
pub use pkce::{CodeChallenge, CodeVerifier, PkceError};
pub use redirect_uri::{PostLogoutUri, RedirectUri, RedirectUriError};
pub use scope::{ScopeError, ScopeSet};
pub use standard_claims::StandardClaims;
pub use time::Timestamp;
pub use token::TokenResponse;
pub use token_exchange::TokenExchangeRequest;
