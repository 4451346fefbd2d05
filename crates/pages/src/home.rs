//! `/`: who is signed in, or the way to sign in.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use user_store::{IdentifierKind, User};
use web::Fault;

use crate::{
    Pages, displayable,
    view::{AccountView, HomeView, IdentifierLabel, View},
    visit::Visit,
};

/// `GET /`.
pub(crate) async fn show(State(pages): State<Arc<Pages>>, headers: HeaderMap) -> Result<Response, Fault> {
    let visit = Visit::new(&pages, headers);
    let account = visit.signed_in().await?.map(|signed_in| account(&signed_in.user));
    let demo_href = pages.parts.dev_hint.as_ref().and_then(|hint| hint.demo_href.clone());
    visit.page(StatusCode::OK, &View::Home(HomeView { account, demo_href }), "/", None)
}

fn account(user: &User) -> AccountView {
    let name = user.claims.name.as_deref().unwrap_or_else(|| user.preferred_name());
    let identifiers = user.identifiers.iter();
    AccountView {
        name: displayable(name),
        identifiers: identifiers.map(|found| (label(found.kind), displayable(&found.display))).collect(),
    }
}

const fn label(kind: IdentifierKind) -> IdentifierLabel {
    match kind {
        IdentifierKind::Email => IdentifierLabel::Email,
        IdentifierKind::Phone => IdentifierLabel::Phone,
        IdentifierKind::Username => IdentifierLabel::Username,
    }
}
