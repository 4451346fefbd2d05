//! Several nodes on one database.

use super::*;

#[tokio::test]
async fn an_algorithm_added_later_gets_its_key() {
    let house = House::new().await;
    let old = house.node().await;
    let keys = house.open(&[Alg::Es256, Alg::Es384]).await.unwrap();

    assert_eq!(keys.active_algs(), [Alg::Es256, Alg::Es384]);
    assert!(old.reload().await.unwrap());
    assert_eq!(old.document(), keys.document());
    // A node that was started before signs with it as well.
    assert_eq!(old.active_algs(), [Alg::Es256, Alg::Es384]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_that_nodes_need_at_once_is_made_once() {
    let house = Arc::new(House::new().await);
    let nodes = [house.node().await, house.node().await, house.node().await];
    let calls: Vec<_> = nodes
        .iter()
        .map(|node| {
            tokio::spawn({
                let node = node.clone();
                async move { node.ensure(Alg::EdDsa).await.unwrap() }
            })
        })
        .collect();
    let mut made = 0;
    for call in calls {
        made += usize::from(call.await.unwrap());
    }

    assert_eq!(made, 1);
    assert_eq!(standing(&nodes[0]).await.len(), 2);
    for node in &nodes {
        assert_eq!(node.active_algs(), [Alg::Es256, Alg::EdDsa]);
        assert!(!node.ensure(Alg::EdDsa).await.unwrap());
    }
    // From then on it ages like the others.
    assert_eq!(nodes[0].rotate(Alg::EdDsa, false).await.unwrap().state, KeyState::Announced);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_together_agree_on_the_first_keys() {
    let house = Arc::new(House::new().await);
    let starts = (0..8).map(|_| {
        let house = Arc::clone(&house);
        tokio::spawn(async move { house.open(&[Alg::Es256, Alg::EdDsa]).await.unwrap() })
    });
    let mut nodes = Vec::new();
    for start in starts.collect::<Vec<_>>() {
        nodes.push(start.await.unwrap());
    }

    assert_eq!(standing(&nodes[0]).await.len(), 2);
    assert!(nodes.iter().all(|node| node.document() == nodes[0].document()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_advance_together_agree_on_the_next_key() {
    let house = House::new().await;
    let nodes = [house.node().await, house.node().await, house.node().await];
    let next = nodes[0].rotate(Alg::Es256, false).await.unwrap();
    house.clock.advance(24 * HOUR);

    let advances = nodes.clone().map(|node| tokio::spawn(async move { node.advance().await }));
    for advance in advances {
        advance.await.unwrap().unwrap();
    }

    for node in &nodes {
        node.reload().await.unwrap();
        assert_eq!(kid_of(&house.sign(node)), next.kid);
        assert_eq!(node.document(), nodes[0].document());
    }
    let active = standing(&nodes[0]).await.into_iter().filter(|(_, state)| *state == KeyState::Active);
    assert_eq!(active.count(), 1);
}

#[tokio::test]
async fn another_node_takes_a_change_over_when_it_reloads() {
    let house = House::new().await;
    let (here, there) = (house.node().await, house.node().await);
    here.rotate(Alg::Es256, true).await.unwrap();
    let token = house.sign(&here);

    assert_eq!(house.verify(&there, &token), Err(VerifyError::UnknownKey));
    assert!(there.reload().await.unwrap());
    assert!(house.verify(&there, &token).is_ok());
    assert!(!there.reload().await.unwrap());
}

#[tokio::test]
async fn a_change_raises_the_revision_and_leaves_a_record() {
    let house = House::new().await;
    let keys = house.node().await;
    let before = revision::current(&house.db).await.unwrap();
    keys.advance().await.unwrap();
    assert_eq!(revision::current(&house.db).await.unwrap(), before);

    keys.rotate(Alg::Es256, true).await.unwrap();

    assert!(revision::current(&house.db).await.unwrap() > before);
    let count = "SELECT COUNT(*) AS n FROM audit_event WHERE kind = 'signing_key'";
    let count = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, count);
    let row = sea_orm::ConnectionTrait::query_one_raw(house.db.raw(), count).await.unwrap().unwrap();
    // The first key active, retired; the second active.
    assert_eq!(row.try_get::<i64>("", "n").unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn signing_goes_on_while_keys_rotate() {
    let house = Arc::new(House::new().await);
    let keys = house.node().await;
    let signers = (0..4).map(|_| {
        let (house, keys) = (Arc::clone(&house), keys.clone());
        tokio::spawn(async move {
            for _ in 0..200 {
                let token = house.sign(&keys);
                assert!(house.verify(&keys, &token).is_ok());
                tokio::task::yield_now().await;
            }
        })
    });
    let signers: Vec<_> = signers.collect();
    for _ in 0..5 {
        keys.rotate(Alg::Es256, true).await.unwrap();
    }
    for signer in signers {
        signer.await.unwrap();
    }
}

#[tokio::test]
async fn two_active_keys_are_one_to_every_node_and_are_mended() {
    let house = House::new().await;
    let nodes = [house.node().await, house.node().await];
    let newer = nodes[0].rotate(Alg::Es256, false).await.unwrap();
    house.overwrite("announced", Column::State, "active").await;

    for node in &nodes {
        node.reload().await.unwrap();
        assert_eq!(kid_of(&house.sign(node)), newer.kid);
    }
    nodes[1].advance().await.unwrap();
    let active = standing(&nodes[1]).await.into_iter().filter(|(_, state)| *state == KeyState::Active);
    assert_eq!(active.collect::<Vec<_>>(), [(newer.kid, KeyState::Active)]);
}

#[tokio::test]
async fn a_provider_that_came_first_is_reported() {
    // The provider is the process's, so this needs a process of its own: this test again, told to go on.
    const IS_CHILD: &str = "JWKS_TEST_STOCK_PROVIDER";
    if std::env::var_os(IS_CHILD).is_some() {
        let secret = jsonwebtoken::EncodingKey::from_secret(b"s");
        jsonwebtoken::encode(&jsonwebtoken::Header::default(), &json!({}), &secret).unwrap();
        assert!(matches!(House::new().await.open(&[Alg::Es256]).await, Err(KeyError::ProviderTaken)));
        return;
    }
    let name = "keys::tests::nodes::a_provider_that_came_first_is_reported";
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    let output = child.args(["--exact", name]).env(IS_CHILD, "1").output().unwrap();
    assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
}
