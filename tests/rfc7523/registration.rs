//! What a client must have to be registered for a method: OpenID Connect Core §9, RFC 7591 §2, RFC 8725 §3.5.

use flow::ClientAuthMethod;
use grant_store::{ClientError, NewClient};
use protocol::{JwkSet, PublicJwk, PublicKey, RedirectUri};
use serde_json::json;
use testkit::ClientKey;

fn client(method: ClientAuthMethod, keys: &[serde_json::Value], alg: Option<&str>) -> NewClient {
    let mut client = NewClient::confidential("shop");
    client.redirect_uris = vec![RedirectUri::new("https://shop.example/cb").unwrap()];
    client.auth_method = method;
    client.terms.jwks = serde_json::from_value(json!({ "keys": keys })).unwrap();
    client.terms.assertion_alg = alg.map(str::to_owned);
    client
}

#[test]
fn keys_and_algorithm_must_fit_the_method() {
    use ClientAuthMethod::{Basic, ClientSecretJwt, PrivateKeyJwt};
    let key = ClientKey::generate("ES256").jwk("k1");
    let keys = std::slice::from_ref(&key);
    for (client, is_fit) in [
        (client(PrivateKeyJwt, keys, None), true),
        (client(PrivateKeyJwt, keys, Some("ES256")), true),
        (client(PrivateKeyJwt, keys, Some("RS256")), false),
        (client(PrivateKeyJwt, keys, Some("HS256")), false),
        (client(PrivateKeyJwt, keys, Some("none")), false),
        (client(PrivateKeyJwt, &[], None), false),
        (client(ClientSecretJwt, &[], None), true),
        (client(ClientSecretJwt, &[], Some("HS256")), true),
        (client(ClientSecretJwt, &[], Some("ES256")), false),
        (client(Basic, keys, None), true),
        (client(Basic, &[], Some("HS256")), false),
    ] {
        assert_eq!(client.check().is_ok(), is_fit, "{} {:?}", client.auth_method, client.terms);
    }
    let public = NewClient { auth_method: PrivateKeyJwt, ..NewClient::public("app") };
    assert!(matches!(public.check(), Err(ClientError::AuthMethodUnfit)));
}

#[test]
fn weak_and_ambiguous_keys_are_refused() {
    let weak = |bytes: usize, exponent: &[u8]| {
        let key = PublicKey::rsa(&vec![0xff; bytes], exponent);
        let mut weak = client(ClientAuthMethod::PrivateKeyJwt, &[], None);
        weak.terms.jwks = JwkSet { keys: vec![PublicJwk { key, alg: None, kid: None }] };
        weak.check()
    };
    assert!(weak(256, &[1, 0, 1]).is_ok());
    for (bytes, exponent) in [(128, &[1, 0, 1][..]), (513, &[1, 0, 1]), (256, &[3])] {
        assert!(matches!(weak(bytes, exponent), Err(ClientError::KeysUnfit)), "{bytes} {exponent:?}");
    }
    let (one, two) = (ClientKey::generate("ES256"), ClientKey::generate("EdDSA"));
    let same = client(ClientAuthMethod::PrivateKeyJwt, &[one.jwk("k"), two.jwk("k")], None);
    assert!(matches!(same.check(), Err(ClientError::KeysUnfit)));
}

#[test]
fn a_public_client_neither_introspects_nor_exchanges() {
    for change in
        [(|client| client.terms.introspects.push("https://api.example".to_owned())) as fn(&mut NewClient), |client| {
            client.terms.exchange_targets.push("https://api.example".to_owned());
        }]
    {
        let mut client = NewClient {
            redirect_uris: vec![RedirectUri::new("https://spa.example/cb").unwrap()],
            ..NewClient::public("spa")
        };
        assert!(client.check().is_ok());
        change(&mut client);
        assert!(matches!(client.check(), Err(ClientError::ProofMissing)));
    }
}
