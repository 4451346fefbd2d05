//! What an administrator looks at: sessions with the apps that they opened, consents with the grants that rest on them.
//!
//! Nothing here is on a request's path. Whether something holds is judged as the gate judges it, so that what is listed
//! as live is live.

use std::collections::{BTreeSet, HashMap};

use flow::{ConsentRecord, FamilyRecord, SessionRecord, UserStanding};
use platform::sql::{Conn, StoreError};
use protocol::Timestamp;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{client, consent, family, session};
use crate::{GrantStore, columns, consents, facts, families, sessions};

/// Rows that are read at once while looking for live ones.
const PAGE: u64 = 200;

/// Which sessions to list, the newest first.
#[derive(Clone, Debug, Default)]
pub struct SessionQuery {
    /// Of one person alone.
    pub user_id: Option<String>,
    /// The ended ones, too, as long as they are kept.
    pub with_ended: bool,
    /// Older than the session with this id.
    pub before: Option<String>,
    /// How many at most.
    pub limit: usize,
}

/// A session, and what was opened from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionOverview {
    /// The session.
    pub session: SessionRecord,
    /// It holds: it was not ended, has not expired, and its person is enabled and has the same credentials.
    pub is_live: bool,
    /// The grants that began in it and still give tokens, those with offline access too.
    pub grants: Vec<FamilyRecord>,
}

/// A consent, and what rests on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentOverview {
    /// The consent.
    pub consent: ConsentRecord,
    /// The grants of this person to this client that still give tokens.
    pub grants: Vec<FamilyRecord>,
}

impl GrantStore {
    /// Lists sessions, in several reads where they are many.
    pub async fn list_session_overviews(&self, query: SessionQuery) -> Result<Vec<SessionOverview>, StoreError> {
        let now = self.now();
        let (mut found, mut before) = (Vec::new(), query.before.clone());
        while found.len() < query.limit {
            let query = SessionQuery { before, ..query.clone() };
            let read = self.inner.db.read(move |conn| {
                let query = query.clone();
                Box::pin(async move { page(&mut Reader::new(conn, now), &query).await })
            });
            let (sessions, last) = read.await?;
            found.extend(sessions);
            before = last;
            if before.is_none() {
                break;
            }
        }
        found.truncate(query.limit);
        Ok(found)
    }

    /// Finds a session, ended or not.
    pub async fn find_session_overview(&self, id: &str) -> Result<Option<SessionOverview>, StoreError> {
        if !columns::is_id(id) {
            return Ok(None);
        }
        let (id, now) = (id.to_owned(), self.now());
        self.inner
            .db
            .read(move |conn| {
                let id = id.clone();
                Box::pin(async move {
                    let Some(row) = session::Entity::find_by_id(id).one(conn.conn()).await? else { return Ok(None) };
                    Reader::new(conn, now).session(sessions::record(row)?).await.map(Some)
                })
            })
            .await
    }

    /// Lists the consents that stand, the newest first: of one person, of one client, of both.
    pub async fn list_consent_overviews(
        &self,
        user_id: Option<&str>,
        client_id: Option<&str>,
        limit: u64,
    ) -> Result<Vec<ConsentOverview>, StoreError> {
        let now = self.now();
        let mut which = Condition::all().add(consent::Column::RevokedAtMs.is_null());
        which = which.add_option(user_id.map(|id| consent::Column::UserId.eq(id)));
        which = which.add_option(client_id.map(|id| consent::Column::ClientId.eq(id)));
        self.inner
            .db
            .read(move |conn| {
                let query = consent::Entity::find().filter(which.clone());
                let query = query.order_by_desc(consent::Column::UpdatedAtMs).limit(limit);
                Box::pin(async move {
                    let mut reader = Reader::new(conn, now);
                    let mut found = Vec::new();
                    for row in query.all(conn.conn()).await? {
                        let consent = consents::record(row)?;
                        let grants = reader.grants(of_pair(&consent.user_id, &consent.client_id)).await?;
                        found.push(ConsentOverview { consent, grants });
                    }
                    Ok(found)
                })
            })
            .await
    }

    /// Lists the grants of a person that still give tokens, those to one client where one is named.
    pub async fn list_grants(&self, user_id: &str, client_id: Option<&str>) -> Result<Vec<FamilyRecord>, StoreError> {
        let now = self.now();
        let which = Condition::all()
            .add(family::Column::UserId.eq(user_id))
            .add_option(client_id.map(|id| family::Column::ClientId.eq(id)));
        self.inner
            .db
            .read(move |conn| {
                let which = which.clone();
                Box::pin(async move { Reader::new(conn, now).grants(which).await })
            })
            .await
    }

    /// Which of these texts are ids of clients.
    pub async fn known_clients(&self, ids: BTreeSet<String>) -> Result<BTreeSet<String>, StoreError> {
        let ids: Vec<_> = ids.into_iter().filter(|id| columns::is_id(id)).collect();
        if ids.is_empty() {
            return Ok(BTreeSet::new());
        }
        self.inner
            .db
            .read(move |conn| {
                let query = client::Entity::find().select_only().column(client::Column::Id);
                let query = query.filter(client::Column::Id.is_in(ids.clone()));
                Box::pin(async move {
                    let known: Vec<String> = query.into_tuple().all(conn.conn()).await?;
                    Ok(known.into_iter().collect())
                })
            })
            .await
    }
}

fn of_pair(user_id: &str, client_id: &str) -> Condition {
    Condition::all().add(family::Column::UserId.eq(user_id)).add(family::Column::ClientId.eq(client_id))
}

/// One page of sessions, and the id that it ended with; nothing where no page follows.
async fn page(
    reader: &mut Reader<'_>,
    query: &SessionQuery,
) -> Result<(Vec<SessionOverview>, Option<String>), StoreError> {
    let mut which = Condition::all()
        .add_option(query.user_id.as_ref().map(|id| session::Column::UserId.eq(id)))
        .add_option(query.before.as_ref().map(|id| session::Column::Id.lt(id)));
    if !query.with_ended {
        let now = reader.now.as_millis();
        which = which
            .add(session::Column::EndedAtMs.is_null())
            .add(session::Column::IdleExpiresAtMs.gt(now))
            .add(session::Column::ExpiresAtMs.gt(now));
    }
    // Ids sort by the time at which they were made.
    let rows = session::Entity::find().filter(which).order_by_desc(session::Column::Id).limit(PAGE);
    let rows = rows.all(reader.conn.conn()).await?;
    let last = rows.last().map(|row| row.id.clone()).filter(|_| rows.len() as u64 == PAGE);
    let mut found = Vec::new();
    for row in rows {
        let session = sessions::record(row)?;
        if found.len() < query.limit && (query.with_ended || reader.is_live(&session).await?) {
            found.push(reader.session(session).await?);
        }
    }
    Ok((found, last))
}

/// One look at the database, which asks for each person once.
struct Reader<'a> {
    conn: &'a Conn,
    now: Timestamp,
    people: HashMap<String, Option<UserStanding>>,
}

impl<'a> Reader<'a> {
    fn new(conn: &'a Conn, now: Timestamp) -> Self {
        Self { conn, now, people: HashMap::new() }
    }

    async fn person(&mut self, user_id: &str) -> Result<Option<UserStanding>, StoreError> {
        if let Some(known) = self.people.get(user_id) {
            return Ok(known.clone());
        }
        let standing = user_store::standing_now(self.conn, user_id, self.now).await?.map(facts::user);
        self.people.insert(user_id.to_owned(), standing.clone());
        Ok(standing)
    }

    async fn is_live(&mut self, session: &SessionRecord) -> Result<bool, StoreError> {
        let person = self.person(&session.user_id).await?;
        Ok(session.is_live(self.now) && facts::holds(session, person.as_ref()))
    }

    async fn session(&mut self, session: SessionRecord) -> Result<SessionOverview, StoreError> {
        let is_live = self.is_live(&session).await?;
        let grants = self.grants(Condition::all().add(family::Column::SessionId.eq(&session.id))).await?;
        Ok(SessionOverview { session, is_live, grants })
    }

    /// The families that pass the gate, the newest first.
    async fn grants(&mut self, which: Condition) -> Result<Vec<FamilyRecord>, StoreError> {
        let live = family::Column::State.eq(flow::FamilyState::Live.as_str());
        let rows = family::Entity::find().filter(which).filter(live).order_by_desc(family::Column::Id);
        let mut found = Vec::new();
        for row in rows.all(self.conn.conn()).await? {
            let family = families::record(row)?;
            let standing = facts::standing(self.conn, &family, self.now).await?;
            let claim =
                flow::gate::Claim { scopes: &family.scopes, epoch: family.epoch, is_offline: family.is_offline };
            let judged =
                flow::gate::family(&family, self.now).and_then(|()| flow::gate::pass(&standing, &claim, self.now));
            if judged.is_ok() {
                found.push(family);
            }
        }
        Ok(found)
    }
}
