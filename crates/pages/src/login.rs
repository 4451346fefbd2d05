//! `/login`: name and password.
//!
//! With `?interaction=ID` the person is on the way to an app and goes on to `/authorize/resume/ID`, with `?user_code=CODE`
//! to the question about a device; without, to `/`. The paths are ours: a request names an id or a code, never a target.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use flow::ClientRecord;
use grant_store::InteractionRecord;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use platform::secret::Secret;
use protocol::{AuthorizationRequest, ClaimsRequest, Params, UserCode};
use sign_in::{PasswordAttempt, SignInError, SignedIn as Entered};
use url::form_urlencoded;
use web::{ClientAddress, Fault, Form, Query, cookies};

use crate::{
    Pages, device, displayable,
    view::{AppView, LoginView, Problem, View},
    visit::{SignedIn, Visit, one},
};

/// The longest name that is put back into the form, in characters.
const MAX_NAME: usize = 254;

/// An interaction with the client that it belongs to.
struct Errand {
    interaction: InteractionRecord,
    client: Option<Arc<ClientRecord>>,
}

/// `GET /login`.
pub(crate) async fn show(
    State(pages): State<Arc<Pages>>,
    headers: HeaderMap,
    Query(query): Query,
) -> Result<Response, Fault> {
    let mut visit = Visit::new(&pages, headers);
    visit.device = device::code_in(&query)?;
    let errand = find_errand(&mut visit, one(&query, "interaction")?).await?;
    let signed_in = visit.signed_in().await?;
    if errand.is_none() && visit.device.is_none() && signed_in.is_some() {
        return visit.redirect("/");
    }
    let hint = errand.as_ref().and_then(|errand| errand.interaction.request.login_hint.as_deref());
    let again = signed_in.as_ref().filter(|_| errand.as_ref().is_some_and(Errand::is_forced));
    let username = hint.or(again.map(|signed_in| signed_in.user.preferred_name())).unwrap_or_default();
    let view = view(&visit, errand.as_ref(), signed_in.as_ref(), username);
    answer(&visit, StatusCode::OK, view, errand.as_ref())
}

/// `POST /login`.
pub(crate) async fn attempt(
    State(pages): State<Arc<Pages>>,
    address: ClientAddress,
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, Fault> {
    let mut visit = Visit::new(&pages, headers);
    let id = one(&form, "interaction")?;
    visit.device = device::code_in(&form)?;
    let path = path(id, visit.device.as_ref());
    visit.check_token(&form, &purpose(id)).map_err(|fault| fault.with_start_again(path))?;
    let errand = find_errand(&mut visit, id).await.map_err(|fault| start_again(fault, &form))?;
    let (username, password) = (one(&form, "username")?, one(&form, "password")?);
    let (Some(login), Some(password)) = (username, password) else {
        let problem = Problem::Empty { username: username.is_none(), password: password.is_none() };
        return refuse(&visit, errand.as_ref(), username.unwrap_or_default(), problem).await;
    };
    let attempt = PasswordAttempt {
        login: login.to_owned(),
        password: Secret::new(password.to_owned()),
        address: address.to_string(),
        user_agent: user_agent(visit.headers()),
        replaces: cookies::session_cookie(&pages.parts.web, visit.headers()),
    };
    match pages.parts.sign_in.with_password(attempt).await {
        Ok(entered) => enter(&visit, errand, entered).await,
        Err(SignInError::Mismatch) => refuse(&visit, errand.as_ref(), login, Problem::Mismatch).await,
        Err(SignInError::Locked) => refuse(&visit, errand.as_ref(), login, Problem::Locked).await,
        Err(SignInError::Busy { retry_after }) => {
            let seconds = retry_after.as_secs().max(1);
            refuse(&visit, errand.as_ref(), login, Problem::Busy(seconds)).await
        }
        Err(SignInError::Store(error)) => Err(error.into()),
    }
}

/// Hands the session to the browser and lets the person go on.
async fn enter(visit: &Visit<'_>, errand: Option<Errand>, entered: Entered) -> Result<Response, Fault> {
    let parts = &visit.pages.parts;
    let next = match errand {
        Some(Errand { interaction, .. }) => {
            let session = &entered.session;
            parts.grants.note_sign_in(&interaction.id, &session.user_id, session.auth_time).await?;
            format!("/authorize/resume/{}", interaction.id)
        }
        None => visit.device.as_ref().map_or_else(|| "/".to_owned(), device::question_path),
    };
    let mut response = visit.redirect(&next)?;
    let cookie = cookies::set_session(&parts.web, &entered.cookie);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Shows the form again and says why.
async fn refuse(
    visit: &Visit<'_>,
    errand: Option<&Errand>,
    username: &str,
    problem: Problem,
) -> Result<Response, Fault> {
    let signed_in = visit.signed_in().await?;
    let shown: String = username.chars().take(MAX_NAME).collect();
    let view = LoginView { problem: Some(problem), ..view(visit, errand, signed_in.as_ref(), &shown) };
    let mut response = answer(visit, status(problem), view, errand)?;
    if let Problem::Busy(seconds) = problem {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// RFC 9110 §15.5.4: 403 where credentials were given and do not suffice; 401 would demand an authentication scheme.
const fn status(problem: Problem) -> StatusCode {
    match problem {
        Problem::Busy(_) => StatusCode::TOO_MANY_REQUESTS,
        Problem::Empty { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Problem::Locked | Problem::Mismatch => StatusCode::FORBIDDEN,
    }
}

async fn find_errand(visit: &mut Visit<'_>, id: Option<&str>) -> Result<Option<Errand>, Fault> {
    let Some(id) = id else { return Ok(None) };
    let interaction = visit.interaction(id).await?;
    visit.wish_locale(interaction.request.ui_locales.as_deref());
    let client = visit.pages.parts.grants.find_client(&interaction.client_id).await?;
    Ok(Some(Errand { interaction, client }))
}

fn view(visit: &Visit<'_>, errand: Option<&Errand>, signed_in: Option<&SignedIn>, username: &str) -> LoginView {
    let id = errand.map(|errand| errand.interaction.id.as_str());
    let is_again = signed_in.is_some() && errand.is_some_and(Errand::is_forced);
    let can_resume = signed_in.is_some_and(|signed_in| errand.is_some_and(|errand| errand.takes(signed_in)));
    let hint = visit.pages.parts.dev_hint.as_ref();
    LoginView {
        token: visit.token(&purpose(id)),
        interaction: id.map(str::to_owned),
        // A form field is bounded; a request that is longer than it simply cannot be started again from here.
        start_again: errand.and_then(Errand::request_path).filter(|path| path.len() <= MAX_START_AGAIN),
        app: errand.and_then(Errand::app),
        is_again,
        user_code: visit.device.as_ref().map(UserCode::written),
        username: username.to_owned(),
        problem: None,
        account: signed_in.filter(|_| !is_again).map(|signed_in| displayable(signed_in.user.preferred_name())),
        resume_href: id.filter(|_| can_resume && !is_again).map(|id| format!("/authorize/resume/{id}")),
        dev_people: hint.map(|hint| hint.people.clone()).unwrap_or_default(),
    }
}

fn answer(visit: &Visit<'_>, status: StatusCode, view: LoginView, errand: Option<&Errand>) -> Result<Response, Fault> {
    let path = path(view.interaction.as_deref(), visit.device.as_ref());
    // After the form come /authorize/resume and then, for an app that needs no consent, the app itself: the policy
    // counts the whole chain.
    visit.page(status, &View::Login(view), &path, errand.and_then(Errand::redirect_uri))
}

/// The longest request that a form carries along, in bytes.
pub(crate) const MAX_START_AGAIN: usize = 4096;

/// Binds a form to the errand that it was made for.
fn purpose(interaction: Option<&str>) -> String {
    format!("login:{}", interaction.unwrap_or_default())
}

fn path(interaction: Option<&str>, device: Option<&UserCode>) -> String {
    match (interaction, device) {
        (Some(id), _) => {
            format!("/login?interaction={}", form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>())
        }
        (None, Some(code)) => device::sign_in_path(code),
        (None, None) => "/login".to_owned(),
    }
}

/// An expired request is begun anew: the form carries it, and the authorization endpoint judges it like any other.
pub(crate) fn start_again(fault: Fault, form: &Params) -> Fault {
    match form.one("start_again") {
        Ok(Some(path)) if path.starts_with("/authorize?") => fault.with_start_again(path),
        Ok(_) | Err(_) => fault,
    }
}

fn user_agent(headers: &HeaderMap) -> String {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

impl Errand {
    /// Where the answer to the app will go: as sent, or the only one registered.
    fn redirect_uri(&self) -> Option<&str> {
        redirect_uri(&self.interaction.request, self.client.as_deref())
    }

    fn app(&self) -> Option<AppView> {
        let client = self.client.as_deref()?;
        Some(AppView::new(&client.name, self.redirect_uri()?))
    }

    /// Whether the app wants a fresh sign-in of somebody who is signed in. Source: OpenID Connect Core §3.1.2.1.
    fn is_forced(&self) -> bool {
        let request = &self.interaction.request;
        request.max_age.is_some() || has_prompt(request, "login")
    }

    /// Whether going on with the present account is what the app asked for. Somebody else than the person whom it expects
    /// would come back to this page at once.
    fn takes(&self, signed_in: &SignedIn) -> bool {
        let request = &self.interaction.request;
        let claims = request.claims.as_deref().and_then(|claims| ClaimsRequest::parse(claims).ok()).unwrap_or_default();
        let mut expected = claims.subjects.iter().chain(&self.interaction.hinted_user_id);
        let is_expected = expected.all(|subject| *subject == signed_in.user.id);
        is_expected && !self.is_forced() && !has_prompt(request, "select_account")
    }

    /// The request as a path of ours.
    fn request_path(&self) -> Option<String> {
        request_path(&self.interaction)
    }
}

fn has_prompt(request: &AuthorizationRequest, wanted: &str) -> bool {
    request.prompt.as_deref().unwrap_or_default().split(' ').any(|prompt| prompt == wanted)
}

/// The redirect URI that an answer will go to, for display and for the policy of forms.
pub(crate) fn redirect_uri<'r>(request: &'r AuthorizationRequest, client: Option<&'r ClientRecord>) -> Option<&'r str> {
    let client = client?;
    match (request.redirect_uri.as_deref(), client.redirect_uris.as_slice()) {
        (Some(presented), registered) => registered.iter().any(|uri| uri.matches(presented)).then_some(presented),
        (None, [only]) => Some(only.as_str()),
        (None, _) => None,
    }
}

/// The request as the path that begins it anew; none where it would come without the hint that it had, since then
/// anybody could answer it.
pub(crate) fn request_path(interaction: &InteractionRecord) -> Option<String> {
    if interaction.hinted_user_id.is_some() {
        return None;
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Ok(serde_json::Value::Object(members)) = serde_json::to_value(&interaction.request) {
        for (name, value) in &members {
            let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            for value in values.iter().filter_map(serde_json::Value::as_str) {
                query.append_pair(name, value);
            }
        }
    }
    Some(format!("/authorize?{}", query.finish()))
}
