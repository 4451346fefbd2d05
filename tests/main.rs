//! The integration tests; the path mirrors the requirement.

// The helpers of a test fail by panicking, as the test itself does; clippy excuses only functions marked #[test].
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cli;
mod cors;
mod dev;
mod examples;
mod interop;
mod oidc_core;
mod oidcc;
mod oidcc_config;
mod pages;
mod processes;
mod rfc6749;
mod rfc7009;
mod rfc7523;
mod rfc7636;
mod rfc7662;
mod rfc8252;
mod rfc8414;
mod rfc8628;
mod rfc8693;
mod rfc8707;
mod rfc9068;
mod rfc9207;
mod rp_logout;
#[cfg(test)]
mod store;
mod tidy;
mod time_travel;
