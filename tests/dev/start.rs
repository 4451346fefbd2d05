//! Starting: the ready line, the banner, the addresses, what is refused.

use std::net::TcpListener;
use std::process::Stdio;

use serde_json::{Value, json};

use super::process::{DevServer, lingpai, run};
use super::visitor::Visitor;

#[tokio::test]
async fn the_ready_line_says_what_a_test_suite_needs() {
    let server = DevServer::in_memory();
    let issuer = server.issuer();
    assert!(issuer.starts_with("http://localhost:") && !issuer.ends_with(":0"), "{issuer}");
    let members: Vec<&String> = server.ready.as_object().unwrap().keys().collect();
    assert_eq!(members, ["apis", "clients", "issuer", "users"]);
    let person = |name: &str| json!({ "username": name, "password": format!("{name}-dev") });
    assert_eq!(server.ready["users"], json!([person("alice"), person("bob")]));
    let scopes = json!(["api:read", "api:write", "api:brief"]);
    assert_eq!(server.ready["apis"], json!([{ "audience": format!("{issuer}/dev/api"), "scopes": scopes }]));
    for client in server.ready["clients"].as_array().unwrap() {
        let members: Vec<&String> = client.as_object().unwrap().keys().collect();
        assert_eq!(members, ["grants", "id", "redirect_uris", "scopes", "secret"]);
    }
    let part = |id: &str, member: &str| {
        let clients = server.ready["clients"].as_array().unwrap();
        clients.iter().find(|client| client["id"] == id).unwrap()[member].clone()
    };
    assert_eq!(part("web", "secret"), "web-dev-secret");
    assert_eq!(part("spa", "secret"), Value::Null);
    assert_eq!(part("cli", "redirect_uris"), json!(["http://127.0.0.1/callback"]));
    assert_eq!(part("tv", "grants"), json!(["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]));
    assert_eq!(part("tv", "redirect_uris"), json!([]));
    assert_eq!(part("m2m", "grants"), json!(["client_credentials"]));
    assert_eq!(part("web", "redirect_uris")[0], format!("{issuer}/dev/app/callback"));
}

#[tokio::test]
async fn it_is_ready_when_it_says_so_under_every_loopback_name() {
    let server = DevServer::in_memory();
    let port = server.issuer().rsplit(':').next().unwrap();
    for host in ["localhost", "127.0.0.1"] {
        let page = Visitor::new().visit(&format!("http://{host}:{port}/.well-known/openid-configuration")).await;
        assert_eq!(page.status, 200);
        let metadata: Value = serde_json::from_str(&page.text).unwrap();
        assert_eq!(metadata["issuer"], server.issuer());
    }
}

#[test]
fn an_address_that_others_can_reach_is_refused() {
    for outside in ["0.0.0.0", "::", "192.0.2.1", "[::]"] {
        let ended = run(&["dev", "--memory", "--port", "0", "--listen", outside]);
        assert!(!ended.status.success(), "{outside}");
        let told = String::from_utf8_lossy(&ended.stderr);
        assert!(told.contains("lingpai init"), "{told}");
        assert!(ended.stdout.is_empty());
    }
}

#[test]
fn a_port_in_use_is_named_with_the_remedy() {
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = held.local_addr().unwrap().port().to_string();
    let ended = run(&["dev", "--memory", "--port", &port]);
    assert!(!ended.status.success());
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(told.contains(&port) && told.contains("--port"), "{told}");
}

#[test]
fn the_banner_prints_what_exists() {
    let mut child = lingpai(&["dev", "--memory", "--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("lingpai init") {
        assert_ne!(std::io::BufRead::read_line(&mut out, &mut text).unwrap(), 0, "{text}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    for piece in ["Issuer", "/login", "alice / alice-dev", "/dev/app", "web-dev-secret", "/dev/api", "lingpai try"] {
        assert!(text.contains(piece), "{piece}\n{text}");
    }
}

#[tokio::test]
async fn an_unknown_host_is_refused() {
    let server = DevServer::in_memory();
    let http = platform::http::loopback_client(platform::http::HttpLimits::default()).unwrap();
    for path in ["/", "/dev/app", "/dev/api/whoami", "/token"] {
        let answer = http.get(server.url(path)).header("host", "evil.example").send().await.unwrap();
        assert_eq!(answer.status(), 421, "{path}");
    }
}

#[tokio::test]
async fn over_plain_http_cookies_have_neither_secure_nor_the_prefix() {
    let server = DevServer::in_memory();
    let mut visitor = Visitor::new();
    let page = visitor.visit(&server.url("/dev/app")).await;
    let page = visitor.press(&page, "app-start", &[]).await;
    let page = visitor.through_the_server(page, "alice").await;
    assert_eq!(page.url.path(), "/dev/app");
    let line = |name: &str| visitor.cookie_lines.iter().find(|line| line.starts_with(name)).unwrap();
    for name in ["lingpai_session_", "lingpai_browser_", "lingpai_demo_"] {
        let line = line(name);
        assert!(line.contains("HttpOnly") && line.contains("SameSite=Lax"), "{line}");
        assert!(!line.contains("Secure") && !line.contains("__Host-"), "{line}");
        // Cookies ignore ports: the name carries the folder's id.
        let suffix = line.strip_prefix(name).and_then(|rest| rest.split('=').next()).unwrap();
        assert!(suffix.len() >= 4, "{line}");
    }
}
