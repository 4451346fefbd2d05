//! What stands in text columns: JSON for lists, the one list type that all three databases share; names; scopes.

use platform::sql::StoreError;
use protocol::ScopeSet;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Writes a list or object; our own types always serialise.
pub(crate) fn write<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Reads what [`write`] wrote.
///
/// Errors: [`StoreError::Corrupt`] where the column holds something else.
pub(crate) fn read<T: DeserializeOwned>(text: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt { what })
}

/// Reads what [`write`] wrote into a column that is younger than its rows.
pub(crate) fn optional<T: DeserializeOwned + Default>(text: Option<&str>, what: &'static str) -> Result<T, StoreError> {
    text.map_or_else(|| Ok(T::default()), |text| read(text, what))
}

/// Reads a name that was stored as text.
pub(crate) fn name<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt { what })
}

/// Reads a set of scopes.
pub(crate) fn scopes(text: &str) -> Result<ScopeSet, StoreError> {
    ScopeSet::parse(text).map_err(|_| StoreError::Corrupt { what: "scopes" })
}

/// Whether `id` could be one of ours. Anything else never reaches a query: a NUL is data to one database and an error to
/// another, and hostile input must not look like an outage.
pub(crate) fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}
