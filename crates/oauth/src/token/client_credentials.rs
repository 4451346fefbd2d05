//! `grant_type=client_credentials`. Source: RFC 6749 §4.4.

use async_trait::async_trait;
use flow::GrantName;
use protocol::TokenResponse;

use super::{Call, GrantType, issue};
use crate::error::TokenError;

pub(super) struct ClientCredentials;

#[async_trait]
impl GrantType for ClientCredentials {
    fn name(&self) -> GrantName {
        GrantName::ClientCredentials
    }

    async fn exchange(&self, call: Call<'_>) -> Result<TokenResponse, TokenError> {
        let scope = call.optional("scope")?;
        let permit = call.oauth.grants.permit_client(call.client, scope.as_deref()).await?;
        let (resources, apis) = (call.resources(), call.oauth.grants.list_apis().await?);
        flow::authorize::target::within(&resources, permit.audience())?;
        let permit = permit.narrowed_to(&resources, &apis);
        let permit = call.oauth.grants.with_opaque_token(permit, call.client).await?;
        // RFC 6749 §4.4.3: no refresh token.
        issue::tokens(call.oauth, &permit, issue::With::default())
    }
}
