//! The page for a fault, whoever met it: the middleware that dresses every refused or failed request.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, Method, Uri};
use protocol::{ParamLimits, Params};
use web::{Fault, cookies, fault, refusals};

use crate::{
    Pages,
    render::Frame,
    view::{FaultView, View},
    visit::{html_response, locale},
};

/// Middleware that turns a [`Fault`] into a page, or into JSON for who asks for it, and keeps what was refused.
///
/// A fault that cannot be rendered stays the plain text that it was.
pub async fn render_faults(State(pages): State<Arc<Pages>>, request: Request, next: Next) -> Response {
    let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers().clone());
    let mut response = next.run(request).await;
    refusals::keep(&pages.parts.refusals, &mut response, (&uri, &headers), pages.parts.clock.now());
    let Some(found) = response.extensions().get::<Fault>() else { return response };
    found.log(uri.path());
    let mut answer = if fault::wants_page(&headers) {
        match page(&pages, found, &method, &uri, &headers) {
            Some(page) => page,
            None => return response,
        }
    } else {
        found.to_json_response()
    };
    found.add_headers(answer.headers_mut());
    fault::keep_headers(response.headers(), answer.headers_mut());
    answer
}

fn page(pages: &Pages, fault: &Fault, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    let query = Params::parse(uri.query().unwrap_or_default().as_bytes(), &ParamLimits::default()).ok();
    let wish = query.as_ref().and_then(|query| query.one("ui_locales").ok().flatten());
    let locale = locale(pages, headers, wish);
    // The same address again, for a page that was only looked at.
    let try_again = uri.path_and_query().filter(|_| *method == Method::GET).map(http::uri::PathAndQuery::as_str);
    let try_again = try_again.filter(|path| path.starts_with('/') && !path.starts_with("//")).map(str::to_owned);
    let view = View::Fault(FaultView { fault: fault.clone(), try_again });
    // No form: what led here cannot be opened again in another language.
    let frame = Frame { locale, theme: cookies::theme_cookie(&pages.parts.web, headers), preferences: None };
    match pages.renderer.render(&frame, &view) {
        Ok(html) => Some(html_response(fault.status, locale, html)),
        Err(error) => {
            tracing::error!(%error, reference = %fault.reference, "the page for a fault could not be made");
            None
        }
    }
}
