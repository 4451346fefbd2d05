//! `/logout`: asks, signs out, says so.
//!
//! Anybody may link here, and an app may send people here; so nothing ends before the person has confirmed it on a page
//! of ours. With `client_id` and a registered `post_logout_redirect_uri` the person ends up back at the app.
//! Source: OpenID Connect RP-Initiated Logout 1.0 §2, §3, §6.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use flow::ClientRecord;
use http::{HeaderMap, StatusCode, header};
use protocol::{Params, append_query};
use url::form_urlencoded;
use web::{Fault, FaultKind, Form, Query, cookies};

use crate::{
    Pages, displayable,
    view::{BackLink, LogoutView, SignedOutView, View},
    visit::{SignedIn, Visit, one},
};

/// The parameters of a request to sign out that are carried through the form.
const CARRIED: [&str; 4] = ["client_id", "post_logout_redirect_uri", "state", "ui_locales"];

/// The app behind a request to sign out, and the way back to it.
#[derive(Default)]
struct Asker {
    client: Option<Arc<ClientRecord>>,
    back: Option<String>,
}

/// `GET /logout`.
pub(crate) async fn ask(
    State(pages): State<Arc<Pages>>,
    headers: HeaderMap,
    Query(query): Query,
) -> Result<Response, Fault> {
    let mut visit = Visit::new(&pages, headers);
    visit.wish_locale(one(&query, "ui_locales")?);
    let asker = find_asker(&pages, &query).await?;
    let path = path(&query)?;
    match visit.signed_in().await? {
        Some(signed_in) => {
            let view = question(&visit, &asker, &signed_in, &query)?;
            visit.page(StatusCode::OK, &View::Logout(view), &path, asker.back.as_deref())
        }
        None => visit.page(StatusCode::OK, &View::SignedOut(asker.signed_out()), &path, None),
    }
}

/// `POST /logout`: the confirmation; or an app that asks with a form, who is answered like one that asks with a link.
pub(crate) async fn confirm(
    State(pages): State<Arc<Pages>>,
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, Fault> {
    let visit = Visit::new(&pages, headers);
    let path = path(&form)?;
    if one(&form, "logout-confirm")?.is_none() {
        // The session cookie does not travel with another site's form; it does with the link that follows.
        return visit.redirect(&path);
    }
    let Some(signed_in) = visit.signed_in().await? else { return visit.redirect(&path) };
    visit.check_token(&form, &purpose(&signed_in)).map_err(|fault| fault.with_start_again(path.clone()))?;
    let asker = find_asker(&pages, &form).await?;
    pages.parts.grants.end_session(&signed_in.session.id).await?;
    let mut response = visit.redirect(asker.back.as_deref().unwrap_or(&path))?;
    response.headers_mut().append(header::SET_COOKIE, cookies::clear_session(&pages.parts.web));
    Ok(response)
}

fn question(visit: &Visit<'_>, asker: &Asker, signed_in: &SignedIn, query: &Params) -> Result<LogoutView, Fault> {
    Ok(LogoutView {
        token: visit.token(&purpose(signed_in)),
        account: displayable(signed_in.user.preferred_name()),
        client: asker.client.as_deref().map(|client| displayable(&client.name)),
        carried: carried(query)?,
    })
}

/// The session that was shown is the one that ends.
fn purpose(signed_in: &SignedIn) -> String {
    format!("logout:{}", signed_in.session.id)
}

/// The app, if the request names one, and its way back, if that is registered exactly so.
async fn find_asker(pages: &Pages, params: &Params) -> Result<Asker, Fault> {
    let Some(client_id) = one(params, "client_id")? else { return Ok(Asker::default()) };
    let Some(client) = pages.parts.grants.find_client(client_id).await? else { return Ok(Asker::default()) };
    let asked = one(params, "post_logout_redirect_uri")?;
    let registered = asked.filter(|asked| client.post_logout_redirect_uris.iter().any(|uri| uri.as_str() == *asked));
    let back = registered.map(|uri| with_state(uri, params)).transpose()?;
    Ok(Asker { client: Some(client), back })
}

fn with_state(uri: &str, params: &Params) -> Result<String, Fault> {
    Ok(match one(params, "state")? {
        Some(state) => append_query(uri, &[("state", state)]),
        None => uri.to_owned(),
    })
}

impl Asker {
    fn signed_out(&self) -> SignedOutView {
        let pair = self.client.as_deref().zip(self.back.as_deref());
        let back = pair.map(|(client, href)| BackLink { client: displayable(&client.name), href: href.to_owned() });
        SignedOutView { back }
    }
}

fn carried(params: &Params) -> Result<Vec<(String, String)>, Fault> {
    let mut carried = Vec::new();
    for name in CARRIED {
        if let Some(value) = one(params, name)? {
            carried.push((name.to_owned(), value.to_owned()));
        }
    }
    Ok(carried)
}

/// The path of the question, with what it carries.
fn path(params: &Params) -> Result<String, Fault> {
    let carried = carried(params)?;
    if carried.is_empty() {
        return Ok("/logout".to_owned());
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(carried).finish();
    if query.len() > 4096 { Err(Fault::new(FaultKind::BadRequest)) } else { Ok(format!("/logout?{query}")) }
}
