//! The client behind `lingpai try`: gets tokens from a development server as an app would, and watches every check.
//!
//! | file | concern |
//! |---|---|
//! | `steps` | what is tried, in order, and what each line says |
//! | `report` | one line a step, aligned, printed as it happens |
//! | `callback` | the loopback listener of a native app (RFC 8252 §7.3) |
//! | `browser` | opens the person's browser |
//! | `headless`, `html`, `jar` | signs in without one: forms over HTTP, with cookies |

mod browser;
mod callback;
mod headless;
mod html;
mod jar;
mod report;
mod steps;

use std::io;
use std::time::Duration;

use protocol::Locale;
use thiserror::Error;
use tokio::sync::oneshot;

use crate::catalog::{API_PATH, APP_PATH, USUAL_ISSUER};
use crate::relying_party::{CallError, discover, http_client, send};
use crate::run::{DevError, DevOptions, Prepared};
use crate::texts::{Texts, TextsError};
use report::Reporter;

pub use report::{TrialLine, TrialReport};

/// How long a server that may be there has to say so.
const PROBE_TIME: Duration = Duration::from_secs(2);

/// What to try, and how.
#[derive(Clone, Debug, Default)]
pub struct TrialOptions {
    /// A server that is up; otherwise one on the usual port, otherwise one of its own.
    pub issuer: Option<String>,
    /// Sign in without a browser.
    pub headless: bool,
}

/// Why nothing could be tried at all. A step that fails is no error but a line of the report.
#[derive(Debug, Error)]
pub enum TrialError {
    /// The outbound client.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The server of its own.
    #[error(transparent)]
    Dev(#[from] Box<DevError>),
    /// The loopback listener.
    #[error("cannot listen for the callback: {0}")]
    Listen(#[from] io::Error),
    /// The texts.
    #[error(transparent)]
    Texts(#[from] TextsError),
}

/// How the server was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Given,
    Own,
    Running,
}

/// Tries a server, printing one line for each step.
///
/// Effects: signs in as the catalog's first person; starts and stops a server in memory where none is given or running.
/// Errors: [`TrialError`] only where nothing could be tried; look at [`TrialReport::is_success`] for the rest.
pub async fn run(options: TrialOptions) -> Result<TrialReport, TrialError> {
    let locale = locale_of_environment(|name| std::env::var(name).ok());
    let mut reporter = Reporter::new(Texts::load()?, locale);
    let (issuer, found, own) = match options.issuer {
        Some(issuer) => (issuer.trim_end_matches('/').to_owned(), Found::Given, None),
        None if is_running(&http_client(USUAL_ISSUER)?).await => (USUAL_ISSUER.to_owned(), Found::Running, None),
        None => {
            let own = OwnServer::start().await?;
            (own.issuer.clone(), Found::Own, Some(own))
        }
    };
    reporter.server(&issuer, found);
    steps::run(&mut reporter, http_client(&issuer)?, &issuer, options.headless).await?;
    if let Some(own) = own {
        own.stop().await;
    }
    let app = if found == Found::Own { USUAL_ISSUER } else { &issuer };
    Ok(reporter.finish(&format!("{app}{APP_PATH}"), found))
}

/// Whether a development server answers on the usual port; other programs like that port, too.
async fn is_running(http: &reqwest::Client) -> bool {
    let probe = async {
        discover(http, USUAL_ISSUER).await.ok()?;
        let answer = send(http.get(format!("{USUAL_ISSUER}{API_PATH}/whoami"))).await.ok()?;
        answer.challenge.filter(|challenge| challenge.contains("lingpai-dev-api"))
    };
    tokio::time::timeout(PROBE_TIME, probe).await.ok().flatten().is_some()
}

/// A server in memory, in this process, for one trial.
struct OwnServer {
    issuer: String,
    stop: oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<Result<(), DevError>>,
}

impl OwnServer {
    async fn start() -> Result<Self, TrialError> {
        let options = DevOptions { port: 0, memory: true, ..DevOptions::default() };
        let prepared = Prepared::new(&options).await.map_err(Box::new)?;
        let issuer = prepared.catalog.issuer.clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(prepared.serve(async {
            // A sender that was dropped means the same: nobody needs the server any more.
            let _ = stopped.await;
        }));
        Ok(Self { issuer, stop, ended })
    }

    async fn stop(self) {
        let _ = self.stop.send(());
        if let Ok(Err(error)) = self.ended.await {
            tracing::warn!(%error, "the server of the trial ended badly");
        }
    }
}

/// Chinese where the environment says so. Source: POSIX.1-2024 §8.2 (the order of the variables).
fn locale_of_environment(variable: impl Fn(&str) -> Option<String>) -> Locale {
    let set =
        ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    set.and_then(|tag| Locale::from_tag(&tag)).unwrap_or(Locale::En)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_that_of_the_terminal() {
        let locale = |pairs: &'static [(&str, &str)]| {
            locale_of_environment(|name| {
                pairs.iter().find(|(found, _)| *found == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(locale(&[("LANG", "zh_CN.UTF-8")]), Locale::ZhCn);
        assert_eq!(locale(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C.UTF-8")]), Locale::En);
        assert_eq!(locale(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "")]), Locale::ZhCn);
        assert_eq!(locale(&[("LC_MESSAGES", "en_GB"), ("LANG", "zh_CN")]), Locale::En);
        assert_eq!(locale(&[]), Locale::En);
    }
}
