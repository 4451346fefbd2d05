//! What a spent refresh token was exchanged for, kept on its row for the client whose answer got lost.
//!
//! Sealed under a key that is derived from the spent token itself: every node can repeat the answer to whoever presents
//! that token, and the database alone reveals nothing.

use flow::refresh::RefreshRequest;
use platform::digest::fingerprint;
use platform::seal::SealingKey;
use platform::secret::Secret;
use zeroize::Zeroizing;

const PURPOSE: &str = "refresh reply";

/// Seals and opens the reply of one refresh token.
pub(super) struct Sealer {
    key: SealingKey,
    /// The row's identity, as associated data.
    selector: String,
    /// Which request this is, without what it says.
    request: String,
}

/// The answer that the first use of a token got.
pub(super) struct Reply {
    /// The refresh token in it.
    pub(super) successor: Secret,
    /// The request that is being judged says what the first one said.
    pub(super) is_same_request: bool,
}

impl Sealer {
    pub(super) fn new(presented: &str, selector: &str, request: &RefreshRequest) -> Self {
        Self {
            key: SealingKey::from_presented(presented, PURPOSE),
            selector: selector.to_owned(),
            request: fingerprint(request.wording().as_bytes()),
        }
    }

    pub(super) fn seal(&self, successor: &Secret) -> String {
        let plain = Zeroizing::new(format!("{} {}", self.request, successor.expose()));
        self.key.seal(&self.selector, plain.as_bytes())
    }

    /// Opens what [`Sealer::seal`] made for this token; none for anything else.
    pub(super) fn open(&self, sealed: &str) -> Option<Reply> {
        let plain = self.key.open(&self.selector, sealed).ok()?;
        let (request, successor) = std::str::from_utf8(&plain).ok()?.split_once(' ')?;
        Some(Reply { successor: Secret::new(successor.to_owned()), is_same_request: request == self.request })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "rt_01jd00000000000000000000a0.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn sealer(presented: &str, selector: &str, scope: Option<&str>) -> Sealer {
        Sealer::new(presented, selector, &RefreshRequest { scope: scope.map(str::to_owned) })
    }

    #[test]
    fn the_spent_token_opens_its_reply_and_tells_another_request_apart() {
        let sealed = sealer(TOKEN, "a", None).seal(&Secret::new("rt_next".to_owned()));
        assert!(!sealed.contains("rt_next"));
        let same = sealer(TOKEN, "a", None).open(&sealed).unwrap();
        assert_eq!((same.successor.expose(), same.is_same_request), ("rt_next", true));
        let narrower = sealer(TOKEN, "a", Some("openid")).open(&sealed).unwrap();
        assert!(!narrower.is_same_request);
    }

    #[test]
    fn nothing_else_opens_it() {
        let sealed = sealer(TOKEN, "a", None).seal(&Secret::new("rt_next".to_owned()));
        assert!(sealer(&TOKEN.replace('A', "B"), "a", None).open(&sealed).is_none());
        assert!(sealer(TOKEN, "b", None).open(&sealed).is_none());
        assert!(sealer(TOKEN, "a", None).open("v1.AAAA").is_none());
        assert!(sealer(TOKEN, "a", None).open("").is_none());
    }
}
