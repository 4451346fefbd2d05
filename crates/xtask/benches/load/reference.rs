//! The yardstick: `oidc-provider` on Node, with an SQLite adapter, given the same clients.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use serde_json::json;

use crate::process::{Folder, Line, Running, free_address};
use crate::target::{DISCOVERY, REDIRECT, Target, WITH_ID_TOKEN, WITHOUT_ID_TOKEN};

const SECRET: &str = "a-secret-of-the-benchmark-0123456789";

/// Starts it on `core` and signs somebody in.
pub fn start(script: &Path, node: Option<&Path>, core: Option<&str>) -> Result<(Running, Target)> {
    let (folder, address) = (Folder::new("reference")?, free_address()?);
    let host = format!("localhost:{}", address.port());
    let person = |id: &str| {
        json!({
            "client_id": id, "client_secret": SECRET, "redirect_uris": [REDIRECT],
            "grant_types": ["authorization_code", "refresh_token"], "id_token_signed_response_alg": "ES256",
        })
    };
    let machine = |id: &str| {
        json!({
            "client_id": id, "client_secret": SECRET, "redirect_uris": [], "response_types": [],
            "grant_types": ["client_credentials"],
        })
    };
    let clients = json!([
        person(WITH_ID_TOKEN.client),
        person(WITHOUT_ID_TOKEN.client),
        machine("cc-es256"),
        machine("cc-eddsa"),
        machine("cc-rs256"),
        machine("cc-opaque"),
    ]);
    let mut secrets = BTreeMap::new();
    for id in [WITH_ID_TOKEN.client, WITHOUT_ID_TOKEN.client, "cc-es256", "cc-eddsa", "cc-rs256", "cc-opaque"] {
        secrets.insert(id.to_owned(), SECRET.to_owned());
    }
    let arguments = [
        script.display().to_string(),
        "--port".to_owned(),
        address.port().to_string(),
        "--sqlite".to_owned(),
        folder.0.join("reference.db").display().to_string(),
        "--clients".to_owned(),
        clients.to_string(),
    ];
    let line = Line {
        program: node.unwrap_or(Path::new("node")),
        arguments: arguments.to_vec(),
        folder: &folder.0,
        environment: &[("NODE_ENV".to_owned(), "production".to_owned())],
    };
    let mut running = Running::start(&line, core, address, DISCOVERY)?;
    running.folder = Some(folder);
    let mut target = Target::discover(address, &host, secrets)?;
    // It refuses them as an unsupported type: the resource server can verify them.
    target.introspects_jwts = false;
    target.sign_in()?;
    Ok((running, target))
}
