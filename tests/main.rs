//! The integration tests; the path mirrors the requirement.
mod cli;
mod dev;
mod examples;
mod interop;
mod oidc_core;
mod pages;
mod processes;
mod rfc6749;
mod rfc7636;
mod rfc8252;
mod rfc8414;
mod rfc9068;
mod rfc9207;
#[cfg(test)]
mod store;
mod tidy;
mod time_travel;
