//! `lingpai client`: apps that let people sign in here.
//!
//! | file | concern |
//! |---|---|
//! | `add` `set` `secret` | what changes a client |
//! | `options` `terms` | the flags that `add` and `set` share |
//! | `readiness` | the keys and the secret that a client needs beside its row |
//! | `redirect` | redirect URIs, and what is wrong with one, at the very character |
//! | `refusal` | what the rules of the register say, with the way out |
//! | `view` `terms_view` | a client as a row, as a card, as JSON |

mod add;
mod options;
mod readiness;
mod redirect;
mod refusal;
mod secret;
mod set;
mod terms;
mod terms_view;
mod view;

use std::sync::Arc;

use clap::{Args, Subcommand};
use flow::ClientRecord;
use grant_store::GrantStore;

use crate::args::{Context, DryRun, Yes};
use crate::diff::Diff;
use crate::failure::{Exit, Failure};
use crate::language::tr;
use crate::output::Listing;
use crate::prompt::confirm;
use crate::stores::Stores;

pub use options::unique;

/// `lingpai client …`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  lingpai client add shop --redirect https://shop.example/cb\n  lingpai client list"
)]
pub enum ClientCommand {
    /// List the clients
    #[command(after_help = "Examples:\n  lingpai client list\n  lingpai client list -o id")]
    List,
    /// Show a client
    #[command(after_help = "Examples:\n  lingpai client show shop\n  lingpai client show shop -o env")]
    Show(Named),
    /// Register a client; prints its secret, once
    #[command(
        after_help = "Examples:\n  lingpai client add shop --name \"Shop\" --redirect https://shop.example/cb\n  lingpai client add reports --grant client_credentials --scope reports:read -o env"
    )]
    Add(add::AddArgs),
    /// Change a client; what is not named stays
    #[command(
        after_help = "Examples:\n  lingpai client set shop --add-redirect https://www.shop.example/cb\n  lingpai client set shop --disable --dry-run"
    )]
    Set(set::SetArgs),
    /// Remove a client and end what it was given
    #[command(after_help = "Examples:\n  lingpai client remove shop\n  lingpai client remove shop --dry-run")]
    Remove(RemoveArgs),
    /// The secret of a client
    #[command(subcommand)]
    Secret(secret::SecretCommand),
}

/// A client by its id.
#[derive(Debug, Args)]
pub struct Named {
    /// Id of the client
    id: String,
}

/// `lingpai client remove`.
#[derive(Debug, Args)]
pub struct RemoveArgs {
    /// Id of the client
    id: String,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    dry_run: DryRun,
}

/// Runs a command of this noun.
pub async fn run(command: ClientCommand, context: &Context) -> Result<(), Failure> {
    let stores = Stores::open(context).await?;
    match command {
        ClientCommand::Add(args) => add::run(args, &stores, context).await,
        ClientCommand::List => list(&stores, context).await,
        ClientCommand::Remove(args) => remove(&args, &stores, context).await,
        ClientCommand::Secret(command) => secret::run(command, &stores, context).await,
        ClientCommand::Set(args) => set::run(args, &stores, context).await,
        ClientCommand::Show(args) => show(&args, &stores, context).await,
    }
}

async fn list(stores: &Stores, context: &Context) -> Result<(), Failure> {
    let (grants, language) = (stores.grants(), context.language());
    let clients = grants.list_clients().await.map_err(|error| Failure::store(&error, language))?;
    let mut rows = Vec::new();
    for client in &clients {
        let age = secret_age(&grants, &client.id, context).await?;
        rows.push(view::row(client, age.map(|at| crate::timing::relative(at, stores.now(), language)), language));
    }
    let empty = tr!(
        language,
        "no clients yet; the first one: lingpai client add ID --redirect URI",
        "还没有客户端；添加第一个：lingpai client add ID --redirect URI",
    );
    context.output().list(&Listing { head: view::head(language), rows, empty })
}

async fn show(args: &Named, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let (grants, language) = (stores.grants(), context.language());
    let client = find(&grants, &args.id, context).await?;
    let age = secret_age(&grants, &args.id, context).await?;
    let secret = age.map(|at| {
        let when = crate::timing::relative(at, stores.now(), language);
        tr!(language, "set ({when})", "已设置（{when}）")
    });
    let id = &client.id;
    let mut next = vec![format!("lingpai client set {id} …")];
    if view::has_secret(client.auth_method) {
        next.push(format!("lingpai client secret rotate {id}"));
    }
    let title = tr!(language, "Client {id}", "客户端 {id}");
    let said = view::Said { title, secret, next };
    context.output().card(&view::card(said, &client, &stores.issuer, language))
}

async fn remove(args: &RemoveArgs, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let (grants, language) = (stores.grants(), context.language());
    let client = find(&grants, &args.id, context).await?;
    let id = &client.id;
    if args.dry_run.dry_run {
        let diff = Diff::between(&view::json(&client), &serde_json::Value::Null);
        return diff.show(&format!("client {id}"), context.output(), context.talk);
    }
    let question = tr!(
        language,
        "Remove client {id}? Everyone signed in to it loses access, and its consents are forgotten.",
        "删除客户端 {id}？所有通过它登录的人都会失去访问权限，已给出的授权也会清除。",
    );
    confirm(context, args.yes.yes, &question)?;
    let is_removed = grants.remove_client(id).await.map_err(|error| Failure::store(&error, language))?;
    if !is_removed {
        return Err(unknown(id, context));
    }
    context.talk.say(&tr!(language, "client {id} removed", "已删除客户端 {id}"));
    Ok(())
}

/// The client with this id, past every cache.
async fn find(grants: &GrantStore, id: &str, context: &Context) -> Result<Arc<ClientRecord>, Failure> {
    let found = grants.find_client(id).await.map_err(|error| Failure::store(&error, context.language()))?;
    found.ok_or_else(|| unknown(id, context))
}

fn unknown(id: &str, context: &Context) -> Failure {
    let id = crate::paint::tame(id);
    let message = tr!(context.language(), "no client has the id \"{id}\"", "没有编号为“{id}”的客户端");
    Failure::new(Exit::NotFound, message).remedy("lingpai client list")
}

async fn secret_age(grants: &GrantStore, id: &str, context: &Context) -> Result<Option<protocol::Timestamp>, Failure> {
    grants.secret_age(id).await.map_err(|error| Failure::store(&error, context.language()))
}
