//! Parked authorization requests, each bound to the browser that brought it.
//!
//! The request is stored whole and never changes; what the pages add is a sign-in time and a decision. Nothing that
//! decides travels through the browser.

use std::sync::atomic::{AtomicU64, Ordering};

use flow::authorize::{Decision, Progress};
use platform::random;
use platform::secret::{self, Kind};
use platform::sql::{Outcome, StoreError, Tx};
use protocol::{AuthorizationRequest, ClaimsRequest, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::interaction;
use crate::{GrantStore, columns};

/// Anonymous traffic writes nothing unbounded: the oldest requests of one browser make room, an address and the whole
/// server have a cap.
const PER_BROWSER: u64 = 20;
const PER_ADDRESS: u64 = 2_000;
const IN_ALL: u64 = 200_000;
/// The longest hint that is kept, in bytes.
const MAX_HINT: usize = 320;

/// How many rows of a kind there are, about: counted once a minute, incremented in between.
#[derive(Debug, Default)]
pub(crate) struct Estimate(AtomicU64);

impl Estimate {
    pub(crate) fn set(&self, count: u64) {
        self.0.store(count, Ordering::Relaxed);
    }

    pub(crate) fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn is_at(&self, most: u64) -> bool {
        self.0.load(Ordering::Relaxed) >= most
    }
}

/// A request to park.
#[derive(Clone, Debug)]
pub struct NewInteraction {
    /// The request as parsed.
    pub request: AuthorizationRequest,
    /// The browser cookie's value; its digest binds the interaction.
    pub browser: String,
    /// The client's address block (an IPv6 caller owns a whole /64), for the cap.
    pub address: String,
    /// The reference that pages show.
    pub reference: String,
    /// The person of an ID token hint that was verified.
    pub hinted_user_id: Option<String>,
}

/// A parked request.
#[derive(Clone, Debug)]
pub struct InteractionRecord {
    /// Its id, in the query of the pages.
    pub id: String,
    /// The client that asked.
    pub client_id: String,
    /// What it asked for.
    pub request: AuthorizationRequest,
    /// The reference that pages show.
    pub reference: String,
    /// What happened since.
    pub progress: Progress,
    /// The person of an ID token hint that was verified when it arrived.
    pub hinted_user_id: Option<String>,
    /// When it was parked.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Why a request was not parked.
#[derive(Debug, thiserror::Error)]
pub enum ParkError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A cap was reached.
    #[error("too many authorization requests are waiting")]
    TooMany,
}

impl GrantStore {
    /// Parks a request until a page has done its part.
    pub async fn park(&self, new: NewInteraction) -> Result<String, ParkError> {
        if self.inner.parked.is_at(IN_ALL) {
            return Err(ParkError::TooMany);
        }
        let now = self.now();
        let row = interaction::Model {
            id: random::new_id(now),
            browser_digest: secret::digest(Kind::Browser, &new.browser),
            client_id: new.request.client_id.clone(),
            request: columns::write(&kept(new.request)),
            reference: new.reference,
            user_id: None,
            decision: None,
            login_at_ms: None,
            address: new.address,
            created_at_ms: now.as_millis(),
            expires_at_ms: now.plus(self.inner.policy.interaction_ttl).as_millis(),
            hinted_user_id: new.hinted_user_id,
        };
        let id = row.id.clone();
        let is_parked = self
            .inner
            .db
            .write(move |tx| {
                let row = row.clone();
                Box::pin(async move { park(tx, row, now).await })
            })
            .await?;
        if !is_parked {
            return Err(ParkError::TooMany);
        }
        self.inner.parked.add_one();
        Ok(id)
    }

    /// Counts the waiting requests, for the cap. Every node does so once a minute.
    pub async fn count_interactions(&self) -> Result<(), StoreError> {
        let waiting = self
            .inner
            .db
            .read(|conn| Box::pin(async move { Ok(interaction::Entity::find().count(conn.conn()).await?) }))
            .await?;
        self.inner.parked.set(waiting);
        Ok(())
    }

    /// Finds a parked request of this browser; another browser's, an ended or an unknown one are all none.
    pub async fn find_interaction(&self, id: &str, browser: &str) -> Result<Option<InteractionRecord>, StoreError> {
        if !columns::is_id(id) {
            return Ok(None);
        }
        let (id, digest, now) = (id.to_owned(), secret::digest(Kind::Browser, browser), self.now());
        self.inner
            .db
            .read(move |conn| {
                let (id, digest) = (id.clone(), digest.clone());
                Box::pin(async move {
                    let row = interaction::Entity::find_by_id(id).one(conn.conn()).await?;
                    let is_ours = |row: &interaction::Model| secret::digests_equal(&row.browser_digest, &digest);
                    row.filter(is_ours).filter(|row| now.as_millis() < row.expires_at_ms).map(record).transpose()
                })
            })
            .await
    }

    /// Notes that a person signed in for this request, at `at`: the `auth_time` of the new session.
    ///
    /// Effects: a decision that was made before is forgotten; it may have been somebody else's.
    pub async fn note_sign_in(&self, id: &str, user_id: &str, at: Timestamp) -> Result<bool, StoreError> {
        let user_id = user_id.to_owned();
        self.update(id, move |update| {
            update
                .col_expr(interaction::Column::UserId, Expr::value(user_id.as_str()))
                .col_expr(interaction::Column::LoginAtMs, Expr::value(at.as_millis()))
                .col_expr(interaction::Column::Decision, Expr::value(None::<String>))
        })
        .await
    }

    /// Notes what a person pressed on the consent page. It counts for that person alone.
    pub async fn decide(&self, id: &str, user_id: &str, decision: Decision) -> Result<bool, StoreError> {
        let text = match decision {
            Decision::Consented => "consented",
            Decision::Denied => "denied",
        };
        let user_id = user_id.to_owned();
        self.update(id, move |update| {
            update
                .col_expr(interaction::Column::UserId, Expr::value(user_id.as_str()))
                .col_expr(interaction::Column::Decision, Expr::value(text))
        })
        .await
    }

    /// Ends a parked request without a code. Answers whether this call ended it.
    pub async fn finish_interaction(&self, id: &str) -> Result<bool, StoreError> {
        if !columns::is_id(id) {
            return Ok(false);
        }
        let id = id.to_owned();
        self.inner
            .db
            .write(move |tx| {
                let id = id.clone();
                Box::pin(async move {
                    let gone = interaction::Entity::delete_by_id(id).exec(tx.conn()).await?;
                    Ok(Outcome::Commit(gone.rows_affected == 1))
                })
            })
            .await
    }

    async fn update<F>(&self, id: &str, change: F) -> Result<bool, StoreError>
    where
        F: Fn(sea_orm::UpdateMany<interaction::Entity>) -> sea_orm::UpdateMany<interaction::Entity>
            + Send
            + Sync
            + 'static,
    {
        if !columns::is_id(id) {
            return Ok(false);
        }
        let (id, now) = (id.to_owned(), self.now());
        self.inner
            .db
            .write(move |tx| {
                let update = change(interaction::Entity::update_many())
                    .filter(interaction::Column::Id.eq(&id))
                    .filter(interaction::Column::ExpiresAtMs.gt(now.as_millis()));
                Box::pin(async move { Ok(Outcome::Commit(update.exec(tx.conn()).await?.rows_affected == 1)) })
            })
            .await
    }
}

/// What the rules and pages read of a request. The rest has had its say when it arrived, and is not kept: anonymous
/// traffic must not decide how much is stored.
fn kept(request: AuthorizationRequest) -> AuthorizationRequest {
    let short = |value: Option<String>| value.filter(|value| value.len() <= MAX_HINT);
    AuthorizationRequest {
        login_hint: short(request.login_hint),
        ui_locales: short(request.ui_locales),
        id_token_hint: None,
        acr_values: None,
        display: None,
        claims: request.claims.and_then(|text| ClaimsRequest::parse(&text).ok()?.to_parameter()),
        request: None,
        request_uri: None,
        registration: None,
        ..request
    }
}

async fn park(tx: &Tx, row: interaction::Model, now: Timestamp) -> Result<Outcome<bool>, StoreError> {
    let of_address = interaction::Entity::find()
        .filter(interaction::Column::Address.eq(&row.address))
        .filter(interaction::Column::ExpiresAtMs.gt(now.as_millis()))
        .count(tx.conn())
        .await?;
    if of_address >= PER_ADDRESS {
        return Ok(Outcome::Rollback(false));
    }
    make_room(tx, &row.browser_digest).await?;
    let active = interaction::ActiveModel {
        id: Set(row.id),
        browser_digest: Set(row.browser_digest),
        client_id: Set(row.client_id),
        request: Set(row.request),
        reference: Set(row.reference),
        user_id: Set(None),
        decision: Set(None),
        login_at_ms: Set(None),
        address: Set(row.address),
        created_at_ms: Set(row.created_at_ms),
        expires_at_ms: Set(row.expires_at_ms),
        hinted_user_id: Set(row.hinted_user_id),
    };
    interaction::Entity::insert(active).exec_without_returning(tx.conn()).await?;
    Ok(Outcome::Commit(true))
}

/// Drops the oldest requests of a browser so that one more has room.
async fn make_room(tx: &Tx, browser_digest: &str) -> Result<(), StoreError> {
    let old: Vec<String> = interaction::Entity::find()
        .select_only()
        .column(interaction::Column::Id)
        .filter(interaction::Column::BrowserDigest.eq(browser_digest))
        .order_by_desc(interaction::Column::Id)
        .offset(PER_BROWSER - 1)
        .limit(PER_BROWSER)
        .into_tuple()
        .all(tx.conn())
        .await?;
    if !old.is_empty() {
        interaction::Entity::delete_many().filter(interaction::Column::Id.is_in(old)).exec(tx.conn()).await?;
    }
    Ok(())
}

fn record(row: interaction::Model) -> Result<InteractionRecord, StoreError> {
    let decision = match row.decision.as_deref() {
        None => None,
        Some("consented") => Some(Decision::Consented),
        Some("denied") => Some(Decision::Denied),
        Some(_) => return Err(StoreError::Corrupt { what: "interaction decision" }),
    };
    Ok(InteractionRecord {
        request: columns::read(&row.request, "interaction request")?,
        id: row.id,
        client_id: row.client_id,
        reference: row.reference,
        progress: Progress {
            user_id: row.user_id,
            signed_in_at: row.login_at_ms.map(Timestamp::from_millis),
            decision,
        },
        hinted_user_id: row.hinted_user_id,
        created_at: Timestamp::from_millis(row.created_at_ms),
        expires_at: Timestamp::from_millis(row.expires_at_ms),
    })
}
