//! Token exchange: which client may have a token of somebody's made into one for another API. Source: RFC 8693.
//!
//! Delegation among services of one house, nothing else: the person stays the subject, the client that asks is named as
//! the actor, and the new token can do no more and lives no longer than the one it was made from.

use std::time::Duration;

use protocol::token_exchange::{Actor, TokenExchangeError};
use protocol::{ScopeSet, Timestamp, TokenExchangeRequest};

use crate::records::{ClientKind, ClientRecord, GrantName, ResourceServer};
use crate::refusal::{Refusal, Refused};
use crate::terms::TokenFormat;

/// The longest chain of actors: each makes the token longer, and no house has more services in a row.
const MOST_ACTORS: usize = 4;

/// A subject token that was found good, with the client in its audience.
#[derive(Clone, Debug)]
pub struct SubjectToken {
    /// Its own id: the `jti` of a JWT, the selector of an opaque token.
    pub jti: String,
    /// Its form, which says where a revocation of it alone would stand.
    pub format: TokenFormat,
    /// The person.
    pub user_id: String,
    /// Its family.
    pub family_id: String,
    /// What it may do.
    pub scopes: ScopeSet,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Who acts in it already.
    pub actor: Option<Actor>,
}

/// What is given in exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// What the new token may do.
    pub scopes: ScopeSet,
    /// Whom it is for.
    pub target: String,
    /// It lives no longer than this.
    pub most_ttl: Duration,
    /// Who acts in it.
    pub actor: Actor,
}

/// The refusal of a request that does not parse.
pub fn unparsed(error: TokenExchangeError) -> Refused {
    match error {
        TokenExchangeError::ActorToken => Refusal::ActorTokenUnsupported.into(),
        TokenExchangeError::Missing(name) => Refusal::ParameterMissing.because(name, ""),
        TokenExchangeError::Repeated(name) => Refusal::ParameterRepeated.because("once", name),
        TokenExchangeError::Targets => Refusal::ExchangeTargetRefused.because("one target", "several"),
        TokenExchangeError::Type(name) => Refusal::TokenTypeUnsupported.because("an access token", name),
    }
}

/// Whether a client may exchange at all; asked before its token is looked at.
///
/// Errors: [`Refusal::GrantTypeNotAllowed`]: public, not registered for the grant, or without a target.
pub fn may_exchange(client: &ClientRecord) -> Result<(), Refused> {
    let is_able = client.kind == ClientKind::Confidential
        && client.may_use(GrantName::TokenExchange)
        && !client.terms.exchange_targets.is_empty();
    if is_able {
        Ok(())
    } else {
        Err(Refusal::GrantTypeNotAllowed.because("a confidential client with exchange targets", client.id.as_str()))
    }
}

/// Judges an exchange.
///
/// The caller has proven the subject token and that the client is in its audience; the gate has passed its family.
/// Errors: [`Refusal::GrantTypeNotAllowed`], [`Refusal::ClientDisabled`], [`Refusal::SubjectTokenRejected`],
/// [`Refusal::ExchangeTargetRefused`], [`Refusal::ScopeMalformed`], [`Refusal::ScopeWidened`].
pub fn judge(
    request: &TokenExchangeRequest,
    subject: &SubjectToken,
    client: &ClientRecord,
    apis: &[ResourceServer],
    now: Timestamp,
) -> Result<Exchange, Refused> {
    may_exchange(client)?;
    if !client.is_enabled {
        return Err(Refusal::ClientDisabled.into());
    }
    let actor = Actor { sub: client.id.clone(), act: subject.actor.clone().map(Box::new) };
    if actor.depth() > MOST_ACTORS {
        return Err(Refusal::SubjectTokenRejected.because("at most four actors", actor.depth().to_string()));
    }
    // The verifier allows for clocks that differ; what is made of a token gets no such time.
    if now >= subject.expires_at {
        return Err(Refusal::SubjectTokenRejected.because(subject.expires_at.to_rfc3339(), now.to_rfc3339()));
    }
    let is_target = client.terms.exchange_targets.contains(&request.target);
    let api = apis.iter().find(|api| api.audience == request.target).filter(|_| is_target).ok_or_else(|| {
        Refusal::ExchangeTargetRefused.because(client.terms.exchange_targets.join(" "), request.target.as_str())
    })?;
    Ok(Exchange {
        scopes: scopes(request.scope.as_deref(), subject, client, api)?,
        target: api.audience.clone(),
        most_ttl: subject.expires_at.since(now),
        actor,
    })
}

/// What subject, client and target have in common, or the part of it that was asked for.
fn scopes(
    asked: Option<&str>,
    subject: &SubjectToken,
    client: &ClientRecord,
    api: &ResourceServer,
) -> Result<ScopeSet, Refused> {
    let of_api: ScopeSet = api.scopes.iter().map(|scope| scope.name.as_str()).collect();
    let most = subject.scopes.intersection(&client.scopes).intersection(&of_api);
    let granted = match asked.filter(|scope| !scope.is_empty()) {
        None => most.clone(),
        Some(text) => ScopeSet::parse(text).map_err(|_| Refusal::ScopeMalformed.because("RFC 6749 section 3.3", ""))?,
    };
    // A token that may do nothing would look like one that may do everything to an API that does not ask.
    if granted.is_empty() || !granted.is_subset_of(&most) {
        return Err(Refusal::ScopeWidened.because(most.to_string(), granted.to_string()));
    }
    Ok(granted)
}

#[cfg(test)]
#[path = "token_exchange_tests.rs"]
mod tests;
