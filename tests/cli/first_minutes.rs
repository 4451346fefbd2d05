//! From an empty folder to a client: what the README promises.

use super::Host;

#[test]
fn a_production_server_is_prepared_by_five_commands() {
    let Some(host) = Host::empty() else { return };
    host.run("init --yes --issuer https://id.example.com").succeeded();
    host.run("config check").succeeded();
    host.run("db migrate").succeeded();
    let added = host.run("client add shop --redirect https://shop.example/cb").succeeded();
    assert!(added.text("secret").starts_with("cs_"));
    assert_eq!(host.run("client list -o id").succeeded().stdout, "shop\n");
}

#[test]
fn init_writes_a_short_file_and_a_key_that_only_its_owner_reads() {
    let Some(host) = Host::empty() else { return };
    host.run("init --yes --issuer https://id.example.com --dir etc/lingpai").succeeded();
    assert!(host.read("etc/lingpai/lingpai.toml").lines().count() < 30);
    assert_eq!(host.read("etc/lingpai/master.key").trim_end().len(), 43);
    #[cfg(unix)]
    for name in ["etc/lingpai/master.key", "etc/lingpai/lingpai.toml"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(host.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    host.run("config check --config etc/lingpai/lingpai.toml").succeeded();
}

#[test]
fn init_overwrites_nothing() {
    let Some(host) = Host::empty() else { return };
    host.write("master.key", "precious");
    host.run("init --yes --issuer https://id.example.com").ended(5).says("overwrites nothing");
    assert_eq!(host.read("master.key"), "precious");
    assert!(!host.path("lingpai.toml").exists());
}

#[test]
fn init_without_an_issuer_or_with_a_bad_one_says_what_to_write() {
    let Some(host) = Host::empty() else { return };
    host.run("init --yes").ended(2).says("lingpai init --yes --issuer https://id.example.com");
    host.run("init --yes --issuer https://id.example.com/").ended(2).says("write it as https://id.example.com");
    host.run("init --yes --issuer http://id.example.com").ended(2).says("https://");
    assert_eq!(std::fs::read_dir(host.path(".")).unwrap().count(), 0);
}

#[test]
fn init_takes_no_password_in_an_argument() {
    let Some(host) = Host::empty() else { return };
    let line = "init --yes --issuer https://id.example.com --database postgres://me:hunter2@localhost/x";
    let answer = host.run(line).ended(2).says("--database-file");
    assert!(!answer.stderr.contains("hunter2"));
    let line = "init --yes --issuer https://id.example.com --database-env DATABASE_URL";
    host.run(line).succeeded();
    assert!(host.read("lingpai.toml").contains("url = { env = \"DATABASE_URL\" }"));
}

#[test]
fn init_shows_the_file_in_a_dry_run_and_writes_nothing() {
    let Some(host) = Host::empty() else { return };
    host.run("init --yes --issuer https://id.example.com --dry-run")
        .succeeded()
        .shows("issuer = \"https://id.example.com\"");
    assert_eq!(std::fs::read_dir(host.path(".")).unwrap().count(), 0);
}

#[test]
fn without_configuration_a_command_says_how_to_begin() {
    let Some(host) = Host::empty() else { return };
    host.run("client list").ended(3).says("lingpai dev").says("lingpai init");
    host.run("serve").ended(3).says("lingpai init");
}

#[test]
fn before_the_tables_exist_a_command_says_how_to_make_them() {
    let Some(host) = Host::empty() else { return };
    host.run("init --yes --issuer https://id.example.com").succeeded();
    host.run("client list").ended(4).says("lingpai db migrate");
    assert!(!host.path("lingpai.db").exists(), "asking must not make a database");
    host.run("db status").ended(4);
    host.run("db migrate --dry-run").ended(4);
    assert!(!host.path("lingpai.db").exists());
    let applied = host.run("db migrate").succeeded().json();
    assert!(!applied.as_array().unwrap().is_empty());
    assert_eq!(host.run("db migrate").succeeded().json(), serde_json::json!([]));
    let states = host.run("db status").succeeded().json();
    assert!(states.as_array().unwrap().iter().all(|state| state["applied"] == true));
}

#[test]
fn version_and_completions_speak_for_themselves() {
    let Some(host) = Host::empty() else { return };
    assert_eq!(host.run("version").succeeded().text("version"), env!("CARGO_PKG_VERSION"));
    host.run("--version").succeeded().shows("lingpai ");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        host.run(&format!("completions {shell}")).succeeded().shows("lingpai");
    }
}
