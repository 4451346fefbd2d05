//! The binary `lingpai`.
fn main() {}
