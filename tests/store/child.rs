//! A second process on the same database: the test binary started once more, doing what it is told line by line.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child as Process, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use grant_store::{ClientChange, GrantError, RevokedToken};
use platform::secret::Secret;

use super::crash;
use super::engine::Engine;
use super::house::{House, START, new_client};

/// Says which database the second process opens; absent in every other one.
const DATABASE: &str = "LINGPAI_STORE_CHILD";
/// Marks our lines among those of the test harness.
const MARK: &str = "@ ";

/// The second process, seen from the first; it is killed when this value goes.
pub(crate) struct Child {
    process: Process,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Child {
    /// Starts a second process and waits until it has opened the database.
    pub(crate) fn start(house: &House) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["store::child::second_process", "--exact", "--nocapture"])
            .env(DATABASE, &house.url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let orders = process.stdin.take().unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap());
        let mut child = Self { process, orders, answers };
        assert_eq!(child.answer(), "ready");
        child
    }

    /// Gives an order and returns at once.
    pub(crate) fn send(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
        self.orders.flush().unwrap();
    }

    /// Waits for the answer to the oldest unanswered order.
    pub(crate) fn answer(&mut self) -> String {
        self.next_line().expect("the second process ended")
    }

    /// Gives an order and waits until it is done.
    pub(crate) fn obey(&mut self, order: &str) -> String {
        self.send(order);
        self.answer()
    }

    /// The next complete line of the second process, none when it has ended.
    pub(crate) fn next_line(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.answers.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            // A line without an end was cut off by the process' death: it was not said.
            let whole = line.strip_suffix('\n')?;
            // The harness leaves its own line open before our first one.
            if let Some((_, ours)) = whole.split_once(MARK) {
                return Some(ours.to_owned());
            }
        }
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may be dead already, which is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Says a line to the first process, at once.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{MARK}{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// The second process. In an ordinary run of the tests there is nothing to do here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn second_process() {
    let Ok(url) = std::env::var(DATABASE) else { return };
    let engine = match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") => Engine::Sqlite,
        Some("postgres") => Engine::Postgres,
        _ => Engine::MariaDb,
    };
    let house = House::open(engine, &url).await;
    say("ready");
    let (sender, mut orders) = tokio::sync::mpsc::unbounded_channel();
    // The pipe is read on a thread of its own; it ends with the first process.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    while let Some(order) = orders.recv().await {
        let answer = carry_out(&house, &order).await;
        say(&answer);
    }
}

async fn carry_out(house: &House, order: &str) -> String {
    let words: Vec<&str> = order.split(' ').collect();
    match words.as_slice() {
        ["end_session", id] => house.grants.end_session(id).await.unwrap().to_string(),
        ["disable_user", id] => house.users.disable(id).await.unwrap().to_string(),
        ["remove_user", id] => house.users.remove(id).await.unwrap().to_string(),
        ["change_password", id] => {
            house.users.set_password(id, Secret::new("crimson heron 7".to_owned())).await.unwrap().to_string()
        }
        ["revoke_consent", user_id, client_id] => {
            house.grants.revoke_consent(user_id, client_id).await.unwrap().to_string()
        }
        ["disable_client", id] => {
            let change = ClientChange { client: new_client(id), is_enabled: false, from_version: 1 };
            house.grants.set_client(change).await.unwrap();
            "true".to_owned()
        }
        ["remove_client", id] => house.grants.remove_client(id).await.unwrap().to_string(),
        ["revoke_refresh_token", client_id, token] => {
            house.grants.revoke_refresh_token(token, client_id).await.unwrap().to_string()
        }
        ["revoke_jwt", id] => {
            let until = START.plus(Duration::from_mins(10));
            let token = RevokedToken { id: (*id).to_owned(), client_id: "app".to_owned(), family_id: None, until };
            house.grants.revoke_jwt(token).await.unwrap();
            "true".to_owned()
        }
        ["redeem", tasks, client_id, code] => redeem(house, tasks.parse().unwrap(), client_id, code).await,
        ["refresh", tasks, client_id, token] => refresh(house, tasks.parse().unwrap(), client_id, token).await,
        ["work", client_id] => crash::work(house, client_id).await,
        _ => panic!("no such order: {order}"),
    }
}

/// Redeems one code from several tasks at once; answers how many of them won.
async fn redeem(house: &House, tasks: usize, client_id: &str, code: &str) -> String {
    let client = house.grants.find_client(client_id).await.unwrap().unwrap();
    let tasks = (0..tasks).map(|_| {
        let (house, client, code) = (house.clone(), client.clone(), code.to_owned());
        tokio::spawn(async move { has_won(house.redeem(&client, &code).await) })
    });
    count_winners(tasks.collect()).await
}

/// Refreshes one token from several tasks at once; answers the successors that they got, each once.
async fn refresh(house: &House, tasks: usize, client_id: &str, token: &str) -> String {
    let client = house.grants.find_client(client_id).await.unwrap().unwrap();
    let tasks: Vec<_> = (0..tasks)
        .map(|_| {
            let (house, client, token) = (house.clone(), client.clone(), token.to_owned());
            tokio::spawn(async move { house.refresh(&client, &token).await })
        })
        .collect();
    let mut successors = BTreeSet::new();
    for task in tasks {
        let refreshed = task.await.unwrap().unwrap_or_else(|error| panic!("{error}"));
        successors.insert(refreshed.refresh_token.unwrap().expose().to_owned());
    }
    successors.into_iter().collect::<Vec<_>>().join(" ")
}

fn has_won<T>(outcome: Result<T, GrantError>) -> bool {
    match outcome {
        Ok(_) => true,
        Err(GrantError::Refused(_)) => false,
        Err(GrantError::Store(error)) => panic!("{error}"),
    }
}

async fn count_winners(tasks: Vec<tokio::task::JoinHandle<bool>>) -> String {
    let mut winners = 0;
    for task in tasks {
        winners += u32::from(task.await.unwrap());
    }
    winners.to_string()
}
