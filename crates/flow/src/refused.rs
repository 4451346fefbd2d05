//! A refusal with its evidence.

use crate::refusal::Refusal;

impl Refusal {
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
