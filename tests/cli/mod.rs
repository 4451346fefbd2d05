//! The program as people and scripts use it: the real binary, in a folder of its own.

mod backup;
mod client_terms;
mod clients;
mod configuration;
mod consents;
mod conventions;
mod first_minutes;
mod flows;
mod golden;
mod host;
mod keys;
mod running;
mod secrets;
mod serving;
mod sessions;
mod signed_in;
mod tokens;
mod users;

use host::Host;
use signed_in::SignedIn;
