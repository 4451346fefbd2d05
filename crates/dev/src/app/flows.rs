//! The sign-ins that are under way or done, each bound to one browser's cookie; in memory, bounded, and forgotten.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::message::Message;

/// How many browsers are remembered; the least recently used one makes room.
const MOST_FLOWS: usize = 200;
/// How long a flow is remembered after its last use.
const FORGET_AFTER: Duration = Duration::from_mins(30);
/// How many messages of one flow are kept; older ones make room.
const MOST_MESSAGES: usize = 40;

/// What the app must remember between its request and the answer. Source: RFC 6749 §10.12, RFC 7636 §4.1.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) verifier: String,
    /// The authorization request, to go there again.
    pub(crate) url: String,
}

/// A code that has been redeemed, kept to show that it works once.
#[derive(Clone, Debug)]
pub(crate) struct SpentCode {
    pub(crate) code: String,
    pub(crate) verifier: String,
}

/// The tokens of one sign-in.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) id: Option<String>,
}

/// One browser's sign-in at the demo app.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flow {
    pub(crate) messages: Vec<Message>,
    /// How many messages were dropped to make room.
    pub(crate) dropped: usize,
    pub(crate) pending: Option<Pending>,
    pub(crate) spent: Option<SpentCode>,
    pub(crate) tokens: Option<Tokens>,
    /// The name of who signed in, for the panel.
    pub(crate) person: Option<String>,
    /// The number of the first message of the last thing that was done; what is older is shown folded.
    pub(crate) fresh_from: usize,
    /// The family is known to be revoked.
    pub(crate) is_revoked: bool,
}

impl Flow {
    /// Appends a message and answers its number.
    pub(crate) fn push(&mut self, mut message: Message) -> usize {
        let number = self.dropped + self.messages.len() + 1;
        message.number = number;
        self.messages.push(message);
        if self.messages.len() > MOST_MESSAGES {
            self.messages.remove(0);
            self.dropped += 1;
        }
        number
    }
}

impl Flow {
    /// Appends what came of a person's action, which folds what is older.
    pub(crate) fn push_action(&mut self, message: Message) -> usize {
        let number = self.push(message);
        self.fresh_from = number;
        number
    }
}

/// The flows of every browser.
#[derive(Debug, Default)]
pub(crate) struct Flows {
    known: Mutex<HashMap<String, Kept>>,
}

#[derive(Debug)]
struct Kept {
    flow: Flow,
    used: Instant,
}

impl Flows {
    /// Begins a flow for a browser, in the place of an older one.
    pub(crate) fn begin(&self, browser: &str, flow: Flow) {
        self.begin_at(browser, flow, Instant::now());
    }

    fn begin_at(&self, browser: &str, flow: Flow, now: Instant) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, kept| now.saturating_duration_since(kept.used) < FORGET_AFTER);
        if known.len() >= MOST_FLOWS && !known.contains_key(browser) {
            let oldest = known.iter().min_by_key(|(_, kept)| kept.used).map(|(key, _)| key.clone());
            known.remove(&oldest.unwrap_or_default());
        }
        known.insert(browser.to_owned(), Kept { flow, used: now });
    }

    /// The flow of a browser as it stands.
    pub(crate) fn find(&self, browser: &str) -> Option<Flow> {
        self.change(browser, |flow| flow.clone())
    }

    /// Changes the flow of a browser; `None` where it has none.
    pub(crate) fn change<T>(&self, browser: &str, change: impl FnOnce(&mut Flow) -> T) -> Option<T> {
        self.change_at(browser, Instant::now(), change)
    }

    fn change_at<T>(&self, browser: &str, now: Instant, change: impl FnOnce(&mut Flow) -> T) -> Option<T> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = known.get_mut(browser)?;
        if now.saturating_duration_since(kept.used) >= FORGET_AFTER {
            known.remove(browser);
            return None;
        }
        kept.used = now;
        Some(change(&mut kept.flow))
    }

    /// Forgets the flow of a browser and answers it.
    pub(crate) fn end(&self, browser: &str) -> Option<Flow> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(browser).map(|kept| kept.flow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::message::MessageKind;

    #[test]
    fn flows_are_bounded_and_the_least_used_makes_room() {
        let (flows, start) = (Flows::default(), Instant::now());
        for at in 0..MOST_FLOWS {
            flows.begin_at(&format!("b{at}"), Flow::default(), start + Duration::from_millis(at as u64));
        }
        let later = start + Duration::from_mins(1);
        assert!(flows.change_at("b0", later, |_| ()).is_some());
        flows.begin_at("new", Flow::default(), later);
        assert_eq!(flows.known.lock().unwrap().len(), MOST_FLOWS);
        assert!(flows.change_at("b0", later, |_| ()).is_some());
        assert!(flows.change_at("b1", later, |_| ()).is_none());
    }

    #[test]
    fn a_flow_is_forgotten_half_an_hour_after_its_last_use() {
        let (flows, start) = (Flows::default(), Instant::now());
        flows.begin_at("a", Flow::default(), start);
        let almost = start + FORGET_AFTER.saturating_sub(Duration::from_secs(1));
        assert!(flows.change_at("a", almost, |_| ()).is_some());
        assert!(flows.change_at("a", almost + FORGET_AFTER, |_| ()).is_none());
        assert!(flows.find("a").is_none());
    }

    #[test]
    fn messages_are_bounded_and_keep_their_numbers() {
        let mut flow = Flow::default();
        for _ in 0..MOST_MESSAGES + 5 {
            flow.push(Message::new(MessageKind::Read, "GET", "http://i"));
        }
        assert_eq!((flow.messages.len(), flow.dropped), (MOST_MESSAGES, 5));
        assert_eq!(flow.messages.first().map(|message| message.number), Some(6));
        assert_eq!(flow.messages.last().map(|message| message.number), Some(MOST_MESSAGES + 5));
    }

    #[test]
    fn an_ended_flow_is_gone() {
        let flows = Flows::default();
        flows.begin("a", Flow::default());
        assert!(flows.end("a").is_some());
        assert!(flows.end("a").is_none());
    }
}
