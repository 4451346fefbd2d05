//! `lingpai session`: who is signed in, where, and the way to end it.

mod device;
mod revoke;
mod view;

use clap::{Args, Subcommand};
use grant_store::{SessionOverview, SessionQuery};

use crate::args::Context;
use crate::commands::user;
use crate::failure::{Exit, Failure};
use crate::language::tr;
use crate::output::Listing;
use crate::paint::tame;
use crate::stores::Stores;

pub use view::grant;

/// `lingpai session …`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  lingpai session list --user alice\n  lingpai session revoke --user alice")]
pub enum SessionCommand {
    /// List who is signed in, the newest first
    #[command(after_help = "Examples:\n  lingpai session list\n  lingpai session list --user alice --all -o json")]
    List(ListArgs),
    /// Show a session and the apps that were opened from it
    #[command(after_help = "Examples:\n  lingpai session show ID\n  lingpai session show ID -o json")]
    Show(Named),
    /// End a session, or sign a person out everywhere
    #[command(
        after_help = "Examples:\n  lingpai session revoke ID --dry-run\n  lingpai session revoke --user alice --yes"
    )]
    Revoke(revoke::RevokeArgs),
}

/// A session by its id.
#[derive(Debug, Args)]
pub struct Named {
    /// Id of the session, as in the list and as `sid` in ID tokens
    id: String,
}

/// `lingpai session list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Those of one person: user name, e-mail address, phone number or id
    #[arg(long)]
    user: Option<String>,
    /// Show sessions too that have ended
    #[arg(long)]
    all: bool,
    /// How many at most
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    limit: u64,
    /// Begin behind the session with this id
    #[arg(long, value_name = "ID")]
    after: Option<String>,
}

/// Runs a command of this noun.
pub async fn run(command: SessionCommand, context: &Context) -> Result<(), Failure> {
    let stores = Stores::open(context).await?;
    match command {
        SessionCommand::List(args) => list(args, &stores, context).await,
        SessionCommand::Revoke(args) => revoke::run(args, &stores, context).await,
        SessionCommand::Show(args) => show(&args, &stores, context).await,
    }
}

async fn list(args: ListArgs, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    let user_id = match &args.user {
        Some(name) => Some(user::known(&stores.users(), name, context).await?.id),
        None => None,
    };
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    // One more than asked for tells whether there are more.
    let query = SessionQuery { user_id, with_ended: args.all, before: args.after, limit: limit.saturating_add(1) };
    let listed = stores.grants().list_session_overviews(query).await;
    let mut found = listed.map_err(|error| Failure::store(&error, language))?;
    let is_more = found.len() > limit;
    found.truncate(limit);
    let names = stores.names(found.iter().map(|one| one.session.user_id.as_str()), context).await?;
    let rows = found.iter().map(|one| view::row(one, &names, stores.now(), language)).collect();
    let empty = tr!(language, "nobody is signed in", "没有人登录");
    context.output().list(&Listing { head: view::head(language), rows, empty })?;
    if let (true, Some(last)) = (is_more, found.last()) {
        let id = &last.session.id;
        context.talk.say(&tr!(
            language,
            "there are more: lingpai session list --after {id}",
            "还有更多：lingpai session list --after {id}"
        ));
    }
    Ok(())
}

async fn show(args: &Named, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    let found = find(&args.id, stores, context).await?;
    let names = stores.names([found.session.user_id.as_str()].into_iter(), context).await?;
    let title = tr!(language, "Session", "会话");
    context.output().card(&view::card(title, &found, &names, (stores.now(), language)))
}

/// The session that is meant.
async fn find(id: &str, stores: &Stores, context: &Context) -> Result<SessionOverview, Failure> {
    let found = stores.grants().find_session_overview(id).await;
    found.map_err(|error| Failure::store(&error, context.language()))?.ok_or_else(|| unknown(id, context))
}

fn unknown(id: &str, context: &Context) -> Failure {
    let id = tame(id);
    let message = tr!(context.language(), "there is no session {id}", "没有编号为 {id} 的会话");
    Failure::new(Exit::NotFound, message).remedy("lingpai session list --all")
}
