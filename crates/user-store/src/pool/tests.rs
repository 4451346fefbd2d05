use std::sync::mpsc;

use super::*;

fn cheap() -> PoolSettings {
    PoolSettings { threads: 1, queue: 4, m_kib: 64, t: 1, p: 1, idle: Duration::from_millis(5) }
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

/// Occupies the one thread of a pool until the returned sender is dropped.
pub(crate) fn occupy(pool: &PasswordPool) -> mpsc::Sender<()> {
    let (release, wait) = mpsc::channel::<()>();
    let (started, has_started) = mpsc::channel();
    let job: Job = Box::new(move |_| {
        started.send(()).unwrap();
        let _ = wait.recv();
    });
    assert!(pool.submit(job).is_ok());
    has_started.recv().unwrap();
    release
}

/// Occupies the one thread of a pool and every place in its queue.
pub(crate) fn fill_up(pool: &PasswordPool) -> mpsc::Sender<()> {
    let release = occupy(pool);
    while pool.submit(Box::new(|_| ())).is_ok() {}
    release
}

#[tokio::test]
async fn right_password_matches_and_others_do_not() {
    let pool = PasswordPool::new(cheap());
    let phc = pool.hash(&secret("violet otter")).await.unwrap();
    assert!(phc.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{phc}");
    let check = async |password: &str| pool.check(&secret(password), Some(&phc)).await.unwrap();
    assert_eq!(check("violet otter").await, Checked { is_match: true, wants_rehash: false });
    for wrong in ["", "violet otte", "Violet otter", "violet otter\0", &"v".repeat(10_000_000)] {
        assert!(!check(wrong).await.is_match);
    }
}

#[tokio::test]
async fn the_same_text_in_another_normal_form_matches() {
    let pool = PasswordPool::new(cheap());
    let phc = pool.hash(&secret("caf\u{e9} ｗｉｄｅ")).await.unwrap();
    assert!(pool.check(&secret("cafe\u{301} wide"), Some(&phc)).await.unwrap().is_match);
}

#[tokio::test]
async fn reference_hash_is_understood_and_never_needs_a_rehash_downwards() {
    // echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1
    let reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let pool = PasswordPool::new(cheap());
    let checked = pool.check(&secret("password"), Some(reference)).await.unwrap();
    assert_eq!(checked, Checked { is_match: true, wants_rehash: false });
}

#[tokio::test]
async fn grown_parameters_ask_for_a_rehash_after_a_match_only() {
    let phc = PasswordPool::new(cheap()).hash(&secret("violet otter")).await.unwrap();
    let grown = PasswordPool::new(PoolSettings { t: 2, ..cheap() });
    assert!(grown.check(&secret("violet otter"), Some(&phc)).await.unwrap().wants_rehash);
    assert!(!grown.check(&secret("wrong"), Some(&phc)).await.unwrap().wants_rehash);
}

#[tokio::test]
async fn nobody_matches_the_dummy() {
    let pool = PasswordPool::new(cheap());
    for password in ["", "violet otter"] {
        let checked = pool.check(&secret(password), None).await.unwrap();
        assert_eq!(checked, Checked { is_match: false, wants_rehash: false });
    }
}

#[tokio::test]
async fn a_hash_that_cannot_be_read_is_named() {
    let pool = PasswordPool::new(cheap());
    let error = pool.check(&secret("violet otter"), Some("plain text")).await.unwrap_err();
    assert_eq!(error, PoolError::Malformed(MalformedHash));
}

#[tokio::test]
async fn full_queue_is_busy_before_any_hash() {
    let pool = PasswordPool::new(PoolSettings { queue: 1, ..cheap() });
    let release = occupy(&pool);
    let waiting = tokio::spawn({
        let pool = pool.clone();
        async move { pool.check(&secret("violet otter"), None).await }
    });
    while pool.handle.shared.queue.lock().jobs.is_empty() {
        tokio::task::yield_now().await;
    }
    let refused = pool.check(&secret("violet otter"), None).await;
    assert_eq!(refused, Err(PoolError::Busy { retry_after: RETRY_AFTER }));
    drop(release);
    assert!(!waiting.await.unwrap().unwrap().is_match);
}

#[tokio::test]
async fn a_caller_that_went_away_is_not_hashed_for() {
    let pool = PasswordPool::new(cheap());
    let release = occupy(&pool);
    let gone = tokio::spawn({
        let pool = pool.clone();
        async move { pool.hash(&secret("violet otter")).await }
    });
    while pool.handle.shared.queue.lock().jobs.is_empty() {
        tokio::task::yield_now().await;
    }
    gone.abort();
    let _ = gone.await;
    drop(release);
    // The queue is served in order: when this answer is there, the abandoned job was passed over.
    pool.run(|memory: &mut Vec<Block>| assert!(memory.is_empty())).await.unwrap();
}

#[tokio::test]
async fn a_panicking_job_costs_its_own_caller_only() {
    let pool = PasswordPool::new(cheap());
    let failed: Result<(), PoolError> = pool.run(|_| panic!("made for the test")).await;
    assert_eq!(failed, Err(PoolError::Busy { retry_after: RETRY_AFTER }));
    assert!(pool.hash(&secret("violet otter")).await.is_ok());
}

#[tokio::test]
async fn threads_start_at_the_first_hash_and_memory_is_given_back() {
    let pool = PasswordPool::new(cheap());
    assert_eq!(pool.handle.shared.queue.lock().threads, 0);
    pool.hash(&secret("violet otter")).await.unwrap();
    assert_eq!(pool.handle.shared.queue.lock().threads, 1);
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while pool.handle.shared.queue.lock().blocks > 0 || pool.handle.shared.queue.lock().waiting == 0 {
        assert!(std::time::Instant::now() < deadline, "memory was not given back");
        std::thread::yield_now();
    }
    // And it comes back for the next hash.
    assert!(pool.hash(&secret("violet otter")).await.is_ok());
}

#[tokio::test]
async fn no_more_threads_than_configured() {
    let pool = PasswordPool::new(PoolSettings { threads: 2, queue: 64, ..cheap() });
    let checks: Vec<_> = (0..32)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.check(&secret("violet otter"), None).await })
        })
        .collect();
    for check in checks {
        assert!(check.await.unwrap().is_ok());
    }
    assert!(pool.handle.shared.queue.lock().threads <= 2);
}

#[tokio::test]
async fn dropping_the_pool_ends_its_threads() {
    let pool = PasswordPool::new(cheap());
    pool.hash(&secret("violet otter")).await.unwrap();
    let shared = Arc::clone(&pool.handle.shared);
    drop(pool);
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while Arc::strong_count(&shared) > 1 {
        assert!(std::time::Instant::now() < deadline, "the threads live on");
        std::thread::yield_now();
    }
}

#[test]
fn settings_below_the_floor_are_raised() {
    let pool = PasswordPool::new(PoolSettings { threads: 0, queue: 0, m_kib: 0, t: 0, p: 0, idle: Duration::ZERO });
    assert_eq!((pool.handle.params.m_cost(), pool.handle.params.t_cost(), pool.handle.params.p_cost()), (8, 1, 1));
}

#[test]
fn hashing_has_one_thread_fewer_than_cores() {
    let cores = std::thread::available_parallelism().unwrap().get();
    assert_eq!(PoolSettings::default().threads, cores.saturating_sub(1).max(1));
}
