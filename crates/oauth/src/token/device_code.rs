//! `grant_type=urn:ietf:params:oauth:grant-type:device_code`. Source: RFC 8628 §3.4.

use async_trait::async_trait;
use flow::GrantName;
use protocol::TokenResponse;

use super::{Call, GrantType, issue};
use crate::error::TokenError;

pub(super) struct DeviceCode;

#[async_trait]
impl GrantType for DeviceCode {
    fn name(&self) -> GrantName {
        GrantName::DeviceCode
    }

    async fn exchange(&self, call: Call<'_>) -> Result<TokenResponse, TokenError> {
        let device_code = call.required("device_code")?;
        let redeemed = call.oauth.grants.redeem_device(&device_code, call.client).await?;
        // OpenID Core §3.1.2.1: there was no authorization request that could have brought a nonce.
        let with = issue::With { refresh_token: redeemed.refresh_token, nonce: None };
        issue::tokens(call.oauth, &redeemed.permit, with)
    }
}
