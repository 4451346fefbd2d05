//! `lingpai user`: people who sign in here.
//!
//! | file | concern |
//! |---|---|
//! | `add` `set` `lock` | what changes a person |
//! | `options` | the flags that `add` and `set` share: what is known of a person, and the password |
//! | `view` | a person as a row, as a card, as JSON |

mod add;
mod lock;
mod options;
mod set;
mod view;

use clap::{Args, Subcommand};
use serde_json::Value;
use user_store::{User, UserStore};

use crate::args::{Context, DryRun, Yes};
use crate::diff::Diff;
use crate::failure::{Exit, Failure};
use crate::language::tr;
use crate::output::Listing;
use crate::paint::tame;
use crate::prompt::confirm;
use crate::stores::Stores;

/// `lingpai user …`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  lingpai user add alice --name \"Alice Example\"\n  lingpai user list")]
pub enum UserCommand {
    /// List the people, the oldest first
    #[command(after_help = "Examples:\n  lingpai user list\n  lingpai user list --limit 500 -o jsonl")]
    List(ListArgs),
    /// Show a person
    #[command(after_help = "Examples:\n  lingpai user show alice\n  lingpai user show alice@example.com -o json")]
    Show(Named),
    /// Register a person; asks for the password
    #[command(
        after_help = "Examples:\n  lingpai user add alice@example.com --verified --generate-password\n  lingpai user add bob --password-stdin < password.txt"
    )]
    Add(add::AddArgs),
    /// Change a person; what is not named stays
    #[command(
        after_help = "Examples:\n  lingpai user set alice --name \"Alice Example\"\n  lingpai user set alice --password-stdin < password.txt"
    )]
    Set(set::SetArgs),
    /// Keep a person out and end every session
    #[command(after_help = "Examples:\n  lingpai user lock alice\n  lingpai user lock alice --for 24h")]
    Lock(lock::LockArgs),
    /// Let a person in again
    #[command(after_help = "Examples:\n  lingpai user unlock alice\n  lingpai user unlock alice --dry-run")]
    Unlock(lock::UnlockArgs),
    /// Remove a person for good
    #[command(after_help = "Examples:\n  lingpai user remove alice\n  lingpai user remove alice --dry-run")]
    Remove(RemoveArgs),
}

/// A person by login or id.
#[derive(Debug, Args)]
pub struct Named {
    /// User name, e-mail address, phone number or id
    user: String,
}

/// `lingpai user list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// How many at most
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    limit: u64,
    /// Begin behind the person with this id
    #[arg(long, value_name = "ID")]
    after: Option<String>,
}

/// `lingpai user remove`.
#[derive(Debug, Args)]
pub struct RemoveArgs {
    #[command(flatten)]
    user: Named,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    dry_run: DryRun,
}

/// Runs a command of this noun.
pub async fn run(command: UserCommand, context: &Context) -> Result<(), Failure> {
    let stores = Stores::open(context).await?;
    match command {
        UserCommand::Add(args) => add::run(args, &stores, context).await,
        UserCommand::List(args) => list(&args, &stores, context).await,
        UserCommand::Lock(args) => lock::lock(&args, &stores, context).await,
        UserCommand::Remove(args) => remove(&args, &stores, context).await,
        UserCommand::Set(args) => set::run(args, &stores, context).await,
        UserCommand::Show(args) => show(&args, &stores, context).await,
        UserCommand::Unlock(args) => lock::unlock(&args, &stores, context).await,
    }
}

async fn list(args: &ListArgs, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    // One more than asked for tells whether there are more.
    let listed = stores.users().list(args.after.as_deref(), args.limit + 1).await;
    let mut users = listed.map_err(|error| Failure::store(&error, language))?;
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let is_more = users.len() > limit;
    users.truncate(limit);
    let rows = users.iter().map(|user| view::row(user, stores.now(), language)).collect();
    let empty = tr!(
        language,
        "nobody yet; the first one: lingpai user add NAME",
        "还没有用户；添加第一个：lingpai user add 用户名"
    );
    context.output().list(&Listing { head: view::head(language), rows, empty })?;
    if let (true, Some(last)) = (is_more, users.last()) {
        let id = &last.id;
        context.talk.say(&tr!(
            language,
            "there are more: lingpai user list --after {id}",
            "还有更多：lingpai user list --after {id}"
        ));
    }
    Ok(())
}

async fn show(args: &Named, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let (user, language) = (find(&stores.users(), args, context).await?, context.language());
    let name = user.preferred_name().to_owned();
    let title = tr!(language, "User {name}", "用户 {name}");
    context.output().card(&view::card(title, &user, stores.now(), language))
}

async fn remove(args: &RemoveArgs, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let (users, language) = (stores.users(), context.language());
    let user = find(&users, &args.user, context).await?;
    let name = tame(user.preferred_name());
    if args.dry_run.dry_run {
        let diff = Diff::between(&view::json(&user), &Value::Null);
        return diff.show(&format!("user {name}"), context.output(), context.talk);
    }
    let question = tr!(
        language,
        "Remove {name} for good? Every session ends, and the id is never used again.",
        "永久删除 {name}？所有会话都会结束，编号不会再用。",
    );
    confirm(context, args.yes.yes, &question)?;
    if !users.remove(&user.id).await.map_err(|error| Failure::store(&error, language))? {
        return Err(unknown(&args.user.user, context));
    }
    stores.bump(context).await?;
    context.talk.say(&tr!(language, "user {name} removed", "已删除用户 {name}"));
    Ok(())
}

async fn find(users: &UserStore, named: &Named, context: &Context) -> Result<User, Failure> {
    known(users, &named.user, context).await
}

/// The person that is meant: by login first, for a login may look like anything but an id.
pub async fn known(users: &UserStore, name: &str, context: &Context) -> Result<User, Failure> {
    let language = context.language();
    let failed = |error| Failure::store(&error, language);
    if let Some(user) = users.find_by_login(name).await.map_err(failed)? {
        return Ok(user);
    }
    users.find(name).await.map_err(failed)?.ok_or_else(|| unknown(name, context))
}

fn unknown(name: &str, context: &Context) -> Failure {
    let name = tame(name);
    let message = tr!(context.language(), "nobody is known as \"{name}\"", "没有登录名为“{name}”的用户");
    Failure::new(Exit::NotFound, message).remedy("lingpai user list")
}
