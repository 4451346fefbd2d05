//! The one line of JSON that tells a test suite that the server is ready, and with what.

use serde::Serialize;

use crate::catalog::{Catalog, Person};

#[derive(Serialize)]
struct Ready<'a> {
    issuer: &'a str,
    users: Vec<User>,
    clients: Vec<Client<'a>>,
    apis: Vec<Api<'a>>,
}

#[derive(Serialize)]
struct User {
    username: &'static str,
    password: &'static str,
}

#[derive(Serialize)]
struct Client<'a> {
    id: &'static str,
    /// `null` for a public client.
    secret: Option<&'static str>,
    redirect_uris: &'a [String],
    scopes: Vec<&'a str>,
    grants: Vec<&'static str>,
}

#[derive(Serialize)]
struct Api<'a> {
    audience: &'a str,
    scopes: Vec<&'a str>,
}

/// The line, without its newline. `people` are those whose password is the one of the catalog.
pub(crate) fn ready_json(catalog: &Catalog, people: &[Person]) -> String {
    let clients = catalog.clients.iter().map(|one| {
        let grants = one.grants.iter().map(|grant| grant.as_str()).collect();
        Client {
            id: one.id,
            secret: one.secret,
            redirect_uris: &one.redirect_uris,
            scopes: one.scopes.split(' ').collect(),
            grants,
        }
    });
    let ready = Ready {
        issuer: &catalog.issuer,
        users: people.iter().map(|one| User { username: one.username, password: one.password }).collect(),
        clients: clients.collect(),
        apis: vec![Api {
            audience: &catalog.api.audience,
            scopes: catalog.api.scopes.iter().map(|scope| scope.name.as_str()).collect(),
        }],
    };
    // Strings and lists of strings: there is nothing in it that could fail to serialise.
    serde_json::to_string(&ready).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_line_has_the_documented_shape() {
        let line = ready_json(&Catalog::of("http://localhost:8080"), &crate::catalog::PEOPLE);
        assert!(!line.contains('\n'));
        let ready: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(ready["issuer"], "http://localhost:8080");
        assert_eq!(ready["users"][0], serde_json::json!({"username": "alice", "password": "alice-dev"}));
        let web = &ready["clients"][0];
        assert_eq!(web["id"], "web");
        assert_eq!(web["secret"], "web-dev-secret");
        assert_eq!(web["grants"], serde_json::json!(["authorization_code", "refresh_token"]));
        assert_eq!(ready["clients"][1]["secret"], Value::Null);
        assert_eq!(ready["apis"][0]["audience"], "http://localhost:8080/dev/api");
        assert_eq!(ready["apis"][0]["scopes"], serde_json::json!(["api:read", "api:write", "api:brief"]));
    }
}
