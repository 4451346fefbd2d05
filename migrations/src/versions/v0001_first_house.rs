//! Clients, users, sessions, consents, interactions, families, codes, refresh tokens, keys and the installation's own
//! rows.

use platform::sql::Dialect;

use crate::schema::{Table, flag, id, millis, number, only, payload, text};

/// The statements of this migration.
pub(super) fn steps(dialect: Dialect) -> Vec<String> {
    let tables = [clients(), users(), sessions(), grants(), installation()];
    let mut out: Vec<String> = tables.iter().flatten().flat_map(|table| table.statements(dialect)).collect();
    out.push(first_revision(dialect).to_owned());
    out
}

fn clients() -> Vec<Table> {
    let client = Table::new(
        "client",
        vec![
            id("id"),
            text("name", 200),
            id("kind"),
            flag("is_first_party"),
            flag("is_enabled"),
            id("auth_method"),
            payload("redirect_uris"),
            payload("post_logout_redirect_uris"),
            payload("grant_types"),
            payload("scopes"),
            id("pkce"),
            flag("rotation"),
            id("id_token_alg"),
            id("access_token_alg"),
            payload("cors_origins"),
            number("version"),
            millis("created_at_ms"),
            millis("updated_at_ms"),
        ],
    );
    let client_secret = Table::new(
        "client_secret",
        vec![id("id"), id("client_id"), id("digest"), millis("created_at_ms"), millis("expires_at_ms").optional()],
    );
    let resource_server = Table::new(
        "resource_server",
        vec![
            text("audience", 255),
            text("name", 200),
            payload("scopes"),
            millis("created_at_ms"),
            millis("updated_at_ms"),
        ],
    );
    vec![
        client.primary_key(&["id"]),
        client_secret.primary_key(&["id"]).index(&["client_id"]),
        resource_server.primary_key(&["audience"]),
    ]
}

fn users() -> Vec<Table> {
    let user_account = Table::new(
        "user_account",
        vec![
            id("id"),
            text("status", 16),
            millis("locked_until_ms").optional(),
            number("epoch"),
            payload("password_phc").optional(),
            payload("claims"),
            number("version"),
            millis("created_at_ms"),
            millis("updated_at_ms"),
        ],
    );
    let user_identifier = Table::new(
        "user_identifier",
        vec![
            text("kind", 16),
            text("normalized", 255),
            id("user_id"),
            text("display", 255),
            millis("verified_at_ms").optional(),
            millis("created_at_ms"),
        ],
    );
    let consent = Table::new(
        "consent",
        vec![
            id("user_id"),
            id("client_id"),
            payload("scopes"),
            millis("granted_at_ms"),
            millis("updated_at_ms"),
            millis("revoked_at_ms").optional(),
        ],
    );
    vec![
        user_account.primary_key(&["id"]),
        user_identifier.primary_key(&["kind", "normalized"]).index(&["user_id"]),
        consent.primary_key(&["user_id", "client_id"]).index(&["client_id"]),
    ]
}

fn sessions() -> Vec<Table> {
    let session = Table::new(
        "session",
        vec![
            id("id"),
            id("secret_digest"),
            id("user_id"),
            number("epoch"),
            millis("auth_time_ms"),
            id("acr"),
            payload("amr"),
            text("address", 64),
            text("user_agent", 400),
            millis("created_at_ms"),
            millis("last_seen_at_ms"),
            millis("idle_expires_at_ms"),
            millis("expires_at_ms"),
            millis("ended_at_ms").optional(),
        ],
    );
    let interaction = Table::new(
        "interaction",
        vec![
            id("id"),
            id("browser_digest"),
            id("client_id"),
            payload("request"),
            text("reference", 16),
            id("user_id").optional(),
            text("decision", 16).optional(),
            millis("login_at_ms").optional(),
            text("address", 64),
            millis("created_at_ms"),
            millis("expires_at_ms"),
        ],
    );
    vec![
        session.primary_key(&["id"]).index(&["user_id"]).index(&["expires_at_ms"]),
        interaction.primary_key(&["id"]).index(&["browser_digest"]).index(&["address"]).index(&["expires_at_ms"]),
    ]
}

fn grants() -> Vec<Table> {
    vec![
        family()
            .primary_key(&["id"])
            .index(&["client_id"])
            .index(&["user_id"])
            .index(&["session_id"])
            .index(&["expires_at_ms"]),
        authorization_code().primary_key(&["id"]).index(&["family_id"]).index(&["expires_at_ms"]),
        refresh_token().primary_key(&["id"]).index(&["family_id"]).index(&["expires_at_ms"]),
    ]
}

fn family() -> Table {
    Table::new(
        "family",
        vec![
            id("id"),
            id("client_id"),
            id("user_id").optional(),
            id("session_id").optional(),
            number("epoch"),
            flag("is_offline"),
            payload("scopes"),
            payload("audience"),
            number("generation"),
            text("state", 16),
            id("dead_reason").optional(),
            millis("auth_time_ms").optional(),
            id("acr").optional(),
            payload("amr").optional(),
            millis("created_at_ms"),
            millis("idle_expires_at_ms"),
            millis("expires_at_ms"),
            millis("updated_at_ms"),
        ],
    )
}

fn authorization_code() -> Table {
    Table::new(
        "authorization_code",
        vec![
            id("id"),
            id("secret_digest"),
            id("family_id").optional(),
            id("client_id"),
            id("user_id"),
            id("session_id"),
            payload("redirect_uri").optional(),
            text("code_challenge", 128).optional(),
            payload("nonce").optional(),
            payload("scopes"),
            payload("audience"),
            millis("auth_time_ms"),
            id("acr"),
            payload("amr"),
            number("epoch"),
            millis("created_at_ms"),
            millis("expires_at_ms"),
            millis("spent_at_ms").optional(),
        ],
    )
}

fn refresh_token() -> Table {
    Table::new(
        "refresh_token",
        vec![
            id("id"),
            id("secret_digest"),
            id("family_id"),
            id("client_id"),
            number("generation"),
            text("state", 16),
            millis("created_at_ms"),
            millis("expires_at_ms"),
            millis("spent_at_ms").optional(),
            id("successor_id").optional(),
            payload("sealed_reply").optional(),
        ],
    )
}

fn installation() -> Vec<Table> {
    let signing_key = Table::new(
        "signing_key",
        vec![
            id("kid"),
            text("alg", 16),
            text("state", 16),
            payload("public_jwk"),
            payload("sealed_private"),
            millis("created_at_ms"),
            millis("announced_at_ms"),
            millis("activates_at_ms"),
            millis("active_at_ms").optional(),
            millis("retired_at_ms").optional(),
            millis("gone_at_ms").optional(),
        ],
    );
    let audit_event = Table::new(
        "audit_event",
        vec![
            id("id"),
            millis("at_ms"),
            id("kind"),
            id("client_id").optional(),
            id("user_id").optional(),
            id("family_id").optional(),
            payload("detail"),
        ],
    );
    vec![
        signing_key.primary_key(&["kid"]).index(&["alg", "state"]),
        audit_event.primary_key(&["id"]).index(&["at_ms"]).index(&["user_id"]),
        Table::new("revision", vec![only("id"), number("value")]).primary_key(&["id"]),
        Table::new("lease", vec![id("name"), text("holder", 200), millis("expires_at_ms")]).primary_key(&["name"]),
        Table::new("setting", vec![id("name"), payload("value")]).primary_key(&["name"]),
    ]
}

/// The only row of the revocation sequence; writing it again keeps the number.
fn first_revision(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::MySql => "INSERT IGNORE INTO revision (id, value) VALUES (1, 0)",
        Dialect::Postgres | Dialect::Sqlite => {
            "INSERT INTO revision (id, value) VALUES (1, 0) ON CONFLICT (id) DO NOTHING"
        }
    }
}
