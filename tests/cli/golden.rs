//! `docs/configuration.md` is what the program says of itself.

use std::path::Path;

#[test]
fn golden_configuration_reference() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    let generated = server::config::document();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == generated, "docs/configuration.md is not what the program says: run `cargo xtask bless`");
}
