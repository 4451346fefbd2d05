//! What is written is read again, on every engine; ids that differ in case or in a trailing space are different ids.

use std::time::Duration;

use flow::authorize::{Asked, Decision};
use flow::{ApiScope, ClientKind, PkceRule, ResourceServer};
use grant_store::{ClientChange, ClientError, NewClient, NewInteraction};
use protocol::{RedirectUri, ScopeSet};
use user_store::{Identifier, IdentifierKind, NewUser};

use super::house::{House, ONLINE, new_client, new_session, request, rounds};
use super::on_every_engine;

on_every_engine!(
    apis_are_stored_whole,
    clients_are_stored_whole,
    concurrent_consents_of_one_pair_add_up,
    consents_add_up_and_are_withdrawn,
    ids_differ_by_case_and_by_trailing_space,
    interactions_belong_to_one_browser_and_end,
    names_hold_every_script,
    secrets_are_found_by_their_digest_and_rotate,
    sessions_are_stored_whole_slide_and_end,
    what_is_no_id_finds_nothing,
);

async fn clients_are_stored_whole(house: &House) {
    let grants = &house.grants;
    let new = NewClient {
        name: "商店 — Shop ✓ 😀".to_owned(),
        kind: ClientKind::Confidential,
        is_first_party: true,
        post_logout_redirect_uris: vec![RedirectUri::new("https://app.example/bye").unwrap()],
        scopes: ScopeSet::parse("openid api:read zebra api:write").unwrap(),
        pkce: PkceRule::Optional,
        rotation: false,
        cors_origins: vec!["https://app.example".to_owned()],
        ..new_client("shop")
    };
    grants.add_client(new.clone()).await.unwrap();
    let stored = grants.find_client("shop").await.unwrap().unwrap();
    assert_eq!((stored.id.as_str(), stored.name.as_str()), ("shop", new.name.as_str()));
    assert_eq!((stored.kind, stored.auth_method, stored.pkce), (new.kind, new.auth_method, new.pkce));
    assert_eq!((&stored.redirect_uris, &stored.grant_types), (&new.redirect_uris, &new.grant_types));
    assert_eq!(stored.post_logout_redirect_uris, new.post_logout_redirect_uris);
    assert_eq!(stored.scopes.to_string(), "openid api:read zebra api:write", "in the order given");
    assert_eq!((stored.is_first_party, stored.is_enabled, stored.rotation), (true, true, false));
    assert_eq!((stored.id_token_alg, stored.access_token_alg), (new.id_token_alg, new.access_token_alg));
    assert_eq!((&stored.cors_origins, stored.version), (&new.cors_origins, 1));
    assert!(matches!(grants.add_client(new.clone()).await, Err(ClientError::Exists)));

    let change = ClientChange { client: NewClient { rotation: true, ..new }, is_enabled: false, from_version: 1 };
    grants.set_client(change.clone()).await.unwrap();
    let changed = grants.find_client("shop").await.unwrap().unwrap();
    assert_eq!((changed.is_enabled, changed.rotation, changed.version), (false, true, 2));
    assert_eq!(changed.created_at, stored.created_at);
    assert!(matches!(grants.set_client(change).await, Err(ClientError::Changed)), "from an old version");

    grants.add_client(new_client("cart")).await.unwrap();
    let listed: Vec<String> = grants.list_clients().await.unwrap().into_iter().map(|client| client.id).collect();
    assert_eq!(listed, ["cart", "shop"]);
    assert!(grants.remove_client("shop").await.unwrap());
    assert!(!grants.remove_client("shop").await.unwrap());
    assert!(grants.find_client("shop").await.unwrap().is_none());
}

async fn secrets_are_found_by_their_digest_and_rotate(house: &House) {
    let client = house.client().await;
    let grants = &house.grants;
    let is_good = async |secret: &str| grants.check_secret(&client.id, secret).await.unwrap();
    let first = grants.add_secret(&client.id).await.unwrap();
    assert!(is_good(first.expose()).await);
    for wrong in ["", "wrong", &first.expose().to_uppercase(), &format!("{} ", first.expose())] {
        assert!(!is_good(wrong).await);
    }
    let second = grants.rotate_secret(&client.id, Duration::from_mins(1)).await.unwrap();
    assert!(is_good(first.expose()).await && is_good(second.expose()).await);
    house.clock.advance(Duration::from_mins(1));
    assert!(!is_good(first.expose()).await && is_good(second.expose()).await);
    let other = house.client().await;
    assert!(!grants.check_secret(&other.id, second.expose()).await.unwrap());
}

async fn apis_are_stored_whole(house: &House) {
    let scope = |name: &str| ApiScope {
        name: name.to_owned(),
        en: "Read your notes".to_owned(),
        zh_cn: "读取你的笔记".to_owned(),
        max_ttl: Some(Duration::from_mins(1)),
    };
    let api = ResourceServer {
        audience: "https://api.example/Notes".to_owned(),
        name: "Notes".to_owned(),
        scopes: vec![scope("notes:read"), scope("notes:write")],
    };
    let other_case = ResourceServer { audience: "https://api.example/notes".to_owned(), ..api.clone() };
    house.grants.upsert_api(api.clone()).await.unwrap();
    house.grants.upsert_api(other_case.clone()).await.unwrap();
    let renamed = ResourceServer { name: "笔记".to_owned(), ..api };
    house.grants.upsert_api(renamed.clone()).await.unwrap();
    assert_eq!(*house.grants.list_apis().await.unwrap(), vec![renamed.clone(), other_case.clone()]);
    assert!(house.grants.remove_api(&renamed.audience).await.unwrap());
    assert!(!house.grants.remove_api(&renamed.audience).await.unwrap());
    assert_eq!(*house.grants.list_apis().await.unwrap(), vec![other_case]);
}

async fn sessions_are_stored_whole_slide_and_end(house: &House) {
    let user_id = house.user().await;
    let (opened, cookie) = house.grants.open_session(new_session(&user_id, 0), None).await.unwrap();
    let find = async || house.grants.find_session(cookie.expose()).await.unwrap();
    assert_eq!(find().await.as_ref(), Some(&opened));
    assert_eq!(house.grants.list_sessions(&user_id).await.unwrap(), vec![opened.clone()]);
    for wrong in ["", "ses_", &cookie.expose().to_uppercase(), &format!("{} ", cookie.expose())] {
        assert!(house.grants.find_session(wrong).await.unwrap().is_none(), "{wrong:?}");
    }
    // It ends when it is idle for too long, and a use moves that end.
    let idle = house.grants.policy().session_idle;
    house.clock.advance(idle.saturating_sub(Duration::from_secs(1)));
    let client = house.client().await;
    let scopes = ScopeSet::parse(ONLINE).unwrap();
    house.grants.grant_consent(&user_id, &client.id, &scopes).await.unwrap();
    let person = super::house::Person { user_id, session: opened.clone(), cookie: cookie.clone(), scopes };
    house.code(&client, &person).await;
    house.clock.advance(Duration::from_secs(2));
    assert!(find().await.is_some(), "its use moved the end");
    house.clock.advance(idle);
    assert!(find().await.is_none());
    // It ends absolutely, and by order.
    let (another, cookie) = house.grants.open_session(new_session(&person.user_id, 0), None).await.unwrap();
    assert!(house.grants.end_session(&another.id).await.unwrap());
    assert!(house.grants.find_session(cookie.expose()).await.unwrap().is_none());
    assert!(house.grants.list_sessions(&person.user_id).await.unwrap().is_empty());
}

async fn consents_add_up_and_are_withdrawn(house: &House) {
    let (user_id, client) = (house.user().await, house.client().await);
    let grants = &house.grants;
    let find = async || grants.find_consent(&user_id, &client.id).await.unwrap();
    assert!(find().await.is_none());
    for scopes in ["openid profile", "openid email"] {
        grants.grant_consent(&user_id, &client.id, &ScopeSet::parse(scopes).unwrap()).await.unwrap();
    }
    assert_eq!(find().await.unwrap().scopes.to_string(), "openid profile email");
    for (claim, resource) in [("birthdate", "https://a.example"), ("gender", "https://b.example")] {
        let (claims, resources) = (vec![claim.to_owned()], vec![resource.to_owned()]);
        let asked = Asked { scopes: ScopeSet::default(), claims, resources };
        grants.grant_asked(&user_id, &client.id, asked).await.unwrap();
    }
    let all = find().await.unwrap();
    assert_eq!(
        (all.scopes.len(), all.detail.claims, all.detail.resources.len()),
        (3, ["birthdate", "gender"].map(str::to_owned).to_vec(), 2)
    );
    assert_eq!(grants.list_consents(&user_id).await.unwrap().len(), 1);
    assert!(grants.revoke_consent(&user_id, &client.id).await.unwrap());
    assert!(!grants.revoke_consent(&user_id, &client.id).await.unwrap());
    assert!(find().await.is_none());
    assert!(grants.list_consents(&user_id).await.unwrap().is_empty());
    grants.grant_consent(&user_id, &client.id, &ScopeSet::parse("openid").unwrap()).await.unwrap();
    assert_eq!(find().await.unwrap().scopes.to_string(), "openid", "what was withdrawn does not come back");
    assert_eq!(find().await.unwrap().detail, flow::ConsentDetail::default());
}

async fn concurrent_consents_of_one_pair_add_up(house: &House) {
    let client = house.client().await;
    for _ in 0..rounds(3) {
        let user_id = house.user().await;
        let given: Vec<_> = (0..8)
            .map(|n| {
                let (grants, user_id, client) = (house.grants.clone(), user_id.clone(), client.clone());
                let scopes = ScopeSet::parse(&format!("openid scope{n}")).unwrap();
                tokio::spawn(async move { grants.grant_consent(&user_id, &client.id, &scopes).await })
            })
            .collect();
        for given in given {
            given.await.unwrap().unwrap();
        }
        let all = house.grants.find_consent(&user_id, &client.id).await.unwrap().unwrap().scopes;
        assert_eq!(all.len(), 9, "{all}");
    }
}

async fn interactions_belong_to_one_browser_and_end(house: &House) {
    let client = house.client().await;
    let user_id = house.user().await;
    let mut asked = request(&client.id, &ScopeSet::parse(ONLINE).unwrap());
    asked.state = Some("状态 \u{1f600} ' \" \\ %00".to_owned());
    asked.login_hint = Some("alice@example.com".to_owned());
    let new = |browser: &str| NewInteraction {
        request: asked.clone(),
        browser: browser.to_owned(),
        address: "2001:db8::1".to_owned(),
        reference: "7K3MQ2".to_owned(),
        hinted_user_id: Some(user_id.clone()),
    };
    let grants = &house.grants;
    // What nothing reads later, and hints beyond any use, are not stored: anonymous traffic must not fill the database.
    let mut long = new("other");
    long.request.login_hint = Some("x".repeat(8 * 1024));
    long.request.claims = Some("{}".to_owned());
    let other = grants.park(long).await.unwrap();
    let mut asking = new("asking");
    asking.request.claims = Some(r#"{"userinfo":{"shoe_size":null,"email":{"essential":true}}}"#.to_owned());
    let asking = grants.park(asking).await.unwrap();
    let kept = grants.find_interaction(&asking, "asking").await.unwrap().unwrap();
    assert_eq!(kept.request.claims.as_deref(), Some(r#"{"id_token":{},"userinfo":{"email":null}}"#));
    assert_eq!(kept.hinted_user_id, Some(user_id.clone()));
    let kept = grants.find_interaction(&other, "other").await.unwrap().unwrap().request;
    assert_eq!((kept.login_hint, kept.claims, kept.state), (None, None, asked.state.clone()));

    let id = grants.park(new("mine")).await.unwrap();
    let parked = grants.find_interaction(&id, "mine").await.unwrap().unwrap();
    assert_eq!((&parked.request, parked.reference.as_str()), (&asked, "7K3MQ2"));
    assert_eq!((parked.client_id.as_str(), parked.progress.decision), (client.id.as_str(), None));
    for (id, browser) in [(id.as_str(), "theirs"), (id.as_str(), "MINE"), (id.as_str(), ""), ("unknown", "mine")] {
        assert!(grants.find_interaction(id, browser).await.unwrap().is_none(), "{id} {browser}");
    }
    assert!(grants.note_sign_in(&id, &user_id, super::house::START).await.unwrap());
    assert!(grants.decide(&id, &user_id, Decision::Consented).await.unwrap());
    let progress = grants.find_interaction(&id, "mine").await.unwrap().unwrap().progress;
    assert_eq!((progress.signed_in_at, progress.decision), (Some(super::house::START), Some(Decision::Consented)));
    assert!(grants.finish_interaction(&id).await.unwrap());
    assert!(!grants.finish_interaction(&id).await.unwrap());
    assert!(!grants.decide(&id, &user_id, Decision::Denied).await.unwrap());

    let late = grants.park(new("mine")).await.unwrap();
    house.clock.advance(grants.policy().interaction_ttl);
    assert!(grants.find_interaction(&late, "mine").await.unwrap().is_none());
    assert!(!grants.decide(&late, &user_id, Decision::Consented).await.unwrap());
    grants.sweep().await.unwrap();
    assert_eq!(house.count("interaction", &[]).await, 0);
}

// RFC 6749 §1.8 and §2.2 leave ids case-sensitive: on an engine that folds them, one client could pass for another.
async fn ids_differ_by_case_and_by_trailing_space(house: &House) {
    for id in ["ABC", "abc", "Abc"] {
        house.grants.add_client(NewClient { name: format!("client {id}"), ..new_client(id) }).await.unwrap();
    }
    for id in ["ABC", "abc", "Abc"] {
        assert_eq!(house.grants.find_client(id).await.unwrap().unwrap().name, format!("client {id}"));
    }
    for id in ["aBC", "abc ", " abc", "abc\u{301}", "ａｂｃ"] {
        assert!(house.grants.find_client(id).await.unwrap().is_none(), "{id:?}");
    }
    // The same below the rules about ids: the columns themselves tell them apart.
    let (user_id, scopes) = (house.user().await, ScopeSet::parse("openid").unwrap());
    house.grants.grant_consent(&user_id, "abc", &scopes).await.unwrap();
    for other in ["ABC", "abc ", "abc  ", "ábc"] {
        assert!(house.grants.find_consent(&user_id, other).await.unwrap().is_none(), "{other:?}");
        house.grants.grant_consent(&user_id, other, &scopes).await.unwrap();
    }
    assert_eq!(house.grants.list_consents(&user_id).await.unwrap().len(), 5);
    house.grants.revoke_consent(&user_id, "abc ").await.unwrap();
    assert!(house.grants.find_consent(&user_id, "abc").await.unwrap().is_some());
    assert!(!house.grants.end_session("ABC").await.unwrap());
}

async fn names_hold_every_script(house: &House) {
    for name in ["张三", "Ωμέγα", "пётр", "jürgen", "محمد", "山田太郎"] {
        let identifier = Identifier::parse(IdentifierKind::Username, name).unwrap();
        let new = NewUser { identifiers: vec![(identifier, true)], ..NewUser::default() };
        let user = house.users.register(new).await.unwrap();
        let found = house.users.find_by_login(&name.to_uppercase()).await.unwrap().unwrap();
        assert_eq!((found.id.as_str(), found.preferred_name()), (user.id.as_str(), user.preferred_name()));
    }
    // Accents are letters of their own: an engine that ignores them would refuse these.
    for name in ["resume", "résumé", "resumé"] {
        let identifier = Identifier::parse(IdentifierKind::Username, name).unwrap();
        let new = NewUser { identifiers: vec![(identifier, true)], ..NewUser::default() };
        house.users.register(new).await.unwrap();
    }
}

// A NUL is data to SQLite, an error to PostgreSQL; hostile input must not look like an outage anywhere.
async fn what_is_no_id_finds_nothing(house: &House) {
    let long = "x".repeat(100_000);
    for id in ["", "\0", "a\0b", "'", "' OR ''='", "\u{feff}", "😀", "%", &long] {
        assert!(house.grants.find_client(id).await.unwrap().is_none());
        assert!(house.grants.find_session(id).await.unwrap().is_none());
        assert!(house.users.find(id).await.unwrap().is_none());
        assert!(house.users.find_by_login(id).await.unwrap().is_none());
        assert!(house.grants.find_interaction(id, "browser").await.unwrap().is_none(), "{id:?}");
        assert!(!house.grants.end_session(id).await.unwrap(), "{id:?}");
        assert!(!house.grants.finish_interaction(id).await.unwrap(), "{id:?}");
        assert!(
            house
                .grants
                .check_family(id)
                .await
                .is_err_and(|error| matches!(error, grant_store::GrantError::Refused(_))),
            "{id:?}"
        );
        assert!(house.grants.find_consent(id, "abc").await.unwrap().is_none(), "{id:?}");
    }
}
