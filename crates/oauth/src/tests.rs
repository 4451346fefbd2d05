//! The endpoints through their router, on SQLite in memory, with a session opened by hand: the pages are elsewhere.

use std::time::Duration;

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grant_store::{NewClient, NewSession};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use platform::clock::{Clock, ManualClock};
use platform::seal::MasterKey;
use platform::secret::Secret;
use platform::sql::{DatabaseConfig, Db};
use protocol::{Alg, RedirectUri, StandardClaims, Timestamp};
use serde_json::Value;
use tower::ServiceExt;
use user_store::{Identifier, IdentifierKind, NewUser, PasswordPool, PoolSettings};

use super::*;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

struct House {
    oauth: Arc<OAuth>,
    clock: Arc<ManualClock>,
    cookie: String,
    session_id: String,
}

struct Answer {
    status: StatusCode,
    location: String,
    json: Value,
}

impl House {
    async fn build() -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_700_000_000)));
        let shared: SharedClock = clock.clone();
        let db = Db::open(&DatabaseConfig::in_memory()).await.unwrap();
        migrations::run(&db).await.unwrap();
        let master = Arc::new(MasterKey::generate());
        let settings = ::jwks::KeySettings { algorithms: vec![Alg::Es256], ..Default::default() };
        let keys = Keys::open(db.clone(), master.clone(), shared.clone(), settings).await.unwrap();
        let grants = GrantStore::new(db.clone(), shared.clone(), flow::Policy::default());
        let users = UserStore::new(db, shared.clone(), PasswordPool::new(PoolSettings::default()));
        let web = Arc::new(WebSettings {
            is_secure: true,
            cookie_suffix: String::new(),
            allowed_hosts: vec!["id.example".to_owned()],
            hsts: true,
            trusted_proxies: Vec::new(),
            csrf_key: master.derive("csrf"),
        });
        let issuer = "https://id.example".to_owned();
        let (user_id, epoch) = add_user(&users).await;
        add_client(&grants, &user_id).await;
        let new = NewSession {
            user_id,
            epoch,
            acr: "1".to_owned(),
            amr: vec!["pwd".to_owned()],
            address: "::1".to_owned(),
            user_agent: "test".to_owned(),
        };
        let (session, secret) = grants.open_session(new, None).await.unwrap();
        let oauth = Arc::new(OAuth {
            issuer,
            grants,
            users,
            keys,
            web,
            user_codes: UserCodeKey::derive(&master),
            tokens: TokenCache::default(),
            clock: shared,
        });
        let cookie = format!("__Host-lingpai_session={}", secret.expose());
        Self { oauth, clock, cookie, session_id: session.id }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = router(self.oauth.clone()).oneshot(request).await.unwrap();
        let status = response.status();
        let location = response.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status, location: location.unwrap_or_default(), json }
    }

    async fn authorize(&self, scope: &str) -> Answer {
        let uri = format!(
            "/authorize?client_id=shop&redirect_uri=https%3A%2F%2Fshop.example%2Fcb&response_type=code&scope={scope}\
             &state=st&nonce=n1&code_challenge={CHALLENGE}&code_challenge_method=S256"
        );
        let request = Request::get(uri).header("cookie", &self.cookie).body(Body::empty()).unwrap();
        self.send(request).await
    }

    async fn code(&self, scope: &str) -> String {
        let answer = self.authorize(scope).await;
        let (_, rest) = answer.location.split_once("?code=").unwrap_or_else(|| panic!("{}", answer.location));
        rest.split('&').next().unwrap().to_owned()
    }

    async fn token(&self, form: &str) -> Answer {
        let form = format!("client_id=shop&client_secret=cs_test&{form}");
        let request = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form)).unwrap()).await
    }

    async fn exchange(&self, code: &str) -> Answer {
        self.token(&format!("grant_type=authorization_code&code={code}&code_verifier={VERIFIER}")).await
    }

    async fn refresh(&self, tokens: &Answer) -> Answer {
        let token = tokens.json["refresh_token"].as_str().unwrap();
        self.token(&format!("grant_type=refresh_token&refresh_token={token}")).await
    }

    async fn userinfo(&self, tokens: &Answer) -> Answer {
        let bearer = format!("Bearer {}", tokens.json["access_token"].as_str().unwrap());
        self.send(Request::get("/userinfo").header("authorization", bearer).body(Body::empty()).unwrap()).await
    }
}

async fn add_user(users: &UserStore) -> (String, i64) {
    let email = Identifier::parse(IdentifierKind::Email, "alice@example.com").unwrap();
    let claims = StandardClaims { name: Some("Alice".to_owned()), ..StandardClaims::default() };
    let new = NewUser { identifiers: vec![(email, true)], password: None, claims, bypass_password_policy: true };
    let user = users.register(new).await.unwrap();
    (user.id, user.epoch)
}

async fn add_client(grants: &GrantStore, user_id: &str) {
    let client = NewClient {
        redirect_uris: vec![RedirectUri::new("https://shop.example/cb").unwrap()],
        id_token_alg: Alg::Es256,
        ..NewClient::confidential("shop")
    };
    grants.add_client(client).await.unwrap();
    grants.set_secret("shop", &Secret::new("cs_test".to_owned())).await.unwrap();
    let scopes = ["openid", "profile", "offline_access"].into_iter().collect();
    grants.grant_consent(user_id, "shop", &scopes).await.unwrap();
}

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn assert_error(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status.as_u16(), answer.json["error"].as_str()), (status, Some(error)), "{}", answer.json);
}

#[tokio::test]
async fn a_code_becomes_tokens_once_and_its_replay_ends_them() {
    let house = House::build().await;
    let code = house.code("openid+profile").await;
    let tokens = house.exchange(&code).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.json);
    let id_token = claims(&tokens.json["id_token"]);
    assert_eq!((id_token["aud"].as_str(), id_token["nonce"].as_str()), (Some("shop"), Some("n1")));
    assert_eq!(id_token["sid"].as_str(), Some(house.session_id.as_str()));
    assert_eq!(house.userinfo(&tokens).await.json["name"], "Alice");

    assert_error(&house.exchange(&code).await, 400, "invalid_grant");
    assert_error(&house.refresh(&tokens).await, 400, "invalid_grant");
    assert_eq!(house.userinfo(&tokens).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_rotated_token_that_comes_again_ends_its_family() {
    let house = House::build().await;
    let first = house.exchange(&house.code("openid").await).await;
    let second = house.refresh(&first).await;
    assert_eq!(second.status, StatusCode::OK, "{}", second.json);
    let again = house.refresh(&first).await;
    assert_eq!(again.json["refresh_token"], second.json["refresh_token"], "a lost answer is repeated");
    house.clock.advance(Duration::from_secs(10));
    assert_error(&house.refresh(&first).await, 400, "invalid_grant");
    assert_error(&house.refresh(&second).await, 400, "invalid_grant");
}

#[tokio::test]
async fn signing_out_ends_what_is_not_offline() {
    let house = House::build().await;
    let bound = house.exchange(&house.code("openid").await).await;
    let offline = house.exchange(&house.code("openid+offline_access").await).await;
    assert!(house.oauth.grants.end_session(&house.session_id).await.unwrap());
    assert_error(&house.refresh(&bound).await, 400, "invalid_grant");
    assert_eq!(house.refresh(&offline).await.status, StatusCode::OK);
    assert!(house.authorize("openid").await.location.starts_with("/login?interaction="));
}

#[tokio::test]
async fn a_code_ends_after_a_minute_and_a_grant_by_disabling_the_user() {
    let house = House::build().await;
    let code = house.code("openid").await;
    house.clock.advance(Duration::from_mins(1));
    assert_error(&house.exchange(&code).await, 400, "invalid_grant");
    let tokens = house.exchange(&house.code("openid").await).await;
    let user_id = claims(&tokens.json["id_token"])["sub"].as_str().unwrap().to_owned();
    house.oauth.users.disable(&user_id).await.unwrap();
    assert_error(&house.refresh(&tokens).await, 400, "invalid_grant");
    assert!(house.clock.now() > Timestamp::from_secs(0));
}

#[tokio::test]
async fn what_needs_a_page_is_parked_and_comes_back() {
    let house = House::build().await;
    let parked = house.authorize("openid+email").await;
    assert!(parked.location.starts_with("/consent?interaction="), "{}", parked.location);
    assert_eq!(parked.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_wrong_secret_neither_spends_nor_tells() {
    let house = House::build().await;
    let code = house.code("openid").await;
    let form = format!("client_id=shop&client_secret=wrong&grant_type=authorization_code&code={code}");
    let request = Request::post("/token").header("content-type", "application/x-www-form-urlencoded");
    assert_error(&house.send(request.body(Body::from(form)).unwrap()).await, 401, "invalid_client");
    assert_eq!(house.exchange(&code).await.status, StatusCode::OK);
}
