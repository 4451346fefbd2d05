//! Sign-ins as many as the server can take, and machines that want their tokens meanwhile.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::actors::Pool;
use crate::drive::{Done, Group, Times, drive};
use crate::measure::{Effort, count, percentile};
use crate::rows::Row;
use crate::target::Target;

const TOKENS: Row = Row::ClientCredentials("cc-es256");
/// 500 in a second.
const PACE: Duration = Duration::from_millis(2);
const TOKEN_CONNECTIONS: usize = 8;
const SIGN_IN_CONNECTIONS: usize = 16;
/// A p99 of 500 a second needs more seconds than a rate does.
const LONGER: u32 = 5;

/// Measures tokens alone, then beside sign-ins; prints both.
pub fn run(target: &Target, effort: Effort, cores: &str) -> Result<()> {
    let times = Times { warm_up: effort.warm_up, window: effort.window * LONGER };
    let tokens = || -> Result<Group> {
        Ok(Group { actors: TOKENS.actors(target, TOKEN_CONNECTIONS, &Pool::default())?, pace: Some(PACE) })
    };
    let sign_ins = Group::eager(Row::SignIn.actors(target, SIGN_IN_CONNECTIONS, &Pool::default())?);

    let alone = drive(target.address, &mut [tokens()?], times, || Ok(()))?;
    let beside = drive(target.address, &mut [tokens()?, sign_ins], times, || Ok(()))?;

    println!("\nMixed run, server on {cores}: client_credentials (ES256) at 500/s\n");
    println!("| beside it | tokens/s | p50 | p99 | refused | sign-ins/s |\n|---|---|---|---|---|---|");
    let alone = (alone.groups.first().context("no group")?, alone.took);
    line("nothing", alone, None);
    let (took, mut groups) = (beside.took, beside.groups.iter());
    let loaded = (groups.next().context("no group")?, took);
    line("sign-ins", loaded, groups.next());
    let ratio = percentile(loaded.0, 99).as_secs_f64() / percentile(alone.0, 99).as_secs_f64().max(1e-9);
    println!("\np99 beside sign-ins: {ratio:.1} × the undisturbed one");
    Ok(())
}

fn line(beside: &str, (done, took): (&Done, Duration), sign_ins: Option<&Done>) {
    let seconds = took.as_secs_f64();
    let ms = |percent| percentile(done, percent).as_secs_f64() * 1e3;
    let sign_ins = sign_ins.map_or("–".to_owned(), |done| format!("{:.0}", count(done) / seconds));
    println!(
        "| {beside} | {:.0} | {:.2} ms | {:.2} ms | {} | {sign_ins} |",
        count(done) / seconds,
        ms(50),
        ms(99),
        done.refused
    );
}
