//! RFC 8414: OAuth 2.0 Authorization Server Metadata; the key set of RFC 7517.

// What the tests share may unwrap like the tests themselves.
#![cfg(test)]

use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};
use testkit::{App, ISSUER, Reply};

const PATHS: [&str; 2] = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

async fn conditional(app: &App, path: &str, etag: &str) -> Reply {
    app.send(Request::get(path).header(header::IF_NONE_MATCH, etag).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn both_documents_are_one() {
    let app = App::start().await;
    let [oauth, openid] = [app.get(PATHS[0]).await, app.get(PATHS[1]).await];
    assert_eq!(oauth.assert_status(200).header("content-type"), Some("application/json"));
    assert_eq!(oauth.body, openid.body);
    assert_eq!(oauth.json()["issuer"], ISSUER);
}

#[tokio::test]
async fn every_endpoint_that_is_named_exists() {
    let app = App::start().await;
    let metadata = app.get(PATHS[1]).await.json();
    let mut count = 0;
    for (name, value) in metadata.as_object().unwrap() {
        assert!(!value.is_null(), "{name}");
        if name.ends_with("_endpoint") || name.ends_with("_uri") {
            let path = value.as_str().unwrap().strip_prefix(ISSUER).unwrap_or_else(|| panic!("{name} is elsewhere"));
            assert_ne!(app.get(path).await.status.as_u16(), 404, "{name}");
            count += 1;
        }
    }
    assert!(count >= 4);
}

#[tokio::test]
async fn every_list_that_is_named_works() {
    let app = App::start().await;
    let metadata = app.get(PATHS[1]).await.json();
    let list = |name: &str| -> Vec<String> {
        let values = metadata[name].as_array().unwrap_or_else(|| panic!("{name}"));
        values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
    };
    for grant in list("grant_types_supported") {
        let error = app.m2m().call(&grant).await.json()["error"].clone();
        assert_ne!(error, "unsupported_grant_type", "{grant}");
    }
    assert_eq!(list("response_types_supported"), ["code"]);
    assert_eq!(list("response_modes_supported"), ["query", "fragment", "form_post"]);
    assert_eq!(list("acr_values_supported"), ["1"]);
    assert_eq!(metadata["claims_parameter_supported"], json!(true));
    assert_eq!(list("subject_types_supported"), ["public"]);
    let mut methods = list("token_endpoint_auth_methods_supported");
    methods.sort_unstable();
    let expected = ["client_secret_basic", "client_secret_jwt", "client_secret_post", "none", "private_key_jwt"];
    assert_eq!(methods, expected);
    // RFC 8414 §2: the two JWT methods need this list, and none is not in it.
    let algs = list("token_endpoint_auth_signing_alg_values_supported");
    assert_eq!(algs, ["ES256", "ES384", "EdDSA", "PS256", "RS256", "HS256"]);
    for name in ["id_token_signing_alg_values_supported", "userinfo_signing_alg_values_supported"] {
        assert_eq!(list(name), ["RS256", "ES256"], "{name}");
    }
    for scope in ["openid", "profile", "email", "address", "phone", "offline_access"] {
        assert!(list("scopes_supported").contains(&scope.to_owned()), "{scope}");
    }
    for prompt in list("prompt_values_supported") {
        let landing = app.browser().authorize(app.rp().with("prompt", &prompt)).await;
        assert!(!landing.has_left || landing.param("error").as_deref() == Some("login_required"), "{prompt}");
    }
    for name in ["request_parameter_supported", "request_uri_parameter_supported"] {
        assert_eq!(metadata[name], json!(false), "{name}");
    }
}

#[tokio::test]
async fn documents_can_be_cached_and_revalidated() {
    let app = App::start().await;
    for path in [PATHS[0], PATHS[1], "/jwks"] {
        let reply = app.get(path).await;
        let control = reply.header("cache-control").unwrap();
        assert!(control.contains("max-age=") && !control.contains("no-store"), "{path}: {control}");
        let etag = reply.header("etag").unwrap().to_owned();
        let same = conditional(&app, path, &etag).await;
        same.assert_status(304);
        assert!(same.body.is_empty());
        assert_eq!(same.header("etag"), Some(etag.as_str()));
        conditional(&app, path, "\"other\"").await.assert_status(200);
    }
}

#[tokio::test]
async fn published_keys_are_public_and_distinct() {
    let app = App::start().await;
    let jwks = app.jwks().await;
    let keys = jwks["keys"].as_array().unwrap();
    let text = |key: &Value, name: &str| key[name].as_str().map(str::to_owned);
    let mut kids: Vec<_> = keys.iter().map(|key| text(key, "kid").unwrap()).collect();
    kids.sort_unstable();
    kids.dedup();
    assert_eq!(kids.len(), keys.len());
    for key in keys {
        assert_eq!(key["use"], "sig");
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(private).is_none(), "{private}");
        }
    }
    let mut algs: Vec<_> = keys.iter().map(|key| text(key, "alg").unwrap()).collect();
    algs.sort_unstable();
    assert_eq!(algs, ["ES256", "RS256"]);
}

#[tokio::test]
async fn another_host_is_misdirected() {
    let app = App::start().await;
    for host in ["evil.example", "id.example.evil.example", "id.example:8443", ""] {
        let request = Request::get(PATHS[0]).header(header::HOST, host).body(Body::empty()).unwrap();
        let reply = app.send(request).await;
        assert_eq!(reply.status.as_u16(), 421, "{host}");
        assert!(!reply.text().contains("evil.example"));
    }
}

#[tokio::test]
async fn only_get_is_allowed() {
    let app = App::start().await;
    for path in [PATHS[0], PATHS[1], "/jwks"] {
        for method in ["POST", "PUT", "DELETE"] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            app.send(request).await.assert_status(405);
        }
    }
}
