//! The flags that `client add` and `client set` share.

use clap::{Args, ValueEnum};
use flow::{ClientAuthMethod, GrantName, PkceRule};
use grant_store::NewClient;
use protocol::{Alg, ScopeSet};
use url::Url;

use super::redirect;
use super::terms::TermsOptions;
use crate::args::Context;
use crate::failure::{Exit, Failure};
use crate::language::tr;
use crate::paint::tame;

/// What can be said of a client; what is not said stays.
#[derive(Debug, Args)]
pub struct ClientOptions {
    /// Name that people see
    #[arg(long)]
    pub name: Option<String>,
    /// Where answers may go, compared letter by letter; may be repeated
    #[arg(long, value_name = "URI")]
    pub redirect: Vec<String>,
    /// Where people may be sent after signing out; may be repeated
    #[arg(long, value_name = "URI")]
    pub post_logout: Vec<String>,
    /// Grant types it may use; may be repeated
    #[arg(long, value_name = "GRANT")]
    pub grant: Vec<Grant>,
    /// Scopes it may ask for; may be repeated, or several in one text
    #[arg(long, value_name = "SCOPE")]
    pub scope: Vec<String>,
    /// How it proves itself: by its secret, or by assertions that it signs
    #[arg(long)]
    pub auth: Option<Auth>,
    /// Whether every request must carry a PKCE challenge
    #[arg(long)]
    pub pkce: Option<Pkce>,
    /// Whether refresh tokens are replaced at each use
    #[arg(long)]
    pub rotation: Option<Switch>,
    /// One of our own: people are not asked for consent
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub first_party: Option<bool>,
    /// Web origins that may call the token endpoint from a browser; may be repeated
    #[arg(long, value_name = "ORIGIN")]
    pub cors: Vec<String>,
    /// Algorithm of its ID tokens
    #[arg(long, value_name = "ALG")]
    pub id_token_alg: Option<Alg>,
    /// Algorithm of its access tokens
    #[arg(long, value_name = "ALG")]
    pub access_token_alg: Option<Alg>,
    /// What is agreed beside.
    #[command(flatten)]
    pub terms: TermsOptions,
}

/// A grant type by its registered name or a short one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Grant {
    #[value(alias = "code")]
    AuthorizationCode,
    #[value(alias = "refresh")]
    RefreshToken,
    #[value(alias = "m2m")]
    ClientCredentials,
    #[value(alias = "device")]
    DeviceCode,
    #[value(alias = "exchange")]
    TokenExchange,
}

/// How a client proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Auth {
    Any,
    Basic,
    #[value(name = "client_secret_jwt")]
    ClientSecretJwt,
    Post,
    #[value(name = "private_key_jwt")]
    PrivateKeyJwt,
}

/// Whether PKCE is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Pkce {
    Optional,
    Required,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

impl From<Grant> for GrantName {
    fn from(grant: Grant) -> Self {
        match grant {
            Grant::AuthorizationCode => Self::AuthorizationCode,
            Grant::ClientCredentials => Self::ClientCredentials,
            Grant::RefreshToken => Self::RefreshToken,
            Grant::DeviceCode => Self::DeviceCode,
            Grant::TokenExchange => Self::TokenExchange,
        }
    }
}

impl From<Auth> for ClientAuthMethod {
    fn from(auth: Auth) -> Self {
        match auth {
            Auth::Any => Self::BasicOrPost,
            Auth::Basic => Self::Basic,
            Auth::ClientSecretJwt => Self::ClientSecretJwt,
            Auth::Post => Self::Post,
            Auth::PrivateKeyJwt => Self::PrivateKeyJwt,
        }
    }
}

impl From<Pkce> for PkceRule {
    fn from(pkce: Pkce) -> Self {
        match pkce {
            Pkce::Optional => Self::Optional,
            Pkce::Required => Self::Required,
        }
    }
}

impl ClientOptions {
    /// Writes what was said over the client, and warns of what weakens it.
    pub fn apply(&self, client: &mut NewClient, context: &Context) -> Result<(), Failure> {
        let language = context.language();
        if let Some(name) = &self.name {
            client.name.clone_from(name);
        }
        if !self.redirect.is_empty() {
            client.redirect_uris = redirect::parse_all(&self.redirect, language)?;
        }
        if !self.post_logout.is_empty() {
            client.post_logout_redirect_uris = redirect::parse_all(&self.post_logout, language)?;
        }
        if !self.grant.is_empty() {
            client.grant_types = unique(self.grant.iter().map(|grant| GrantName::from(*grant)));
        }
        if !self.scope.is_empty() {
            client.scopes = scopes(&self.scope, context)?;
        }
        if !self.cors.is_empty() {
            client.cors_origins =
                self.cors.iter().map(|origin| web_origin(origin, context)).collect::<Result<_, _>>()?;
        }
        let method = self.auth.map_or(client.auth_method, Into::into);
        if method != client.auth_method {
            // It was agreed for the method before.
            client.terms.assertion_alg = None;
        }
        client.auth_method = method;
        client.pkce = self.pkce.map_or(client.pkce, Into::into);
        client.rotation = self.rotation.map_or(client.rotation, |switch| switch == Switch::On);
        client.is_first_party = self.first_party.unwrap_or(client.is_first_party);
        client.id_token_alg = self.id_token_alg.unwrap_or(client.id_token_alg);
        client.access_token_alg = self.access_token_alg.unwrap_or(client.access_token_alg);
        self.terms.apply(client, context)?;
        self.warn(context);
        Ok(())
    }

    fn warn(&self, context: &Context) {
        let (talk, language) = (context.talk, context.language());
        if self.pkce == Some(Pkce::Optional) {
            talk.warn(&tr!(
                language,
                "without PKCE a stolen code can be redeemed by whoever stole the secret too; prefer a library that sends it",
                "不使用 PKCE 时，同时窃得授权码和密钥的人即可兑换令牌；请尽量改用支持 PKCE 的库",
            ));
        }
        if self.rotation == Some(Switch::Off) {
            talk.warn(&tr!(
                language,
                "without rotation the theft of a refresh token is not noticed",
                "关闭轮换后，刷新令牌被盗将无法察觉",
            ));
        }
    }
}

/// Every element once, in order.
pub fn unique<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut found = Vec::new();
    for item in items {
        if !found.contains(&item) {
            found.push(item);
        }
    }
    found
}

/// Scope tokens from flags; each flag may hold several.
pub fn scopes(texts: &[String], context: &Context) -> Result<ScopeSet, Failure> {
    let joined = texts.join(" ");
    ScopeSet::parse(joined.trim()).map_err(|error| {
        let shown = tame(&joined);
        let message = tr!(
            context.language(),
            "the scope \"{shown}\" is not one: {error}",
            "“{shown}”不是有效的权限范围：{error}"
        );
        Failure::new(Exit::Usage, message)
    })
}

/// `scheme://host[:port]` and nothing more, as a browser sends it in `Origin`.
fn web_origin(text: &str, context: &Context) -> Result<String, Failure> {
    let exact = Url::parse(text).ok().filter(Url::has_host).map(|url| url.origin().ascii_serialization());
    match exact {
        Some(exact) if exact == text => Ok(exact),
        other => {
            let shown = tame(text);
            let message = tr!(context.language(), "\"{shown}\" is not a web origin", "“{shown}”不是网页来源");
            let example = other.unwrap_or_else(|| "https://shop.example".to_owned());
            Err(Failure::new(Exit::Usage, message).remedy(format!("--cors {example}")))
        }
    }
}
