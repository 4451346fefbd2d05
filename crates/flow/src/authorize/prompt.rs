//! `prompt`: which pages the client wants shown. Source: OpenID Core §3.1.2.1.

use std::collections::BTreeSet;

use protocol::AuthorizationRequest;

use super::RuleCase;
use crate::refusal::{Refusal, Refused};

/// One value of `prompt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Prompt {
    /// Ask for consent again.
    Consent,
    /// Ask for a sign-in again.
    Login,
    /// Show no page at all.
    None,
    /// Let the person choose another account: the sign-in page is shown.
    SelectAccount,
}

/// Reads the parameter; absent means an empty set.
pub(super) fn parse(request: &AuthorizationRequest) -> Result<BTreeSet<Prompt>, Refused> {
    request.prompt.as_deref().unwrap_or_default().split(' ').filter(|word| !word.is_empty()).map(word).collect()
}

fn word(word: &str) -> Result<Prompt, Refused> {
    match word {
        "consent" => Ok(Prompt::Consent),
        "login" => Ok(Prompt::Login),
        "none" => Ok(Prompt::None),
        "select_account" => Ok(Prompt::SelectAccount),
        // Initiating User Registration lets a server that does not list `create` refuse it, and we list what we do:
        // a person who is to be registered must not be shown a sign-in page instead.
        other => Err(Refusal::PromptUnknown.because("none login consent select_account", other)),
    }
}

pub(super) fn check(case: &RuleCase<'_>) -> Result<(), Refused> {
    let prompts = parse(case.request)?;
    // OpenID Core §3.1.2.1: none with any other value is an error.
    if prompts.contains(&Prompt::None) && prompts.len() > 1 {
        return Err(Refusal::PromptContradictory.because("none alone", case.request.prompt.clone().unwrap_or_default()));
    }
    Ok(())
}
