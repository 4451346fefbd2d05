//! Each way in which a code is refused, and the one in which it is not.

use std::time::Duration;

use super::*;
use crate::fixtures::{CALLBACK, NOW, VERIFIER, client, code};
use crate::records::PkceRule;

fn good() -> RedeemRequest {
    RedeemRequest {
        redirect_uri: Some(CALLBACK.to_owned()),
        code_verifier: Some(VERIFIER.to_owned()),
        resources: Vec::new(),
    }
}

fn refused(request: &RedeemRequest, code: &CodeRecord, client: &ClientRecord) -> Refusal {
    judge(request, code, client, NOW).unwrap_err().refusal
}

#[test]
fn a_code_with_its_verifier_is_fresh() {
    assert_eq!(judge(&good(), &code(), &client(), NOW), Ok(CodeVerdict::Fresh));
    // OAuth 2.1 §4.1.3: PKCE binds the code, the parameter may be left out.
    let without = RedeemRequest { redirect_uri: None, ..good() };
    assert_eq!(judge(&without, &code(), &client(), NOW), Ok(CodeVerdict::Fresh));
}

#[test]
fn a_spent_code_with_everything_else_right_is_a_replay_however_late() {
    let spent = CodeRecord { spent_at: Some(NOW), ..code() };
    let late = NOW.plus(Duration::from_hours(1));
    assert_eq!(judge(&good(), &spent, &client(), late), Ok(CodeVerdict::Replayed));
}

#[test]
fn junk_about_a_spent_code_is_not_a_replay() {
    let spent = CodeRecord { spent_at: Some(NOW), ..code() };
    let wrong = RedeemRequest { code_verifier: Some("x".repeat(43)), ..good() };
    assert_eq!(refused(&wrong, &spent, &client()), Refusal::CodeVerifierMismatch);
    let stranger = ClientRecord { id: "evil".to_owned(), ..client() };
    assert_eq!(refused(&good(), &spent, &stranger), Refusal::CodeForeign);
}

#[test]
fn each_binding_is_checked() {
    let other = RedeemRequest { redirect_uri: Some(format!("{CALLBACK}/")), ..good() };
    assert_eq!(refused(&other, &code(), &client()), Refusal::RedirectUriChanged);
    let none = RedeemRequest { code_verifier: None, ..good() };
    assert_eq!(refused(&none, &code(), &client()), Refusal::CodeVerifierMissing);
    let short = RedeemRequest { code_verifier: Some("x".repeat(42)), ..good() };
    assert_eq!(refused(&short, &code(), &client()), Refusal::CodeVerifierMismatch);
    let late = NOW.plus(Duration::from_mins(1));
    assert_eq!(judge(&good(), &code(), &client(), late).unwrap_err().refusal, Refusal::CodeExpired);
}

#[test]
fn a_verifier_without_a_challenge_is_refused() {
    let lax = ClientRecord { pkce: PkceRule::Optional, ..client() };
    let plain = CodeRecord { code_challenge: None, ..code() };
    assert_eq!(refused(&good(), &plain, &lax), Refusal::CodeVerifierUnexpected);
    let without = RedeemRequest { code_verifier: None, ..good() };
    assert_eq!(judge(&without, &plain, &lax, NOW), Ok(CodeVerdict::Fresh));
    // Without PKCE nothing but the redirect URI binds the code to its request.
    let neither = RedeemRequest { redirect_uri: None, code_verifier: None, ..good() };
    assert_eq!(refused(&neither, &plain, &lax), Refusal::RedirectUriChanged);
    assert_eq!(refused(&without, &plain, &client()), Refusal::CodeVerifierMissing);
}
