//! The demo API as a resource server: RFC 9068 tokens in, RFC 6750 challenges out.

use std::time::Duration;

use http::header;
use platform::http::{HttpLimits, loopback_client};
use serde_json::{Value, json};

use super::process::DevServer;

struct Caller {
    http: reqwest::Client,
    server: DevServer,
}

struct Answer {
    status: u16,
    challenge: String,
    body: Value,
}

impl Caller {
    fn new() -> Self {
        Self { http: loopback_client(HttpLimits::default()).unwrap(), server: DevServer::in_memory() }
    }

    /// A token of the client `m2m`.
    async fn token(&self, scope: &str) -> String {
        let answer = self
            .http
            .post(self.server.url("/token"))
            .basic_auth("m2m", Some(self.server.secret("m2m")))
            .form(&[("grant_type", "client_credentials"), ("scope", scope)])
            .send()
            .await
            .unwrap();
        let body: Value = answer.json().await.unwrap();
        body["access_token"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
    }

    async fn read(&self, authorization: Option<&str>) -> Answer {
        self.answer(self.http.get(self.server.url("/dev/api/whoami")), authorization).await
    }

    async fn write(&self, authorization: Option<&str>, body: String) -> Answer {
        let request = self.http.post(self.server.url("/dev/api/notes"));
        self.answer(request.header(header::CONTENT_TYPE, "application/json").body(body), authorization).await
    }

    async fn answer(&self, request: reqwest::RequestBuilder, authorization: Option<&str>) -> Answer {
        let request = match authorization {
            Some(value) => request.header(header::AUTHORIZATION, value),
            None => request,
        };
        let response = request.send().await.unwrap();
        let challenge = response.headers().get(header::WWW_AUTHENTICATE);
        let challenge = challenge.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        Answer { status: response.status().as_u16(), challenge, body: response.json().await.unwrap_or_default() }
    }
}

#[tokio::test]
async fn a_good_token_is_let_in() {
    let caller = Caller::new();
    let bearer = format!("Bearer {}", caller.token("api:read api:write").await);
    let read = caller.read(Some(&bearer)).await;
    assert_eq!(read.status, 200);
    assert_eq!(read.body["client_id"], "m2m");
    assert_eq!(read.body["scope"], "api:read api:write");
    let written = caller.write(Some(&bearer), json!({ "note": "牛奶" }).to_string()).await;
    assert_eq!((written.status, &written.body["note"]), (201, &json!("牛奶")));
}

#[tokio::test]
async fn no_token_is_a_challenge_without_an_error() {
    let caller = Caller::new();
    for authorization in [None, Some("Basic bTJtOng="), Some("Bearer")] {
        let answer = caller.read(authorization).await;
        assert_eq!(answer.status, 401);
        // RFC 6750 §3.1: no error code where no token came.
        assert!(answer.challenge.starts_with("Bearer ") && !answer.challenge.contains("error"), "{}", answer.challenge);
    }
}

#[tokio::test]
async fn a_bad_token_is_invalid() {
    let caller = Caller::new();
    let good = caller.token("api:read").await;
    let (head, signature) = good.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{}.", good.split('.').nth(1).unwrap());
    for token in [forged.as_str(), unsigned.as_str(), "x", "a.b.c", "令牌"] {
        let answer = caller.read(Some(&format!("Bearer {token}"))).await;
        assert_eq!(answer.status, 401, "{token}");
    }
    let answer = caller.read(Some(&format!("Bearer {forged}"))).await;
    assert!(answer.challenge.contains("error=\"invalid_token\""), "{}", answer.challenge);
}

#[tokio::test]
async fn a_missing_scope_is_forbidden() {
    let caller = Caller::new();
    let bearer = format!("Bearer {}", caller.token("api:read").await);
    let answer = caller.write(Some(&bearer), json!({ "note": "x" }).to_string()).await;
    assert_eq!(answer.status, 403);
    assert!(answer.challenge.contains("error=\"insufficient_scope\""), "{}", answer.challenge);
    assert!(answer.challenge.contains("scope=\"api:write\""), "{}", answer.challenge);
}

#[tokio::test]
async fn a_brief_token_ends_after_one_second() {
    let caller = Caller::new();
    let bearer = format!("Bearer {}", caller.token("api:read api:brief").await);
    // The one wait of this file: the process has a clock of its own, and this is what it must show.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let answer = caller.read(Some(&bearer)).await;
    assert_eq!((answer.status, &answer.body["error"]), (401, &json!("invalid_token")));
    assert!(answer.challenge.contains("expired"), "{}", answer.challenge);
}

#[tokio::test]
async fn a_bad_note_is_a_bad_request_and_no_fault_of_the_token() {
    let caller = Caller::new();
    let bearer = format!("Bearer {}", caller.token("api:write").await);
    for body in ["", "{", "[]", "{}", "{\"note\":1}", "\u{0}"] {
        let answer = caller.write(Some(&bearer), body.to_owned()).await;
        assert_eq!((answer.status, answer.challenge.as_str()), (400, ""), "{body:?}");
    }
    let long = json!({ "note": "x".repeat(5_000) }).to_string();
    assert_eq!(caller.write(Some(&bearer), long).await.status, 413);
    assert_eq!(caller.write(None, "{".to_owned()).await.status, 401, "the token is judged first");
}

#[tokio::test]
async fn scripts_of_other_origins_may_call_it() {
    let caller = Caller::new();
    let request = caller.http.request(http::Method::OPTIONS, caller.server.url("/dev/api/whoami"));
    let answer = request
        .header(header::ORIGIN, "http://localhost:5173")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "GET")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization")
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success());
    assert_eq!(answer.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    assert!(answer.headers().get(header::ACCESS_CONTROL_ALLOW_CREDENTIALS).is_none());
}
