//! Opens an address in the person's browser, where the system has a way to.

use std::process::{Command, Stdio};

/// Asks the system to open `url`. Nothing depends on it: the address is printed, too.
pub(super) fn open(url: &str) {
    let (program, arguments): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(target_os = "windows") {
        // Not `cmd /C start`: a shell would read the ampersands of the query.
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else {
        ("xdg-open", &[])
    };
    let opened = Command::new(program)
        .args(arguments)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if let Err(error) = opened {
        tracing::debug!(%error, program, "no browser was opened");
    }
}
