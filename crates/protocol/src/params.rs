//! Query and form parameters. RFC 6749 §3.1, §3.2 and appendix B.

use std::fmt;

use crate::percent;

/// Decoded parameters of a query or a form, in the order in which they came.
///
/// Shape: pairs of UTF-8 text without control characters. `Debug` shows names only, since values may be secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

/// Bounds on what [`Params::parse`] accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParamLimits {
    /// The most parameters. Default 200.
    pub parameters: usize,
    /// The most bytes of a decoded name or value. Default 8 KiB.
    pub value_bytes: usize,
}

impl Default for ParamLimits {
    fn default() -> Self {
        Self { parameters: 200, value_bytes: 8 * 1024 }
    }
}

/// Why bytes are not parameters. A `name` is what came before `=`, shortened; it is for our logs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParamsError {
    /// `%` without two hexadecimal digits.
    #[error("invalid percent escape")]
    BadPercent,
    /// NUL, another C0 control, or DEL.
    #[error("control character in parameter {name:?}")]
    ControlCharacter {
        /// The parameter.
        name: String,
    },
    /// Bytes that are not UTF-8 after decoding.
    #[error("parameters are not UTF-8")]
    NotUtf8,
    /// A name or value beyond [`ParamLimits::value_bytes`].
    #[error("parameter {name:?} is too long")]
    TooLong {
        /// The parameter.
        name: String,
    },
    /// More parameters than [`ParamLimits::parameters`].
    #[error("too many parameters")]
    TooMany,
}

impl ParamsError {
    /// Fixed text for `error_description`.
    pub const fn description(&self) -> &'static str {
        match self {
            Self::BadPercent => "The parameters hold an invalid percent escape.",
            Self::ControlCharacter { .. } => "A parameter holds a control character.",
            Self::NotUtf8 => "The parameters are not UTF-8.",
            Self::TooLong { .. } => "A parameter is too long.",
            Self::TooMany => "There are too many parameters.",
        }
    }
}

/// The parameter stands more than once.
///
/// Source: RFC 6749 §3.1 and §3.2 ("MUST NOT be included more than once").
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("parameter {name:?} is repeated")]
pub struct Repeated {
    /// The parameter.
    pub name: String,
}

/// Why a parameter that a request needs cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// The parameter is absent, or present without a value.
    #[error("parameter {name:?} is missing")]
    Missing {
        /// The parameter.
        name: String,
    },
    /// The parameter stands more than once.
    #[error("parameter {name:?} is repeated")]
    Repeated {
        /// The parameter.
        name: String,
    },
}

impl ParamError {
    /// The parameter that is missing or repeated.
    pub fn name(&self) -> &str {
        match self {
            Self::Missing { name } | Self::Repeated { name } => name,
        }
    }

    /// Fixed text for `error_description`.
    pub const fn description(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "A required parameter is missing.",
            Self::Repeated { .. } => Repeated::DESCRIPTION,
        }
    }
}

impl Repeated {
    /// Fixed text for `error_description`.
    pub const DESCRIPTION: &'static str = "A parameter is repeated.";
}

impl From<Repeated> for ParamError {
    fn from(Repeated { name }: Repeated) -> Self {
        Self::Repeated { name }
    }
}

impl Params {
    /// Decodes `application/x-www-form-urlencoded` bytes: `+` is a space, `%XX` a byte, the whole UTF-8.
    ///
    /// Strict where browsers are lenient: a broken escape, a byte that is not UTF-8 and a control character are refused
    /// and not repaired, so that no later reader can see another value than this one.
    /// Errors: [`ParamsError`], one variant per reason.
    /// Source: RFC 6749 appendix B.
    pub fn parse(raw: &[u8], limits: &ParamLimits) -> Result<Self, ParamsError> {
        let mut pairs = Vec::new();
        for pair in raw.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            if pairs.len() == limits.parameters {
                return Err(ParamsError::TooMany);
            }
            let mut parts = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(parts.next().unwrap_or_default())?;
            let value = decode(parts.next().unwrap_or_default())?;
            if name.len() > limits.value_bytes || value.len() > limits.value_bytes {
                return Err(ParamsError::TooLong { name: shortened(&name) });
            }
            if name.chars().chain(value.chars()).any(|c| c.is_ascii_control()) {
                return Err(ParamsError::ControlCharacter { name: shortened(&name) });
            }
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter that may stand once.
    ///
    /// Shape: `None` when absent or empty (RFC 6749 §3.1: "sent without a value MUST be treated as if … omitted").
    /// Errors: [`Repeated`] when it stands twice, even if one or both are empty, so that no reader can pick the other.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut values = self.values(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(Repeated { name: name.to_owned() });
        }
        Ok(first.filter(|value| !value.is_empty()))
    }

    /// The value of a parameter that must stand exactly once and not be empty.
    pub fn required(&self, name: &str) -> Result<&str, ParamError> {
        self.one(name)?.ok_or_else(|| ParamError::Missing { name: name.to_owned() })
    }

    /// Every value that is not empty, for parameters that may be repeated, such as `resource` (RFC 8707 §2).
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values(name).filter(|value| !value.is_empty())
    }

    /// The first name that stands more than once, leaving aside the names in `except`.
    pub fn first_repeated(&self, except: &[&str]) -> Option<&str> {
        let mut seen = std::collections::HashSet::with_capacity(self.0.len());
        self.0
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| !except.contains(name))
            .find(|name| !seen.insert(*name))
    }

    /// Name and value of every parameter, in order, empty ones too.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there is no parameter.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

fn decode(raw: &[u8]) -> Result<String, ParamsError> {
    let bytes = percent::decode_form(raw).ok_or(ParamsError::BadPercent)?;
    String::from_utf8(bytes).map_err(|_| ParamsError::NotUtf8)
}

/// A hostile name may be long; a log line needs only its beginning.
fn shortened(name: &str) -> String {
    name.chars().take(64).collect()
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Params")?;
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
#[path = "params_tests.rs"]
mod tests;
