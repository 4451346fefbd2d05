//! A client that speaks for itself. Source: RFC 6749 §4.4.

use protocol::ScopeSet;

use crate::oxide;
use crate::records::{ClientKind, ClientRecord, GrantName};
use crate::refusal::{Refusal, Refused};

/// Scopes that speak of a person, or promise a refresh token; a client alone never gets them.
pub(crate) const PERSONAL: &[&str] = &["openid", "profile", "email", "address", "phone", "offline_access"];

/// Judges the request and says which scopes are granted; none named means all that the client may have.
///
/// Errors: [`Refusal::GrantTypeNotAllowed`], [`Refusal::ClientDisabled`], [`Refusal::ScopeMalformed`],
/// [`Refusal::ScopeNotAllowed`].
pub fn judge(scope: Option<&str>, client: &ClientRecord) -> Result<ScopeSet, Refused> {
    // RFC 6749 §4.4: confidential clients only.
    if client.kind == ClientKind::Public || !client.may_use(GrantName::ClientCredentials) {
        return Err(Refusal::GrantTypeNotAllowed.because(GrantName::ClientCredentials.as_str(), client.kind.as_str()));
    }
    if !client.is_enabled {
        return Err(Refusal::ClientDisabled.into());
    }
    let allowed: ScopeSet = client.scopes.iter().filter(|scope| !PERSONAL.contains(scope)).collect();
    let granted = match scope.filter(|scope| !scope.is_empty()) {
        None => allowed,
        Some(text) => {
            let requested =
                ScopeSet::parse(text).map_err(|_| Refusal::ScopeMalformed.because("RFC 6749 section 3.3", ""))?;
            if !requested.is_subset_of(&allowed) {
                return Err(Refusal::ScopeNotAllowed.because(allowed.to_string(), requested.to_string()));
            }
            requested
        }
    };
    oxide::client_credentials(&granted, client)?;
    Ok(granted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{client, scopes};

    fn machine() -> ClientRecord {
        let grant_types = vec![GrantName::ClientCredentials];
        ClientRecord { grant_types, scopes: scopes("openid api:read api:write"), ..client() }
    }

    #[test]
    fn a_client_alone_gets_its_own_scopes_and_nothing_personal() {
        assert_eq!(judge(None, &machine()), Ok(scopes("api:read api:write")));
        assert_eq!(judge(Some("api:write"), &machine()), Ok(scopes("api:write")));
        assert_eq!(judge(Some("openid"), &machine()).unwrap_err().refusal, Refusal::ScopeNotAllowed);
        assert_eq!(judge(Some("api:admin"), &machine()).unwrap_err().refusal, Refusal::ScopeNotAllowed);
    }

    #[test]
    fn only_a_confidential_client_with_the_grant_may() {
        let public = ClientRecord { kind: ClientKind::Public, ..machine() };
        assert_eq!(judge(None, &public).unwrap_err().refusal, Refusal::GrantTypeNotAllowed);
        assert_eq!(judge(None, &client()).unwrap_err().refusal, Refusal::GrantTypeNotAllowed);
        let disabled = ClientRecord { is_enabled: false, ..machine() };
        assert_eq!(judge(None, &disabled).unwrap_err().refusal, Refusal::ClientDisabled);
    }
}
