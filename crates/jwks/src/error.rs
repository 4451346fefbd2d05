//! What can go wrong with signing keys.

use platform::sql::StoreError;
use protocol::alg::Alg;

/// Why a signing key could not be opened, changed or used. Every variant is our trouble, never the caller's: 503.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The settings do not list this algorithm, and no client has needed it yet.
    #[error("the settings do not enable {}", .alg.as_str())]
    AlgNotEnabled {
        /// The algorithm that was asked for.
        alg: Alg,
    },
    /// A row's column holds what this version never writes.
    #[error("signing key {kid}: column {column} is corrupt")]
    Corrupt {
        /// The row.
        kid: String,
        /// The column.
        column: &'static str,
    },
    /// A key could not be generated or parsed.
    #[error("the cryptographic library refused to make or read a key for {}", .alg.as_str())]
    Generate {
        /// The algorithm of the key.
        alg: Alg,
    },
    /// No active key signs with this algorithm.
    #[error("no active key for {}", .alg.as_str())]
    NoKey {
        /// The algorithm that was asked for.
        alg: Alg,
    },
    /// Another provider for `jsonwebtoken` was installed first; call `install_jwt_provider` first thing in `main`.
    #[error("another provider for JSON web tokens was installed before ours")]
    ProviderTaken,
    /// The claims could not be serialised or signed.
    #[error("signing failed")]
    Sign(#[source] jsonwebtoken::errors::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The master key does not open the private key: it is another master key, or the row was changed.
    #[error("the master key does not open the private key of {kid}")]
    Unopenable {
        /// The row.
        kid: String,
    },
}
