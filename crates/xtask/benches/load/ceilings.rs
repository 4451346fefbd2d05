//! What the machine can do at all: signatures and password hashes on one core, in this process, in this run.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};

/// About the size of what stands before the signature of an access token.
const SIGNED_BYTES: usize = 400;

/// A rate that no server can exceed with one core.
pub struct Ceiling {
    pub operation: &'static str,
    pub per_second: f64,
}

/// Measures each for as long as `each` says.
pub fn measure(each: Duration) -> Result<Vec<Ceiling>> {
    let (message, random) = (vec![b'x'; SIGNED_BYTES], SystemRandom::new());
    let no_key = |_| anyhow!("no key");
    let es256 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(no_key)?;
    let eddsa = Ed25519KeyPair::generate().map_err(no_key)?;
    let rs256 = RsaKeyPair::generate(KeySize::Rsa2048).map_err(no_key)?;
    let mut signature = vec![0; rs256.public_modulus_len()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
    let mut memory = vec![Block::default(); Params::DEFAULT.block_count()];
    let mut hash = [0; 32];
    Ok(vec![
        rate("ES256 signature", each, || es256.sign(&random, &message).is_ok())?,
        rate("EdDSA signature", each, || !eddsa.sign(&message).as_ref().is_empty())?,
        rate("RS256 signature", each, || rs256.sign(&RSA_PKCS1_SHA256, &random, &message, &mut signature).is_ok())?,
        rate("argon2id, 19 MiB, t=2", each, || {
            argon2.hash_password_into_with_memory(b"password", b"sixteen bytes..!", &mut hash, &mut memory).is_ok()
        })?,
    ])
}

fn rate(operation: &'static str, each: Duration, mut work: impl FnMut() -> bool) -> Result<Ceiling> {
    let started = Instant::now();
    let mut count = 0_u32;
    while started.elapsed() < each {
        if !black_box(work()) {
            return Err(anyhow!("{operation} failed"));
        }
        count += 1;
    }
    Ok(Ceiling { operation, per_second: f64::from(count) / started.elapsed().as_secs_f64() })
}
