//! Clients that others wrote, each in a process of its own, against `lingpai dev`.

use crate::processes::{Lingpai, node, run};

/// Discovery, code with PKCE, ID token, userinfo, refresh, replays, errors: the steps are in `openid-client/interop.js`.
#[test]
fn openid_client_of_npm_signs_in() {
    let Some(mut script) = node("openid-client", "interop.js") else { return };
    let Some(lingpai) = Lingpai::start() else { return };
    script.arg(&lingpai.line);

    let said = run(script);

    assert!(said.lines().filter(|line| line.starts_with("ok ")).count() >= 9, "{said}");
}
