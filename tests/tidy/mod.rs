//! The house rules, enforced: what a reviewer would otherwise have to look for in every change.
//!
//! These tests read the work tree as text. Each says in its failure which file and line to mend.

mod citations;
mod edges;
mod golden;
mod imports;
mod leftovers;
mod links;
mod manifests;
mod size;
mod standards;
mod top_level;
mod tree;
