//! The configuration: how this process runs. What it serves (clients, users, APIs) is in the database.
//!
//! One struct per section, one file per section; its docstrings become the schema, the reference and the messages.
//!
//! | file | concern |
//! |---|---|
//! | `server` `database` `secrets` `keys` `lifetimes` `passwords` `branding` `i18n` `log` | the sections: settings, defaults, rules |
//! | `layers` | which files, variables and flags there are, and how one lies over the other |
//! | `tree`, `place`, `environment` | values that know where they were written |
//! | `catalogue` | every setting, from the schema |
//! | `check`, `code`, `report`, `text` | what is wrong, with number, line, column and remedy, in two languages |
//! | `document`, `show` | the reference, the file of defaults, and what is in force with its origin |
//!
//! Precedence, low to high: built-in, `/etc/lingpai/lingpai.toml`, each file in order, `conf.d/*.toml` beside the last
//! file, the environment, flags. Tables merge, lists replace. `lingpai config check` runs what `lingpai serve` runs.

mod branding;
mod catalogue;
mod check;
mod code;
mod database;
mod document;
mod environment;
mod i18n;
mod keys;
mod layers;
mod lifetimes;
mod log;
mod passwords;
mod period;
mod place;
mod report;
mod secret;
mod secrets;
mod server;
mod show;
#[cfg(test)]
mod tests;
mod text;
mod tree;

use std::path::Path;

use flow::Policy;
use jwks::KeySettings;
use platform::sql::DatabaseConfig;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_store::PoolSettings;

pub use branding::{BrandName, BrandingSection};
pub use catalogue::{Field, Kind, Section, schema, sections};
pub use code::{Code, Severity};
pub use database::DatabaseSection;
pub use document::{default_file, document};
pub use i18n::{DefaultLanguage, I18nSection};
pub use keys::KeysSection;
pub use layers::{Loaded, Override, Sources};
pub use lifetimes::LifetimesSection;
pub use log::{LogFormat, LogLevel, LogSection};
pub use passwords::PasswordsSection;
pub use period::{NotAPeriod, Period};
pub use place::{Excerpt, Place, Source};
pub use report::{Finding, Look, Report};
pub use secret::SecretSetting;
pub use secrets::{MasterKeyError, MasterKeySource, SecretsSection};
pub use server::{Issuer, IssuerError, ServerConfig, ServerSection};
pub use show::Shown;
pub use text::Text;

use check::Check;
pub(crate) use text::text;

/// The folder of `lingpai dev`, and the mark inside it.
pub mod dev_folder {
    /// Its name, in the current directory.
    pub const NAME: &str = ".lingpai-dev";
    /// The file that marks it: data beside it is never served in production.
    pub const MARK: &str = "dev.json";
    /// Its database.
    pub const DATABASE: &str = "lingpai.db";
    /// Its master key.
    pub const MASTER_KEY: &str = "master.key";
}

/// A configuration file as it is written: every setting, checked for its type and nothing else.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Who this server is, and where it listens.
    pub server: ServerSection,
    /// Where clients, users, sessions, grants and keys are kept.
    pub database: DatabaseSection,
    /// What seals the private keys in the database.
    pub secrets: SecretsSection,
    /// The keys that sign ID tokens and access tokens.
    pub keys: KeysSection,
    /// How long codes, tokens and sessions live. Spans of time are written `60s`, `10m`, `8h` or `14d`.
    pub lifetimes: LifetimesSection,
    /// How passwords are hashed: Argon2id on threads of its own, so that sign-ins never slow tokens down.
    pub passwords: PasswordsSection,
    /// What people see on the pages.
    pub branding: BrandingSection,
    /// The languages of the pages.
    pub i18n: I18nSection,
    /// What the server says about itself, on standard error.
    pub log: LogSection,
}

/// A configuration that passed every check: what the server is assembled from.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who this server is and where it listens.
    pub server: ServerConfig,
    /// Where the data is.
    pub database: DatabaseConfig,
    /// The key under which secrets are sealed.
    pub master: MasterKeySource,
    /// Signing keys.
    pub keys: KeySettings,
    /// How long things live.
    pub lifetimes: Policy,
    /// How passwords are hashed.
    pub passwords: PoolSettings,
    /// What people see.
    pub branding: BrandingSection,
    /// Languages.
    pub i18n: I18nSection,
    /// Logging.
    pub log: LogSection,
}

impl Config {
    /// A configuration with every default, for `lingpai dev` and for tests.
    ///
    /// Shape: `database_url` and `master` as they shall be used, paths resolved. Listens nowhere by itself.
    pub fn with_defaults(issuer: Issuer, database_url: &str, master: MasterKeySource) -> Self {
        let settings = Settings::default();
        let lifetimes = settings.lifetimes.policy();
        Self {
            server: ServerConfig { issuer, listen: Vec::new(), trusted_proxies: Vec::new() },
            database: DatabaseConfig::new(database_url),
            master,
            keys: settings.keys.key_settings(Vec::new(), &lifetimes),
            lifetimes,
            passwords: settings.passwords.pool_settings(),
            branding: settings.branding,
            i18n: settings.i18n,
            log: settings.log,
        }
    }

    /// The configuration of a development folder, for the commands that work on its stores.
    pub fn of_dev_folder(folder: &Path, issuer: Issuer) -> Self {
        let database = format!("sqlite:{}", folder.join(dev_folder::DATABASE).display());
        let master = MasterKeySource::File(folder.join(dev_folder::MASTER_KEY));
        Self::with_defaults(issuer, &database, master)
    }
}

impl Settings {
    /// Applies every rule; `None` where one of them says no.
    fn check(self, check: &mut Check<'_>) -> Option<Config> {
        let server = self.server.check(check);
        let database = self.database.check(check);
        let master = self.secrets.check(check);
        let lifetimes = self.lifetimes.check(check);
        let keys = self.keys.check(check, &lifetimes);
        let config = Config {
            server: server?,
            database: database?,
            master: master?,
            keys: keys?,
            lifetimes,
            passwords: self.passwords.pool_settings(),
            branding: self.branding,
            i18n: self.i18n,
            log: self.log,
        };
        if check.report.errors() == 0 { Some(config) } else { None }
    }
}
