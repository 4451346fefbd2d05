//! `grant_type=urn:ietf:params:oauth:grant-type:token-exchange`. Source: RFC 8693 §2.

use async_trait::async_trait;
use flow::token_exchange::SubjectToken;
use flow::{ClientRecord, GrantName, Refusal, TokenFormat};
use grant_store::GrantError;
use protocol::{Timestamp, TokenExchangeRequest, TokenResponse};

use super::{Call, GrantType, issue};
use crate::error::TokenError;
use crate::{OAuth, live_token};

pub(super) struct TokenExchange;

#[async_trait]
impl GrantType for TokenExchange {
    fn name(&self) -> GrantName {
        GrantName::TokenExchange
    }

    async fn exchange(&self, call: Call<'_>) -> Result<TokenResponse, TokenError> {
        flow::token_exchange::may_exchange(call.client)?;
        let request = TokenExchangeRequest::parse(call.form).map_err(flow::token_exchange::unparsed)?;
        let subject = subject(call.oauth, call.client, &request.subject_token).await?;
        let exchanged = call.oauth.grants.exchange(request, subject, call.client).await?;
        issue::exchanged(call.oauth, &exchanged.permit, exchanged.actor)
    }
}

/// Proves the subject token: a live access token of ours, of a person, meant for an API that this client answers for.
///
/// A client that merely came across a token is not in its audience and can do nothing with it here.
async fn subject(oauth: &OAuth, client: &ClientRecord, token: &str) -> Result<SubjectToken, TokenError> {
    let live = live_token::find(oauth, token).await.map_err(|error| match error {
        // RFC 8693 §2.2.2: whatever is wrong with the subject token is an invalid request.
        GrantError::Refused(refused) => {
            GrantError::from(Refusal::SubjectTokenRejected.because(refused.refusal.name(), refused.received))
        }
        GrantError::Store(error) => error.into(),
    })?;
    let claims = &live.claims;
    if !client.terms.introspects.iter().any(|audience| claims.aud.contains(audience)) {
        let audience = claims.aud.iter().collect::<Vec<_>>().join(" ");
        return Err(Refusal::SubjectTokenRejected.because(client.terms.introspects.join(" "), audience).into());
    }
    let family = live.family().ok_or_else(|| Refusal::SubjectTokenRejected.because("a person's token", "none"))?;
    let format = if live_token::is_opaque(token) { TokenFormat::Opaque } else { TokenFormat::Jwt };
    Ok(SubjectToken {
        jti: claims.jti.clone(),
        format,
        user_id: claims.sub.clone(),
        family_id: family.id.clone(),
        scopes: claims.scope.clone(),
        expires_at: Timestamp::from_secs(claims.exp),
        actor: claims.act.clone(),
    })
}
