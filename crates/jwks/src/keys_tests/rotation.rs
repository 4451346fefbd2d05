//! From the first start through every state.

use super::*;

#[tokio::test]
async fn the_first_start_makes_an_active_key_for_each_algorithm() {
    let house = House::new().await;
    let keys = house.open(&[Alg::Rs256, Alg::Es256, Alg::EdDsa]).await.unwrap();

    assert_eq!(keys.active_algs(), [Alg::Rs256, Alg::Es256, Alg::EdDsa]);
    assert_eq!(published(&keys).len(), 3);
    for alg in keys.active_algs() {
        let claims = json!({ "iss": "iss", "aud": "aud", "iat": START, "exp": START + 60 });
        let token = keys.sign(alg, "at+jwt", &claims).unwrap();
        assert_eq!(house.verify(&keys, &token), Ok(claims));
    }
    assert!(matches!(keys.sign(Alg::Ps256, "at+jwt", &json!({})), Err(KeyError::NoKey { alg: Alg::Ps256 })));
}

#[tokio::test]
async fn the_header_names_type_algorithm_and_key() {
    let house = House::new().await;
    let keys = house.node().await;
    let token = house.sign(&keys);

    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();

    assert_eq!(header, json!({ "alg": "ES256", "typ": "at+jwt", "kid": published(&keys)[0] }));
}

#[tokio::test]
async fn a_restart_keeps_the_keys() {
    let house = House::new().await;
    let keys = house.node().await;
    let (token, document) = (house.sign(&keys), keys.document());
    drop(keys);

    let keys = house.node().await;

    assert_eq!(keys.document(), document);
    assert!(house.verify(&keys, &token).is_ok());
    assert_eq!(standing(&keys).await.len(), 1);
}

#[tokio::test]
async fn a_key_walks_from_announced_to_gone() {
    let house = House::new().await;
    let keys = house.node().await;
    let old = house.sign(&keys);
    let next = keys.rotate(Alg::Es256, false).await.unwrap();
    assert_eq!(next.state, KeyState::Announced);
    assert_eq!(next.activates_at, Timestamp::from_secs(START + 24 * 3600));

    // Announced: published behind the active key, does not sign.
    assert_eq!(published(&keys), [kid_of(&old), next.kid.clone()]);
    house.clock.advance((24 * HOUR).saturating_sub(MILLI));
    keys.advance().await.unwrap();
    assert_eq!(kid_of(&house.sign(&keys)), kid_of(&old));

    // Active: signs; the old one is retired, verifies still and has lost its private half.
    house.clock.advance(MILLI);
    keys.advance().await.unwrap();
    let new = house.sign(&keys);
    assert_eq!(kid_of(&new), next.kid);
    assert!(house.verify(&keys, &old).is_ok());
    assert_eq!(published(&keys), [next.kid.clone(), kid_of(&old)]);
    let retired = house.rows().await.into_iter().find(|row| row.state == "retired").unwrap();
    assert_eq!((retired.kid, retired.sealed_private.as_str()), (kid_of(&old), ""));

    // Gone: neither published nor accepted, though its token has not expired.
    house.clock.advance((2 * HOUR).saturating_sub(MILLI));
    keys.advance().await.unwrap();
    assert!(house.verify(&keys, &old).is_ok());
    house.clock.advance(MILLI);
    keys.advance().await.unwrap();
    assert_eq!(published(&keys), std::slice::from_ref(&next.kid));
    assert_eq!(house.verify(&keys, &old), Err(VerifyError::UnknownKey));
    assert!(house.verify(&keys, &new).is_ok());
    let now = house.clock.now();
    let list = keys.list().await.unwrap();
    assert_eq!((list[0].state, list[0].gone_at), (KeyState::Gone, Some(now)));
}

#[tokio::test]
async fn the_times_of_a_key_are_kept() {
    let house = House::new().await;
    let keys = house.node().await;
    keys.rotate(Alg::Es256, false).await.unwrap();
    house.clock.advance(30 * HOUR);
    keys.advance().await.unwrap();

    let list = keys.list().await.unwrap();

    let (start, due, late) = (START, START + 24 * 3600, START + 30 * 3600);
    let times = |key: &KeySummary| {
        let secs = |at: Option<Timestamp>| at.map(Timestamp::as_secs);
        (key.created_at.as_secs(), key.activates_at.as_secs(), secs(key.active_at), secs(key.retired_at))
    };
    assert_eq!(times(&list[0]), (start, start, Some(start), Some(late)));
    assert_eq!(times(&list[1]), (start, due, Some(late), None));
}

#[tokio::test]
async fn rotating_twice_announces_one_key() {
    let house = House::new().await;
    let keys = house.node().await;

    let first = keys.rotate(Alg::Es256, false).await.unwrap();
    let second = keys.rotate(Alg::Es256, false).await.unwrap();

    assert_eq!(first, second);
    assert_eq!(published(&keys).len(), 2);
}

#[tokio::test]
async fn rotating_now_retires_the_active_key_and_drops_the_announced_one() {
    let house = House::new().await;
    let keys = house.node().await;
    let old = house.sign(&keys);
    let announced = keys.rotate(Alg::Es256, false).await.unwrap();

    let new = keys.rotate(Alg::Es256, true).await.unwrap();

    assert_eq!(new.state, KeyState::Active);
    assert_eq!(kid_of(&house.sign(&keys)), new.kid);
    assert_eq!(published(&keys), [new.kid.clone(), kid_of(&old)]);
    let states = standing(&keys).await;
    assert!(states.contains(&(announced.kid, KeyState::Gone)));
    assert!(house.rows().await.iter().all(|row| row.sealed_private.is_empty() == (row.state != "active")));
}

#[tokio::test]
async fn an_algorithm_outside_the_settings_is_not_rotated() {
    let house = House::new().await;
    let keys = house.node().await;

    let refused = keys.rotate(Alg::Es384, true).await;

    assert!(matches!(refused, Err(KeyError::AlgNotEnabled { alg: Alg::Es384 })));
    assert_eq!(standing(&keys).await.len(), 1);
}

#[tokio::test]
async fn the_document_has_a_strong_tag_that_changes_with_it() {
    let house = House::new().await;
    let keys = house.node().await;
    let before = keys.document();
    assert!(before.etag.starts_with('"') && before.etag.ends_with('"') && before.etag.len() == 45);
    keys.reload().await.unwrap();
    assert_eq!(keys.document(), before);

    keys.rotate(Alg::Es256, false).await.unwrap();

    assert_ne!(keys.document().etag, before.etag);
    let document: Value = serde_json::from_slice(&keys.document().bytes).unwrap();
    for key in document["keys"].as_array().unwrap() {
        let mut names: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    }
}

#[tokio::test]
async fn keys_work_under_any_clock() {
    for start in [-5_000_000_000_i64, 978_307_200, 4_070_908_800] {
        let house = House::new().await;
        house.clock.set(Timestamp::from_secs(start));
        let keys = house.node().await;
        keys.rotate(Alg::Es256, false).await.unwrap();
        house.clock.advance(24 * HOUR);
        keys.advance().await.unwrap();
        assert!(house.verify(&keys, &house.sign(&keys)).is_ok(), "{start}");
    }
}
