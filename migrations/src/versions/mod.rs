//! Every migration, oldest first. To add one: a file here and a line in [`ALL`].

mod v0001_first_house;
mod v0002_protocol_complete;

use platform::sql::Dialect;

/// A migration: a name that sorts by age, and its statements.
pub(crate) struct Migration {
    /// The file's name without its `v`.
    pub name: &'static str,
    /// The statements for a dialect, each of which can run again over its own result.
    pub steps: fn(Dialect) -> Vec<String>,
}

/// The migrations of this release.
pub(crate) const ALL: &[Migration] = &[
    Migration { name: "0001_first_house", steps: v0001_first_house::steps },
    Migration { name: "0002_protocol_complete", steps: v0002_protocol_complete::steps },
];
