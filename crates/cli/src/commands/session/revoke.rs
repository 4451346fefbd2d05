//! `lingpai session revoke`: one session, or everything of a person.

use clap::Args;
use grant_store::SessionQuery;
use serde_json::{Value, json};
use user_store::User;

use super::{find, unknown, view};
use crate::args::{Context, DryRun, Yes};
use crate::commands::user;
use crate::diff::Diff;
use crate::failure::{Exit, Failure};
use crate::language::tr;
use crate::output::{Card, put};
use crate::paint::tame;
use crate::prompt::confirm;
use crate::stores::Stores;

/// Sessions that a dry run shows of one person.
const SHOWN: usize = 1000;

/// `lingpai session revoke`.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// Id of the session
    #[arg(required_unless_present = "user", conflicts_with = "user")]
    id: Option<String>,
    /// Sign this person out everywhere: every session and every app, offline access too
    #[arg(long)]
    user: Option<String>,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    dry_run: DryRun,
}

/// Ends what was named.
pub async fn run(args: RevokeArgs, stores: &Stores, context: &Context) -> Result<(), Failure> {
    match (&args.id, &args.user) {
        (Some(id), _) => one(id, args.dry_run, stores, context).await,
        (None, Some(name)) => {
            let user = user::known(&stores.users(), name, context).await?;
            everywhere(&user, &args, stores, context).await
        }
        // clap demands one of them.
        (None, None) => Err(Failure::silent(Exit::Usage)),
    }
}

async fn one(id: &str, dry_run: DryRun, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    let found = find(id, stores, context).await?;
    let names = stores.names([found.session.user_id.as_str()].into_iter(), context).await?;
    if dry_run.dry_run {
        let before = view::json(&found, &names, stores.now());
        let mut after = before.clone();
        if found.session.ended_at.is_none() {
            put(&mut after, "state", "ended");
            let kept: Vec<_> = found.grants.iter().filter(|grant| grant.is_offline).map(view::grant).collect();
            put(&mut after, "apps", kept);
        }
        return Diff::between(&before, &after).show(&format!("session {id}"), context.output(), context.talk);
    }
    let ended = stores.grants().revoke_session(id).await.map_err(|error| Failure::store(&error, language))?;
    let now = find(id, stores, context).await.map_err(|_| unknown(id, context))?;
    let title = tr!(language, "Session ended", "会话已结束");
    context.output().card(&view::card(title, &now, &names, (stores.now(), language)))?;
    match ended {
        Some(ended) => {
            let (count, kept) = (ended.grants, now.grants.len());
            context.talk.say(&tr!(language, "apps that lost their access: {count}", "失去访问权限的应用：{count}"));
            if kept > 0 {
                let user = &now.session.user_id;
                context.talk.say(&tr!(
                    language,
                    "apps that keep their offline access: {kept}; see lingpai consent list --user {user}",
                    "保留离线访问的应用：{kept}；查看：lingpai consent list --user {user}",
                ));
            }
        }
        None => context.talk.say(&tr!(language, "it had ended before", "该会话此前已结束")),
    }
    Ok(())
}

async fn everywhere(user: &User, args: &RevokeArgs, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let (language, grants) = (context.language(), stores.grants());
    let failed = |error| Failure::store(&error, language);
    let name = tame(user.preferred_name());
    if args.dry_run.dry_run {
        let query = SessionQuery { user_id: Some(user.id.clone()), limit: SHOWN, ..SessionQuery::default() };
        let sessions = grants.list_session_overviews(query).await.map_err(failed)?;
        let sessions: Vec<_> = sessions.into_iter().map(|one| one.session.id).collect();
        let apps = grants.list_grants(&user.id, None).await.map_err(failed)?;
        let apps: Vec<_> = apps.into_iter().map(|grant| format!("{} ({})", grant.client_id, grant.id)).collect();
        let before = json!({ "sessions": sessions, "apps": apps });
        let after = json!({ "sessions": Value::Array(Vec::new()), "apps": Value::Array(Vec::new()) });
        return Diff::between(&before, &after).show(&format!("user {name}"), context.output(), context.talk);
    }
    let question = tr!(
        language,
        "Sign {name} out everywhere? Every app has to ask again, those with offline access too.",
        "让 {name} 在所有地方退出登录？所有应用都要重新登录，包括有离线访问权限的。",
    );
    confirm(context, args.yes.yes, &question)?;
    let ended = grants.sign_out_everywhere(&user.id).await.map_err(failed)?;
    let (sessions, apps) = (ended.sessions, ended.grants);
    let card = Card {
        title: tr!(language, "User {name} is signed out everywhere", "用户 {name} 已在所有地方退出登录"),
        id: user.id.clone(),
        json: json!({ "user_id": user.id, "sessions": sessions, "grants": apps }),
        lines: vec![
            (tr!(language, "sessions", "会话"), sessions.to_string()),
            (tr!(language, "apps", "应用授权"), apps.to_string()),
        ],
        env: Vec::new(),
        paste: Vec::new(),
        next: Vec::new(),
    };
    context.output().card(&card)
}
