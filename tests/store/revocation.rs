//! Revocation against issue, in two processes: what is revoked either precedes the tokens and refuses them, or follows
//! and ends them. After every round the database is read: nothing that could still be used may stand there.

use std::time::{Duration, Instant};

use flow::{ClientRecord, Refusal};
use grant_store::GrantError;
use platform::secret::Secret;

use super::child::Child;
use super::house::{House, OFFLINE, ONLINE, Person, rounds};
use super::on_every_engine;

on_every_engine!(
    ended_session_gives_nothing,
    disabled_user_gets_nothing,
    removed_user_gets_nothing,
    changed_password_ends_everything,
    disabled_client_gets_nothing,
    removed_client_gets_nothing,
    withdrawn_consent_gives_nothing,
);

/// The second process' half of a round.
type Order = fn(&Person, &ClientRecord) -> String;

/// What the first process does meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Issue {
    Redeem,
    Refresh,
}

/// Who begins, and how long the other one waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    /// The tokens are there before the order is given.
    IssueDone,
    IssueBy(Duration),
    RevocationBy(Duration),
    /// The revocation is done before anything is asked for.
    RevocationDone,
}

impl Head {
    /// Both certain orders first, then a walk through the moments between them.
    fn of_round(round: u32) -> Self {
        let step = Duration::from_micros(150);
        match round {
            0 => Self::IssueDone,
            1 => Self::RevocationDone,
            round if round % 2 == 0 => Self::IssueBy(step * (round / 2 % 12)),
            round => Self::RevocationBy(step * (round / 2 % 12)),
        }
    }
}

async fn ended_session_gives_nothing(house: &House) {
    let outcomes = race(house, ONLINE, |person, _| format!("end_session {}", person.session.id), true).await;
    outcomes.assert_refused_by(&[Refusal::SessionEnded, Refusal::FamilyRevoked]);
}

async fn disabled_user_gets_nothing(house: &House) {
    let outcomes = race(house, OFFLINE, |person, _| format!("disable_user {}", person.user_id), false).await;
    outcomes.assert_refused_by(&[Refusal::UserDisabled]);
}

async fn removed_user_gets_nothing(house: &House) {
    let outcomes = race(house, OFFLINE, |person, _| format!("remove_user {}", person.user_id), false).await;
    outcomes.assert_refused_by(&[Refusal::UserDisabled]);
}

async fn changed_password_ends_everything(house: &House) {
    let outcomes = race(house, OFFLINE, |person, _| format!("change_password {}", person.user_id), false).await;
    outcomes.assert_refused_by(&[Refusal::EpochChanged]);
}

async fn disabled_client_gets_nothing(house: &House) {
    let outcomes = race(house, OFFLINE, |_, client| format!("disable_client {}", client.id), false).await;
    outcomes.assert_refused_by(&[Refusal::ClientDisabled]);
}

async fn removed_client_gets_nothing(house: &House) {
    let outcomes = race(house, OFFLINE, |_, client| format!("remove_client {}", client.id), true).await;
    outcomes.assert_refused_by(&[Refusal::ClientDisabled, Refusal::FamilyRevoked]);
}

async fn withdrawn_consent_gives_nothing(house: &House) {
    let order: Order = |person, client| format!("revoke_consent {} {}", person.user_id, client.id);
    let outcomes = race(house, OFFLINE, order, true).await;
    outcomes.assert_refused_by(&[Refusal::ConsentMissing, Refusal::FamilyRevoked]);
}

/// How the rounds of a race ended.
#[derive(Default)]
struct Outcomes {
    issued: u32,
    refused: Vec<Refusal>,
}

impl Outcomes {
    fn assert_refused_by(&self, expected: &[Refusal]) {
        assert!(self.issued > 0 && !self.refused.is_empty(), "a race in which only one side ever wins is none");
        for refusal in &self.refused {
            assert!(expected.contains(refusal), "{refusal:?}");
        }
    }
}

/// Races `order` against a redemption and against a refresh. `kills` says whether the revocation itself marks the
/// families dead; the others are found void by comparison.
async fn race(house: &House, scopes: &str, order: Order, kills: bool) -> Outcomes {
    let mut child = Child::start(house);
    let mut outcomes = Outcomes::default();
    for issue in [Issue::Redeem, Issue::Refresh] {
        for round in 0..rounds(16) {
            let client = house.client().await;
            let person = house.person(&client, scopes).await;
            let presented = match issue {
                Issue::Redeem => house.code(&client, &person).await,
                Issue::Refresh => house.family(&client, &person).await.1,
            };
            let head = Head::of_round(round);
            let order = order(&person, &client);
            let issued = one_round(house, &mut child, &order, head, (issue, &client, &presented)).await;
            match &issued {
                Ok(_) => outcomes.issued += 1,
                Err(refusal) => outcomes.refused.push(*refusal),
            }
            match head {
                Head::IssueDone => assert!(issued.is_ok(), "{issued:?}"),
                Head::RevocationDone => assert!(issued.is_err()),
                Head::IssueBy(_) | Head::RevocationBy(_) => {}
            }
            let case = format!("{issue:?}, {head:?}, {order}");
            let tokens = [issued.ok(), (issue == Issue::Refresh).then_some(presented)];
            assert_nothing_lives(house, &person, kills, &case).await;
            for token in tokens.into_iter().flatten() {
                let used = house.refresh(&client, token.expose()).await;
                assert!(matches!(used, Err(GrantError::Refused(_))), "{case}: {used:?}");
            }
        }
    }
    outcomes
}

/// One round; answers the refresh token that was issued, or why none was.
async fn one_round(
    house: &House,
    child: &mut Child,
    order: &str,
    head: Head,
    (issue, client, presented): (Issue, &ClientRecord, &Secret),
) -> Result<Secret, Refusal> {
    let task = || {
        let (house, client, presented) = (house.clone(), client.clone(), presented.clone());
        tokio::spawn(async move {
            let issued = match issue {
                Issue::Redeem => house.redeem(&client, presented.expose()).await.map(|redeemed| redeemed.refresh_token),
                Issue::Refresh => house.refresh(&client, presented.expose()).await.map(|fresh| fresh.refresh_token),
            };
            match issued {
                Ok(token) => Ok(token.unwrap()),
                Err(GrantError::Refused(refused)) => Err(refused.refusal),
                Err(GrantError::Store(error)) => panic!("{error}"),
            }
        })
    };
    let issued = match head {
        Head::IssueDone => {
            let issued = task().await;
            child.send(order);
            issued
        }
        Head::IssueBy(lead) => {
            let task = task();
            wait(lead);
            child.send(order);
            task.await
        }
        Head::RevocationBy(lead) => {
            child.send(order);
            wait(lead);
            task().await
        }
        Head::RevocationDone => {
            child.obey(order);
            return task().await.unwrap();
        }
    };
    child.answer();
    issued.unwrap()
}

/// Lets a little time pass, more exactly than a timer could.
fn wait(lead: Duration) {
    let began = Instant::now();
    while began.elapsed() < lead {
        std::hint::spin_loop();
    }
}

/// Reads the database: no family of this person could give another token.
async fn assert_nothing_lives(house: &House, person: &Person, kills: bool, case: &str) {
    if kills {
        assert_eq!(house.living(&person.session.id).await, (0, 0), "{case}");
    }
    for family_id in house.families(&person.session.id).await {
        let used = house.grants.check_family(&family_id).await;
        assert!(matches!(used, Err(GrantError::Refused(_))), "{case}: family {family_id}");
    }
}
