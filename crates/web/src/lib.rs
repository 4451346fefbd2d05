//! HTTP plumbing for every crate that answers requests. It knows axum, cookies and headers; it knows no OAuth.
//!
//! - [`decode`]: query and form parameters, each at most once, within limits.
//! - [`cookies`]: the session, the browser, language and theme.
//! - [`cors`]: which answers the script of another origin may read.
//! - [`csrf`]: tokens bound to a browser and a purpose, and the origin of a request.
//! - [`fault`]: what a person or a machine is told when nothing else fits; panics end there, too.
//! - [`tries`]: how often a short code may be tried.
//! - [`refusals`]: why a request was refused, on its way to the record.
//! - [`headers`], [`host`], [`address`]: what every answer carries, who may be asked for, who asks.
//!
//! The layers have an order; a server wraps its router from the inside to the outside like this:
//!
//! ```text
//! routes → fault::fallbacks (404, 405) → fault::catch_panic → address::note → host::check
//!        → pages::render_faults (or fault::json) → headers::secure
//! ```
//!
//! so that a page about a foreign host or a panic is dressed and protected like any other.

pub mod address;
pub mod cookies;
pub mod cors;
pub mod csrf;
pub mod decode;
pub mod fault;
pub mod headers;
pub mod host;
pub mod refusals;
mod settings;
pub mod tries;

pub use address::{ClientAddress, Network};
pub use cookies::Theme;
pub use csrf::CsrfError;
pub use decode::{DecodeError, Form, Query};
pub use fault::{Fault, FaultDetail, FaultKind};
pub use headers::{FormAction, InlineScript};
pub use settings::WebSettings;
pub use tries::Tries;
