//! Opaque access tokens, device codes, spent assertions, revoked tokens, refusals; what clients and grants agree beside
//! their columns.

use platform::sql::Dialect;

use crate::schema::{Table, id, millis, number, payload, text};

/// The statements of this migration.
pub(super) fn steps(dialect: Dialect) -> Vec<String> {
    let added: Vec<String> = additions().iter().flat_map(|table| table.additions(dialect)).collect();
    let tables = [access_token(), device_code(), client_assertion(), revoked_token(), refusal()];
    added.into_iter().chain(tables.iter().flat_map(|table| table.statements(dialect))).collect()
}

fn additions() -> Vec<Table> {
    vec![
        // The terms of a client that no query asks for, as one JSON object.
        Table::new("client", vec![payload("terms").optional()]),
        // Of client_secret_jwt: its secret must come back as it was to verify a MAC.
        Table::new("client_secret", vec![payload("sealed").optional()]),
        Table::new("authorization_code", vec![payload("detail").optional()]),
        Table::new("family", vec![payload("detail").optional()]),
        // What was allowed beside scopes: claims asked for one by one, APIs named without a scope.
        Table::new("consent", vec![payload("detail").optional()]),
        Table::new("interaction", vec![id("hinted_user_id").optional()]),
    ]
}

fn access_token() -> Table {
    Table::new(
        "access_token",
        vec![
            id("id"),
            id("secret_digest"),
            id("family_id").optional(),
            id("client_id"),
            id("subject"),
            payload("scopes"),
            payload("audience"),
            payload("detail").optional(),
            millis("created_at_ms"),
            millis("expires_at_ms"),
        ],
    )
    .primary_key(&["id"])
    .index(&["family_id"])
    .index(&["expires_at_ms"])
}

fn device_code() -> Table {
    Table::new(
        "device_code",
        vec![
            id("id"),
            id("secret_digest"),
            id("user_code_digest"),
            id("client_id"),
            payload("scopes"),
            payload("audience"),
            payload("detail").optional(),
            text("state", 16),
            id("user_id").optional(),
            id("session_id").optional(),
            number("epoch").optional(),
            millis("auth_time_ms").optional(),
            id("acr").optional(),
            payload("amr").optional(),
            id("family_id").optional(),
            number("interval_s"),
            millis("next_poll_at_ms"),
            text("address", 64),
            text("user_agent", 400),
            millis("created_at_ms"),
            millis("expires_at_ms"),
        ],
    )
    .primary_key(&["id"])
    .index(&["user_code_digest"])
    .index(&["address"])
    .index(&["expires_at_ms"])
}

/// One row per spent `jti` of a client assertion; the primary key is the judge.
fn client_assertion() -> Table {
    Table::new("client_assertion", vec![id("id"), millis("expires_at_ms")])
        .primary_key(&["id"])
        .index(&["expires_at_ms"])
}

/// The `jti` of access tokens that were revoked one by one, until they would have ended by themselves.
fn revoked_token() -> Table {
    Table::new("revoked_token", vec![id("id"), millis("expires_at_ms")]).primary_key(&["id"]).index(&["expires_at_ms"])
}

fn refusal() -> Table {
    Table::new(
        "refusal",
        vec![
            id("id"),
            text("reference", 16),
            millis("at_ms"),
            id("endpoint"),
            id("refusal"),
            id("error"),
            text("client_id", 64).optional(),
            payload("expected"),
            payload("received"),
        ],
    )
    .primary_key(&["id"])
    .index(&["reference"])
    .index(&["at_ms"])
}
