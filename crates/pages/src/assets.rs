//! `/assets`: the style sheet and the icon, under names that change with their content.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use web::{Fault, FaultKind};

use crate::Pages;

/// `GET /assets/{file}`.
pub(crate) async fn send(State(pages): State<Arc<Pages>>, Path(file): Path<String>) -> Result<Response, Fault> {
    let asked = format!("/assets/{file}");
    let found = pages.renderer.assets().into_iter().find(|(path, _)| *path == asked);
    let (path, content) = found.ok_or_else(|| Fault::new(FaultKind::NotFound))?;
    let content_type = match path.rsplit('.').next() {
        Some("svg") => "image/svg+xml",
        None | Some(_) => "text/css; charset=utf-8",
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    Ok((headers, content).into_response())
}
