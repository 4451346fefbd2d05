//! The clients of the catalog.

use flow::{ClientAuthMethod, ClientKind, ClientRecord};
use grant_store::{ClientChange, GrantStore, NewClient};
use platform::secret::Secret;
use protocol::{RedirectUri, ScopeSet};

use super::SeedError;
use crate::catalog::{APP_PATH, CALLBACK_PATH, SeedClient};

/// Registers a client, or brings one that is there up to what the catalog promises. What was added to it stays.
pub(super) async fn upsert(grants: &GrantStore, seed: &SeedClient) -> Result<(), SeedError> {
    let found = grants.list_clients().await?.into_iter().find(|client| client.id == seed.id);
    match found {
        None => grants.add_client(wanted(seed, None)?).await?,
        Some(found) => {
            let client = wanted(seed, Some(&found))?;
            if !found.is_enabled || differs(&client, &found) {
                let change = ClientChange { client, is_enabled: true, from_version: found.version };
                grants.set_client(change).await?;
            }
        }
    }
    if let Some(secret) = seed.secret
        && !grants.check_secret(seed.id, secret).await?
    {
        grants.set_secret(seed.id, &Secret::new(secret.to_owned())).await?;
    }
    Ok(())
}

/// The client as it shall be: what the catalog demands, and what the developer added.
fn wanted(seed: &SeedClient, found: Option<&ClientRecord>) -> Result<NewClient, SeedError> {
    let redirect_uris = uris(&seed.redirect_uris, found.map(|found| found.redirect_uris.as_slice()))?;
    let after_logout =
        uris(&seed.post_logout_redirect_uris, found.map(|found| found.post_logout_redirect_uris.as_slice()))?;
    let scopes = ScopeSet::parse(&seed.scopes).map_err(|_| SeedError::Malformed { what: "scope" })?;
    let fresh = match seed.kind() {
        ClientKind::Confidential => NewClient::confidential(seed.id),
        ClientKind::Public => NewClient::public(seed.id),
    };
    let mut client = NewClient {
        name: seed.name.to_owned(),
        redirect_uris,
        post_logout_redirect_uris: after_logout,
        grant_types: seed.grants.to_vec(),
        scopes,
        cors_origins: seed.cors_origins.iter().map(|&origin| origin.to_owned()).collect(),
        ..fresh
    };
    if let Some(found) = found {
        client.name.clone_from(&found.name);
        client.scopes = found.scopes.union(&client.scopes);
        client.is_first_party = found.is_first_party;
        client.pkce = found.pkce;
        client.rotation = found.rotation;
        client.id_token_alg = found.id_token_alg;
        client.access_token_alg = found.access_token_alg;
        client.terms = found.terms.clone();
        append_missing(&mut client.grant_types, &found.grant_types);
        append_missing(&mut client.cors_origins, &found.cors_origins);
        if found.kind == client.kind && found.auth_method != ClientAuthMethod::None {
            client.auth_method = found.auth_method;
        }
    }
    Ok(client)
}

/// The catalog's URIs, then those that were added, without those of a demo app under another issuer.
fn uris(seeded: &[String], found: Option<&[RedirectUri]>) -> Result<Vec<RedirectUri>, SeedError> {
    let parsed: Result<Vec<_>, _> = seeded.iter().map(|uri| RedirectUri::new(uri)).collect();
    let mut all = parsed.map_err(|_| SeedError::Malformed { what: "redirect URI" })?;
    let added: Vec<RedirectUri> =
        found.unwrap_or_default().iter().filter(|uri| !is_of_demo_app(uri.as_str())).cloned().collect();
    append_missing(&mut all, &added);
    Ok(all)
}

fn is_of_demo_app(uri: &str) -> bool {
    uri.ends_with(CALLBACK_PATH) || uri.ends_with(APP_PATH)
}

fn append_missing<T: Clone + PartialEq>(all: &mut Vec<T>, added: &[T]) {
    for one in added {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
}

/// Whether storing `wanted` would change anything that the catalog speaks of.
fn differs(wanted: &NewClient, found: &ClientRecord) -> bool {
    wanted.kind != found.kind
        || wanted.auth_method != found.auth_method
        || wanted.redirect_uris != found.redirect_uris
        || wanted.post_logout_redirect_uris != found.post_logout_redirect_uris
        || wanted.grant_types != found.grant_types
        || wanted.scopes.len() != found.scopes.len()
        || wanted.cors_origins != found.cors_origins
}
