//! The headers that every answer carries: no frames, no sniffing, no referrer, no caching unless asked for.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use url::{Host, Url};

use crate::settings::WebSettings;

/// Response extension: where a form on this page may lead in the end, beside this server.
///
/// Chromium and Safari apply `form-action` to the whole chain of redirects after a form is sent, so a page that ends
/// at a client must name the client's redirect origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormAction(Vec<String>);

impl FormAction {
    /// Allows the chain of redirects to end at `redirect_uri`. A text that is no URL allows nothing.
    pub fn for_redirect(redirect_uri: &str) -> FormAction {
        FormAction(Url::parse(redirect_uri).ok().and_then(|url| source(&url)).into_iter().collect())
    }

    /// The sources of the policy, as they are written there.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Response extension: the one inline script that this page may run, by the SHA-256 of its text in base64.
///
/// Source: CSP Level 3 §8.4 (hashes). A page without it runs none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InlineScript(pub &'static str);

/// The narrowest source of a policy that matches `url` (CSP Level 3 §2.3.1).
fn source(url: &Url) -> Option<String> {
    let scheme = url.scheme();
    if matches!(scheme, "javascript" | "data" | "blob" | "about" | "file") {
        return None;
    }
    match (scheme, url.host()) {
        // The grammar has no IPv6 addresses: the scheme is the narrowest source that can be written.
        ("http" | "https", Some(Host::Ipv6(_))) => Some(format!("{scheme}:")),
        ("http" | "https", Some(host)) => {
            let host = host.to_string();
            // A URL's host may hold `*`, which would be a wildcard in a policy.
            if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')) {
                return None;
            }
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            Some(format!("{scheme}://{host}{port}"))
        }
        ("http" | "https", None) => None,
        // RFC 8252 §7.1: a private-use scheme of a native app.
        _ => Some(format!("{scheme}:")),
    }
}

/// Middleware that dresses every answer with the security headers.
pub async fn secure(State(settings): State<Arc<WebSettings>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let form_action = response.extensions().get::<FormAction>().cloned().unwrap_or_default();
    let script = response.extensions().get::<InlineScript>().copied();
    let headers = response.headers_mut();
    add_fixed(headers);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy(&form_action, script));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if settings.is_secure && settings.hsts {
        let a_year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, a_year);
    }
    response
}

fn add_fixed(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), \
             publickey-credentials-create=(self), publickey-credentials-get=(self)",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

fn policy(form_action: &FormAction, script: Option<InlineScript>) -> HeaderValue {
    const BEFORE: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'";
    const BETWEEN: &str = "; connect-src 'self'; form-action 'self'";
    const AFTER: &str = "; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";
    let mut policy = BEFORE.to_owned();
    if let Some(InlineScript(hash)) = script {
        policy.push_str(" 'sha256-");
        policy.push_str(hash);
        policy.push('\'');
    }
    policy.push_str(BETWEEN);
    for source in form_action.sources() {
        policy.push(' ');
        policy.push_str(source);
    }
    policy.push_str(AFTER);
    // Sources come from a parsed URL and hold no separators; if one ever did, the page stays usable but closed.
    HeaderValue::try_from(policy)
        .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
}

#[cfg(test)]
mod tests {
    use axum::{Extension, Router, body::Body, middleware::from_fn_with_state, routing::get};
    use tower::ServiceExt;

    use super::*;
    use crate::settings::tests::settings;

    async fn headers(is_secure: bool) -> HeaderMap {
        let page = Extension(FormAction::for_redirect("https://shop.example/cb?x=y"));
        let app = Router::new()
            .route("/", get(|| async { "ok" }))
            .route("/page", get(|| async { (page, "ok") }))
            .route("/script", get(|| async { (Extension(InlineScript("aGFzaA==")), "ok") }))
            .route("/jwks", get(|| async { ([(header::CACHE_CONTROL, "public, max-age=300")], "ok") }))
            .layer(from_fn_with_state(Arc::new(settings(is_secure)), secure));
        let mut all = HeaderMap::new();
        for path in ["/", "/page", "/jwks", "/nowhere", "/script"] {
            let answer = app.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
            for (name, value) in answer.headers() {
                all.append(name, value.clone());
            }
        }
        all
    }

    fn texts(headers: &HeaderMap, name: &str) -> Vec<String> {
        headers.get_all(name).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn every_answer_is_dressed() {
        let headers = headers(true).await;
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(texts(&headers, name), [value; 5], "{name}");
        }
        let policies = texts(&headers, "content-security-policy");
        assert_eq!(policies.len(), 5);
        assert!(policies.iter().all(|policy| policy.starts_with("default-src 'none'; ")
            && policy.contains("frame-ancestors 'none'")
            && policy.contains("base-uri 'none'")));
        assert!(policies[0].contains("form-action 'self';"));
        assert!(policies[4].contains("script-src 'self' 'sha256-aGFzaA=='; "));
        assert!(policies[..4].iter().all(|policy| policy.contains("script-src 'self'; ")));
        assert!(policies[1].contains("form-action 'self' https://shop.example;"));
    }

    #[tokio::test]
    async fn nothing_is_cached_unless_the_handler_says_so() {
        let cached = texts(&headers(true).await, "cache-control");
        assert_eq!(cached, ["no-store", "no-store", "public, max-age=300", "no-store", "no-store"]);
    }

    #[tokio::test]
    async fn plain_http_promises_no_https() {
        assert_eq!(texts(&headers(false).await, "strict-transport-security").len(), 0);
    }

    #[test]
    fn a_redirect_becomes_the_narrowest_source() {
        for (redirect, expected) in [
            ("https://shop.example/cb", Some("https://shop.example")),
            ("https://shop.example:8443/cb?a=b", Some("https://shop.example:8443")),
            ("http://127.0.0.1:51004/", Some("http://127.0.0.1:51004")),
            ("http://[::1]:51004/cb", Some("http:")),
            ("com.example.app:/cb", Some("com.example.app:")),
            ("com.example.app://cb/x", Some("com.example.app:")),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("https://*.example.com/cb", None),
            ("not a url; script-src *", None),
        ] {
            let action = FormAction::for_redirect(redirect);
            assert_eq!(action.sources().next(), expected, "{redirect}");
        }
    }
}
