//! What userinfo says, by scope and by name. OpenID Connect Core §5.3–5.5.

use axum::body::Body;
use http::{Method, Request, header};
use protocol::standard_claims::CLAIMS_BY_SCOPE;
use testkit::{Browser, OTHER_USER, RelyingParty};

use super::{Flow, Op, modules};

modules!(
    userinfo_get,
    userinfo_post_header,
    scope_profile,
    scope_email,
    scope_address,
    scope_phone,
    scope_all,
    claims_essential,
    claims_beyond_the_scopes_are_asked_for,
    claims_that_are_malformed,
    claims_acr,
);

async fn userinfo(op: &Op, method: Method) {
    let flow = op.flow(&mut op.browser(), &op.rp()).await;
    let bearer = format!("Bearer {}", flow.tokens.access_token);
    let request = Request::builder().method(method).uri("/userinfo").header(header::AUTHORIZATION, bearer);
    let reply = op.app.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.assert_status(200).header("content-type"), Some("application/json"));
    assert_eq!(reply.json()["sub"], flow.id_token["sub"]);
}

async fn userinfo_get(op: &Op) {
    userinfo(op, Method::GET).await;
}

async fn userinfo_post_header(op: &Op) {
    userinfo(op, Method::POST).await;
}

async fn scopes(op: &Op, scopes: &[&str]) {
    let flow = op.flow(&mut op.browser(), &op.rp().scope(&format!("openid {}", scopes.join(" ")))).await;
    let mut expected = vec!["sub"];
    expected.extend(CLAIMS_BY_SCOPE.iter().filter(|(scope, _)| scopes.contains(scope)).flat_map(|(_, claims)| *claims));
    assert_eq!(names(&flow), sorted(expected));
}

async fn scope_profile(op: &Op) {
    scopes(op, &["profile"]).await;
}

async fn scope_email(op: &Op) {
    scopes(op, &["email"]).await;
}

async fn scope_address(op: &Op) {
    scopes(op, &["address"]).await;
}

async fn scope_phone(op: &Op) {
    scopes(op, &["phone"]).await;
}

async fn scope_all(op: &Op) {
    scopes(op, &["profile", "email", "address", "phone"]).await;
}

async fn claims_essential(op: &Op) {
    let claims = r#"{"userinfo":{"name":{"essential":true}}}"#;
    let flow = op.flow(&mut op.browser(), &op.rp().scope("openid").with("claims", claims)).await;
    assert_eq!(names(&flow), ["name", "sub"]);
    // What is asked for in the ID token alone is not released, because an access token comes with it.
    let in_id_token = r#"{"id_token":{"email":{"essential":true},"auth_time":{"essential":true}}}"#;
    let flow = op.flow(&mut op.browser(), &op.rp().scope("openid").with("claims", in_id_token)).await;
    assert_eq!(names(&flow), ["sub"]);
    // A refresh keeps what was granted, and narrowing it leaves the claims that were asked for by name.
    let rp = op.rp().scope("openid email").with("claims", claims);
    let flow = op.flow(&mut op.browser(), &rp).await;
    let narrow = rp.refresh(flow.tokens.refresh_token()).with("scope", "openid").await.tokens();
    assert_eq!(rp.userinfo(&narrow.access_token).await.json().as_object().unwrap().len(), 2);
}

async fn claims_beyond_the_scopes_are_asked_for(op: &Op) {
    let asking = |claims: &str| op.rp().scope("openid email").with("claims", claims);
    let plain = op.rp().scope("openid email");
    op.flow(&mut op.browser(), &plain).await;
    // A scope that was allowed covers its claims.
    op.flow(&mut op.browser().waiting(), &asking(r#"{"userinfo":{"email":null}}"#)).await;
    let more = asking(r#"{"userinfo":{"birthdate":null,"phone_number":null,"unheard_of":null}}"#);
    let silent = more.clone().with("prompt", "none");
    op.refused(&op.browser().authorize(&silent).await, "consent_required");
    for (locale, said) in [("en", "Read your date of birth"), ("zh-CN", "读取你的出生日期")] {
        let page = op.browser().waiting().authorize(more.clone().with("ui_locales", locale)).await;
        page.assert_page(200, "/consent");
        let (asked, known) = page.reply.text().split_once("<details").unwrap();
        assert!(asked.contains(said) && !known.contains(said), "{asked}");
    }
    assert_eq!(names(&allowed(op, &more).await).len(), 5);
    // Remembered now, for this person alone.
    op.flow(&mut op.browser().waiting(), &silent).await;
    let mut other = op.app.browser().signed_in_as(OTHER_USER);
    op.refused(&other.authorize(&silent).await, "consent_required");
}

async fn claims_that_are_malformed(op: &Op) {
    let twice = r#"{"userinfo":{"name":null},"userinfo":{}}"#;
    let long = format!(r#"{{"userinfo":{{"{}":null}}}}"#, "x".repeat(4096));
    for bad in ["", "x", "[]", "{\"userinfo\":[]}", "{\"userinfo\":{\"name\":true}}", twice, &long] {
        let landing = op.browser().authorize(op.rp().with("claims", bad)).await;
        if bad.is_empty() {
            op.code(&landing);
        } else {
            op.refused(&landing, "invalid_request");
        }
    }
}

async fn claims_acr(op: &Op) {
    let asking = |wish: &str| op.rp().with("claims", &format!(r#"{{"id_token":{{"acr":{wish}}}}}"#));
    let flow = op.flow(&mut op.browser(), &asking(r#"{"essential":true,"values":["2","1"]}"#)).await;
    assert_eq!(flow.id_token["acr"], "1");
    op.flow(&mut op.browser(), &asking(r#"{"values":["2"]}"#)).await;
    let landing = op.app.browser().authorize(asking(r#"{"essential":true,"values":["2"]}"#)).await;
    op.refused(&landing, "unmet_authentication_requirements");
}

async fn allowed(op: &Op, rp: &RelyingParty) -> Flow {
    let mut browser: Browser = op.browser();
    op.flow(&mut browser, rp).await
}

fn names(flow: &Flow) -> Vec<&str> {
    sorted(flow.userinfo.as_object().unwrap().keys().map(String::as_str).collect())
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}
