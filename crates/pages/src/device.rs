//! `/device`: the code that a device shows, and the decision whether to let it in. Source: RFC 8628 §3.3.
//!
//! Whoever guesses a code, or sends one to a victim, wants the person to press "allow" for a device that is not theirs
//! (RFC 8628 §5.1, §5.4). So wrong codes are counted, a link fills the code in but decides nothing, the person has signed
//! in lately, and the page says which app asked, for what, from where and when, and shows the code to compare.

use std::{sync::Arc, time::Duration};

use axum::{extract::State, response::Response};
use flow::{
    ClientRecord, GrantName,
    device::{DeviceRecord, DeviceState, is_fresh},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use protocol::{Params, ScopeSet, Timestamp, UserCode};
use web::{ClientAddress, Fault, FaultKind, Form, Query, Tries, csrf};

use crate::{
    Pages,
    consent::words,
    displayable,
    view::{DeviceAskView, DeviceCodeView, DeviceDoneView, DeviceProblem, View},
    visit::{SignedIn, Visit, one},
};

/// The purpose of the form that takes a code.
const PURPOSE: &str = "device";
/// Where a code is entered.
const PATH: &str = "/device";

/// How often codes may be tried. Source: RFC 8628 §5.1.
pub(crate) struct DeviceTries {
    by_address: Tries,
    by_browser: Tries,
}

impl DeviceTries {
    pub(crate) fn new() -> Self {
        Self { by_address: Tries::new(20, Duration::from_hours(1)), by_browser: Tries::new(5, Duration::from_mins(10)) }
    }

    /// The address first: browsers cost an attacker nothing, and must not fill the memory of the other count.
    fn take(&self, address: &str, browser: &str, now: Timestamp) -> Result<(), Duration> {
        self.by_address.take(address, now)?;
        self.by_browser.take(browser, now).inspect_err(|_| self.by_address.give_back(address))
    }

    fn give_back(&self, address: &str, browser: &str) {
        self.by_address.give_back(address);
        self.by_browser.give_back(browser);
    }
}

/// An open request of a device, and the client that made it.
struct Waiting {
    code: UserCode,
    device: DeviceRecord,
    client: Arc<ClientRecord>,
}

/// `GET /device`: a code in the address is filled in; nothing is looked up.
pub(crate) async fn show(
    State(pages): State<Arc<Pages>>,
    headers: HeaderMap,
    Query(query): Query,
) -> Result<Response, Fault> {
    let visit = Visit::new(&pages, headers);
    let code = code_in(&query)?;
    entry(&visit, code.map(|code| code.written()), None)
}

/// `POST /device`: looks the code up and leads to the question.
pub(crate) async fn enter(
    State(pages): State<Arc<Pages>>,
    address: ClientAddress,
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, Fault> {
    let visit = Visit::new(&pages, headers);
    visit.check_token(&form, PURPOSE).map_err(|fault| fault.with_start_again(PATH))?;
    let typed = one(&form, "user_code")?.unwrap_or_default().trim();
    let Some(code) = UserCode::parse(typed) else {
        let problem = if typed.is_empty() { DeviceProblem::Empty } else { DeviceProblem::Malformed };
        return entry(&visit, Some(typed.chars().take(20).collect()), Some(problem));
    };
    match find(&visit, address, code.clone()).await? {
        Ok(_) => visit.redirect(&question_path(&code)),
        Err(problem) => entry(&visit, Some(code.written()), Some(problem)),
    }
}

/// `GET /device/confirm`: the question, to a person who has signed in lately.
pub(crate) async fn ask(
    State(pages): State<Arc<Pages>>,
    address: ClientAddress,
    headers: HeaderMap,
    Query(query): Query,
) -> Result<Response, Fault> {
    let visit = Visit::new(&pages, headers);
    let Some(code) = code_in(&query)? else { return visit.redirect(PATH) };
    // A link of somebody else's leads to the form above, where the person presses a button first; nor can another site
    // use up the tries of this address.
    if csrf::check_sender(&pages.parts.web, visit.headers()).is_err() {
        return visit.redirect(&entry_path(&code));
    }
    let waiting = match find(&visit, address, code.clone()).await? {
        Ok(waiting) => waiting,
        Err(problem) => return entry(&visit, Some(code.written()), Some(problem)),
    };
    match fresh(&visit).await? {
        Some(signed_in) => question(&visit, &waiting, &signed_in, address).await,
        None => visit.redirect(&sign_in_path(&code)),
    }
}

/// `POST /device/confirm`.
pub(crate) async fn decide(
    State(pages): State<Arc<Pages>>,
    address: ClientAddress,
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, Fault> {
    let visit = Visit::new(&pages, headers);
    let code = code_in(&form)?.ok_or_else(|| Fault::new(FaultKind::BadRequest))?;
    if csrf::check_sender(&pages.parts.web, visit.headers()).is_err() {
        return Err(Fault::new(FaultKind::Expired).with_start_again(entry_path(&code)));
    }
    let waiting = match find(&visit, address, code.clone()).await? {
        Ok(waiting) => waiting,
        Err(problem) => return entry(&visit, Some(code.written()), Some(problem)),
    };
    let Some(signed_in) = fresh(&visit).await? else { return visit.redirect(&sign_in_path(&code)) };
    let scopes = waiting.scopes();
    visit
        .check_token(&form, &waiting.purpose(&signed_in, &scopes))
        .map_err(|fault| fault.with_start_again(entry_path(&code)))?;
    let grants = &pages.parts.grants;
    let (id, session) = (&waiting.device.id, &signed_in.session);
    let (has_decided, outcome) = match (one(&form, "device-allow")?, one(&form, "device-deny")?) {
        (Some(_), None) => (grants.allow_device(id, session, &scopes).await?, "allowed"),
        (None, Some(_)) => (grants.deny_device(id, &session.user_id).await?, "denied"),
        (None, None) | (Some(_), Some(_)) => return Err(Fault::new(FaultKind::BadRequest)),
    };
    if has_decided {
        visit.redirect(&format!("/device/done?outcome={outcome}"))
    } else {
        // Ended or decided between the page and the button.
        entry(&visit, Some(code.written()), Some(DeviceProblem::Unknown))
    }
}

/// `GET /device/done`: what to do now. It only says what the page before has done.
pub(crate) async fn done(
    State(pages): State<Arc<Pages>>,
    headers: HeaderMap,
    Query(query): Query,
) -> Result<Response, Fault> {
    let visit = Visit::new(&pages, headers);
    let is_allowed = match one(&query, "outcome")? {
        Some("allowed") => true,
        Some("denied") => false,
        Some(_) | None => return visit.redirect(PATH),
    };
    let path = format!("/device/done?outcome={}", if is_allowed { "allowed" } else { "denied" });
    visit.page(StatusCode::OK, &View::DeviceDone(DeviceDoneView { is_allowed }), &path, None)
}

/// The code in a parameter, if it is one.
pub(crate) fn code_in(params: &Params) -> Result<Option<UserCode>, Fault> {
    Ok(one(params, "user_code")?.and_then(UserCode::parse))
}

/// Where the question about a code is asked.
pub(crate) fn question_path(code: &UserCode) -> String {
    format!("/device/confirm?user_code={}", code.written())
}

/// Where a person signs in on the way to the question: the page knows that path, the request only names the code.
pub(crate) fn sign_in_path(code: &UserCode) -> String {
    format!("/login?user_code={}", code.written())
}

fn entry_path(code: &UserCode) -> String {
    format!("{PATH}?user_code={}", code.written())
}

impl Waiting {
    /// What the app gets if the person allows it.
    fn scopes(&self) -> ScopeSet {
        self.device.scopes.intersection(&self.client.scopes)
    }

    /// Binds a form to the device, the account that was shown, and the scopes that were shown.
    fn purpose(&self, signed_in: &SignedIn, scopes: &ScopeSet) -> String {
        format!("device:{}:{}:{scopes}", self.device.id, signed_in.user.id)
    }
}

/// Looks a code up. Every look costs a try, which a code that exists gives back.
async fn find(
    visit: &Visit<'_>,
    address: ClientAddress,
    code: UserCode,
) -> Result<Result<Waiting, DeviceProblem>, Fault> {
    let (parts, tries) = (&visit.pages.parts, &visit.pages.device_tries);
    let (block, browser, now) = (address.block(), visit.browser.id.as_str(), parts.clock.now());
    if let Err(wait) = tries.take(&block, browser, now) {
        return Ok(Err(DeviceProblem::Busy(wait.as_secs().max(1))));
    }
    let Some(device) = parts.grants.find_device(&parts.user_codes.digest(&code)).await? else {
        return Ok(Err(DeviceProblem::Unknown));
    };
    tries.give_back(&block, browser);
    if !device.is_open(now) {
        let has_expired = device.state == DeviceState::Pending;
        return Ok(Err(if has_expired { DeviceProblem::Expired } else { DeviceProblem::Unknown }));
    }
    let client = parts.grants.find_client(&device.client_id).await?;
    let client = client.filter(|client| client.is_enabled && client.may_use(GrantName::DeviceCode));
    Ok(client.map(|client| Waiting { code, device, client }).ok_or(DeviceProblem::Unknown))
}

/// Who is signed in, if they have proven themselves lately.
async fn fresh(visit: &Visit<'_>) -> Result<Option<SignedIn>, Fault> {
    let now = visit.pages.parts.clock.now();
    Ok(visit.signed_in().await?.filter(|signed_in| is_fresh(&signed_in.session, now)))
}

async fn question(
    visit: &Visit<'_>,
    waiting: &Waiting,
    signed_in: &SignedIn,
    address: ClientAddress,
) -> Result<Response, Fault> {
    let parts = &visit.pages.parts;
    let scopes = waiting.scopes();
    let apis = parts.grants.list_apis().await?;
    let asked_at = waiting.device.created_at;
    let view = DeviceAskView {
        token: visit.token(&waiting.purpose(signed_in, &scopes)),
        app: displayable(&waiting.client.name),
        user_code: waiting.code.written(),
        account: displayable(signed_in.user.preferred_name()),
        switch_href: sign_in_path(&waiting.code),
        asked: scopes.iter().map(|token| words(token, &apis, visit.locale())).collect(),
        is_nearby: waiting.device.address == address.block(),
        address: displayable(&waiting.device.address),
        minutes_ago: parts.clock.now().since(asked_at).as_secs() / 60,
        asked_at: asked_at.to_rfc3339().get(11..16).unwrap_or_default().to_owned(),
    };
    visit.page(StatusCode::OK, &View::DeviceAsk(view), &question_path(&waiting.code), None)
}

/// The form that takes a code, perhaps with what was wrong with the last one.
fn entry(visit: &Visit<'_>, user_code: Option<String>, problem: Option<DeviceProblem>) -> Result<Response, Fault> {
    let status = problem.as_ref().map_or(StatusCode::OK, status);
    let wait = match &problem {
        Some(DeviceProblem::Busy(seconds)) => Some(HeaderValue::from(*seconds)),
        Some(_) | None => None,
    };
    let view = DeviceCodeView { token: visit.token(PURPOSE), user_code: user_code.unwrap_or_default(), problem };
    let mut response = visit.page(status, &View::DeviceCode(view), PATH, None)?;
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    Ok(response)
}

const fn status(problem: &DeviceProblem) -> StatusCode {
    match problem {
        DeviceProblem::Busy(_) => StatusCode::TOO_MANY_REQUESTS,
        DeviceProblem::Empty | DeviceProblem::Malformed => StatusCode::UNPROCESSABLE_ENTITY,
        DeviceProblem::Expired => StatusCode::GONE,
        DeviceProblem::Unknown => StatusCode::NOT_FOUND,
    }
}
