//! What the rows hold, and what happens when somebody changes them.

use super::*;

#[tokio::test]
async fn the_rows_do_not_hold_key_material() {
    let house = House::new().await;
    let keys = house.open(&[Alg::Rs256, Alg::Es256, Alg::EdDsa]).await.unwrap();
    keys.rotate(Alg::Es256, false).await.unwrap();

    for row in house.rows().await {
        let private = house.master.open(&Model::seal_identity(&row.kid), &row.sealed_private).unwrap();
        let sealed = URL_SAFE_NO_PAD.decode(row.sealed_private.strip_prefix("v1.").unwrap()).unwrap();
        let public: Value = serde_json::from_str(&row.public_jwk).unwrap();
        assert!(private.windows(8).all(|piece| !sealed.windows(8).any(|other| other == piece)), "{}", row.alg);
        assert!(["d", "p", "q", "dp", "dq", "qi", "k"].iter().all(|member| public.get(member).is_none()));
    }
}

#[tokio::test]
async fn a_sealed_key_opens_in_its_own_row_only() {
    let house = House::new().await;
    let keys = house.open(&[Alg::Es256, Alg::Es384]).await.unwrap();
    drop(keys);
    let foreign = house.rows().await.into_iter().find(|row| row.alg == "ES384").unwrap().sealed_private;
    house.overwrite("active", Column::SealedPrivate, &foreign).await;

    assert!(matches!(house.open(&[Alg::Es256]).await, Err(KeyError::Unopenable { .. })));
}

#[tokio::test]
async fn another_master_key_is_told_so() {
    let mut house = House::new().await;
    drop(house.node().await);
    house.master = Arc::new(MasterKey::generate());

    assert!(matches!(house.open(&[Alg::Es256]).await, Err(KeyError::Unopenable { .. })));
}

#[tokio::test]
async fn a_corrupt_row_leaves_the_keys_before_in_use() {
    for (column, value) in [(Column::PublicJwk, "{}"), (Column::State, "asleep"), (Column::Alg, "HS256")] {
        let house = House::new().await;
        let keys = house.node().await;
        let token = house.sign(&keys);
        house.overwrite("active", column, value).await;

        assert!(matches!(keys.reload().await, Err(KeyError::Corrupt { .. })), "{value}");
        assert!(house.verify(&keys, &token).is_ok());
        assert!(house.verify(&keys, &house.sign(&keys)).is_ok());
    }
}

#[tokio::test]
async fn a_public_key_that_is_not_its_rows_own_is_corrupt() {
    let house = House::new().await;
    let keys = house.open(&[Alg::Es256]).await.unwrap();
    let stranger = serde_json::to_string(&NewKey::generate(Alg::Es256, 2048).unwrap().public_jwk).unwrap();
    house.overwrite("active", Column::PublicJwk, &stranger).await;

    assert!(matches!(keys.reload().await, Err(KeyError::Corrupt { column: "public_jwk", .. })));
}
