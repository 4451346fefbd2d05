//! Signing in with a password.

use flow::authorize::ACR_ONE_FACTOR;
use grant_store::NewSession;
use platform::secret::Secret;
use user_store::{PasswordCheck, UserStatus};

use crate::{SignIn, SignInError, SignedIn};

/// `amr` of a password. Source: RFC 8176 §2.
const AMR_PASSWORD: &str = "pwd";

/// A login and a password, and where they came from.
#[derive(Clone, Debug)]
pub struct PasswordAttempt {
    /// User name, e-mail address or phone number, as typed.
    pub login: String,
    /// The password, as typed.
    pub password: Secret,
    /// The client's address, for the list of sessions.
    pub address: String,
    /// What the browser says it is, for the list of sessions.
    pub user_agent: String,
    /// The session cookie that came with the request, if any.
    pub replaces: Option<String>,
}

impl SignIn {
    /// Signs somebody in with a password.
    ///
    /// Effects: opens a session with a secret of its own and ends the one that the browser held before, both in one
    /// transaction and before the answer, so that a session id that somebody planted in the browser is worth nothing
    /// after the sign-in. On every error nothing is opened and nothing ends.
    /// Errors: [`SignInError::Mismatch`] in the same time and with the same words whether the login exists or not;
    /// [`SignInError::Locked`] only after the right password.
    /// Source: OWASP Session Management Cheat Sheet (session fixation), OWASP Authentication Cheat Sheet (enumeration).
    pub async fn with_password(&self, attempt: PasswordAttempt) -> Result<SignedIn, SignInError> {
        let PasswordCheck::Match(user) = self.users.verify_password(&attempt.login, attempt.password).await? else {
            return Err(SignInError::Mismatch);
        };
        match user.status {
            UserStatus::Enabled => {}
            UserStatus::Disabled | UserStatus::Locked { .. } => return Err(SignInError::Locked),
        }
        let new = NewSession {
            user_id: user.id.clone(),
            // The epoch that stood beside the password: if it was raised since (password changed, user disabled), the
            // session is void from its beginning.
            epoch: user.epoch,
            acr: ACR_ONE_FACTOR.to_owned(),
            amr: vec![AMR_PASSWORD.to_owned()],
            address: attempt.address,
            user_agent: attempt.user_agent,
        };
        let (session, cookie) = self.grants.open_session(new, attempt.replaces.as_deref()).await?;
        tracing::info!(user.id = %user.id, session.id = %session.id, "signed in with a password");
        Ok(SignedIn { user: *user, session, cookie })
    }
}

#[cfg(test)]
mod tests;
