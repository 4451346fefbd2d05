//! What a server does beside answering: follow the other nodes, write down what was refused, age its keys, sweep.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use platform::sql::StoreError;
use platform::{lease, random, refusals, revision};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::App;

/// DESIGN: every node polls the revision row each second.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);
/// One batch a time: this bounds the rows a second that strangers can cause.
const WRITE_REFUSALS_EVERY: Duration = Duration::from_secs(1);
const AGE_KEYS_EVERY: Duration = Duration::from_mins(1);
const SWEEP_EVERY: Duration = Duration::from_mins(1);
const COMPARE_CLOCKS_EVERY: Duration = Duration::from_mins(1);
const SWEEP_PAUSE: Duration = Duration::from_millis(50);
/// A sweep that takes longer than this has lost its node.
const SWEEP_LEASE: Duration = Duration::from_secs(55);
/// Full batches that one sweep removes at the most, so that it never holds the writer for long.
const SWEEP_BATCHES: usize = 200;

/// Starts the background work; it ends when `stop` turns true.
pub(crate) fn start(app: &App, stop: &watch::Receiver<bool>) -> JoinSet<()> {
    let app = Arc::new(app.clone());
    let mut tasks = JoinSet::new();
    tasks.spawn(every(FOLLOW_EVERY, stop.clone(), app.clone(), follow()));
    tasks.spawn(every(WRITE_REFUSALS_EVERY, stop.clone(), app.clone(), |app| async move {
        write_refusals(&app).await;
    }));
    tasks.spawn(every(AGE_KEYS_EVERY, stop.clone(), app.clone(), |app| async move {
        if let Err(error) = app.keys.advance().await {
            tracing::warn!(%error, "signing keys could not be aged");
        }
    }));
    tasks.spawn(every(SWEEP_EVERY, stop.clone(), app.clone(), |app| async move {
        if let Err(error) = app.grants.count_interactions().await {
            tracing::warn!(%error, "the waiting requests could not be counted");
        }
        if let Err(error) = app.grants.count_device_codes().await {
            tracing::warn!(%error, "the waiting device codes could not be counted");
        }
    }));
    tasks.spawn(every(COMPARE_CLOCKS_EVERY, stop.clone(), app.clone(), |app| async move {
        if let Err(error) = app.skew.look(&app.db, &app.clock).await {
            tracing::warn!(%error, "the clocks could not be compared");
        }
    }));
    let holder = random::new_id(app.clock.now());
    tasks.spawn(every(SWEEP_EVERY, stop.clone(), app, move |app| {
        let holder = holder.clone();
        async move { sweep(&app, &holder).await }
    }));
    tasks
}

async fn every<F, W>(period: Duration, mut stop: watch::Receiver<bool>, app: Arc<App>, mut work: F)
where
    F: FnMut(Arc<App>) -> W + Send,
    W: Future<Output = ()> + Send,
{
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stop.changed() => return,
            _ = ticks.tick() => work(app.clone()).await,
        }
    }
}

type Followed = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Notices what other processes changed: the CLI, another node.
fn follow() -> impl FnMut(Arc<App>) -> Followed + Send {
    let seen = Arc::new(AtomicI64::new(i64::MIN));
    move |app| {
        let seen = seen.clone();
        Box::pin(async move {
            match revision::current(&app.db).await {
                Ok(current) if seen.load(Ordering::Relaxed) == current => {}
                Ok(current) => {
                    app.grants.forget_cached();
                    match app.keys.reload().await {
                        // Noted only now: a reload that failed is tried again in a second.
                        Ok(_) => seen.store(current, Ordering::Relaxed),
                        Err(error) => tracing::warn!(%error, "signing keys could not be reloaded"),
                    }
                }
                Err(error) => tracing::warn!(%error, "the revision could not be read"),
            }
        })
    }
}

/// Writes down a batch of what was refused.
///
/// A client that mixes its parameters up sends its secret where its id should be, so only what is a client's id is kept
/// as one.
pub(crate) async fn write_refusals(app: &App) {
    let mut batch = app.refusals.take();
    if batch.is_empty() {
        return;
    }
    let claimed = batch.iter().filter_map(|refused| refused.client_id.clone()).collect();
    let written = match app.grants.known_clients(claimed).await {
        Ok(known) => {
            for refused in &mut batch {
                refused.client_id = refused.client_id.take().filter(|id| known.contains(id));
            }
            refusals::write(&app.db, &batch).await
        }
        Err(error) => Err(error),
    };
    if let Err(error) = written {
        tracing::warn!(%error, "what was refused could not be written down");
        app.refusals.put_back(batch);
    }
}

/// One node sweeps at a time, in small batches with pauses.
async fn sweep(app: &App, holder: &str) {
    let is_ours = lease::acquire(&app.db, "sweep", holder, SWEEP_LEASE, app.clock.now()).await;
    if !matches!(is_ours, Ok(true)) {
        return;
    }
    for _ in 0..SWEEP_BATCHES {
        match sweep_batch(app).await {
            Ok(true) => tokio::time::sleep(SWEEP_PAUSE).await,
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(%error, "what has ended could not be swept");
                return;
            }
        }
    }
}

/// One batch of everything; whether more may be waiting.
async fn sweep_batch(app: &App) -> Result<bool, StoreError> {
    let swept = app.grants.sweep().await?;
    let is_more = refusals::sweep(&app.db, app.clock.now(), refusals::MOST_ROWS).await?;
    Ok(swept.is_more || is_more)
}
