//! `lingpai flow`: what a reference leads to.

use serde_json::{Value, json};

use super::signed_in::{ISSUER_HOST, ONLINE, VERIFIER};
use super::{Host, SignedIn, running};

/// The reference of an answer.
#[track_caller]
fn reference(answer: &str) -> String {
    let lower = answer.to_ascii_lowercase();
    let at = lower.find("x-lingpai-reference: ").unwrap_or_else(|| panic!("no reference in {answer}"));
    answer[at..].split(' ').nth(1).unwrap().lines().next().unwrap().to_owned()
}

/// What a reference leads to, as soon as the server has written it down.
fn show(host: &Host, reference: &str) -> Value {
    for _ in 0..100 {
        let answer = host.run(&format!("flow show {reference}"));
        if answer.code == Some(0) {
            return answer.json();
        }
        answer.ended(4);
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{reference} leads to nothing")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_found_by_its_reference() {
    let Some(house) = SignedIn::start() else { return };
    let (host, address) = (&house.host, &house.address);
    let page = running::get(
        address,
        "/authorize?client_id=shop&response_type=code&redirect_uri=https%3A%2F%2Fshop.example%2Fcb%2F",
        ISSUER_HOST,
    );
    assert!(page.starts_with("HTTP/1.1 400"), "{page}");
    let shown = show(host, &reference(&page));
    assert!(page.contains(shown["reference"].as_str().unwrap()), "the page and the header say the same");
    assert_eq!((&shown["reason"], &shown["endpoint"]), (&json!("RedirectUriUnregistered"), &json!("authorize")));
    assert_eq!((&shown["client_id"], &shown["parameter"]), (&json!("shop"), &json!("redirect_uri")));
    assert_eq!(shown["received"], "https://shop.example/cb/");
    assert!(shown["expected"].as_str().unwrap().contains("https://shop.example/cb"), "{shown:#}");
    assert_eq!(shown["remedy"], "lingpai client set shop --add-redirect");

    // An error that travels to the client has its reference in the redirect.
    let sent = running::get(
        address,
        "/authorize?client_id=shop&response_type=token&redirect_uri=https%3A%2F%2Fshop.example%2Fcb",
        ISSUER_HOST,
    );
    assert!(sent.starts_with("HTTP/1.1 303"), "{sent}");
    assert_eq!(show(host, &reference(&sent))["reason"], "ResponseTypeUnsupported");

    let code = house.code(&house.session("alice").await, "shop", ONLINE).await;
    let wrong = VERIFIER.replace('d', "e");
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.expose()),
        ("client_id", "shop"),
        ("redirect_uri", "https://shop.example/cb"),
        ("code_verifier", wrong.as_str()),
    ];
    let answer = running::post(address, "/token", ISSUER_HOST, &form);
    let shown = show(host, &reference(&answer).to_ascii_lowercase());
    assert_eq!((&shown["reason"], &shown["error"]), (&json!("CodeVerifierMismatch"), &json!("invalid_grant")));
    assert_eq!((&shown["client_id"], &shown["endpoint"]), (&json!("shop"), &json!("token")));
    assert!(shown["clause"].as_str().unwrap().contains("RFC 7636"));
    let text = shown.to_string();
    assert!(!text.contains(code.expose()) && !text.contains(&wrong), "{text}");
    host.run(&format!("flow show {} -o table", reference(&answer)))
        .succeeded()
        .shows("code_verifier")
        .shows("RFC 7636");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_refusals_are_listed_and_only_clients_are_named() {
    let Some(house) = SignedIn::start() else { return };
    let (host, address) = (&house.host, &house.address);
    let refused = |client_id: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", "rt_stolen"), ("client_id", client_id)];
        reference(&running::post(address, "/token", ISSUER_HOST, &form))
    };
    let (known, unknown) = (refused("mail"), refused("cs_this-is-the-secret-by-mistake"));
    show(host, &unknown);
    let of_client = host.run("flow list --client mail -o id").succeeded().stdout;
    assert_eq!(of_client, format!("{known}\n"));
    let all = host.run("flow list").succeeded();
    assert!(!all.stdout.contains("by-mistake") && !all.stdout.contains("stolen"), "{}", all.stdout);
    assert_eq!(show(host, &unknown)["client_id"], Value::Null);
    let table = host.run("flow list -o table").succeeded().shows("REASON").stdout;
    assert!(table.contains(&known) && table.contains("invalid_grant"), "{table}");
    assert_eq!(host.run("flow list --limit 1").succeeded().json().as_array().unwrap().len(), 1);
    // A page that nobody has is not worth a row.
    assert!(!running::get(address, "/wp-login.php", ISSUER_HOST).to_lowercase().contains("x-lingpai-reference"));
}

#[test]
fn a_reference_that_leads_nowhere_ends_with_four() {
    let Some(host) = Host::initialised() else { return };
    host.run("flow show 7K3MQ2").ended(4).says("lingpai flow list");
    assert!(!host.run("flow show \u{1b}[31mred").ended(4).stderr.contains('\u{1b}'));
    host.run("flow show").ended(2);
    host.run("flow list --limit 0").ended(2);
    assert_eq!(host.run("flow list").succeeded().json(), json!([]));
    host.run("flow list -o table").succeeded().says("nothing was refused");
}
