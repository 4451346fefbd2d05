//! What a database URL says.

use std::fmt;
use std::path::PathBuf;

/// The SQL that a database speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// MariaDB 10.6 or later, by the MySQL protocol.
    MySql,
    /// PostgreSQL 13 or later.
    Postgres,
    /// SQLite, built in.
    Sqlite,
}

/// Where the database is and how hard it may be used.
#[derive(Clone)]
pub struct DatabaseConfig {
    /// `sqlite:path`, `sqlite::memory:`, `postgres://…`, `mysql://…` or `mariadb://…`.
    pub url: String,
    /// Connections of the pool; for SQLite the readers beside the one writer. At least one.
    pub max_connections: u32,
    /// SQLite: whether a commit waits for the disk. Without it the last commits may be lost in a power failure, and a
    /// spent code with them; it has no meaning for the other dialects.
    pub synchronous_full: bool,
}

impl DatabaseConfig {
    /// The settings of `url` with eight connections and durable commits.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), max_connections: 8, synchronous_full: true }
    }

    /// A database in memory that ends with the process.
    pub fn in_memory() -> Self {
        Self::new("sqlite::memory:")
    }

    /// Whether this is a database in memory, which nobody outside the process can see.
    pub fn is_in_memory(&self) -> bool {
        self.target() == Some(Target::SqliteMemory)
    }

    /// What the URL points at; `None` when it is of no known scheme.
    pub(super) fn target(&self) -> Option<Target> {
        let url = self.url.as_str();
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return Some(match path {
                ":memory:" => Target::SqliteMemory,
                _ => Target::SqliteFile(PathBuf::from(path)),
            });
        }
        match url.split_once("://") {
            Some(("postgres" | "postgresql", _)) => Some(Target::Postgres),
            // The protocol is MySQL's and so is the scheme that the driver knows.
            Some(("mariadb" | "mysql", rest)) => Some(Target::MySql(format!("mysql://{rest}"))),
            Some(_) | None => None,
        }
    }
}

impl fmt::Debug for DatabaseConfig {
    /// Without the password that a URL may hold.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DatabaseConfig")
            .field("url", &without_password(&self.url))
            .field("max_connections", &self.max_connections)
            .field("synchronous_full", &self.synchronous_full)
            .finish()
    }
}

/// A database URL, understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    MySql(String),
    Postgres,
    SqliteFile(PathBuf),
    SqliteMemory,
}

/// The URL with its password replaced and its query, which may hold another, left out.
pub(super) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let rest = rest.split_once('?').map_or(rest, |(rest, _)| rest);
    // A password may hold an unescaped `/` or `@`, so the last `@` ends it, wherever that stands.
    match rest.rsplit_once('@') {
        Some((user, host)) => {
            let name = user.split_once(':').map_or(user, |(name, _)| name);
            format!("{scheme}://{name}:***@{host}")
        }
        None => format!("{scheme}://{rest}"),
    }
}

/// The passwords that a URL holds, as written and percent-decoded, for texts that might repeat them.
pub(super) fn passwords(url: &str) -> Vec<String> {
    let Some((_, rest)) = url.split_once("://") else {
        return Vec::new();
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut found: Vec<String> =
        query.split('&').filter_map(|pair| pair.strip_prefix("password=")).map(str::to_owned).collect();
    if let Some((_, password)) = rest.rsplit_once('@').and_then(|(user, _)| user.split_once(':')) {
        found.push(password.to_owned());
    }
    let decoded: Vec<String> = found.iter().map(|text| percent_decoded(text)).collect();
    found.extend(decoded);
    found.retain(|text| !text.is_empty());
    found
}

fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let hex: Vec<u8> = if byte == b'%' { bytes.clone().take(2).collect() } else { Vec::new() };
        match std::str::from_utf8(&hex).ok().filter(|hex| hex.len() == 2).map(|hex| u8::from_str_radix(hex, 16)) {
            Some(Ok(decoded)) => {
                out.push(decoded);
                bytes.by_ref().take(2).for_each(drop);
            }
            Some(Err(_)) | None => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
