//! How the parts fit together.

use std::sync::Arc;

use axum::{Router, middleware};
use grant_store::{GrantStore, UserCodeKey};
use jwks::{KeyError, Keys};
use oauth::OAuth;
use pages::{Brand, DevHint, Pages, PagesParts};
use platform::clock::{SharedClock, SystemClock};
use platform::refusals::Recorder;
use platform::setting;
use platform::sql::{Db, StoreError};
use sign_in::SignIn;
use user_store::{PasswordPool, UserStore};
use web::{WebSettings, address, fault, headers, host};

use crate::config::{Config, MasterKeyError};
use crate::health;
use crate::skew::Skew;

/// The setting row that marks a database of the development mode.
const DEV_MARK: &str = "dev_folder";

/// What a server is assembled from.
pub struct Setup {
    /// The checked configuration.
    pub config: Config,
    /// The time; the tests bring their own.
    pub clock: SharedClock,
    /// What only the development mode has.
    pub dev: Option<DevSetup>,
}

/// What the development mode adds to an assembly.
pub struct DevSetup {
    /// Appended to cookie names, because cookies ignore ports.
    pub cookie_suffix: String,
    /// Hosts to answer for beside the issuer's.
    pub hosts: Vec<String>,
    /// Logins that the sign-in page shows.
    pub hint: Option<DevHint>,
}

impl Setup {
    /// A server for production.
    pub fn production(config: Config) -> Self {
        Self { config, clock: Arc::new(SystemClock), dev: None }
    }
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data belongs to the development mode, whose logins everybody knows.
    #[error("this database was made by `lingpai dev`; its logins are public, so `serve` does not open it")]
    DevData,
    /// Signing keys.
    #[error("the signing keys cannot be opened: {0}")]
    Keys(#[from] KeyError),
    /// The master key.
    #[error("the master key cannot be read: {0}")]
    Master(#[from] MasterKeyError),
    /// The schema.
    #[error("the database cannot be migrated: {0}")]
    Migrate(#[from] migrations::MigrateError),
    /// The templates: a fault of ours, found at the start and not at the first page.
    #[error("the pages cannot be prepared: {0}")]
    Pages(#[from] pages::RenderError),
    /// The database.
    #[error("the database cannot be opened: {0}")]
    Store(#[from] StoreError),
}

/// A server that is ready to answer.
#[derive(Clone)]
pub struct App {
    /// Every route, in every layer.
    pub router: Router,
    /// The database.
    pub db: Db,
    /// Clients, codes, families, sessions.
    pub grants: GrantStore,
    /// Users.
    pub users: UserStore,
    /// The one way to a session.
    pub sign_in: SignIn,
    /// Signing keys.
    pub keys: Keys,
    /// What was refused and is not written yet.
    pub refusals: Recorder,
    /// The time.
    pub clock: SharedClock,
    /// How far it is from the database's.
    pub(crate) skew: Skew,
}

impl App {
    /// Opens the stores, migrates them, makes missing keys and joins the routes.
    ///
    /// Shape: `extra` holds routes beside ours, inside the same layers.
    /// Effects: creates and migrates the database; generates signing keys at the first start.
    pub async fn assemble(setup: Setup, extra: Router) -> Result<Self, StartError> {
        let Setup { config, clock, dev } = setup;
        let master = Arc::new(config.master.open()?);
        let db = Db::open(&config.database).await?;
        migrations::run(&db).await?;
        mark(&db, dev.is_some()).await?;
        let keys = Keys::open(db.clone(), master.clone(), clock.clone(), config.keys.clone()).await?;
        let grants = GrantStore::new(db.clone(), clock.clone(), config.lifetimes).with_master(master.clone());
        let users = UserStore::new(db.clone(), clock.clone(), PasswordPool::new(config.passwords));
        let sign_in = SignIn::new(users.clone(), grants.clone());
        let web = Arc::new(web_settings(&config, &master, dev.as_ref()));
        let user_codes = UserCodeKey::derive(&master);
        let oauth = Arc::new(OAuth {
            issuer: config.server.issuer.as_str().to_owned(),
            grants: grants.clone(),
            users: users.clone(),
            keys: keys.clone(),
            web: web.clone(),
            user_codes: user_codes.clone(),
            tokens: oauth::TokenCache::default(),
            clock: clock.clone(),
        });
        let refusals = Recorder::default();
        let pages = Arc::new(Pages::new(PagesParts {
            grants: grants.clone(),
            users: users.clone(),
            keys: keys.clone(),
            issuer: config.server.issuer.as_str().to_owned(),
            sign_in: sign_in.clone(),
            user_codes,
            web: web.clone(),
            clock: clock.clone(),
            refusals: refusals.clone(),
            brand: Brand { name_en: config.branding.name.en.clone(), name_zh: config.branding.name.zh_cn.clone() },
            default_locale: config.i18n.default.into(),
            dev_hint: dev.and_then(|dev| dev.hint),
        })?);
        let skew = Skew::default();
        skew.look(&db, &clock).await?;
        let inner = Router::new()
            .merge(oauth::router(oauth))
            .merge(pages::router(pages.clone()))
            .merge(health::router(db.clone(), keys.clone(), skew.clone()))
            .merge(extra);
        let router = layered(inner, &web, pages);
        Ok(Self { router, db, grants, users, sign_in, keys, refusals, clock, skew })
    }
}

/// The layers, from the inside to the outside; `web` says why in this order.
fn layered(routes: Router, web: &Arc<WebSettings>, pages: Arc<Pages>) -> Router {
    fault::fallbacks(routes)
        .layer(fault::catch_panic())
        .layer(middleware::from_fn_with_state(web.clone(), address::note))
        .layer(middleware::from_fn_with_state(web.clone(), host::check))
        .layer(middleware::from_fn_with_state(pages, pages::render_faults))
        .layer(middleware::from_fn_with_state(web.clone(), headers::secure))
}

/// Marks the data of the development mode, and keeps production away from it.
async fn mark(db: &Db, is_dev: bool) -> Result<(), StartError> {
    let is_marked = setting::read(db, DEV_MARK).await?.is_some();
    match (is_dev, is_marked) {
        (false, true) => Err(StartError::DevData),
        (true, false) => Ok(setting::write(db, DEV_MARK, "yes").await?),
        (true, true) | (false, false) => Ok(()),
    }
}

fn web_settings(config: &Config, master: &platform::seal::MasterKey, dev: Option<&DevSetup>) -> WebSettings {
    let issuer = &config.server.issuer;
    let mut allowed_hosts = vec![issuer.authority().to_owned()];
    allowed_hosts.extend(dev.iter().flat_map(|dev| dev.hosts.iter().cloned()));
    WebSettings {
        is_secure: issuer.is_secure(),
        cookie_suffix: dev.map(|dev| dev.cookie_suffix.clone()).unwrap_or_default(),
        allowed_hosts,
        hsts: issuer.is_secure(),
        trusted_proxies: config.server.trusted_proxies.clone(),
        csrf_key: master.derive("csrf"),
    }
}
