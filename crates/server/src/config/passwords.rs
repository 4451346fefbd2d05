//! `[passwords]`: how passwords are hashed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use user_store::PoolSettings;

/// `[passwords]`, as written.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordsSection {
    /// How many hashes run at once; each takes a core and the memory below while it runs. 0 means one fewer than the
    /// machine has cores, and at least one.
    #[schemars(example = 4, range(min = 0, max = 256))]
    pub threads: u32,
    /// How many sign-ins wait for a thread at most; beyond that a person is asked to try again in a moment.
    #[schemars(example = 128, range(min = 1, max = 100_000))]
    pub queue: u32,
    /// The memory of one hash in KiB. More is harder to guess on special hardware. Old passwords keep working after a
    /// change and are hashed anew when their owner signs in.
    #[schemars(example = 47104, range(min = 8192, max = 1_048_576))]
    pub memory_kib: u32,
    /// How often a hash walks through its memory.
    #[schemars(example = 1, range(min = 1, max = 16))]
    pub passes: u32,
}

impl Default for PasswordsSection {
    fn default() -> Self {
        Self { threads: 0, queue: 64, memory_kib: 19_456, passes: 2 }
    }
}

impl PasswordsSection {
    /// As the pool takes it.
    pub(super) fn pool_settings(&self) -> PoolSettings {
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let usual = PoolSettings::default();
        PoolSettings {
            threads: if self.threads == 0 { usual.threads } else { size(self.threads) },
            queue: size(self.queue),
            m_kib: self.memory_kib,
            t: self.passes,
            ..usual
        }
    }
}
