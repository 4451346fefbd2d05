//! One test per rule and way out of [`verdict`].

use std::time::Duration;

use protocol::RedirectUri;

use super::*;
use crate::fixtures::{CALLBACK, NOW, api, client, consent, facts, request, request_with, scopes, session};
use crate::records::{ClientKind, GrantName, PkceRule};

/// [`facts`] after that person pressed "allow".
fn decided_by(user_id: &str) -> Facts {
    let progress =
        Progress { user_id: Some(user_id.to_owned()), signed_in_at: None, decision: Some(Decision::Consented) };
    Facts { progress, ..facts() }
}

pub(super) fn judge(request: &AuthorizationRequest, facts: &Facts) -> Verdict {
    verdict(request, facts, NOW)
}

pub(super) fn sent(extra: &str) -> Refusal {
    sent_with(extra, &facts())
}

pub(super) fn sent_with(extra: &str, facts: &Facts) -> Refusal {
    match judge(&request_with(extra), facts) {
        Verdict::SendError(reply_to, refused) => {
            assert_eq!(reply_to.uri(), CALLBACK);
            refused.refusal
        }
        other => panic!("not sent: {other:?}"),
    }
}

fn shown(request: &AuthorizationRequest, facts: &Facts) -> Refusal {
    match judge(request, facts) {
        Verdict::ShowError(refused) => refused.refusal,
        other => panic!("not shown: {other:?}"),
    }
}

pub(super) fn answer(request: &AuthorizationRequest, facts: &Facts) -> Approved {
    match judge(request, facts) {
        Verdict::Answer(approved) => *approved,
        other => panic!("no answer: {other:?}"),
    }
}

pub(super) fn step(request: &AuthorizationRequest, facts: &Facts) -> Step {
    match judge(request, facts) {
        Verdict::Park(step) => step,
        other => panic!("not parked: {other:?}"),
    }
}

#[test]
fn a_covered_request_is_answered_with_what_was_asked() {
    let approved = answer(&request(), &facts());
    assert_eq!(approved.scopes.to_string(), "openid profile");
    assert_eq!(approved.reply_to.state(), Some("st"));
    assert_eq!(approved.redirect_uri.as_deref(), Some(CALLBACK));
    assert_eq!(approved.nonce.as_deref(), Some("n"));
}

#[test]
fn unproven_client_or_target_is_shown_and_never_sent() {
    assert_eq!(shown(&request(), &Facts { client: None, ..facts() }), Refusal::ClientUnknown);
    for near in [
        "https%3A%2F%2Fshop.example%2Fcb%2F",
        "https%3A%2F%2Fshop.example%2FCB",
        "https%3A%2F%2Fshop.example.evil%2Fcb",
    ] {
        let request = request_with(&format!("redirect_uri={near}"));
        assert_eq!(shown(&request, &facts()), Refusal::RedirectUriUnregistered, "{near}");
    }
    let mut two = facts();
    two.client.as_mut().unwrap().redirect_uris.push(RedirectUri::new("https://shop.example/other").unwrap());
    assert_eq!(shown(&request_with("redirect_uri="), &two), Refusal::RedirectUriMissing);
}

#[test]
fn an_openid_request_names_its_redirect_uri() {
    assert_eq!(sent("redirect_uri="), Refusal::RedirectUriMissing);
    let mut plain = facts();
    plain.consent = Some(consent("profile"));
    assert_eq!(answer(&request_with("redirect_uri=&scope=profile"), &plain).redirect_uri, None);
}

#[test]
fn each_rule_refuses_what_it_must() {
    assert_eq!(sent("request=x"), Refusal::RequestObjectUnsupported);
    assert_eq!(sent("request_uri=x"), Refusal::RequestUriUnsupported);
    assert_eq!(sent("registration=x"), Refusal::RegistrationUnsupported);
    assert_eq!(sent("response_type="), Refusal::ResponseTypeMissing);
    assert_eq!(sent("response_type=token"), Refusal::ResponseTypeUnsupported);
    assert_eq!(sent("response_mode=web_message"), Refusal::ResponseModeUnsupported);
    assert_eq!(sent("prompt=none+login"), Refusal::PromptContradictory);
    assert_eq!(sent("prompt=wink"), Refusal::PromptUnknown);
    assert_eq!(sent("scope=openid+admin"), Refusal::ScopeNotAllowed);
    assert_eq!(sent("scope=openid+%22"), Refusal::ScopeMalformed);
    assert_eq!(sent("code_challenge="), Refusal::CodeChallengeMissing);
    assert_eq!(sent("code_challenge=short"), Refusal::CodeChallengeMalformed);
    assert_eq!(sent("code_challenge_method=plain"), Refusal::CodeChallengeMethodUnsupported);
    assert_eq!(sent("code_challenge_method="), Refusal::CodeChallengeMethodUnsupported);
    assert_eq!(sent("max_age=-1"), Refusal::MaxAgeMalformed);
    assert_eq!(sent("max_age=99999999999999999999"), Refusal::MaxAgeMalformed);
    assert_eq!(sent(&format!("nonce={}", "n".repeat(2049))), Refusal::NonceTooLong);
}

#[test]
fn a_state_that_is_too_long_is_refused_and_not_returned() {
    match judge(&request_with(&format!("state={}", "s".repeat(2049))), &facts()) {
        Verdict::SendError(reply_to, refused) => {
            assert_eq!((refused.refusal, reply_to.state()), (Refusal::StateTooLong, None));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_client_gets_only_what_it_is_registered_for() {
    let mut disabled = facts();
    disabled.client.as_mut().unwrap().is_enabled = false;
    assert_eq!(shown(&request(), &disabled), Refusal::ClientDisabled);
    let mut machine = facts();
    machine.client.as_mut().unwrap().grant_types = vec![GrantName::ClientCredentials];
    assert_eq!(sent_with("", &machine), Refusal::GrantTypeNotAllowed);
}

#[test]
fn pkce_is_optional_only_for_a_confidential_client_with_the_setting() {
    let mut lax = facts();
    lax.client.as_mut().unwrap().pkce = PkceRule::Optional;
    let without = "code_challenge=&code_challenge_method=";
    assert_eq!(answer(&request_with(without), &lax).code_challenge, None);
    // A method without its challenge lost something on the way.
    assert_eq!(sent_with("code_challenge=", &lax), Refusal::CodeChallengeMissing);
    lax.client.as_mut().unwrap().kind = ClientKind::Public;
    assert_eq!(sent_with(without, &lax), Refusal::CodeChallengeMissing);
}

#[test]
fn without_a_live_session_the_person_signs_in() {
    assert_eq!(step(&request(), &Facts { session: None, ..facts() }), Step::SignIn);
    let mut over = facts();
    over.session.as_mut().unwrap().idle_expires_at = NOW;
    assert_eq!(step(&request(), &over), Step::SignIn);
    assert_eq!(sent_with("prompt=none", &over), Refusal::LoginRequired);
}

#[test]
fn prompt_none_answers_at_once_or_with_an_error() {
    assert_eq!(answer(&request_with("prompt=none"), &facts()).session.id, "s1");
    assert_eq!(sent_with("prompt=none", &Facts { consent: None, ..facts() }), Refusal::ConsentRequired);
}

#[test]
fn prompt_login_and_max_age_ask_again_until_the_person_really_signed_in() {
    for extra in ["prompt=login", "prompt=select_account", "max_age=60", "max_age=0"] {
        let request = request_with(extra);
        assert_eq!(step(&request, &facts()), Step::SignIn, "{extra}");
        // Coming back without having signed in is no sign-in: the session is as old as before.
        let mut cancelled = facts();
        cancelled.progress.signed_in_at = Some(NOW);
        assert_eq!(step(&request, &cancelled), Step::SignIn, "{extra}");
        cancelled.session.as_mut().unwrap().auth_time = NOW;
        assert_eq!(answer(&request, &cancelled).session.auth_time, NOW, "{extra}");
    }
    assert_eq!(answer(&request_with("max_age=10000"), &facts()).session.id, "s1");
}

#[test]
fn consent_is_asked_until_it_covers_the_request() {
    assert_eq!(step(&request(), &Facts { consent: None, ..facts() }), Step::Consent);
    assert_eq!(step(&request_with("scope=openid+profile+email"), &facts()), Step::Consent);
    assert_eq!(step(&request_with("prompt=consent"), &facts()), Step::Consent);
    let mut decided = decided_by("u1");
    assert_eq!(answer(&request_with("prompt=consent"), &decided).client_id, "shop");
    decided.progress.decision = Some(Decision::Denied);
    assert_eq!(sent_with("", &decided), Refusal::AccessDenied);
}

#[test]
fn a_decision_without_the_consent_it_promised_answers_nothing() {
    let forged = Facts { consent: None, ..decided_by("u1") };
    assert_eq!(step(&request(), &forged), Step::Consent);
}

#[test]
fn a_decision_of_another_person_is_nobodys() {
    let other = decided_by("u2");
    assert_eq!(step(&request_with("prompt=consent"), &other), Step::Consent);
    let mut denied = decided_by("u2");
    denied.progress.decision = Some(Decision::Denied);
    assert_eq!(answer(&request(), &denied).session.user_id, "u1");
}

#[test]
fn localhost_is_as_native_as_the_loopback_address() {
    let mut native = facts();
    let client = native.client.as_mut().unwrap();
    client.kind = ClientKind::Public;
    client.redirect_uris = vec![RedirectUri::new("http://localhost:3000/cb").unwrap()];
    assert_eq!(step(&request_with("redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcb"), &native), Step::Consent);
}

#[test]
fn our_own_clients_need_no_consent() {
    let mut ours = Facts { consent: None, ..facts() };
    ours.client.as_mut().unwrap().is_first_party = true;
    assert_eq!(answer(&request(), &ours).client_id, "shop");
}

#[test]
fn a_native_client_is_never_answered_silently() {
    let mut native = facts();
    let client = native.client.as_mut().unwrap();
    client.kind = ClientKind::Public;
    client.redirect_uris = vec![RedirectUri::new("http://127.0.0.1/cb").unwrap()];
    let request = request_with("redirect_uri=http%3A%2F%2F127.0.0.1%3A4711%2Fcb");
    assert_eq!(step(&request, &native), Step::Consent);
    native.progress = decided_by("u1").progress;
    assert_eq!(answer(&request, &native).reply_to.uri(), "http://127.0.0.1:4711/cb");
}

#[test]
fn offline_access_needs_openid_a_refresh_grant_and_consent() {
    let mut all = facts();
    all.consent = Some(consent("openid profile offline_access"));
    let request = request_with("scope=openid+offline_access");
    assert!(answer(&request, &all).scopes.contains("offline_access"));
    all.client.as_mut().unwrap().grant_types = vec![GrantName::AuthorizationCode];
    assert!(!answer(&request, &all).scopes.contains("offline_access"));
}

#[test]
fn the_audience_follows_the_scopes() {
    let apis = [api("https://a.example", "a:read"), api("https://b.example", "b:read")];
    assert_eq!(audience(&scopes("openid a:read"), &apis), ["https://a.example"]);
    assert!(audience(&scopes("openid"), &apis).is_empty());
}

#[test]
fn the_session_of_the_answer_is_live() {
    let mut over = facts();
    over.session = Some(SessionRecord { ended_at: Some(NOW.minus(Duration::from_secs(1))), ..session() });
    assert_eq!(step(&request(), &over), Step::SignIn);
    assert!(client().is_enabled);
}
