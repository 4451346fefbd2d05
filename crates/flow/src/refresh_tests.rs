//! Each way in which a refresh token is refused, and what a spent one means.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::fixtures::{NOW, client, family, refresh_token, scopes};
use crate::records::Spent;

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

/// A token that was spent a moment ago by the request that is judged, its successor unused.
fn just_spent() -> RefreshRecord {
    let spent = Spent {
        at: NOW.minus(Duration::from_secs(9)),
        retry_for: Duration::from_secs(10),
        is_same_request: true,
        is_successor_live: true,
    };
    RefreshRecord { generation: 2, state: RefreshState::Rotated, spent: Some(spent), ..refresh_token() }
}

#[test]
fn a_repeated_request_is_answered_again_while_its_successor_is_unused() {
    let granted = scopes("openid profile");
    assert_eq!(judged(&just_spent(), &family()), Ok(RefreshVerdict::Retry(granted.clone())));
    // The token is done with; what counts is that its successor lives.
    let over = RefreshRecord { expires_at: NOW, ..just_spent() };
    assert_eq!(judged(&over, &family()), Ok(RefreshVerdict::Retry(granted)));
}

#[test]
fn whatever_is_not_that_repetition_is_reuse() {
    let spent = just_spent().spent.unwrap();
    let with = |spent: Spent| RefreshRecord { spent: Some(spent), ..just_spent() };
    let cases = [
        ("at the end of the window", with(Spent { at: NOW.minus(Duration::from_secs(10)), ..spent })),
        ("a clock that jumped back", with(Spent { at: NOW.plus(Duration::from_secs(10)), ..spent })),
        ("no window", with(Spent { at: NOW, retry_for: Duration::ZERO, ..spent })),
        ("another request", with(Spent { is_same_request: false, ..spent })),
        ("a successor that is not live", with(Spent { is_successor_live: false, ..spent })),
        ("no reply was kept", RefreshRecord { spent: None, ..just_spent() }),
        ("the successor was used", RefreshRecord { generation: 1, ..just_spent() }),
        ("the leaf itself", RefreshRecord { generation: 3, ..just_spent() }),
        ("from the future", RefreshRecord { generation: 4, ..just_spent() }),
    ];
    for (name, token) in cases {
        assert_eq!(judged(&token, &family()), Ok(RefreshVerdict::Reused), "{name}");
    }
}

#[test]
fn a_repetition_passes_every_other_rule() {
    let judged = |family: &FamilyRecord, client: &ClientRecord, scope| {
        judge(&ask(scope), &just_spent(), family, client, NOW).map_err(|refused| refused.refusal)
    };
    let dead = FamilyRecord { state: FamilyState::Dead, ..family() };
    assert_eq!(judged(&dead, &client(), None), Err(Refusal::FamilyRevoked));
    let over = FamilyRecord { expires_at: NOW, ..family() };
    assert_eq!(judged(&over, &client(), None), Err(Refusal::FamilyExpired));
    assert_eq!(judged(&family(), &client(), Some("email")), Err(Refusal::ScopeWidened));
    let stranger = ClientRecord { id: "evil".to_owned(), ..client() };
    assert_eq!(judged(&family(), &stranger, None), Err(Refusal::RefreshForeign));
}

#[test]
fn requests_with_other_scopes_have_other_wordings() {
    assert_eq!(ask(None).wording(), ask(None).wording());
    assert_ne!(ask(Some("openid")).wording(), ask(None).wording());
    assert_ne!(ask(Some("openid")).wording(), ask(Some("openid profile")).wording());
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
