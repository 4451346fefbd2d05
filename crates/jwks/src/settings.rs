//! How many keys of what kind, and for how long.

use std::time::Duration;

use protocol::alg::Alg;

/// Which keys exist and how they age.
#[derive(Clone, Debug)]
pub struct KeySettings {
    /// The algorithms that have a key from the start, the preferred one first; others get theirs when a client needs it.
    pub algorithms: Vec<Alg>,
    /// Size of RSA keys in bits: 2048, 3072 or 4096.
    pub rsa_bits: usize,
    /// How long a key is published before it signs; longer than any cache of the key set lives.
    pub announce_for: Duration,
    /// How long a key stays published after it signed last; longer than the longest-lived token plus leeway.
    pub keep_retired_for: Duration,
}

impl Default for KeySettings {
    fn default() -> Self {
        const DAY: Duration = Duration::from_hours(24);
        Self { algorithms: vec![Alg::Rs256, Alg::Es256], rsa_bits: 2048, announce_for: DAY, keep_retired_for: DAY }
    }
}
