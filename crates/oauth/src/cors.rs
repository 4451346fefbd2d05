//! Which browser apps may call the endpoints that apps call: token, revocation, userinfo. Source: RFC 9700 §2.6.
//!
//! An origin is compared byte for byte with what a client was registered with. A preflight names no client, so it passes
//! for the origin of any enabled one; the answer itself is opened for the origins of the client that called. Where no
//! client was recognised the answer is an error, and every registered origin may read it. The other endpoints have no
//! place here: introspection is for servers, the rest are pages.

use std::sync::{Arc, OnceLock};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use flow::ClientRecord;
use http::HeaderMap;
use web::cors;
use web::fault::Fault;

use crate::OAuth;

/// Where a handler says which client called, for the answer's headers.
#[derive(Clone)]
pub(crate) struct Caller {
    client: Arc<OnceLock<Arc<ClientRecord>>>,
    is_wanted: bool,
}

impl Caller {
    /// The client has proven itself, or its token has.
    pub(crate) fn is(&self, client: &Arc<ClientRecord>) {
        // A second word changes nothing: a request has one client.
        let _already = self.client.set(client.clone());
    }

    /// Whether the answer depends on it: a script of another origin made the request.
    pub(crate) fn is_wanted(&self) -> bool {
        self.is_wanted
    }
}

/// `OPTIONS` on an endpoint that is posted to.
pub(crate) async fn preflight_post(State(oauth): State<Arc<OAuth>>, headers: HeaderMap) -> Result<Response, Fault> {
    preflight(&oauth, &headers, "POST").await
}

/// `OPTIONS` on userinfo.
pub(crate) async fn preflight_get_post(State(oauth): State<Arc<OAuth>>, headers: HeaderMap) -> Result<Response, Fault> {
    preflight(&oauth, &headers, "GET, POST").await
}

async fn preflight(oauth: &OAuth, headers: &HeaderMap, methods: &'static str) -> Result<Response, Fault> {
    let origin = match cors::origin(headers) {
        Some(origin) if oauth.grants.is_client_origin(origin).await? => Some(origin),
        Some(_) | None => None,
    };
    Ok(cors::preflight(origin, methods))
}

/// Middleware around the endpoints that browser apps call.
pub(crate) async fn open(State(oauth): State<Arc<OAuth>>, mut request: Request, next: Next) -> Response {
    let origin = cors::origin(request.headers()).map(str::to_owned);
    let is_preflight = request.method() == http::Method::OPTIONS;
    let caller = Caller { client: Arc::default(), is_wanted: origin.is_some() };
    request.extensions_mut().insert(caller.clone());
    let mut response = next.run(request).await;
    if let Some(origin) = origin.filter(|_| !is_preflight)
        && may_read(&oauth, &caller, &origin).await
    {
        cors::allow(response.headers_mut(), &origin);
    }
    cors::vary(response.headers_mut());
    response
}

async fn may_read(oauth: &OAuth, caller: &Caller, origin: &str) -> bool {
    match caller.client.get() {
        Some(client) => client.cors_origins.iter().any(|own| own == origin),
        // A database that does not answer opens nothing.
        None => oauth.grants.is_client_origin(origin).await.unwrap_or(false),
    }
}
