//! Which configuration a command works on, and the stores behind it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flow::ClientAuthMethod;
use grant_store::GrantStore;
use jwks::{KeyError, Keys};
use platform::clock::{SharedClock, SystemClock};
use platform::revision;
use platform::seal::MasterKey;
use platform::sql::{Db, Outcome};
use protocol::{Alg, Timestamp};
use server::config::{Config, Issuer, Loaded, Look, Override, Sources, dev_folder};
use user_store::{PasswordPool, UserStore};

use crate::args::Context;
use crate::failure::{Exit, Failure};
use crate::language::tr;
use crate::output::Talk;
use crate::paint::wants_color;

/// The file that is taken when none is named.
const USUAL_FILE: &str = "lingpai.toml";
/// Where `lingpai dev` serves unless told otherwise.
const DEV_ISSUER: &str = "http://localhost:8080";

/// What a command works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The data of `lingpai dev`.
    DevFolder(PathBuf),
    /// Configuration files, the system's own beneath them.
    Files(Vec<PathBuf>),
}

impl Target {
    /// What is named, else `./lingpai.toml`, else the development folder, else the file of this machine.
    pub fn find(named: &[PathBuf], folder: &Path) -> Option<Self> {
        if !named.is_empty() {
            return Some(Self::Files(named.to_vec()));
        }
        let (file, dev) = (folder.join(USUAL_FILE), folder.join(dev_folder::NAME));
        if file.is_file() {
            Some(Self::Files(vec![file]))
        } else if dev.join(dev_folder::MARK).is_file() {
            Some(Self::DevFolder(dev))
        } else {
            Path::new(Sources::SYSTEM_FILE).is_file().then(|| Self::Files(Vec::new()))
        }
    }

    /// Says on standard error which one it is.
    fn announce(&self, talk: Talk) {
        let names = match self {
            Self::DevFolder(path) => path.display().to_string(),
            Self::Files(paths) if paths.is_empty() => Sources::SYSTEM_FILE.to_owned(),
            Self::Files(paths) => paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "),
        };
        talk.say(&match self {
            Self::DevFolder(_) => tr!(talk.language, "using the development data in {names}", "使用开发数据：{names}"),
            Self::Files(_) => tr!(talk.language, "using the configuration {names}", "使用配置：{names}"),
        });
    }
}

/// The target of a command, or what to do when there is none.
pub fn target(context: &Context) -> Result<Target, Failure> {
    Target::find(&context.global.config, Path::new("")).ok_or_else(|| {
        let language = context.language();
        let message = tr!(
            language,
            "there is neither a lingpai.toml nor a .lingpai-dev in this folder",
            "当前目录下既没有 lingpai.toml，也没有 .lingpai-dev",
        );
        let remedy = tr!(
            language,
            "name a configuration with --config, or begin with: lingpai dev, or: lingpai init",
            "用 --config 指定配置；或先运行 lingpai dev 或 lingpai init",
        );
        Failure::new(Exit::Configuration, message).remedy(remedy)
    })
}

/// Reads the configuration files of a target; a development folder has none.
pub fn load(target: &Target, flags: Vec<Override>) -> Option<Loaded> {
    match target {
        Target::DevFolder(_) => None,
        Target::Files(paths) => Some(Sources::of_process(paths.clone(), flags).load()),
    }
}

/// The configuration of a target, checked; what is wrong with it is the failure's detail.
pub fn config(target: &Target, talk: Talk) -> Result<Config, Failure> {
    match target {
        Target::DevFolder(folder) => {
            let issuer = Issuer::new(DEV_ISSUER).map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
            Ok(Config::of_dev_folder(folder, issuer))
        }
        Target::Files(paths) => checked(Sources::of_process(paths.clone(), Vec::new()).load(), talk),
    }
}

/// The configuration that was loaded, or a failure that shows every error.
pub fn checked(loaded: Loaded, talk: Talk) -> Result<Config, Failure> {
    let look = Look { locale: talk.language.0, color: wants_color(&io::stderr()) };
    loaded.into_config().map(|(config, _)| config).map_err(|report| {
        let summary = report.summary(talk.language.0);
        Failure::new(
            Exit::Configuration,
            tr!(talk.language, "the configuration is invalid: {summary}", "配置无效：{summary}"),
        )
        .detail(report.render(look).trim_end().to_owned())
        .remedy(tr!(
            talk.language,
            "mend it, then run: lingpai config check",
            "修改后运行：lingpai config check"
        ))
    })
}

/// Open stores, and the configuration that they were opened by.
pub struct Stores {
    /// The configuration.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// The issuer; for development data the one that was served last.
    pub issuer: String,
    clock: SharedClock,
}

impl Stores {
    /// Opens the stores of the command's target, and says which one that is.
    ///
    /// Effects: none; a database that does not exist is not created.
    pub async fn open(context: &Context) -> Result<Self, Failure> {
        let stores = Self::open_unmigrated(context).await?;
        let states =
            migrations::status(&stores.db).await.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
        if states.iter().any(|state| !state.applied) {
            let language = context.language();
            let message = tr!(language, "the database is older than this program", "数据库结构比本程序旧");
            return Err(Failure::new(Exit::Failed, message).remedy("lingpai db migrate"));
        }
        match target(context)? {
            Target::DevFolder(_) => stores.with_served_issuer(context).await,
            Target::Files(_) => Ok(stores),
        }
    }

    /// Development data do not say under which port they are served; the demo API, which is named after it, does.
    async fn with_served_issuer(self, context: &Context) -> Result<Self, Failure> {
        let apis = self.grants().list_apis().await.map_err(|error| Failure::store(&error, context.language()))?;
        let served = apis.iter().find_map(|api| api.audience.strip_suffix(dev::catalog::API_PATH)).map(str::to_owned);
        let issuer = served.unwrap_or_else(|| self.issuer.clone());
        Ok(Self { issuer, ..self })
    }

    /// The same, whatever state the tables are in.
    pub async fn open_unmigrated(context: &Context) -> Result<Self, Failure> {
        let (talk, language) = (context.talk, context.language());
        let target = target(context)?;
        target.announce(talk);
        let config = config(&target, talk)?;
        if let Some(path) = missing_file(&config) {
            let message = tr!(language, "there is no database at {path} yet", "{path} 处还没有数据库");
            return Err(Failure::new(Exit::NotFound, message).remedy("lingpai db migrate"));
        }
        Self::connect(config, context).await
    }

    /// Connects to the database of a configuration, creating the file of SQLite.
    pub async fn connect(config: Config, context: &Context) -> Result<Self, Failure> {
        let language = context.language();
        let db = Db::open(&config.database).await.map_err(|error| Failure::store(&error, language))?;
        let issuer = config.server.issuer.to_string();
        Ok(Self { config, db, issuer, clock: Arc::new(SystemClock) })
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Clients, consents, sessions.
    pub fn grants(&self) -> GrantStore {
        GrantStore::new(self.db.clone(), self.clock.clone(), self.config.lifetimes)
    }

    /// The same for new secrets of clients, with the key that seals where the method needs the secret again.
    pub fn grants_for_secrets(&self, method: ClientAuthMethod, context: &Context) -> Result<GrantStore, Failure> {
        match method {
            ClientAuthMethod::ClientSecretJwt => Ok(self.grants().with_master(self.master(context)?)),
            ClientAuthMethod::Basic
            | ClientAuthMethod::BasicOrPost
            | ClientAuthMethod::None
            | ClientAuthMethod::Post
            | ClientAuthMethod::PrivateKeyJwt => Ok(self.grants()),
        }
    }

    /// Users.
    pub fn users(&self) -> UserStore {
        UserStore::new(self.db.clone(), self.clock.clone(), PasswordPool::new(self.config.passwords))
    }

    /// The names by which people are known here.
    pub async fn names(&self, ids: impl Iterator<Item = &str>, context: &Context) -> Result<Names, Failure> {
        let users = self.users();
        let mut names = BTreeMap::new();
        for id in ids {
            if !names.contains_key(id) {
                let found = users.find(id).await.map_err(|error| Failure::store(&error, context.language()))?;
                names.insert(id.to_owned(), found.map(|user| user.preferred_name().to_owned()));
            }
        }
        Ok(Names(names))
    }

    /// Signing keys; none is made for an algorithm that is not in `algorithms`.
    pub async fn keys(&self, algorithms: Vec<Alg>, context: &Context) -> Result<Keys, Failure> {
        let master = self.master(context)?;
        let settings = jwks::KeySettings { algorithms, ..self.config.keys.clone() };
        let opened = Keys::open(self.db.clone(), master, self.clock.clone(), settings).await;
        opened.map_err(|error| key_failure(&error, context))
    }

    fn master(&self, context: &Context) -> Result<Arc<MasterKey>, Failure> {
        let opened = self.config.master.open().map_err(|error| {
            let message = tr!(context.language(), "the master key cannot be read: {error}", "无法读取主密钥：{error}");
            Failure::new(Exit::Configuration, message).remedy("lingpai config check")
        });
        opened.map(Arc::new)
    }

    /// Raises the revision, so that a running server forgets what it cached.
    pub async fn bump(&self, context: &Context) -> Result<(), Failure> {
        let bumped = self.db.write(|tx| {
            Box::pin(async move {
                revision::bump(tx).await?;
                Ok(Outcome::Commit(()))
            })
        });
        bumped.await.map_err(|error| Failure::store(&error, context.language()))
    }
}

/// People by their ids.
pub struct Names(BTreeMap<String, Option<String>>);

impl Names {
    /// The name of a person, the id where there is no such person any more.
    pub fn of(&self, id: &str) -> String {
        self.0.get(id).cloned().flatten().unwrap_or_else(|| id.to_owned())
    }
}

/// A failure of the key ring.
pub fn key_failure(error: &KeyError, context: &Context) -> Failure {
    match error {
        KeyError::Store(error) => Failure::store(error, context.language()),
        other => Failure::new(Exit::Failed, other.to_string()),
    }
}

/// The file of a SQLite database that does not exist.
fn missing_file(config: &Config) -> Option<String> {
    let path = config.database.url.strip_prefix("sqlite:")?;
    (path != ":memory:" && !Path::new(path).exists()).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_named_goes_before_what_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let find = |named: &[PathBuf]| Target::find(named, folder.path());
        fs::create_dir(at(dev_folder::NAME)).unwrap();
        assert_ne!(find(&[]), Some(Target::DevFolder(at(dev_folder::NAME))), "a folder without its mark is nobody's");
        fs::write(at(".lingpai-dev/dev.json"), "{}").unwrap();
        assert_eq!(find(&[]), Some(Target::DevFolder(at(dev_folder::NAME))));
        fs::write(at(USUAL_FILE), "").unwrap();
        assert_eq!(find(&[]), Some(Target::Files(vec![at(USUAL_FILE)])));
        assert_eq!(find(&["x.toml".into()]), Some(Target::Files(vec!["x.toml".into()])));
    }
}
