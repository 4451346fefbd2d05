//! The checks of a token that is stored, and what every token rests on.

use flow::{RefreshState, Refusal};
use protocol::{ScopeSet, Timestamp};
use serde_json::{Map, Value, json};

use super::judge::{Fault, Handle, Judged, Question, TokenKind};
use crate::args::Context;
use crate::failure::Failure;
use crate::stores::Stores;

/// Judges a refresh token without spending it.
pub async fn refresh(text: &str, stores: &Stores, context: &Context) -> Result<Judged, Failure> {
    let language = context.language();
    let mut judged = Judged::new(TokenKind::Refresh);
    let found = stores.grants().look_up_refresh_token(text).await;
    let Some(token) = found.map_err(|error| Failure::store(&error, language))? else {
        judged.check(Question::Stored, "a token of this server", "–", Some(Fault::Other));
        return Ok(judged);
    };
    let family = &token.family;
    judged.id.clone_from(&token.id);
    judged.claims = claims(stores, (&family.client_id, &family.user_id), &family.scopes, &family.audience);
    insert_times(&mut judged, token.created_at, token.expires_at);
    judged.claims.insert("sid".to_owned(), Value::from(family.session_id.clone()));
    judged.handle = Some(Handle::Grant(family.id.clone()));
    let fault = match token.state {
        RefreshState::Live => None,
        RefreshState::Rotated => Some(Fault::Spent),
        RefreshState::Dead => Some(Fault::Revoked),
    };
    judged.check(Question::Stored, "live", token.state.as_str(), fault);
    time(&mut judged, token.created_at, token.expires_at, stores.now());
    let (family_id, client_id) = (token.family.id, token.family.client_id);
    standing(&mut judged, Some(&family_id), &client_id, (stores, context)).await?;
    Ok(judged)
}

/// Judges an opaque access token.
pub async fn opaque(text: &str, audience: Option<&str>, stores: &Stores, context: &Context) -> Result<Judged, Failure> {
    let language = context.language();
    let mut judged = Judged::new(TokenKind::AccessOpaque);
    let found = stores.grants().look_up_access_token(text).await;
    let Some(token) = found.map_err(|error| Failure::store(&error, language))? else {
        judged.check(Question::Stored, "a token of this server", "–", Some(Fault::Other));
        return Ok(judged);
    };
    judged.id.clone_from(&token.id);
    judged.claims = claims(stores, (&token.client_id, &token.subject), &token.scopes, &token.audience);
    insert_times(&mut judged, token.created_at, token.expires_at);
    judged.check(Question::Stored, "live", "live", None);
    if let Some(wanted) = audience {
        let fault = (!token.audience.iter().any(|own| own == wanted)).then_some(Fault::Other);
        judged.check(Question::Audience, wanted, &token.audience.join(" "), fault);
    }
    time(&mut judged, token.created_at, token.expires_at, stores.now());
    standing(&mut judged, token.family_id.as_deref(), &token.client_id, (stores, context)).await?;
    judged.handle = Some(Handle::Opaque(token));
    Ok(judged)
}

/// What is described of a token, in the words of RFC 7662 §2.2.
fn claims(
    stores: &Stores,
    (client_id, subject): (&str, &str),
    scopes: &ScopeSet,
    audience: &[String],
) -> Map<String, Value> {
    let described = json!({
        "iss": stores.issuer, "client_id": client_id, "sub": subject, "scope": scopes.to_string(), "aud": audience,
    });
    match described {
        Value::Object(members) => members,
        // The literal above is an object.
        other => Map::from_iter([("described".to_owned(), other)]),
    }
}

fn insert_times(judged: &mut Judged, from: Timestamp, until: Timestamp) {
    judged.claims.insert("iat".to_owned(), from.as_secs().into());
    judged.claims.insert("exp".to_owned(), until.as_secs().into());
}

fn time(judged: &mut Judged, from: Timestamp, until: Timestamp, now: Timestamp) {
    let found = format!("{} / {}", from.to_rfc3339(), until.to_rfc3339());
    judged.check(Question::Time, &now.to_rfc3339(), &found, (now >= until).then_some(Fault::Other));
}

/// What the token rests on: the grant of a person, or the client that speaks for itself.
pub async fn standing(
    judged: &mut Judged,
    family_id: Option<&str>,
    client_id: &str,
    (stores, context): (&Stores, &Context),
) -> Result<(), Failure> {
    let (grants, language) = (stores.grants(), context.language());
    let failed = |error| Failure::store(&error, language);
    let Some(family_id) = family_id else {
        let client = grants.find_client(client_id).await.map_err(failed)?;
        let is_enabled = client.is_some_and(|client| client.is_enabled);
        let fault = (!is_enabled).then(|| Fault::Refused(Refusal::ClientDisabled.into()));
        judged.check(Question::Standing, "an enabled client", client_id, fault);
        return Ok(());
    };
    let fault = grants.judge_grant(family_id).await.map_err(failed)?.err().map(Fault::Refused);
    judged.check(Question::Standing, "a live grant", family_id, fault);
    Ok(())
}

/// Whom access tokens of this server are for: itself and its APIs.
pub async fn audiences(stores: &Stores, context: &Context) -> Result<Vec<String>, Failure> {
    let apis = stores.grants().list_apis().await.map_err(|error| Failure::store(&error, context.language()))?;
    let mut audiences: Vec<_> = apis.iter().map(|api| api.audience.clone()).collect();
    audiences.insert(0, stores.issuer.clone());
    Ok(audiences)
}
