//! Puts what the catalog promises into the stores, at each start. What is there already is kept as the developer left
//! it, except that what the banner prints comes true again.

mod clients;
mod people;
#[cfg(test)]
mod tests;

use flow::ResourceServer;
use grant_store::{ClientError, GrantStore};
use platform::sql::StoreError;
use server::App;
use thiserror::Error;
use user_store::{RegisterError, VerifyError};

use crate::catalog::{API_PATH, Catalog, Person};

/// Why the seed did not take.
#[derive(Debug, Error)]
pub enum SeedError {
    /// A client was refused.
    #[error("a demo client cannot be registered: {0}")]
    Client(#[from] ClientError),
    /// A part of the catalog breaks a rule of the stores; a test registers all of it.
    #[error("the catalog holds a {what} that the stores refuse")]
    Malformed {
        /// What it is.
        what: &'static str,
    },
    /// A person was refused.
    #[error("a demo user cannot be registered: {0}")]
    Person(#[from] RegisterError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A password could not be checked.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

/// Seeds a server and answers the people whose printed passwords hold.
///
/// Effects: idempotent; the API and the demo app's redirect URI follow the issuer when it changes.
pub(crate) async fn seed(app: &App, catalog: &Catalog) -> Result<Vec<Person>, SeedError> {
    replace_api(&app.grants, &catalog.api).await?;
    for client in &catalog.clients {
        clients::upsert(&app.grants, client).await?;
    }
    people::ensure(&app.users).await
}

/// Puts the demo API in the place of one under another issuer: a scope belongs to one API.
async fn replace_api(grants: &GrantStore, api: &ResourceServer) -> Result<(), StoreError> {
    for known in grants.list_apis().await?.iter() {
        if known.audience != api.audience && is_demo_api(&known.audience) {
            grants.remove_api(&known.audience).await?;
        }
        if known == api {
            return Ok(());
        }
    }
    grants.upsert_api(api.clone()).await
}

/// Whether an audience is that of a demo API under some loopback issuer.
fn is_demo_api(audience: &str) -> bool {
    audience.starts_with("http://") && audience.ends_with(API_PATH)
}
