//! How a refusal looks on the wire: three tables, one per column.

use protocol::ErrorCode;

use crate::refusal::Refusal;

impl Refusal {
    /// The registered error code. Source: RFC 6749 §4.1.2.1, §5.2; RFC 6750 §3.1; RFC 8628 §3.5; OpenID Core §3.1.2.6.
    #[allow(clippy::too_many_lines, reason = "a table: one line per reason")]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::AccessDenied => ErrorCode::AccessDenied,
            Self::AcrUnmet => ErrorCode::UnmetAuthenticationRequirements,
            Self::BearerMissing | Self::BearerRejected => ErrorCode::InvalidToken,
            Self::ActorTokenUnsupported
            | Self::BearerMisplaced
            | Self::ClaimsMalformed
            | Self::ClientAuthMixed
            | Self::ClientIdMissing
            | Self::CodeChallengeMalformed
            | Self::CodeChallengeMethodUnsupported
            | Self::CodeChallengeMissing
            | Self::IdTokenHintRejected
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
            | Self::StateTooLong
            | Self::SubjectContradictory
            | Self::SubjectTokenRejected
            | Self::TokenTypeUnsupported => ErrorCode::InvalidRequest,
            Self::ClientAssertionRejected
            | Self::ClientAssertionReplayed
            | Self::ClientAuthMethodMismatch
            | Self::ClientRejected => ErrorCode::InvalidClient,
            Self::ClientDisabled | Self::ClientUnknown | Self::GrantTypeNotAllowed | Self::ResponseModeNotAllowed => {
                ErrorCode::UnauthorizedClient
            }
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
            Self::LoginRequired | Self::SubjectMismatch => ErrorCode::LoginRequired,
            Self::RegistrationUnsupported => ErrorCode::RegistrationNotSupported,
            Self::RequestObjectUnsupported => ErrorCode::RequestNotSupported,
            Self::RequestUriUnsupported => ErrorCode::RequestUriNotSupported,
            Self::ResponseTypeUnsupported => ErrorCode::UnsupportedResponseType,
            Self::ScopeInsufficient => ErrorCode::InsufficientScope,
            Self::ScopeMalformed | Self::ScopeNotAllowed | Self::ScopeWidened => ErrorCode::InvalidScope,
            Self::ExchangeTargetRefused | Self::TargetUnknown | Self::TargetWidened => ErrorCode::InvalidTarget,
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
            | ErrorCode::UnmetAuthenticationRequirements
            | ErrorCode::UnsupportedGrantType
            | ErrorCode::UnsupportedResponseType => 400,
        }
    }

    /// The value of `error_description`: fixed text that tells the developer what to do.
    ///
    /// Refusals that would tell a thief something share their text: an unknown, foreign or replayed code or token all
    /// look alike, and so do a wrong secret and an unknown client.
    #[allow(clippy::too_many_lines, reason = "a table: one line per reason")]
    pub const fn description(self) -> &'static str {
        match self {
            Self::AccessDenied => "the person refused the request",
            Self::BearerMisplaced => {
                "the access token belongs in the Authorization header or in the form, in one place"
            }
            Self::ActorTokenUnsupported => "actor_token is not supported; the client itself is the actor",
            Self::AcrUnmet => "no sign-in here has an acr that the claims parameter insists on",
            Self::BearerMissing => "an access token is needed in the Authorization header",
            Self::BearerRejected => "the access token is expired, revoked, malformed or meant for another server",
            Self::ClaimsMalformed => "claims must be one JSON object as in OpenID Connect Core section 5.5",
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
            Self::IdTokenHintRejected => "id_token_hint must be an ID token of this issuer",
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
            Self::ResponseModeNotAllowed => "the client may not use this response mode",
            Self::ResponseModeUnsupported => "response_mode must be query, fragment or form_post",
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
            Self::SubjectContradictory => "id_token_hint and claims name different people",
            Self::SubjectMismatch => "another person is signed in than the request expects",
            Self::TargetUnknown => "resource must be the audience of an API that is open to this client",
            Self::TargetWidened => "resource names an API that was not granted",
            Self::UserDisabled => "the account is locked or disabled",
        }
    }
}
