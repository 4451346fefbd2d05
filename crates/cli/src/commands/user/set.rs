//! `lingpai user set`: changes what is named and leaves the rest.

use clap::Args;
use serde_json::json;
use user_store::{AddIdentifierError, SetClaimsError, SetPasswordError, User};

use super::options::{self, ClaimOptions, PasswordOptions};
use super::{Named, add, find, unknown, view};
use crate::args::{Context, DryRun};
use crate::diff::Diff;
use crate::failure::{Exit, Failure};
use crate::language::tr;
use crate::output::put;
use crate::paint::tame;
use crate::stores::Stores;

/// `lingpai user set`.
#[derive(Debug, Args)]
pub struct SetArgs {
    #[command(flatten)]
    user: Named,
    #[command(flatten)]
    claims: ClaimOptions,
    #[command(flatten)]
    password: PasswordOptions,
    /// One more login; may be repeated
    #[arg(long, value_name = "LOGIN")]
    add_login: Vec<String>,
    /// One login less; may be repeated
    #[arg(long, value_name = "LOGIN")]
    remove_login: Vec<String>,
    /// Added e-mail addresses and phone numbers are known to be theirs
    #[arg(long)]
    verified: bool,
    #[command(flatten)]
    dry_run: DryRun,
}

/// What shall change.
pub struct Change<'a> {
    /// Claims to write over.
    pub claims: &'a ClaimOptions,
    /// A new password.
    pub password: &'a PasswordOptions,
    /// Logins to add.
    pub added: &'a [String],
    /// Logins to take away.
    pub removed: &'a [String],
    /// Whether added logins are proven.
    pub is_verified: bool,
}

/// Changes the person.
pub async fn run(args: SetArgs, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let user = find(&stores.users(), &args.user, context).await?;
    let change = Change {
        claims: &args.claims,
        password: &args.password,
        added: &args.add_login,
        removed: &args.remove_login,
        is_verified: args.verified,
    };
    apply(&user, &change, args.dry_run, (stores, context)).await
}

/// Makes the change, or shows it.
pub async fn apply(
    user: &User,
    change: &Change<'_>,
    dry_run: DryRun,
    (stores, context): (&Stores, &Context),
) -> Result<(), Failure> {
    let (users, language) = (stores.users(), context.language());
    let name = tame(user.preferred_name());
    let mut claims = user.claims.clone();
    change.claims.apply(&mut claims);
    if dry_run.dry_run {
        let before = json!({ "claims": user.claims, "logins": logins(user, change, false) });
        let mut after = json!({ "claims": claims, "logins": logins(user, change, true) });
        if change.password.is_given() {
            put(&mut after, "password", "(new)");
        }
        return Diff::between(&before, &after).show(&format!("user {name}"), context.output(), context.talk);
    }
    add::refuse_id_form(change.password, context)?;
    let password = change.password.read()?;
    if claims != user.claims {
        users.set_claims(&user.id, &claims).await.map_err(|error| claims_refused(error, user, context))?;
    }
    for login in change.added {
        let identifier = options::identifier(login, context)?;
        let added = users.add_identifier(&user.id, identifier, change.is_verified).await;
        added.map_err(|error| login_refused(error, login, context))?;
    }
    for login in change.removed {
        let identifier = options::identifier(login, context)?;
        let is_removed = users.remove_identifier(&user.id, &identifier).await;
        if !is_removed.map_err(|error| Failure::store(&error, language))? {
            return Err(not_removed(login, &name, context));
        }
    }
    if let Some(password) = &password {
        let set = users.set_password(&user.id, password.secret.clone()).await;
        set.map_err(|error| password_refused(error, user, context))?;
    }
    stores.bump(context).await?;
    let now = users.find(&user.id).await.map_err(|error| Failure::store(&error, language))?;
    let now = now.ok_or_else(|| unknown(&user.id, context))?;
    let name = now.preferred_name().to_owned();
    let mut card = view::card(tr!(language, "User {name} changed", "已修改用户 {name}"), &now, stores.now(), language);
    add::show_password(&mut card, password.as_ref(), context);
    context.output().card(&card)?;
    if password.is_some() {
        context.talk.say(&tr!(language, "every session of {name} has ended", "{name} 的所有会话已结束"));
    }
    Ok(())
}

/// The logins before and after the change, as they will be shown.
fn logins(user: &User, change: &Change<'_>, is_after: bool) -> Vec<String> {
    let mut logins: Vec<_> = user.identifiers.iter().map(|identifier| identifier.display.clone()).collect();
    if is_after {
        logins.retain(|login| !change.removed.contains(login));
        logins.extend(change.added.iter().cloned());
    }
    logins
}

fn claims_refused(error: SetClaimsError, user: &User, context: &Context) -> Failure {
    match error {
        SetClaimsError::Store(error) => Failure::store(&error, context.language()),
        SetClaimsError::TooLarge => options::too_large(context.language()),
        SetClaimsError::UnknownUser => unknown(&user.id, context),
    }
}

fn login_refused(error: AddIdentifierError, login: &str, context: &Context) -> Failure {
    match error {
        AddIdentifierError::IdentifierTaken => options::taken(login, context.language()),
        AddIdentifierError::Store(error) => Failure::store(&error, context.language()),
        AddIdentifierError::UnknownUser => unknown(login, context),
    }
}

fn password_refused(error: SetPasswordError, user: &User, context: &Context) -> Failure {
    match error {
        SetPasswordError::Busy { .. } => options::busy(context.language()),
        SetPasswordError::Store(error) => Failure::store(&error, context.language()),
        SetPasswordError::UnknownUser => unknown(&user.id, context),
        SetPasswordError::WeakPassword(weakness) => options::weak(weakness, context.language()),
    }
}

fn not_removed(login: &str, name: &str, context: &Context) -> Failure {
    let (login, language) = (tame(login), context.language());
    let message = tr!(
        language,
        "{login} was not taken away: {name} is not known by it, or by nothing else",
        "未移除 {login}：它不属于 {name}，或是其唯一的登录名",
    );
    Failure::new(Exit::NotFound, message).remedy(format!("lingpai user show {name}"))
}
