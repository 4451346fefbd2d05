//! The checks of a JWT: every one of them by the verifier of the endpoints, under a policy that is strict in one point.

use grant_store::RevokedToken;
use jwks::{JwtPolicy, Keys, Unverified, VerifyError};
use protocol::{AccessTokenClaims, Alg, IdTokenClaims, Timestamp};
use serde_json::{Map, Value};

use super::judge::{Fault, Handle, Judged, Question, TokenKind};
use super::stored;
use crate::args::Context;
use crate::failure::Failure;
use crate::stores::Stores;

/// A JWT under judgement.
struct Case<'a> {
    token: &'a str,
    said: Unverified,
    keys: Keys,
    typ: &'static str,
}

/// Judges what should be a JWT of ours.
pub async fn judge(token: &str, audience: Option<&str>, stores: &Stores, context: &Context) -> Result<Judged, Failure> {
    let mut judged = Judged::new(TokenKind::Unknown);
    let said = match jwks::peek(token) {
        Ok(said) => said,
        Err(error) => {
            judged.check(Question::Form, "header.claims.signature", &error.to_string(), Some(Fault::Other));
            return Ok(judged);
        }
    };
    judged.check(Question::Form, "header.claims.signature", "header.claims.signature", None);
    judged.claims = said.claims.clone();
    judged.id = judged.text("jti").to_owned();
    let typ = said.header.get("typ").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some((kind, wanted)) = kind_of(&typ) else {
        judged.check(Question::Type, "at+jwt, JWT", &typ, Some(Fault::Other));
        return Ok(judged);
    };
    judged.kind = kind;
    judged.check(Question::Type, "at+jwt, JWT", &typ, None);
    // Opened for no algorithm, the ring makes no key.
    let keys = stores.keys(Vec::new(), context).await?;
    let case = Case { token, said, keys, typ: wanted };
    if !signature(&case, &mut judged) {
        return Ok(judged);
    }
    issuer(&case, &mut judged, stores);
    addressee(&case, &mut judged, audience, (stores, context)).await?;
    time(&case, &mut judged, stores.now());
    standing(&mut judged, stores, context).await?;
    Ok(judged)
}

fn kind_of(typ: &str) -> Option<(TokenKind, &'static str)> {
    let is =
        |wanted: &str| typ.eq_ignore_ascii_case(wanted) || typ.eq_ignore_ascii_case(&format!("application/{wanted}"));
    if is(AccessTokenClaims::TYP) {
        Some((TokenKind::AccessJwt, AccessTokenClaims::TYP))
    } else if is(IdTokenClaims::TYP) {
        Some((TokenKind::Id, IdTokenClaims::TYP))
    } else {
        None
    }
}

impl Case<'_> {
    /// Verifies under a policy that demands nothing but what `change` makes strict.
    fn verdict(&self, change: impl FnOnce(&mut JwtPolicy)) -> Result<(), VerifyError> {
        let claims = &self.said.claims;
        let mut policy = JwtPolicy {
            typ: self.typ,
            algs: Alg::ALL.to_vec(),
            iss: claims.get("iss").and_then(Value::as_str).unwrap_or_default().to_owned(),
            aud: audiences(claims),
            leeway: JwtPolicy::LEEWAY,
            // At the moment of its issue no token is late.
            now: claims.get("iat").and_then(Value::as_i64).map_or(Timestamp::from_secs(0), Timestamp::from_secs),
            max_age: None,
            accepts_any_aud: false,
            accepts_expired: false,
        };
        change(&mut policy);
        self.keys.verify::<Map<String, Value>>(&policy, self.token).map(|_| ())
    }
}

/// The audiences that the token names, in either form.
pub fn audiences(claims: &Map<String, Value>) -> Vec<String> {
    match claims.get("aud") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(_) | None => Vec::new(),
    }
}

/// Header, key, signature and the shape of the claims; what comes after them is worth nothing without them.
fn signature(case: &Case<'_>, judged: &mut Judged) -> bool {
    let text = |name: &str| case.said.header.get(name).and_then(Value::as_str).unwrap_or("–").to_owned();
    let found = format!("{} {}", text("alg"), text("kid"));
    let published = "a published key of this server";
    match case.verdict(|_| {}) {
        Ok(()) => {
            judged.check(Question::Signature, published, &found, None);
            judged.check(Question::Claims, "RFC 7519 section 4.1", "RFC 7519 section 4.1", None)
        }
        Err(
            error @ (VerifyError::Claim { .. }
            | VerifyError::AudienceMismatch
            | VerifyError::IssuerMismatch
            | VerifyError::Expired
            | VerifyError::IssuedInFuture
            | VerifyError::NotYetValid
            | VerifyError::TooOld),
        ) => {
            judged.check(Question::Signature, published, &found, None);
            judged.check(Question::Claims, "RFC 7519 section 4.1", &error.to_string(), Some(Fault::Other))
        }
        Err(
            error @ (VerifyError::AlgNotAllowed
            | VerifyError::BadBase64
            | VerifyError::BadJson
            | VerifyError::BadSignature
            | VerifyError::DuplicateMember
            | VerifyError::ForbiddenHeader { .. }
            | VerifyError::KeyMismatch
            | VerifyError::Malformed
            | VerifyError::TooLarge
            | VerifyError::TypMismatch
            | VerifyError::UnknownKey),
        ) => judged.check(Question::Signature, published, &format!("{found}: {error}"), Some(Fault::Other)),
    }
}

fn issuer(case: &Case<'_>, judged: &mut Judged, stores: &Stores) {
    let verdict = case.verdict(|policy| policy.iss.clone_from(&stores.issuer));
    let found = judged.text("iss").to_owned();
    judged.check(Question::Issuer, &stores.issuer, &found, verdict.err().map(|_| Fault::Other));
}

async fn addressee(
    case: &Case<'_>,
    judged: &mut Judged,
    audience: Option<&str>,
    (stores, context): (&Stores, &Context),
) -> Result<(), Failure> {
    let wanted = match (audience, judged.kind) {
        (Some(audience), _) => vec![audience.to_owned()],
        // The audience of an ID token is the app that asked for it.
        (None, TokenKind::Id) => {
            let known = stores.grants().known_clients(audiences(&judged.claims).into_iter().collect()).await;
            known.map_err(|error| Failure::store(&error, context.language()))?.into_iter().collect()
        }
        (None, TokenKind::AccessJwt | TokenKind::AccessOpaque | TokenKind::Refresh | TokenKind::Unknown) => {
            stored::audiences(stores, context).await?
        }
    };
    let expected = match judged.kind {
        TokenKind::Id if audience.is_none() => "a client".to_owned(),
        TokenKind::AccessJwt | TokenKind::AccessOpaque | TokenKind::Id | TokenKind::Refresh | TokenKind::Unknown => {
            wanted.join(" ")
        }
    };
    let verdict = case.verdict(|policy| policy.aud = wanted);
    let found = audiences(&judged.claims).join(" ");
    judged.check(Question::Audience, &expected, &found, verdict.err().map(|_| Fault::Other));
    Ok(())
}

fn time(case: &Case<'_>, judged: &mut Judged, now: Timestamp) {
    let verdict = case.verdict(|policy| policy.now = now);
    let moment = |name: &str| {
        let seconds = judged.claims.get(name).and_then(Value::as_i64);
        seconds.map(|seconds| Timestamp::from_secs(seconds).to_rfc3339()).unwrap_or_default()
    };
    let found = format!("{} / {}", moment("iat"), moment("exp"));
    judged.check(Question::Time, &now.to_rfc3339(), &found, verdict.err().map(|_| Fault::Other));
}

async fn standing(judged: &mut Judged, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let (grants, language) = (stores.grants(), context.language());
    if judged.kind == TokenKind::Id {
        let sid = judged.text("sid").to_owned();
        let session = grants.find_session_overview(&sid).await.map_err(|error| Failure::store(&error, language))?;
        let is_live = session.is_some_and(|session| session.is_live);
        let fault = (!is_live).then(|| Fault::Refused(flow::Refusal::SessionEnded.into()));
        judged.check(Question::Standing, "a live session", &sid, fault);
        return Ok(());
    }
    let jti = judged.id.clone();
    let exp = judged.claims.get("exp").and_then(Value::as_i64).unwrap_or_default();
    let (family, client_id) = (judged.text("family").to_owned(), judged.text("client_id").to_owned());
    let family = Some(family).filter(|family| !family.is_empty());
    judged.handle = Some(Handle::Jwt(RevokedToken {
        id: jti.clone(),
        client_id: client_id.clone(),
        family_id: family.clone(),
        // As long as a verifier may take it.
        until: Timestamp::from_secs(exp).plus(JwtPolicy::LEEWAY),
    }));
    if grants.is_token_revoked(&jti).await.map_err(|error| Failure::store(&error, language))? {
        judged.check(Question::Standing, "not revoked", &jti, Some(Fault::Revoked));
        return Ok(());
    }
    stored::standing(judged, family.as_deref(), &client_id, (stores, context)).await
}
