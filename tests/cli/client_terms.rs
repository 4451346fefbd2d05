//! `lingpai client`: keys and assertions, algorithms, opaque tokens, audiences.

use serde_json::{Value, json};
use testkit::ClientKey;

use super::Host;

const REDIRECT: &str = "--redirect https://shop.example/cb";

#[test]
fn a_client_with_a_key_has_no_secret() {
    let Some(host) = Host::initialised() else { return };
    let key = ClientKey::generate("ES256").jwk("2026-01");
    host.write("one.json", &key.to_string());
    let added =
        host.run(&format!("client add shop {REDIRECT} --auth private_key_jwt --jwks one.json")).succeeded().json();
    assert_eq!((&added["auth"], &added["secret"]), (&json!("private_key_jwt"), &Value::Null));
    assert_eq!(added["jwks"]["keys"][0]["kid"], "2026-01");
    assert_eq!((&added["assertion_audience"], &added["assertion_alg"]), (&json!("issuer"), &Value::Null));
    host.run("client secret rotate shop").ended(2).says("key of its own");
    let card = host.run("client show shop -o table").succeeded();
    card.shows("ES256, kid 2026-01").shows("audience issuer, algorithm any");
    // A set, and from standard input.
    let set = json!({ "keys": [key, ClientKey::generate("EdDSA").jwk("2026-02")] }).to_string();
    let answer = host.run_with("client set shop --jwks - --assertion-alg EdDSA", &set).succeeded().json();
    assert_eq!(answer["jwks"]["keys"].as_array().unwrap().len(), 2);
    assert_eq!(answer["assertion_alg"], "EdDSA");
}

#[test]
fn keys_that_do_not_fit_are_refused_with_a_way_out() {
    let Some(host) = Host::initialised() else { return };
    let add = format!("client add shop {REDIRECT} --auth private_key_jwt");
    host.run(&add).ended(2).says("--jwks FILE");
    host.run(&format!("{add} --jwks nowhere.json")).ended(1).says("nowhere.json");
    host.write(
        "private.json",
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"AAAA"}"#,
    );
    host.run(&format!("{add} --jwks private.json")).ended(2).says("private").says("openssl pkey");
    host.write("secret.json", r#"{"kty":"oct","k":"AAAA"}"#);
    host.run(&format!("{add} --jwks secret.json")).ended(2).says("symmetric");
    host.write("junk", "hello");
    host.run(&format!("{add} --jwks junk")).ended(2).says("neither");
    host.write("ec.json", &ClientKey::generate("ES256").jwk("k").to_string());
    host.run(&format!("{add} --jwks ec.json --assertion-alg RS256")).ended(2).says("--assertion-alg any");
    host.run(&format!("{add} --jwks ec.json --assertion-alg none")).ended(2);
    host.run("client add app --public --redirect http://127.0.0.1/cb --auth private_key_jwt --jwks ec.json").ended(2);
    assert_eq!(host.run("client list").succeeded().json(), json!([]));
    let chinese = host.with("LINGPAI_LANG", "zh-CN");
    chinese.run(&format!("{add} --jwks secret.json")).ended(2).says("私钥或对称密钥");
    chinese.run(&add).ended(2).says("需要应用的公钥");
}

#[test]
fn a_secret_that_signs_is_sealed() {
    let Some(host) = Host::initialised() else { return };
    let added = host.run(&format!("client add shop {REDIRECT} --auth client_secret_jwt")).succeeded();
    let secret = added.text("secret");
    let database = std::fs::read(host.path("lingpai.db")).unwrap();
    let hidden = secret.split('.').next_back().unwrap().as_bytes();
    assert!(!database.windows(hidden.len()).any(|window| window == hidden), "it is sealed");
    // Nothing is missing, so nothing is said.
    let answer = host.run("client set shop --name Shop").succeeded();
    assert!(!answer.stderr.contains("warning"), "{}", answer.stderr);
}

#[test]
fn a_change_to_a_method_that_has_no_secret_yet_says_what_to_do() {
    let Some(host) = Host::initialised() else { return };
    host.run(&format!("client add shop {REDIRECT}")).succeeded();
    let changed = host.run("client set shop --auth client_secret_jwt").succeeded();
    changed.says("warning").says("lingpai client secret rotate shop");
    host.run("client secret rotate shop --overlap 0s").succeeded();
    let after = host.run("client set shop --assertion-alg HS256").succeeded();
    assert!(!after.stderr.contains("warning"), "{}", after.stderr);
    // With another method the agreement about the algorithm ends.
    assert_eq!(host.run("client set shop --auth basic").succeeded().json()["assertion_alg"], Value::Null);
    host.write("ec.json", &ClientKey::generate("ES256").jwk("k").to_string());
    host.run(&format!("client add keyed {REDIRECT} --auth private_key_jwt --jwks ec.json")).succeeded();
    host.run("client set keyed --auth basic").succeeded().says("no secret yet");
}

#[test]
fn the_first_key_of_an_algorithm_is_made_with_its_client() {
    let Some(host) = Host::initialised() else { return };
    let line = format!("client add shop {REDIRECT} --id-token-alg EdDSA --userinfo-alg ES384");
    host.run(&format!("{line} --dry-run")).succeeded().says("the first EdDSA key would be made");
    assert_eq!(host.run("key list").succeeded().json(), json!([]));
    host.run(&line).succeeded().says("made the first EdDSA key").says("made the first ES384 key");
    let keys = host.run("key list").succeeded().json();
    let states: Vec<_> = keys.as_array().unwrap().iter().map(|key| (&key["alg"], &key["state"])).collect();
    assert_eq!(states, [(&json!("EdDSA"), &json!("active")), (&json!("ES384"), &json!("active"))]);
    let again = host.run("client set shop --access-token-alg EdDSA").succeeded();
    assert!(!again.stderr.contains("made the first"), "{}", again.stderr);
    // What is in use can be rotated.
    host.run("key rotate EdDSA").succeeded();
    host.run("key rotate PS256").ended(2).says("[keys] algorithms");
}

#[test]
fn every_term_is_stored_shown_and_taken_back() {
    let Some(host) = Host::initialised() else { return };
    let line = format!(
        "client add shop {REDIRECT} --userinfo-alg ES256 --access-token-format opaque --assertion-audience token-endpoint \
         --introspects https://a.example --introspects https://b.example --exchange-target https://c.example \
         --response-mode query --response-mode form_post"
    );
    let client = host.run(&line).succeeded().json();
    for (member, value) in [
        ("userinfo_alg", json!("ES256")),
        ("access_token_format", json!("opaque")),
        ("assertion_audience", json!("token-endpoint")),
        ("introspects", json!(["https://a.example", "https://b.example"])),
        ("exchange_targets", json!(["https://c.example"])),
        ("response_modes", json!(["query", "form_post"])),
    ] {
        assert_eq!(client[member], value, "{member}");
    }
    let card = host.run("client show shop -o table").succeeded();
    card.shows("signed with ES256").shows("access token opaque").shows("https://c.example").shows("form_post");
    let diff = host.run("client set shop --access-token-format jwt --dry-run -o table").succeeded();
    assert_eq!(diff.stdout, "client shop\n- access_token_format = \"opaque\"\n+ access_token_format = \"jwt\"\n");
    let line = "client set shop --userinfo-alg none --introspects none --exchange-target none --response-mode any \
                --assertion-audience issuer --access-token-format jwt";
    let client = host.run(line).succeeded().json();
    assert_eq!(client["userinfo_alg"], Value::Null);
    for list in ["introspects", "exchange_targets", "response_modes"] {
        assert_eq!(client[list], json!([]), "{list}");
    }
    host.run("client set shop --userinfo-alg HS256").ended(2);
    host.run("client set shop --response-mode web_message").ended(2);
    host.run("client add app --public --redirect http://127.0.0.1/cb --introspects https://a.example")
        .ended(2)
        .says("public");
}
