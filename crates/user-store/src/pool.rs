//! The threads that run Argon2: their own, few, with reused memory and a bounded queue.
//!
//! A password hash costs 13 ms and 19 MiB. On the async threads it would stop every token endpoint beside it, and
//! without a bound a burst of sign-ins would take the machine's memory. So hashing has threads of its own (one fewer
//! than there are cores), each of which keeps one block memory, and whoever finds the queue full is told to come again.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::Output;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use parking_lot::{Condvar, Mutex, MutexGuard};
use platform::secret::Secret;
use tokio::sync::oneshot;
use zeroize::Zeroize;

use crate::passwords::Presented;
use crate::phc::{MalformedHash, OUTPUT_BYTES, SALT_BYTES, StoredHash};

/// When the queue is full, it holds about this much work.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// How the pool is built and how dear a hash is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSettings {
    /// Hashing threads. Default: one fewer than the cores, at least one.
    pub threads: usize,
    /// Hashes that may wait. Default 64.
    pub queue: usize,
    /// Memory of one hash in KiB. Default 19456. Source: OWASP's first choice for Argon2id.
    pub m_kib: u32,
    /// Passes over that memory. Default 2.
    pub t: u32,
    /// Lanes. Default 1: more would lower latency, not raise throughput.
    pub p: u32,
    /// A thread without work for this long wipes its memory and gives it back. Default 10 s.
    pub idle: Duration,
}

impl Default for PoolSettings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            threads: cores.saturating_sub(1).max(1),
            queue: 64,
            m_kib: Params::DEFAULT_M_COST,
            t: Params::DEFAULT_T_COST,
            p: Params::DEFAULT_P_COST,
            idle: Duration::from_secs(10),
        }
    }
}

/// Why a hash was not computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PoolError {
    /// The queue is full, or no thread could be started.
    #[error("too many passwords are being checked")]
    Busy { retry_after: Duration },
    /// The row holds no Argon2 hash.
    #[error(transparent)]
    Malformed(#[from] MalformedHash),
}

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    /// The password is right.
    pub(crate) is_match: bool,
    /// It is, and its hash is cheaper than today's.
    pub(crate) wants_rehash: bool,
}

/// The hashing threads; they start at the first hash and end when the last clone is dropped.
#[derive(Clone)]
pub struct PasswordPool {
    handle: Arc<Handle>,
}

struct Handle {
    shared: Arc<Shared>,
    params: Params,
    dummy: Option<StoredHash>,
}

struct Shared {
    settings: PoolSettings,
    queue: Mutex<Queue>,
    arrived: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    threads: usize,
    waiting: usize,
    /// Blocks held by all threads together.
    blocks: usize,
    is_closed: bool,
}

type Job = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

impl PasswordPool {
    /// Builds a pool; no thread is started and no memory taken before the first hash.
    ///
    /// Settings below what Argon2 allows are raised to it.
    pub fn new(settings: PoolSettings) -> Self {
        let p = settings.p.clamp(1, 255);
        let m_kib = settings.m_kib.max(p * 8);
        let params = Params::new(m_kib, settings.t.max(1), p, Some(OUTPUT_BYTES)).unwrap_or(Params::DEFAULT);
        let dummy = StoredHash::dummy(&params);
        let shared = Shared { settings, queue: Mutex::default(), arrived: Condvar::new() };
        Self { handle: Arc::new(Handle { shared: Arc::new(shared), params, dummy }) }
    }

    /// Hashes a new password into a PHC string with the current parameters.
    pub(crate) async fn hash(&self, password: &Secret) -> Result<String, PoolError> {
        let text = Presented::new(password).into_text().unwrap_or_default();
        let params = self.handle.params.clone();
        let salt = platform::random::bytes::<SALT_BYTES>();
        let job = move |memory: &mut Vec<Block>| {
            let context = (Algorithm::Argon2id, Version::V0x13, params.clone());
            let mut output = [0_u8; OUTPUT_BYTES];
            fill(context, text.as_bytes(), &salt, (&mut output, memory))?;
            StoredHash::new(&params, &salt, &output).and_then(|hash| hash.encode()).ok_or(MalformedHash)
        };
        Ok(self.run(job).await??)
    }

    /// Checks a password against a PHC string; without one, against a hash that nothing matches.
    ///
    /// The same work is done whether the user exists, has a password, and whatever was presented: an answer that came
    /// sooner would tell which logins exist.
    pub(crate) async fn check(&self, password: &Secret, phc: Option<&str>) -> Result<Checked, PoolError> {
        let (stored, is_real) = match phc {
            Some(phc) => (Some(StoredHash::parse(phc)?), true),
            None => (self.handle.dummy.clone(), false),
        };
        let stored = stored.ok_or(MalformedHash)?;
        let text = Presented::new(password).into_text();
        let wants_rehash = stored.is_cheaper_than(&self.handle.params);
        let job = move |memory: &mut Vec<Block>| {
            let context = (stored.algorithm, stored.version, stored.params.clone());
            let presented = text.as_ref().map_or("", |text| text.as_str());
            let mut output = vec![0_u8; stored.output.len()];
            fill(context, presented.as_bytes(), &stored.salt, (&mut output, memory))?;
            // `Output` compares in constant time.
            let is_equal = Output::new(&output).is_ok_and(|output| output == stored.output);
            Ok::<bool, MalformedHash>(is_equal && is_real && text.is_some())
        };
        let is_match = self.run(job).await??;
        Ok(Checked { is_match, wants_rehash: is_match && wants_rehash })
    }

    /// Runs a job on a hashing thread; the job is dropped unrun if its caller has gone away.
    async fn run<T, F>(&self, job: F) -> Result<T, PoolError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    {
        let busy = PoolError::Busy { retry_after: RETRY_AFTER };
        let (reply, answer) = oneshot::channel();
        self.submit(Box::new(move |memory| {
            if !reply.is_closed() {
                // A caller that went away in the meantime wants no answer.
                let _ = reply.send(job(memory));
            }
        }))
        .map_err(|Full| busy)?;
        // The sender is dropped unsent only if the job panicked, which says nothing about the password.
        answer.await.map_err(|_| busy)
    }

    fn submit(&self, job: Job) -> Result<(), Full> {
        let shared = &self.handle.shared;
        let mut queue = shared.queue.lock();
        if queue.jobs.len() >= shared.settings.queue.max(1) {
            return Err(Full);
        }
        let needs_thread = queue.waiting <= queue.jobs.len() && queue.threads < shared.settings.threads.max(1);
        if needs_thread {
            match start_thread(shared, queue.threads) {
                Ok(()) => queue.threads += 1,
                Err(error) if queue.threads == 0 => {
                    tracing::error!(%error, "no thread could be started to check passwords");
                    return Err(Full);
                }
                Err(error) => tracing::warn!(%error, "passwords are checked by fewer threads than configured"),
            }
        }
        queue.jobs.push_back(job);
        shared.arrived.notify_one();
        Ok(())
    }
}

impl std::fmt::Debug for PasswordPool {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PasswordPool").field("settings", &self.handle.shared.settings).finish_non_exhaustive()
    }
}

/// The queue holds as much as it may.
struct Full;

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.queue.lock().is_closed = true;
        self.shared.arrived.notify_all();
    }
}

fn start_thread(shared: &Arc<Shared>, number: usize) -> std::io::Result<()> {
    let shared = Arc::clone(shared);
    std::thread::Builder::new().name(format!("password-{number}")).spawn(move || work(&shared)).map(drop)
}

fn work(shared: &Shared) {
    let mut memory = Vec::new();
    while let Some(job) = next_job(shared, &mut memory) {
        let before = memory.len();
        if catch_unwind(AssertUnwindSafe(|| job(&mut memory))).is_err() {
            tracing::error!("a password hash panicked");
        }
        shared.queue.lock().blocks += memory.len().saturating_sub(before);
    }
    release(&mut memory);
}

fn next_job(shared: &Shared, memory: &mut Vec<Block>) -> Option<Job> {
    let mut queue = shared.queue.lock();
    loop {
        if let Some(job) = queue.jobs.pop_front() {
            return Some(job);
        }
        if queue.is_closed {
            return None;
        }
        queue.waiting += 1;
        let is_idle = if memory.is_empty() {
            shared.arrived.wait(&mut queue);
            false
        } else {
            shared.arrived.wait_for(&mut queue, shared.settings.idle).timed_out()
        };
        queue.waiting -= 1;
        if is_idle && queue.jobs.is_empty() {
            queue.blocks -= memory.len();
            MutexGuard::unlocked(&mut queue, || release(memory));
        }
    }
}

/// Wipes the block memory and gives it back to the system.
fn release(memory: &mut Vec<Block>) {
    memory.iter_mut().for_each(Zeroize::zeroize);
    *memory = Vec::new();
}

/// One Argon2 hash in reused memory.
fn fill(
    context: (Algorithm, Version, Params),
    password: &[u8],
    salt: &[u8],
    (output, memory): (&mut [u8], &mut Vec<Block>),
) -> Result<(), MalformedHash> {
    let (algorithm, version, params) = context;
    if memory.len() < params.block_count() {
        memory.resize(params.block_count(), Block::new());
    }
    Argon2::new(algorithm, version, params)
        .hash_password_into_with_memory(password, salt, output, memory.as_mut_slice())
        .map_err(|_| MalformedHash)
}

#[cfg(test)]
pub(crate) mod tests;
