//! `/consent`: what an app asks for, in words, and two buttons of equal weight.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use flow::{
    ClientRecord, ResourceServer,
    authorize::{Asked, Decision},
};
use grant_store::InteractionRecord;
use http::{HeaderMap, StatusCode};
use protocol::{Locale, Params};
use web::{Fault, FaultKind, Form, Query};

use crate::{
    Pages, displayable,
    login::{MAX_START_AGAIN, redirect_uri, request_path, start_again},
    view::{AppView, ConsentView, ScopeView, View},
    visit::{SignedIn, Visit, one},
};

/// Everything that a consent is about.
struct Question {
    interaction: InteractionRecord,
    client: Arc<ClientRecord>,
    signed_in: SignedIn,
    asked: Asked,
}

/// `GET /consent`.
pub(crate) async fn show(
    State(pages): State<Arc<Pages>>,
    headers: HeaderMap,
    Query(query): Query,
) -> Result<Response, Fault> {
    let mut visit = Visit::new(&pages, headers);
    let interaction = find_interaction(&mut visit, &query).await?;
    let Some(question) = find_question(&visit, interaction.clone()).await? else {
        return visit.redirect(&format!("/login?interaction={}", interaction.id));
    };
    let view = view(&visit, &question).await?;
    let path = format!("/consent?interaction={}", question.interaction.id);
    let leads_to = redirect_uri(&question.interaction.request, Some(&question.client));
    visit.page(StatusCode::OK, &View::Consent(view), &path, leads_to)
}

/// `POST /consent`.
pub(crate) async fn decide(
    State(pages): State<Arc<Pages>>,
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, Fault> {
    let mut visit = Visit::new(&pages, headers);
    let interaction = find_interaction(&mut visit, &form).await.map_err(|fault| start_again(fault, &form))?;
    let consent_path = format!("/consent?interaction={}", interaction.id);
    let Some(question) = find_question(&visit, interaction.clone()).await? else {
        return visit.redirect(&format!("/login?interaction={}", interaction.id));
    };
    // The token names the account that was shown: another tab may have signed somebody else in meanwhile.
    visit.check_token(&form, &purpose(&question)).map_err(|fault| fault.with_start_again(consent_path))?;
    let grants = &pages.parts.grants;
    let id = &question.interaction.id;
    match (one(&form, "consent-allow")?, one(&form, "consent-deny")?) {
        (Some(_), None) => {
            if grants.decide(id, &question.signed_in.user.id, Decision::Consented).await? {
                grants.grant_asked(&question.signed_in.user.id, &question.client.id, question.asked.clone()).await?;
            }
        }
        (None, Some(_)) => {
            grants.decide(id, &question.signed_in.user.id, Decision::Denied).await?;
        }
        (None, None) | (Some(_), Some(_)) => return Err(Fault::new(FaultKind::BadRequest)),
    }
    visit.redirect(&format!("/authorize/resume/{id}"))
}

async fn find_interaction(visit: &mut Visit<'_>, params: &Params) -> Result<InteractionRecord, Fault> {
    let id = one(params, "interaction")?.ok_or_else(|| Fault::new(FaultKind::Expired))?;
    let interaction = visit.interaction(id).await?;
    visit.wish_locale(interaction.request.ui_locales.as_deref());
    Ok(interaction)
}

/// What is asked of whom; `None` if nobody is signed in.
async fn find_question(visit: &Visit<'_>, interaction: InteractionRecord) -> Result<Option<Question>, Fault> {
    let Some(signed_in) = visit.signed_in().await? else { return Ok(None) };
    let client = visit.pages.parts.grants.find_client(&interaction.client_id).await?;
    let client = client.ok_or_else(|| Fault::new(FaultKind::Expired))?;
    let apis = visit.pages.parts.grants.list_apis().await?;
    let asked = Asked::of(&interaction.request, &client, &apis).map_err(|_| Fault::new(FaultKind::BadRequest))?;
    Ok(Some(Question { interaction, client, signed_in, asked }))
}

async fn view(visit: &Visit<'_>, question: &Question) -> Result<ConsentView, Fault> {
    let grants = &visit.pages.parts.grants;
    let Question { interaction, client, signed_in, asked } = question;
    let leads_to = redirect_uri(&interaction.request, Some(client)).ok_or_else(|| Fault::new(FaultKind::Expired))?;
    let earlier = grants.find_consent(&signed_in.user.id, &client.id).await?;
    let new = earlier.map_or_else(|| asked.clone(), |consent| asked.beyond(&consent));
    let known = Asked {
        scopes: asked.scopes.difference(&new.scopes),
        claims: without(&asked.claims, &new.claims),
        resources: without(&asked.resources, &new.resources),
    };
    let apis = grants.list_apis().await?;
    let in_words = |asked: &Asked| in_words(asked, &apis, visit.locale());
    Ok(ConsentView {
        token: visit.token(&purpose(question)),
        interaction: interaction.id.clone(),
        start_again: request_path(interaction).filter(|path| path.len() <= MAX_START_AGAIN).unwrap_or_default(),
        app: AppView::new(&client.name, leads_to),
        account: displayable(signed_in.user.preferred_name()),
        asked: in_words(&new),
        known: in_words(&known),
    })
}

fn without(all: &[String], some: &[String]) -> Vec<String> {
    all.iter().filter(|one| !some.contains(one)).cloned().collect()
}

/// What is asked for, one line for each scope, claim and API.
fn in_words(asked: &Asked, apis: &[ResourceServer], locale: Locale) -> Vec<ScopeView> {
    let scopes = asked.scopes.iter().map(|token| words(token, apis, locale));
    let claims = asked.claims.iter().filter_map(|claim| ScopeView::claim(claim));
    let resources = asked.resources.iter().map(|audience| {
        let name = apis.iter().find(|api| api.audience == *audience).map_or(audience.as_str(), |api| &api.name);
        ScopeView::whole_api(&displayable(name))
    });
    let mut lines: Vec<ScopeView> = Vec::new();
    // Two claims may share their words, such as an address and whether it is confirmed.
    for line in scopes.chain(claims).chain(resources) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// A scope in the words of its owner, or in ours.
pub(crate) fn words(token: &str, apis: &[ResourceServer], locale: Locale) -> ScopeView {
    let owned = apis.iter().find_map(|api| {
        let scope = api.scopes.iter().find(|scope| scope.name == token)?;
        let words = match locale {
            Locale::En => &scope.en,
            Locale::ZhCn => &scope.zh_cn,
        };
        Some(ScopeView::of_api(&displayable(&api.name), token, words))
    });
    ScopeView::standard(token).or(owned).unwrap_or_else(|| ScopeView::unexplained(token))
}

/// Binds a form to the interaction, the account that was shown, and what was shown to be asked for.
fn purpose(question: &Question) -> String {
    let Question { interaction, signed_in, asked, .. } = question;
    let Asked { scopes, claims, resources } = asked;
    let (claims, resources) = (claims.join(" "), resources.join(" "));
    format!("consent:{}:{}:{scopes}:{claims}:{resources}", interaction.id, signed_in.user.id)
}
