//! Where log lines go: standard error, as text or as JSON.

use std::io::{self, IsTerminal as _};

use server::config::{LogFormat, LogLevel, LogSection};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, registry};

use crate::paint::wants_color;

/// Starts logging for a process that serves.
pub fn start(log: &LogSection) {
    let is_json = match log.format {
        LogFormat::Auto => !io::stderr().is_terminal(),
        LogFormat::Json => true,
        LogFormat::Text => false,
    };
    // Where nobody reads standard error any more, a line is lost and nothing else.
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).log_internal_errors(false);
    let filter = filter(log.level);
    // A logger that is there already stays; that happens in tests alone.
    let _ = if is_json {
        registry().with(lines.json().flatten_event(true).with_filter(filter)).try_init()
    } else {
        registry().with(lines.with_ansi(wants_color(&io::stderr())).with_filter(filter)).try_init()
    };
}

/// Starts logging for a command: warnings alone, for they belong to the person who runs it.
pub fn start_quietly() {
    start(&LogSection { format: LogFormat::Text, level: LogLevel::Warn });
}

/// The database driver writes every statement; that is for its own developers.
fn filter(level: LogLevel) -> Targets {
    let own = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let drivers = ["sqlx", "sea_orm", "sea_orm_migration"].map(|target| (target, own.min(LevelFilter::WARN)));
    let wires = ["hyper", "rustls", "h2"].map(|target| (target, own.min(LevelFilter::INFO)));
    Targets::new().with_default(own).with_targets(drivers).with_targets(wires)
}
