//! The integration tests; the path mirrors the requirement.
mod tidy;
