//! The life of a signing key, as a pure function of rows and time.

use std::time::Duration;

use protocol::{alg::Alg, time::Timestamp};

/// Where a signing key stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyState {
    /// Signs, and is published. One per algorithm.
    Active,
    /// Published, so that caches know it before it signs.
    Announced,
    /// Published until its last token has expired; its private key is already deleted.
    Retired,
    /// Not published; the row remains as a record.
    Gone,
}

impl KeyState {
    /// The word in the database and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Announced => "announced",
            Self::Retired => "retired",
            Self::Gone => "gone",
        }
    }

    /// The state that `word` names.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Announced, Self::Retired, Self::Gone].into_iter().find(|state| state.as_str() == word)
    }
}

/// A signing key without its material, for people and for decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySummary {
    /// The RFC 7638 thumbprint.
    pub kid: String,
    /// The algorithm that it signs with.
    pub alg: Alg,
    /// Where it stands.
    pub state: KeyState,
    /// When it was generated.
    pub created_at: Timestamp,
    /// When it is to sign, or began to.
    pub activates_at: Timestamp,
    /// When it began to sign.
    pub active_at: Option<Timestamp>,
    /// When it ceased to sign.
    pub retired_at: Option<Timestamp>,
    /// When it left the key set.
    pub gone_at: Option<Timestamp>,
}

/// One step of one key: done only if the row still stands at `from`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Transition {
    pub(crate) kid: String,
    pub(crate) from: KeyState,
    pub(crate) to: KeyState,
}

/// What is due at `now`: the newest due key of an algorithm takes over, the one before retires, old ones go.
///
/// Every node that sees the same rows at the same time comes to the same list. An algorithm that has an active key
/// before has exactly one after.
pub(crate) fn due(keys: &[KeySummary], now: Timestamp, keep_retired_for: Duration) -> Vec<Transition> {
    let mut steps = Vec::new();
    for key in keys {
        let to = match key.state {
            KeyState::Active if successor(keys, key.alg, now) != Some(key.kid.as_str()) => KeyState::Retired,
            KeyState::Announced if key.activates_at <= now => {
                // Of two keys that are due the older one never signed, so nothing is lost with it.
                if successor(keys, key.alg, now) == Some(key.kid.as_str()) { KeyState::Active } else { KeyState::Gone }
            }
            KeyState::Retired if key.retired_at.is_some_and(|at| at.plus(keep_retired_for) <= now) => KeyState::Gone,
            KeyState::Active | KeyState::Announced | KeyState::Retired | KeyState::Gone => continue,
        };
        steps.push(Transition { kid: key.kid.clone(), from: key.state, to });
    }
    steps
}

/// The key that signs with `alg` at `now`: the newest that is due, else the newest that is active.
fn successor(keys: &[KeySummary], alg: Alg, now: Timestamp) -> Option<&str> {
    let of = |state: KeyState| keys.iter().filter(move |key| key.alg == alg && key.state == state);
    let newest = |a: &&KeySummary, b: &&KeySummary| (a.activates_at, &a.kid).cmp(&(b.activates_at, &b.kid));
    of(KeyState::Announced)
        .filter(|key| key.activates_at <= now)
        .max_by(newest)
        .or_else(|| of(KeyState::Active).max_by(newest))
        .map(|key| key.kid.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};

    use super::*;

    const KEEP: Duration = Duration::from_secs(100);

    fn key(kid: &str, state: KeyState, at: i64) -> KeySummary {
        let at = Timestamp::from_secs(at);
        KeySummary {
            kid: kid.to_owned(),
            alg: Alg::Es256,
            state,
            created_at: at,
            activates_at: at,
            active_at: None,
            retired_at: Some(at),
            gone_at: None,
        }
    }

    fn due_at(keys: &[KeySummary], now: i64) -> Vec<(String, KeyState)> {
        due(keys, Timestamp::from_secs(now), KEEP).into_iter().map(|step| (step.kid, step.to)).collect()
    }

    #[test]
    fn an_announced_key_waits_for_its_time_to_the_second() {
        let keys = [key("old", KeyState::Active, 0), key("new", KeyState::Announced, 50)];

        assert_eq!(due_at(&keys, 49), vec![]);
        assert_eq!(due_at(&keys, 50), vec![("old".into(), KeyState::Retired), ("new".into(), KeyState::Active)]);
    }

    #[test]
    fn a_retired_key_goes_after_its_time_only() {
        let keys = [key("old", KeyState::Retired, 0), key("new", KeyState::Active, 0)];

        assert_eq!(due_at(&keys, 99), vec![]);
        assert_eq!(due_at(&keys, 100), vec![("old".into(), KeyState::Gone)]);
    }

    #[test]
    fn of_two_due_keys_the_newer_signs_and_the_older_goes() {
        let keys = [
            key("a", KeyState::Announced, 10),
            key("b", KeyState::Announced, 20),
            key("c", KeyState::Announced, 90),
            key("old", KeyState::Active, 0),
        ];

        let expected =
            vec![("a".into(), KeyState::Gone), ("b".into(), KeyState::Active), ("old".into(), KeyState::Retired)];
        assert_eq!(due_at(&keys, 50), expected);
    }

    #[test]
    fn two_active_keys_of_one_algorithm_are_mended() {
        let keys = [key("a", KeyState::Active, 10), key("b", KeyState::Active, 20)];

        assert_eq!(due_at(&keys, 30), vec![("a".into(), KeyState::Retired)]);
    }

    #[test]
    fn the_word_of_a_state_reads_back() {
        for state in [KeyState::Active, KeyState::Announced, KeyState::Retired, KeyState::Gone] {
            assert_eq!(KeyState::parse(state.as_str()), Some(state));
        }
        assert_eq!(KeyState::parse("Active"), None);
    }

    fn any_keys() -> impl Strategy<Value = Vec<KeySummary>> {
        let state = prop_oneof![
            Just(KeyState::Active),
            Just(KeyState::Announced),
            Just(KeyState::Retired),
            Just(KeyState::Gone)
        ];
        vec((state, 0_i64..200, proptest::bool::ANY), 0..8).prop_map(|list| {
            list.into_iter()
                .enumerate()
                .map(|(index, (state, at, is_rsa))| {
                    let alg = if is_rsa { Alg::Rs256 } else { Alg::Es256 };
                    KeySummary { alg, ..key(&format!("k{index}"), state, at) }
                })
                .collect()
        })
    }

    fn apply(keys: &mut [KeySummary], steps: &[Transition], now: Timestamp) {
        for step in steps {
            for key in keys.iter_mut().filter(|key| key.kid == step.kid && key.state == step.from) {
                key.state = step.to;
                key.retired_at = (step.to == KeyState::Retired).then_some(now).or(key.retired_at);
            }
        }
    }

    proptest! {
        #[test]
        fn one_active_key_per_algorithm_stays_and_nothing_is_due_twice(mut keys in any_keys(), now in 0_i64..300) {
            let now = Timestamp::from_secs(now);
            let had = |keys: &[KeySummary], alg| {
                keys.iter().filter(|key| key.alg == alg && key.state == KeyState::Active).count()
            };
            let before = [had(&keys, Alg::Rs256), had(&keys, Alg::Es256)];

            let steps = due(&keys, now, KEEP);
            apply(&mut keys, &steps, now);

            for (alg, before) in [Alg::Rs256, Alg::Es256].into_iter().zip(before) {
                let after = had(&keys, alg);
                prop_assert!(after <= 1);
                prop_assert!(before == 0 || after == 1);
            }
            prop_assert_eq!(due(&keys, now, KEEP), vec![]);
        }
    }
}
