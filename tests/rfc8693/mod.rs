//! Token exchange for delegation among services of one house. RFC 8693.

// What the tests share may unwrap like the tests themselves.
#![cfg(test)]

mod request;
mod standing;

use flow::{ApiScope, ClientTerms, GrantName, ResourceServer};
use grant_store::NewClient;
use testkit::{API, App, RelyingParty, TokenCall, Tokens};

/// The grant type of the token requests. RFC 8693 §2.1.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// The token type that is exchanged.
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// The API behind the API: the target.
const STOCK: &str = "https://stock.example";
/// A second target.
const MAIL: &str = "https://mail.example";

fn api(audience: &str, name: &str, scopes: &[&str]) -> ResourceServer {
    let scope = |name: &&str| ApiScope {
        name: (*name).to_owned(),
        en: (*name).to_owned(),
        zh_cn: (*name).to_owned(),
        max_ttl: None,
    };
    ResourceServer { audience: audience.to_owned(), name: name.to_owned(), scopes: scopes.iter().map(scope).collect() }
}

fn service(id: &str, of: &str, targets: &[&str]) -> NewClient {
    NewClient {
        grant_types: vec![GrantName::TokenExchange, GrantName::ClientCredentials],
        scopes: ["stock:read", "mail:send", "api:write"].into_iter().collect(),
        terms: ClientTerms {
            introspects: vec![of.to_owned()],
            exchange_targets: targets.iter().map(|&target| target.to_owned()).collect(),
            ..ClientTerms::default()
        },
        ..NewClient::confidential(id)
    }
}

/// A house of services: `orders` answers for the API and may reach the stock, which may reach the mail.
struct House {
    app: App,
    /// The service behind the API of the fixture.
    orders: RelyingParty,
    /// The app that people use.
    web: RelyingParty,
}

impl House {
    async fn build() -> Self {
        let app = App::start().await;
        app.grants().upsert_api(api(STOCK, "Stock", &["stock:read", "stock:write"])).await.unwrap();
        app.grants().upsert_api(api(MAIL, "Mail", &["mail:send"])).await.unwrap();
        app.set_client("web", |change| {
            change.client.scopes =
                "openid profile offline_access api:read api:write stock:read stock:write mail:send".parse().unwrap();
        })
        .await;
        let orders = app.add_client(service("orders", API, &[STOCK])).await;
        let web = app.rp().scope("openid api:read stock:read stock:write");
        Self { app, orders, web }
    }

    /// What alice's browser app holds.
    async fn tokens(&self) -> Tokens {
        let code = self.app.browser().signed_in().authorize(&self.web).await.code();
        self.web.exchange(code).await.tokens()
    }

    /// An exchange by `orders` for the stock, not yet sent.
    fn exchange(&self, subject_token: &str) -> TokenCall {
        exchange(&self.orders, subject_token, STOCK)
    }
}

fn exchange(by: &RelyingParty, subject_token: &str, target: &str) -> TokenCall {
    by.call(GRANT)
        .with("subject_token", subject_token)
        .with("subject_token_type", ACCESS_TOKEN)
        .with("resource", target)
}
