//! The authorization endpoint: parse, gather the facts, ask for the verdict, act on it. Source: RFC 6749 §3.1, §4.1.

mod form_post;
mod hint;
mod reply;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use flow::authorize::{Hint, Progress, Step, Verdict};
use flow::{Refusal, ReplyTo};
use grant_store::{NewInteraction, ParkError};
use http::{HeaderMap, header};
use platform::random;
use protocol::{AuthorizationRequest, Locale, Params, append_query};
use web::ClientAddress;
use web::cookies::{self, Browser};
use web::decode::{DecodeError, Form, Query};
use web::fault::{Fault, FaultKind};

use crate::OAuth;
use reply::Sender;

/// One arrival: the first one, or a parked request that comes back.
struct Arrival<'a> {
    oauth: &'a OAuth,
    headers: &'a HeaderMap,
    address: ClientAddress,
    request: AuthorizationRequest,
    hint: Hint,
    parked: Option<Parked>,
}

/// A request that was parked before.
struct Parked {
    id: String,
    progress: Progress,
}

/// `GET /authorize`.
pub(crate) async fn by_query(
    State(oauth): State<Arc<OAuth>>,
    address: ClientAddress,
    headers: HeaderMap,
    query: Result<Query, DecodeError>,
) -> Response {
    match query {
        Ok(Query(params)) => first(&oauth, headers, address, &params).await.unwrap_or_else(IntoResponse::into_response),
        Err(error) => error.into_response(),
    }
}

/// `POST /authorize`: the parameters come in the form. Source: OpenID Core §3.1.2.1.
pub(crate) async fn by_form(
    State(oauth): State<Arc<OAuth>>,
    address: ClientAddress,
    headers: HeaderMap,
    form: Result<Form, DecodeError>,
) -> Response {
    match form {
        Ok(Form(params)) => match as_query(&oauth, &headers, &params) {
            Some(path) => reply::page(&path, None),
            None => first(&oauth, headers, address, &params).await.unwrap_or_else(IntoResponse::into_response),
        },
        Err(error) => error.into_response(),
    }
}

/// The longest path that we send a browser to.
const MAX_PATH: usize = 8 * 1024;

/// A form that another site posts comes without our `SameSite=Lax` cookies. The browser is sent to the same request by
/// GET, where it brings them: the person is not taken for signed out, and their open pages keep their browser cookie.
fn as_query(oauth: &OAuth, headers: &HeaderMap, params: &Params) -> Option<String> {
    if params.is_empty() || cookies::browser_cookie(&oauth.web, headers).is_some() {
        return None;
    }
    let pairs: Vec<(&str, &str)> = params.iter().collect();
    Some(append_query("/authorize", &pairs)).filter(|path| path.len() <= MAX_PATH)
}

/// `GET /authorize/resume/{id}`: a page has done its part.
pub(crate) async fn resume(
    State(oauth): State<Arc<OAuth>>,
    address: ClientAddress,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let resumed = async {
        let browser = cookies::browser_cookie(&oauth.web, &headers).unwrap_or_default();
        // Another browser's interaction is treated like none: an attacker cannot have a victim finish his request.
        let found = oauth.grants.find_interaction(&id, &browser).await?;
        let interaction = found.ok_or_else(|| Fault::new(FaultKind::Expired))?;
        let parked = Some(Parked { id: interaction.id, progress: interaction.progress });
        let hint = interaction.hinted_user_id.map_or(Hint::Absent, Hint::Subject);
        let request = interaction.request;
        judge(Arrival { oauth: &oauth, headers: &headers, address, request, hint, parked }).await
    };
    resumed.await.unwrap_or_else(|fault: Fault| fault.into_response())
}

async fn first(oauth: &OAuth, headers: HeaderMap, address: ClientAddress, params: &Params) -> Result<Response, Fault> {
    match AuthorizationRequest::parse(params) {
        Ok(request) => {
            let hint = hint::read(oauth, &request);
            judge(Arrival { oauth, headers: &headers, address, request, hint, parked: None }).await
        }
        Err(error) => unparsed(oauth, &headers, params, error.name()).await,
    }
}

/// A request that repeats a parameter or lacks its client: sent back where the target is proven all the same.
async fn unparsed(oauth: &OAuth, headers: &HeaderMap, params: &Params, parameter: &str) -> Result<Response, Fault> {
    let one = |name| params.one(name).ok().flatten().map(str::to_owned);
    let is_target_clear = params.one("client_id").is_ok() && params.one("redirect_uri").is_ok();
    let Some(client_id) = one("client_id").filter(|_| is_target_clear) else {
        let refusal = if is_target_clear { Refusal::ClientIdMissing } else { Refusal::ParameterRepeated };
        return Err(reply::show(&refusal.because("", parameter)));
    };
    let Some(client) = oauth.grants.find_client(&client_id).await? else {
        return Err(reply::show(&Refusal::ClientUnknown.because("a registered client", client_id)));
    };
    let (redirect_uri, state) = (one("redirect_uri"), one("state"));
    let refused = Refusal::ParameterRepeated.because("once", parameter);
    match ReplyTo::checked(&client, redirect_uri.as_deref(), state.as_deref()) {
        Ok(reply_to) => {
            let reply_to = reply_to.by_mode(&client, one("response_mode").as_deref());
            Ok(sender(oauth, headers, one("ui_locales").as_deref()).error(&reply_to, &refused))
        }
        Err(refused) => Err(reply::show(&refused)),
    }
}

/// Who answers this browser.
fn sender<'a>(oauth: &'a OAuth, headers: &HeaderMap, ui_locales: Option<&str>) -> Sender<'a> {
    let chosen = cookies::locale_cookie(&oauth.web, headers);
    // As on the pages: a choice made with our own switch outranks the client's wish.
    let wish = ui_locales.filter(|_| chosen.is_none());
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let locale = Locale::negotiate(wish, chosen.as_deref(), accepted, Locale::default());
    Sender { issuer: &oauth.issuer, locale }
}

async fn judge(arrival: Arrival<'_>) -> Result<Response, Fault> {
    let Arrival { oauth, headers, .. } = &arrival;
    let sender = sender(oauth, headers, arrival.request.ui_locales.as_deref());
    let cookie = cookies::session_cookie(&oauth.web, headers);
    let progress = arrival.parked.as_ref().map(|parked| parked.progress.clone()).unwrap_or_default();
    let mut facts = oauth.grants.facts(&arrival.request.client_id, cookie.as_deref(), progress).await?;
    facts.hint = arrival.hint.clone();
    match flow::authorize::verdict(&arrival.request, &facts, oauth.clock.now()) {
        Verdict::Answer(approved) => {
            let reply_to = approved.reply_to.clone();
            let interaction = arrival.parked.as_ref().map(|parked| parked.id.clone());
            let issued = oauth.grants.issue_code(*approved, interaction).await?;
            let code = issued.ok_or_else(|| Fault::new(FaultKind::Expired))?;
            Ok(sender.code(&reply_to, &code))
        }
        Verdict::Park(step) => park(arrival, &step).await,
        Verdict::SendError(reply_to, refused) => {
            if let Some(parked) = &arrival.parked {
                oauth.grants.finish_interaction(&parked.id).await?;
            }
            Ok(sender.error(&reply_to, &refused))
        }
        Verdict::ShowError(refused) => Err(reply::show(&refused)),
    }
}

/// Parks the request and sends the browser to the page that it needs.
async fn park(arrival: Arrival<'_>, step: &Step) -> Result<Response, Fault> {
    let Arrival { oauth, headers, address, request, hint, parked } = arrival;
    let Browser { id: browser, set_cookie } = cookies::browser(&oauth.web, headers);
    let id = if let Some(parked) = parked {
        parked.id
    } else {
        let hinted_user_id = match hint {
            Hint::Subject(user_id) => Some(user_id),
            Hint::Absent | Hint::Unverified(_) => None,
        };
        let (address, reference) = (address.block(), random::reference());
        let new = NewInteraction { request, browser, address, reference, hinted_user_id };
        oauth.grants.park(new).await.map_err(|error| match error {
            ParkError::Store(error) => Fault::from(error),
            ParkError::TooMany => Fault::unavailable(Duration::from_secs(30)),
        })?
    };
    let page = match step {
        Step::Consent => "consent",
        Step::SignIn => "login",
    };
    Ok(reply::page(&format!("/{page}?interaction={id}"), set_cookie))
}
