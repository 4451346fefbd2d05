//! Every rule of the server, pure: records and the present moment come in, a verdict or a [`Refusal`] goes out.
//!
//! No rule here reads a clock, draws a random number, waits, or speaks SQL or HTTP: what a rule needs is an argument.
//! `oxide` runs the state machines of oxide-auth beneath the grants and is the only file that names that crate.

pub mod authorize;
pub mod client_assertion;
pub mod client_credentials;
pub mod device;
#[cfg(test)]
mod fixtures;
pub mod gate;
pub mod logout;
mod oxide;
pub mod policy;
pub mod records;
pub mod redeem;
pub mod refresh;
mod refusal;
mod refusal_wire;
mod refused;
mod reply_to;
pub mod resource;
pub mod terms;
pub mod token_exchange;

pub use gate::UserStanding;
pub use policy::Policy;
pub use records::{
    ApiScope, ClientAuthMethod, ClientKind, ClientRecord, CodeRecord, ConsentRecord, FamilyRecord, FamilyState,
    GrantName, PkceRule, RefreshRecord, RefreshState, ResourceServer, SessionRecord, Spent,
};
pub use refusal::{Refusal, Refused};
pub use reply_to::ReplyTo;
pub use terms::{AssertionAudience, ClientTerms, ConsentDetail, GrantDetail, TokenFormat};
