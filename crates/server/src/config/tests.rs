//! The layers and the rules, through the same door as `lingpai serve`.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;

const MINIMAL: &str = "[server]\nissuer = \"https://id.example.com\"\ntrusted_proxies = [\"127.0.0.1\"]\n";

/// A folder with a master key and a configuration.
fn folder(text: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    platform::seal::MasterKey::generate_to_file(folder.path().join("master.key")).unwrap();
    fs::write(folder.path().join("lingpai.toml"), text).unwrap();
    folder
}

fn sources(folder: &Path) -> Sources {
    Sources {
        system_file: None,
        files: vec![folder.join("lingpai.toml")],
        environment: Vec::new(),
        flags: Vec::new(),
        working_dir: folder.to_owned(),
    }
}

fn load(text: &str) -> Loaded {
    sources(folder(text).path()).load()
}

/// The codes found, with the line and the column of each.
fn found(text: &str) -> Vec<(&'static str, usize, usize)> {
    let loaded = load(text);
    let at = |finding: &Finding| {
        let at = finding.place.excerpt().map_or((0, 0), |excerpt| (excerpt.line, excerpt.column));
        (finding.code.id(), at.0, at.1)
    };
    loaded.report().findings().iter().map(at).collect()
}

fn with(more: &str) -> String {
    format!("{MINIMAL}{more}")
}

#[test]
fn an_issuer_is_all_that_is_needed() {
    let folder = folder(MINIMAL);
    let (config, report) = sources(folder.path()).load().into_config().unwrap();
    assert_eq!(config.server.issuer.as_str(), "https://id.example.com");
    assert_eq!(config.server.listen, ["127.0.0.1:8080".parse().unwrap()]);
    assert_eq!(config.lifetimes, Policy::default());
    assert_eq!(config.database.url, format!("sqlite:{}", folder.path().join("lingpai.db").display()));
    assert!(config.master.open().is_ok());
    assert_eq!(report.findings(), []);
}

#[test]
fn no_issuer_is_an_error() {
    assert_eq!(found("[log]\nlevel = \"info\"\n"), [("C005", 0, 0)]);
}

#[test]
fn an_unknown_key_is_found_at_its_line_and_column() {
    assert_eq!(
        found("[server]\nissuer = \"https://id.example.com\"\ntrusted_proxies = [\"::1\"]\n  listn = []\n"),
        [("C003", 4, 3)]
    );
    assert_eq!(found(&with("[severs]\nx = 1\n")), [("C003", 4, 2)]);
    assert_eq!(found(&with("[database.deep]\nx = 1\n")), [("C003", 4, 11)]);
    assert_eq!(found(&with("\"log.level\" = 1\n[log]\nlevel = \"info\"")), [("C003", 4, 1)]);
}

#[test]
fn every_mistake_is_found_in_one_run() {
    let text = "[server]\nissuer = 5\nlisten = [\"127.0.0.1:1\", \"x\"]\n[lifetimes]\ncode = \"soon\"\n[log]\nformat = \"jason\"\n";
    let mut codes: Vec<_> = found(text).into_iter().map(|(code, ..)| code).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["C004", "C005", "C008", "C013", "C014"]);
}

#[test]
fn a_list_is_pointed_at_by_its_element() {
    let text = "[server]\nissuer = \"https://id.example.com\"\nlisten = [\"127.0.0.1:1\", \"x\"]\ntrusted_proxies = [\"::1\", \"y\"]\n";
    assert_eq!(found(text), [("C014", 3, 26), ("C018", 4, 27)]);
}

#[test]
fn the_issuer_is_judged() {
    for (issuer, code) in [
        ("http://id.example.com", "C010"),
        ("https://id.example.com/", "C011"),
        ("https://id.example.com?a", "C011"),
        ("https://id.example.com#a", "C011"),
        ("id.example.com", "C011"),
    ] {
        let text = format!("[server]\nissuer = \"{issuer}\"\n");
        assert_eq!(found(&text).first(), Some(&(code, 2, 10)), "{issuer}");
    }
}

#[test]
fn a_public_issuer_without_a_proxy_is_warned_of() {
    let loaded = load("[server]\nissuer = \"https://id.example.com\"\n");
    assert_eq!((loaded.report().errors(), loaded.report().warnings()), (0, 1));
    assert_eq!(loaded.report().findings()[0].code, Code::ProxyUnnamed);
    assert_eq!(load("[server]\nissuer = \"http://localhost:8080\"\n").report().findings(), []);
}

#[test]
fn a_lifetime_ends_before_the_one_that_contains_it() {
    assert_eq!(
        found(&with("[lifetimes]\naccess_token = \"2h\"\nrefresh_idle = \"1h\"\n")),
        [("C012", 5, 16), ("C102", 5, 16)]
    );
    assert_eq!(found(&with("[lifetimes]\nrefresh_absolute = \"7d\"\n")), [("C012", 5, 20)]);
    assert_eq!(found(&with("[lifetimes]\nsession_idle = \"31d\"\n")), [("C012", 5, 16)]);
}

#[test]
fn lifetimes_out_of_bounds_are_refused() {
    assert_eq!(found(&with("[lifetimes]\ncode = \"11m\"\n")), [("C009", 5, 8)]);
    assert_eq!(found(&with("[lifetimes]\naccess_token = \"0s\"\n")), [("C009", 5, 16)]);
    assert_eq!(found(&with("[lifetimes]\ninteraction = \"999999999999d\"\n")), [("C009", 5, 15)]);
}

#[test]
fn databases_of_unknown_kind_are_refused() {
    for (url, code) in
        [("oracle://h/x", "C015"), ("sqlite:", "C015"), ("postgres:", "C015"), ("sqlite::memory:", "C103")]
    {
        assert_eq!(found(&with(&format!("[database]\nurl = \"{url}\"\n"))), [(code, 5, 7)], "{url}");
    }
}

#[test]
fn the_data_of_a_development_folder_is_refused() {
    let folder = folder(&with("[database]\nurl = \"sqlite:data/lingpai.db\"\n"));
    fs::create_dir(folder.path().join("data")).unwrap();
    assert_eq!(sources(folder.path()).load().report().errors(), 0);
    fs::write(folder.path().join("data").join(dev_folder::MARK), "{}").unwrap();
    let loaded = sources(folder.path()).load();
    assert_eq!(loaded.report().findings()[0].code, Code::DevelopmentData);
}

#[test]
fn signing_algorithms_are_judged() {
    assert_eq!(found(&with("[keys]\nalgorithms = [\"ES256\"]\n")), [("C017", 5, 14)]);
    assert_eq!(found(&with("[keys]\nalgorithms = [\"RS256\"]\n")), [("C017", 5, 14)]);
    assert_eq!(found(&with("[keys]\nalgorithms = [\"RS256\", \"ES256\", \"RS256\"]\n")), [("C017", 5, 33)]);
    assert_eq!(found(&with("[keys]\nalgorithms = [\"RS256\", \"ES256\", \"HS256\"]\n")), [("C008", 5, 33)]);
    assert_eq!(found(&with("[keys]\nrsa_bits = 2500\n")), [("C009", 5, 12)]);
    assert_eq!(found(&with("[keys]\nannounce_for = \"5m\"\n")), [("C009", 5, 16)]);
}

#[test]
fn a_master_key_that_is_none_is_refused() {
    assert_eq!(found(&with("[secrets]\nmaster = { file = \"nowhere\" }\n")), [("C016", 5, 10)]);
    assert_eq!(found(&with("[secrets]\nmaster = { file = \"lingpai.toml\" }\n")).first(), Some(&("C105", 5, 10)));
    assert_eq!(found(&with("[secrets]\nmaster = { env = \"NOWHERE\" }\n")), [("C007", 5, 10)]);
    assert_eq!(found(&with("[secrets]\nmaster = { file = \"a\", env = \"B\" }\n")), [("C006", 5, 10)]);
}

#[cfg(unix)]
#[test]
fn what_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = folder(&with("[database]\nurl = \"postgres://me:hunter2@localhost/x\"\n"));
    let set =
        |name: &str, mode| fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
    set("lingpai.toml", 0o600);
    assert_eq!(sources(folder.path()).load().report().findings(), []);
    set("lingpai.toml", 0o644);
    set("master.key", 0o644);
    let loaded = sources(folder.path()).load();
    let codes: Vec<_> = loaded.report().findings().iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::SecretExposed, Code::MasterKeyExposed]);
    let shown = loaded.report().render(Look { locale: protocol::Locale::En, color: false });
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn broken_toml_is_found_at_its_place() {
    assert_eq!(found("[server]\nissuer = https\n").first(), Some(&("C002", 2, 10)));
    assert_eq!(found("[server\n").first().map(|found| found.0), Some("C002"));
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let folder = folder(MINIMAL);
    let mut sources = sources(folder.path());
    sources.files = vec!["nowhere.toml".into()];
    assert_eq!(sources.load().report().findings()[0].code, Code::FileUnreadable);
}

#[test]
fn layers_lie_over_each_other_in_order() {
    let folder =
        folder(&with("[lifetimes]\ncode = \"10s\"\naccess_token = \"1m\"\nid_token = \"1m\"\ninteraction = \"1m\"\n"));
    let at = |name: &str| folder.path().join(name);
    fs::write(at("system.toml"), "[lifetimes]\ncode = \"9s\"\nsession_idle = \"2h\"\n").unwrap();
    fs::write(at("second.toml"), "[lifetimes]\naccess_token = \"2m\"\nid_token = \"2m\"\ninteraction = \"2m\"\n")
        .unwrap();
    fs::create_dir(at("conf.d")).unwrap();
    fs::write(at("conf.d/b.toml"), "[lifetimes]\nid_token = \"4m\"\n").unwrap();
    fs::write(at("conf.d/a.toml"), "[lifetimes]\nid_token = \"3m\"\ninteraction = \"3m\"\n").unwrap();
    fs::write(at("conf.d/c.txt"), "junk").unwrap();
    let mut sources = sources(folder.path());
    sources.system_file = Some(at("system.toml"));
    sources.files.push(at("second.toml"));
    sources.environment = vec![
        ("LINGPAI__LIFETIMES__INTERACTION".into(), "5m".into()),
        ("LINGPAI__SERVER__LISTEN".into(), "127.0.0.1:1".into()),
    ];
    sources.flags = vec![Override { path: "server.listen", flag: "--listen", value: "127.0.0.1:2".into() }];
    let loaded = sources.load();
    let origin = |path: &str| loaded.show().into_iter().find(|shown| shown.path == path).and_then(|shown| shown.origin);
    assert_eq!(origin("lifetimes.interaction").as_deref(), Some("LINGPAI__LIFETIMES__INTERACTION"));
    assert_eq!(origin("server.listen").as_deref(), Some("--listen"));
    assert_eq!(origin("lifetimes.id_token"), Some(format!("{}:2:12", at("conf.d/b.toml").display())));
    assert_eq!(origin("log.level"), None);
    let (config, _) = loaded.into_config().unwrap();
    let seconds = |duration: std::time::Duration| duration.as_secs();
    assert_eq!(seconds(config.lifetimes.session_idle), 7200);
    assert_eq!(seconds(config.lifetimes.code_ttl), 10);
    assert_eq!(seconds(config.lifetimes.access_token_ttl), 120);
    assert_eq!(seconds(config.lifetimes.id_token_ttl), 240);
    assert_eq!(seconds(config.lifetimes.interaction_ttl), 300);
    assert_eq!(config.server.listen, ["127.0.0.1:2".parse().unwrap()]);
}

#[test]
fn a_secret_given_above_replaces_the_one_below() {
    let folder = folder(&with("[secrets]\nmaster = { env = \"NOWHERE\" }\n"));
    let mut sources = sources(folder.path());
    let key = folder.path().join("master.key").display().to_string();
    sources.environment = vec![("LINGPAI__SECRETS__MASTER__FILE".into(), key)];
    assert_eq!(sources.load().report().findings(), []);
}

#[test]
fn secrets_are_masked_where_values_are_shown() {
    let folder = folder(&with("[database]\nurl = \"postgres://me:hunter2@localhost/x?password=hunter3\"\n"));
    let loaded = sources(folder.path()).load();
    let shown = format!("{:?}{:?}", loaded.show(), loaded);
    assert!(!shown.contains("hunter"), "{shown}");
    let url = loaded.show().into_iter().find(|shown| shown.path == "database.url").unwrap();
    assert_eq!(url.value, "postgres://me:********@localhost/x");
}

#[test]
fn a_development_folder_has_its_configuration() {
    let folder = Path::new("/x/.lingpai-dev");
    let config = Config::of_dev_folder(folder, Issuer::new("http://localhost:8080").unwrap());
    assert_eq!(config.database.url, "sqlite:/x/.lingpai-dev/lingpai.db");
    assert_eq!(config.keys.algorithms, [protocol::Alg::Rs256, protocol::Alg::Es256]);
    assert_eq!(config.lifetimes, Policy::default());
}
