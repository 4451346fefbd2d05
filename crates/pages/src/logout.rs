//! `/logout`: asks, signs out, says so.
//!
//! Anybody may link here, and an app may send people here; so nothing ends before the person has confirmed it on a page
//! of ours, unless the app shows by `id_token_hint` that it knows who is signed in. With a registered
//! `post_logout_redirect_uri` of the app that the hint or `client_id` names, the person ends up back at the app.
//! Source: OpenID Connect RP-Initiated Logout 1.0 §2, §3, §6.

mod asker;

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode, header};
use protocol::Params;
use url::form_urlencoded;
use web::{Fault, FaultKind, Form, Query, cookies};

use self::asker::Asker;
use crate::{
    Pages, displayable,
    view::{LogoutView, View},
    visit::{SignedIn, Visit, one},
};

/// The parameters of a request to sign out that are carried through the form. `logout_hint` names an account to choose;
/// a browser has one session here, so there is nothing to choose.
const CARRIED: [&str; 5] = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"];
/// What is left of them once the person is signed out and stays here.
const KEPT: [&str; 1] = ["ui_locales"];
/// A hint is at most 8 KiB long, the rest is short.
const MAX_QUERY: usize = 12 * 1024;

/// `GET /logout`.
pub(crate) async fn ask(
    State(pages): State<Arc<Pages>>,
    headers: HeaderMap,
    Query(query): Query,
) -> Result<Response, Fault> {
    let mut visit = Visit::new(&pages, headers);
    visit.wish_locale(one(&query, "ui_locales")?);
    let asker = Asker::find(&pages, &query).await?;
    let path = path(&query, &CARRIED)?;
    match visit.signed_in().await? {
        Some(signed_in) if asker.knows(&signed_in.session) => end(&visit, &signed_in, &asker, &query).await,
        Some(signed_in) => {
            let view = question(&visit, &asker, &signed_in, &query)?;
            visit.page(StatusCode::OK, &View::Logout(view), &path, asker.back())
        }
        None => match asker.proven_back() {
            // Nobody is signed in, and the app has shown that it is the one that asks: there is nothing to confirm.
            Some(back) => visit.redirect(back),
            None => visit.page(StatusCode::OK, &View::SignedOut(asker.signed_out()), &path, None),
        },
    }
}

/// `POST /logout`: the confirmation; or an app that asks with a form, who is answered like one that asks with a link.
pub(crate) async fn confirm(
    State(pages): State<Arc<Pages>>,
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, Fault> {
    let visit = Visit::new(&pages, headers);
    let path = path(&form, &CARRIED)?;
    if one(&form, "logout-confirm")?.is_none() {
        // The session cookie does not travel with another site's form; it does with the link that follows.
        return visit.redirect(&path);
    }
    let Some(signed_in) = visit.signed_in().await? else { return visit.redirect(&path) };
    visit.check_token(&form, &purpose(&signed_in)).map_err(|fault| fault.with_start_again(path))?;
    let asker = Asker::find(&pages, &form).await?;
    end(&visit, &signed_in, &asker, &form).await
}

/// Ends the session and every family that rests on it, and sends the person on.
async fn end(visit: &Visit<'_>, signed_in: &SignedIn, asker: &Asker, params: &Params) -> Result<Response, Fault> {
    let parts = &visit.pages.parts;
    parts.grants.end_session(&signed_in.session.id).await?;
    let mut response = match asker.back() {
        Some(back) => visit.redirect(back)?,
        // Without the hint: a token has no business in the address that stays (RFC 9700 §4.3).
        None => visit.redirect(&path(params, &KEPT)?)?,
    };
    response.headers_mut().append(header::SET_COOKIE, cookies::clear_session(&parts.web));
    Ok(response)
}

fn question(visit: &Visit<'_>, asker: &Asker, signed_in: &SignedIn, query: &Params) -> Result<LogoutView, Fault> {
    Ok(LogoutView {
        token: visit.token(&purpose(signed_in)),
        account: displayable(signed_in.user.preferred_name()),
        client: asker.client_name(),
        carried: carried(query, &CARRIED)?,
    })
}

/// The session that was shown is the one that ends.
fn purpose(signed_in: &SignedIn) -> String {
    format!("logout:{}", signed_in.session.id)
}

fn carried(params: &Params, names: &[&str]) -> Result<Vec<(String, String)>, Fault> {
    let mut carried = Vec::new();
    for name in names {
        if let Some(value) = one(params, name)? {
            carried.push(((*name).to_owned(), value.to_owned()));
        }
    }
    Ok(carried)
}

/// The path of the question, with what it carries.
fn path(params: &Params, names: &[&str]) -> Result<String, Fault> {
    let carried = carried(params, names)?;
    if carried.is_empty() {
        return Ok("/logout".to_owned());
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(carried).finish();
    if query.len() > MAX_QUERY { Err(Fault::new(FaultKind::BadRequest)) } else { Ok(format!("/logout?{query}")) }
}
