//! Response modes, hints, claims by name and resources, as [`verdict`] judges them.

use protocol::ResponseMode;

use super::tests::{answer, judge, sent, sent_with, step};
use super::*;
use crate::fixtures::{NOW, api, consent, facts, request_with, scopes};
use crate::terms::ConsentDetail;

const API: &str = "https://api.example";

fn hinted(subject: &str) -> Facts {
    Facts { hint: Hint::Subject(subject.to_owned()), ..facts() }
}

fn claims(json: &str) -> AuthorizationRequest {
    AuthorizationRequest { claims: Some(json.to_owned()), ..request_with("scope=openid+email") }
}

/// [`facts`] with an API that is open to the client.
fn with_api() -> Facts {
    let mut facts = facts();
    facts.apis = vec![api(API, "a:read"), api("https://closed.example", "c:read")];
    facts.client.as_mut().unwrap().scopes.insert("a:read");
    facts.consent = Some(consent("openid profile a:read"));
    facts
}

fn mode(extra: &str, facts: &Facts) -> ResponseMode {
    match judge(&request_with(extra), facts) {
        Verdict::Answer(approved) => approved.reply_to.mode(),
        Verdict::SendError(reply_to, _) => reply_to.mode(),
        other @ (Verdict::Park(_) | Verdict::ShowError(_)) => panic!("{other:?}"),
    }
}

#[test]
fn the_answer_travels_as_the_request_says() {
    assert_eq!(mode("", &facts()), ResponseMode::Query);
    for (name, wanted) in ResponseMode::ALL.map(|mode| (mode.as_str(), mode)) {
        assert_eq!(mode(&format!("response_mode={name}"), &facts()), wanted);
        // Errors travel in the same way.
        assert_eq!(mode(&format!("response_mode={name}&max_age=x"), &facts()), wanted);
    }
}

#[test]
fn a_mode_that_the_client_may_not_have_is_refused_by_query() {
    let mut narrow = facts();
    narrow.client.as_mut().unwrap().terms.response_modes = vec!["form_post".to_owned()];
    assert_eq!(mode("response_mode=form_post", &narrow), ResponseMode::FormPost);
    for other in ["", "response_mode=query", "response_mode=fragment"] {
        assert_eq!(sent_with(other, &narrow), Refusal::ResponseModeNotAllowed, "{other}");
        assert_eq!(mode(other, &narrow), ResponseMode::Query, "{other}");
    }
    assert_eq!(sent("response_mode=jwt"), Refusal::ResponseModeUnsupported);
}

#[test]
fn the_person_of_the_hint_answers_and_nobody_else() {
    assert_eq!(answer(&request_with("prompt=none"), &hinted("u1")).session.user_id, "u1");
    assert_eq!(sent_with("prompt=none", &hinted("u2")), Refusal::SubjectMismatch);
    assert_eq!(step(&request_with(""), &hinted("u2")), Step::SignIn);
    let unverified = Facts { hint: Hint::Unverified("bad signature".to_owned()), ..facts() };
    assert_eq!(sent_with("", &unverified), Refusal::IdTokenHintRejected);
}

#[test]
fn who_signs_in_as_somebody_else_for_this_request_is_refused() {
    let mut fresh = hinted("u2");
    fresh.progress = Progress { user_id: Some("u1".to_owned()), signed_in_at: Some(NOW), decision: None };
    // The sign-in is older than the request: another tab's.
    assert_eq!(step(&request_with(""), &fresh), Step::SignIn);
    fresh.session.as_mut().unwrap().auth_time = NOW;
    assert_eq!(sent_with("", &fresh), Refusal::SubjectMismatch);
    fresh.hint = Hint::Subject("u1".to_owned());
    assert_eq!(answer(&request_with(""), &fresh).session.user_id, "u1");
}

#[test]
fn a_subject_in_the_claims_is_a_hint_and_must_agree_with_the_other() {
    let request = claims(r#"{"id_token":{"sub":{"value":"u2"}}}"#);
    assert_eq!(judge(&request, &hinted("u2")), Verdict::Park(Step::SignIn));
    let Verdict::SendError(_, refused) = judge(&request, &hinted("u1")) else { panic!("not sent") };
    assert_eq!(refused.refusal, Refusal::SubjectContradictory);
}

#[test]
fn claims_by_name_are_granted_once_they_are_consented() {
    let request = claims(r#"{"userinfo":{"email":null,"birthdate":null,"sub":null}}"#);
    let mut facts = Facts { consent: Some(consent("openid email")), ..facts() };
    assert_eq!(step(&request, &facts), Step::Consent);
    let detail = ConsentDetail { claims: vec!["birthdate".to_owned()], ..ConsentDetail::default() };
    facts.consent.as_mut().unwrap().detail = detail;
    assert_eq!(answer(&request, &facts).detail.userinfo_claims, ["birthdate", "email"]);
    // A scope that was allowed covers its claims; one that is not asked for releases nothing by itself.
    facts.consent = Some(consent("openid email profile"));
    assert_eq!(answer(&request, &facts).scopes, scopes("openid email"));
}

#[test]
fn claims_belong_to_openid_requests() {
    let request =
        AuthorizationRequest { scope: Some("profile".to_owned()), ..claims(r#"{"userinfo":{"email":null}}"#) };
    assert!(answer(&request, &facts()).detail.userinfo_claims.is_empty());
}

#[test]
fn an_essential_acr_is_met_or_refused() {
    let acr = |values: &str| claims(&format!(r#"{{"id_token":{{"acr":{{"essential":true,"values":{values}}}}}}}"#));
    let facts = Facts { consent: Some(consent("openid email")), ..facts() };
    answer(&acr(r#"["2","1"]"#), &facts);
    let Verdict::SendError(_, refused) = judge(&acr(r#"["2"]"#), &facts) else { panic!("not sent") };
    assert_eq!(refused.refusal, Refusal::AcrUnmet);
}

#[test]
fn the_named_api_is_the_audience_and_others_lose_their_scopes() {
    let mut facts = with_api();
    facts.client.as_mut().unwrap().scopes.insert("b:read");
    facts.apis.push(api("https://b.example", "b:read"));
    let approved = answer(&request_with("scope=openid+a:read+b:read&resource=https://api.example"), &facts);
    assert_eq!((approved.audience, approved.scopes), (vec![API.to_owned()], scopes("openid a:read")));
}

#[test]
fn an_api_that_is_unknown_or_closed_is_no_target() {
    for bad in ["https://api.example/", "https://closed.example", "api"] {
        assert_eq!(sent_with(&format!("resource={bad}"), &with_api()), Refusal::TargetUnknown, "{bad}");
    }
}

#[test]
fn an_api_without_a_scope_is_consented_by_itself() {
    let mut facts = with_api();
    let request = request_with("scope=openid&resource=https://api.example");
    assert_eq!(step(&request, &facts), Step::Consent);
    facts.consent.as_mut().unwrap().detail.resources = vec![API.to_owned()];
    assert_eq!(answer(&request, &facts).audience, [API]);
}
