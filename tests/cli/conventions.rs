//! What holds for every command: where output goes, its forms, languages, help.

use super::Host;

#[test]
fn data_goes_to_standard_output_and_talk_to_standard_error() {
    let Some(host) = Host::initialised() else { return };
    let list = host.run("client list -o table").succeeded().says("using the configuration lingpai.toml");
    assert_eq!(list.stdout, "", "an empty list is talk");
    assert_eq!(host.run("client list -o table --quiet").succeeded().stderr, "");
    host.run("client add shop --redirect https://shop.example/cb").succeeded();
    let table = host.run("client list -o table").succeeded().stdout;
    assert_eq!(table.lines().next(), Some("ID    NAME  TYPE          AUTH        GRANTS        SECRET"));
    assert!(!table.contains('\u{1b}'), "no colours in a pipe");
}

#[test]
fn piped_output_is_json_unless_asked_otherwise() {
    let Some(host) = Host::initialised() else { return };
    host.run("client add shop --redirect https://shop.example/cb").succeeded();
    assert!(host.run("client list").succeeded().json().is_array());
    let host = host.with("LINGPAI_OUTPUT", "id");
    assert_eq!(host.run("client list").succeeded().stdout, "shop\n");
    assert!(host.run("client list -o json").succeeded().json().is_array());
    host.run("client list -o yaml").ended(2);
    host.run("client list -o env").ended(2);
}

#[test]
fn tables_are_never_cut_in_a_pipe() {
    let Some(host) = Host::initialised() else { return };
    let name = "x".repeat(200);
    host.run(&format!("client add shop --name {name} --redirect https://shop.example/cb")).succeeded();
    assert!(host.run("client list -o table").succeeded().stdout.contains(&name));
}

#[test]
fn wide_letters_keep_the_columns_straight() {
    let Some(host) = Host::initialised() else { return };
    host.run("client add shop --name 网上商城 --redirect https://shop.example/cb").succeeded();
    let table = host.run("client list -o table").succeeded().stdout;
    assert!(table.contains("ID    NAME      TYPE "), "{table}");
    assert!(table.contains("shop  网上商城  confidential"), "{table}");
}

#[test]
fn people_are_spoken_to_in_chinese_where_the_locale_says_so() {
    let Some(host) = Host::initialised() else { return };
    let host = host.with("LC_ALL", "zh_CN.UTF-8");
    host.run("client show nobody").ended(4).says("错误: 没有编号为“nobody”的客户端").says("办法: lingpai client list");
    host.run("client --help").succeeded().shows("用法：").shows("示例：");
    let added = host.run("client add shop --redirect https://shop.example/cb").succeeded().json();
    assert_eq!(added["type"], "confidential", "JSON is never translated");
    host.run("client add shop --redirect http://shop.example/cb --upsert").ended(2).says("请使用 https");
    let host = host.with("LINGPAI_LANG", "en");
    host.run("client show nobody").ended(4).says("error: no client");
}

#[test]
fn a_noun_alone_answers_with_its_help() {
    let Some(host) = Host::empty() else { return };
    host.run("").ended(2).says("Examples:\n  lingpai dev");
    host.run("client").ended(2).says("lingpai client list");
    host.run("client secret").ended(2).says("rotate");
    host.run("client --help").succeeded().shows("Examples:");
}

#[test]
fn wrong_use_ends_with_two() {
    let Some(host) = Host::initialised() else { return };
    for line in ["nonsense", "client nonsense", "client add", "client list --nonsense", "user list --limit 0"] {
        host.run(line).ended(2);
    }
}

#[test]
fn names_cannot_speak_to_the_terminal() {
    let Some(host) = Host::initialised() else { return };
    host.run("user add alice --name \u{1b}[31mred --no-password").succeeded();
    for line in ["user list -o table", "user show alice -o table", "user set alice --name x --dry-run -o table"] {
        assert!(!host.run(line).succeeded().stdout.contains('\u{1b}'), "{line}");
    }
    assert!(!host.run("client show \u{1b}[31mred").ended(4).stderr.contains('\u{1b}'));
    let refused = host.run("client add shop --name \u{1b}[31mred --redirect https://shop.example/cb").ended(2);
    assert!(!refused.stderr.contains('\u{1b}'));
}

#[test]
fn a_database_that_does_not_answer_ends_with_seven() {
    let Some(host) = Host::initialised() else { return };
    let host = host.with("LINGPAI__DATABASE__URL", "postgres://me@127.0.0.1:1/x");
    host.run("client list").ended(7).says("lingpai db status");
}
