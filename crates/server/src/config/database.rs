//! `[database]`: where the data is.

use platform::sql::DatabaseConfig;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

use super::{Check, Code, SecretSetting, dev_folder, text};

/// `[database]`, as written.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseSection {
    /// The database: `sqlite:FILE`, `postgres://USER:PASSWORD@HOST/NAME` or `mysql://USER:PASSWORD@HOST/NAME` (MariaDB).
    /// SQLite is built in and serves one machine. A URL with a password is a secret: `{ file = "…" }` and
    /// `{ env = "…" }` keep it out of this file.
    #[schemars(example = SecretSetting::env("DATABASE_URL"))]
    #[serde(serialize_with = "without_password")]
    pub url: SecretSetting,
    /// How many connections are opened at most; for SQLite, how many readers stand beside the one writer.
    #[schemars(example = 16, range(min = 1, max = 1000))]
    pub max_connections: u32,
}

impl Default for DatabaseSection {
    fn default() -> Self {
        Self { url: SecretSetting::value("sqlite:lingpai.db"), max_connections: 8 }
    }
}

/// Where the data is, is no secret; the password is.
fn without_password<S: Serializer>(setting: &SecretSetting, serializer: S) -> Result<S::Ok, S::Error> {
    let SecretSetting::Value(secret) = setting else { return setting.serialize(serializer) };
    let text = secret.expose();
    if text.starts_with("sqlite:") {
        return serializer.serialize_str(text);
    }
    let masked = Url::parse(text).ok().and_then(|mut url| {
        // Drivers take the password from the query, too.
        url.set_query(None);
        if url.password().is_some() {
            url.set_password(Some("********")).ok()?;
        }
        Some(url.to_string())
    });
    masked.as_deref().unwrap_or("********").serialize(serializer)
}

const URL: &str = "database.url";

impl DatabaseSection {
    pub(super) fn check(&self, check: &mut Check<'_>) -> Option<DatabaseConfig> {
        let secret = check.read_secret(URL, &self.url)?;
        let url = resolve(secret.expose().trim(), check)?;
        // A password in the file, not a path: only then is there something to hide.
        if url.contains('@') {
            check.warn_of_exposure(URL, &self.url);
        }
        Some(DatabaseConfig { max_connections: self.max_connections, ..DatabaseConfig::new(url) })
    }
}

/// The URL with the path of a SQLite file made relative to the file that names it.
fn resolve(url: &str, check: &mut Check<'_>) -> Option<String> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        if path == ":memory:" {
            let label = text!("everything is gone when the server stops", "服务一停，数据全部丢失");
            check.note(
                Code::DatabaseKeepsNothing,
                URL,
                label,
                text!("write sqlite:lingpai.db", "请写成 sqlite:lingpai.db"),
            );
            return Some(url.to_owned());
        }
        if path.is_empty() {
            let label = text!("the file is missing", "缺少文件名");
            check.note(Code::DatabaseUnknown, URL, label, text!("write sqlite:lingpai.db", "请写成 sqlite:lingpai.db"));
            return None;
        }
        let file = check.resolve(URL, path.as_ref());
        if file.parent().is_some_and(|folder| folder.join(dev_folder::MARK).exists()) {
            let label = text!(
                "a folder of lingpai dev holds it; its passwords are printed",
                "它在 lingpai dev 的文件夹里，其中的密码是公开的"
            );
            let help =
                text!("use another file; lingpai dev serves this one", "请换一个文件；这个文件由 lingpai dev 提供服务");
            check.note(Code::DevelopmentData, URL, label, help);
            return None;
        }
        return Some(format!("sqlite:{}", file.display()));
    }
    let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
    if matches!(scheme, "postgres" | "postgresql" | "mysql" | "mariadb")
        && Url::parse(url).is_ok_and(|url| url.has_host())
    {
        return Some(url.to_owned());
    }
    // Only the scheme is repeated: the rest may hold a password.
    let scheme: String = scheme.chars().take(20).filter(|letter| !letter.is_control()).collect();
    let label = text!("\"{scheme}:\" is not a URL of a known database", "“{scheme}:”不是已知数据库的网址");
    let help = text!(
        "write sqlite:FILE, postgres://USER:PASSWORD@HOST/NAME or mysql://USER:PASSWORD@HOST/NAME",
        "请写成 sqlite:文件、postgres://用户:密码@主机/库名 或 mysql://用户:密码@主机/库名",
    );
    check.note(Code::DatabaseUnknown, URL, label, help);
    None
}
