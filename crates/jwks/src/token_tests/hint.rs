//! An ID token that comes back as a hint.

use super::*;

fn hint_policy() -> JwtPolicy {
    JwtPolicy::for_hint("https://id.example", Timestamp::from_secs(NOW))
}

fn id_header(alg: Alg) -> Value {
    with(header(alg), "typ", "JWT".into())
}

fn judge_hint(claims: &Value) -> Result<Value, VerifyError> {
    judge_with(&hint_policy(), &token(&id_header(Alg::Es256), claims))
}

#[test]
fn a_hint_of_any_published_algorithm_is_read() {
    for alg in Alg::ALL {
        let hint = token_of(alg, &id_header(alg).to_string(), &claims().to_string());
        assert_eq!(judge_with(&hint_policy(), &hint), Ok(claims()), "{alg}");
    }
}

#[test]
fn a_hint_may_be_old_and_for_anybody() {
    let old = with(with(claims(), "exp", json!(NOW - 86_400)), "iat", json!(NOW - 90_000));
    assert_eq!(judge_hint(&old), Ok(old.clone()));
    assert_eq!(judge(&token(&header(Alg::Es256), &old)), Err(VerifyError::Expired));
    for aud in [json!("app"), json!(["one", "two"])] {
        assert!(judge_hint(&with(claims(), "aud", aud)).is_ok());
    }
}

#[test]
fn a_hint_is_still_ours_and_well_formed() {
    assert_eq!(judge_hint(&with(claims(), "iss", json!("https://evil.example"))), Err(VerifyError::IssuerMismatch));
    assert_eq!(judge_hint(&with(claims(), "iat", json!(NOW + 11))), Err(VerifyError::IssuedInFuture));
    assert_eq!(judge_hint(&with(claims(), "aud", json!([]))), Err(VerifyError::AudienceMismatch));
    assert_eq!(judge_hint(&with(claims(), "aud", json!([1]))), Err(VerifyError::Claim { name: "aud" }));
    for name in ["iss", "aud", "exp", "iat"] {
        assert_eq!(judge_hint(&without(claims(), name)), Err(VerifyError::Claim { name }));
    }
    let strange = with(id_header(Alg::Es256), "kid", json!("gone"));
    assert_eq!(judge_with(&hint_policy(), &token(&strange, &claims())), Err(VerifyError::UnknownKey));
}

#[test]
fn an_access_token_is_no_hint() {
    assert_eq!(judge_with(&hint_policy(), &token(&header(Alg::Es256), &claims())), Err(VerifyError::TypMismatch));
}
