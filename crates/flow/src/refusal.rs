//! Why a rule said no: one variant per reason, and three tables that turn it into the wire.

use protocol::ErrorCode;

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
    /// No bearer token where one is needed.
    BearerMissing,
    /// The access token is malformed, expired, revoked or not for this server.
    BearerRejected,
    /// A client assertion is forged, foreign, expired or for another server. Source: RFC 7523 §3.
    ClientAssertionRejected,
    /// A client assertion was spent before.
    ClientAssertionReplayed,
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
    BearerMisplaced,
    ActorTokenUnsupported,
    BearerMissing,
    BearerRejected,
    ClientAssertionRejected,
    ClientAssertionReplayed,
    ClientAuthMixed,
    ClientAuthMethodMismatch,
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
    LoginRequired,
    MaxAgeMalformed,
    MalformedRequest,
    NonceTooLong,
    ParameterMissing,
    ParameterRepeated,
    PromptUnknown,
    PromptContradictory,
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
    ResponseModeUnsupported,
    ResponseTypeMissing,
    ResponseTypeUnsupported,
    ScopeNotAllowed,
    ScopeMalformed,
    ScopeInsufficient,
    ScopeWidened,
    SessionEnded,
    StateTooLong,
    SubjectTokenRejected,
    TokenTypeUnsupported,
    UserDisabled,
);

impl Refusal {
    /// The registered error code. Source: RFC 6749 §4.1.2.1, §5.2; RFC 6750 §3.1; RFC 8628 §3.5; OpenID Core §3.1.2.6.
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::AccessDenied => ErrorCode::AccessDenied,
            Self::BearerMissing | Self::BearerRejected => ErrorCode::InvalidToken,
            Self::BearerMisplaced
            Self::ActorTokenUnsupported
            | Self::ClientAuthMixed
            | Self::ClientIdMissing
            | Self::CodeChallengeMalformed
            | Self::CodeChallengeMethodUnsupported
            | Self::CodeChallengeMissing
            | Self::MaxAgeMalformed
            | Self::MalformedRequest
            | Self::NonceTooLong
            | Self::ParameterMissing
            | Self::ParameterRepeated
            | Self::PromptContradictory
            | Self::PromptUnknown
            | Self::RedirectUriMissing
            | Self::RedirectUriUnregistered
            | Self::ResponseModeUnsupported
            | Self::ResponseTypeMissing
            | Self::StateTooLong => ErrorCode::InvalidRequest,
            Self::ClientAssertionRejected
            | Self::ClientAssertionReplayed
            | Self::ClientAuthMethodMismatch
            | Self::ClientRejected => ErrorCode::InvalidClient,
            | Self::StateTooLong
            | Self::SubjectTokenRejected
            | Self::TokenTypeUnsupported => ErrorCode::InvalidRequest,
            Self::ExchangeTargetRefused => ErrorCode::InvalidTarget,
            Self::ClientAuthMethodMismatch | Self::ClientRejected => ErrorCode::InvalidClient,
            Self::ClientDisabled | Self::ClientUnknown | Self::GrantTypeNotAllowed => ErrorCode::UnauthorizedClient,
            Self::CodeExpired
            | Self::CodeForeign
            | Self::CodeReplayed
            | Self::CodeUnknown
            | Self::CodeVerifierMismatch
            | Self::CodeVerifierMissing
            | Self::CodeVerifierUnexpected
            | Self::ConsentMissing
            | Self::DeviceCodeForeign
            | Self::DeviceCodeReplayed
            | Self::DeviceCodeUnknown
            | Self::EpochChanged
            | Self::FamilyExpired
            | Self::FamilyRevoked
            | Self::RedirectUriChanged
            | Self::RefreshExpired
            | Self::RefreshForeign
            | Self::RefreshReused
            | Self::RefreshUnknown
            | Self::SessionEnded
            | Self::UserDisabled => ErrorCode::InvalidGrant,
            Self::ConsentRequired => ErrorCode::ConsentRequired,
            Self::DeviceCodeExpired => ErrorCode::ExpiredToken,
            Self::DevicePending => ErrorCode::AuthorizationPending,
            Self::DevicePolledTooSoon => ErrorCode::SlowDown,
            Self::GrantTypeUnknown => ErrorCode::UnsupportedGrantType,
            Self::LoginRequired => ErrorCode::LoginRequired,
            Self::RegistrationUnsupported => ErrorCode::RegistrationNotSupported,
            Self::RequestObjectUnsupported => ErrorCode::RequestNotSupported,
            Self::RequestUriUnsupported => ErrorCode::RequestUriNotSupported,
            Self::ResponseTypeUnsupported => ErrorCode::UnsupportedResponseType,
            Self::ScopeInsufficient => ErrorCode::InsufficientScope,
            Self::ScopeMalformed | Self::ScopeNotAllowed | Self::ScopeWidened => ErrorCode::InvalidScope,
        }
    }

    /// The HTTP status where the answer is not a redirect. Source: RFC 6749 §5.2, RFC 6750 §3.1.
    pub const fn status(self) -> u16 {
        match self.code() {
            ErrorCode::InvalidClient | ErrorCode::InvalidToken => 401,
            ErrorCode::InsufficientScope => 403,
            ErrorCode::ServerError => 500,
            ErrorCode::TemporarilyUnavailable => 503,
            ErrorCode::AccessDenied
            | ErrorCode::AccountSelectionRequired
            | ErrorCode::AuthorizationPending
            | ErrorCode::ConsentRequired
            | ErrorCode::ExpiredToken
            | ErrorCode::InteractionRequired
            | ErrorCode::InvalidGrant
            | ErrorCode::InvalidRequest
            | ErrorCode::InvalidScope
            | ErrorCode::InvalidTarget
            | ErrorCode::LoginRequired
            | ErrorCode::RegistrationNotSupported
            | ErrorCode::RequestNotSupported
            | ErrorCode::RequestUriNotSupported
            | ErrorCode::SlowDown
            | ErrorCode::UnauthorizedClient
            | ErrorCode::UnsupportedGrantType
            | ErrorCode::UnsupportedResponseType => 400,
        }
    }

    /// The value of `error_description`: fixed text that tells the developer what to do.
    ///
    /// Refusals that would tell a thief something share their text: an unknown, foreign or replayed code or token all
    /// look alike, and so do a wrong secret and an unknown client.
    pub const fn description(self) -> &'static str {
        match self {
            Self::AccessDenied => "the person refused the request",
            Self::BearerMisplaced => {
                "the access token belongs in the Authorization header or in the form, in one place"
            }
            Self::ActorTokenUnsupported => "actor_token is not supported; the client itself is the actor",
            Self::BearerMissing => "an access token is needed in the Authorization header",
            Self::BearerRejected => "the access token is expired, revoked, malformed or meant for another server",
            Self::ClientAuthMixed => "client credentials were given in more than one way; use one",
            Self::ClientAssertionRejected
            | Self::ClientAssertionReplayed
            | Self::ClientAuthMethodMismatch
            | Self::ClientRejected => {
                "client authentication failed; check the id, the secret or assertion and the registered method"
            }
            Self::ClientDisabled => "the client is disabled",
            Self::ClientIdMissing => "client_id is missing",
            Self::ClientUnknown => "no client has this client_id",
            Self::CodeChallengeMalformed => "code_challenge must be 43 characters of base64url",
            Self::CodeChallengeMethodUnsupported => "code_challenge_method must be S256",
            Self::CodeChallengeMissing => "code_challenge is missing; this client must use PKCE with S256",
            Self::CodeExpired | Self::CodeForeign | Self::CodeReplayed | Self::CodeUnknown => {
                "the authorization code is unknown, expired, spent or issued to another client"
            }
            Self::CodeVerifierMismatch => "code_verifier does not fit the code_challenge of the authorization request",
            Self::CodeVerifierMissing => "code_verifier is missing",
            Self::CodeVerifierUnexpected => {
                "code_verifier was sent but the authorization request had no code_challenge"
            }
            Self::ConsentMissing => "the consent was withdrawn",
            Self::ConsentRequired => "consent is needed and prompt=none forbids asking for it",
            Self::DeviceCodeExpired => "the device code has expired; begin again",
            Self::DeviceCodeForeign | Self::DeviceCodeReplayed | Self::DeviceCodeUnknown => {
                "the device code is unknown, spent or issued to another client"
            }
            Self::DevicePending => "the person has not decided yet; go on polling",
            Self::DevicePolledTooSoon => "polled too soon; wait five seconds longer between polls from now on",
            Self::EpochChanged => "the credentials of the account have changed; sign in again",
            Self::ExchangeTargetRefused => "the client may not exchange a token for one to this target",
            Self::FamilyExpired | Self::RefreshExpired => "the refresh token has expired; sign in again",
            Self::FamilyRevoked | Self::RefreshForeign | Self::RefreshReused | Self::RefreshUnknown => {
                "the refresh token is unknown, spent, revoked or issued to another client"
            }
            Self::GrantTypeNotAllowed => "the client is not registered for this grant type",
            Self::GrantTypeUnknown => "the grant type is not supported",
            Self::LoginRequired => "a sign-in is needed and prompt=none forbids asking for it",
            Self::MaxAgeMalformed => "max_age must be a number of seconds",
            Self::MalformedRequest => "the request cannot be decoded; check its encoding, size and content type",
            Self::NonceTooLong => "nonce is longer than 2048 bytes",
            Self::ParameterMissing => "a required parameter is missing",
            Self::ParameterRepeated => "a parameter was sent more than once",
            Self::PromptContradictory => "prompt=none cannot stand beside another value",
            Self::PromptUnknown => "prompt has an unknown value",
            Self::RedirectUriChanged => "redirect_uri differs from the one of the authorization request",
            Self::RedirectUriMissing => "redirect_uri is missing",
            Self::RedirectUriUnregistered => "redirect_uri is not registered for this client",
            Self::RegistrationUnsupported => "the parameter registration is not supported",
            Self::RequestObjectUnsupported => "the parameter request is not supported",
            Self::RequestUriUnsupported => "the parameter request_uri is not supported",
            Self::ResponseModeUnsupported => "response_mode must be query",
            Self::ResponseTypeMissing => "response_type is missing",
            Self::ResponseTypeUnsupported => "response_type must be code",
            Self::ScopeNotAllowed => "the client may not ask for this scope",
            Self::ScopeMalformed => "scope breaks the grammar of RFC 6749 section 3.3",
            Self::ScopeInsufficient => "the access token lacks a scope that this call needs",
            Self::ScopeWidened => "scope asks for more than was granted",
            Self::SessionEnded => "the session has ended; sign in again",
            Self::StateTooLong => "state is longer than 2048 bytes",
            Self::SubjectTokenRejected => "the subject token is malformed, ended, revoked or not for this client",
            Self::TokenTypeUnsupported => "only access tokens are exchanged and issued",
            Self::UserDisabled => "the account is locked or disabled",
        }
    }

    /// Attaches what the rule expected and what came, for the log and for the admin; never for the wire.
    ///
    /// Shape: both are cut to 200 characters, so that no request decides how much is logged.
    pub fn because(self, expected: impl Into<String>, received: impl Into<String>) -> Refused {
        Refused { refusal: self, expected: cut(expected.into()), received: cut(received.into()) }
    }
}

/// The longest evidence, in characters.
const EVIDENCE: usize = 200;

fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(EVIDENCE) {
        text.truncate(end);
    }
    text
}

/// A [`Refusal`] with its evidence.
///
/// `expected` and `received` are for logs on the server's own side. They never hold a token, a code or a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: expected {expected:?}, received {received:?}", refusal.name())]
pub struct Refused {
    /// The reason.
    pub refusal: Refusal,
    /// What would have passed.
    pub expected: String,
    /// What came.
    pub received: String,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        refusal.because("", "")
    }
}

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod tests;
