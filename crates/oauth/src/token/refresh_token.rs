//! `grant_type=refresh_token`. Source: RFC 6749 §6, OpenID Core §12.

use async_trait::async_trait;
use flow::GrantName;
use flow::refresh::RefreshRequest;
use protocol::TokenResponse;

use super::{Call, GrantType, issue};
use crate::error::TokenError;

pub(super) struct RefreshToken;

#[async_trait]
impl GrantType for RefreshToken {
    fn name(&self) -> GrantName {
        GrantName::RefreshToken
    }

    async fn exchange(&self, call: Call<'_>) -> Result<TokenResponse, TokenError> {
        let token = call.required("refresh_token")?;
        let request = RefreshRequest { scope: call.optional("scope")?, resources: call.resources() };
        let refreshed = call.oauth.grants.refresh(&token, request, call.client).await?;
        // OpenID Core §12.2: a refreshed ID token should have no nonce.
        let with = issue::With { refresh_token: refreshed.refresh_token, nonce: None };
        issue::tokens(call.oauth, &refreshed.permit, with)
    }
}
