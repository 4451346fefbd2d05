//! The generator: one thread, one event loop, one request in flight on each connection.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::actors::{Actor, Heard};
use crate::http::Reply;

/// How long replies may take after the window has ended.
const DRAIN: Duration = Duration::from_secs(20);
const READ_BYTES: usize = 64 * 1024;

/// Actors that share a pace, each on a connection of its own.
pub struct Group {
    pub actors: Vec<Box<dyn Actor>>,
    /// Time between two requests of the whole group; none asks as fast as the replies come.
    pub pace: Option<Duration>,
}

impl Group {
    /// As fast as the replies come.
    pub fn eager(actors: Vec<Box<dyn Actor>>) -> Self {
        Self { actors, pace: None }
    }
}

/// When to count.
#[derive(Clone, Copy)]
pub struct Times {
    pub warm_up: Duration,
    pub window: Duration,
}

/// What one group did inside the window.
#[derive(Default)]
pub struct Done {
    /// In nanoseconds, from the moment at which the operation was due.
    pub latencies: Vec<u64>,
    pub refused: u64,
    /// The first refusal, to be shown.
    pub complaint: Option<String>,
}

/// A window: what each group did, how long it really was, and what `meter` read at its two ends.
pub struct Window<M> {
    pub groups: Vec<Done>,
    pub took: Duration,
    pub meter: (M, M),
}

/// Lets the groups ask for one window.
pub fn drive<M>(
    address: SocketAddr,
    groups: &mut [Group],
    times: Times,
    meter: impl Fn() -> Result<M>,
) -> Result<Window<M>> {
    let mut engine = Engine::connect(address, groups)?;
    let started = Instant::now();
    let warm = started + times.warm_up;
    engine.run(groups, warm)?;
    engine.reset();
    let first = meter()?;
    let counting = Instant::now();
    engine.run(groups, counting + times.window)?;
    let took = counting.elapsed();
    let last = meter()?;
    let done = std::mem::take(&mut engine.done);
    engine.drain(groups)?;
    Ok(Window { groups: done, took, meter: (first, last) })
}

struct Line {
    stream: TcpStream,
    group: usize,
    actor: usize,
    buffer: Vec<u8>,
    /// When the operation that is under way was due; none while idle.
    since: Option<Instant>,
    is_waiting: bool,
    has_nothing_left: bool,
}

struct Engine {
    poll: Poll,
    events: Events,
    lines: Vec<Line>,
    done: Vec<Done>,
    /// When the next request of each paced group is due.
    due: Vec<Option<Instant>>,
    request: Vec<u8>,
    scratch: Vec<u8>,
}

impl Engine {
    fn connect(address: SocketAddr, groups: &[Group]) -> Result<Self> {
        let poll = Poll::new()?;
        let mut lines = Vec::new();
        for (group, members) in groups.iter().enumerate() {
            for actor in 0..members.actors.len() {
                let stream = std::net::TcpStream::connect(address)?;
                stream.set_nodelay(true)?;
                stream.set_nonblocking(true)?;
                let mut stream = TcpStream::from_std(stream);
                poll.registry().register(&mut stream, Token(lines.len()), Interest::READABLE)?;
                lines.push(Line {
                    stream,
                    group,
                    actor,
                    buffer: Vec::with_capacity(4096),
                    since: None,
                    is_waiting: false,
                    has_nothing_left: false,
                });
            }
        }
        let now = Instant::now();
        let due = groups.iter().map(|group| group.pace.map(|_| now)).collect();
        let done = groups.iter().map(|_| Done::default()).collect();
        let scratch = vec![0; READ_BYTES];
        Ok(Self { poll, events: Events::with_capacity(256), lines, done, due, request: Vec::new(), scratch })
    }

    fn reset(&mut self) {
        for done in &mut self.done {
            *done = Done { complaint: done.complaint.take(), ..Done::default() };
        }
    }

    /// Asks and hears until the end, or until nobody has anything left to ask.
    fn run(&mut self, groups: &mut [Group], end: Instant) -> Result<()> {
        for line in 0..self.lines.len() {
            self.ask(groups, line, Instant::now())?;
        }
        loop {
            let now = Instant::now();
            if now >= end || self.lines.iter().all(|line| line.has_nothing_left && !line.is_waiting) {
                return Ok(());
            }
            let is_paced = self.due.iter().any(Option::is_some);
            // A wait would be rounded to milliseconds; the generator has its core to itself.
            let wait = if is_paced { Duration::ZERO } else { end - now };
            self.listen(groups, wait, true)?;
            if is_paced {
                self.ask_what_is_due(groups)?;
            }
        }
    }

    /// Hears what is still under way and asks nothing more: a token whose reply was lost would be spent for nothing.
    fn drain(&mut self, groups: &mut [Group]) -> Result<()> {
        self.done = groups.iter().map(|_| Done::default()).collect();
        let started = Instant::now();
        while self.lines.iter().any(|line| line.is_waiting) {
            ensure!(started.elapsed() < DRAIN, "replies are missing after {} s", DRAIN.as_secs());
            self.listen(groups, DRAIN, false)?;
        }
        Ok(())
    }

    fn listen(&mut self, groups: &mut [Group], wait: Duration, goes_on: bool) -> Result<()> {
        let mut events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        match self.poll.poll(&mut events, Some(wait)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
        for event in &events {
            let Token(line) = event.token();
            if self.read(groups, line)? && goes_on {
                self.ask(groups, line, Instant::now())?;
            }
        }
        self.events = events;
        Ok(())
    }

    fn ask_what_is_due(&mut self, groups: &mut [Group]) -> Result<()> {
        for line in 0..self.lines.len() {
            let group = self.lines.get(line).map_or(0, |line| line.group);
            if self.due.get(group).is_some_and(Option::is_some) {
                self.ask(groups, line, Instant::now())?;
            }
        }
        Ok(())
    }

    /// Lets the actor of an idle line ask, if its group's pace allows.
    fn ask(&mut self, groups: &mut [Group], line: usize, now: Instant) -> Result<()> {
        let Some(line) = self.lines.get_mut(line).filter(|line| !line.is_waiting) else { return Ok(()) };
        let Some(group) = groups.get_mut(line.group) else { return Ok(()) };
        let mut since = now;
        if let (Some(pace), Some(Some(due))) = (group.pace, self.due.get_mut(line.group)) {
            if *due > now {
                return Ok(());
            }
            since = *due;
            *due += pace;
        }
        let Some(actor) = group.actors.get_mut(line.actor) else { return Ok(()) };
        self.request.clear();
        if !actor.ask(&mut self.request) {
            line.has_nothing_left = true;
            return Ok(());
        }
        line.has_nothing_left = false;
        line.since = line.since.or(Some(since));
        line.is_waiting = true;
        write_all(&mut line.stream, &self.request)
    }

    /// Reads what is there; whether a reply is complete.
    fn read(&mut self, groups: &mut [Group], line: usize) -> Result<bool> {
        let Some(line) = self.lines.get_mut(line) else { return Ok(false) };
        loop {
            let read = match line.stream.read(&mut self.scratch) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error.into()),
            };
            ensure!(read > 0, "the server closed a connection");
            line.buffer.extend_from_slice(self.scratch.get(..read).unwrap_or_default());
            let Some((reply, length)) = Reply::parse(&line.buffer)? else { continue };
            ensure!(length == line.buffer.len(), "more than one reply to one request");
            let heard = groups
                .get_mut(line.group)
                .and_then(|group| group.actors.get_mut(line.actor))
                .map(|actor| actor.hear(&reply));
            if let (Some(done), Some(heard)) = (self.done.get_mut(line.group), heard) {
                note(done, heard, &reply, line.since);
            }
            if heard != Some(Heard::Partway) {
                line.since = None;
            }
            line.is_waiting = false;
            line.buffer.clear();
            return Ok(true);
        }
    }
}

fn note(done: &mut Done, heard: Heard, reply: &Reply<'_>, since: Option<Instant>) {
    match heard {
        Heard::Done => {
            let took = since.map(|since| since.elapsed()).unwrap_or_default();
            done.latencies.push(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
        }
        Heard::Partway => {}
        Heard::Refused => {
            done.refused += 1;
            let body: String = String::from_utf8_lossy(reply.body).chars().take(300).collect();
            done.complaint.get_or_insert_with(|| format!("{} {body}", reply.status));
        }
    }
}

/// A request fits into the socket's buffer, because the reply to the one before has come.
fn write_all(stream: &mut TcpStream, mut request: &[u8]) -> Result<()> {
    while !request.is_empty() {
        match stream.write(request) {
            Ok(written) => request = request.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::yield_now(),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
