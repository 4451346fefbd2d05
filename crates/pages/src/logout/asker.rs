//! The app behind a request to sign out, what it knows, and the way back to it.

use std::sync::Arc;

use flow::{ClientRecord, SessionRecord};
use jwks::JwtPolicy;
use protocol::{IdTokenClaims, Params, append_query};
use web::Fault;

use crate::{
    Pages, displayable,
    view::{BackLink, SignedOutView},
    visit::one,
};

/// The app, if the request names one.
#[derive(Default)]
pub(super) struct Asker {
    client: Option<Arc<ClientRecord>>,
    back: Option<String>,
    hint: Option<IdTokenClaims>,
}

impl Asker {
    /// Reads the request. A hint that is not ours, or is for another app than the one that is named, makes it a request
    /// of nobody: the person is asked, and stays here.
    pub(super) async fn find(pages: &Pages, params: &Params) -> Result<Self, Fault> {
        let asked = one(params, "post_logout_redirect_uri")?;
        let state = one(params, "state")?;
        let client_id = one(params, "client_id")?;
        let hint = match one(params, "id_token_hint")? {
            None => None,
            Some(token) => match verify(pages, token) {
                Some(hint) => Some(hint),
                None => return Ok(Self::default()),
            },
        };
        let named = match flow::logout::client_named(hint.as_ref(), client_id) {
            Ok(named) => named,
            Err(contradiction) => {
                tracing::info!(client.id = client_id, "a request to sign out was not believed: {contradiction}");
                return Ok(Self::default());
            }
        };
        let client = match named {
            Some(id) => pages.parts.grants.find_client(id).await?,
            None => None,
        };
        let uri = client.as_deref().and_then(|client| flow::logout::way_back(client, asked));
        let back = uri.map(|uri| state.map_or_else(|| uri.to_owned(), |state| append_query(uri, &[("state", state)])));
        Ok(Self { client, back, hint })
    }

    /// Whether the app has shown that it knows who is signed in.
    pub(super) fn knows(&self, session: &SessionRecord) -> bool {
        self.hint.as_ref().is_some_and(|hint| flow::logout::is_about(hint, session))
    }

    /// The registered address that the person goes to after signing out, with `state`.
    pub(super) fn back(&self) -> Option<&str> {
        self.back.as_deref()
    }

    /// The same, where the app has proven by a hint that it asks for itself.
    pub(super) fn proven_back(&self) -> Option<&str> {
        self.back().filter(|_| self.hint.is_some())
    }

    /// What the app is called.
    pub(super) fn client_name(&self) -> Option<String> {
        self.client.as_deref().map(|client| displayable(&client.name))
    }

    /// What the page says once nobody is signed in.
    pub(super) fn signed_out(&self) -> SignedOutView {
        let pair = self.client_name().zip(self.back());
        SignedOutView { back: pair.map(|(client, href)| BackLink { client, href: href.to_owned() }) }
    }
}

/// The claims of an ID token of ours; its time may have passed. Source: RP-Initiated Logout 1.0 §4.
fn verify(pages: &Pages, token: &str) -> Option<IdTokenClaims> {
    let policy = JwtPolicy::for_hint(&pages.parts.issuer, pages.parts.clock.now());
    match pages.parts.keys.verify(&policy, token) {
        Ok(claims) => Some(claims),
        Err(error) => {
            tracing::info!(%error, "a hint of a request to sign out was not believed");
            None
        }
    }
}
