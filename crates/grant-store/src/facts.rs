//! What an authorization request finds: session, user and consent in one read.

use flow::authorize::{Facts, Hint, Progress};
use flow::gate::Standing;
use flow::{FamilyRecord, SessionRecord, UserStanding};
use platform::secret::{Kind, PresentedSecret};
use platform::sql::{Conn, StoreError};
use protocol::Timestamp;
use sea_orm::EntityTrait;

use crate::entity::{consent, session};
use crate::{GrantStore, clients, consents, sessions};

impl GrantStore {
    /// Finds the live session that a cookie opens, its user enabled and its epoch current.
    pub async fn find_session(&self, presented: &str) -> Result<Option<SessionRecord>, StoreError> {
        let Some(presented) = PresentedSecret::parse(Kind::Session, presented) else { return Ok(None) };
        let now = self.now();
        self.inner
            .db
            .read(move |conn| {
                let presented = presented.clone();
                Box::pin(async move { session(conn, &presented, now).await })
            })
            .await
    }

    /// Gathers the facts for an authorization request.
    ///
    /// Shape: `cookie` is the session cookie as presented; one that opens nothing counts as absent. The hint is the
    /// caller's to add, who can verify it.
    pub async fn facts(&self, client_id: &str, cookie: Option<&str>, progress: Progress) -> Result<Facts, StoreError> {
        let client = self.find_client(client_id).await?;
        let apis = self.list_apis().await?;
        let now = self.now();
        let key = client_id.to_owned();
        let presented = cookie.and_then(|cookie| PresentedSecret::parse(Kind::Session, cookie));
        let (session, consent) = match presented {
            None => (None, None),
            Some(presented) => {
                self.inner
                    .db
                    .read(move |conn| {
                        let (key, presented) = (key.clone(), presented.clone());
                        Box::pin(async move {
                            let Some(session) = session(conn, &presented, now).await? else { return Ok((None, None)) };
                            let found =
                                consent::Entity::find_by_id((session.user_id.clone(), key)).one(conn.conn()).await?;
                            Ok((Some(session), consents::standing(found)?))
                        })
                    })
                    .await?
            }
        };
        let client = client.map(|client| (*client).clone());
        Ok(Facts { client, session, consent, apis: (*apis).clone(), progress, hint: Hint::Absent })
    }
}

/// The live session that `presented` opens, its user enabled and its epoch current.
pub(crate) async fn session(
    conn: &Conn,
    presented: &PresentedSecret,
    now: Timestamp,
) -> Result<Option<SessionRecord>, StoreError> {
    let Some(row) = session::Entity::find_by_id(&presented.selector).one(conn.conn()).await? else { return Ok(None) };
    if !presented.matches(&row.secret_digest) {
        return Ok(None);
    }
    let session = sessions::record(row)?;
    let user = user_store::standing_now(conn, &session.user_id, now).await?.map(user);
    let holds = holds(&session, user.as_ref());
    Ok(Some(session).filter(|session| holds && session.is_live(now)))
}

/// Whether the person of a session is still the one who opened it: enabled, and with the same credentials.
pub(crate) fn holds(session: &SessionRecord, user: Option<&UserStanding>) -> bool {
    user.is_some_and(|user| user.is_enabled && user.epoch == session.epoch)
}

/// What a family rests on, read without locks: for tokens that are used, not issued.
pub(crate) async fn standing(conn: &Conn, family: &FamilyRecord, now: Timestamp) -> Result<Standing, StoreError> {
    let user = user_store::standing_now(conn, &family.user_id, now).await?.map(user);
    let client = crate::entity::client::Entity::find_by_id(&family.client_id).one(conn.conn()).await?;
    let key = (family.user_id.clone(), family.client_id.clone());
    let consent = consents::standing(consent::Entity::find_by_id(key).one(conn.conn()).await?)?;
    let session = session::Entity::find_by_id(&family.session_id).one(conn.conn()).await?;
    Ok(Standing {
        user,
        client: client.map(clients::record).transpose()?,
        consent,
        session: session.map(sessions::record).transpose()?,
    })
}

pub(crate) fn user(found: user_store::UserStanding) -> UserStanding {
    UserStanding { is_enabled: found.is_enabled, epoch: found.epoch }
}
