//! `lingpai db backup` and `lingpai db restored`.

use super::Host;

#[test]
fn a_backup_opens_like_the_database_it_came_from() {
    let Some(host) = Host::initialised() else { return };
    host.run("client add shop --redirect https://shop.example/cb").succeeded();
    host.run("db backup copy.db").succeeded().shows("copy.db");
    host.run("client remove shop --yes").succeeded();
    assert_eq!(host.run("client list -o id").succeeded().stdout.trim(), "");
    std::fs::rename(host.path("copy.db"), host.path("lingpai.db")).unwrap();
    for beside in ["lingpai.db-wal", "lingpai.db-shm"] {
        let _ = std::fs::remove_file(host.path(beside));
    }
    assert_eq!(host.run("client list -o id").succeeded().stdout.trim(), "shop");
}

#[test]
fn a_backup_replaces_no_file() {
    let Some(host) = Host::initialised() else { return };
    std::fs::write(host.path("there.db"), "precious").unwrap();
    host.run("db backup there.db").ended(5);
    assert_eq!(std::fs::read(host.path("there.db")).unwrap(), b"precious");
}

#[test]
fn what_a_backup_revived_ends_and_not_without_a_yes() {
    let Some(host) = Host::initialised() else { return };
    host.run("db restored").ended(2).says("--yes");
    let ended = host.run("db restored --yes -o json").succeeded().json();
    assert_eq!((ended["sessions"].as_u64(), ended["families"].as_u64()), (Some(0), Some(0)));
}
