//! Two processes on one PostgreSQL: whoever redeems where, there is one winner.
//!
//! RFC 6749 §4.1.2: a code works once. RFC 9700 §4.14.2: a refresh token has one successor; whoever asks again inside
//! the retry window, at either node, gets that one. The long form runs with `LINGPAI_SOAK=1`.

use std::collections::BTreeSet;

use super::serving::{Installation, Node, Outcome, Visitor, free_port};
use crate::store::engine::Engine;
use crate::store::house::rounds;

/// Redeemers at the same time, every second one at the other node.
const REDEEMERS: usize = 8;

struct Pair {
    nodes: [Visitor; 2],
    _running: [Node; 2],
    _installation: Installation,
}

impl Pair {
    async fn start() -> Option<Self> {
        let installation = Installation::create(Engine::Postgres).await?;
        let ports = [installation.port(), free_port()];
        let running = [installation.start(ports[0]).await, installation.start(ports[1]).await];
        let cookies = installation.sign_in().await;
        let nodes = ports.map(|port| installation.visitor(port, cookies.clone()));
        Some(Self { nodes, _running: running, _installation: installation })
    }

    fn node(&self, index: usize) -> Visitor {
        self.nodes[index % 2].clone()
    }

    /// Lets all redeemers do the same at the same time.
    async fn all<F>(&self, work: impl Fn(Visitor) -> F) -> Vec<Outcome>
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let tasks: Vec<_> = (0..REDEEMERS).map(|index| tokio::spawn(work(self.node(index)))).collect();
        let mut outcomes = Vec::new();
        for task in tasks {
            outcomes.push(task.await.unwrap());
        }
        outcomes
    }
}

/// 25 of each; 500 in the long form.
fn how_many() -> usize {
    usize::try_from(rounds(25)).unwrap()
}

/// The tokens that came, each once; everybody else was refused as the standard says.
fn winners(outcomes: &[Outcome]) -> Vec<&String> {
    let mut won = Vec::new();
    for outcome in outcomes {
        match outcome {
            Outcome::Acknowledged(token) => won.push(token),
            Outcome::Refused(error) => assert_eq!(error, "invalid_grant"),
            Outcome::Lost => panic!("a node did not answer: {outcomes:?}"),
        }
    }
    won
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_has_one_winner_over_two_nodes() {
    let Some(pair) = Pair::start().await else { return };
    for index in 0..how_many() {
        let code = pair.node(index).code().await.unwrap();
        let outcomes = pair
            .all(|node| {
                let code = code.clone();
                async move { node.exchange(&code).await }
            })
            .await;
        let won = winners(&outcomes);
        assert_eq!(won.len(), 1, "{outcomes:?}");
        // The others came with a spent code: what it gave is ended, at both nodes.
        let invalid = Outcome::Refused("invalid_grant".to_owned());
        assert_eq!(pair.node(index + 1).refresh(won[0]).await, invalid);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_has_one_successor_over_two_nodes() {
    let Some(pair) = Pair::start().await else { return };
    for index in 0..how_many() {
        let code = pair.node(index).code().await.unwrap();
        let Outcome::Acknowledged(first) = pair.node(index).exchange(&code).await else { panic!("no tokens") };
        let outcomes = pair
            .all(|node| {
                let first = first.clone();
                async move { node.refresh(&first).await }
            })
            .await;
        let won = winners(&outcomes);
        assert_eq!(won.len(), REDEEMERS, "a retry inside the window was refused: {outcomes:?}");
        let successors: BTreeSet<_> = won.into_iter().collect();
        assert_eq!(successors.len(), 1, "{outcomes:?}");
        let last = pair.node(index + 1).refresh(successors.first().unwrap()).await;
        assert!(matches!(last, Outcome::Acknowledged(_)), "{last:?}");
    }
}
