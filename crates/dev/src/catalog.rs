//! What exists in every development server: people, clients and one API. The seed, the banner, the ready line, the demo
//! app and the trial all read it here, so none of them can promise what another does not keep.
//!
//! The logins and secrets are public. That is safe only because development mode answers on loopback addresses alone.

use std::time::Duration;

use flow::{ApiScope, ClientKind, GrantName, ResourceServer};

/// Where a development server answers unless it was told otherwise.
pub const USUAL_ISSUER: &str = "http://localhost:8080";
/// Path of the demo app below the issuer.
pub const APP_PATH: &str = "/dev/app";
/// Path of the demo app's redirect URI.
pub const CALLBACK_PATH: &str = "/dev/app/callback";
/// Path of the demo API; with the issuer before it, the audience of its tokens.
pub const API_PATH: &str = "/dev/api";

/// The scope that reads from the demo API.
pub const API_READ: &str = "api:read";
/// The scope that writes to it.
pub const API_WRITE: &str = "api:write";
/// The scope whose tokens live one second, to watch one expire.
pub const API_BRIEF: &str = "api:brief";

const PERSONAL_SCOPES: &str = "openid profile email address phone offline_access";

/// Someone who can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name to sign in with.
    pub username: &'static str,
    /// The password; outside the password policy.
    pub password: &'static str,
}

/// The people of every development server.
pub const PEOPLE: [Person; 2] =
    [Person { username: "alice", password: "alice-dev" }, Person { username: "bob", password: "bob-dev" }];

/// A registered client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedClient {
    /// `client_id`.
    pub id: &'static str,
    /// The name that the consent page shows.
    pub name: &'static str,
    /// The fixed secret; none for public clients.
    pub secret: Option<&'static str>,
    /// Where answers may go.
    pub redirect_uris: Vec<String>,
    /// Where a person may return after signing out.
    pub post_logout_redirect_uris: Vec<String>,
    /// What it may ask for, space-separated.
    pub scopes: String,
    /// What it may do at the token endpoint.
    pub grants: &'static [GrantName],
    /// Browser origins that may call the token endpoint.
    pub cors_origins: &'static [&'static str],
}

impl SeedClient {
    /// A client with a secret is confidential.
    pub fn kind(&self) -> ClientKind {
        if self.secret.is_some() { ClientKind::Confidential } else { ClientKind::Public }
    }
}

/// Everything that a development server under one issuer holds at its start.
#[derive(Clone, Debug)]
pub struct Catalog {
    /// The issuer, without a trailing slash.
    pub issuer: String,
    /// The clients.
    pub clients: Vec<SeedClient>,
    /// The API.
    pub api: ResourceServer,
}

const WITH_PERSON: &[GrantName] = &[GrantName::AuthorizationCode, GrantName::RefreshToken];
const ON_DEVICE: &[GrantName] = &[GrantName::DeviceCode, GrantName::RefreshToken];
const ALONE: &[GrantName] = &[GrantName::ClientCredentials];

impl Catalog {
    /// The catalog of the server at `issuer`: the API's audience and the demo app's redirect URI follow it.
    pub fn of(issuer: &str) -> Self {
        let api_scopes = format!("{API_READ} {API_WRITE} {API_BRIEF}");
        let all_scopes = format!("{PERSONAL_SCOPES} {api_scopes}");
        let client = |id, name, secret, redirect_uris: &[&str]| SeedClient {
            id,
            name,
            secret,
            redirect_uris: redirect_uris.iter().map(|uri| (*uri).to_owned()).collect(),
            post_logout_redirect_uris: Vec::new(),
            scopes: all_scopes.clone(),
            grants: WITH_PERSON,
            cors_origins: &[],
        };
        // RFC 8252 §7.3: the port of a loopback address is free.
        let loopback = "http://127.0.0.1/callback";
        let own = format!("{issuer}{CALLBACK_PATH}");
        let web = SeedClient {
            post_logout_redirect_uris: vec![format!("{issuer}{APP_PATH}"), "http://localhost:3000/".to_owned()],
            ..client("web", "Demo web app", Some("web-dev-secret"), &[&own, "http://localhost:3000/callback", loopback])
        };
        let spa = SeedClient {
            post_logout_redirect_uris: vec!["http://localhost:5173/".to_owned()],
            cors_origins: &["http://localhost:5173"],
            ..client("spa", "Demo single-page app", None, &["http://localhost:5173/callback", loopback])
        };
        let cli = client("cli", "Demo command line", None, &[loopback]);
        let m2m = SeedClient {
            scopes: api_scopes,
            grants: ALONE,
            ..client("m2m", "Demo service", Some("m2m-dev-secret"), &[])
        };
        let tv = SeedClient { grants: ON_DEVICE, ..client("tv", "Demo TV", None, &[]) };
        Self { issuer: issuer.to_owned(), clients: vec![web, spa, cli, tv, m2m], api: api(issuer) }
    }

    /// The client of that id.
    pub fn client(&self, id: &str) -> Option<&SeedClient> {
        self.clients.iter().find(|client| client.id == id)
    }
}

fn api(issuer: &str) -> ResourceServer {
    let scope = |name: &str, en: &str, zh_cn: &str, max_ttl| ApiScope {
        name: name.to_owned(),
        en: en.to_owned(),
        zh_cn: zh_cn.to_owned(),
        max_ttl,
    };
    ResourceServer {
        audience: format!("{issuer}{API_PATH}"),
        name: "Demo API".to_owned(),
        scopes: vec![
            scope(API_READ, "Ask the demo API who you are", "向演示接口查询你是谁", None),
            scope(API_WRITE, "Leave notes with the demo API", "在演示接口中写下便笺", None),
            scope(
                API_BRIEF,
                "Use the demo API for one second at a time",
                "每次使用演示接口一秒钟",
                Some(Duration::from_secs(1)),
            ),
        ],
    }
}

#[cfg(test)]
mod tests {
    use protocol::{RedirectUri, ScopeSet};

    use super::*;

    #[test]
    fn everything_in_the_catalog_can_be_registered() {
        for issuer in ["http://localhost:8080", "http://[::1]:9", "http://127.0.0.1:65535"] {
            let catalog = Catalog::of(issuer);
            for client in &catalog.clients {
                for uri in client.redirect_uris.iter().chain(&client.post_logout_redirect_uris) {
                    assert!(RedirectUri::new(uri).is_ok(), "{uri}");
                }
                assert!(ScopeSet::parse(&client.scopes).is_ok(), "{}", client.scopes);
            }
        }
    }

    #[test]
    fn audience_and_demo_callback_follow_the_issuer() {
        let catalog = Catalog::of("http://localhost:9000");
        assert_eq!(catalog.api.audience, "http://localhost:9000/dev/api");
        let web = catalog.client("web").unwrap();
        assert!(web.redirect_uris.contains(&"http://localhost:9000/dev/app/callback".to_owned()));
        assert!(catalog.client("nobody").is_none());
    }

    #[test]
    fn secrets_need_no_escaping_anywhere() {
        for client in Catalog::of("http://localhost:8080").clients {
            let text = format!("{}{}", client.id, client.secret.unwrap_or_default());
            assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)), "{text}");
        }
    }
}
