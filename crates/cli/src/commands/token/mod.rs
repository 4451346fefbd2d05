//! `lingpai token`: what a token says, whether it is good, and the way to end it.
//!
//! A token is a key to somebody's data, so it is never an argument, which everybody on the machine can read: it comes
//! from standard input, a file, or the keyboard.
//!
//! | file | concern |
//! |---|---|
//! | `source` | where the token comes from |
//! | `judge` | the one judgement that `verify`, `introspect` and `revoke` share |
//! | `jwt` `stored` | the checks of a JWT, and of a token that is stored |
//! | `words` `view` | how a judgement is said |

mod judge;
mod jwt;
mod revoke;
mod source;
mod stored;
mod view;
mod words;

use clap::{Args, Subcommand};

use self::source::TokenSource;
use crate::args::{Context, DryRun};
use crate::failure::{Exit, Failure};
use crate::language::tr;
use crate::stores::Stores;

/// `lingpai token …`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  lingpai token verify --file token.txt\n  lingpai token decode - < token.txt")]
pub enum TokenCommand {
    /// Show what a token says of itself; verifies nothing and asks nobody
    #[command(
        after_help = "Examples:\n  lingpai token decode --file token.txt\n  lingpai token decode - -o json < token.txt"
    )]
    Decode(DecodeArgs),
    /// Check a token: signature, issuer, audience, time, and whether it was revoked; exit 8 where one fails
    #[command(
        after_help = "Examples:\n  lingpai token verify --file token.txt\n  lingpai token verify - --audience https://api.example.com < token.txt"
    )]
    Verify(VerifyArgs),
    /// Say whether a token is active, and what it stands for
    #[command(
        after_help = "Examples:\n  lingpai token introspect --file token.txt\n  lingpai token introspect - -o json < token.txt"
    )]
    Introspect(DecodeArgs),
    /// End a token: a refresh token with everything that came from its sign-in, an access token alone
    #[command(
        after_help = "Examples:\n  lingpai token revoke --file leaked.txt\n  lingpai token revoke - --dry-run < leaked.txt"
    )]
    Revoke(RevokeArgs),
}

/// `lingpai token decode` and `lingpai token introspect`.
#[derive(Debug, Args)]
pub struct DecodeArgs {
    #[command(flatten)]
    source: TokenSource,
}

/// `lingpai token verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    source: TokenSource,
    /// Whom it must be for [default: this server, any of its APIs; of ID tokens any client]
    #[arg(long, value_name = "AUD")]
    audience: Option<String>,
}

/// `lingpai token revoke`.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    #[command(flatten)]
    source: TokenSource,
    #[command(flatten)]
    dry_run: DryRun,
}

/// Runs a command of this noun.
pub async fn run(command: TokenCommand, context: &Context) -> Result<(), Failure> {
    match command {
        TokenCommand::Decode(args) => decode(&args, context),
        TokenCommand::Introspect(args) => {
            let token = args.source.read(context)?;
            let stores = Stores::open(context).await?;
            let judged = judge::judge(&token, None, &stores, context).await?;
            view::introspected(&judged, &stores, context)
        }
        TokenCommand::Revoke(args) => {
            let token = args.source.read(context)?;
            let stores = Stores::open(context).await?;
            revoke::run(&token, args.dry_run, &stores, context).await
        }
        TokenCommand::Verify(args) => {
            let token = args.source.read(context)?;
            let stores = Stores::open(context).await?;
            let judged = judge::judge(&token, args.audience.as_deref(), &stores, context).await?;
            view::verified(&judged, &stores, context)
        }
    }
}

/// Needs no store and no configuration: it also reads the tokens of others.
fn decode(args: &DecodeArgs, context: &Context) -> Result<(), Failure> {
    let (token, language) = (args.source.read(context)?, context.language());
    let found = jwks::peek(token.expose()).map_err(|error| {
        let message = if judge::is_stored_kind(token.expose()) {
            tr!(
                language,
                "this token is a random reference and says nothing by itself",
                "该令牌只是随机引用，本身不含任何内容"
            )
        } else {
            tr!(language, "this is no JSON web token: {error}", "这不是 JSON Web 令牌：{error}")
        };
        Failure::new(Exit::Failed, message).remedy("lingpai token introspect")
    })?;
    view::decoded(&found, context)?;
    context.talk.warn(&tr!(
        language,
        "nothing was verified; anybody can write such a token: lingpai token verify",
        "未做任何校验，任何人都能写出这样的令牌；请用：lingpai token verify"
    ));
    Ok(())
}
