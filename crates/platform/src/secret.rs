//! Secrets that we generate, store as digests and recognise again.
//!
//! Shape of every stored secret: `<kind>_<selector>.<secret>`. The selector is time-ordered and is the primary key of
//! the row; the secret is 256 random bits of which the row holds SHA-256 with the kind mixed in. A lookup by selector
//! takes the same time whatever the secret is, and the comparison takes the same time whatever the digest is.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::time::Timestamp;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::random;

/// Characters of a selector: 128 bits, five per character.
const SELECTOR_CHARS: usize = 26;
/// Characters of a secret: 256 bits in base64url.
const SECRET_CHARS: usize = 43;
/// Crockford's base 32 in lower case: its byte order is its numeric order, so selectors sort by time.
const BASE32: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A text that must not be seen: wiped when dropped, silent in `Debug`, without `Display` or `Serialize`.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes custody of a text.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself. Every call is a place where it could leak.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// What a secret is for. The kind is inside the digest, so that one artefact is never accepted as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An opaque access token.
    AccessToken,
    /// The cookie that ties a browser to its parked requests.
    Browser,
    /// A client's password.
    ClientSecret,
    /// An authorization code.
    Code,
    /// What a device polls with. Source: RFC 8628 §3.2.
    DeviceCode,
    /// The name of a parked authorization request.
    Interaction,
    /// A refresh token.
    RefreshToken,
    /// The cookie of a signed-in browser.
    Session,
}

impl Kind {
    /// Every kind, for tests and documentation.
    pub const ALL: [Self; 8] = [
        Self::AccessToken,
        Self::Browser,
        Self::ClientSecret,
        Self::Code,
        Self::DeviceCode,
        Self::Interaction,
        Self::RefreshToken,
        Self::Session,
    ];

    /// The letters before the underscore, by which secret scanners and people recognise what they found.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::AccessToken => "at",
            Self::Browser => "br",
            Self::ClientSecret => "cs",
            Self::Code => "code",
            Self::DeviceCode => "dc",
            Self::Interaction => "int",
            Self::RefreshToken => "rt",
            Self::Session => "ses",
        }
    }
}

/// A fresh secret: what goes to the other side, and what goes into the row.
#[derive(Clone, Debug)]
pub struct StoredSecret {
    /// Primary key of the row: 26 characters of `[0-9a-z]`, ordered by time.
    pub selector: String,
    /// What the other side receives, once: `<prefix>_<selector>.<secret>`.
    pub presented: Secret,
    /// What the row keeps: [`digest`] of the secret, 43 characters of base64url.
    pub digest: String,
}

impl StoredSecret {
    /// Generates a secret of 256 random bits with a selector made at `now`.
    #[must_use]
    pub fn generate(kind: Kind, now: Timestamp) -> Self {
        let selector = selector(now);
        let mut random = random::bytes::<32>();
        let secret = Secret::new(URL_SAFE_NO_PAD.encode(random));
        random.zeroize();
        let digest = digest(kind, secret.expose());
        let presented = Secret::new(format!("{}_{selector}.{}", kind.prefix(), secret.expose()));
        Self { selector, presented, digest }
    }
}

/// A secret as somebody presented it: well-formed, of the right kind, not yet proven.
#[derive(Clone, Debug)]
pub struct PresentedSecret {
    /// Primary key of the row that would hold it.
    pub selector: String,
    digest: String,
}

impl PresentedSecret {
    /// Takes `<prefix>_<selector>.<secret>` apart; anything else, of any length, is `None`.
    pub fn parse(kind: Kind, presented: &str) -> Option<Self> {
        let (selector, secret) = presented.strip_prefix(kind.prefix())?.strip_prefix('_')?.split_once('.')?;
        let is_selector = selector.len() == SELECTOR_CHARS && selector.bytes().all(|byte| BASE32.contains(&byte));
        // Decoding (not only a look at the alphabet) refuses the spellings whose last character carries stray bits:
        // 256 bits have exactly one presentation.
        let is_secret = secret.len() == SECRET_CHARS && URL_SAFE_NO_PAD.decode(secret).is_ok();
        (is_selector && is_secret).then(|| Self { selector: selector.to_owned(), digest: digest(kind, secret) })
    }

    /// Whether this is the secret whose digest the row holds; takes the same time for every wrong one.
    pub fn matches(&self, stored_digest: &str) -> bool {
        digests_equal(&self.digest, stored_digest)
    }

    /// The digest of what was presented, for rows that are found by it.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// SHA-256 of the kind, a zero byte and the value, in base64url (43 characters).
///
/// For values of 256 random bits: they need no salt and no slow hash, for nobody can enumerate them.
#[must_use]
pub fn digest(kind: Kind, value: &str) -> String {
    let mut context = Context::new(&SHA256);
    context.update(kind.prefix().as_bytes());
    context.update(&[0]);
    context.update(value.as_bytes());
    URL_SAFE_NO_PAD.encode(context.finish())
}

/// Compares two digests in constant time; digests of different length are unequal.
#[must_use]
pub fn digests_equal(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

/// A time-ordered selector: the 128 bits of a UUIDv7, most significant five bits first.
fn selector(now: Timestamp) -> String {
    let bits = random::ordered_bits(now);
    let mut out = String::with_capacity(SELECTOR_CHARS);
    for position in (0..SELECTOR_CHARS).rev() {
        let five = usize::try_from((bits >> (position * 5)) & 31).unwrap_or(0);
        out.push(BASE32.get(five).map_or('0', |letter| char::from(*letter)));
    }
    out
}

#[cfg(test)]
mod tests;
