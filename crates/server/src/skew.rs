//! Whether our clock and the database's agree: several nodes decide together what has expired.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use platform::clock::SharedClock;
use platform::sql::{Db, StoreError};

/// Worth a line in the log, in milliseconds.
const NOTABLE: i64 = 5_000;
/// A node that is further off answers for nobody: codes and tokens would end too early or too late.
const TOO_FAR: i64 = 30_000;

/// The last known difference between the two clocks. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Skew {
    millis: Arc<AtomicI64>,
}

impl Skew {
    /// Compares the clocks.
    ///
    /// Effects: a difference of more than five seconds is logged, on every look.
    pub(crate) async fn look(&self, db: &Db, clock: &SharedClock) -> Result<(), StoreError> {
        let before = clock.now().as_millis();
        let Some(there) = db.server_time().await? else { return Ok(()) };
        let after = clock.now().as_millis();
        // What the question took is not a difference.
        let here = there.as_millis().clamp(before.min(after), before.max(after));
        let skew = here.saturating_sub(there.as_millis());
        self.millis.store(skew, Ordering::Relaxed);
        if skew.saturating_abs() > NOTABLE {
            tracing::warn!(ahead_ms = skew, "the clock of this machine and the database's differ; check NTP on both");
        }
        Ok(())
    }

    /// Whether this node may answer.
    pub(crate) fn is_tolerable(&self) -> bool {
        self.millis.load(Ordering::Relaxed).saturating_abs() <= TOO_FAR
    }
}
