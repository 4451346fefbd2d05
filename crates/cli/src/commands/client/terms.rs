//! The flags for what is agreed with a client beside the usual: its keys, its assertions, signed and opaque answers.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use flow::{AssertionAudience, TokenFormat};
use grant_store::NewClient;
use jwks::client_keys::{self, ClientKeysError};
use protocol::{Alg, JwkSet, client_assertion};

use super::options::unique;
use crate::args::Context;
use crate::failure::{Exit, Failure};
use crate::language::{Language, tr};
use crate::paint::tame;

/// A key set is a small file; more than this is the wrong one.
const MAX_KEYS_BYTES: u64 = 64 * 1024;
/// Takes a list or a setting back.
const NONE: &str = "none";
const ANY: &str = "any";

/// What can be said of the terms of a client; what is not said stays.
#[derive(Debug, Args)]
pub struct TermsOptions {
    /// Its public keys: a file with a JWK set, a JWK or PEM, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub jwks: Option<PathBuf>,
    /// Algorithm of its assertions; any: whichever fits its keys
    #[arg(long, value_name = "ALG", value_parser = assertion_algs())]
    pub assertion_alg: Option<String>,
    /// Whom its assertions must name as their audience
    #[arg(long, value_name = "AUD")]
    pub assertion_audience: Option<Audience>,
    /// Sign its userinfo answers with this algorithm; none: plain JSON
    #[arg(long, value_name = "ALG", value_parser = userinfo_algs())]
    pub userinfo_alg: Option<String>,
    /// Form of its access tokens; opaque ones must be asked for at the introspection endpoint
    #[arg(long, value_name = "FORM")]
    pub access_token_format: Option<AccessTokenFormat>,
    /// Audiences whose tokens it may introspect; may be repeated; none: no tokens but its own
    #[arg(long, value_name = "AUD")]
    pub introspects: Vec<String>,
    /// Audiences that it may exchange tokens for; may be repeated; none: no exchange
    #[arg(long, value_name = "AUD")]
    pub exchange_target: Vec<String>,
    /// Response modes that it may ask for; may be repeated; any: all of them
    #[arg(long, value_name = "MODE", value_parser = response_modes())]
    pub response_mode: Vec<String>,
}

/// The audience of client assertions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Audience {
    Any,
    Issuer,
    TokenEndpoint,
}

/// The form of access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AccessTokenFormat {
    Jwt,
    Opaque,
}

impl From<Audience> for AssertionAudience {
    fn from(audience: Audience) -> Self {
        match audience {
            Audience::Any => Self::Any,
            Audience::Issuer => Self::Issuer,
            Audience::TokenEndpoint => Self::TokenEndpoint,
        }
    }
}

impl From<AccessTokenFormat> for TokenFormat {
    fn from(format: AccessTokenFormat) -> Self {
        match format {
            AccessTokenFormat::Jwt => Self::Jwt,
            AccessTokenFormat::Opaque => Self::Opaque,
        }
    }
}

fn assertion_algs() -> PossibleValuesParser {
    PossibleValuesParser::new([ANY].into_iter().chain(client_assertion::algorithms()))
}

fn userinfo_algs() -> PossibleValuesParser {
    PossibleValuesParser::new([NONE].into_iter().chain(Alg::ALL.into_iter().map(Alg::as_str)))
}

fn response_modes() -> PossibleValuesParser {
    PossibleValuesParser::new([ANY, "query", "fragment", "form_post"])
}

impl TermsOptions {
    /// Writes what was said over the client's terms.
    pub fn apply(&self, client: &mut NewClient, context: &Context) -> Result<(), Failure> {
        let terms = &mut client.terms;
        if let Some(path) = &self.jwks {
            terms.jwks = read_keys(path, context)?;
        }
        if let Some(alg) = &self.assertion_alg {
            terms.assertion_alg = Some(alg.clone()).filter(|alg| alg != ANY);
        }
        if let Some(alg) = &self.userinfo_alg {
            // The parser let only names of algorithms through, and `none`.
            terms.userinfo_alg = alg.parse().ok();
        }
        terms.assertion_audience = self.assertion_audience.map_or(terms.assertion_audience, Into::into);
        terms.access_token_format = self.access_token_format.map_or(terms.access_token_format, Into::into);
        for (said, list, flag) in [
            (&self.introspects, &mut terms.introspects, "--introspects"),
            (&self.exchange_target, &mut terms.exchange_targets, "--exchange-target"),
        ] {
            if !said.is_empty() {
                *list = audiences(said, flag, context)?;
            }
        }
        if !self.response_mode.is_empty() {
            terms.response_modes = unique(self.response_mode.iter().filter(|mode| *mode != ANY).cloned());
        }
        Ok(())
    }
}

/// Audiences as tokens name them; `none` alone empties the list.
fn audiences(said: &[String], flag: &str, context: &Context) -> Result<Vec<String>, Failure> {
    if said.len() == 1 && said.first().is_some_and(|only| only == NONE) {
        return Ok(Vec::new());
    }
    let is_bad =
        |audience: &&String| audience.is_empty() || audience.chars().any(|c| c.is_whitespace() || c.is_control());
    if let Some(bad) = said.iter().find(is_bad) {
        let shown = tame(bad);
        let message = tr!(context.language(), "\"{shown}\" is not an audience", "“{shown}”不是有效的受众");
        return Err(Failure::new(Exit::Usage, message).remedy(format!("{flag} https://api.example.com")));
    }
    Ok(unique(said.iter().cloned()))
}

fn read_keys(path: &Path, context: &Context) -> Result<JwkSet, Failure> {
    let mut text = String::new();
    let read = if path.as_os_str() == "-" {
        io::stdin().lock().take(MAX_KEYS_BYTES).read_to_string(&mut text)
    } else {
        File::open(path).and_then(|file| file.take(MAX_KEYS_BYTES).read_to_string(&mut text))
    };
    let shown = path.display();
    read.map_err(|error| Failure::new(Exit::Failed, format!("{shown}: {error}")))?;
    client_keys::read(&text).map_err(|error| {
        let (message, remedy) = words(error, context.language());
        Failure::new(Exit::Usage, format!("{shown}: {message}")).remedy(remedy)
    })
}

/// What is wrong with a file of keys, and the way out.
fn words(error: ClientKeysError, language: Language) -> (String, String) {
    let public_half = || {
        tr!(
            language,
            "take the public half: openssl pkey -in private.pem -pubout -out public.pem",
            "请导出公钥：openssl pkey -in private.pem -pubout -out public.pem",
        )
    };
    let strong = || {
        tr!(
            language,
            "use a P-256, P-384 or Ed25519 key, or RSA with 2048 to 4096 bits and the exponent 65537",
            "请使用 P-256、P-384 或 Ed25519 密钥，或指数为 65537、2048 到 4096 位的 RSA 密钥",
        )
    };
    match error {
        ClientKeysError::Certificate => (
            tr!(language, "this is a certificate, and only its public key is wanted", "这是证书，这里只需要其中的公钥"),
            tr!(
                language,
                "take it out: openssl x509 -in cert.pem -noout -pubkey",
                "请导出公钥：openssl x509 -in cert.pem -noout -pubkey",
            ),
        ),
        ClientKeysError::Empty => (tr!(language, "there is no key for signatures", "没有用于签名的密钥"), strong()),
        ClientKeysError::Key { number, source } => {
            (tr!(language, "key {number} cannot be used: {source}", "第 {number} 个密钥无法使用：{source}"), strong())
        }
        ClientKeysError::NoPoint { number } => {
            (tr!(language, "key {number} can verify no signature", "第 {number} 个密钥无法校验任何签名"), strong())
        }
        ClientKeysError::Private => (
            tr!(
                language,
                "this holds a private or symmetric key, which must never leave the app; replace it if others may have seen it",
                "其中含有私钥或对称密钥，它们绝不能离开应用；如可能已被他人看到，请更换",
            ),
            public_half(),
        ),
        ClientKeysError::Unreadable => (
            tr!(
                language,
                "this is neither a JWK set, nor a JWK, nor a public key in PEM",
                "既不是 JWK 集合，也不是 JWK 或 PEM 公钥",
            ),
            public_half(),
        ),
        ClientKeysError::Weak { number } => {
            (tr!(language, "key {number} is too weak or too large", "第 {number} 个密钥过弱或过长"), strong())
        }
    }
}
