//! One row at one number of connections: rounds, and their medians.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::actors::Pool;
use crate::drive::{Done, Group, Times, Window, drive};
use crate::process::{Running, Usage};
use crate::rows::Row;
use crate::target::Target;

/// How long and how often.
#[derive(Clone, Copy)]
pub struct Effort {
    pub rounds: usize,
    pub window: Duration,
    pub warm_up: Duration,
}

impl Effort {
    /// What the figures of the documents are measured with.
    pub const FULL: Self = Self { rounds: 5, window: Duration::from_secs(2), warm_up: Duration::from_millis(300) };
    /// Enough to see whether everything answers.
    pub const QUICK: Self = Self { rounds: 1, window: Duration::from_millis(500), warm_up: Duration::from_millis(50) };

    fn times(self, row: Row) -> Times {
        // What was made beforehand must not be used up by warming up; making it has warmed the server.
        let is_drawn = matches!(
            row,
            Row::Exchange | Row::Introspect { is_cached: false, .. } | Row::Userinfo { is_cached: false }
        );
        let warm_up = if is_drawn { self.warm_up / 20 } else { self.warm_up };
        Times { warm_up, window: self.window }
    }
}

/// The medians of a row.
pub struct Measured {
    pub row: Row,
    pub connections: usize,
    pub per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
    /// Operations in one second of the server's processor time.
    pub per_cpu_second: f64,
    pub resident_kib: u32,
    /// Operations that the server refused, in all rounds.
    pub refused: u64,
}

/// Measures a row.
pub fn measure(running: &Running, target: &Target, row: Row, connections: usize, effort: Effort) -> Result<Measured> {
    let mut rounds = Vec::new();
    let mut refused = 0;
    let pool = Pool::default();
    let mut groups = [Group::eager(row.actors(target, connections, &pool)?)];
    for _ in 0..effort.rounds {
        if let Some(supply) = row.supply(target, connections)? {
            let times = Times { warm_up: Duration::ZERO, window: effort.window };
            drive(target.address, &mut [Group::eager(supply.actors)], times, || Ok(()))?;
            pool.borrow_mut().append(&mut supply.pool.borrow_mut());
        }
        let window = drive(target.address, &mut groups, effort.times(row), || running.usage())?;
        let round = Round::of(&window)?;
        refused += round.refused;
        rounds.push(round);
        // Codes that were not reached would be too old in the next round.
        pool.borrow_mut().clear();
    }
    Ok(Measured {
        row,
        connections,
        per_second: median(rounds.iter().map(|round| round.per_second).collect()),
        p50: Duration::from_secs_f64(median(rounds.iter().map(|round| round.p50.as_secs_f64()).collect())),
        p99: Duration::from_secs_f64(median(rounds.iter().map(|round| round.p99.as_secs_f64()).collect())),
        per_cpu_second: median(rounds.iter().map(|round| round.per_cpu_second).collect()),
        resident_kib: rounds.iter().map(|round| round.resident_kib).max().unwrap_or_default(),
        refused,
    })
}

struct Round {
    per_second: f64,
    p50: Duration,
    p99: Duration,
    per_cpu_second: f64,
    resident_kib: u32,
    refused: u64,
}

impl Round {
    fn of(window: &Window<Usage>) -> Result<Self> {
        let done = window.groups.first().unwrap_or(&NOTHING);
        ensure!(!done.latencies.is_empty(), "nothing was done: {}", done.complaint.as_deref().unwrap_or("no reply"));
        let (first, last) = window.meter;
        let count = count(done);
        Ok(Self {
            per_second: count / window.took.as_secs_f64(),
            p50: percentile(done, 50),
            p99: percentile(done, 99),
            per_cpu_second: count / (last.cpu_seconds - first.cpu_seconds).max(0.005),
            resident_kib: last.resident_kib,
            refused: done.refused,
        })
    }
}

static NOTHING: Done = Done { latencies: Vec::new(), refused: 0, complaint: None };

/// How many operations were completed.
pub fn count(done: &Done) -> f64 {
    f64::from(u32::try_from(done.latencies.len()).unwrap_or(u32::MAX))
}

/// The latency that this share of the operations did not exceed.
pub fn percentile(done: &Done, percent: usize) -> Duration {
    let mut sorted = done.latencies.clone();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    Duration::from_nanos(sorted.get(rank).copied().unwrap_or_default())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
