//! Clients that others wrote, each in a process of its own, against `lingpai dev`.
//!
//! Each of them is first tried on npm's `oidc-provider` (`reference/`), which is set up with the same clients and people
//! and says so in the same line of JSON: a client that fails there is wrong itself, so a red line blames the right side.
//! A script prints `ok STEP` for each step, or `skip STEP: WHY` where the server has not announced what the step needs;
//! ours announces all of it.

mod openidconnect;

use std::process::Command;

use crate::processes::{Lingpai, Reference, chromium, node, python, run};

/// Discovery, code with PKCE, ID token, userinfo, refresh, replays, errors, revocation, introspection, logout.
#[test]
fn openid_client_of_npm_signs_in() {
    prove(12, || node("openid-client", "interop.js"));
}

/// The same with what Authlib's integrations for Flask and Django are made of.
#[test]
fn authlib_of_pypi_signs_in() {
    prove(8, || python("authlib", "interop.py"));
}

/// A single-page app in a real browser: everything crosses origins.
#[test]
fn oidc_client_ts_of_npm_signs_in() {
    prove(4, || {
        let mut script = node("oidc-client-ts", "interop.js")?;
        script.env("CHROMIUM", chromium()?);
        Some(script)
    });
}

/// The Rust crate; the child is this very program.
#[test]
fn openidconnect_of_crates_io_signs_in() {
    prove(openidconnect::STEPS, || Some(openidconnect::command()));
}

/// Tries a client on the reference provider, then on ours.
#[track_caller]
fn prove(steps: usize, client: impl Fn() -> Option<Command>) {
    let (Some(first), Some(second)) = (client(), client()) else { return };
    let Some(reference) = Reference::start() else { return };
    let said = tell(first, &reference.line);
    assert_eq!(count(&said, "ok "), steps, "the client is wrong, not Lingpai: at oidc-provider it said\n{said}");
    drop(reference);

    let Some(lingpai) = Lingpai::start() else { return };
    let said = tell(second, &lingpai.line);
    assert_eq!(count(&said, "ok "), steps, "{said}");
}

/// Runs a client to its end with the line of a server.
fn tell(mut client: Command, line: &str) -> String {
    client.arg(line);
    run(client)
}

fn count(said: &str, beginning: &str) -> usize {
    said.lines().filter(|line| line.trim_start_matches(openidconnect::MARK).starts_with(beginning)).count()
}
