//! The registered claims and the time.

use super::*;

#[test]
fn the_issuer_is_one_string_and_exact() {
    for bad in ["https://id.example/", "https://ID.example", "", "http://id.example"] {
        assert_eq!(judge_claims(&with(claims(), "iss", bad.into())), Err(VerifyError::IssuerMismatch), "{bad}");
    }
    for bad in [json!(["https://id.example"]), json!(1), json!(null), json!({})] {
        assert_eq!(judge_claims(&with(claims(), "iss", bad)), Err(VerifyError::Claim { name: "iss" }));
    }
    assert_eq!(judge_claims(&without(claims(), "iss")), Err(VerifyError::Claim { name: "iss" }));
}

#[test]
fn the_audience_is_a_string_or_strings_and_names_us() {
    for good in [json!(["https://api.example"]), json!(["other", "https://api.example"])] {
        assert!(judge_claims(&with(claims(), "aud", good)).is_ok());
    }
    for bad in [json!("https://api.example/"), json!(""), json!([]), json!(["other"])] {
        assert_eq!(judge_claims(&with(claims(), "aud", bad)), Err(VerifyError::AudienceMismatch));
    }
    for bad in [json!(["https://api.example", 1]), json!([["https://api.example"]]), json!(1), json!(null), json!({})] {
        assert_eq!(judge_claims(&with(claims(), "aud", bad)), Err(VerifyError::Claim { name: "aud" }));
    }
    assert_eq!(judge_claims(&without(claims(), "aud")), Err(VerifyError::Claim { name: "aud" }));

    let good = token(&header(Alg::Es256), &claims());
    assert!(judge_with(&JwtPolicy { aud: vec!["x".into(), "https://api.example".into()], ..policy() }, &good).is_ok());
    assert_eq!(judge_with(&JwtPolicy { aud: vec![], ..policy() }, &good), Err(VerifyError::AudienceMismatch));
}

#[test]
fn times_are_whole_seconds() {
    for name in ["exp", "iat", "nbf"] {
        for bad in [json!(1.7e9), json!("1700000000"), json!(null), json!([NOW]), json!(true), json!(u64::MAX)] {
            assert_eq!(judge_claims(&with(claims(), name, bad)), Err(VerifyError::Claim { name }));
        }
    }
    for name in ["exp", "iat"] {
        assert_eq!(judge_claims(&without(claims(), name)), Err(VerifyError::Claim { name }));
    }
}

#[test]
fn expiry_is_judged_at_the_policys_time_to_the_millisecond() {
    let good = token(&header(Alg::Es256), &claims());
    let at = |millis: i64, leeway: u64| {
        let now = Timestamp::from_millis(millis);
        judge_with(&JwtPolicy { now, leeway: Duration::from_secs(leeway), ..policy() }, &good)
    };
    let exp = (NOW + 600) * 1000;
    assert!(at(exp - 1, 0).is_ok());
    assert_eq!(at(exp, 0), Err(VerifyError::Expired));
    assert!(at(exp + 9_999, 10).is_ok());
    assert_eq!(at(exp + 10_000, 10), Err(VerifyError::Expired));
    assert!(at(NOW * 1000, 0).is_ok());
    assert_eq!(at(NOW * 1000 - 1, 0), Err(VerifyError::IssuedInFuture));
    assert!(at(NOW * 1000 - 10_000, 10).is_ok());
    assert_eq!(at(NOW * 1000 - 10_001, 10), Err(VerifyError::IssuedInFuture));
}

#[test]
fn a_token_that_is_not_valid_yet_is_refused() {
    assert!(judge_claims(&with(claims(), "nbf", json!(NOW + 10))).is_ok());
    assert_eq!(judge_claims(&with(claims(), "nbf", json!(NOW + 11))), Err(VerifyError::NotYetValid));
}

#[test]
fn a_token_older_than_the_greatest_age_is_refused() {
    let age = |seconds: i64| {
        let old = with(claims(), "iat", json!(NOW - seconds));
        let policy = JwtPolicy { max_age: Some(Duration::from_mins(1)), ..policy() };
        judge_with(&policy, &token(&header(Alg::Es256), &old))
    };
    assert!(age(70).is_ok());
    assert_eq!(age(71), Err(VerifyError::TooOld));
}

#[test]
fn any_clock_is_judged_without_a_panic() {
    let extremes = [i64::MIN, -1, 0, 978_307_200_000, 4_070_908_800_000, i64::MAX];
    for now in extremes.map(Timestamp::from_millis) {
        for (exp, iat) in [(i64::MAX, i64::MIN), (i64::MIN, i64::MAX), (0, 0), (-5, -10)] {
            let claims = with(with(claims(), "exp", exp.into()), "iat", iat.into());
            let policy = JwtPolicy { now, leeway: Duration::MAX, max_age: Some(Duration::MAX), ..policy() };
            let _ = judge_with(&policy, &token(&header(Alg::Es256), &claims));
        }
    }
    // A minute before 1970, where the system clock of other code panics.
    let claims = with(with(claims(), "exp", json!(-30)), "iat", json!(-90));
    let policy = JwtPolicy { now: Timestamp::from_secs(-60), ..policy() };
    assert!(judge_with(&policy, &token(&header(Alg::Es256), &claims)).is_ok());
}

#[test]
fn claims_that_do_not_fit_the_purpose_are_refused() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Wanted {
        client_id: String,
    }
    let token = token(&header(Alg::Es256), &claims());
    let judged = verify_with_jwks::<Wanted>(&RING.set, &policy(), &token);
    assert_eq!(judged, Err(VerifyError::Claim { name: "*" }));
}
