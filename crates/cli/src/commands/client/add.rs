//! `lingpai client add`: registers a client and prints what to paste into the app.

use std::path::PathBuf;

use clap::Args;
use flow::{ClientRecord, GrantName};
use grant_store::{GrantStore, NewClient};
use serde_json::Value;

use super::options::ClientOptions;
use super::refusal::refused;
use super::secret::SecretSink;
use super::{readiness, set, view};
use crate::args::{Context, DryRun};
use crate::diff::Diff;
use crate::failure::Failure;
use crate::language::tr;
use crate::stores::Stores;

/// `lingpai client add`.
#[derive(Debug, Args)]
pub struct AddArgs {
    /// Id of the client: letters, digits and - . _ ~
    id: String,
    #[command(flatten)]
    options: ClientOptions,
    /// An app on a device or in a browser, which can keep no secret
    #[arg(long)]
    public: bool,
    /// Change the client if it exists, instead of failing
    #[arg(long)]
    upsert: bool,
    /// Write the secret into a new file (mode 0600) instead of printing it
    #[arg(long, value_name = "FILE")]
    secret_out: Option<PathBuf>,
    #[command(flatten)]
    dry_run: DryRun,
}

/// Registers the client.
pub async fn run(args: AddArgs, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let (grants, language) = (stores.grants(), context.language());
    let found = grants.find_client(&args.id).await.map_err(|error| Failure::store(&error, language))?;
    match found {
        Some(client) if args.upsert => return update(&args, &client, stores, context).await,
        Some(_) => return Err(refused(grant_store::ClientError::Exists, &args.id, context)),
        None => {}
    }
    let new = planned(&args, context)?;
    new.check().map_err(|error| refused(error, &args.id, context))?;
    if args.dry_run.dry_run {
        readiness::announce_keys(&new, stores, context).await?;
        let after = view::json(&new.clone().into_record(true, stores.now()));
        return Diff::between(&Value::Null, &after).show(
            &format!("client {}", args.id),
            context.output(),
            context.talk,
        );
    }
    let method = new.auth_method;
    let has_secret = view::has_secret(method);
    let sink = if has_secret { Some(SecretSink::open(args.secret_out.as_deref(), context)?) } else { None };
    readiness::make_keys(&new, stores, context).await?;
    // The key that seals is opened before anything is written.
    let sealing = stores.grants_for_secrets(method, context)?;
    grants.add_client(new).await.map_err(|error| refused(error, &args.id, context))?;
    let secret = match &sink {
        Some(_) => Some(sealing.add_secret(&args.id).await.map_err(|error| {
            Failure::store(&error, language).remedy(format!("lingpai client secret rotate {}", args.id))
        })?),
        None => None,
    };
    let client = stored(&grants, &args.id, context).await?;
    let title = if has_secret && args.secret_out.is_none() {
        tr!(
            language,
            "Client added (the secret is shown this once: keep it now)",
            "已添加客户端（密钥只显示这一次，请立即保存）"
        )
    } else {
        tr!(language, "Client added", "已添加客户端")
    };
    let next = vec![format!("lingpai client show {}", args.id)];
    let mut card = view::card(view::Said { title, secret: None, next }, &client, &stores.issuer, language);
    if let (Some(sink), Some(secret)) = (sink, secret) {
        sink.deliver(&secret, &mut card, context)?;
    }
    card.paste = paste(&card.env);
    context.output().card(&card)
}

/// The environment block of the app, as it is pasted.
fn paste(env: &[(&'static str, String)]) -> Vec<String> {
    env.iter().map(|(name, value)| format!("{name}={value}")).collect()
}

fn planned(args: &AddArgs, context: &Context) -> Result<NewClient, Failure> {
    let mut new = if args.public { NewClient::public(&args.id) } else { NewClient::confidential(&args.id) };
    args.options.apply(&mut new, context)?;
    if !new.grant_types.contains(&GrantName::AuthorizationCode) && args.options.scope.is_empty() {
        // Where nobody signs in there is nobody to tell of.
        new.scopes = protocol::ScopeSet::empty();
    }
    Ok(new)
}

/// The same words over a client that exists.
async fn update(args: &AddArgs, client: &ClientRecord, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let mut changed = NewClient::from(client);
    args.options.apply(&mut changed, context)?;
    set::store(client, changed, client.is_enabled, args.dry_run, (stores, context)).await
}

/// The client as it now stands.
pub async fn stored(grants: &GrantStore, id: &str, context: &Context) -> Result<std::sync::Arc<ClientRecord>, Failure> {
    super::find(grants, id, context).await
}
