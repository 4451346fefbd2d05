//! The OAuth and OpenID Connect endpoints, one file per endpoint.
//!
//! A handler takes its extractors, asks a store, asks `flow` through it, and answers. Pages are another crate's: a
//! request that needs one is parked and its interaction's id is the only thing handed over.

mod authorize;
mod bearer;
mod client_assertion;
mod client_auth;
mod client_call;
mod cors;
mod device;
mod discovery;
mod error;
mod introspect;
mod jwks;
mod live_token;
mod revoke;
mod signed_userinfo;
mod token;
mod userinfo;

use std::sync::Arc;

use ::jwks::Keys;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use grant_store::{GrantStore, UserCodeKey};
use platform::clock::SharedClock;
use user_store::UserStore;
use web::WebSettings;

pub use discovery::metadata;
pub use live_token::TokenCache;

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
    /// Digests the codes that people type for their devices.
    pub user_codes: UserCodeKey,
    /// Access tokens that were found good a moment ago.
    pub tokens: TokenCache,
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
    // The endpoints that the script of a browser app calls; no other is open to other origins.
    let apps = Router::new()
        .route("/token", post(token::token).options(cors::preflight_post))
        .route("/revoke", post(revoke::revoke).options(cors::preflight_post))
        .route("/userinfo", get(userinfo::userinfo).post(userinfo::userinfo).options(cors::preflight_get_post))
        .route_layer(from_fn_with_state(oauth.clone(), cors::open));
    let public = web::cors::public_preflight;
    let machines = Router::new()
        .merge(apps)
        .route(device::PATH, post(device::authorize))
        .route("/introspect", post(introspect::introspect))
        .route("/jwks", get(jwks::jwks).options(public))
        .route(discovery::OPENID_PATH, get(discovery::discovery).options(public))
        .route(discovery::OAUTH_PATH, get(discovery::discovery).options(public));
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
