//! `lingpai flow`: requests that were refused, by the reference that the person or the developer was shown.

pub mod advice;
mod table;

use clap::{Args, Subcommand};
use platform::refusals::{self, Refused};
use protocol::Timestamp;
use serde_json::{Value, json};

use crate::args::Context;
use crate::failure::{Exit, Failure};
use crate::language::{Language, tr};
use crate::output::{Card, Listing, Row};
use crate::paint::tame;
use crate::stores::Stores;
use crate::timing::relative;

/// `lingpai flow …`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  lingpai flow show 7K3MQ2\n  lingpai flow list --client shop")]
pub enum FlowCommand {
    /// Say why a request was refused: what was expected, what was sent, and what to do
    #[command(after_help = "Examples:\n  lingpai flow show 7K3MQ2\n  lingpai flow show 7K3MQ2 -o json")]
    Show(ShowArgs),
    /// List the requests that were refused, the newest first; kept for a week
    #[command(after_help = "Examples:\n  lingpai flow list --client shop\n  lingpai flow list --limit 20 -o jsonl")]
    List(ListArgs),
}

/// `lingpai flow show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Reference from the page, or from the header x-lingpai-reference of the answer
    #[arg(value_name = "REF")]
    reference: String,
}

/// `lingpai flow list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Those of one client
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// How many at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    limit: u64,
}

/// Runs a command of this noun.
pub async fn run(command: FlowCommand, context: &Context) -> Result<(), Failure> {
    let stores = Stores::open(context).await?;
    match command {
        FlowCommand::List(args) => list(&args, &stores, context).await,
        FlowCommand::Show(args) => show(&args, &stores, context).await,
    }
}

async fn list(args: &ListArgs, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    let found = refusals::list(&stores.db, args.client.as_deref(), args.limit).await;
    let found = found.map_err(|error| Failure::store(&error, language))?;
    let head = vec![
        tr!(language, "REF", "编号"),
        tr!(language, "WHEN", "时间"),
        tr!(language, "WHERE", "端点"),
        tr!(language, "CLIENT", "客户端"),
        tr!(language, "ERROR", "错误码"),
        tr!(language, "REASON", "原因"),
    ];
    let rows = found.iter().map(|one| row(one, stores.now(), language)).collect();
    let empty = tr!(language, "nothing was refused", "没有被拒绝的请求");
    context.output().list(&Listing { head, rows, empty })
}

fn row(one: &Refused, now: Timestamp, language: Language) -> Row {
    Row {
        id: one.reference.clone(),
        json: json(one),
        cells: vec![
            one.reference.clone(),
            relative(one.at, now, language),
            one.endpoint.clone(),
            one.client_id.clone().unwrap_or_else(|| "–".to_owned()),
            one.error.clone(),
            advice::sentence(&one.refusal, language),
        ],
    }
}

async fn show(args: &ShowArgs, stores: &Stores, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    let reference = normal(&args.reference);
    let found = refusals::find(&stores.db, &reference).await.map_err(|error| Failure::store(&error, language))?;
    let Some(one) = found.first() else { return Err(unknown(&args.reference, language)) };
    context.output().card(&card(one, stores.now(), language))?;
    let others = found.len() - 1;
    if others > 0 {
        context.talk.say(&tr!(
            language,
            "{others} older requests got the same reference by chance: lingpai flow list",
            "另有 {others} 个更早的请求碰巧使用同一编号：lingpai flow list"
        ));
    }
    Ok(())
}

/// As it was shown, however it was typed: references are read out over the telephone.
fn normal(reference: &str) -> String {
    let upper = reference.trim().to_ascii_uppercase();
    upper.strip_prefix("REF-").unwrap_or(&upper).to_owned()
}

fn unknown(reference: &str, language: Language) -> Failure {
    let reference = tame(reference);
    let message = tr!(
        language,
        "nothing is recorded under {reference}; refusals are kept for a week, and in a flood of them not all",
        "没有编号 {reference} 的记录；被拒绝的请求保留一周，数量过大时不会全部记录"
    );
    Failure::new(Exit::NotFound, message).remedy("lingpai flow list")
}

fn card(one: &Refused, now: Timestamp, language: Language) -> Card {
    let none = || "–".to_owned();
    let advice = advice::of(&one.refusal);
    let said = |text: &str| if text.is_empty() { none() } else { text.to_owned() };
    let mut lines = vec![
        (tr!(language, "when", "时间"), format!("{} ({})", relative(one.at, now, language), one.at.to_rfc3339())),
        (tr!(language, "where", "端点"), one.endpoint.clone()),
        (tr!(language, "client", "客户端"), one.client_id.clone().unwrap_or_else(none)),
        (tr!(language, "answered", "返回"), one.error.clone()),
        (tr!(language, "reason", "原因"), format!("{} ({})", advice::sentence(&one.refusal, language), one.refusal)),
    ];
    if let Some(parameter) = advice.map(|advice| advice.parameter).filter(|parameter| !parameter.is_empty()) {
        lines.push((tr!(language, "parameter", "参数"), parameter.to_owned()));
    }
    lines.push((tr!(language, "expected", "应为"), said(&one.expected)));
    lines.push((tr!(language, "sent", "收到"), said(&one.received)));
    if let Some(clause) = advice.map(|advice| advice.clause).filter(|clause| !clause.is_empty()) {
        lines.push((tr!(language, "clause", "依据"), clause.to_owned()));
    }
    Card {
        title: tr!(language, "Refused request", "被拒绝的请求") + " " + &one.reference,
        id: one.reference.clone(),
        json: json(one),
        lines,
        env: Vec::new(),
        paste: Vec::new(),
        next: advice.and_then(|advice| advice.command(one.client_id.as_deref())).into_iter().collect(),
    }
}

fn json(one: &Refused) -> Value {
    let advice = advice::of(&one.refusal);
    json!({
        "reference": one.reference,
        "at": one.at.to_rfc3339(),
        "endpoint": one.endpoint,
        "client_id": one.client_id,
        "error": one.error,
        "reason": one.refusal,
        "description": advice::sentence(&one.refusal, Language(protocol::Locale::En)),
        "parameter": advice.map(|advice| advice.parameter),
        "expected": one.expected,
        "received": one.received,
        "clause": advice.map(|advice| advice.clause),
        "remedy": advice.and_then(|advice| advice.command(one.client_id.as_deref())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_found_however_it_is_typed() {
        for typed in ["7K3MQ2", "7k3mq2", "ref-7K3MQ2", " REF-7k3mq2 "] {
            assert_eq!(normal(typed), "7K3MQ2", "{typed}");
        }
    }
}
