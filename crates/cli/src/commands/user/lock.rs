//! `lingpai user lock` and `lingpai user unlock`.

use clap::Args;
use server::config::Period;
use user_store::{User, UserStatus};

use super::{Named, find, unknown, view};
use crate::args::{Context, DryRun};
use crate::diff::Diff;
use crate::failure::Failure;
use crate::language::tr;
use crate::output::put;
use crate::paint::tame;
use crate::stores::Stores;

/// `lingpai user lock`.
#[derive(Debug, Args)]
pub struct LockArgs {
    #[command(flatten)]
    user: Named,
    /// How long, such as 24h [default: until unlocked]
    #[arg(long = "for", value_name = "SPAN")]
    period: Option<Period>,
    #[command(flatten)]
    dry_run: DryRun,
}

/// `lingpai user unlock`.
#[derive(Debug, Args)]
pub struct UnlockArgs {
    #[command(flatten)]
    user: Named,
    #[command(flatten)]
    dry_run: DryRun,
}

/// Keeps a person out.
pub async fn lock(args: &LockArgs, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let (users, language) = (stores.users(), context.language());
    let user = find(&users, &args.user, context).await?;
    let until = args.period.map(|period| stores.now().plus(period.duration()));
    if args.dry_run.dry_run {
        let status = if until.is_some() { "locked" } else { "disabled" };
        return plan(&user, status, until.map(protocol::Timestamp::to_rfc3339), context);
    }
    let changed = match until {
        Some(until) => {
            // A lock that ends by itself takes the place of one that does not.
            users.enable(&user.id).await.map_err(|error| Failure::store(&error, language))?;
            users.lock(&user.id, until).await
        }
        None => users.disable(&user.id).await,
    };
    changed.map_err(|error| Failure::store(&error, language))?;
    finish(&user, stores, context).await
}

/// Lets a person in again.
pub async fn unlock(args: &UnlockArgs, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let (users, language) = (stores.users(), context.language());
    let user = find(&users, &args.user, context).await?;
    if args.dry_run.dry_run {
        return plan(&user, "enabled", None, context);
    }
    let changed = match user.status {
        UserStatus::Disabled => users.enable(&user.id).await,
        UserStatus::Locked { .. } => users.unlock(&user.id).await,
        UserStatus::Enabled => Ok(false),
    };
    changed.map_err(|error| Failure::store(&error, language))?;
    finish(&user, stores, context).await
}

fn plan(user: &User, status: &str, until: Option<String>, context: &Context) -> Result<(), Failure> {
    let mut after = view::json(user);
    put(&mut after, "status", status);
    put(&mut after, "locked_until", until);
    let diff = Diff::between(&view::json(user), &after);
    diff.show(&format!("user {}", tame(user.preferred_name())), context.output(), context.talk)
}

async fn finish(user: &User, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    stores.bump(context).await?;
    let now = stores.users().find(&user.id).await.map_err(|error| Failure::store(&error, language))?;
    let now = now.ok_or_else(|| unknown(&user.id, context))?;
    let name = now.preferred_name().to_owned();
    context.output().card(&view::card(tr!(language, "User {name}", "用户 {name}"), &now, stores.now(), language))
}
