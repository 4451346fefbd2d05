//! `lingpai config`: what is configured, from where, and what is wrong with it.

use std::io;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use server::config::{self, Finding, Loaded, Look, Severity};

use crate::args::Context;
use crate::failure::{Exit, Failure};
use crate::language::tr;
use crate::output::{Format, Listing, Row, lines, pretty, print, put};
use crate::paint::wants_color;
use crate::stores::{self, Target};

/// `lingpai config …`.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  lingpai config check\n  lingpai config show --origin")]
pub enum ConfigCommand {
    /// Say everything that is wrong: exit code 3 with errors, 8 with warnings alone
    #[command(after_help = "Examples:\n  lingpai config check\n  lingpai config check --config lingpai.toml -o json")]
    Check,
    /// Print every value in force, secrets masked
    #[command(after_help = "Examples:\n  lingpai config show --origin\n  lingpai config show -o json")]
    Show(ShowArgs),
    /// Print a file with every setting at its default
    #[command(after_help = "Examples:\n  lingpai config default\n  lingpai config default > all-settings.toml")]
    Default,
    /// Print the JSON Schema of the file, for editors
    #[command(after_help = "Examples:\n  lingpai config schema\n  lingpai config schema > lingpai.schema.json")]
    Schema,
}

/// `lingpai config show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Say where each value comes from
    #[arg(long)]
    origin: bool,
}

/// Runs a command of this noun.
pub fn run(command: &ConfigCommand, context: &Context) -> Result<(), Failure> {
    match command {
        ConfigCommand::Check => check(context),
        ConfigCommand::Default => print(&config::default_file()),
        ConfigCommand::Schema => print(&pretty(&config::schema())),
        ConfigCommand::Show(args) => show(args, context),
    }
}

fn load(context: &Context) -> Result<Loaded, Failure> {
    let language = context.language();
    let target = stores::target(context)?;
    stores::load(&target, Vec::new()).ok_or_else(|| {
        let Target::DevFolder(folder) = target else { return Failure::silent(Exit::Failed) };
        let folder = folder.display();
        let message = tr!(
            language,
            "{folder} has no configuration: lingpai dev needs none",
            "{folder} 没有配置文件：lingpai dev 不需要配置"
        );
        Failure::new(Exit::NotFound, message).remedy("lingpai init")
    })
}

fn check(context: &Context) -> Result<(), Failure> {
    let (loaded, language) = (load(context)?, context.language());
    let report = loaded.report();
    match context.output().format() {
        Format::Json => print(&pretty(&report.findings().iter().map(finding).collect()))?,
        Format::Jsonl => print(&lines(report.findings().iter().map(|one| finding(one).to_string())))?,
        Format::Env | Format::Id | Format::Table => {
            let look = Look { locale: language.0, color: wants_color(&io::stdout()) };
            print(&report.render(look))?;
        }
    }
    let (files, settings) = (loaded.files().len(), loaded.set_count());
    if report.findings().is_empty() {
        let plural = if files == 1 { "" } else { "s" };
        context.talk.say(&tr!(
            language,
            "the configuration is sound: {files} file{plural}, {settings} settings, the rest at their defaults",
            "配置无误：{files} 个文件，设置了 {settings} 项，其余为默认值",
        ));
        return Ok(());
    }
    context.talk.say(&report.summary(language.0));
    Err(Failure::silent(if report.errors() > 0 { Exit::Configuration } else { Exit::Findings }))
}

fn finding(finding: &Finding) -> Value {
    let excerpt = finding.place.excerpt();
    json!({
        "code": finding.code.id(),
        "severity": match finding.code.severity() { Severity::Error => "error", Severity::Warning => "warning" },
        "title": finding.code.title(protocol::Locale::En),
        "message": finding.label.en,
        "help": finding.help.en,
        "at": finding.place.label(),
        "line": excerpt.as_ref().map(|excerpt| excerpt.line),
        "column": excerpt.as_ref().map(|excerpt| excerpt.column),
    })
}

fn show(args: &ShowArgs, context: &Context) -> Result<(), Failure> {
    let (loaded, language) = (load(context)?, context.language());
    let by_default = || tr!(language, "default", "默认");
    let row = |shown: &config::Shown| {
        let mut json = json!({ "setting": shown.path, "value": shown.value });
        let mut cells = vec![shown.path.clone(), shown.toml()];
        if args.origin {
            put(&mut json, "origin", shown.origin.as_deref().unwrap_or("default"));
            cells.push(shown.origin.clone().unwrap_or_else(by_default));
        }
        Row { id: shown.path.clone(), json, cells }
    };
    let mut head = vec![tr!(language, "SETTING", "配置项"), tr!(language, "VALUE", "值")];
    if args.origin {
        head.push(tr!(language, "ORIGIN", "来源"));
    }
    let rows = loaded.show().iter().map(row).collect();
    context.output().list(&Listing { head, rows, empty: String::new() })?;
    if loaded.report().errors() > 0 {
        let summary = loaded.report().summary(language.0);
        let message = tr!(language, "the configuration is invalid: {summary}", "配置无效：{summary}");
        return Err(Failure::new(Exit::Configuration, message).remedy("lingpai config check"));
    }
    Ok(())
}
