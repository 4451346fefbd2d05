//! Signing out at the wish of a client: who asks, whom it concerns, and where the person goes afterwards.
//! Source: OpenID Connect RP-Initiated Logout 1.0 §2, §3, §4.

use protocol::IdTokenClaims;

use crate::records::{ClientRecord, SessionRecord};

/// The hint is for another client than the one that the request names: nothing of the request is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("client_id is not the client of the hint")]
pub struct Contradiction;

/// The client that a request speaks for, by its hint (already verified), by `client_id`, or by both.
///
/// Source: RP-Initiated Logout 1.0 §2 ("the OP MUST verify that the Client Identifier matches the one used when issuing
/// the ID Token").
pub fn client_named<'r>(
    hint: Option<&'r IdTokenClaims>,
    client_id: Option<&'r str>,
) -> Result<Option<&'r str>, Contradiction> {
    match (hint, client_id) {
        (Some(hint), Some(client_id)) if hint.aud.contains(client_id) => Ok(Some(client_id)),
        (Some(_), Some(_)) => Err(Contradiction),
        (Some(hint), None) => {
            let mut audience = hint.aud.iter();
            let only = audience.next();
            // Our ID tokens have one audience; of several nobody could say which one asks.
            Ok(only.filter(|_| audience.next().is_none()))
        }
        (None, client_id) => Ok(client_id),
    }
}

/// The way back to the client: the address it asks for, if it is registered exactly so.
///
/// RP-Initiated Logout 1.0 §3: no redirect to an address that does not match one of the registered ones exactly.
pub fn way_back<'r>(client: &'r ClientRecord, asked: Option<&str>) -> Option<&'r str> {
    let asked = asked.filter(|_| client.is_enabled)?;
    client.post_logout_redirect_uris.iter().map(protocol::RedirectUri::as_str).find(|uri| *uri == asked)
}

/// Whether a hint is about this session or its person, so that the client may end it without asking.
///
/// A link alone must not sign anybody out; whoever holds an ID token of the person was trusted by the person once.
pub fn is_about(hint: &IdTokenClaims, session: &SessionRecord) -> bool {
    hint.sid.as_deref() == Some(session.id.as_str()) || hint.sub == session.user_id
}

#[cfg(test)]
mod tests {
    use protocol::{Audience, RedirectUri};

    use super::*;
    use crate::fixtures::{client, session};

    fn hint() -> IdTokenClaims {
        IdTokenClaims {
            iss: "https://id.example".to_owned(),
            sub: "u1".to_owned(),
            aud: Audience::from("shop"),
            exp: 2,
            iat: 1,
            auth_time: 1,
            nonce: None,
            acr: None,
            amr: Vec::new(),
            azp: None,
            at_hash: None,
            sid: Some("s1".to_owned()),
        }
    }

    #[test]
    fn hint_and_client_id_must_agree() {
        let hint = hint();
        assert_eq!(client_named(Some(&hint), Some("shop")), Ok(Some("shop")));
        assert_eq!(client_named(Some(&hint), None), Ok(Some("shop")));
        assert_eq!(client_named(None, Some("other")), Ok(Some("other")));
        assert_eq!(client_named(None, None), Ok(None));
        assert_eq!(client_named(Some(&hint), Some("other")), Err(Contradiction));
        let aud = Audience::from(vec!["shop".to_owned(), "other".to_owned()]);
        assert_eq!(client_named(Some(&IdTokenClaims { aud, ..hint }), None), Ok(None));
    }

    #[test]
    fn the_way_back_is_registered_byte_for_byte() {
        let bye = "https://shop.example/bye";
        let shop = ClientRecord { post_logout_redirect_uris: vec![RedirectUri::new(bye).unwrap()], ..client() };
        assert_eq!(way_back(&shop, Some(bye)), Some(bye));
        for other in ["https://shop.example/bye/", "https://shop.example/bye?foo=bar", "https://shop.example/cb", ""] {
            assert_eq!(way_back(&shop, Some(other)), None, "{other}");
        }
        assert_eq!(way_back(&shop, None), None);
        assert_eq!(way_back(&ClientRecord { is_enabled: false, ..shop }, Some(bye)), None);
    }

    #[test]
    fn a_hint_is_about_its_session_and_its_person() {
        assert!(is_about(&hint(), &session()));
        assert!(is_about(&IdTokenClaims { sid: None, ..hint() }, &session()));
        assert!(is_about(&IdTokenClaims { sub: "u2".to_owned(), ..hint() }, &session()));
        let strange = IdTokenClaims { sub: "u2".to_owned(), sid: Some("s2".to_owned()), ..hint() };
        assert!(!is_about(&strange, &session()));
        assert!(!is_about(&IdTokenClaims { sid: None, ..strange }, &session()));
    }
}
