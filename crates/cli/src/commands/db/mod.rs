//! `lingpai db`: the tables.

mod backup;

use clap::Subcommand;
use platform::sql::Dialect;
use serde_json::json;

use crate::args::{Context, DryRun};
use crate::failure::{Exit, Failure};
use crate::language::tr;
use crate::output::{Listing, Row};
use crate::stores::{self, Stores};

/// `lingpai db …`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  lingpai db status\n  lingpai db migrate")]
pub enum DbCommand {
    /// Show which migrations are applied; exit code 8 if one is missing
    #[command(after_help = "Examples:\n  lingpai db status\n  lingpai db status -o json")]
    Status,
    /// Bring the tables up to this program; `lingpai serve` does so by itself
    #[command(
        after_help = "Examples:\n  lingpai db migrate --dry-run\n  lingpai db migrate --config /etc/lingpai/lingpai.toml"
    )]
    Migrate(DryRun),
    /// Copy an SQLite database into a file while the server runs
    #[command(
        after_help = "Examples:\n  lingpai db backup /var/backups/lingpai.db\n  lingpai db backup copy.db --config /etc/lingpai/lingpai.toml"
    )]
    Backup(backup::BackupArgs),
    /// After a backup was put back: end the sessions, codes and refresh tokens that it revived
    #[command(after_help = "Examples:\n  lingpai db restored --yes\n  lingpai db restored --dry-run")]
    Restored(backup::RestoredArgs),
}

/// Runs a command of this noun.
pub async fn run(command: DbCommand, context: &Context) -> Result<(), Failure> {
    match command {
        DbCommand::Status => status(context).await,
        DbCommand::Migrate(dry_run) => migrate(dry_run, context).await,
        DbCommand::Backup(args) => backup::backup(&args, context).await,
        DbCommand::Restored(args) => backup::restored(args, context).await,
    }
}

async fn status(context: &Context) -> Result<(), Failure> {
    let stores = Stores::open_unmigrated(context).await?;
    let pending = show(&stores, context).await?;
    if pending == 0 { Ok(()) } else { Err(Failure::silent(Exit::Findings)) }
}

/// Writes the list of migrations; answers how many are missing.
async fn show(stores: &Stores, context: &Context) -> Result<usize, Failure> {
    let language = context.language();
    let states = migrations::status(&stores.db).await.map_err(failed)?;
    let pending = states.iter().filter(|state| !state.applied).count();
    let row = |state: &migrations::MigrationStatus| Row {
        id: state.name.clone(),
        json: json!({ "name": state.name, "applied": state.applied }),
        cells: vec![
            state.name.clone(),
            if state.applied { tr!(language, "applied", "已完成") } else { tr!(language, "missing", "未执行") },
        ],
    };
    let head = vec![tr!(language, "MIGRATION", "迁移"), tr!(language, "STATE", "状态")];
    context.output().list(&Listing { head, rows: states.iter().map(row).collect(), empty: String::new() })?;
    let (dialect, count) = (name(stores.db.dialect()), states.len());
    let applied = count - pending;
    context.talk.say(&tr!(
        language,
        "{dialect}: {applied} of {count} migrations applied",
        "{dialect}：已完成 {applied}/{count} 个迁移"
    ));
    Ok(pending)
}

async fn migrate(dry_run: DryRun, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    if dry_run.dry_run {
        let stores = Stores::open_unmigrated(context).await?;
        show(&stores, context).await?;
        context.talk.say(&tr!(language, "dry run: nothing was changed", "试运行：未做任何更改"));
        return Ok(());
    }
    let config = stores::config(&stores::target(context)?, context.talk)?;
    let stores = Stores::connect(config, context).await?;
    let report = migrations::run(&stores.db).await.map_err(failed)?;
    let row = |name: &String| Row {
        id: name.clone(),
        json: json!({ "name": name, "applied": true }),
        cells: vec![name.clone()],
    };
    let listing = Listing {
        head: vec![tr!(language, "APPLIED NOW", "本次完成")],
        rows: report.applied.iter().map(row).collect(),
        empty: tr!(language, "nothing to do: the tables are up to date", "无需操作：表结构已是最新"),
    };
    context.output().list(&listing)
}

fn name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::MySql => "MariaDB",
        Dialect::Postgres => "PostgreSQL",
        Dialect::Sqlite => "SQLite",
    }
}

#[expect(clippy::needless_pass_by_value, reason = "an argument of map_err")]
fn failed(error: migrations::MigrateError) -> Failure {
    Failure::new(Exit::Failed, error.to_string()).remedy("lingpai db migrate")
}
