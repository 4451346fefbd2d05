//! The permit of a token exchange. Source: RFC 8693 §2.2.

use flow::token_exchange::Exchange;
use flow::{ClientRecord, FamilyRecord, Policy, ResourceServer};

use super::{Permit, Person, ttl};

/// A permit for a token that was exchanged: the person stays the subject and the family stays the same, so that it ends
/// with whatever ends the token it was made from.
pub(crate) fn for_exchange(
    family: &FamilyRecord,
    exchange: &Exchange,
    apis: &[ResourceServer],
    client: &ClientRecord,
    policy: &Policy,
) -> Permit {
    Permit {
        subject: family.user_id.clone(),
        client_id: client.id.clone(),
        scopes: exchange.scopes.clone(),
        audience: vec![exchange.target.clone()],
        access_token_ttl: ttl(&exchange.scopes, apis, policy).min(exchange.most_ttl),
        access_token_alg: client.access_token_alg,
        // A reference cannot show its holder who acts, so what is exchanged is always a JWT.
        opaque_token: None,
        has_id_token: exchange.scopes.contains("openid"),
        person: Some(Person {
            family_id: family.id.clone(),
            session_id: family.session_id.clone(),
            auth_time: family.auth_time,
            acr: family.acr.clone(),
            amr: family.amr.clone(),
            id_token_alg: client.id_token_alg,
        }),
    }
}
