//! What certification of an OpenID provider demands, one test a module of the conformance suite.
//!
//! The functions bear the names of the suite's modules, without `oidcc-` and with `_` for `-`. Each runs twice: as a module
//! of the Basic profile, its answers in the query, and as one of the Form Post profile.

// What the tests share may unwrap like the tests themselves.
#![cfg(test)]

mod basic_claims;
mod basic_requests;
mod basic_sessions;
mod basic_tokens;
mod databases;
mod form_post;

use std::collections::BTreeSet;

use serde_json::Value;
use testkit::{App, Browser, ISSUER, Landing, NONCE, RelyingParty, STATE, Tokens, USER, WEB, at_hash};

/// Names the modules of a file and runs each of them in both profiles.
macro_rules! modules {
    ($($name:ident),+ $(,)?) => {
        mod basic {
            $(#[tokio::test] async fn $name() { super::$name(&super::Op::start("query").await).await; })+
        }
        mod form_post {
            $(#[tokio::test] async fn $name() { super::$name(&super::Op::start("form_post").await).await; })+
        }
    };
}
use modules;

/// The provider under test, and how it is to answer.
struct Op {
    app: App,
    mode: &'static str,
}

/// What a whole flow brought.
struct Flow {
    tokens: Tokens,
    id_token: Value,
    userinfo: Value,
}

impl Op {
    async fn start(mode: &'static str) -> Self {
        Self { app: App::start().await, mode }
    }

    /// The static client of the plan, as the plan registers it.
    fn rp(&self) -> RelyingParty {
        self.by_mode(self.app.rp())
    }

    fn by_mode(&self, rp: RelyingParty) -> RelyingParty {
        if self.mode == "query" { rp } else { rp.with("response_mode", self.mode) }
    }

    /// A browser whose person will sign in when asked.
    fn browser(&self) -> Browser {
        self.app.browser().signed_in()
    }

    /// The code of an answer, which must be as every answer must be.
    fn code(&self, landing: &Landing) -> String {
        self.check_params(landing, &["code", "iss", "state"]);
        let code = landing.code();
        // 128 bits at least; ours are 256 in base64url beside the selector.
        assert!(code.len() >= 43, "{code}");
        code
    }

    /// Demands that error, and the form of an error.
    fn refused(&self, landing: &Landing, error: &str) {
        self.check_params(landing, &["error", "error_description", "iss", "state"]);
        landing.assert_error(error);
    }

    /// Demands the mode, the state and no other parameter than these.
    fn check_params(&self, landing: &Landing, names: &[&str]) {
        assert!(landing.has_left, "still at {}: {}", landing.url, landing.reply.summary());
        assert_eq!(landing.mode(), self.mode);
        assert_eq!(landing.param("state").as_deref(), Some(STATE));
        assert_eq!(landing.param("iss").as_deref(), Some(ISSUER));
        let params = landing.params();
        let sent: BTreeSet<&str> = params.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(sent, names.iter().copied().collect(), "{}", landing.url);
        assert!(self.mode != "form_post" || landing.url.query().is_none(), "the answer leaks into {}", landing.url);
    }

    /// Walks a request to its end and exchanges the code, with every check that all modules share.
    async fn flow(&self, browser: &mut Browser, rp: &RelyingParty) -> Flow {
        let code = self.code(&browser.authorize(rp).await);
        self.exchange(rp, &code).await
    }

    async fn exchange(&self, rp: &RelyingParty, code: &str) -> Flow {
        let reply = rp.exchange(code).await;
        let tokens = reply.tokens();
        assert!((1..31_536_000).contains(&tokens.expires_in));
        let jwt = self.app.verify(tokens.id_token()).await;
        assert_eq!(jwt.header["alg"], "RS256");
        assert!(jwt.header["kid"].is_string());
        let (claims, now) = (jwt.claims, self.app.now().as_secs());
        assert_eq!((&claims["iss"], &claims["aud"]), (&ISSUER.into(), &WEB.into()));
        assert_eq!(claims["iat"], now);
        assert!(claims["exp"].as_i64().unwrap() > now && claims["auth_time"].as_i64().unwrap() <= now);
        assert_eq!(claims["at_hash"], at_hash("RS256", &tokens.access_token));
        assert!(claims["acr"].as_str().is_some_and(|acr| !acr.is_empty()));
        let known = ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "sid"];
        for name in claims.as_object().unwrap().keys() {
            assert!(known.contains(&name.as_str()), "{name} stands in an ID token beside an access token");
        }
        let userinfo = rp.userinfo(&tokens.access_token).await;
        assert_eq!(userinfo.assert_status(200).header("content-type"), Some("application/json"));
        let userinfo = userinfo.json();
        assert_eq!(userinfo["sub"], claims["sub"]);
        Flow { tokens, id_token: claims, userinfo }
    }
}

impl Flow {
    fn auth_time(&self) -> i64 {
        self.id_token["auth_time"].as_i64().unwrap()
    }
}
