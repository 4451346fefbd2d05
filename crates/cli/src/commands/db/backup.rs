//! `lingpai db backup` and `lingpai db restored`.

use std::path::PathBuf;

use clap::Args;
use platform::sql::{BackupError, Dialect};
use serde_json::json;

use crate::args::{Context, DryRun, Yes};
use crate::failure::{Exit, Failure};
use crate::language::tr;
use crate::output::Card;
use crate::prompt;
use crate::stores::Stores;

/// `lingpai db backup`.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The file to write; it must not exist
    file: PathBuf,
}

/// `lingpai db restored`.
#[derive(Clone, Copy, Debug, Args)]
pub struct RestoredArgs {
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    dry_run: DryRun,
}

/// Writes a sound copy while the server runs.
pub async fn backup(args: &BackupArgs, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    let stores = Stores::open_unmigrated(context).await?;
    let path = args.file.display().to_string();
    let tool = match stores.db.dialect() {
        Dialect::Sqlite => None,
        Dialect::Postgres => Some("pg_dump --format=custom"),
        Dialect::MySql => Some("mariadb-dump --single-transaction"),
    };
    if let Some(tool) = tool {
        let message = tr!(language, "this database is backed up by its own tools", "此数据库请用其自带工具备份",);
        return Err(Failure::new(Exit::Usage, message).remedy(tool));
    }
    stores.db.backup(&args.file).await.map_err(|error| match error {
        BackupError::Store(error) => Failure::store(&error, language),
        BackupError::File(error) => {
            let exit = if error.kind() == std::io::ErrorKind::AlreadyExists { Exit::Conflict } else { Exit::Failed };
            let message = tr!(language, "{path} cannot be written: {error}", "无法写入 {path}：{error}");
            Failure::new(exit, message).remedy(tr!(
                language,
                "name a file that does not exist",
                "请指定一个不存在的文件"
            ))
        }
    })?;
    context.output().card(&Card {
        title: tr!(language, "Backup", "备份"),
        id: path.clone(),
        json: json!({ "file": path }),
        lines: vec![
            (tr!(language, "file", "文件"), path),
            (
                tr!(language, "beside it", "另需保存"),
                tr!(
                    language,
                    "the master key: without it nobody can read the keys in the backup",
                    "主密钥：没有它，备份中的密钥无法读取",
                ),
            ),
        ],
        env: Vec::new(),
        paste: Vec::new(),
        next: vec![tr!(
            language,
            "after putting it back: lingpai db restored",
            "恢复备份之后运行：lingpai db restored"
        )],
    })
}

/// Ends what a restored backup has revived.
pub async fn restored(args: RestoredArgs, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    let stores = Stores::open(context).await?;
    let question = tr!(
        language,
        "End every session, code and refresh token? Everybody signs in again.",
        "要结束所有会话、授权码和刷新令牌吗？所有人都需要重新登录。",
    );
    let is_dry = args.dry_run.dry_run;
    prompt::confirm(context, args.yes.yes || is_dry, &question)?;
    let voided = stores.grants().void_all(is_dry).await.map_err(|error| Failure::store(&error, language))?;
    let json = json!({ "sessions": voided.sessions, "codes": voided.codes, "families": voided.families });
    context.output().card(&Card {
        title: if is_dry { tr!(language, "Would end", "将会结束") } else { tr!(language, "Ended", "已结束") },
        id: String::new(),
        json,
        lines: vec![
            (tr!(language, "sessions", "会话"), voided.sessions.to_string()),
            (tr!(language, "codes", "授权码"), voided.codes.to_string()),
            (tr!(language, "authorizations", "授权"), voided.families.to_string()),
        ],
        env: Vec::new(),
        paste: Vec::new(),
        next: vec!["lingpai key rotate".to_owned()],
    })
}
