//! `lingpai client secret`: a new secret, shown once or written into a file.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use flow::ClientKind;
use platform::secret::Secret;
use serde_json::{Value, json};
use server::config::Period;

use super::{find, view};
use crate::args::{Context, DryRun};
use crate::diff::Diff;
use crate::failure::{Exit, Failure};
use crate::language::tr;
use crate::output::{Card, Format, put};
use crate::prompt::SecretFile;
use crate::stores::Stores;

/// `lingpai client secret …`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  lingpai client secret rotate shop\n  lingpai client secret rotate shop --overlap 0s"
)]
pub enum SecretCommand {
    /// Make a new secret; the old one works for a while longer
    #[command(
        after_help = "Examples:\n  lingpai client secret rotate shop --overlap 48h\n  lingpai client secret rotate shop --secret-out shop.secret"
    )]
    Rotate(RotateArgs),
}

/// `lingpai client secret rotate`.
#[derive(Debug, Args)]
pub struct RotateArgs {
    /// Id of the client
    id: String,
    /// How long the old secret still works; 0s ends it at once
    #[arg(long, value_name = "SPAN", default_value = "24h")]
    overlap: Period,
    /// Write the secret into a new file (mode 0600) instead of printing it
    #[arg(long, value_name = "FILE")]
    secret_out: Option<PathBuf>,
    #[command(flatten)]
    dry_run: DryRun,
}

/// Runs a command of this noun.
pub async fn run(command: SecretCommand, stores: &Stores, context: &Context) -> Result<(), Failure> {
    match command {
        SecretCommand::Rotate(args) => rotate(args, stores, context).await,
    }
}

async fn rotate(args: RotateArgs, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    let client = find(&stores.grants(), &args.id, context).await?;
    let (id, overlap) = (&client.id, args.overlap);
    if !view::has_secret(client.auth_method) {
        let message = if client.kind == ClientKind::Public {
            tr!(language, "client {id} is public: it has no secret", "客户端 {id} 是公开客户端，没有密钥")
        } else {
            tr!(
                language,
                "client {id} signs with a key of its own: it has no secret",
                "客户端 {id} 用自己的私钥签名，没有密钥",
            )
        };
        return Err(Failure::new(Exit::Usage, message).remedy(format!("lingpai client show {id}")));
    }
    if args.dry_run.dry_run {
        let after = json!({ "secret": "(new)", "old_secret_ends_after": overlap.to_string() });
        return Diff::between(&Value::Null, &after).show(&format!("client {id}"), context.output(), context.talk);
    }
    let sink = SecretSink::open(args.secret_out.as_deref(), context)?;
    let grants = stores.grants_for_secrets(client.auth_method, context)?;
    let secret =
        grants.rotate_secret(id, overlap.duration()).await.map_err(|error| Failure::store(&error, language))?;
    let title = if args.secret_out.is_none() {
        tr!(language, "New secret of {id} (shown this once: keep it now)", "{id} 的新密钥（只显示这一次，请立即保存）")
    } else {
        tr!(language, "New secret of {id}", "{id} 的新密钥")
    };
    let mut card = Card {
        title,
        id: id.clone(),
        json: json!({ "id": id, "overlap_seconds": overlap.duration().as_secs() }),
        lines: vec![("id".to_owned(), id.clone())],
        env: view::env(&stores.issuer, id, None),
        paste: Vec::new(),
        next: Vec::new(),
    };
    sink.deliver(&secret, &mut card, context)?;
    card.lines.push((
        tr!(language, "old secret", "旧密钥"),
        if overlap.duration().is_zero() {
            tr!(language, "no longer works", "已失效")
        } else {
            tr!(language, "works for another {overlap}", "还可使用 {overlap}")
        },
    ));
    context.output().card(&card)
}

/// Where a generated secret goes: chosen before it is made, so that it cannot get lost.
pub enum SecretSink {
    /// Into a file.
    File(SecretFile, PathBuf),
    /// To standard output, once.
    Print,
}

impl SecretSink {
    /// Opens the file, or makes sure that what is printed holds the secret.
    pub fn open(path: Option<&Path>, context: &Context) -> Result<Self, Failure> {
        let language = context.language();
        match path {
            Some(path) => Ok(Self::File(SecretFile::create(path, context)?, path.to_owned())),
            None if context.output().format() == Format::Id => {
                let message = tr!(
                    language,
                    "-o id prints no secret, and it could never be read again",
                    "-o id 不显示密钥，之后也无法再读取"
                );
                Err(Failure::new(Exit::Usage, message).remedy(tr!(
                    language,
                    "add --secret-out FILE",
                    "请加上 --secret-out 文件"
                )))
            }
            None => Ok(Self::Print),
        }
    }

    /// Brings the secret where it goes.
    pub fn deliver(self, secret: &Secret, card: &mut Card, context: &Context) -> Result<(), Failure> {
        let language = context.language();
        let shown = match self {
            Self::File(file, path) => {
                file.write(secret)?;
                let path = path.display().to_string();
                put(&mut card.json, "secret_file", path.clone());
                card.env.push(("OIDC_CLIENT_SECRET_FILE", path.clone()));
                tr!(language, "in {path}", "已写入 {path}")
            }
            Self::Print => {
                put(&mut card.json, "secret", secret.expose());
                card.env.push(("OIDC_CLIENT_SECRET", secret.expose().to_owned()));
                secret.expose().to_owned()
            }
        };
        card.lines.insert(1.min(card.lines.len()), (tr!(language, "secret", "密钥"), shown));
        Ok(())
    }
}
