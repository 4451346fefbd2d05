//! The lifetimes that the rules apply; each is a setting.

use std::time::Duration;

/// Lifetimes, with defaults that a public service can run on.
///
/// Units: every field is a duration with second precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// An authorization code; RFC 6749 §4.1.2 recommends at most ten minutes, we take one.
    pub code_ttl: Duration,
    /// An access token.
    pub access_token_ttl: Duration,
    /// An ID token.
    pub id_token_ttl: Duration,
    /// A refresh token that is not used.
    pub refresh_idle: Duration,
    /// A family of refresh tokens, however often they are used.
    pub refresh_absolute: Duration,
    /// How long after it was spent a refresh token is answered with its successor once more; zero means never.
    pub refresh_retry: Duration,
    /// A session that is not used.
    pub session_idle: Duration,
    /// A session, however often it is used.
    pub session_absolute: Duration,
    /// A parked authorization request.
    pub interaction_ttl: Duration,
    /// A device code and its user code.
    pub device_code_ttl: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            code_ttl: Duration::from_mins(1),
            access_token_ttl: Duration::from_mins(10),
            id_token_ttl: Duration::from_mins(10),
            refresh_idle: Duration::from_hours(14 * 24),
            refresh_absolute: Duration::from_hours(90 * 24),
            refresh_retry: Duration::from_secs(10),
            session_idle: Duration::from_hours(8),
            session_absolute: Duration::from_hours(30 * 24),
            interaction_ttl: Duration::from_mins(30),
            device_code_ttl: Duration::from_mins(10),
        }
    }
}
