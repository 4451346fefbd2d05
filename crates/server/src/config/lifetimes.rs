//! `[lifetimes]`: how long codes, tokens and sessions live.

use flow::Policy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Check, Code, Period, text};

/// `[lifetimes]`, as written.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LifetimesSection {
    /// An authorization code, from the redirect to its exchange.
    #[schemars(example = Period::seconds(30))]
    pub code: Period,
    /// An access token. An API that checks tokens by itself honours one until it ends, whatever happened meanwhile.
    #[schemars(example = Period::minutes(5))]
    pub access_token: Period,
    /// An ID token.
    #[schemars(example = Period::minutes(5))]
    pub id_token: Period,
    /// A refresh token that is not used; each use begins it anew.
    #[schemars(example = Period::days(7))]
    pub refresh_idle: Period,
    /// Refresh tokens of one authorization, however often they are used.
    #[schemars(example = Period::days(180))]
    pub refresh_absolute: Period,
    /// How long a refresh token that was just spent is answered with its successor once more, for a client whose answer
    /// got lost. `0s` turns that off: then any second use revokes every token of the authorization.
    #[schemars(example = Period::seconds(0))]
    pub refresh_retry: Period,
    /// A session in which nothing happens.
    #[schemars(example = Period::hours(1))]
    pub session_idle: Period,
    /// A session, however much happens.
    #[schemars(example = Period::days(7))]
    pub session_absolute: Period,
    /// The time a person has for signing in and consenting.
    #[schemars(example = Period::minutes(15))]
    pub interaction: Period,
    /// The time a person has for typing the code of a device, and for deciding.
    #[schemars(example = Period::minutes(15))]
    pub device_code: Period,
}

impl Default for LifetimesSection {
    fn default() -> Self {
        let policy = Policy::default();
        Self {
            code: policy.code_ttl.into(),
            access_token: policy.access_token_ttl.into(),
            id_token: policy.id_token_ttl.into(),
            refresh_idle: policy.refresh_idle.into(),
            refresh_absolute: policy.refresh_absolute.into(),
            refresh_retry: policy.refresh_retry.into(),
            session_idle: policy.session_idle.into(),
            session_absolute: policy.session_absolute.into(),
            interaction: policy.interaction_ttl.into(),
            device_code: policy.device_code_ttl.into(),
        }
    }
}

/// An access token that lives longer is worth a second look.
const USUAL_ACCESS: Period = Period::hours(1);

impl LifetimesSection {
    /// As the rules take it.
    pub(super) fn policy(&self) -> Policy {
        Policy {
            code_ttl: self.code.duration(),
            access_token_ttl: self.access_token.duration(),
            id_token_ttl: self.id_token.duration(),
            refresh_idle: self.refresh_idle.duration(),
            refresh_absolute: self.refresh_absolute.duration(),
            refresh_retry: self.refresh_retry.duration(),
            session_idle: self.session_idle.duration(),
            session_absolute: self.session_absolute.duration(),
            interaction_ttl: self.interaction.duration(),
            device_code_ttl: self.device_code.duration(),
        }
    }

    pub(super) fn check(&self, check: &mut Check<'_>) -> Policy {
        // RFC 6749 §4.1.2: a code lives ten minutes at most.
        within(check, "code", self.code, (Period::seconds(5), Period::minutes(10)));
        within(check, "access_token", self.access_token, (Period::seconds(30), Period::days(1)));
        within(check, "id_token", self.id_token, (Period::seconds(30), Period::days(1)));
        within(check, "refresh_idle", self.refresh_idle, (Period::minutes(1), Period::days(3650)));
        within(check, "refresh_absolute", self.refresh_absolute, (Period::minutes(1), Period::days(3650)));
        // A thief who copied the token has as long as this to go unnoticed.
        within(check, "refresh_retry", self.refresh_retry, (Period::seconds(0), Period::minutes(1)));
        within(check, "session_idle", self.session_idle, (Period::minutes(1), Period::days(3650)));
        within(check, "session_absolute", self.session_absolute, (Period::minutes(1), Period::days(3650)));
        within(check, "interaction", self.interaction, (Period::minutes(1), Period::days(1)));
        // RFC 8628 §5.1: a user code is short, so it must not live long.
        within(check, "device_code", self.device_code, (Period::minutes(1), Period::minutes(30)));
        nested(check, ("access_token", self.access_token), ("refresh_idle", self.refresh_idle));
        nested(check, ("refresh_idle", self.refresh_idle), ("refresh_absolute", self.refresh_absolute));
        nested(check, ("session_idle", self.session_idle), ("session_absolute", self.session_absolute));
        if self.access_token > USUAL_ACCESS {
            let label =
                text!("an API honours it that long after it was revoked", "撤销之后，API 仍会在这段时间内接受它");
            let help = text!(
                "use at most \"{USUAL_ACCESS}\"; clients refresh by themselves",
                "建议不超过 \"{USUAL_ACCESS}\"；客户端会自行刷新"
            );
            check.note(Code::LifetimeUnusual, "lifetimes.access_token", label, help);
        }
        self.policy()
    }
}

fn within(check: &mut Check<'_>, key: &str, value: Period, (least, most): (Period, Period)) {
    if value < least || value > most {
        let label = text!("expected \"{least}\" to \"{most}\"", "应在 \"{least}\" 到 \"{most}\" 之间");
        check.note(Code::OutOfRange, &format!("lifetimes.{key}"), label, super::Text::default());
    }
}

/// What is inside ends no later than what contains it.
fn nested(check: &mut Check<'_>, (inner, short): (&str, Period), (outer, long): (&str, Period)) {
    if short <= long {
        return;
    }
    let outer_path = format!("lifetimes.{outer}");
    let inner_path = format!("lifetimes.{inner}");
    // Point at what somebody wrote; a default cannot be mended.
    let (path, at) = if check.is_set(&inner_path) {
        (inner_path, check.place(&outer_path).short_label())
    } else {
        (outer_path, None)
    };
    let at = at.map_or_else(|| text!("the default", "默认值"), |at| text!("{at}", "{at}"));
    let label = super::Text::new(
        format!("{inner} = \"{short}\" would outlive {outer} = \"{long}\" ({})", at.en),
        format!("{inner} = \"{short}\" 会比 {outer} = \"{long}\"（{}）更久", at.zh),
    );
    let help = text!("use at most \"{long}\" for {inner}, or raise {outer}", "{inner} 至多 \"{long}\"，或调高 {outer}");
    check.note(Code::LifetimeTooLong, &path, label, help);
}
