//! What a device may ask for and what its polls get.

use super::*;
use crate::fixtures::{NOW, client, scopes, session};
use crate::records::ApiScope;

fn tv() -> ClientRecord {
    let grant_types = vec![GrantName::DeviceCode, GrantName::RefreshToken];
    ClientRecord { grant_types, scopes: scopes("openid profile offline_access api:read"), ..client() }
}

fn approval() -> DeviceApproval {
    let session = session();
    DeviceApproval {
        user_id: session.user_id,
        session_id: session.id,
        epoch: session.epoch,
        auth_time: session.auth_time,
        acr: session.acr,
        amr: session.amr,
    }
}

fn device(state: DeviceState) -> DeviceRecord {
    DeviceRecord {
        id: "d1".to_owned(),
        client_id: "shop".to_owned(),
        scopes: scopes("openid"),
        audience: Vec::new(),
        state,
        approval: (state == DeviceState::Allowed).then(approval),
        family_id: None,
        address: String::new(),
        created_at: NOW,
        expires_at: NOW.plus(Duration::from_mins(10)),
    }
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Refused>) -> Refusal {
    result.unwrap_err().refusal
}

#[test]
fn a_device_gets_what_its_client_may_have() {
    let read = ApiScope { name: "api:read".to_owned(), en: String::new(), zh_cn: String::new(), max_ttl: None };
    let api = ResourceServer { audience: "https://api".to_owned(), name: "API".to_owned(), scopes: vec![read] };
    let asked = ask(Some("openid api:read"), &tv(), std::slice::from_ref(&api)).unwrap();
    assert_eq!(asked, DeviceAsk { scopes: scopes("openid api:read"), audience: vec!["https://api".to_owned()] });
    assert_eq!(ask(None, &tv(), &[api]).unwrap().scopes, ScopeSet::empty());
    assert_eq!(refusal(ask(Some("openid email"), &tv(), &[])), Refusal::ScopeNotAllowed);
    assert_eq!(refusal(ask(Some("a  b\""), &tv(), &[])), Refusal::ScopeMalformed);
    assert_eq!(refusal(ask(Some("openid"), &client(), &[])), Refusal::GrantTypeNotAllowed);
}

#[test]
fn offline_access_needs_openid_and_refresh_tokens() {
    let kept = |scope: &str, client: &ClientRecord| ask(Some(scope), client, &[]).unwrap().scopes;
    assert_eq!(kept("openid offline_access", &tv()), scopes("openid offline_access"));
    assert_eq!(kept("profile offline_access", &tv()), scopes("profile"));
    let without_refresh = ClientRecord { grant_types: vec![GrantName::DeviceCode], ..tv() };
    assert_eq!(kept("openid offline_access", &without_refresh), scopes("openid"));
}

#[test]
fn a_poll_finds_what_the_person_decided() {
    let found = |state| poll(&device(state), &tv(), NOW);
    assert_eq!(found(DeviceState::Pending), Ok(PollVerdict::Pending));
    assert_eq!(found(DeviceState::Allowed), Ok(PollVerdict::Allowed(approval())));
    assert_eq!(refusal(found(DeviceState::Denied)), Refusal::AccessDenied);
    assert_eq!(found(DeviceState::Spent), Ok(PollVerdict::Replayed));
}

#[test]
fn an_end_ends_everything_but_a_replay() {
    let end = NOW.plus(Duration::from_mins(10));
    for state in [DeviceState::Pending, DeviceState::Allowed, DeviceState::Denied] {
        assert!(poll(&device(state), &tv(), end.minus(Duration::from_millis(1))) != poll(&device(state), &tv(), end));
        assert_eq!(refusal(poll(&device(state), &tv(), end)), Refusal::DeviceCodeExpired);
    }
    assert_eq!(poll(&device(DeviceState::Spent), &tv(), end), Ok(PollVerdict::Replayed));
}

#[test]
fn a_stranger_learns_nothing() {
    let stranger = ClientRecord { id: "other".to_owned(), ..tv() };
    for state in [DeviceState::Pending, DeviceState::Allowed, DeviceState::Denied, DeviceState::Spent] {
        assert_eq!(refusal(poll(&device(state), &stranger, NOW)), Refusal::DeviceCodeForeign);
    }
    assert_eq!(refusal(poll(&device(DeviceState::Allowed), &client(), NOW)), Refusal::GrantTypeNotAllowed);
}

#[test]
fn only_a_recent_sign_in_lets_a_device_in() {
    let at = |auth_time| SessionRecord { auth_time, ..session() };
    assert!(is_fresh(&at(NOW), NOW));
    assert!(is_fresh(&at(NOW.minus(FRESH_SIGN_IN).plus(Duration::from_millis(1))), NOW));
    assert!(!is_fresh(&at(NOW.minus(FRESH_SIGN_IN)), NOW));
    assert!(!is_fresh(&SessionRecord { ended_at: Some(NOW), ..at(NOW) }, NOW));
}

#[test]
fn names_of_states_are_read_back() {
    for state in [DeviceState::Allowed, DeviceState::Denied, DeviceState::Pending, DeviceState::Spent] {
        assert_eq!(state.as_str().parse(), Ok(state));
    }
    assert!("open".parse::<DeviceState>().is_err());
}
