//! The demo app: a real client of the server, in the browser, with every message of its flow shown and explained.
//!
//! | file | concern |
//! |---|---|
//! | `start`, `callback`, `actions` | the handlers: out to the server, back from it, and what to do with the tokens |
//! | `exchange` | calls of the app to the server and the API, each of which becomes a message |
//! | `message` | one message as it is shown |
//! | `flows` | which browser is where; bounded |
//! | `page`, `visitor`, `preferences` | the HTML; cookie, form token, language and theme |
//!
//! It is the client `web` and nothing more: it reaches the server through HTTP at the issuer, by discovery.

mod actions;
mod callback;
mod exchange;
mod flows;
mod message;
mod page;
mod preferences;
mod start;
mod visitor;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use platform::clock::SharedClock;
use thiserror::Error;
use tokio::sync::OnceCell;
use web::{Query, WebSettings};

use crate::catalog::{APP_PATH, CALLBACK_PATH};
use crate::relying_party::{CallError, Provider, RemoteKeys, discover};
use flows::Flows;
pub use page::PageError;
use page::{Page, Pages};
use visitor::Visitor;

/// Where the style sheet of this crate stands.
const ASSETS_PATH: &str = "/dev/assets";

/// The demo app's state.
pub(crate) struct DemoApp {
    issuer: String,
    secret: &'static str,
    http: reqwest::Client,
    clock: SharedClock,
    web: Arc<WebSettings>,
    /// Discovered when the first person starts, since the server must be up for it.
    server: OnceCell<Server>,
    flows: Flows,
    pages: Pages,
}

/// What the app learned of the server.
struct Server {
    provider: Provider,
    keys: RemoteKeys,
}

/// What the app is made from.
pub(crate) struct DemoAppParts {
    pub(crate) issuer: String,
    pub(crate) secret: &'static str,
    pub(crate) http: reqwest::Client,
    pub(crate) clock: SharedClock,
    pub(crate) web: Arc<WebSettings>,
}

/// The client id under which the app is registered.
const CLIENT_ID: &str = "web";

/// Why the app could not do what was asked of it.
#[derive(Debug, Error)]
enum AppError {
    /// The form was not sent from a page of ours.
    #[error(transparent)]
    CrossSite(#[from] web::CsrfError),
    /// This browser has no flow, or none that fits the request.
    #[error("the browser has no flow")]
    NoFlow,
    /// The server cannot be reached.
    #[error(transparent)]
    Server(#[from] CallError),
}

impl AppError {
    fn status(&self) -> StatusCode {
        match self {
            Self::CrossSite(_) => StatusCode::FORBIDDEN,
            Self::NoFlow => StatusCode::BAD_REQUEST,
            Self::Server(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Key of the sentence that the page shows.
    fn text(&self) -> &'static str {
        match self {
            Self::CrossSite(_) => "trouble-cross-site",
            Self::NoFlow => "trouble-no-flow",
            Self::Server(_) => "trouble-server",
        }
    }
}

impl DemoApp {
    pub(crate) fn new(parts: DemoAppParts) -> Result<Self, PageError> {
        let DemoAppParts { issuer, secret, http, clock, web } = parts;
        let pages = Pages::new(&issuer)?;
        Ok(Self { issuer, secret, http, clock, web, server: OnceCell::new(), flows: Flows::default(), pages })
    }

    async fn server(&self) -> Result<&Server, CallError> {
        self.server
            .get_or_try_init(|| async {
                let provider = discover(&self.http, &self.issuer).await?;
                let keys = RemoteKeys::new(self.http.clone(), provider.jwks_uri.clone());
                Ok(Server { provider, keys })
            })
            .await
    }

    /// Whether the browser came by the issuer's own name, not by another one of the same computer.
    fn is_at_home(&self, host: &HeaderValue) -> bool {
        host.to_str().is_ok_and(|host| self.issuer.ends_with(&format!("://{}", host.to_ascii_lowercase())))
    }

    fn redirect_uri(&self) -> String {
        format!("{}{CALLBACK_PATH}", self.issuer)
    }

    fn page(&self, visitor: &Visitor, page: &Page, status: StatusCode) -> Response {
        match self.pages.render(visitor, page) {
            Ok(html) => {
                let mut response = (status, axum::response::Html(html)).into_response();
                visitor.remember(response.headers_mut());
                response
            }
            Err(error) => {
                tracing::error!(%error, "the demo app cannot make its page");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }

    /// Answers a handler's result: on to the message that came of it, or a page that says what went wrong.
    fn answer(&self, visitor: &Visitor, done: Result<usize, AppError>) -> Response {
        match done {
            Ok(number) => {
                let mut response = Redirect::to(&format!("{APP_PATH}#message-{number}")).into_response();
                visitor.remember(response.headers_mut());
                response
            }
            Err(error) => {
                tracing::debug!(%error, "the demo app refused a request");
                self.page(visitor, &Page::Trouble(error.text()), error.status())
            }
        }
    }
}

/// The routes of the demo app.
pub(crate) fn router(app: Arc<DemoApp>) -> Router {
    Router::new()
        .route(APP_PATH, get(show))
        .route(CALLBACK_PATH, get(callback::callback))
        .route(&format!("{APP_PATH}/start"), post(start::start))
        .route(&format!("{APP_PATH}/read"), post(actions::read))
        .route(&format!("{APP_PATH}/write"), post(actions::write))
        .route(&format!("{APP_PATH}/refresh"), post(actions::refresh))
        .route(&format!("{APP_PATH}/replay"), post(actions::replay))
        .route(&format!("{APP_PATH}/logout"), post(actions::logout))
        .route(&format!("{APP_PATH}/preferences"), post(preferences::change))
        .route(app.pages.style_href(), get(style))
        .with_state(app)
}

/// `GET /dev/app`: where this browser's flow stands.
async fn show(State(app): State<Arc<DemoApp>>, headers: HeaderMap, Query(query): Query) -> Response {
    // Cookies belong to a host: a flow begun at 127.0.0.1 would not be found again at localhost, where the callback is.
    if headers.get(header::HOST).is_some_and(|host| !app.is_at_home(host)) {
        return Redirect::to(&format!("{}{APP_PATH}", app.issuer)).into_response();
    }
    let visitor = Visitor::of(&app.web, &headers);
    let page = match app.flows.find(&visitor.id) {
        Some(flow) => Page::Flow { flow: Box::new(flow), open_all: query.one("open").ok().flatten() == Some("all") },
        None => Page::Start,
    };
    app.page(&visitor, &page, StatusCode::OK)
}

/// The style sheet; its address changes with its content, so it may be kept for ever.
async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    (headers, page::STYLE).into_response()
}
