//! `lingpai user add`: registers a person.

use clap::Args;
use protocol::StandardClaims;
use serde_json::{Value, json};
use user_store::{Identifier, NewUser, RegisterError, User};

use super::options::{self, ClaimOptions, Password, PasswordOptions};
use super::{set, view};
use crate::args::{Context, DryRun};
use crate::diff::Diff;
use crate::failure::{Exit, Failure};
use crate::language::tr;
use crate::output::{Card, Format, put};
use crate::prompt;
use crate::stores::Stores;

/// `lingpai user add`.
#[derive(Debug, Args)]
pub struct AddArgs {
    /// User name, e-mail address or phone number
    login: String,
    /// One more login of another kind; may be repeated
    #[arg(long, value_name = "LOGIN")]
    also: Vec<String>,
    /// E-mail addresses and phone numbers are known to be theirs
    #[arg(long)]
    verified: bool,
    #[command(flatten)]
    claims: ClaimOptions,
    #[command(flatten)]
    password: PasswordOptions,
    /// Give no password; one can be set later
    #[arg(long, conflicts_with = "PasswordOptions")]
    no_password: bool,
    /// Change the person if there is one with this login, instead of failing
    #[arg(long)]
    upsert: bool,
    #[command(flatten)]
    dry_run: DryRun,
}

/// Registers the person.
pub async fn run(args: AddArgs, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let (users, language) = (stores.users(), context.language());
    let logins = logins(&args, context)?;
    let found = users.find_by_login(&args.login).await.map_err(|error| Failure::store(&error, language))?;
    match found {
        Some(user) if args.upsert => return update(&args, &user, stores, context).await,
        Some(_) => return Err(options::taken(&args.login, language)),
        None => {}
    }
    let mut claims = StandardClaims::default();
    args.claims.apply(&mut claims);
    if args.dry_run.dry_run {
        let names: Vec<_> = logins.iter().map(|(login, _)| login.display()).collect();
        let after = json!({ "logins": names, "claims": claims, "has_password": !args.no_password });
        return Diff::between(&Value::Null, &after).show(
            &format!("user {}", args.login),
            context.output(),
            context.talk,
        );
    }
    let password = password(&args, context)?;
    let new = NewUser {
        identifiers: logins,
        password: password.as_ref().map(|password| password.secret.clone()),
        claims,
        bypass_password_policy: false,
    };
    let user = users.register(new).await.map_err(|error| refused(error, &args.login, context))?;
    stores.bump(context).await?;
    let name = user.preferred_name().to_owned();
    let mut card = view::card(tr!(language, "User {name} added", "已添加用户 {name}"), &user, stores.now(), language);
    show_password(&mut card, password.as_ref(), context);
    context.output().card(&card)
}

/// A generated password is shown this once; nothing else ever shows one.
pub fn show_password(card: &mut Card, password: Option<&Password>, context: &Context) {
    let language = context.language();
    let Some(password) = password.filter(|password| password.is_generated) else { return };
    let text = password.secret.expose();
    put(&mut card.json, "password", text);
    card.env.push(("LINGPAI_PASSWORD", text.to_owned()));
    let label = tr!(language, "password", "密码");
    card.lines.retain(|(known, _)| *known != label);
    card.lines
        .insert(1.min(card.lines.len()), (label, tr!(language, "{text}  (shown this once)", "{text}（只显示这一次）")));
}

fn logins(args: &AddArgs, context: &Context) -> Result<Vec<(Identifier, bool)>, Failure> {
    let texts = std::iter::once(&args.login).chain(&args.also);
    texts.map(|text| Ok((options::identifier(text, context)?, args.verified))).collect()
}

/// The password from where it was said to be, or from the keyboard.
fn password(args: &AddArgs, context: &Context) -> Result<Option<Password>, Failure> {
    if args.no_password {
        return Ok(None);
    }
    refuse_id_form(&args.password, context)?;
    if let Some(password) = args.password.read()? {
        return Ok(Some(password));
    }
    if prompt::can_ask(context) {
        return Ok(Some(Password { secret: prompt::new_password(context)?, is_generated: false }));
    }
    let language = context.language();
    let message = tr!(language, "a password is missing, and nobody is here to ask", "缺少密码，且无人可以询问");
    Err(Failure::new(Exit::Usage, message).remedy(tr!(
        language,
        "add --password-stdin, --password-file FILE, --generate-password or --no-password",
        "请加上 --password-stdin、--password-file 文件、--generate-password 或 --no-password",
    )))
}

/// A generated password must not get lost in a form that does not show it.
pub fn refuse_id_form(password: &PasswordOptions, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    if password.is_generated() && context.output().format() == Format::Id {
        let message = tr!(
            language,
            "-o id prints no password, and it could never be read again",
            "-o id 不显示密码，之后也无法再读取"
        );
        return Err(Failure::new(Exit::Usage, message).remedy(tr!(language, "use -o json", "请使用 -o json")));
    }
    Ok(())
}

async fn update(args: &AddArgs, user: &User, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let change = set::Change {
        claims: &args.claims,
        password: &args.password,
        added: &args.also,
        removed: &[],
        is_verified: args.verified,
    };
    set::apply(user, &change, args.dry_run, (stores, context)).await
}

fn refused(error: RegisterError, login: &str, context: &Context) -> Failure {
    let language = context.language();
    match error {
        RegisterError::Busy { .. } => options::busy(language),
        RegisterError::ClaimsTooLarge => options::too_large(language),
        RegisterError::IdentifierTaken => options::taken(login, language),
        RegisterError::NoIdentifier => Failure::new(Exit::Usage, error.to_string()),
        RegisterError::Store(error) => Failure::store(&error, language),
        RegisterError::WeakPassword(weakness) => options::weak(weakness, language),
    }
}
