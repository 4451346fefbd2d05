//! The data folder: what a restart keeps, what `--fresh` forgets, what is never touched.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::process::{DevServer, run};
use super::visitor::Visitor;

/// `sub` of alice, through a token that a restart must not change the meaning of.
async fn subject(server: &DevServer) -> String {
    let mut visitor = Visitor::new();
    let page = visitor.visit(&server.url("/dev/app")).await;
    let page = visitor.press(&page, "app-start", &[]).await;
    let page = visitor.through_the_server(page, "alice").await;
    let row = page.text.split("<code>sub</code>").nth(1).unwrap_or_else(|| panic!("no sub:\n{}", page.text));
    row.split("<code>").nth(1).and_then(|rest| rest.split("</code>").next()).unwrap().to_owned()
}

async fn key_ids(server: &DevServer) -> Vec<String> {
    let page = Visitor::new().visit(&server.url("/jwks")).await;
    let keys: Value = serde_json::from_str(&page.text).unwrap();
    let mut ids: Vec<String> =
        keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

fn mark(folder: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join("dev.json")).unwrap()).unwrap()
}

#[cfg(unix)]
#[tokio::test]
async fn a_restart_keeps_people_clients_and_keys() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(".lingpai-dev");
    let first = DevServer::on(&folder, &[]);
    let (sub, keys, id) = (subject(&first).await, key_ids(&first).await, mark(&folder)["id"].clone());
    let (web, m2m) = (first.secret("web"), first.secret("m2m"));
    let audience = first.ready["apis"][0]["audience"].clone();
    assert!(first.terminate().success(), "a server that is asked to end must end well");
    let second = DevServer::on(&folder, &[]);
    assert_eq!((second.secret("web"), second.secret("m2m")), (web, m2m));
    assert_eq!(subject(&second).await, sub);
    assert_eq!(key_ids(&second).await, keys);
    assert_eq!(mark(&folder)["id"], id);
    // Another port is another issuer: the audience and the demo app's redirect URI have followed it.
    assert_ne!(second.ready["apis"][0]["audience"], audience);
}

#[cfg(unix)]
#[tokio::test]
async fn secrets_of_the_folder_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data");
    let _server = DevServer::on(&folder, &[]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.join("master.key")), 0o600);
    assert_eq!(mode(&folder), 0o700);
    assert!(folder.join("lingpai.db").exists());
    assert_eq!(fs::read_to_string(folder.join(".gitignore")).unwrap(), "*\n");
}

#[tokio::test]
async fn fresh_starts_over() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data");
    let first = DevServer::on(&folder, &[]);
    let (keys, id) = (key_ids(&first).await, mark(&folder)["id"].clone());
    drop(first);
    let second = DevServer::on(&folder, &["--fresh"]);
    assert_ne!(key_ids(&second).await, keys);
    assert_ne!(mark(&folder)["id"], id);
}

#[test]
fn fresh_never_touches_a_folder_without_the_mark() {
    let dir = tempfile::tempdir().unwrap();
    let precious = dir.path().join("lingpai.db");
    fs::write(&precious, "precious").unwrap();
    let folder = dir.path().to_str().unwrap();
    for more in [&["--fresh"][..], &[]] {
        let mut arguments = vec!["dev", "--port", "0", "--data-dir", folder];
        arguments.extend(more);
        assert!(!run(&arguments).status.success());
        assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_folder_in_use_is_not_wiped() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data");
    let _server = DevServer::on(&folder, &[]);
    let id = mark(&folder)["id"].clone();
    let ended = run(&["dev", "--port", "0", "--fresh", "--data-dir", folder.to_str().unwrap()]);
    assert!(!ended.status.success());
    assert_eq!(mark(&folder)["id"], id);
}

#[tokio::test]
async fn in_memory_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let server = DevServer::on(&dir.path().join("data"), &["--memory"]);
    subject(&server).await;
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}
