//! Why a rule said no: one variant per reason, and three tables that turn it into the wire.

pub use crate::refused::Refused;

/// A rule said no.
///
/// Each variant is one reason; [`Refusal::code`], [`Refusal::status`] and [`Refusal::description`] say how it looks on
/// the wire. Descriptions are fixed ASCII without quotes or backslashes (RFC 6749 §5.2) and never echo the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The person pressed "refuse".
    AccessDenied,
    /// A bearer token in the query, or in two places. Source: RFC 6750 §2.
    BearerMisplaced,
    /// An actor token where the client itself is the actor. Source: RFC 8693 §2.1.
    ActorTokenUnsupported,
    /// No sign-in here has an `acr` that the client insists on.
    AcrUnmet,
    /// No bearer token where one is needed.
    BearerMissing,
    /// The access token is malformed, expired, revoked or not for this server.
    BearerRejected,
    /// A client assertion is forged, foreign, expired or for another server. Source: RFC 7523 §3.
    ClientAssertionRejected,
    /// A client assertion was spent before.
    ClientAssertionReplayed,
    /// `claims` is not what OpenID Core §5.5 describes.
    ClaimsMalformed,
    /// The token endpoint was given client credentials in two ways.
    ClientAuthMixed,
    /// The client used a method that it is not registered for.
    ClientAuthMethodMismatch,
    /// The client is disabled.
    ClientDisabled,
    /// No client id where one is needed.
    ClientIdMissing,
    /// The credentials of the client are wrong, or there is no such client.
    ClientRejected,
    /// The client id of the authorization request names nobody.
    ClientUnknown,
    /// `code_challenge` is not 43 characters of base64url.
    CodeChallengeMalformed,
    /// A challenge method other than S256, or the implied `plain`.
    CodeChallengeMethodUnsupported,
    /// The client must use PKCE and sent no challenge.
    CodeChallengeMissing,
    /// The code has expired.
    CodeExpired,
    /// The code was issued to another client.
    CodeForeign,
    /// The code was redeemed before.
    CodeReplayed,
    /// No such code, or its secret is wrong.
    CodeUnknown,
    /// The challenge of the code and the verifier differ.
    CodeVerifierMismatch,
    /// The code has a challenge and no verifier came.
    CodeVerifierMissing,
    /// A verifier came for a code without a challenge.
    CodeVerifierUnexpected,
    /// Consent is missing or was withdrawn.
    ConsentMissing,
    /// Consent is needed and the request forbids asking.
    ConsentRequired,
    /// The device code has expired.
    DeviceCodeExpired,
    /// The device code was issued to another client.
    DeviceCodeForeign,
    /// The device code was redeemed before.
    DeviceCodeReplayed,
    /// No such device code, or its secret is wrong.
    DeviceCodeUnknown,
    /// The person has not decided yet.
    DevicePending,
    /// The device polled before its pause was over.
    DevicePolledTooSoon,
    /// The credentials of the user changed since.
    EpochChanged,
    /// A token may not be exchanged for one to this target. Source: RFC 8693 §2.2.2.
    ExchangeTargetRefused,
    /// The family has ended by time.
    FamilyExpired,
    /// The family was revoked.
    FamilyRevoked,
    /// The client is not registered for this grant.
    GrantTypeNotAllowed,
    /// No such grant type here.
    GrantTypeUnknown,
    /// `id_token_hint` is no ID token of this issuer.
    IdTokenHintRejected,
    /// A sign-in is needed and the request forbids asking.
    LoginRequired,
    /// `max_age` is not a number of seconds.
    MaxAgeMalformed,
    /// The request cannot be decoded: encoding, size, content type.
    MalformedRequest,
    /// `nonce` is too long.
    NonceTooLong,
    /// A needed parameter is missing.
    ParameterMissing,
    /// A parameter came twice. Source: RFC 6749 §3.1.
    ParameterRepeated,
    /// An unknown prompt value.
    PromptUnknown,
    /// `prompt=none` beside another value.
    PromptContradictory,
    /// The redirect URI of the token request is not the one of the authorization request.
    RedirectUriChanged,
    /// Several redirect URIs are registered and none was named, or an OpenID request named none.
    RedirectUriMissing,
    /// The redirect URI is not registered.
    RedirectUriUnregistered,
    /// The refresh token has expired.
    RefreshExpired,
    /// The refresh token was issued to another client.
    RefreshForeign,
    /// The refresh token was spent before.
    RefreshReused,
    /// No such refresh token, or its secret is wrong.
    RefreshUnknown,
    /// `registration` is not supported here. Source: OpenID Core §7.2.1.
    RegistrationUnsupported,
    /// `request` is not supported here. Source: OpenID Core §6.
    RequestObjectUnsupported,
    /// `request_uri` is not supported here.
    RequestUriUnsupported,
    /// The client may not have its answer by this response mode.
    ResponseModeNotAllowed,
    /// An unknown response mode.
    ResponseModeUnsupported,
    /// No response type.
    ResponseTypeMissing,
    /// A response type other than `code`.
    ResponseTypeUnsupported,
    /// A scope that the client may not have, or that does not exist.
    ScopeNotAllowed,
    /// The scope parameter breaks the grammar.
    ScopeMalformed,
    /// The token lacks a scope.
    ScopeInsufficient,
    /// More scope than was granted.
    ScopeWidened,
    /// The session has ended.
    SessionEnded,
    /// `state` is too long.
    StateTooLong,
    /// The token to exchange is malformed, ended, revoked or not for this client. Source: RFC 8693 §2.2.2.
    SubjectTokenRejected,
    /// A token type that is not exchanged or issued here. Source: RFC 8693 §3.
    TokenTypeUnsupported,
    /// The request expects two different people.
    SubjectContradictory,
    /// Somebody else is signed in than the client expects.
    SubjectMismatch,
    /// `resource` names no API that is open to the client.
    TargetUnknown,
    /// `resource` names more than was granted.
    TargetWidened,
    /// The account is locked, disabled or gone.
    UserDisabled,
}

macro_rules! all {
    ($($variant:ident),+ $(,)?) => {
        impl Refusal {
            /// Every refusal, for documentation and for the tests that walk the tables.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The variant's name: what a log and `docs/errors.md` call it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),+ }
            }
        }
    };
}

all!(
    AccessDenied,
    AcrUnmet,
    ActorTokenUnsupported,
    BearerMisplaced,
    BearerMissing,
    BearerRejected,
    ClaimsMalformed,
    ClientAssertionRejected,
    ClientAssertionReplayed,
    ClientAuthMethodMismatch,
    ClientAuthMixed,
    ClientDisabled,
    ClientIdMissing,
    ClientRejected,
    ClientUnknown,
    CodeChallengeMalformed,
    CodeChallengeMethodUnsupported,
    CodeChallengeMissing,
    CodeExpired,
    CodeForeign,
    CodeReplayed,
    CodeUnknown,
    CodeVerifierMismatch,
    CodeVerifierMissing,
    CodeVerifierUnexpected,
    ConsentMissing,
    ConsentRequired,
    DeviceCodeExpired,
    DeviceCodeForeign,
    DeviceCodeReplayed,
    DeviceCodeUnknown,
    DevicePending,
    DevicePolledTooSoon,
    EpochChanged,
    ExchangeTargetRefused,
    FamilyExpired,
    FamilyRevoked,
    GrantTypeNotAllowed,
    GrantTypeUnknown,
    IdTokenHintRejected,
    LoginRequired,
    MalformedRequest,
    MaxAgeMalformed,
    NonceTooLong,
    ParameterMissing,
    ParameterRepeated,
    PromptContradictory,
    PromptUnknown,
    RedirectUriChanged,
    RedirectUriMissing,
    RedirectUriUnregistered,
    RefreshExpired,
    RefreshForeign,
    RefreshReused,
    RefreshUnknown,
    RegistrationUnsupported,
    RequestObjectUnsupported,
    RequestUriUnsupported,
    ResponseModeNotAllowed,
    ResponseModeUnsupported,
    ResponseTypeMissing,
    ResponseTypeUnsupported,
    ScopeInsufficient,
    ScopeMalformed,
    ScopeNotAllowed,
    ScopeWidened,
    SessionEnded,
    StateTooLong,
    SubjectContradictory,
    SubjectMismatch,
    SubjectTokenRejected,
    TargetUnknown,
    TargetWidened,
    TokenTypeUnsupported,
    UserDisabled,
);

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod tests;
