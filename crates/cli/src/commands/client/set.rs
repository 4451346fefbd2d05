//! `lingpai client set`: changes what is named and leaves the rest.

use clap::Args;
use flow::ClientRecord;
use grant_store::{ClientChange, NewClient};
use protocol::ScopeSet;

use super::options::{ClientOptions, scopes, unique};
use super::refusal::refused;
use super::{find, readiness, redirect, view};
use crate::args::{Context, DryRun};
use crate::diff::Diff;
use crate::failure::{Exit, Failure};
use crate::language::tr;
use crate::paint::tame;
use crate::stores::Stores;

/// `lingpai client set`.
#[derive(Debug, Args)]
pub struct SetArgs {
    /// Id of the client
    id: String,
    #[command(flatten)]
    options: ClientOptions,
    /// One more redirect URI; may be repeated
    #[arg(long, value_name = "URI", conflicts_with = "redirect")]
    add_redirect: Vec<String>,
    /// One redirect URI less; may be repeated
    #[arg(long, value_name = "URI", conflicts_with = "redirect")]
    remove_redirect: Vec<String>,
    /// One more scope; may be repeated
    #[arg(long, value_name = "SCOPE", conflicts_with = "scope")]
    add_scope: Vec<String>,
    /// One scope less; may be repeated
    #[arg(long, value_name = "SCOPE", conflicts_with = "scope")]
    remove_scope: Vec<String>,
    /// Let it be used again
    #[arg(long, conflicts_with = "disable")]
    enable: bool,
    /// Give it nothing from now on
    #[arg(long)]
    disable: bool,
    #[command(flatten)]
    dry_run: DryRun,
}

/// Changes the client.
pub async fn run(args: SetArgs, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let client = find(&stores.grants(), &args.id, context).await?;
    let mut changed = NewClient::from(&*client);
    args.options.apply(&mut changed, context)?;
    apply_lists(&args, &mut changed, context)?;
    let is_enabled = (client.is_enabled || args.enable) && !args.disable;
    store(&client, changed, is_enabled, args.dry_run, (stores, context)).await
}

fn apply_lists(args: &SetArgs, client: &mut NewClient, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    for uri in &args.remove_redirect {
        let before = client.redirect_uris.len();
        client.redirect_uris.retain(|known| known.as_str() != uri);
        if client.redirect_uris.len() == before {
            let (uri, id) = (tame(uri), &args.id);
            let message =
                tr!(language, "{uri} is not among the redirect URIs of {id}", "{uri} 不在 {id} 的重定向 URI 之中");
            return Err(Failure::new(Exit::NotFound, message).remedy(format!("lingpai client show {id}")));
        }
    }
    let added = redirect::parse_all(&args.add_redirect, language)?;
    client.redirect_uris = unique(client.redirect_uris.drain(..).chain(added));
    let removed = scopes(&args.remove_scope, context)?;
    let kept: ScopeSet = client.scopes.difference(&removed);
    client.scopes = kept.union(&scopes(&args.add_scope, context)?);
    Ok(())
}

/// Stores a change, or shows it; an equal client is left alone.
pub async fn store(
    client: &ClientRecord,
    changed: NewClient,
    is_enabled: bool,
    dry_run: DryRun,
    (stores, context): (&Stores, &Context),
) -> Result<(), Failure> {
    let (id, language) = (&client.id, context.language());
    changed.check().map_err(|error| refused(error, id, context))?;
    let diff = Diff::between(&view::json(client), &view::json(&changed.clone().into_record(is_enabled, stores.now())));
    if dry_run.dry_run {
        readiness::announce_keys(&changed, stores, context).await?;
        return diff.show(&format!("client {id}"), context.output(), context.talk);
    }
    let grants = stores.grants();
    let method = changed.auth_method;
    let title = if diff.is_empty() {
        tr!(language, "Client {id} (nothing to change)", "客户端 {id}（无需更改）")
    } else {
        readiness::make_keys(&changed, stores, context).await?;
        let change = ClientChange { client: changed, is_enabled, from_version: client.version };
        grants.set_client(change).await.map_err(|error| refused(error, id, context))?;
        tr!(language, "Client {id} changed", "已修改客户端 {id}")
    };
    let now = find(&grants, id, context).await?;
    let next = readiness::missing_secret(id, method, &grants, context).await?.into_iter().collect();
    let said = view::Said { title, secret: None, next };
    context.output().card(&view::card(said, &now, &stores.issuer, language))
}
