//! The pages of the device grant: the code, the question, the end.

use minijinja::{Value, context};

use super::{ScopeView, initial};
use crate::render::{RenderError, Speech};

/// Asks for the code that a device shows.
#[derive(Clone, Debug, Default)]
pub struct DeviceCodeView {
    /// The form token.
    pub token: String,
    /// What stands in the field.
    pub user_code: String,
    /// Why the last code did not lead on.
    pub problem: Option<DeviceProblem>,
}

/// Why a code did not lead on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceProblem {
    /// Too many wrong codes; seconds until the next.
    Busy(u64),
    /// The field was left empty.
    Empty,
    /// The code has ended.
    Expired,
    /// This is not a code.
    Malformed,
    /// Nobody was given this code, or it was used.
    Unknown,
}

impl DeviceCodeView {
    pub(super) fn title(&self, speech: &Speech<'_>) -> Result<String, RenderError> {
        speech.say(if self.problem.is_some() { "device-title-problem" } else { "device-title" }, &[])
    }

    pub(super) fn context(&self, speech: &Speech<'_>) -> Result<Value, RenderError> {
        let problem = self.problem.as_ref().map(|problem| problem.text(speech)).transpose()?;
        Ok(context! { token => &self.token, user_code => &self.user_code, problem })
    }
}

impl DeviceProblem {
    fn text(&self, speech: &Speech<'_>) -> Result<String, RenderError> {
        match self {
            Self::Busy(seconds) => speech.say("login-error-busy", &[("seconds", (*seconds).into())]),
            Self::Empty => speech.say("device-error-empty", &[]),
            Self::Expired => speech.say("device-error-expired", &[]),
            Self::Malformed => speech.say("device-error-malformed", &[]),
            Self::Unknown => speech.say("device-error-unknown", &[]),
        }
    }
}

/// Asks whether to let a device in.
#[derive(Clone, Debug)]
pub struct DeviceAskView {
    /// The form token, bound to the device, the account and the scopes.
    pub token: String,
    /// The app that asks, by name.
    pub app: String,
    /// The code to compare, in its written form.
    pub user_code: String,
    /// Who is asked.
    pub account: String,
    /// Where another account can sign in for this.
    pub switch_href: String,
    /// What is asked for, in the order of the request.
    pub asked: Vec<ScopeView>,
    /// The address block that the request came from.
    pub address: String,
    /// Whether that is this browser's own.
    pub is_nearby: bool,
    /// How long ago the device asked.
    pub minutes_ago: u64,
    /// When it asked: hours and minutes, UTC.
    pub asked_at: String,
}

impl DeviceAskView {
    pub(super) fn title(&self, speech: &Speech<'_>) -> Result<String, RenderError> {
        speech.say("device-ask-title", &[("client", (&self.app).into())])
    }

    pub(super) fn context(&self, speech: &Speech<'_>) -> Result<Value, RenderError> {
        let asked = self.asked.iter().map(|scope| scope.context(speech)).collect::<Result<Vec<_>, _>>()?;
        let when = [("minutes", self.minutes_ago.into()), ("time", (&self.asked_at).into())];
        Ok(context! {
            token => &self.token,
            client => &self.app,
            user_code => &self.user_code,
            account => &self.account,
            initial => initial(&self.account),
            switch_href => &self.switch_href,
            asked,
            address => &self.address,
            is_nearby => self.is_nearby,
            when => speech.say("device-when", &when)?,
        })
    }
}

/// Says what was decided, and that the person can go back to the device.
#[derive(Clone, Copy, Debug)]
pub struct DeviceDoneView {
    /// The device was let in.
    pub is_allowed: bool,
}

impl DeviceDoneView {
    pub(super) fn title(self, speech: &Speech<'_>) -> Result<String, RenderError> {
        speech.say(if self.is_allowed { "device-allowed-title" } else { "device-denied-title" }, &[])
    }

    pub(super) fn context(self) -> Value {
        context! { is_allowed => self.is_allowed }
    }
}
