//! `lingpai consent`: list and revoke; seen by the server that runs beside it.

use serde_json::json;

use super::signed_in::{OFFLINE, ONLINE};
use super::{Host, SignedIn};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_allowed_is_listed_and_taken_back() {
    let Some(house) = SignedIn::start() else { return };
    let (alice, bob) = (house.session("alice").await, house.session("bob").await);
    let tokens = house.tokens(&alice, "mail", OFFLINE).await;
    let others = house.tokens(&bob, "mail", ONLINE).await;
    house.tokens(&alice, "shop", ONLINE).await;
    let host = &house.host;
    let count = |line: &str| host.run(line).succeeded().json().as_array().unwrap().len();
    assert_eq!((count("consent list"), count("consent list --user alice")), (3, 2));
    let one = host.run("consent list --user alice --client mail").succeeded().json();
    assert_eq!((&one[0]["user"], &one[0]["scope"]), (&json!("alice"), &json!(OFFLINE)));
    assert_eq!(one[0]["grants"][0]["offline"], true);
    host.run("consent list --client mail -o table").succeeded().shows("1, 1 of them offline").shows("bob");

    let line = "consent revoke --user alice --client mail";
    host.run(&format!("{line} --dry-run -o table")).succeeded().shows("- scope").says("nothing was changed");
    assert_eq!(count("consent list --user alice"), 2);
    let before = host.revision();
    assert_eq!(host.run(line).succeeded().json()["grants"], 1);
    assert!(host.revision() > before);
    assert_eq!(house.refresh("mail", &tokens.refresh)["error"], "invalid_grant");
    assert!(house.refresh("mail", &others.refresh)["access_token"].is_string(), "bob's consent stands");
    assert_eq!(count("consent list --user alice"), 1);
    assert_eq!(count("session list --user alice"), 1, "alice stays signed in");
    host.run(line).ended(4).says("lingpai consent list");
    host.run(&format!("{line} --dry-run")).ended(4);
}

#[test]
fn a_consent_is_named_by_both_of_its_sides() {
    let Some(host) = Host::initialised() else { return };
    host.run("user add alice --no-password").succeeded();
    for line in ["consent revoke --user alice", "consent revoke --client shop", "consent list --limit 0"] {
        host.run(line).ended(2);
    }
    host.run("consent revoke --user alice --client shop").ended(4);
    host.run("consent revoke --user nobody --client shop").ended(4);
    host.run("consent list --user nobody").ended(4);
    assert_eq!(host.run("consent list").succeeded().json(), json!([]));
    host.run("consent list -o table").succeeded().says("nobody has allowed anything");
}
