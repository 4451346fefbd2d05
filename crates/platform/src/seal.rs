//! Sealing: what must come back as it was, but must not be read from a stolen database.
//!
//! AES-256-GCM with a random 96-bit nonce under a key derived from the master key. The row's identity is associated
//! data, so that a sealed value copied into another row does not open there.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use crate::random;

/// Length of a master key in bytes.
const KEY_BYTES: usize = 32;
/// Marks the format, so that another one can follow without guessing.
const VERSION: &str = "v1.";

/// Why a sealed value did not open. Deliberately says nothing about the content.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SealError {
    /// Wrong key, wrong row, or changed by somebody.
    #[error("the sealed value does not open: it was made under another key, for another row, or was changed")]
    DoesNotOpen,
    /// Not a sealed value of a known format.
    #[error("this is not a sealed value of a known format")]
    Malformed,
}

/// Why a master key could not be had from its file.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// A new key is never written over an old one: what the old one sealed would be lost.
    #[error("{path}: a file stands here already; a master key is never overwritten", path = path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file holds something else.
    #[error("{path}: this is not a master key (32 bytes in base64url, made by `lingpai init`)", path = path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be read or written.
    #[error("{path}: {source}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// The key under which this installation seals, and from which it derives its other keys.
pub struct MasterKey {
    sealing: SealingKey,
    prk: Prk,
}

impl MasterKey {
    /// A fresh key that is kept nowhere: what it seals is lost with the process.
    #[must_use]
    pub fn generate() -> Self {
        Self::from_bytes(&Zeroizing::new(random::bytes::<KEY_BYTES>()))
    }

    /// Reads a key from a file of one line.
    ///
    /// A file that others can read is accepted with a warning: containers mount secrets read-only with wide modes.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, KeyFileError> {
        let path = path.as_ref();
        let unreadable = |source| KeyFileError::Unreadable { path: path.to_owned(), source };
        let malformed = || KeyFileError::Malformed { path: path.to_owned() };
        let file = File::open(path).map_err(unreadable)?;
        warn_if_shared(path, &file);
        let mut text = Zeroizing::new(Vec::with_capacity(256));
        // A key is 43 characters; the limit keeps a wrong path (a device, a dump) from filling the memory.
        file.take(256).read_to_end(&mut text).map_err(unreadable)?;
        std::str::from_utf8(&text).ok().and_then(Self::from_text).ok_or_else(malformed)
    }

    /// Reads a key from its text: 43 characters of base64url, white space around them dropped.
    ///
    /// For keys that come from the environment; `None` for anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        let decoded = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.trim_ascii()).ok()?);
        let bytes = Zeroizing::new(<[u8; KEY_BYTES]>::try_from(decoded.as_slice()).ok()?);
        Some(Self::from_bytes(&bytes))
    }

    /// Generates a key into a new file that only its owner may read (mode 0600).
    ///
    /// Effects: creates the file; never replaces one.
    pub fn generate_to_file(path: impl AsRef<Path>) -> Result<Self, KeyFileError> {
        let path = path.as_ref();
        let bytes = Zeroizing::new(random::bytes::<KEY_BYTES>());
        let text = Zeroizing::new(format!("{}\n", URL_SAFE_NO_PAD.encode(bytes.as_slice())));
        let mut file = create_private(path)?;
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|source| KeyFileError::Unreadable { path: path.to_owned(), source })?;
        Ok(Self::from_bytes(&bytes))
    }

    /// Seals `plain` for the row that `aad` names.
    ///
    /// Shape: `v1.` and base64url of nonce, ciphertext and tag.
    #[must_use]
    pub fn seal(&self, aad: &str, plain: &[u8]) -> String {
        self.sealing.seal(aad, plain)
    }

    /// Opens what [`MasterKey::seal`] made for the same row.
    pub fn open(&self, aad: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.sealing.open(aad, sealed)
    }

    /// Derives a key for one purpose; another purpose gets an unrelated key.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> HmacKey {
        HmacKey(hmac::Key::new(hmac::HMAC_SHA256, expand(&self.prk, &["hmac", purpose]).as_slice()))
    }

    fn from_bytes(bytes: &Zeroizing<[u8; KEY_BYTES]>) -> Self {
        let prk = Salt::new(HKDF_SHA256, b"lingpai master key").extract(bytes.as_slice());
        Self { sealing: SealingKey::new(&expand(&prk, &["seal"])), prk }
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MasterKey([redacted])")
    }
}

/// A key that only seals and opens.
pub struct SealingKey(LessSafeKey);

impl SealingKey {
    /// Derives a key from a secret of 256 random bits that somebody presents again later, such as a spent refresh
    /// token: the row alone opens nothing.
    #[must_use]
    pub fn from_presented(presented: &str, purpose: &str) -> Self {
        let prk = Salt::new(HKDF_SHA256, b"lingpai presented secret").extract(presented.as_bytes());
        Self::new(&expand(&prk, &["seal", purpose]))
    }

    /// Seals `plain` for the row that `aad` names.
    #[must_use]
    pub fn seal(&self, aad: &str, plain: &[u8]) -> String {
        let nonce = random::bytes::<NONCE_LEN>();
        let mut sealed = plain.to_vec();
        let (nonce_of_this, aad) = (Nonce::assume_unique_for_key(nonce), Aad::from(aad.as_bytes()));
        if self.0.seal_in_place_append_tag(nonce_of_this, aad, &mut sealed).is_err() {
            // Only a plaintext of more than 64 GiB can fail. What we answer then opens nowhere and shows nothing.
            sealed.zeroize();
        }
        let mut out = Vec::with_capacity(nonce.len() + sealed.len());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        format!("{VERSION}{}", URL_SAFE_NO_PAD.encode(out))
    }

    /// Opens what [`SealingKey::seal`] made for the same row.
    pub fn open(&self, aad: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let text = sealed.strip_prefix(VERSION).ok_or(SealError::Malformed)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| SealError::Malformed)?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Malformed)?;
        let mut buffer = Zeroizing::new(ciphertext.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self
            .0
            .open_in_place(nonce, Aad::from(aad.as_bytes()), &mut buffer)
            .map_err(|_| SealError::DoesNotOpen)?
            .len();
        buffer.truncate(length);
        Ok(buffer)
    }

    fn new(bytes: &Zeroizing<[u8; KEY_BYTES]>) -> Self {
        // The only failure is a key of the wrong length, and the type fixes the length.
        #[allow(clippy::expect_used)]
        let key = UnboundKey::new(&AES_256_GCM, bytes.as_slice()).expect("32 bytes are an AES-256 key");
        Self(LessSafeKey::new(key))
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SealingKey([redacted])")
    }
}

/// A key that signs short texts for ourselves (CSRF tokens, short codes).
#[derive(Clone)]
pub struct HmacKey(hmac::Key);

impl HmacKey {
    /// HMAC-SHA256 of `message`.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 32] {
        let tag = hmac::sign(&self.0, message);
        let mut out = [0_u8; 32];
        for (to, from) in out.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        out
    }

    /// Whether `tag` is ours for `message`; takes the same time for every wrong one.
    #[must_use]
    pub fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.0, message, tag).is_ok()
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("HmacKey([redacted])")
    }
}

/// The output length that we ask of HKDF.
struct Bytes32;

impl KeyType for Bytes32 {
    fn len(&self) -> usize {
        KEY_BYTES
    }
}

/// HKDF-Expand with a path of labels, each ended by a zero byte so that no two paths are the same bytes.
fn expand(prk: &Prk, path: &[&str]) -> Zeroizing<[u8; KEY_BYTES]> {
    let mut info = Vec::new();
    for label in path {
        info.extend_from_slice(label.as_bytes());
        info.push(0);
    }
    let mut out = Zeroizing::new([0_u8; KEY_BYTES]);
    // HKDF-Expand fails only for more than 255 blocks of output; we ask for one.
    #[allow(clippy::expect_used)]
    prk.expand(&[&info], Bytes32).and_then(|okm| okm.fill(out.as_mut_slice())).expect("one block of HKDF output");
    info.zeroize();
    out
}

/// Creates a file that only its owner may read, and that did not exist.
fn create_private(path: &Path) -> Result<File, KeyFileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| {
        if source.kind() == std::io::ErrorKind::AlreadyExists {
            KeyFileError::Exists { path: path.to_owned() }
        } else {
            KeyFileError::Unreadable { path: path.to_owned(), source }
        }
    })
}

/// Logs a warning when people other than the owner may read the key.
#[cfg(unix)]
fn warn_if_shared(path: &Path, file: &File) {
    use std::os::unix::fs::PermissionsExt;
    let is_shared = file.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0);
    if is_shared {
        tracing::warn!(file = %path.display(), "the master key can be read by others: chmod 600 it");
    }
}

#[cfg(not(unix))]
fn warn_if_shared(_path: &Path, _file: &File) {}

#[cfg(test)]
mod tests;
