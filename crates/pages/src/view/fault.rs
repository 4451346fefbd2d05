//! The page for a fault: a sentence for the person, folded details for the developer, a reference for both.

use minijinja::{Value, context};
use web::{Fault, FaultKind};

use crate::render::{RenderError, Speech};

/// The page for a fault.
#[derive(Clone, Debug)]
pub struct FaultView {
    /// What happened.
    pub fault: Fault,
    /// The same page again, where asking again can help: a path of ours.
    pub try_again: Option<String>,
}

impl FaultView {
    pub(super) fn title(&self, speech: &Speech<'_>) -> Result<String, RenderError> {
        self.sentence("title", speech)
    }

    pub(super) fn context(&self, speech: &Speech<'_>) -> Result<Value, RenderError> {
        let detail = self.fault.detail.as_ref();
        let can_try_again = match self.fault.kind {
            FaultKind::Internal | FaultKind::TooMany | FaultKind::Unavailable => true,
            FaultKind::BadRequest
            | FaultKind::Expired
            | FaultKind::FaultyApp
            | FaultKind::Forbidden
            | FaultKind::ForeignHost
            | FaultKind::MethodNotAllowed
            | FaultKind::NotFound
            | FaultKind::TooLarge
            | FaultKind::UnsupportedMediaType => false,
        };
        Ok(context! {
            heading => self.sentence("heading", speech)?,
            body => self.body(speech)?,
            is_expired => self.fault.kind == FaultKind::Expired,
            wait_seconds => self.fault.retry_after_seconds(),
            start_again => self.fault.start_again.as_deref(),
            try_again => self.try_again.as_deref().filter(|_| can_try_again),
            // At a foreign host "/" would lead to the same refusal; after a faulty app it would lead nowhere useful.
            leads_home => !matches!(self.fault.kind, FaultKind::ForeignHost | FaultKind::FaultyApp),
            reference => &self.fault.reference,
            status => self.fault.status.as_u16(),
            detail => detail.map(|detail| context! {
                error => detail.error, description => detail.description, parameter => detail.parameter,
            }),
        })
    }

    fn body(&self, speech: &Speech<'_>) -> Result<String, RenderError> {
        if self.fault.kind == FaultKind::Expired && self.fault.start_again.is_none() {
            return speech.say("fault-expired-away", &[]);
        }
        self.sentence("body", speech)
    }

    fn sentence(&self, part: &str, speech: &Speech<'_>) -> Result<String, RenderError> {
        let key = format!("fault-{}-{part}", self.fault.kind.name());
        speech.say(&key, &[("brand", speech.brand().into())])
    }
}
