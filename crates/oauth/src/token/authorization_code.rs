//! `grant_type=authorization_code`. Source: RFC 6749 §4.1.3, RFC 7636 §4.5, OpenID Core §3.1.3.

use async_trait::async_trait;
use flow::GrantName;
use flow::redeem::RedeemRequest;
use protocol::TokenResponse;

use super::{Call, GrantType, issue};
use crate::error::TokenError;

pub(super) struct AuthorizationCode;

#[async_trait]
impl GrantType for AuthorizationCode {
    fn name(&self) -> GrantName {
        GrantName::AuthorizationCode
    }

    async fn exchange(&self, call: Call<'_>) -> Result<TokenResponse, TokenError> {
        let code = call.required("code")?;
        let request = RedeemRequest {
            redirect_uri: call.optional("redirect_uri")?,
            code_verifier: call.optional("code_verifier")?,
            resources: call.resources(),
        };
        let redeemed = call.oauth.grants.redeem(&code, request, call.client).await?;
        let with = issue::With { refresh_token: redeemed.refresh_token, nonce: redeemed.nonce };
        issue::tokens(call.oauth, &redeemed.permit, with)
    }
}
