//! Every leg that a grant stands on, taken away one at a time.

use super::*;
use crate::fixtures::{NOW, client, consent, family as a_family, scopes, session};

fn standing() -> Standing {
    Standing {
        user: Some(UserStanding { is_enabled: true, epoch: 1 }),
        client: Some(client()),
        consent: Some(consent("openid profile")),
        session: Some(session()),
    }
}

fn judged(standing: &Standing, is_offline: bool) -> Result<(), Refusal> {
    let scopes = scopes("openid profile");
    let claim = Claim { scopes: &scopes, epoch: 1, is_offline };
    pass(standing, &claim, NOW).map_err(|refused| refused.refusal)
}

#[test]
fn a_grant_with_all_its_legs_passes() {
    assert_eq!(judged(&standing(), false), Ok(()));
}

#[test]
fn each_missing_leg_is_named() {
    let gone = Standing { user: None, ..standing() };
    assert_eq!(judged(&gone, false), Err(Refusal::UserDisabled));
    let disabled = Standing { user: Some(UserStanding { is_enabled: false, epoch: 1 }), ..standing() };
    assert_eq!(judged(&disabled, true), Err(Refusal::UserDisabled));
    let changed = Standing { user: Some(UserStanding { is_enabled: true, epoch: 2 }), ..standing() };
    assert_eq!(judged(&changed, true), Err(Refusal::EpochChanged));
    assert_eq!(judged(&Standing { client: None, ..standing() }, false), Err(Refusal::ClientDisabled));
    let off = Standing { client: Some(ClientRecord { is_enabled: false, ..client() }), ..standing() };
    assert_eq!(judged(&off, false), Err(Refusal::ClientDisabled));
    assert_eq!(judged(&Standing { consent: None, ..standing() }, false), Err(Refusal::ConsentMissing));
    let less = Standing { consent: Some(consent("openid")), ..standing() };
    assert_eq!(judged(&less, false), Err(Refusal::ConsentMissing));
    assert_eq!(judged(&Standing { session: None, ..standing() }, false), Err(Refusal::SessionEnded));
}

#[test]
fn offline_access_outlives_the_session_and_nothing_else() {
    assert_eq!(judged(&Standing { session: None, ..standing() }, true), Ok(()));
    assert_eq!(judged(&Standing { consent: None, ..standing() }, true), Err(Refusal::ConsentMissing));
}

#[test]
fn our_own_clients_pass_without_consent() {
    let ours = Some(ClientRecord { is_first_party: true, ..client() });
    assert_eq!(judged(&Standing { client: ours, consent: None, ..standing() }, false), Ok(()));
}

#[test]
fn a_dead_or_ended_family_gives_nothing() {
    assert!(family(&a_family(), NOW).is_ok());
    let dead = FamilyRecord { state: FamilyState::Dead, ..a_family() };
    assert_eq!(family(&dead, NOW).unwrap_err().refusal, Refusal::FamilyRevoked);
    let over = FamilyRecord { expires_at: NOW, ..a_family() };
    assert_eq!(family(&over, NOW).unwrap_err().refusal, Refusal::FamilyExpired);
}
