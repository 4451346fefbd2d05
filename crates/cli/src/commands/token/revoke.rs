//! `lingpai token revoke`: a refresh token ends with its grant, an access token alone.

use platform::secret::Secret;
use serde_json::json;

use super::judge::{Handle, Judged, TokenKind, judge};
use super::{view, words};
use crate::args::{Context, DryRun};
use crate::diff::Diff;
use crate::failure::{Exit, Failure};
use crate::language::{Language, tr};
use crate::paint::tame;
use crate::stores::Stores;

/// Ends the token.
pub async fn run(token: &Secret, dry_run: DryRun, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let (language, grants) = (context.language(), stores.grants());
    let judged = judge(token, None, stores, context).await?;
    let handle = judged.handle.clone().ok_or_else(|| refused(&judged, language))?;
    let is_good = judged.is_good();
    if dry_run.dry_run {
        let (before, after) = (json!({ "active": is_good }), json!({ "active": false }));
        let what = format!("{} {}", judged.kind.as_str(), judged.id);
        return Diff::between(&before, &after).show(&what, context.output(), context.talk);
    }
    let revoked = match &handle {
        Handle::Grant(family_id) => grants.revoke_grant(family_id).await,
        // What has expired is refused already; a row about it would only be swept.
        Handle::Jwt(token) if token.until <= stores.now() => Ok(false),
        Handle::Jwt(token) => grants.revoke_jwt(token.clone()).await,
        Handle::Opaque(token) => grants.revoke_access_token(token).await,
    };
    let revoked = revoked.map_err(|error| Failure::store(&error, language))?;
    let kind = words::kind(judged.kind, language);
    let json = json!({ "kind": judged.kind.as_str(), "id": judged.id, "revoked": revoked });
    let lines = vec![
        ("id".to_owned(), judged.id.clone()),
        (tr!(language, "client", "客户端"), judged.text("client_id").to_owned()),
        (tr!(language, "subject", "主体"), judged.text("sub").to_owned()),
    ];
    let title = if revoked {
        tr!(language, "{kind}: revoked", "{kind}：已吊销")
    } else {
        tr!(language, "{kind}: had ended before", "{kind}：此前已失效")
    };
    context.output().card(&view::card(title, &judged.id, json, lines))?;
    if revoked {
        context.talk.say(&effect(&handle, language));
    }
    Ok(())
}

/// What ends with the token, and who may go on taking it.
fn effect(handle: &Handle, language: Language) -> String {
    match handle {
        Handle::Grant(_) => tr!(
            language,
            "every token of the same sign-in ended with it; APIs that do not ask this server take its access tokens until they expire",
            "同一次授权的所有令牌已一并失效；不向本服务器查询的 API 在访问令牌到期前仍会接受它"
        ),
        Handle::Jwt(_) => tr!(
            language,
            "this server refuses it from now on; APIs that do not ask this server take it until it expires",
            "本服务器即刻起拒绝它；不向本服务器查询的 API 在到期前仍会接受它"
        ),
        Handle::Opaque(_) => tr!(language, "nobody can use it any more", "任何人都不能再使用它"),
    }
}

/// There is nothing here that could be ended.
fn refused(judged: &Judged, language: Language) -> Failure {
    if judged.kind == TokenKind::Id {
        let message = tr!(
            language,
            "an ID token says who signed in and opens nothing, so it cannot be revoked",
            "ID 令牌只说明谁登录过，不能用来访问，因此无法吊销"
        );
        let sid = tame(judged.text("sid"));
        return Failure::new(Exit::Usage, message).remedy(format!("lingpai session revoke {sid}"));
    }
    let why = tame(&words::failing(judged, language).unwrap_or_default());
    let message = tr!(language, "there is nothing to revoke: {why}", "没有可以吊销的内容：{why}");
    Failure::new(Exit::NotFound, message).remedy("lingpai token verify")
}
