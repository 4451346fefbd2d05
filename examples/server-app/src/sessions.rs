//! Who is signed in here. A real app keeps this in its database and lets it expire.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use axum::http::header::{COOKIE, HeaderName, SET_COOKIE};
use openidconnect::CsrfToken;

use crate::provider::{Account, Attempt};

const COOKIE_NAME: &str = "server_app_session";

/// What a browser is doing here.
pub enum Session {
    /// It was sent to Lingpai and has not come back.
    SigningIn(Attempt),
    /// It has.
    SignedIn(Account),
}

/// The sessions of all browsers, by the value of their cookie.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<String, Session>>);

impl Sessions {
    /// Begins a session and answers its `Set-Cookie` header. Over https, add `Secure` and call it `__Host-…`.
    pub fn open(&self, session: Session) -> [(HeaderName, String); 1] {
        // 256 random bits; the type is made for `state`, but random is random.
        let id = CsrfToken::new_random_len(32).into_secret();
        let cookie = format!("{COOKIE_NAME}={id}; Path=/; HttpOnly; SameSite=Lax");
        self.lock().insert(id, session);
        [(SET_COOKIE, cookie)]
    }

    /// Who is signed in in the browser that sent a request.
    pub fn account(&self, headers: &HeaderMap) -> Option<Account> {
        match self.lock().get(cookie(headers)?)? {
            Session::SignedIn(account) => Some(account.clone()),
            Session::SigningIn(_) => None,
        }
    }

    /// Ends the session of a request and answers what it was.
    pub fn take(&self, headers: &HeaderMap) -> Option<Session> {
        self.lock().remove(cookie(headers)?)
    }

    /// Changes what is known of somebody who is signed in.
    pub fn update(&self, headers: &HeaderMap, account: Account) {
        if let Some(id) = cookie(headers)
            && let Some(session) = self.lock().get_mut(id)
        {
            *session = Session::SignedIn(account);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get(COOKIE)?.to_str().ok()?;
    all.split("; ").find_map(|one| one.strip_prefix(COOKIE_NAME)?.strip_prefix('='))
}
