//! The program as people and scripts use it: the real binary, in a folder of its own.

mod client_terms;
mod clients;
mod configuration;
mod conventions;
mod first_minutes;
mod golden;
mod host;
mod keys;
mod secrets;
mod serving;
mod users;

use host::Host;
