//! Is the process alive, and can it answer.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use jwks::Keys;
use platform::sql::Db;
use serde_json::json;

use crate::skew::Skew;

#[derive(Clone)]
struct Health {
    db: Db,
    keys: Keys,
    skew: Skew,
}

/// `/health/live` and `/health/ready`.
pub(crate) fn router(db: Db, keys: Keys, skew: Skew) -> Router {
    Router::new().route("/health/live", get(live)).route("/health/ready", get(ready)).with_state(Health {
        db,
        keys,
        skew,
    })
}

async fn live() -> Json<serde_json::Value> {
    Json(json!({ "status": "ok" }))
}

/// 503 while the database does not answer, its clock is far from ours, or no key can sign.
async fn ready(State(health): State<Health>) -> Response {
    let has_database = health.db.ping().await.is_ok();
    let has_keys = !health.keys.active_algs().is_empty();
    let has_time = health.skew.is_tolerable();
    let word = |is_good| if is_good { "ok" } else { "failed" };
    let status = if has_database && has_keys && has_time { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "database": word(has_database), "keys": word(has_keys), "clock": word(has_time) })))
        .into_response()
}
