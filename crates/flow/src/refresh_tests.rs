//! Each way in which a refresh token is refused, and what a spent one means.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::fixtures::{NOW, client, family, refresh_token, scopes};

fn ask(scope: Option<&str>) -> RefreshRequest {
    RefreshRequest { scope: scope.map(str::to_owned), resources: Vec::new() }
}

fn judged(token: &RefreshRecord, family: &FamilyRecord) -> Result<RefreshVerdict, Refusal> {
    judge(&ask(None), token, family, &client(), NOW).map_err(|refused| refused.refusal)
}

#[test]
fn the_leaf_of_a_live_family_refreshes_to_all_that_was_granted() {
    assert_eq!(judged(&refresh_token(), &family()), Ok(RefreshVerdict::Fresh(scopes("openid profile"))));
}

#[test]
fn scope_may_narrow_and_never_widen() {
    let judged = |scope| judge(&ask(Some(scope)), &refresh_token(), &family(), &client(), NOW);
    assert_eq!(judged("profile"), Ok(RefreshVerdict::Fresh(scopes("profile"))));
    assert_eq!(judged("openid email").unwrap_err().refusal, Refusal::ScopeWidened);
    assert_eq!(judged("\"").unwrap_err().refusal, Refusal::ScopeMalformed);
}

#[test]
fn what_the_client_lost_is_not_refreshed() {
    let less = ClientRecord { scopes: scopes("openid"), ..client() };
    let judged = judge(&ask(None), &refresh_token(), &family(), &less, NOW);
    assert_eq!(judged, Ok(RefreshVerdict::Fresh(scopes("openid"))));
}

#[test]
fn a_spent_token_is_reuse_even_after_its_end() {
    let spent = RefreshRecord { state: RefreshState::Rotated, expires_at: NOW, ..refresh_token() };
    assert_eq!(judged(&spent, &family()), Ok(RefreshVerdict::Reused));
    let old = RefreshRecord { generation: 2, ..refresh_token() };
    assert_eq!(judged(&old, &family()), Ok(RefreshVerdict::Reused));
}

#[test]
fn a_strangers_client_never_reaches_the_reuse_rule() {
    let spent = RefreshRecord { state: RefreshState::Rotated, ..refresh_token() };
    let stranger = ClientRecord { id: "evil".to_owned(), ..client() };
    let judged = judge(&ask(None), &spent, &family(), &stranger, NOW);
    assert_eq!(judged.unwrap_err().refusal, Refusal::RefreshForeign);
}

#[test]
fn time_and_revocation_end_it() {
    let dead = FamilyRecord { state: FamilyState::Dead, ..family() };
    assert_eq!(judged(&refresh_token(), &dead), Err(Refusal::FamilyRevoked));
    assert_eq!(judged(&RefreshRecord { expires_at: NOW, ..refresh_token() }, &family()), Err(Refusal::RefreshExpired));
    let over = FamilyRecord { expires_at: NOW, ..family() };
    assert_eq!(judged(&refresh_token(), &over), Err(Refusal::FamilyExpired));
    let idle = FamilyRecord { idle_expires_at: NOW.minus(Duration::from_secs(1)), ..family() };
    assert_eq!(judged(&refresh_token(), &idle), Err(Refusal::FamilyExpired));
}

proptest! {
    #[test]
    fn what_is_issued_lies_within_what_was_granted(asked in proptest::collection::vec("[a-c]", 0..4), granted in proptest::collection::vec("[a-c]", 1..4)) {
        let family = FamilyRecord { scopes: granted.iter().map(String::as_str).collect(), ..family() };
        let client = ClientRecord { scopes: scopes("a b"), ..client() };
        let request = ask(Some(&asked.join(" ")).filter(|_| !asked.is_empty()).map(String::as_str));
        if let Ok(RefreshVerdict::Fresh(issued)) = judge(&request, &refresh_token(), &family, &client, NOW) {
            prop_assert!(issued.is_subset_of(&family.scopes) && issued.is_subset_of(&client.scopes));
        }
    }
}
