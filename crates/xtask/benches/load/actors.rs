//! What one connection asks, again and again: fixed requests, requests about something drawn from a pool, chains.

use std::cell::RefCell;
use std::rc::Rc;

use crate::http::{Reply, parameter};

/// Codes or tokens that one row makes and another one spends.
pub type Pool = Rc<RefCell<Vec<String>>>;

/// What a reply meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The operation is complete.
    Done,
    /// It goes on with the next request.
    Partway,
    /// The server did not do it.
    Refused,
}

/// Asks on one connection.
pub trait Actor {
    /// Writes the next request; `false` where there is nothing left to ask.
    fn ask(&mut self, out: &mut Vec<u8>) -> bool;
    /// Hears the reply to it.
    fn hear(&mut self, reply: &Reply<'_>) -> Heard;
}

/// What a good reply is, and what it brings.
#[derive(Clone)]
pub struct Expected {
    pub status: &'static [u16],
    /// A text that a good reply holds, in its body or its head.
    pub holds: &'static str,
    /// Where what it brings goes.
    pub takes: Option<(Take, Pool)>,
}

/// What a reply brings.
#[derive(Clone, Copy)]
pub enum Take {
    AccessToken,
    Code,
    RefreshToken,
}

impl Take {
    /// Finds it in a reply.
    pub fn from(self, reply: &Reply<'_>) -> Option<String> {
        let found = match self {
            Self::AccessToken => reply.member("access_token"),
            Self::Code => parameter(reply.header("location")?, "code"),
            Self::RefreshToken => reply.member("refresh_token"),
        };
        found.map(str::to_owned)
    }
}

impl Expected {
    /// A 200 that holds `text`.
    pub fn ok(text: &'static str) -> Self {
        Self { status: &[200], holds: text, takes: None }
    }

    /// A redirect whose head holds `text`.
    pub fn redirect(text: &'static str) -> Self {
        Self { status: &[302, 303], holds: text, takes: None }
    }

    /// The redirect that carries a code, which goes into `pool`.
    pub fn code(pool: &Pool) -> Self {
        Self::redirect("").taking(Take::Code, pool)
    }

    /// The same, with what it brings put into `pool`.
    pub fn taking(self, take: Take, pool: &Pool) -> Self {
        Self { takes: Some((take, Rc::clone(pool))), ..self }
    }

    fn judge(&self, reply: &Reply<'_>) -> Heard {
        if !self.status.contains(&reply.status) {
            return Heard::Refused;
        }
        let is_held = std::str::from_utf8(reply.body).is_ok_and(|body| body.contains(self.holds));
        if !is_held && !reply.head.contains(self.holds) {
            return Heard::Refused;
        }
        let Some((take, pool)) = &self.takes else { return Heard::Done };
        let Some(taken) = take.from(reply) else { return Heard::Refused };
        pool.borrow_mut().push(taken);
        Heard::Done
    }
}

/// A request with a place for something that changes.
#[derive(Clone)]
pub struct Template {
    /// Request line and headers, without the length of the body and the empty line.
    pub head: String,
    /// `None` for a request without a body.
    pub body: Option<String>,
}

/// Stands where the changing text goes.
pub const HERE: &str = "\u{1}";

impl Template {
    /// Writes the request with `text` in its place.
    pub fn write(&self, text: &str, out: &mut Vec<u8>) {
        put(&self.head, text, out);
        if let Some(body) = &self.body {
            let places = body.matches(HERE).count();
            let length = body.len() - places * HERE.len() + places * text.len();
            out.extend_from_slice(format!("Content-Length: {length}\r\n\r\n").as_bytes());
            put(body, text, out);
        } else {
            out.extend_from_slice(b"\r\n");
        }
    }
}

impl Template {
    /// The request with `text` in its place for good.
    pub fn filled(&self, text: &str) -> Self {
        let fill = |pattern: &String| pattern.replace(HERE, text);
        Self { head: fill(&self.head), body: self.body.as_ref().map(fill) }
    }
}

fn put(pattern: &str, text: &str, out: &mut Vec<u8>) {
    let mut parts = pattern.split(HERE);
    out.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(part.as_bytes());
    }
}

/// The same request every time.
pub struct Repeat {
    request: Vec<u8>,
    expected: Expected,
}

impl Repeat {
    pub fn new(template: &Template, expected: Expected) -> Self {
        let mut request = Vec::new();
        template.write("", &mut request);
        Self { request, expected }
    }
}

impl Actor for Repeat {
    fn ask(&mut self, out: &mut Vec<u8>) -> bool {
        out.extend_from_slice(&self.request);
        true
    }

    fn hear(&mut self, reply: &Reply<'_>) -> Heard {
        self.expected.judge(reply)
    }
}

/// A request about something drawn from a pool, until the pool is empty.
pub struct Draw {
    pub template: Template,
    pub source: Pool,
    pub expected: Expected,
}

impl Actor for Draw {
    fn ask(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(text) = self.source.borrow_mut().pop() else { return false };
        self.template.write(&text, out);
        true
    }

    fn hear(&mut self, reply: &Reply<'_>) -> Heard {
        self.expected.judge(reply)
    }
}

/// Fills a pool of its own and spends it: a refresh token for the next one, or a code and then its tokens.
pub struct Pair {
    pub first: Option<Repeat>,
    pub then: Draw,
    is_spending: bool,
}

impl Pair {
    /// `first` makes what `then` draws.
    pub fn new(first: Repeat, then: Draw) -> Self {
        Self { first: Some(first), then, is_spending: false }
    }

    /// `then` makes what it draws next.
    pub fn chain(then: Draw) -> Self {
        Self { first: None, then, is_spending: false }
    }
}

impl Actor for Pair {
    fn ask(&mut self, out: &mut Vec<u8>) -> bool {
        self.is_spending = self.then.ask(out);
        self.is_spending || self.first.as_mut().is_some_and(|first| first.ask(out))
    }

    fn hear(&mut self, reply: &Reply<'_>) -> Heard {
        if self.is_spending {
            return self.then.hear(reply);
        }
        match self.first.as_mut().map(|first| first.hear(reply)) {
            Some(Heard::Done) => Heard::Partway,
            Some(Heard::Partway | Heard::Refused) | None => Heard::Refused,
        }
    }
}
