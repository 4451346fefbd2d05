//! What a verifier demands of a token, and why it says no.

use std::time::Duration;

use protocol::{alg::Alg, id_token::IdTokenClaims, time::Timestamp};

/// What a token must be to be accepted; the one way to verify a JWT in this workspace.
///
/// Shape: every list is an *any of*; an empty list accepts nothing.
/// Units: `now` is the verifier's time, never the system clock; `leeway` bounds clock differences.
/// Source: RFC 8725 §3 (explicit typing, algorithms, issuer and audience), RFC 7519 §4.1.
#[derive(Clone, Debug)]
pub struct JwtPolicy {
    /// The media type of the token, for example `at+jwt`; compared without case, `application/` may precede it.
    pub typ: &'static str,
    /// The algorithms that may sign it.
    pub algs: Vec<Alg>,
    /// The issuer, compared byte for byte.
    pub iss: String,
    /// The audiences that the verifier answers to; the token must name one of them.
    pub aud: Vec<String>,
    /// Whether any well-formed `aud` will do, in place of [`JwtPolicy::aud`].
    pub accepts_any_aud: bool,
    /// Whether a token past its `exp` is still read; `exp` must be there and well-formed all the same.
    pub accepts_expired: bool,
    /// How far `exp`, `nbf` and `iat` may be off; [`JwtPolicy::LEEWAY`] unless there is a reason.
    pub leeway: Duration,
    /// The time at which the token is judged.
    pub now: Timestamp,
    /// The greatest age since `iat`, whatever `exp` says.
    pub max_age: Option<Duration>,
}

impl JwtPolicy {
    /// The usual leeway: 10 seconds.
    pub const LEEWAY: Duration = Duration::from_secs(10);

    /// A policy with the usual leeway and no greatest age.
    pub fn new(typ: &'static str, algs: &[Alg], iss: &str, aud: &str, now: Timestamp) -> Self {
        Self {
            typ,
            algs: algs.to_vec(),
            iss: iss.to_owned(),
            aud: vec![aud.to_owned()],
            accepts_any_aud: false,
            accepts_expired: false,
            leeway: Self::LEEWAY,
            now,
            max_age: None,
        }
    }

    /// A policy for an ID token of ours that comes back as a hint: who is meant, and never a proof of anything.
    ///
    /// Shape: any published algorithm and key, retired keys included; any audience, because the caller decides which
    /// clients may present it; expiry does not count, since a hint is presented long after its time, but the future
    /// does.
    /// Source: OpenID Connect Core §3.1.2.1 (`id_token_hint`), OpenID Connect RP-Initiated Logout 1.0 §4.
    pub fn for_hint(issuer: &str, now: Timestamp) -> Self {
        Self {
            typ: IdTokenClaims::TYP,
            algs: Alg::ALL.to_vec(),
            iss: issuer.to_owned(),
            aud: Vec::new(),
            accepts_any_aud: true,
            accepts_expired: true,
            leeway: Self::LEEWAY,
            now,
            max_age: None,
        }
    }
}

/// Why a token was refused. For logs and tests; the wire says `invalid_token` for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The header's `alg` is missing, unknown, `none`, or not one of the policy's.
    #[error("algorithm not allowed")]
    AlgNotAllowed,
    /// `aud` names none of the policy's audiences.
    #[error("another audience")]
    AudienceMismatch,
    /// A part is not strict base64url without padding (RFC 7515 §2).
    #[error("not strict base64url")]
    BadBase64,
    /// The header or the claims are not one JSON object.
    #[error("not a JSON object")]
    BadJson,
    /// The signature is not the key's.
    #[error("bad signature")]
    BadSignature,
    /// A registered claim is missing or has the wrong type (RFC 7519 §4.1), or the claims do not fit the purpose.
    #[error("claim {name} is missing or has the wrong type")]
    Claim {
        /// The claim's name, `*` where the claims as a whole do not fit.
        name: &'static str,
    },
    /// A JSON object names a member twice.
    #[error("duplicate member")]
    DuplicateMember,
    /// `exp` has passed.
    #[error("expired")]
    Expired,
    /// The header has `crit`, `b64`, `jku`, `jwk`, `x5u`, `x5c`, `enc` or `zip`.
    #[error("forbidden header {name}")]
    ForbiddenHeader {
        /// The member's name.
        name: &'static str,
    },
    /// `iat` lies in the future.
    #[error("issued in the future")]
    IssuedInFuture,
    /// `iss` is another issuer.
    #[error("another issuer")]
    IssuerMismatch,
    /// The key that `kid` names is not for the header's `alg`.
    #[error("the key is not for this algorithm")]
    KeyMismatch,
    /// Not three non-empty parts (RFC 7515 §7.1).
    #[error("not a compact JWS")]
    Malformed,
    /// `nbf` has not come.
    #[error("not valid yet")]
    NotYetValid,
    /// The token or its header exceeds its limit.
    #[error("too large")]
    TooLarge,
    /// `iat` is older than the policy's greatest age.
    #[error("too old")]
    TooOld,
    /// `typ` is missing or another.
    #[error("another type of token")]
    TypMismatch,
    /// `kid` is missing, over 128 bytes, or names no published key.
    #[error("unknown key")]
    UnknownKey,
}
