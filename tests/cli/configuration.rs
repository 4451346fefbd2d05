//! `lingpai config`: what is wrong is found at its line and column, with the remedy; layers lie over each other.

use super::Host;

const SOUND: &str = "[server]\nissuer = \"https://id.example.com\"\ntrusted_proxies = [\"127.0.0.1\"]\n";

fn host(text: &str) -> Option<Host> {
    let host = Host::empty()?;
    host.run("init --yes --issuer https://id.example.com").succeeded();
    host.write("lingpai.toml", text);
    Some(host)
}

#[test]
fn an_unknown_key_is_shown_at_its_line_and_column_with_the_remedy() {
    let Some(host) = host(&format!("{SOUND}[lifetimes]\nacess_token = \"5m\"\n")) else { return };
    let expected = "error[C003]: unknown setting\n  \
                    ┌─ lingpai.toml:5:1\n\
                    5 │ acess_token = \"5m\"\n  \
                    │ ^^^^^^^^^^^ did you mean \"access_token\"?\n   \
                    = help: [lifetimes] knows code, access_token";
    host.run("config check -o table").ended(3).shows(expected).says("1 error, 0 warnings");
    // The same checks keep every other command from working on it, and the server from starting.
    for line in ["serve", "client list", "db migrate", "config show"] {
        host.run(line).ended(3).says("lingpai config check");
    }
}

#[test]
fn findings_have_a_form_for_programs() {
    let Some(host) = host("[server]\nissuer = \"http://id.example.com\"\n") else { return };
    let findings = host.run("config check").ended(3).json();
    let finding = &findings[0];
    assert_eq!((finding["code"].as_str(), finding["severity"].as_str()), (Some("C010"), Some("error")));
    assert_eq!((finding["line"].as_u64(), finding["column"].as_u64()), (Some(2), Some(10)));
    assert_eq!(finding["at"], "lingpai.toml:2:10");
}

#[test]
fn warnings_alone_end_with_eight_and_do_not_stop_anything() {
    let Some(host) = host(&format!("{SOUND}[lifetimes]\naccess_token = \"2h\"\n")) else { return };
    host.run("config check -o table").ended(8).shows("warning[C102]");
    host.run("db migrate").succeeded();
}

#[test]
fn the_environment_goes_before_the_file_and_is_named_as_the_origin() {
    let Some(host) = host(SOUND) else { return };
    let host =
        host.with("LINGPAI__LIFETIMES__ACCESS_TOKEN", "5m").with("LINGPAI__SERVER__LISTEN", "127.0.0.1:1,[::1]:1");
    host.run("config check").succeeded();
    let shown = host.run("config show --origin").succeeded().json();
    let find =
        |setting: &str| shown.as_array().unwrap().iter().find(|shown| shown["setting"] == setting).unwrap().clone();
    assert_eq!(find("lifetimes.access_token")["value"], "5m");
    assert_eq!(find("lifetimes.access_token")["origin"], "LINGPAI__LIFETIMES__ACCESS_TOKEN");
    assert_eq!(find("server.listen")["value"], serde_json::json!(["127.0.0.1:1", "[::1]:1"]));
    assert_eq!(find("server.issuer")["origin"], "lingpai.toml:2:10");
    assert_eq!(find("log.level")["origin"], "default");
}

#[test]
fn an_unknown_variable_is_refused() {
    let Some(host) = host(SOUND) else { return };
    let host = host.with("LINGPAI__SERVER__ISUSER", "https://x.example");
    host.run("config check -o table").ended(3).shows("did you mean LINGPAI__SERVER__ISSUER?");
}

#[test]
fn later_files_and_fragments_lie_above() {
    let Some(host) = host(SOUND) else { return };
    host.write("more.toml", "[log]\nlevel = \"debug\"\nformat = \"json\"\n");
    std::fs::create_dir(host.path("conf.d")).unwrap();
    host.write("conf.d/10-log.toml", "[log]\nlevel = \"warn\"\n");
    let shown = host.run("config show --origin -o table --config lingpai.toml --config more.toml").succeeded().stdout;
    let line = |setting: &str| shown.lines().find(|line| line.starts_with(setting)).unwrap().to_owned();
    assert!(line("log.level").ends_with("conf.d/10-log.toml:2:9"), "{shown}");
    assert!(line("log.format").ends_with("more.toml:3:10"), "{shown}");
}

#[test]
fn a_named_configuration_goes_before_the_one_in_the_folder() {
    let Some(host) = host(SOUND) else { return };
    host.write("other.toml", "[server]\nissuer = \"http://localhost:9000\"\n");
    let named = host.run("config show -o jsonl --config other.toml").succeeded();
    assert!(named.stdout.contains("http://localhost:9000"));
    let host = host.with("LINGPAI_CONFIG", "other.toml");
    assert!(host.run("config show -o jsonl").succeeded().stdout.contains("http://localhost:9000"));
    host.run("config check --config nowhere.toml -o table").ended(3).shows("error[C001]");
}

#[test]
fn the_file_of_defaults_passes_its_own_check() {
    let Some(host) = host(SOUND) else { return };
    let defaults = host.run("config default").succeeded().stdout;
    host.write(
        "lingpai.toml",
        &defaults.replace("# issuer =", "issuer =").replace("trusted_proxies = []", "trusted_proxies = [\"::1\"]"),
    );
    host.run("config check").succeeded();
}

#[test]
fn the_schema_describes_the_file() {
    let Some(host) = Host::empty() else { return };
    let schema = host.run("config schema").succeeded().json();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["additionalProperties"], false);
    assert!(schema["properties"]["server"]["properties"]["issuer"]["description"].is_string());
}

#[test]
fn hostile_files_are_findings_and_no_panic() {
    for text in [
        "",
        "\0",
        "=",
        "[[server]]",
        "server = 5",
        "[server]\nissuer = 1e999\n",
        "a.b.c.d = 1",
        "\u{feff}[server]",
        "x = '''",
    ] {
        let Some(host) = host(text) else { return };
        let answer = host.run("config check -o table").ended(3);
        assert!(answer.stdout.contains("error[C"), "{text:?}: {answer:?}");
    }
    let Some(host) = host(SOUND) else { return };
    std::fs::write(host.path("lingpai.toml"), [0xff, 0xfe, 0x00]).unwrap();
    host.run("config check -o table").ended(3).shows("error[C001]");
    std::fs::write(host.path("lingpai.toml"), "x".repeat(2 * 1024 * 1024)).unwrap();
    host.run("config check -o table").ended(3).shows("error[C001]");
}
