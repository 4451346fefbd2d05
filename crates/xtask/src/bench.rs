//! `cargo xtask bench`: the figures of `docs/performance.md`.

use anyhow::{Result, bail};

/// Measures a release build.
pub fn run() -> Result<bool> {
    bail!("not yet")
}
