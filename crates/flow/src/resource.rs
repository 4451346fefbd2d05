//! What a call to one of our own protected endpoints must hold. Source: RFC 6750 §3.1, OpenID Core §5.3.

use protocol::ScopeSet;

use crate::refusal::{Refusal, Refused};

/// Whether a token with `scopes` may ask for userinfo. Source: OpenID Core §5.3.1.
pub fn may_read_userinfo(scopes: &ScopeSet) -> Result<(), Refused> {
    if scopes.contains("openid") {
        Ok(())
    } else {
        Err(Refusal::ScopeInsufficient.because("openid", scopes.to_string()))
    }
}
