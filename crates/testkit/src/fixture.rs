//! What every test finds: people, clients and an API.

use flow::{ApiScope, GrantName, ResourceServer};
use grant_store::{GrantStore, NewClient};
use platform::secret::Secret;
use protocol::{RedirectUri, StandardClaims};
use serde_json::json;
use user_store::{Identifier, IdentifierKind, NewUser, User, UserStore};

/// The issuer of every test.
pub const ISSUER: &str = "https://id.example";
/// Who signs in where a test names nobody.
pub const USER: &str = "alice";
/// A second person.
pub const OTHER_USER: &str = "bob";
/// The password of everybody.
pub const PASSWORD: &str = "correct horse battery staple";
/// The API of the tests: the value of `aud`.
pub const API: &str = "https://api.example";
/// The verifier of every request with PKCE. Source: RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The state of every authorization request.
pub const STATE: &str = "af0ifjsldkj";
/// The nonce of every authorization request.
pub const NONCE: &str = "n-0S6_WzA2Mj";

/// The confidential client of [`crate::App::rp`].
pub const WEB: &str = "web";
/// A public client in a browser.
pub const SPA: &str = "spa";
/// A public client on a device, with loopback and private-use redirect URIs.
pub const CLI: &str = "cli";
/// A confidential client without people.
pub const M2M: &str = "m2m";

/// The secret of a confidential client of the fixture.
pub fn secret_of(client_id: &str) -> String {
    format!("{client_id}-secret-of-the-tests")
}

/// Where the answers for a client of the fixture go.
pub fn redirect_uri_of(client_id: &str) -> &'static str {
    match client_id {
        SPA => "https://spa.example/cb",
        CLI => "http://127.0.0.1/cb",
        _ => "https://app.example/cb",
    }
}

/// Registers all of it.
pub(crate) async fn seed(grants: &GrantStore, users: &UserStore) {
    grants.upsert_api(api()).await.expect("the API was not stored");
    for client in [
        NewClient { redirect_uris: uris(&["https://app.example/cb"]), ..with_api(NewClient::confidential(WEB)) },
        NewClient { redirect_uris: uris(&["https://spa.example/cb"]), ..with_api(NewClient::public(SPA)) },
        NewClient {
            redirect_uris: uris(&["http://127.0.0.1/cb", "http://[::1]/cb", "com.example.cli:/cb"]),
            ..with_api(NewClient::public(CLI))
        },
        NewClient {
            grant_types: vec![GrantName::ClientCredentials],
            scopes: ["api:read", "api:write"].into_iter().collect(),
            ..NewClient::confidential(M2M)
        },
    ] {
        grants.add_client(client).await.expect("a client was not stored");
    }
    for id in [WEB, M2M] {
        grants.set_secret(id, &Secret::new(secret_of(id))).await.expect("a secret was not stored");
    }
    for name in [USER, OTHER_USER] {
        register(users, name).await;
    }
}

/// Registers a person with every standard claim.
pub(crate) async fn register(users: &UserStore, username: &str) -> User {
    let new = NewUser {
        identifiers: vec![
            (identifier(IdentifierKind::Username, username), true),
            (identifier(IdentifierKind::Email, &format!("{username}@people.example")), true),
            (identifier(IdentifierKind::Phone, &phone_of(username)), false),
        ],
        password: Some(Secret::new(PASSWORD.to_owned())),
        claims: claims(username),
        bypass_password_policy: true,
    };
    users.register(new).await.expect("a user was not stored")
}

fn identifier(kind: IdentifierKind, text: &str) -> Identifier {
    Identifier::parse(kind, text).expect("an identifier of the fixture is malformed")
}

/// A number of one's own for everybody.
fn phone_of(username: &str) -> String {
    let number = username.bytes().fold(0_u64, |sum, byte| (sum * 131 + u64::from(byte)) % 100_000_000);
    format!("+86138{number:08}")
}

fn claims(username: &str) -> StandardClaims {
    let claims = json!({
        "name": format!("{username} Li"), "given_name": username, "family_name": "Li", "middle_name": "Q.",
        "nickname": username,
        "profile": format!("https://people.example/{username}"), "picture": "https://people.example/p.png",
        "website": "https://www.example", "gender": "female", "birthdate": "1990-02-03",
        "zoneinfo": "Asia/Shanghai", "locale": "zh-CN",
        "address": {"formatted": "1 Long Street\nBeijing", "street_address": "1 Long Street", "locality": "Beijing",
                    "region": "Beijing", "postal_code": "100000", "country": "CN"},
    });
    serde_json::from_value(claims).expect("the claims of the fixture are malformed")
}

fn with_api(mut client: NewClient) -> NewClient {
    client.scopes = client.scopes.iter().chain(["api:read", "api:write"]).collect();
    client
}

fn uris(uris: &[&str]) -> Vec<RedirectUri> {
    uris.iter().map(|uri| RedirectUri::new(uri).expect("a redirect URI of the fixture is malformed")).collect()
}

fn api() -> ResourceServer {
    let scope = |name: &str, en: &str, zh_cn: &str| ApiScope {
        name: name.to_owned(),
        en: en.to_owned(),
        zh_cn: zh_cn.to_owned(),
        max_ttl: None,
    };
    ResourceServer {
        audience: API.to_owned(),
        name: "Orders".to_owned(),
        scopes: vec![scope("api:read", "See your orders", "查看你的订单"), scope("api:write", "Place orders", "下单")],
    }
}
