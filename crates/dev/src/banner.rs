//! What the terminal shows when the server is ready: what exists, nothing that does not.

use std::fmt::Write as _;
use std::path::{Component, Path};

use flow::GrantName;

use crate::catalog::{API_PATH, APP_PATH, CALLBACK_PATH, Catalog, PEOPLE, Person, SeedClient, USUAL_ISSUER};

/// The lines that a person reads when `lingpai dev` is ready.
///
/// Shape: `reachable` are the people whose password is the one that is printed; `folder` is `None` for a server that
/// keeps nothing.
pub(crate) fn banner(catalog: &Catalog, reachable: &[Person], folder: Option<&Path>) -> String {
    let issuer = &catalog.issuer;
    let person = |one: &Person| {
        if reachable.contains(one) {
            format!("{} / {}", one.username, one.password)
        } else {
            format!("{} (password changed here)", one.username)
        }
    };
    let people: Vec<String> = PEOPLE.iter().map(person).collect();
    let scopes: Vec<&str> = catalog.api.scopes.iter().map(|scope| scope.name.as_str()).collect();
    let data = match folder {
        Some(path) => format!("{}   (kept; --fresh starts over, --memory keeps nothing)", shown(path)),
        None => "in memory   (gone when this stops)".to_owned(),
    };
    let mut out =
        format!("lingpai {} · development mode · loopback only · not for production\n", env!("CARGO_PKG_VERSION"));
    let mut line = |label: &str, text: &str| {
        // A text that cannot be written into a String does not exist.
        let _ = writeln!(out, "  {label:<9} {text}");
    };
    line("Issuer", issuer);
    line("Sign in", &format!("{issuer}/login       {}", people.join("  ·  ")));
    line(
        "Demo app",
        &format!("{issuer}{APP_PATH}     a real client in the browser, every message shown and explained"),
    );
    for (at, client) in catalog.clients.iter().enumerate() {
        line(if at == 0 { "Clients" } else { "" }, &describe(issuer, client));
    }
    // Commands open the stores themselves; what is in memory they cannot reach.
    if folder.is_some() {
        line("", "lingpai client show web   everything about one of them");
    }
    line("API", &format!("{issuer}{API_PATH}     {}", scopes.join("  ")));
    line("Data", &data);
    let trial =
        if issuer == USUAL_ISSUER { "lingpai try".to_owned() } else { format!("lingpai try --issuer {issuer}") };
    line("Next", &format!("{trial:<24} get a token now and watch it being checked"));
    if folder.is_some() {
        line("", "lingpai client add …     your own app");
    }
    line("", "lingpai init             a production configuration");
    out
}

/// A path that can be seen to be one: `./x` for a bare name.
fn shown(path: &Path) -> String {
    let is_bare = matches!(path.components().next(), Some(Component::Normal(_)));
    format!("{}{}", if is_bare { "./" } else { "" }, path.display())
}

/// Id, secret, and where one's own app may listen.
fn describe(issuer: &str, client: &SeedClient) -> String {
    let secret = client.secret.map_or_else(|| "public".to_owned(), |secret| format!("secret {secret}"));
    let own = client.redirect_uris.iter().find(|uri| !uri.ends_with(CALLBACK_PATH));
    let used = match own {
        Some(uri) if uri.starts_with("http://127.0.0.1/") => format!("{uri}, any port"),
        Some(uri) => uri.clone(),
        None if client.grants.contains(&GrantName::DeviceCode) => {
            format!("device grant: POST {issuer}/device_authorization")
        }
        None => "client_credentials".to_owned(),
    };
    format!("{:<5} {secret:<23} {used}", client.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banner_says_what_exists() {
        let catalog = Catalog::of("http://localhost:8080");
        let text = banner(&catalog, &PEOPLE, Some(Path::new(".lingpai-dev")));
        for piece in [
            "Issuer    http://localhost:8080\n",
            "alice / alice-dev",
            "bob / bob-dev",
            "http://localhost:8080/dev/app",
            "web-dev-secret",
            "m2m-dev-secret",
            "tv    public                  device grant: POST http://localhost:8080/device_authorization\n",
            "http://localhost:8080/dev/api     api:read  api:write  api:brief",
            "./.lingpai-dev",
            "lingpai try",
            "lingpai client add",
            "lingpai init",
        ] {
            assert!(text.contains(piece), "{piece}\n{text}");
        }
        let memory = banner(&Catalog::of("http://localhost:9000"), &PEOPLE, None);
        assert!(memory.contains("in memory") && !memory.contains("lingpai client"), "{memory}");
        assert!(memory.contains("lingpai try --issuer http://localhost:9000 "), "{memory}");
        let changed = banner(&catalog, &PEOPLE[1..], None);
        assert!(!changed.contains("alice-dev") && changed.contains("bob-dev"), "{changed}");
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
        for missing in ["Admin", "Inbox", "Trace"] {
            assert!(!text.contains(missing), "{missing}");
        }
    }
}
