//! Where log lines go: standard error, as text or as JSON.

use std::io::{self, IsTerminal as _};

use server::config::{LogFormat, LogLevel, LogSection};
use tracing_subscriber::EnvFilter;

use crate::paint::wants_color;

/// Starts logging for a process that serves.
pub fn start(log: &LogSection) {
    let is_json = match log.format {
        LogFormat::Auto => !io::stderr().is_terminal(),
        LogFormat::Json => true,
        LogFormat::Text => false,
    };
    // Where nobody reads standard error any more, a line is lost and nothing else.
    let lines =
        tracing_subscriber::fmt().with_writer(io::stderr).with_env_filter(filter(log.level)).log_internal_errors(false);
    // A logger that is there already stays; that happens in tests alone.
    let _ = if is_json {
        lines.json().flatten_event(true).try_init()
    } else {
        lines.with_ansi(wants_color(&io::stderr())).try_init()
    };
}

/// Starts logging for a command: warnings alone, for they belong to the person who runs it.
pub fn start_quietly() {
    start(&LogSection { format: LogFormat::Text, level: LogLevel::Warn });
}

/// The database driver writes every statement; that is for its own developers.
fn filter(level: LogLevel) -> EnvFilter {
    let word = level.as_str();
    let own = format!("{word},sqlx=warn,sea_orm=warn,sea_orm_migration=warn,hyper=info,rustls=info,h2=info");
    let own = if matches!(level, LogLevel::Error) { word.to_owned() } else { own };
    EnvFilter::try_new(own).unwrap_or_default()
}
