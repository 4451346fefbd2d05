//! What a client needs beside its row before it can be used: keys of its algorithms, a secret of its method's form.

use flow::ClientAuthMethod;
use grant_store::{GrantStore, NewClient};
use protocol::Alg;

use super::options::unique;
use super::view;
use crate::args::Context;
use crate::failure::Failure;
use crate::language::tr;
use crate::stores::{Stores, key_failure};

/// Makes the keys of algorithms that no client has needed before, and says so.
///
/// Shape: keys of the configured algorithms are the server's business: its first start makes them.
pub async fn make_keys(client: &NewClient, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let needed = beyond_configured(client, stores);
    if needed.is_empty() {
        return Ok(());
    }
    let keys = stores.keys(Vec::new(), context).await?;
    for alg in needed {
        if keys.ensure(alg).await.map_err(|error| key_failure(&error, context))? {
            context.talk.say(&tr!(
                context.language(),
                "made the first {alg} key; it signs at once, and caches of the key set know it within an hour",
                "已生成首个 {alg} 密钥；它立即开始签名，公钥集的缓存一小时内会更新",
            ));
        }
    }
    Ok(())
}

/// Says which keys would be made.
pub async fn announce_keys(client: &NewClient, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let needed = beyond_configured(client, stores);
    if needed.is_empty() {
        return Ok(());
    }
    let has_key = stores.keys(Vec::new(), context).await?.active_algs();
    for alg in needed.into_iter().filter(|alg| !has_key.contains(alg)) {
        context.talk.say(&tr!(context.language(), "the first {alg} key would be made", "将会生成首个 {alg} 密钥"));
    }
    Ok(())
}

fn beyond_configured(client: &NewClient, stores: &Stores) -> Vec<Alg> {
    let needed = [Some(client.id_token_alg), Some(client.access_token_alg), client.terms.userinfo_alg];
    unique(needed.into_iter().flatten().filter(|alg| !stores.config.keys.algorithms.contains(alg)))
}

/// Warns where the client has no secret that its method could use; answers with what to type.
pub async fn missing_secret(
    id: &str,
    method: ClientAuthMethod,
    grants: &GrantStore,
    context: &Context,
) -> Result<Option<String>, Failure> {
    let language = context.language();
    let failed = |error| Failure::store(&error, language);
    let warning = if !view::has_secret(method) {
        return Ok(None);
    } else if grants.secret_age(id).await.map_err(failed)?.is_none() {
        tr!(language, "client {id} has no secret yet", "客户端 {id} 还没有密钥")
    } else if method == ClientAuthMethod::ClientSecretJwt && !grants.has_mac_secret(id).await.map_err(failed)? {
        tr!(
            language,
            "of the secret of {id} only a digest is kept, which cannot check a client_secret_jwt; make a new one",
            "{id} 的密钥只保存了摘要，无法校验 client_secret_jwt；请生成新密钥",
        )
    } else {
        return Ok(None);
    };
    let remedy = format!("lingpai client secret rotate {id}");
    context.talk.warn(&format!("{warning}: {remedy}"));
    Ok(Some(remedy))
}
