//! What the rules of the register say to the person at the terminal, with the way out.

use grant_store::ClientError;
use protocol::Locale;

use super::unknown;
use crate::args::Context;
use crate::failure::{Exit, Failure};
use crate::language::tr;

/// The failure of a command that the register refused.
pub fn refused(error: ClientError, id: &str, context: &Context) -> Failure {
    let language = context.language();
    match error {
        ClientError::Changed => Failure::new(
            Exit::Conflict,
            tr!(language, "somebody else changed client {id} in the meantime", "客户端 {id} 已被其他人同时修改"),
        )
        .remedy(format!("lingpai client show {id}")),
        ClientError::Exists => Failure::new(Exit::Conflict, tr!(language, "client {id} exists", "客户端 {id} 已存在"))
            .remedy(tr!(
                language,
                "to change it: lingpai client set {id} …, or add --upsert",
                "要修改它：lingpai client set {id} …，或加上 --upsert",
            )),
        ClientError::NotFound => unknown(id, context),
        ClientError::Store(error) => Failure::store(&error, language),
        ClientError::AssertionAlgUnfit
        | ClientError::AuthMethodUnfit
        | ClientError::GrantUnfit
        | ClientError::IdInvalid
        | ClientError::KeysMissing
        | ClientError::KeysUnfit
        | ClientError::NameInvalid
        | ClientError::PkceUnfit
        | ClientError::ProofMissing
        | ClientError::RedirectUriMissing
        | ClientError::RedirectUrisTooMany
        | ClientError::RotationUnfit => {
            let (message, remedy) = match (words(&error), language.0) {
                ([en, _, remedy, _], Locale::En) | ([_, en, _, remedy], Locale::ZhCn) => (en, remedy),
            };
            Failure::new(Exit::Usage, message).remedy(remedy)
        }
    }
}

/// What is wrong with the words of the command, in English and in Chinese, and the way out in both.
#[allow(clippy::too_many_lines, reason = "a table: one entry per reason")]
fn words(error: &ClientError) -> [&'static str; 4] {
    match error {
        ClientError::AssertionAlgUnfit => [
            "this algorithm of assertions fits neither the way the client proves itself nor its keys",
            "该断言算法与客户端的认证方式或公钥不符",
            "HS256 is for client_secret_jwt, the others are for private_key_jwt with a key that fits; or: --assertion-alg any",
            "HS256 用于 client_secret_jwt，其余用于 private_key_jwt 并需有相符的公钥；或使用 --assertion-alg any",
        ],
        ClientError::AuthMethodUnfit => [
            "a public client authenticates with none, a confidential client with its secret or its key",
            "公开客户端不做认证，机密客户端用密钥或私钥认证",
            "leave --auth out, or leave --public out",
            "去掉 --auth，或去掉 --public",
        ],
        ClientError::GrantUnfit => [
            "client_credentials needs a secret, and a public client has none",
            "client_credentials 需要密钥，而公开客户端没有密钥",
            "leave --public out",
            "去掉 --public",
        ],
        ClientError::IdInvalid => [
            "a client id is 1 to 64 letters, digits and - . _ ~, and not a UUID",
            "客户端编号由 1 到 64 个字母、数字和 - . _ ~ 组成，且不能是 UUID",
            "choose a short plain word, such as: shop",
            "请选一个简短的词，例如 shop",
        ],
        ClientError::KeysMissing => [
            "private_key_jwt needs the public key of the app",
            "private_key_jwt 需要应用的公钥",
            "add --jwks FILE with a JWK set, a JWK or a public key in PEM",
            "请加上 --jwks 文件，内容为 JWK 集合、JWK 或 PEM 公钥",
        ],
        ClientError::KeysUnfit => [
            "a client has at most 20 keys, each strong, no two of one kid",
            "一个客户端最多 20 个公钥，每个都须足够强，kid 不得重复",
            "take out the keys that are no longer used, or give each a kid of its own",
            "请去掉不再使用的公钥，或为每个公钥设置不同的 kid",
        ],
        ClientError::NameInvalid => [
            "a client name is 1 to 200 characters that can be seen",
            "客户端名称为 1 到 200 个可见字符",
            "leave --name out to use the id",
            "去掉 --name 即使用编号",
        ],
        ClientError::PkceUnfit => [
            "only a confidential client may go without PKCE",
            "只有机密客户端可以不使用 PKCE",
            "leave --pkce out: public clients always use it",
            "去掉 --pkce：公开客户端始终使用 PKCE",
        ],
        ClientError::ProofMissing => [
            "a public client proves nothing, so it may neither introspect nor exchange tokens",
            "公开客户端不做认证，因此不能内省或交换令牌",
            "leave --public out, or leave --introspects and --exchange-target out",
            "去掉 --public，或去掉 --introspects 和 --exchange-target",
        ],
        ClientError::RedirectUriMissing => [
            "people who sign in must be sent back somewhere: a redirect URI is missing",
            "登录后必须有返回地址：缺少重定向 URI",
            "add --redirect https://…, or --grant client_credentials for an app without people",
            "请加上 --redirect https://…；没有人登录的应用请用 --grant client_credentials",
        ],
        ClientError::RedirectUrisTooMany => [
            "a client has at most 50 redirect URIs",
            "一个客户端最多 50 个重定向 URI",
            "register a second client",
            "请另外注册一个客户端",
        ],
        ClientError::RotationUnfit => [
            "refresh tokens of a public client always rotate",
            "公开客户端的刷新令牌始终轮换",
            "leave --rotation out",
            "去掉 --rotation",
        ],
        ClientError::Changed | ClientError::Exists | ClientError::NotFound | ClientError::Store(_) => [""; 4],
    }
}
