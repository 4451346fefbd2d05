//! Claims as they stand in the row, and as they are told.
//!
//! What an identifier says is not said a second time: e-mail, phone and user name, and whether they are verified, come
//! from the identifiers whenever a user is read, so that nobody can write himself somebody else's address.

use platform::sql::StoreError;
use protocol::{StandardClaims, Timestamp};

use crate::identifiers::IdentifierKind;
use crate::user::UserIdentifier;

/// The JSON of all claims of one user; a picture is a URL, so this is plenty.
const MAX_CLAIMS_BYTES: usize = 16 * 1024;

/// The claims are longer than a row may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

/// The row's text for `claims`, without what the identifiers and the row itself say.
pub(crate) fn to_row(claims: &StandardClaims) -> Result<String, TooLarge> {
    let own = StandardClaims {
        email: None,
        email_verified: None,
        phone_number: None,
        phone_number_verified: None,
        preferred_username: None,
        updated_at: None,
        ..claims.clone()
    };
    // Serialising a struct of texts to memory cannot fail.
    let text = serde_json::to_string(&own).unwrap_or_default();
    if text.len() > MAX_CLAIMS_BYTES { Err(TooLarge) } else { Ok(text) }
}

/// The claims of a row, completed from the user's identifiers.
///
/// Source: OpenID Connect Core §5.1.
pub(crate) fn of_row(
    text: &str,
    identifiers: &[UserIdentifier],
    updated_at: Timestamp,
) -> Result<StandardClaims, StoreError> {
    let own: StandardClaims =
        serde_json::from_str(text).map_err(|_| StoreError::Corrupt { what: "user_account.claims" })?;
    // A user may have several addresses; a verified one speaks for him, the oldest first.
    let chosen = |kind| {
        let of_kind = || identifiers.iter().filter(move |identifier| identifier.kind == kind);
        of_kind().find(|identifier| identifier.verified_at.is_some()).or_else(|| of_kind().next())
    };
    let (email, phone) = (chosen(IdentifierKind::Email), chosen(IdentifierKind::Phone));
    Ok(StandardClaims {
        email: email.map(|identifier| identifier.display.clone()),
        email_verified: email.map(|identifier| identifier.verified_at.is_some()),
        phone_number: phone.map(|identifier| identifier.display.clone()),
        phone_number_verified: phone.map(|identifier| identifier.verified_at.is_some()),
        preferred_username: chosen(IdentifierKind::Username).map(|identifier| identifier.display.clone()),
        updated_at: Some(updated_at.as_secs()),
        ..own
    })
}
