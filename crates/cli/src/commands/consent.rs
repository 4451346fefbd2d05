//! `lingpai consent`: what people have allowed, and the way to take it back.

use clap::{Args, Subcommand};
use grant_store::ConsentOverview;
use protocol::Timestamp;
use serde_json::{Value, json};

use crate::args::{Context, DryRun};
use crate::commands::session::grant;
use crate::commands::user;
use crate::diff::Diff;
use crate::failure::{Exit, Failure};
use crate::language::{Language, tr};
use crate::output::{Card, Listing, Row};
use crate::paint::tame;
use crate::stores::{Names, Stores};
use crate::timing::relative;

/// `lingpai consent …`.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  lingpai consent list --user alice\n  lingpai consent revoke --user alice --client shop"
)]
pub enum ConsentCommand {
    /// List what people have allowed, the newest first
    #[command(
        after_help = "Examples:\n  lingpai consent list --user alice\n  lingpai consent list --client shop -o json"
    )]
    List(ListArgs),
    /// Take back what a person allowed a client, and end every token of it
    #[command(
        after_help = "Examples:\n  lingpai consent revoke --user alice --client shop\n  lingpai consent revoke --user alice --client shop --dry-run"
    )]
    Revoke(RevokeArgs),
}

/// `lingpai consent list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Those of one person: user name, e-mail address, phone number or id
    #[arg(long)]
    user: Option<String>,
    /// Those for one client
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// How many at most
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1000))]
    limit: u64,
}

/// `lingpai consent revoke`.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// User name, e-mail address, phone number or id
    #[arg(long)]
    user: String,
    /// Id of the client
    #[arg(long, value_name = "ID")]
    client: String,
    #[command(flatten)]
    dry_run: DryRun,
}

/// Runs a command of this noun.
pub async fn run(command: ConsentCommand, context: &Context) -> Result<(), Failure> {
    let stores = Stores::open(context).await?;
    match command {
        ConsentCommand::List(args) => list(&args, &stores, context).await,
        ConsentCommand::Revoke(args) => revoke(&args, &stores, context).await,
    }
}

async fn list(args: &ListArgs, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    let user_id = match &args.user {
        Some(name) => Some(user::known(&stores.users(), name, context).await?.id),
        None => None,
    };
    let listed =
        stores.grants().list_consent_overviews(user_id.as_deref(), args.client.as_deref(), args.limit + 1).await;
    let mut found = listed.map_err(|error| Failure::store(&error, language))?;
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let is_more = found.len() > limit;
    found.truncate(limit);
    let names = stores.names(found.iter().map(|one| one.consent.user_id.as_str()), context).await?;
    let head = vec![
        tr!(language, "USER", "用户"),
        tr!(language, "CLIENT", "客户端"),
        tr!(language, "ALLOWED", "授权范围"),
        tr!(language, "GIVEN", "授权时间"),
        tr!(language, "IN USE", "使用中"),
    ];
    let rows = found.iter().map(|one| row(one, &names, stores.now(), language)).collect();
    let empty = tr!(language, "nobody has allowed anything", "还没有任何授权");
    context.output().list(&Listing { head, rows, empty })?;
    if is_more {
        context.talk.say(&tr!(
            language,
            "there are more: add --user, --client or a higher --limit",
            "还有更多：请加上 --user、--client 或更大的 --limit"
        ));
    }
    Ok(())
}

fn row(one: &ConsentOverview, names: &Names, now: Timestamp, language: Language) -> Row {
    let consent = &one.consent;
    let (count, offline) = (one.grants.len(), one.grants.iter().filter(|grant| grant.is_offline).count());
    let in_use = match (count, offline) {
        (0, _) => "–".to_owned(),
        (_, 0) => count.to_string(),
        (_, _) => tr!(language, "{count}, {offline} of them offline", "{count}，其中 {offline} 个可离线访问"),
    };
    Row {
        id: format!("{} {}", consent.user_id, consent.client_id),
        json: json!({
            "user_id": consent.user_id,
            "user": names.of(&consent.user_id),
            "client_id": consent.client_id,
            "scope": consent.scopes.to_string(),
            "granted_at": consent.granted_at.to_rfc3339(),
            "grants": one.grants.iter().map(grant).collect::<Vec<_>>(),
        }),
        cells: vec![
            names.of(&consent.user_id),
            consent.client_id.clone(),
            consent.scopes.to_string(),
            relative(consent.granted_at, now, language),
            in_use,
        ],
    }
}

async fn revoke(args: &RevokeArgs, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let (language, grants) = (context.language(), stores.grants());
    let failed = |error| Failure::store(&error, language);
    let user = user::known(&stores.users(), &args.user, context).await?;
    let (name, client) = (tame(user.preferred_name()), tame(&args.client));
    if args.dry_run.dry_run {
        let consent = grants.find_consent(&user.id, &args.client).await.map_err(failed)?;
        let in_use = grants.list_grants(&user.id, Some(&args.client)).await.map_err(failed)?;
        if consent.is_none() && in_use.is_empty() {
            return Err(nothing(&name, &client, language));
        }
        let ids: Vec<_> = in_use.into_iter().map(|grant| grant.id).collect();
        let scope = consent.map(|consent| consent.scopes.to_string());
        let before = json!({ "scope": scope, "grants": ids });
        let after = json!({ "scope": Value::Null, "grants": Value::Array(Vec::new()) });
        let what = format!("consent of {name} for {client}");
        return Diff::between(&before, &after).show(&what, context.output(), context.talk);
    }
    let ended = grants.revoke_app(&user.id, &args.client).await.map_err(failed)?;
    let ended = ended.ok_or_else(|| nothing(&name, &client, language))?;
    let count = ended.grants;
    let card = Card {
        title: tr!(language, "{client} may nothing of {name} any more", "{client} 不再拥有 {name} 的任何授权"),
        id: format!("{} {}", user.id, args.client),
        json: json!({ "user_id": user.id, "client_id": args.client, "grants": count }),
        lines: vec![(tr!(language, "grants ended", "终止的授权"), count.to_string())],
        env: Vec::new(),
        paste: Vec::new(),
        next: Vec::new(),
    };
    context.output().card(&card)
}

fn nothing(name: &str, client: &str, language: Language) -> Failure {
    let message = tr!(language, "{name} has allowed {client} nothing", "{name} 没有给 {client} 任何授权");
    Failure::new(Exit::NotFound, message).remedy(format!("lingpai consent list --user {name}"))
}
