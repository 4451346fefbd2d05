//! The example API: who gets in, and what the others are told.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{StatusCode, header};
use platform::http::{HttpLimits, client};
use serde_json::Value;

use crate::processes::{Lingpai, Program, start_example};

/// The server, the API in front of it, and a way to ask both.
struct House {
    lingpai: Lingpai,
    http: reqwest::Client,
    api: String,
    _program: Program,
}

impl House {
    fn start(settings: &[(&str, &str)]) -> Option<Self> {
        let lingpai = Lingpai::start()?;
        let mut all = vec![("ISSUER", lingpai.ready.issuer.as_str()), ("LISTEN", "127.0.0.1:0")];
        all.extend(settings);
        let (program, url) = start_example("resource-server", &all)?;
        let http = client(HttpLimits::default()).unwrap();
        Some(Self { http, api: format!("{url}/orders"), _program: program, lingpai })
    }

    async fn token(&self, scope: &str) -> String {
        let (id, secret) = self.lingpai.client("m2m");
        let form = [("grant_type", "client_credentials"), ("scope", scope)];
        let request = self.http.post(format!("{}/token", self.lingpai.ready.issuer)).basic_auth(id, Some(secret));
        let reply: Value = request.form(&form).send().await.unwrap().json().await.unwrap();
        reply["access_token"].as_str().unwrap_or_else(|| panic!("{reply}")).to_owned()
    }

    async fn list(&self, token: &str) -> (StatusCode, String) {
        answer(self.http.get(&self.api).bearer_auth(token)).await
    }

    async fn add(&self, token: &str) -> (StatusCode, String) {
        answer(self.http.post(&self.api).bearer_auth(token).body("cake")).await
    }
}

/// The status and the challenge.
async fn answer(request: reqwest::RequestBuilder) -> (StatusCode, String) {
    let reply = request.send().await.unwrap();
    let challenge = reply.headers().get(header::WWW_AUTHENTICATE).map(|value| value.to_str().unwrap().to_owned());
    (reply.status(), challenge.unwrap_or_default())
}

/// `token` with another header member, unsigned for it.
fn with_header(token: &str, name: &str, value: &str) -> String {
    let (header, rest) = token.split_once('.').unwrap();
    let mut header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    header[name] = value.into();
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

#[tokio::test]
async fn a_token_opens_what_its_scope_says() {
    let Some(house) = House::start(&[]) else { return };
    let (read, write) = (house.token("api:read").await, house.token("api:write").await);

    assert_eq!(house.list(&read).await.0, 200);
    assert_eq!(house.add(&write).await.0, 201);
    let missing = |scope| (StatusCode::FORBIDDEN, format!(r#"Bearer error="insufficient_scope", scope="{scope}""#));
    assert_eq!(house.add(&read).await, missing("api:write"));
    assert_eq!(house.list(&write).await, missing("api:read"));
}

#[tokio::test]
async fn what_is_no_good_token_is_challenged() {
    let Some(house) = House::start(&[]) else { return };
    let good = house.token("api:read").await;

    assert_eq!(answer(house.http.get(&house.api)).await, (StatusCode::UNAUTHORIZED, "Bearer".to_owned()));
    let basic = house.http.get(&house.api).basic_auth("a", Some("b"));
    assert_eq!(answer(basic).await, (StatusCode::UNAUTHORIZED, "Bearer".to_owned()));
    let twice = house.http.get(&house.api).bearer_auth(&good).bearer_auth(&good);
    assert_eq!(answer(twice).await.0, 401);
    for bad in [
        "x".to_owned(),
        format!("{good}x"),
        with_header(&good, "typ", "JWT"),
        with_header(&good, "alg", "HS256"),
        with_header(&good, "alg", "none"),
        with_header(&good, "kid", "unknown"),
    ] {
        let (status, challenge) = house.list(&bad).await;
        assert_eq!(status, 401, "{bad}");
        assert!(challenge.starts_with(r#"Bearer error="invalid_token""#), "{challenge}");
    }
    assert_eq!(house.list(&good).await.0, 200);
}

#[tokio::test]
async fn a_token_for_another_api_is_refused() {
    let Some(house) = House::start(&[("AUDIENCE", "https://other.example")]) else { return };
    let token = house.token("api:read").await;

    assert_eq!(house.list(&token).await.0, 401);
}

#[tokio::test]
async fn an_issuer_that_is_away_is_not_the_callers_fault() {
    let Some(house) = House::start(&[("ISSUER", "http://127.0.0.1:9")]) else { return };
    let token = house.token("api:read").await;

    assert_eq!(house.list(&token).await.0, 503);
}
