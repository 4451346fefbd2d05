//! The outside world: SQL, clock, randomness, digests, sealing, outbound HTTP; the audit trail and the refusals.
//!
//! Everything that is not a pure function of its arguments enters the program here, so that the rules above stay
//! deterministic and the tests can hold the clock.

pub mod audit;
pub mod clock;
pub mod crypto;
pub mod digest;
pub mod http;
pub mod lease;
pub mod random;
pub mod refusals;
pub mod revision;
pub mod seal;
pub mod secret;
pub mod setting;
pub mod sql;
