//! What may be registered as a client's key, by form and by strength. The PEM files were made by OpenSSL.

use protocol::Alg;
use serde_json::json;

use super::*;
use crate::generate::NewKey;

const P256: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvH5xVKaTEDZ/hL8dyomIJMgquHkv
8IBfUQBCPxhVtdMpzJ7A5YojOzhLlpUUagfTifhX0jEJ2QbkBG/AW7/JZQ==
-----END PUBLIC KEY-----
";
const P384: &str = "-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEmvP1+1mKzL7Yrw9wELfGr2gMRwdixi+F
N24BHEKazenf/BdZptQIIn8zimcsXh5bJ7qnhUN/9RYVMXZMBDZq2pEkEEMjeCkx
2oD7OnZn7e6wbQz7/dhBO/9inUjd6LwC
-----END PUBLIC KEY-----
";
const ED25519: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAFFMkz6rv3Yn5NQHr6j5rBLtu8xJU7Ju4FqeCjm+gGtA=
-----END PUBLIC KEY-----
";
const RSA_2048: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqJ7Cl8vvz1d11GaGMzcq
wd76z9qUS/Pccsar0JV9QVK8EfMV8baDGMpvuv2ceKZFMWfK65+Xyg5KIs4gyaK9
9W3XdDojWIGP5JCfXRQGrbUj90M4BZywRNp70wIMFH8kfhMfWuLUuYrHQ+LbDFEZ
KTadhYlqNG4QNxSpBY0xq1co7a5D+buthybl5Mf0OSpQszEmv0DHqVrCZyDt+sjM
ddP0UXpn98LAkJZIUKGlxcOPW7IM7EfQAn94fIJXskO5SDBm5h8Tf4aiBwIjsYGO
PxvbNSdAnfCi9QJCXoZOwtBMdcxHmecsuven+iPsMx2Uxp1rfHcixDU75ZXkVc8L
3QIDAQAB
-----END PUBLIC KEY-----
";
const RSA_PKCS1: &str = "-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAm0zfpJ/3X80Q/ka5LyiDqrdeb+dGv/iwMP6Vl5Gvzf+zdIuuXhHn
jEtxQmgsOWwHQKMIJRDuON428A+rfOiE/VQD7aOsJ2aHPz8dSmD45ZI9lhWDM9wz
YPN+BcKWkmCz4uIT1mQ8A2H8meKm5t5GjfAe2gM/EfbcveIMle+9zO4kOI+OL9vy
i5udJrnmS1F+drTgbGMFXwJqE3EbUd9Puf2fCJ34iyqq9T+MeKhSShWyGDmJ2ceJ
FQ9/VDRXz0CvNYDhnBAv1G8KknsBMZchTga0JFkDmbgwo98bRAAeAFMDELdHNq6Z
xTmrBCJbyXahoGDk5MnjCIh2G8BDoO8MgwIDAQAB
-----END RSA PUBLIC KEY-----
";
const RSA_1024: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDJ+YUsKupTMyJO1djLl8kJQuRd
aBID6fYr9rQ++4KL0FP1EWA2GbMs9uU503JqtHTlNmh7wsnAGjiMmLViYh8HE79O
23JZgvKlXJ8R8EJB7MyuSrEYsGBMoVcBs+bb0cHBtaCVMhfBxJaC4EkDo9cuSUf7
ehnKDWbvz18FnWmyMwIDAQAB
-----END PUBLIC KEY-----
";
const RSA_EXPONENT_3: &str = "-----BEGIN PUBLIC KEY-----
MIIBIDANBgkqhkiG9w0BAQEFAAOCAQ0AMIIBCAKCAQEAvEHVJJp4p8qe04sCmGdD
K6Bubk3NetSk5suiEYVvrpCi9d+hdlo2G77gHPWTES9+YhAihEpjSfx0a2HE2RXS
zERMmZVQ8Hch9g0InfcENt4p0RnRebkPmCPn98htsqrdQ6umt50rhPNij5/4zXCp
sjGeSrfIy66CKby7X7tk2MG4FoWpkatxEr5udE52cHOnxLfQdpUNYbS4kKOPuCbL
FgrBZy38vPY2p3Uiwao+Vo6kckIHl4dtiKCIBuN8YuD3T6R9DqV92Xc1Vyc0NcUQ
1q4hRpkVUcx+jg0/2Virhud2XDYPXzHALh3a5ZifU2bv9zZNy8q4XcVmVFnFFirn
kwIBAw==
-----END PUBLIC KEY-----
";
const SECP256K1: &str = "-----BEGIN PUBLIC KEY-----
MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEs3dMWTEbdvWRyUrITojSWXrR5l7Ce16m
pmIEbCFOyXJ04ShziIcgp09NKW4e5zYSVoPNzJRSOS1KlOW7+ZFLPw==
-----END PUBLIC KEY-----
";

fn algs(text: &str) -> Vec<Alg> {
    let set = read(text).unwrap();
    assert_eq!(set.keys.len(), 1);
    Alg::ALL.into_iter().filter(|alg| set.keys[0].accepts(*alg)).collect()
}

#[test]
fn a_pem_file_of_every_kind_is_read() {
    assert_eq!(algs(P256), [Alg::Es256]);
    assert_eq!(algs(P384), [Alg::Es384]);
    assert_eq!(algs(ED25519), [Alg::EdDsa]);
    assert_eq!(algs(RSA_2048), [Alg::Ps256, Alg::Rs256]);
    assert_eq!(algs(RSA_PKCS1), [Alg::Ps256, Alg::Rs256]);
    assert_eq!(algs(&format!("\n  {P256}")), [Alg::Es256]);
}

#[test]
fn a_jwk_alone_and_a_set_are_read() {
    let own = NewKey::generate(Alg::Es256, 2048).unwrap().public_jwk;
    let one = serde_json::to_value(&own).unwrap();
    assert_eq!(read(&one.to_string()), Ok(JwkSet { keys: vec![own.clone()] }));
    let for_encryption = json!({ "kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB" });
    assert_eq!(read(&json!({ "keys": [one, for_encryption] }).to_string()), Ok(JwkSet { keys: vec![own] }));
    assert_eq!(read(&json!({ "keys": [for_encryption] }).to_string()), Err(ClientKeysError::Empty));
    assert_eq!(read(r#"{"keys":[]}"#), Err(ClientKeysError::Empty));
}

#[test]
fn weak_keys_are_refused() {
    assert_eq!(read(RSA_1024), Err(ClientKeysError::Weak { number: 1 }));
    assert_eq!(read(RSA_EXPONENT_3), Err(ClientKeysError::Weak { number: 1 }));
    let large = PublicJwk { key: PublicKey::rsa(&[0xff; 513], &[1, 0, 1]), alg: None, kid: None };
    let large = serde_json::to_string(&large).unwrap();
    assert_eq!(read(&large), Err(ClientKeysError::Weak { number: 1 }));
}

#[test]
fn private_and_symmetric_keys_are_refused() {
    let mut private = serde_json::to_value(NewKey::generate(Alg::EdDsa, 2048).unwrap().public_jwk).unwrap();
    private["d"] = json!("AAAA");
    let symmetric = json!({ "kty": "oct", "k": "AAAA" });
    for text in [
        private.to_string(),
        symmetric.to_string(),
        json!({ "keys": [private] }).to_string(),
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".to_owned(),
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n".to_owned(),
        "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n".to_owned(),
    ] {
        assert_eq!(read(&text), Err(ClientKeysError::Private), "{text}");
    }
}

#[test]
fn other_curves_and_points_off_the_curve_are_refused() {
    let unsupported = ClientKeysError::Key { number: 1, source: JwkError::Unsupported };
    assert_eq!(read(SECP256K1), Err(unsupported));
    assert_eq!(read(r#"{"kty":"EC","crv":"P-521","x":"AA","y":"AA"}"#), Err(unsupported));
    let off = PublicJwk { key: PublicKey::ec(Curve::P256, &[7; 32], &[7; 32]), alg: None, kid: None };
    assert_eq!(read(&serde_json::to_string(&off).unwrap()), Err(ClientKeysError::NoPoint { number: 1 }));
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let small = PublicJwk { key: PublicKey::ed25519(&neutral), alg: None, kid: None };
    assert_eq!(read(&serde_json::to_string(&small).unwrap()), Err(ClientKeysError::NoPoint { number: 1 }));
}

#[test]
fn what_is_no_key_is_refused() {
    let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert_eq!(read(certificate), Err(ClientKeysError::Certificate));
    for text in ["", "{", "[]", "ssh-ed25519 AAAA", r#"{"keys":1}"#, "-----BEGIN PUBLIC KEY-----\nAAAA"] {
        assert_eq!(read(text), Err(ClientKeysError::Unreadable), "{text}");
    }
    assert!(read("{}").is_err() && read(r#"{"keys":[1]}"#).is_err());
}
