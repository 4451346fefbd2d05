//! A web app that signs people in with Lingpai.
//!
//! [`provider`] speaks OpenID Connect with the server, [`sessions`] remembers who is signed in here, and this file is
//! the app itself: five small routes.

mod page;
mod provider;
mod sessions;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use provider::{Answer, Provider, Settings};
use sessions::{Session, Sessions};
use tokio::net::TcpListener;

struct App {
    provider: Provider,
    sessions: Sessions,
    api_url: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind(setting("LISTEN", "127.0.0.1:3000")).await?;
    let own_url = setting("OWN_URL", &format!("http://{}", listener.local_addr()?));
    let settings = Settings {
        issuer: setting("ISSUER", "http://localhost:8080"),
        client_id: setting("CLIENT_ID", "web"),
        // Public, like every secret of `lingpai dev`. A real one comes from outside, never from the code.
        client_secret: setting("CLIENT_SECRET", "web-dev-secret"),
        redirect_uri: format!("{own_url}/callback"),
    };
    let app = App {
        provider: Provider::discover(settings).await?,
        sessions: Sessions::default(),
        api_url: setting("API_URL", "http://127.0.0.1:4000/orders"),
    };
    let router = Router::new()
        .route("/", get(home))
        .route("/login", get(login))
        .route("/callback", get(callback))
        .route("/orders", get(orders))
        .route("/refresh", post(refresh))
        .route("/logout", post(logout))
        .with_state(Arc::new(app));

    println!("listening on {own_url}");
    axum::serve(listener, router).await?;
    Ok(())
}

/// Shows who is signed in.
async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Html<String> {
    Html(app.sessions.account(&headers).map_or_else(page::welcome, |account| page::account(&account)))
}

/// Sends the browser to Lingpai.
async fn login(State(app): State<Arc<App>>) -> impl IntoResponse {
    let (url, attempt) = app.provider.begin();
    let cookie = app.sessions.open(Session::SigningIn(attempt));
    (cookie, Redirect::to(&url))
}

/// Where Lingpai sends the browser back to.
async fn callback(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Result<Response, Problem> {
    // The attempt is taken, not read: an answer is good for one try.
    let Some(Session::SigningIn(attempt)) = app.sessions.take(&headers) else {
        return Ok(Redirect::to("/").into_response());
    };
    let account = app.provider.finish(attempt, answer).await?;
    // A new cookie: the one from before the sign-in must not become a signed-in one.
    let cookie = app.sessions.open(Session::SignedIn(account));
    Ok((cookie, Redirect::to("/")).into_response())
}

/// Calls an API in the person's name.
async fn orders(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Problem> {
    let Some(account) = app.sessions.account(&headers) else {
        return Ok(Redirect::to("/login").into_response());
    };
    let reply = app.provider.call(&app.api_url, &account).await?;
    Ok(Html(page::orders(&reply)).into_response())
}

/// Gets fresh tokens without asking the person.
async fn refresh(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Problem> {
    let Some(account) = app.sessions.account(&headers) else {
        return Ok(Redirect::to("/login").into_response());
    };
    let account = app.provider.refresh(account).await?;
    app.sessions.update(&headers, account);
    Ok(Redirect::to("/").into_response())
}

/// Signs out here, then offers to sign out of Lingpai too.
async fn logout(State(app): State<Arc<App>>, headers: HeaderMap) -> Redirect {
    app.sessions.take(&headers);
    Redirect::to(&app.provider.logout_url())
}

/// What went wrong, as plain text.
struct Problem(anyhow::Error);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        eprintln!("{:#}", self.0);
        (StatusCode::BAD_GATEWAY, format!("That did not work: {:#}\n\nTry again: /login\n", self.0)).into_response()
    }
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        Self(error)
    }
}

/// The environment variable `name`, or `default`.
fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}
