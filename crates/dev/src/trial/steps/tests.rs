use super::*;

fn answer(status: u16, json: Value) -> Answer {
    Answer { status, challenge: None, json, took: Duration::ZERO }
}

#[test]
fn a_code_from_another_issuer_is_not_used() {
    let came = |issuer: Option<&str>, code: Option<&str>| CallbackAnswer {
        code: code.map(str::to_owned),
        state: Some("s".to_owned()),
        issuer: issuer.map(str::to_owned),
        error: Some("access_denied".to_owned()),
    };
    assert_eq!(code_of(came(Some("http://i"), Some("c")), "http://i").unwrap(), "c");
    for issuer in [None, Some("http://evil.example")] {
        assert!(matches!(code_of(came(issuer, Some("c")), "http://i"), Err(StepError::IssuerMismatch)));
    }
    let denied = code_of(came(Some("http://i"), None), "http://i").unwrap_err();
    assert_eq!(denied.to_string(), "the server answered access_denied");
}

#[test]
fn a_refusal_counts_only_for_its_own_reason() {
    let refused = |text: &str| answer(401, serde_json::json!({ "error_description": text }));
    assert!(expect(refused("has expired"), 401, "expired", "").is_ok());
    assert!(expect(refused("another audience"), 401, "expired", "").is_err());
    assert!(expect(answer(200, Value::Null), 401, "", "").is_err());
    assert!(invalid_grant(answer(400, serde_json::json!({ "error": "invalid_grant" }))).is_ok());
    assert!(invalid_grant(answer(400, serde_json::json!({ "error": "invalid_request" }))).is_err());
}

#[test]
fn tokens_are_complete_or_the_step_fails() {
    let whole = serde_json::json!({ "access_token": "a", "refresh_token": "r", "id_token": "i", "expires_in": 600 });
    assert_eq!(tokens_of(&answer(200, whole.clone())).ok().map(|tokens| tokens.lifetime), Some(600));
    for member in ["access_token", "refresh_token", "id_token"] {
        let mut part = whole.clone();
        part.as_object_mut().unwrap().remove(member);
        assert!(matches!(tokens_of(&answer(200, part)), Err(StepError::Lacking { .. })), "{member}");
    }
}
