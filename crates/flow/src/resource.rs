//! What a call to one of our own protected endpoints must hold. Source: RFC 6750 §3.1, OpenID Core §5.3, RFC 7662 §4.

use protocol::ScopeSet;

use crate::records::{ClientKind, ClientRecord};
use crate::refusal::{Refusal, Refused};

/// Whether a token with `scopes` may ask for userinfo. Source: OpenID Core §5.3.1.
pub fn may_read_userinfo(scopes: &ScopeSet) -> Result<(), Refused> {
    if scopes.contains("openid") {
        Ok(())
    } else {
        Err(Refusal::ScopeInsufficient.because("openid", scopes.to_string()))
    }
}

/// Whether a client may ask about tokens at all. Source: RFC 7662 §2.1.
///
/// A public client proves nothing: whoever knows its id could scan for live tokens.
pub fn may_introspect(caller: &ClientRecord) -> Result<(), Refused> {
    match caller.kind {
        ClientKind::Confidential => Ok(()),
        ClientKind::Public => Err(Refusal::ClientRejected.because("a confidential client", "a public one")),
    }
}

/// Whether a client may learn about a token: its own, or one for an audience that it answers for. Source: RFC 7662 §4.
pub fn may_see<'a>(caller: &ClientRecord, owner: &str, mut audience: impl Iterator<Item = &'a str>) -> bool {
    caller.id == owner || audience.any(|audience| caller.terms.introspects.iter().any(|own| own == audience))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::client;

    #[test]
    fn a_public_client_may_not_introspect() {
        assert_eq!(may_introspect(&client()), Ok(()));
        let public = ClientRecord { kind: ClientKind::Public, ..client() };
        assert_eq!(may_introspect(&public).unwrap_err().refusal, Refusal::ClientRejected);
    }

    #[test]
    fn a_token_is_seen_by_its_client_and_by_its_audience() {
        let mut api = client();
        api.id = "api".to_owned();
        let audience = ["https://api.example", "https://id.example"];
        assert!(may_see(&client(), "shop", audience.into_iter()));
        assert!(!may_see(&api, "shop", audience.into_iter()));
        api.terms.introspects = vec!["https://api.example".to_owned()];
        assert!(may_see(&api, "shop", audience.into_iter()));
        assert!(!may_see(&api, "shop", ["https://api.example/"].into_iter()), "compared byte for byte");
    }
}
