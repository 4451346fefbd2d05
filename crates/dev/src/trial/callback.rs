//! The loopback listener of a native app: waits for the one answer that belongs to its request.
//! Source: RFC 8252 §7.3, §8.10; RFC 6749 §10.12.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use protocol::Params;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use web::Query;

/// How long a person may take to sign in.
const PATIENCE: Duration = Duration::from_mins(5);

/// A listener on a port of its own.
pub(super) struct CallbackListener {
    /// The redirect URI, with the port.
    pub(super) redirect_uri: String,
    answers: mpsc::Receiver<CallbackAnswer>,
    task: JoinHandle<io::Result<()>>,
}

/// What the browser brought back.
#[derive(Debug)]
pub(super) struct CallbackAnswer {
    pub(super) code: Option<String>,
    pub(super) state: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) error: Option<String>,
}

#[derive(Clone)]
struct Page {
    state: String,
    good: String,
    bad: String,
    answers: mpsc::Sender<CallbackAnswer>,
}

impl CallbackListener {
    /// Listens for an answer with `state`; `good` and `bad` are what the browser's tab says.
    pub(super) async fn open(state: &str, good: String, bad: String) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let redirect_uri = format!("http://127.0.0.1:{}/callback", listener.local_addr()?.port());
        let (sender, answers) = mpsc::channel(1);
        let page = Page { state: state.to_owned(), good, bad, answers: sender };
        let router = Router::new().route("/callback", get(callback)).with_state(page);
        let task = tokio::spawn(axum::serve(listener, router).into_future());
        Ok(Self { redirect_uri, answers, task })
    }

    /// The answer, or nothing if none came in time.
    pub(super) async fn wait(mut self) -> Option<CallbackAnswer> {
        let answer = tokio::time::timeout(PATIENCE, self.answers.recv()).await.ok().flatten();
        // The tab's page is sent before its connection is cut.
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.task.abort();
        answer
    }
}

async fn callback(State(page): State<Page>, Query(query): Query) -> Response {
    let answer = CallbackAnswer::of(&query);
    // An answer that belongs to another request is left alone: it must not end the one that is waited for.
    if answer.state.as_deref() != Some(&page.state) {
        return tab(StatusCode::BAD_REQUEST, &page.bad);
    }
    let text = if answer.code.is_some() { &page.good } else { &page.bad };
    let response = tab(StatusCode::OK, text);
    // A second answer finds the channel full or closed, and changes nothing.
    let _ = page.answers.try_send(answer);
    response
}

impl CallbackAnswer {
    fn of(query: &Params) -> Self {
        let part = |name| query.one(name).ok().flatten().map(str::to_owned);
        Self { code: part("code"), state: part("state"), issuer: part("iss"), error: part("error") }
    }
}

/// `text` is one of our sentences.
fn tab(status: StatusCode, text: &str) -> Response {
    let html = format!(
        "<!doctype html><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\"><title>lingpai try</title><p>{text}</p>"
    );
    (status, [("referrer-policy", "no-referrer")], Html(html)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relying_party::{http_client, send};

    #[tokio::test]
    async fn only_the_answer_to_our_request_ends_the_wait() {
        let listener = CallbackListener::open("ours", "good".to_owned(), "bad".to_owned()).await.unwrap();
        let (uri, http) = (listener.redirect_uri.clone(), http_client("http://localhost:8080").unwrap());
        let call = async |query: &str| send(http.get(format!("{uri}?{query}"))).await.unwrap().status;
        assert_eq!(call("code=evil&state=theirs").await, 400);
        assert_eq!(call("code=evil").await, 400);
        assert_eq!(call("code=a&state=ours&state=theirs").await, 400);
        assert_eq!(call("code=good&state=ours&iss=http://i").await, 200);
        assert_eq!(call("code=late&state=ours").await, 200);
        let answer = listener.wait().await.unwrap();
        assert_eq!(answer.code.as_deref(), Some("good"));
        assert_eq!(answer.issuer.as_deref(), Some("http://i"));
        assert_eq!(answer.error, None);
    }
}
