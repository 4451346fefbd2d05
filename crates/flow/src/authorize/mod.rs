//! The authorization request, judged by an ordered list of rules.
//!
//! [`verdict`] is the whole walk: the client and its redirect URI are proven first (until then nothing is redirected),
//! then every rule of [`RULES`] looks at the request, then sign-in and consent are looked at. The answer is a
//! [`Verdict`]; the caller stores or renders it and decides nothing.
//! Source: RFC 6749 §4.1.1, OpenID Core §3.1.2.

mod asked;
mod claims;
mod consent;
mod hint;
mod limits;
mod machine;
mod pkce;
mod prompt;
pub(crate) mod response;
mod scope;
mod sign_in;
pub mod target;
mod unsupported;

use std::collections::BTreeSet;

use protocol::{AuthorizationRequest, ScopeSet, Timestamp};

use crate::records::{ClientRecord, ConsentRecord, ResourceServer, SessionRecord};
use crate::refusal::{Refusal, Refused};
use crate::reply_to::ReplyTo;
use crate::terms::GrantDetail;

pub use asked::Asked;
pub use claims::{ACR_ONE_FACTOR, ACR_VALUES};
pub use hint::Hint;
pub use prompt::Prompt;

/// Everything that one read of the stores found.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The client named by `client_id`.
    pub client: Option<ClientRecord>,
    /// The live session of this browser, its user enabled and its epoch current.
    pub session: Option<SessionRecord>,
    /// What that user has allowed this client.
    pub consent: Option<ConsentRecord>,
    /// The resource servers, for scopes and audiences.
    pub apis: Vec<ResourceServer>,
    /// What happened since the request was parked; absent at its first arrival.
    pub progress: Progress,
    /// Whom the client expects.
    pub hint: Hint,
}

/// What a parked request has been through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Whose progress it is: the person who signed in or decided last.
    pub user_id: Option<String>,
    /// The person signed in for this request, then.
    pub signed_in_at: Option<Timestamp>,
    /// The person pressed a button on the consent page.
    pub decision: Option<Decision>,
}

/// What the person pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allow.
    Consented,
    /// Refuse.
    Denied,
}

/// What to do with an authorization request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Issue a code and send the browser back.
    Answer(Box<Approved>),
    /// A page is needed first.
    Park(Step),
    /// Send the refusal to the client.
    SendError(ReplyTo, Refused),
    /// Show the refusal to the person: client or redirect URI are not proven.
    ShowError(Refused),
}

/// The page that a parked request waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The consent page.
    Consent,
    /// The sign-in page.
    SignIn,
}

/// A request that may be answered with a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    /// Where the answer goes.
    pub reply_to: ReplyTo,
    /// The client.
    pub client_id: String,
    /// The session that carries the answer.
    pub session: SessionRecord,
    /// What is granted, in the order asked for.
    pub scopes: ScopeSet,
    /// The audiences of the access token.
    pub audience: Vec<String>,
    /// The redirect URI exactly as sent, for the comparison at the token endpoint.
    pub redirect_uri: Option<String>,
    /// The S256 challenge.
    pub code_challenge: Option<String>,
    /// The nonce for the ID token.
    pub nonce: Option<String>,
    /// What was asked for beside scopes.
    pub detail: GrantDetail,
}

/// A request whose client and redirect URI are proven, with what the rules found in it.
struct RuleCase<'a> {
    request: &'a AuthorizationRequest,
    client: &'a ClientRecord,
    facts: &'a Facts,
    now: Timestamp,
}

impl RuleCase<'_> {
    /// What the person of this session pressed. Another person's decision, made in the same browser before they signed
    /// in, is nobody's.
    fn decision(&self) -> Option<Decision> {
        let progress = &self.facts.progress;
        let is_theirs = self.facts.session.as_ref().map(|session| &session.user_id) == progress.user_id.as_ref();
        progress.decision.filter(|_| is_theirs && progress.user_id.is_some())
    }
}

type Rule = fn(&RuleCase<'_>) -> Result<(), Refused>;

/// The rules, in the order in which they are asked. To add one: a file beside this one and a line here.
const RULES: &[Rule] = &[
    unsupported::check,
    response::check,
    limits::check,
    prompt::check,
    scope::check,
    target::check,
    claims::check,
    hint::check,
    pkce::check,
    machine::check,
    sign_in::check,
];

/// Judges an authorization request.
///
/// Effects: none; the caller acts on the verdict.
/// Source: RFC 6749 §4.1.2.1 (what is shown and what is sent), OpenID Core §3.1.2.2–3.1.2.6.
pub fn verdict(request: &AuthorizationRequest, facts: &Facts, now: Timestamp) -> Verdict {
    let Some(client) = &facts.client else {
        return Verdict::ShowError(Refusal::ClientUnknown.because("a registered client", request.client_id.as_str()));
    };
    let reply_to = match reply_to(request, client) {
        Ok(reply_to) => reply_to,
        Err(refused) => return Verdict::ShowError(refused),
    };
    let case = RuleCase { request, client, facts, now };
    if let Err(refused) = RULES.iter().try_for_each(|rule| rule(&case)) {
        return Verdict::SendError(reply_to, refused);
    }
    let prompts = prompt::parse(request).unwrap_or_default();
    match next_step(&case, &prompts) {
        Ok(Some(step)) => Verdict::Park(step),
        Ok(None) => approve(&case, reply_to),
        Err(refused) => Verdict::SendError(reply_to, refused),
    }
}

/// The proven target of a request, for errors that are found before the rules run.
pub fn reply_to(request: &AuthorizationRequest, client: &ClientRecord) -> Result<ReplyTo, Refused> {
    let reply_to = ReplyTo::checked(client, request.redirect_uri.as_deref(), request.state.as_deref())?;
    Ok(reply_to.by_mode(client, request.response_mode.as_deref()))
}

/// The page that is needed next, or none.
fn next_step(case: &RuleCase<'_>, prompts: &BTreeSet<Prompt>) -> Result<Option<Step>, Refused> {
    let is_silent = prompts.contains(&Prompt::None);
    if sign_in::is_needed(case, prompts) {
        return if is_silent { Err(Refusal::LoginRequired.into()) } else { Ok(Some(Step::SignIn)) };
    }
    // OpenID Core §3.1.2.1: the person of the hint answers, or an error does. Who signed in as somebody else for this
    // very request has made up his mind; anybody else is asked to sign in.
    if let Some(refused) = hint::mismatch(case) {
        return if is_silent || sign_in::is_fresh(case) { Err(refused) } else { Ok(Some(Step::SignIn)) };
    }
    if case.decision() == Some(Decision::Denied) {
        return Err(Refusal::AccessDenied.into());
    }
    if consent::is_needed(case, prompts) {
        return if is_silent { Err(Refusal::ConsentRequired.into()) } else { Ok(Some(Step::Consent)) };
    }
    Ok(None)
}

fn approve(case: &RuleCase<'_>, reply_to: ReplyTo) -> Verdict {
    let Some(session) = case.facts.session.clone() else {
        return Verdict::Park(Step::SignIn);
    };
    let scopes = scope::granted(case);
    Verdict::Answer(Box::new(Approved {
        reply_to,
        client_id: case.client.id.clone(),
        session,
        audience: target::audience(case.request, &scopes, &case.facts.apis),
        detail: GrantDetail { userinfo_claims: names(claims::for_userinfo(case.request, &scopes)) },
        scopes,
        redirect_uri: case.request.redirect_uri.clone(),
        code_challenge: case.request.code_challenge.clone(),
        nonce: case.request.nonce.clone(),
    }))
}

fn names(claims: Vec<&'static str>) -> Vec<String> {
    claims.into_iter().map(str::to_owned).collect()
}

pub use scope::audience;

#[cfg(test)]
mod detail_tests;
#[cfg(test)]
mod tests;
