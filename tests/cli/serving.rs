//! `lingpai serve` and `lingpai dev`: each keeps to its own ground.

use super::Host;
use super::running::{Running, get};

#[test]
fn a_server_migrates_by_itself_and_sees_what_the_command_line_changes() {
    let Some(host) = Host::empty() else { return };
    host.run("init --yes --issuer https://id.example.com").succeeded();
    let (running, line) = Running::start(host.command("serve --listen 127.0.0.1:0"), "listening");
    let address = line.split("http://").nth(1).unwrap().trim().to_owned();
    let metadata = get(&address, "/.well-known/openid-configuration", "id.example.com");
    assert!(
        metadata.starts_with("HTTP/1.1 200") && metadata.contains("\"issuer\":\"https://id.example.com\""),
        "{metadata}"
    );
    // Beside a running server the same commands work on the same data.
    host.run("client add shop --redirect https://shop.example/cb").succeeded();
    let path = "/authorize?client_id=shop&response_type=code&scope=openid&redirect_uri=https%3A%2F%2Fshop.example%2Fcb\
                &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let answer = get(&address, path, "id.example.com");
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    drop(running);
}

#[test]
fn serve_refuses_the_data_of_dev() {
    let Some(host) = Host::initialised() else { return };
    std::fs::create_dir(host.path(".lingpai-dev")).unwrap();
    host.write(".lingpai-dev/dev.json", "{}");
    host.write(".lingpai-dev/lingpai.db", "");
    let in_folder = host.with("LINGPAI__DATABASE__URL", "sqlite:.lingpai-dev/lingpai.db");
    in_folder.run("serve").ended(3).says("C019");
    in_folder.run("config check -o table").ended(3).shows("C019");
    std::fs::remove_file(in_folder.path("lingpai.toml")).unwrap();
    in_folder.run("serve").ended(6).says("lingpai dev").says("lingpai init");
}

#[test]
fn a_copy_of_the_data_of_dev_is_refused_too() {
    let Some(host) = Host::initialised() else { return };
    drop(Running::dev(host.command("dev --port 0 --print-ready-json --data-dir data")));
    for name in ["lingpai.db", "lingpai.db-wal"] {
        if host.path("data").join(name).exists() {
            std::fs::copy(host.path("data").join(name), host.path(name)).unwrap();
        }
    }
    host.run("serve --listen 127.0.0.1:0").ended(6).says("lingpai dev");
}

#[test]
fn dev_refuses_every_address_that_others_can_reach() {
    let Some(host) = Host::empty() else { return };
    for address in ["0.0.0.0", "::", "203.0.113.1"] {
        host.run(&format!("dev --port 0 --memory --listen {address}")).ended(6).says("lingpai init");
    }
    host.run("dev --port 0 --memory --listen nonsense").ended(2);
    assert!(!host.path(".lingpai-dev").exists());
}

#[test]
fn dev_takes_no_folder_that_holds_something_else() {
    let Some(host) = Host::empty() else { return };
    std::fs::create_dir(host.path("photos")).unwrap();
    host.write("photos/cat.jpg", "meow");
    host.run("dev --port 0 --data-dir photos --fresh").ended(6).says("--data-dir");
    assert_eq!(host.read("photos/cat.jpg"), "meow");
}

#[test]
fn commands_find_the_development_folder_and_say_so() {
    let Some(host) = Host::empty() else { return };
    let (running, ready) = Running::dev(host.command("dev --port 0 --print-ready-json"));
    let issuer = serde_json::from_str::<serde_json::Value>(&ready).unwrap()["issuer"].as_str().unwrap().to_owned();
    let clients = host.run("client list -o id").succeeded().says(".lingpai-dev");
    assert!(clients.stdout.lines().any(|id| id == "web"));
    let added = host.run("client add app --redirect http://localhost:3000/cb -o env").succeeded();
    assert!(added.stdout.contains(&format!("OIDC_ISSUER={issuer}\n")), "{}", added.stdout);
    drop(running);
}

#[test]
fn a_taken_port_is_said_with_the_way_out() {
    let Some(host) = Host::initialised() else { return };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    host.run(&format!("serve --listen 127.0.0.1:{port}")).ended(1).says("--listen");
    host.run(&format!("dev --memory --port {port}")).ended(1).says("--port");
}
