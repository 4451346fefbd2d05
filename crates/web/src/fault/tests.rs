use axum::{
    body::{Body, to_bytes},
    middleware::from_fn,
    routing::{get, post},
};
use tower::ServiceExt;

use super::*;

// The panics are what is tested.
async fn panics() -> &'static str {
    panic!("with a message")
}

fn app() -> Router {
    let routes = Router::new()
        .route("/boom", get(panics))
        .route("/form", post(|| async { "ok" }))
        .route("/down", get(|| async { Fault::unavailable(Duration::from_millis(1500)) }));
    fallbacks(routes).layer(catch_panic())
}

async fn answer(app: Router, method: &str, path: &str) -> Response {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    app.oneshot(request).await.unwrap()
}

async fn json_body(response: Response) -> serde_json::Value {
    let bytes = to_bytes(response.into_body(), 10_000).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn an_unknown_path_is_404_and_an_unknown_method_405_with_allow() {
    let missing = answer(app(), "GET", "/nowhere").await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert_eq!(missing.extensions().get::<Fault>().unwrap().kind, FaultKind::NotFound);
    let wrong = answer(app(), "GET", "/form").await;
    assert_eq!(wrong.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(wrong.headers()[header::ALLOW], "POST");
    assert_eq!(wrong.extensions().get::<Fault>().unwrap().kind, FaultKind::MethodNotAllowed);
}

#[tokio::test]
async fn a_panic_is_a_fault_with_a_reference_and_without_its_message() {
    let response = answer(app(), "GET", "/boom").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let reference = response.extensions().get::<Fault>().unwrap().reference.clone();
    let body = to_bytes(response.into_body(), 10_000).await.unwrap();
    let text = std::str::from_utf8(&body).unwrap();
    assert!(text.contains(&reference));
    assert!(!text.contains("with a message"));
}

#[tokio::test]
async fn machines_are_told_in_json() {
    let app = app().layer(from_fn(json));
    let down = answer(app.clone(), "GET", "/down").await;
    assert_eq!(down.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(down.headers()[header::RETRY_AFTER], "2");
    assert_eq!(down.headers()[header::CONTENT_TYPE], "application/json");
    assert_eq!(json_body(down).await["error"], "temporarily_unavailable");
    let wrong = answer(app.clone(), "PUT", "/form").await;
    assert_eq!(wrong.headers()[header::ALLOW], "POST");
    assert_eq!(wrong.headers().get_all(header::CONTENT_TYPE).iter().count(), 1);
    assert_eq!(json_body(wrong).await["error"], "invalid_request");
    let fine = answer(app, "POST", "/form").await;
    assert_eq!(fine.status(), StatusCode::OK);
}

#[tokio::test]
async fn detail_names_the_registered_code() {
    let detail = FaultDetail { error: "invalid_scope", description: "The scope is unknown.", parameter: Some("scope") };
    let fault = Fault::new(FaultKind::FaultyApp).with_reference("7K3MQ2").with_detail(detail);
    let body = json_body(fault.to_json_response()).await;
    assert_eq!(body["error"], "invalid_scope");
    assert_eq!(body["error_description"], "The scope is unknown.");
    assert_eq!(body["reference"], "7K3MQ2");
}

#[test]
fn start_again_never_leads_elsewhere() {
    let with = |path: &str| Fault::new(FaultKind::Expired).with_start_again(path).start_again;
    assert_eq!(with("/authorize?client_id=a").as_deref(), Some("/authorize?client_id=a"));
    for elsewhere in ["https://evil.example", "//evil.example", "/\\evil.example", "", "javascript:alert(1)", "/a\r\nb"]
    {
        assert_eq!(with(elsewhere), None, "{elsewhere}");
    }
}

#[test]
fn who_asks_for_json_gets_json() {
    let wants = |accept: &str| wants_page(&[(header::ACCEPT, accept.parse().unwrap())].into_iter().collect());
    assert!(wants("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
    assert!(wants("text/html"));
    assert!(wants("*/*"));
    assert!(wants("application/json;q=0.5, text/html"));
    assert!(wants_page(&HeaderMap::new()));
    assert!(!wants("application/json"));
    assert!(!wants("application/json, text/plain, */*"));
    assert!(!wants("application/problem+json"));
}

#[test]
fn kinds_have_their_own_names() {
    let mut names: Vec<_> = FaultKind::ALL.iter().map(|kind| kind.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), FaultKind::ALL.len());
}
