//! Secrets are shown once or not at all, and never typed into an argument.

use super::Host;

#[test]
fn a_client_secret_is_shown_when_it_is_made_and_never_again() {
    let Some(host) = Host::initialised() else { return };
    let added = host.run("client add shop --redirect https://shop.example/cb").succeeded();
    let secret = added.text("secret");
    assert_eq!(added.stdout.matches(&secret).count(), 1);
    assert!(!added.stderr.contains(&secret));
    for line in [
        "client show shop",
        "client show shop -o env",
        "client list",
        "client set shop --name X",
        "client secret rotate shop",
    ] {
        let answer = host.run(line).succeeded();
        assert!(!answer.stdout.contains(&secret) && !answer.stderr.contains(&secret), "{line}");
    }
    let database = std::fs::read(host.path("lingpai.db")).unwrap();
    let hidden = secret.split('.').next_back().unwrap().as_bytes();
    assert!(!database.windows(hidden.len()).any(|window| window == hidden), "the database keeps a digest");
}

#[test]
fn ids_and_secrets_survive_every_encoding() {
    let Some(host) = Host::initialised() else { return };
    // RFC 3986 §2.3: unreserved characters are the same encoded and raw.
    let is_unreserved =
        |text: &str| text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-._~".contains(letter));
    for at in 0..5 {
        let secret =
            host.run(&format!("client add c{at} --redirect https://shop.example/cb")).succeeded().text("secret");
        assert!(is_unreserved(&secret), "{secret}");
    }
}

#[test]
fn a_secret_for_a_file_is_written_for_its_owner_alone_and_not_printed() {
    let Some(host) = Host::initialised() else { return };
    let added = host.run("client add shop --redirect https://shop.example/cb --secret-out shop.secret").succeeded();
    let secret = host.read("shop.secret");
    assert!(secret.starts_with("cs_") && !added.stdout.contains(secret.trim_end()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(host.path("shop.secret")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    host.run("client secret rotate shop --secret-out shop.secret").ended(5);
    assert_eq!(host.read("shop.secret"), secret, "a file is never written over");
}

#[test]
fn a_failed_command_leaves_no_secret_file() {
    let Some(host) = Host::initialised() else { return };
    host.run("client add shop --redirect https://shop.example/cb").succeeded();
    host.run("client add shop --redirect https://shop.example/cb --secret-out shop.secret").ended(5);
    assert!(!host.path("shop.secret").exists());
}

#[test]
fn a_form_that_shows_no_secret_makes_none() {
    let Some(host) = Host::initialised() else { return };
    host.run("client add shop --redirect https://shop.example/cb -o id").ended(2).says("--secret-out");
    assert_eq!(host.run("client list -o id").succeeded().stdout, "");
    let added =
        host.run("client add shop --redirect https://shop.example/cb -o id --secret-out shop.secret").succeeded();
    assert_eq!(added.stdout, "shop\n");
}

#[test]
fn the_environment_form_is_what_an_app_wants() {
    let Some(host) = Host::initialised() else { return };
    let lines = host.run("client add shop --redirect https://shop.example/cb -o env").succeeded().stdout;
    for name in ["OIDC_ISSUER=https://id.example.com\n", "OIDC_CLIENT_ID=shop\n", "OIDC_CLIENT_SECRET=cs_"] {
        assert!(lines.contains(name), "{lines}");
    }
}

#[test]
fn no_flag_takes_a_secret() {
    let Some(host) = Host::initialised() else { return };
    for line in
        ["user add alice --password hunter2", "client add shop --secret hunter2", "user set alice --password=hunter2"]
    {
        host.run(line).ended(2);
    }
}

#[test]
fn configured_secrets_are_masked_wherever_values_are_shown() {
    let Some(host) = Host::empty() else { return };
    host.run("init --yes --issuer https://id.example.com").succeeded();
    let text = host
        .read("lingpai.toml")
        .replace("\"sqlite:lingpai.db\"", "\"postgres://me:hunter2@127.0.0.1:1/x\"\nunknown = 1");
    host.write("lingpai.toml", &text);
    let host = host.with("LINGPAI__SECRETS__MASTER", "hunter3").with("LINGPAI__SECRETS__MASTER__FILE", "x");
    for line in [
        "config check",
        "config check -o table",
        "config show --origin",
        "config show -o table",
        "client list",
        "serve",
    ] {
        let answer = host.run(line);
        assert!(!answer.stdout.contains("hunter") && !answer.stderr.contains("hunter"), "{line}: {answer:#?}");
    }
}
