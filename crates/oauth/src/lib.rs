//! The OAuth and OpenID Connect endpoints, one file per endpoint.
//!
//! A handler takes its extractors, asks a store, asks `flow` through it, and answers. Pages are another crate's: a
//! request that needs one is parked and its interaction's id is the only thing handed over.

mod authorize;
mod bearer;
mod client_assertion;
mod client_auth;
mod discovery;
mod error;
mod jwks;
mod signed_userinfo;
mod token;
mod userinfo;

use std::sync::Arc;

use ::jwks::Keys;
use axum::Router;
use axum::routing::get;
use grant_store::GrantStore;
use platform::clock::SharedClock;
use user_store::UserStore;
use web::WebSettings;

pub use discovery::metadata;

/// What the endpoints work with.
pub struct OAuth {
    /// The exact value of `iss`; no trailing slash.
    pub issuer: String,
    /// Clients, codes, families, sessions.
    pub grants: GrantStore,
    /// Claims for userinfo.
    pub users: UserStore,
    /// Signs and verifies.
    pub keys: Keys,
    /// Cookies.
    pub web: Arc<WebSettings>,
    /// The time.
    pub clock: SharedClock,
}

impl OAuth {
    /// An absolute URL of this server, built from the configured issuer and never from a request.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }
}

/// The routes of this crate.
pub fn router(oauth: Arc<OAuth>) -> Router {
    let machines = Router::new()
        .route("/token", axum::routing::post(token::token))
        .route("/userinfo", get(userinfo::userinfo).post(userinfo::userinfo))
        .route("/jwks", get(jwks::jwks))
        .route(discovery::OPENID_PATH, get(discovery::discovery))
        .route(discovery::OAUTH_PATH, get(discovery::discovery));
    let machines = web::fault::fallbacks(machines).layer(axum::middleware::from_fn(web::fault::json));
    Router::new()
        .route("/authorize", get(authorize::by_query).post(authorize::by_form))
        .route("/authorize/resume/{id}", get(authorize::resume))
        .merge(
            machines.fallback_service(axum::routing::any(|| async {
                web::fault::Fault::new(web::fault::FaultKind::NotFound)
            })),
        )
        .with_state(oauth)
}

#[cfg(test)]
mod tests;
