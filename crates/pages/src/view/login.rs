//! The sign-in page.

use minijinja::{Value, context};

use super::AppView;
use crate::render::{RenderError, Speech};

/// The sign-in page in one state.
#[derive(Clone, Debug, Default)]
pub struct LoginView {
    /// The form token.
    pub token: String,
    /// The interaction that waits for the sign-in.
    pub interaction: Option<String>,
    /// The path that begins the app's request anew, should the interaction expire meanwhile.
    pub start_again: Option<String>,
    /// The app behind the interaction.
    pub app: Option<AppView>,
    /// Whether the app asks a person to sign in again who is signed in already.
    pub is_again: bool,
    /// The code of the device that the person signs in for.
    pub user_code: Option<String>,
    /// What stands in the name field.
    pub username: String,
    /// Why the last attempt did not succeed.
    pub problem: Option<Problem>,
    /// Who is signed in here at the moment.
    pub account: Option<String>,
    /// Where the account above may go on without signing in.
    pub resume_href: Option<String>,
    /// The people of a development server.
    pub dev_people: Vec<DevPerson>,
}

/// Why an attempt to sign in did not succeed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Too many attempts; seconds until the next.
    Busy(u64),
    /// Fields were left empty.
    Empty {
        /// The name.
        username: bool,
        /// The password.
        password: bool,
    },
    /// The account is locked.
    Locked,
    /// Unknown name or wrong password; nobody is told which.
    Mismatch,
}

/// Somebody who can sign in on a development server, with the password that everybody may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevPerson {
    /// The name.
    pub username: String,
    /// The password.
    pub password: String,
}

impl LoginView {
    pub(super) fn title(&self, speech: &Speech<'_>) -> Result<String, RenderError> {
        let page = match &self.app {
            Some(_) if self.is_again => speech.say("login-title-again", &[])?,
            Some(app) => speech.say("login-title-client", &[("client", app.name().into())])?,
            None if self.user_code.is_some() => speech.say("login-title-device", &[])?,
            None => speech.say("login-title", &[])?,
        };
        match self.problem {
            Some(_) => speech.say("login-title-problem", &[("page", (&page).into())]),
            None => Ok(page),
        }
    }

    pub(super) fn context(&self, speech: &Speech<'_>) -> Result<Value, RenderError> {
        let lines = self.problem.map(|problem| problem.lines(speech)).transpose()?.unwrap_or_default();
        let described_by = |field: &str| {
            let line = lines.iter().find(|line| line.field == Some(field) || line.about == "match");
            line.map(|line| format!("problem-{}", line.about))
        };
        let focus = match (&self.problem, self.username.is_empty()) {
            (Some(_), _) => "problem",
            (None, true) => "username",
            (None, false) => "password",
        };
        let people = self.dev_people.iter();
        Ok(context! {
            token => &self.token,
            interaction => self.interaction.as_deref(),
            start_again => self.start_again.as_deref(),
            client => self.app.as_ref().map(AppView::context),
            user_code => self.user_code.as_deref(),
            is_again => self.is_again && self.app.is_some(),
            username => &self.username,
            username_problem => described_by("username"),
            password_problem => described_by("password"),
            problem => lines.iter().map(Line::context).collect::<Vec<_>>(),
            focus,
            account => self.account.as_deref(),
            resume_href => self.resume_href.as_deref(),
            dev_people => people.map(|person| context! { username => &person.username, password => &person.password }).collect::<Vec<_>>(),
        })
    }
}

/// One line of the summary of problems.
struct Line {
    about: &'static str,
    field: Option<&'static str>,
    text: String,
}

impl Line {
    fn context(&self) -> Value {
        context! { about => self.about, field => self.field, text => &self.text }
    }
}

impl Problem {
    fn lines(self, speech: &Speech<'_>) -> Result<Vec<Line>, RenderError> {
        let line = |about, field, text| Line { about, field, text };
        Ok(match self {
            Problem::Busy(seconds) => {
                vec![line("busy", None, speech.say("login-error-busy", &[("seconds", seconds.into())])?)]
            }
            Problem::Locked => {
                vec![line("locked", None, speech.say("login-error-locked", &[("brand", speech.brand().into())])?)]
            }
            Problem::Mismatch => vec![line("match", None, speech.say("login-error-mismatch", &[])?)],
            Problem::Empty { username, password } => {
                let mut lines = Vec::new();
                if username {
                    lines.push(line("username", Some("username"), speech.say("login-error-username", &[])?));
                }
                if password {
                    lines.push(line("password", Some("password"), speech.say("login-error-password", &[])?));
                }
                lines
            }
        })
    }
}
