//! From options to a listening development server.

use std::future::Future;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use pages::{DevHint, DevPerson};
use platform::clock::{SharedClock, SystemClock};
use platform::seal::KeyFileError;
use platform::secret::Secret;
use server::app::DevSetup;
use server::config::{Issuer, IssuerError, MasterKeySource, dev_folder};
use server::{App, Config, Setup, StartError};
use thiserror::Error;
use web::WebSettings;

use crate::api::{self, DemoApi};
use crate::app::{self, DemoApp, DemoAppParts, PageError};
use crate::banner::banner;
use crate::catalog::{APP_PATH, Catalog, PEOPLE, Person};
use crate::folder::{DevFolder, FolderError, Mark};
use crate::listen::{self, ListenError, Sockets};
use crate::ready::ready_json;
use crate::relying_party::{CallError, http_client, random_text};
use crate::seed::{SeedError, seed};

/// How a development server shall run.
#[derive(Clone, Debug)]
pub struct DevOptions {
    /// The port; zero takes a free one.
    pub port: u16,
    /// The address to listen on; both loopback addresses where it is `None`. Others than loopback are refused.
    pub listen: Option<String>,
    /// Wipe the data folder first.
    pub fresh: bool,
    /// Keep nothing.
    pub memory: bool,
    /// Print one line of JSON on standard output when ready, and the banner nowhere.
    pub print_ready_json: bool,
    /// The data folder.
    pub data_dir: PathBuf,
}

impl Default for DevOptions {
    fn default() -> Self {
        Self {
            port: 8080,
            listen: None,
            fresh: false,
            memory: false,
            print_ready_json: false,
            data_dir: PathBuf::from(".").join(dev_folder::NAME),
        }
    }
}

/// Why a development server did not start, or ended.
#[derive(Debug, Error)]
pub enum DevError {
    /// The outbound client.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The listen address makes no issuer.
    #[error("the address makes no issuer: {0}")]
    Issuer(#[from] IssuerError),
    /// The master key.
    #[error("the master key cannot be made: {0}")]
    Key(#[from] KeyFileError),
    /// The sockets.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The demo app's pages.
    #[error("the demo app cannot be made: {0}")]
    Page(#[from] PageError),
    /// The seed.
    #[error("the demo data cannot be stored: {0}")]
    Seed(#[from] SeedError),
    /// Listening ended.
    #[error(transparent)]
    Serve(#[from] io::Error),
    /// The server's parts.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// Starts a development server and answers until Ctrl-C or SIGTERM.
///
/// Effects: creates and seeds the data folder, unless it keeps nothing; prints the banner or the ready line.
/// Errors: [`DevError`]; the folder is untouched where the address or port cannot be had.
pub async fn run(options: DevOptions) -> Result<(), DevError> {
    let prepared = Prepared::new(&options).await?;
    if options.print_ready_json {
        say(&ready_json(&prepared.catalog, &prepared.people));
    } else {
        let folder = prepared.folder.as_ref().map(DevFolder::path);
        say(&banner(&prepared.catalog, &prepared.people, folder));
    }
    prepared.serve(server::listen::stop_signal()).await
}

/// Prints to standard output. A reader that has gone away does not end the server.
fn say(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
}

/// A server that is seeded and whose sockets are open, but that does not answer yet.
pub(crate) struct Prepared {
    pub(crate) catalog: Catalog,
    pub(crate) people: Vec<Person>,
    pub(crate) app: App,
    sockets: Sockets,
    /// Keeps the folder's lock while the server runs.
    folder: Option<DevFolder>,
}

impl Prepared {
    pub(crate) async fn new(options: &DevOptions) -> Result<Self, DevError> {
        // The sockets come first: a port that is taken must not cost the data that --fresh would wipe.
        let sockets = listen::open(&listen::addresses(options.listen.as_deref())?, options.port).await?;
        let folder = if options.memory { None } else { Some(open_folder(&options.data_dir, options.fresh)?) };
        let catalog = Catalog::of(&sockets.issuer);
        let (app, people) = assemble(&catalog, &sockets, folder.as_ref()).await?;
        Ok(Self { catalog, people, app, sockets, folder })
    }

    pub(crate) async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), DevError> {
        Ok(server::serve(self.app, self.sockets.listeners, shutdown).await?)
    }
}

fn open_folder(path: &Path, fresh: bool) -> Result<DevFolder, DevError> {
    let folder = DevFolder::open(path, fresh)?;
    folder.ensure_key()?;
    Ok(folder)
}

async fn assemble(
    catalog: &Catalog,
    sockets: &Sockets,
    folder: Option<&DevFolder>,
) -> Result<(App, Vec<Person>), DevError> {
    let issuer = Issuer::new(&sockets.issuer)?;
    let config = match folder {
        Some(folder) => Config::of_dev_folder(folder.path(), issuer),
        None => Config::with_defaults(issuer, "sqlite::memory:", MasterKeySource::Text(Secret::new(random_text()))),
    };
    let clock: SharedClock = Arc::new(SystemClock);
    let suffix = format!("_{}", folder.map_or_else(|| Mark::generate().id, |folder| folder.id().to_owned()));
    let extra = extra_routes(catalog, sockets, &config, (&clock, &suffix))?;
    let people = PEOPLE
        .iter()
        .map(|one| DevPerson { username: one.username.to_owned(), password: one.password.to_owned() })
        .collect();
    let dev = DevSetup {
        cookie_suffix: suffix,
        hosts: sockets.hosts.clone(),
        hint: Some(DevHint { people, demo_href: Some(APP_PATH.to_owned()) }),
    };
    let app = App::assemble(Setup { config, clock, dev: Some(dev) }, extra).await?;
    let people = seed(&app, catalog).await?;
    Ok((app, people))
}

/// The demo app and the demo API.
fn extra_routes(
    catalog: &Catalog,
    sockets: &Sockets,
    config: &Config,
    (clock, suffix): (&SharedClock, &str),
) -> Result<Router, DevError> {
    let issuer = &catalog.issuer;
    let http = http_client(issuer)?;
    let web = Arc::new(WebSettings {
        is_secure: false,
        cookie_suffix: suffix.to_owned(),
        allowed_hosts: sockets.hosts.clone(),
        hsts: false,
        trusted_proxies: Vec::new(),
        csrf_key: config.master.open().map_err(StartError::from)?.derive("dev-app csrf"),
    });
    let secret = catalog.client("web").and_then(|client| client.secret).unwrap_or_default();
    let app =
        DemoApp::new(DemoAppParts { issuer: issuer.clone(), secret, http: http.clone(), clock: clock.clone(), web })?;
    let api = DemoApi::new(issuer, http, format!("{issuer}/jwks"), clock.clone());
    Ok(Router::new().merge(app::router(Arc::new(app))).merge(api::router(Arc::new(api))))
}
