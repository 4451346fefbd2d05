//! `lingpai dev` and `lingpai try`: the real binary in a process of its own, from the outside.
//!
//! The binary is `lingpai` beside the test binary's folder, or what `LINGPAI_BIN` names.

mod api;
mod app;
mod folder;
mod process;
mod start;
mod trial;
mod visitor;
