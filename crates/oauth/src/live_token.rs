//! What an access token is worth at this moment: its signature or its row, its revocation, its family.
//!
//! Userinfo and introspection ask here and nowhere else. What was found good is remembered for at most five seconds, and
//! forgotten as soon as anything that could have ended it has changed.

use std::sync::Arc;
use std::time::Duration;

use flow::{FamilyRecord, Refusal, Refused};
use grant_store::{AccessTokenRecord, GrantError};
use jwks::{JwtPolicy, VerifyError};
use moka::sync::Cache;
use platform::digest;
use platform::secret::Kind;
use platform::sql::StoreError;
use protocol::{AccessTokenClaims, Alg, Audience, Timestamp};
use tokio::sync::OnceCell;
use user_store::User;

use crate::OAuth;
use crate::token::issue;

/// DESIGN: with several nodes nothing positive is cached longer than five seconds.
const KEEP: Duration = Duration::from_secs(5);
/// A token takes some 2 KiB here, what is known of the person included.
const MOST: u64 = 10_000;

/// An access token that is good.
pub(crate) struct LiveToken {
    /// What it says, or what its row says in the same words.
    pub(crate) claims: AccessTokenClaims,
    /// What it rests on; absent where a client speaks for itself.
    family: Option<FamilyRecord>,
    user: OnceCell<Option<User>>,
}

impl LiveToken {
    /// The family behind the token.
    pub(crate) fn family(&self) -> Option<&FamilyRecord> {
        self.family.as_ref()
    }

    /// The person behind the token; read once for as long as the token is remembered.
    pub(crate) async fn user(&self, oauth: &OAuth) -> Result<Option<&User>, StoreError> {
        let Some(family) = &self.family else { return Ok(None) };
        Ok(self.user.get_or_try_init(|| oauth.users.find(&family.user_id)).await?.as_ref())
    }
}

/// The tokens that were found good a moment ago, by the digest of the token.
#[derive(Clone)]
pub struct TokenCache(Cache<[u8; 32], Known>);

impl Default for TokenCache {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MOST).time_to_live(KEEP).build())
    }
}

/// What was found, and what it rests on.
#[derive(Clone)]
struct Known {
    token: Arc<LiveToken>,
    /// [`grant_store::GrantStore::changes`] before the first question was asked.
    changes: u64,
    /// From when to when it holds, by the clock of the server.
    since: Timestamp,
    until: Timestamp,
}

impl Known {
    fn holds(&self, changes: u64, now: Timestamp) -> bool {
        self.changes == changes && self.since <= now && now < self.until
    }
}

/// Finds out whether `presented` is a good access token of ours.
///
/// Effects: none but the memory of good ones.
/// Errors: [`GrantError::Refused`] with why it is not, [`GrantError::Store`] where nothing is known.
pub(crate) async fn find(oauth: &OAuth, presented: &str) -> Result<Arc<LiveToken>, GrantError> {
    let (key, now) = (digest::lookup_key(presented), oauth.clock.now());
    // Before anything is read: a change while we read makes what we read useless for the next caller.
    let changes = oauth.grants.changes();
    let known = oauth.tokens.0.get(&key).filter(|known| known.holds(changes, now));
    let token = if let Some(known) = known {
        known.token
    } else {
        let (token, until) = read(oauth, presented, now).await?;
        let token = Arc::new(token);
        let until = until.min(now.plus(KEEP));
        oauth.tokens.0.insert(key, Known { token: token.clone(), changes, since: now, until });
        token
    };
    if token.family.is_none() {
        // A client's own token rests on the client alone, which has a cache of its own: asked every time, so that the
        // two of them together are no older than one.
        let client = oauth.grants.find_client(&token.claims.client_id).await?;
        if client.is_none_or(|client| !client.is_enabled) {
            return Err(Refusal::BearerRejected.because("an enabled client", token.claims.client_id.as_str()).into());
        }
    }
    Ok(token)
}

/// Verifies an access token in the form of a JWT, and asks nothing else about it.
///
/// Shape: any audience, since resource servers ask about tokens for themselves; signed by any published key.
pub(crate) fn verify(oauth: &OAuth, token: &str, now: Timestamp) -> Result<AccessTokenClaims, Refused> {
    let policy = JwtPolicy {
        accepts_any_aud: true,
        ..JwtPolicy::new(AccessTokenClaims::TYP, &Alg::ALL, &oauth.issuer, &oauth.issuer, now)
    };
    let refuse =
        |error: VerifyError| Refusal::BearerRejected.because("an access token of this issuer", error.to_string());
    oauth.keys.verify(&policy, token).map_err(refuse)
}

/// Reads a token from the beginning; answers it with the moment at which it ends in any case.
async fn read(oauth: &OAuth, presented: &str, now: Timestamp) -> Result<(LiveToken, Timestamp), GrantError> {
    if is_opaque(presented) {
        let found = oauth.grants.find_access_token(presented).await?;
        let row = found.ok_or_else(|| Refusal::BearerRejected.because("a stored token", "none"))?;
        let family = match &row.family_id {
            Some(id) => Some(oauth.grants.check_family(id).await?),
            None => None,
        };
        let ends = row.expires_at;
        return Ok(live(claims_of(oauth, row, family.as_ref()), family, ends));
    }
    let claims = verify(oauth, presented, now)?;
    let is_revoked = async { Ok(oauth.grants.is_token_revoked(&claims.jti).await?) };
    let family = async {
        match &claims.family {
            Some(id) => oauth.grants.check_family(id).await.map(Some),
            None => Ok::<_, GrantError>(None),
        }
    };
    let (is_revoked, family) = tokio::try_join!(is_revoked, family)?;
    if is_revoked {
        return Err(Refusal::BearerRejected.because("a token that was not revoked", claims.jti.as_str()).into());
    }
    let ends = accepted_until(&claims);
    Ok(live(claims, family, ends))
}

/// When no verifier accepts a JWT any more.
pub(crate) fn accepted_until(claims: &AccessTokenClaims) -> Timestamp {
    Timestamp::from_secs(claims.exp).plus(JwtPolicy::LEEWAY)
}

/// Whether a text has the form of our opaque tokens.
pub(crate) fn is_opaque(presented: &str) -> bool {
    presented.strip_prefix(Kind::AccessToken.prefix()).is_some_and(|rest| rest.starts_with('_'))
}

fn live(claims: AccessTokenClaims, family: Option<FamilyRecord>, ends: Timestamp) -> (LiveToken, Timestamp) {
    let until = family.iter().fold(ends, |until, family| until.min(family.idle_expires_at).min(family.expires_at));
    (LiveToken { claims, family, user: OnceCell::new() }, until)
}

/// What a JWT would say in the place of this row. Source: RFC 9068 §2.2.
fn claims_of(oauth: &OAuth, row: AccessTokenRecord, family: Option<&FamilyRecord>) -> AccessTokenClaims {
    AccessTokenClaims {
        iss: oauth.issuer.clone(),
        sub: row.subject,
        aud: Audience::from(issue::audience(oauth, &row.scopes, &row.audience)),
        client_id: row.client_id,
        exp: row.expires_at.as_secs(),
        iat: row.created_at.as_secs(),
        jti: row.id,
        scope: row.scopes,
        auth_time: family.map(|family| family.auth_time.as_secs()),
        acr: family.map(|family| family.acr.clone()),
        amr: family.map(|family| family.amr.clone()).unwrap_or_default(),
        sid: family.map(|family| family.session_id.clone()),
        family: row.family_id,
        act: None,
    }
}
