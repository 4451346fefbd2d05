//! `kill -9` of a serving process, at moments that nobody chose: no code is spent twice, and no token that was
//! acknowledged is lost.
//!
//! Sixteen clients exchange a code and refresh what they get. A reply that does not come says nothing; then the client
//! asks again. RFC 6749 §4.1.2: a code works once. RFC 9700 §4.14.2: a refresh token that was spent is answered again
//! only inside its retry window, with the very same successor; so a client that asks again at once gets on.
//! The long form runs with `LINGPAI_SOAK=1`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::serving::{Installation, Outcome, Visitor};
use crate::store::engine::Engine;
use crate::store::house::rounds;

const CLIENTS: usize = 16;
/// Refreshes after each exchange: as many exchanges as refreshes in all.
const REFRESHES: usize = 1;
/// How soon a killed server must answer again; held against the long form, which has the machine to itself.
const READY_WITHIN: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_survives_kill_nine() {
    survives_kill_nine(Engine::Sqlite, 7).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_survives_kill_nine() {
    survives_kill_nine(Engine::Postgres, 11).await;
}

/// What one client held to be true when it had finished a code.
struct Family {
    code: String,
    /// The last refresh token that was acknowledged; none where the server had ended the family, rightly.
    token: Option<String>,
}

async fn survives_kill_nine(engine: Engine, seed: u64) {
    let Some(installation) = Installation::create(engine).await else { return };
    // 80 exchanges and 80 refreshes with 5 kills; in the long form 560 of each with 35.
    let is_long = usize::try_from(rounds(1)).unwrap() > 1;
    let (codes_each, kills) = if is_long { (35, 35) } else { (5, 5) };
    let mut node = installation.start(installation.port()).await;
    let visitor = installation.visitor(installation.port(), installation.sign_in().await);

    let progress = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> =
        (0..CLIENTS).map(|_| tokio::spawn(work(visitor.clone(), codes_each, Arc::clone(&progress)))).collect();
    let mut random = Random(seed);
    let operations = CLIENTS * codes_each * (1 + REFRESHES);
    let mut slowest = Duration::ZERO;
    for kill in 1..=kills {
        // Kills are spread over the work; each falls a little after a moment of its own.
        let due = operations * kill / (kills + 1) + random.below(operations / (kills + 1) / 2);
        while progress.load(Ordering::Relaxed) < due.min(operations - 1) {
            assert!(clients.iter().any(|client| !client.is_finished()), "the clients ended early");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(u64::try_from(random.below(20_000)).unwrap())).await;
        node.kill();
        node = installation.start(installation.port()).await;
        slowest = slowest.max(node.took);
    }
    let mut families = Vec::new();
    for client in clients {
        families.extend(client.await.unwrap());
    }
    println!("{} families, {kills} kills, ready again within {slowest:?}", families.len());
    assert!(!is_long || slowest < READY_WITHIN, "{slowest:?}");
    assert_eq!(families.len(), CLIENTS * codes_each);
    assert_nothing_is_lost(&visitor, &families).await;
}

/// One client: as many codes as it is told, each exchanged and refreshed.
async fn work(visitor: Visitor, codes: usize, progress: Arc<AtomicUsize>) -> Vec<Family> {
    let mut families = Vec::new();
    for _ in 0..codes {
        let code = ask(|| visitor.code()).await;
        let mut token = exchange(&visitor, &code).await;
        progress.fetch_add(1, Ordering::Relaxed);
        for _ in 0..REFRESHES {
            if let Some(spent) = &token {
                token = Some(refresh(&visitor, spent).await);
            }
            progress.fetch_add(1, Ordering::Relaxed);
        }
        families.push(Family { code, token });
    }
    families
}

/// Asks until somebody answers.
async fn ask<T, F: Future<Output = Option<T>>>(question: impl Fn() -> F) -> T {
    loop {
        if let Some(answer) = question().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Exchanges a code; none where a lost attempt had spent it, so that the next one had to look like a theft.
async fn exchange(visitor: &Visitor, code: &str) -> Option<String> {
    let mut is_lost = false;
    loop {
        match visitor.exchange(code).await {
            Outcome::Acknowledged(token) => return Some(token),
            Outcome::Refused(error) => {
                assert_eq!(error, "invalid_grant");
                assert!(is_lost, "a code that was never sent before was refused");
                return None;
            }
            Outcome::Lost => is_lost = true,
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Refreshes; a lost reply is asked for again, inside the retry window.
async fn refresh(visitor: &Visitor, token: &str) -> String {
    ask(|| async {
        match visitor.refresh(token).await {
            Outcome::Acknowledged(successor) => Some(successor),
            Outcome::Refused(error) => panic!("an acknowledged refresh token is lost: {error}"),
            Outcome::Lost => None,
        }
    })
    .await
}

/// Each token that was acknowledged last works; each code is spent; a code that comes again ends what it gave.
async fn assert_nothing_is_lost(visitor: &Visitor, families: &[Family]) {
    let invalid = Outcome::Refused("invalid_grant".to_owned());
    for family in families {
        let successor = match &family.token {
            Some(token) => match visitor.refresh(token).await {
                Outcome::Acknowledged(successor) => Some(successor),
                Outcome::Lost | Outcome::Refused(_) => panic!("an acknowledged token is lost"),
            },
            None => None,
        };
        assert_eq!(visitor.exchange(&family.code).await, invalid, "a code was spent twice");
        if let Some(successor) = successor {
            assert_eq!(visitor.refresh(&successor).await, invalid, "a replayed code ends its family");
        }
    }
}

/// Numbers that are the same in every run: SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }
}
