//! Device codes: asked for by a device, decided by a person elsewhere. Source: RFC 8628 §3.1–3.3.
//!
//! The person's code is short enough to be guessed, so no row holds it: what is stored is an HMAC under a key that the
//! database does not know. Redemption stands in `device_polls`.

use std::fmt::Write as _;

use flow::SessionRecord;
use flow::authorize::Asked;
use flow::device::{DeviceApproval, DeviceAsk, DeviceRecord, DeviceState, INTERVAL};
use platform::audit::{self, AuditEvent};
use platform::random;
use platform::seal::{HmacKey, MasterKey};
use platform::secret::{Kind, Secret, StoredSecret};
use platform::sql::{Outcome, StoreError, Tx};
use protocol::{ScopeSet, Timestamp, UserCode};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::device_code;
use crate::{GrantStore, ParkError, columns, consents};

/// Anybody can ask for a code in the name of a public client, and each that waits is one more that can be guessed: an
/// address and the whole server have a cap.
const PER_ADDRESS: u64 = 500;
const IN_ALL: u64 = 50_000;
/// Codes that are drawn before a user code that nobody else has is given up for this time.
const DRAWS: usize = 4;
const MAX_USER_AGENT: usize = 400;
const MAX_ADDRESS: usize = 64;

/// The key under which user codes are digested, derived from the master key.
#[derive(Clone, Debug)]
pub struct UserCodeKey(HmacKey);

impl UserCodeKey {
    /// The key of an installation: the same on every node.
    pub fn derive(master: &MasterKey) -> Self {
        Self(master.derive("user-code"))
    }

    /// What is stored of a user code.
    pub fn digest(&self, code: &UserCode) -> UserCodeDigest {
        let tag = self.0.sign(code.letters().as_bytes());
        UserCodeDigest(tag.iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        }))
    }
}

/// A user code under the key of the installation; only [`UserCodeKey`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCodeDigest(String);

/// A device authorization request that was judged.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// The client.
    pub client_id: String,
    /// What it gets if a person allows it.
    pub ask: DeviceAsk,
    /// The client's address block (an IPv6 caller owns a whole /64), for the cap and for the person to see.
    pub address: String,
    /// What the device said it was; cut to 400 characters.
    pub user_agent: String,
}

/// What a device is told.
#[derive(Debug)]
pub struct StartedDevice {
    /// What it polls with; told this once.
    pub device_code: Secret,
    /// What it shows to the person; told this once.
    pub user_code: UserCode,
}

enum Started {
    Collided,
    Stored,
    TooMany,
}

impl GrantStore {
    /// Begins a device authorization.
    ///
    /// Errors: [`ParkError::TooMany`] where a cap was reached.
    pub async fn start_device(&self, key: &UserCodeKey, new: NewDevice) -> Result<StartedDevice, ParkError> {
        if self.inner.devices.is_at(IN_ALL) {
            return Err(ParkError::TooMany);
        }
        let now = self.now();
        for _ in 0..DRAWS {
            let Some(user_code) = UserCode::parse(&random::letters(UserCode::LETTERS, UserCode::LENGTH)) else {
                continue;
            };
            let secret = StoredSecret::generate(Kind::DeviceCode, now);
            let end = now.plus(self.inner.policy.device_code_ttl);
            let row = row(&new, &secret, key.digest(&user_code), (now, end));
            let started = self
                .inner
                .db
                .write(move |tx| {
                    let row = row.clone();
                    Box::pin(async move { store(tx, row, now).await })
                })
                .await?;
            match started {
                Started::Stored => {
                    self.inner.devices.add_one();
                    return Ok(StartedDevice { device_code: secret.presented, user_code });
                }
                Started::Collided => {}
                Started::TooMany => return Err(ParkError::TooMany),
            }
        }
        // 50,000 live codes of 25.6 thousand million: this is not met by chance.
        Err(ParkError::TooMany)
    }

    /// Counts the codes that wait, for the cap. Every node does so once a minute.
    pub async fn count_device_codes(&self) -> Result<(), StoreError> {
        let now = self.now();
        let waiting = self
            .inner
            .db
            .read(move |conn| {
                Box::pin(async move {
                    let live = device_code::Column::ExpiresAtMs.gt(now.as_millis());
                    Ok(device_code::Entity::find().filter(live).count(conn.conn()).await?)
                })
            })
            .await?;
        self.inner.devices.set(waiting);
        Ok(())
    }

    /// Finds what a user code stands for, ended and decided ones too.
    ///
    /// Two live codes with the same digest are none: nobody may decide for the wrong device.
    pub async fn find_device(&self, code: &UserCodeDigest) -> Result<Option<DeviceRecord>, StoreError> {
        let (digest, now) = (code.0.clone(), self.now());
        self.inner
            .db
            .read(move |conn| {
                let digest = digest.clone();
                Box::pin(async move {
                    let rows = device_code::Entity::find()
                        .filter(device_code::Column::UserCodeDigest.eq(digest))
                        .order_by_desc(device_code::Column::ExpiresAtMs)
                        .limit(2)
                        .all(conn.conn())
                        .await?;
                    let live = rows.iter().filter(|row| row.expires_at_ms > now.as_millis()).count();
                    rows.into_iter().next().filter(|_| live < 2).map(record).transpose()
                })
            })
            .await
    }

    /// Lets a device in: the consent is recorded and the code handed to the person's session, in one transaction.
    ///
    /// Shape: `scopes` are those that the person was shown. Answers whether this call decided; a code that has ended or
    /// was decided before changes nothing.
    pub async fn allow_device(&self, id: &str, session: &SessionRecord, scopes: &ScopeSet) -> Result<bool, StoreError> {
        let (id, session, scopes, now) = (id.to_owned(), session.clone(), scopes.clone(), self.now());
        self.inner
            .db
            .write(move |tx| {
                let (id, session, scopes) = (id.clone(), session.clone(), scopes.clone());
                Box::pin(async move {
                    let Some(row) = device_code::Entity::find_by_id(&id).one(tx.conn()).await? else {
                        return Ok(Outcome::Rollback(false));
                    };
                    // The consent before the code, as redemption reads them.
                    let pair = (session.user_id.clone(), row.client_id.clone());
                    let asked = Asked { scopes: scopes.clone(), ..Asked::default() };
                    consents::grant(tx, pair, &asked, now).await?;
                    let is_ours = decide(tx, &id, DeviceState::Allowed, Some((&session, &scopes)), now).await?;
                    if !is_ours {
                        return Ok(Outcome::Rollback(false));
                    }
                    audit::record(tx, event("device.allowed", &row, &session.user_id, now)).await?;
                    Ok(Outcome::Commit(true))
                })
            })
            .await
    }

    /// Refuses a device. Answers whether this call decided.
    pub async fn deny_device(&self, id: &str, user_id: &str) -> Result<bool, StoreError> {
        let (id, user_id, now) = (id.to_owned(), user_id.to_owned(), self.now());
        self.inner
            .db
            .write(move |tx| {
                let (id, user_id) = (id.clone(), user_id.clone());
                Box::pin(async move {
                    let Some(row) = device_code::Entity::find_by_id(&id).one(tx.conn()).await? else {
                        return Ok(Outcome::Rollback(false));
                    };
                    if !decide(tx, &id, DeviceState::Denied, None, now).await? {
                        return Ok(Outcome::Rollback(false));
                    }
                    audit::record(tx, event("device.denied", &row, &user_id, now)).await?;
                    Ok(Outcome::Commit(true))
                })
            })
            .await
    }
}

async fn store(tx: &Tx, row: device_code::ActiveModel, now: Timestamp) -> Result<Outcome<Started>, StoreError> {
    let live = || device_code::Entity::find().filter(device_code::Column::ExpiresAtMs.gt(now.as_millis()));
    let (address, digest) = (row.address.clone().unwrap(), row.user_code_digest.clone().unwrap());
    if live().filter(device_code::Column::Address.eq(address)).count(tx.conn()).await? >= PER_ADDRESS {
        return Ok(Outcome::Rollback(Started::TooMany));
    }
    if live().filter(device_code::Column::UserCodeDigest.eq(digest)).count(tx.conn()).await? > 0 {
        return Ok(Outcome::Rollback(Started::Collided));
    }
    device_code::Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(Outcome::Commit(Started::Stored))
}

/// One decision: the one update that finds the code open wins.
async fn decide(
    tx: &Tx,
    id: &str,
    state: DeviceState,
    allowed: Option<(&SessionRecord, &ScopeSet)>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut update =
        device_code::Entity::update_many().col_expr(device_code::Column::State, Expr::value(state.as_str()));
    if let Some((session, scopes)) = allowed {
        update = update
            .col_expr(device_code::Column::Scopes, Expr::value(scopes.to_string()))
            .col_expr(device_code::Column::UserId, Expr::value(session.user_id.as_str()))
            .col_expr(device_code::Column::SessionId, Expr::value(session.id.as_str()))
            .col_expr(device_code::Column::Epoch, Expr::value(session.epoch))
            .col_expr(device_code::Column::AuthTimeMs, Expr::value(session.auth_time.as_millis()))
            .col_expr(device_code::Column::Acr, Expr::value(session.acr.as_str()))
            .col_expr(device_code::Column::Amr, Expr::value(columns::write(&session.amr)));
    }
    let decided = update
        .filter(device_code::Column::Id.eq(id))
        .filter(device_code::Column::State.eq(DeviceState::Pending.as_str()))
        .filter(device_code::Column::ExpiresAtMs.gt(now.as_millis()))
        .exec(tx.conn())
        .await?;
    Ok(decided.rows_affected == 1)
}

fn event(kind: &'static str, row: &device_code::Model, user_id: &str, at: Timestamp) -> AuditEvent {
    AuditEvent {
        at,
        kind,
        client_id: Some(row.client_id.clone()),
        user_id: Some(user_id.to_owned()),
        family_id: None,
        detail: serde_json::json!({ "device": row.id, "address": row.address, "scope": row.scopes }),
    }
}

fn row(
    new: &NewDevice,
    secret: &StoredSecret,
    user_code: UserCodeDigest,
    (now, end): (Timestamp, Timestamp),
) -> device_code::ActiveModel {
    device_code::ActiveModel {
        id: Set(secret.selector.clone()),
        secret_digest: Set(secret.digest.clone()),
        user_code_digest: Set(user_code.0),
        client_id: Set(new.client_id.clone()),
        scopes: Set(new.ask.scopes.to_string()),
        audience: Set(columns::write(&new.ask.audience)),
        detail: Set(None),
        state: Set(DeviceState::Pending.as_str().to_owned()),
        user_id: Set(None),
        session_id: Set(None),
        epoch: Set(None),
        auth_time_ms: Set(None),
        acr: Set(None),
        amr: Set(None),
        family_id: Set(None),
        interval_s: Set(i64::try_from(INTERVAL.as_secs()).unwrap_or(i64::MAX)),
        next_poll_at_ms: Set(now.as_millis()),
        address: Set(new.address.chars().take(MAX_ADDRESS).collect()),
        user_agent: Set(new.user_agent.chars().filter(|c| !c.is_control()).take(MAX_USER_AGENT).collect()),
        created_at_ms: Set(now.as_millis()),
        expires_at_ms: Set(end.as_millis()),
    }
}

pub(crate) fn record(row: device_code::Model) -> Result<DeviceRecord, StoreError> {
    let amr = columns::read(row.amr.as_deref().unwrap_or("[]"), "device amr")?;
    let approval = match (row.user_id, row.session_id, row.epoch, row.auth_time_ms) {
        (Some(user_id), Some(session_id), Some(epoch), Some(auth_time)) => Some(DeviceApproval {
            user_id,
            session_id,
            epoch,
            auth_time: Timestamp::from_millis(auth_time),
            acr: row.acr.unwrap_or_default(),
            amr,
        }),
        (_, _, _, _) => None,
    };
    Ok(DeviceRecord {
        scopes: columns::scopes(&row.scopes)?,
        audience: columns::read(&row.audience, "device audience")?,
        state: columns::name(&row.state, "device state")?,
        approval,
        id: row.id,
        client_id: row.client_id,
        family_id: row.family_id,
        address: row.address,
        created_at: Timestamp::from_millis(row.created_at_ms),
        expires_at: Timestamp::from_millis(row.expires_at_ms),
    })
}
