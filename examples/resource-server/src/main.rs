//! A small API that accepts access tokens of Lingpai.
//!
//! `GET /orders` asks for the scope `api:read`, `POST /orders` for `api:write`. Who may do what is decided from the token
//! alone: [`bearer`] verifies it, [`key_cache`] keeps the keys to verify it with.

mod bearer;
mod key_cache;

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use bearer::{Refused, Verifier};
use serde_json::{Value, json};
use tokio::net::TcpListener;

struct Api {
    verifier: Verifier,
    orders: Mutex<Vec<String>>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let issuer = setting("ISSUER", "http://localhost:8080");
    let audience = setting("AUDIENCE", &format!("{issuer}/dev/api"));
    let listener = TcpListener::bind(setting("LISTEN", "127.0.0.1:4000")).await?;

    let api = Api { verifier: Verifier::new(&issuer, &audience)?, orders: Mutex::new(vec!["tea".to_owned()]) };
    let router = Router::new().route("/orders", get(list_orders).post(add_order)).with_state(Arc::new(api));

    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

/// Lists the orders. Needs the scope `api:read`.
async fn list_orders(State(api): State<Arc<Api>>, headers: HeaderMap) -> Result<Json<Value>, Refused> {
    let token = api.verifier.authorize(&headers, "api:read").await?;
    let orders = api.orders.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(Json(json!({ "orders": orders, "seen_by": token.sub, "through": token.client_id })))
}

/// Adds an order. Needs the scope `api:write`.
async fn add_order(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    order: String,
) -> Result<(StatusCode, Json<Value>), Refused> {
    api.verifier.authorize(&headers, "api:write").await?;
    let mut orders = api.orders.lock().unwrap_or_else(PoisonError::into_inner);
    if orders.len() >= 100 {
        orders.remove(0);
    }
    orders.push(order.chars().take(100).collect());
    Ok((StatusCode::CREATED, Json(json!({ "orders": orders.len() }))))
}

/// The environment variable `name`, or `default`.
fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}
