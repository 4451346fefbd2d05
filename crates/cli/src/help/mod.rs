//! The command line as clap knows it, and its help in Chinese.
//!
//! English stands in the docstrings of the arguments; Chinese stands in [`chinese`]. Names, flags and values are the
//! same in every language.

mod chinese;

use clap::{Arg, ArgAction, Command, CommandFactory as _};
use protocol::Locale;

use crate::args::Cli;
use crate::language::Language;

/// The help of a command in Chinese: clap's own headings are English.
const TEMPLATE: &str = "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";
const HELP: &str = "显示帮助";

/// The whole command line, with its texts in a language.
pub fn command(language: Language) -> Command {
    match language.0 {
        Locale::En => Cli::command(),
        Locale::ZhCn => {
            let mut command = translated(Cli::command(), "");
            // The subcommand `help` exists only once everything is built.
            command.build();
            with_help_subcommands(command)
        }
    }
}

fn translated(command: Command, path: &str) -> Command {
    let about = chinese::about(path).unwrap_or_default();
    let examples =
        command.get_after_help().map(|text| text.to_string().replace("Examples:", "示例：")).unwrap_or_default();
    let mut command = command
        .about(about)
        .after_help(examples)
        .help_template(TEMPLATE)
        .subcommand_help_heading("命令")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .mut_args(|arg| {
            let help = chinese::argument(path, arg.get_id().as_str()).unwrap_or_default();
            let heading = match (arg.is_positional(), arg.is_global_set()) {
                (true, _) => "参数",
                (false, true) => "通用选项",
                (false, false) => "选项",
            };
            arg.help(help).help_heading(heading)
        })
        .mut_subcommands(|inner| {
            let path = format!("{path} {}", inner.get_name());
            translated(inner, path.trim_start())
        })
        .arg(Arg::new("help").short('h').long("help").action(ArgAction::Help).help(HELP).help_heading("选项"));
    if path.is_empty() {
        let version = Arg::new("version").short('V').long("version").action(ArgAction::Version);
        command = command.arg(version.help("显示版本").help_heading("选项"));
    }
    command
}

fn with_help_subcommands(command: Command) -> Command {
    command.mut_subcommands(|inner| {
        if inner.get_name() == "help" {
            inner.about("显示某个命令的帮助")
        } else {
            with_help_subcommands(inner)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_every_argument_has_its_chinese_words() {
        fn check(command: &Command, path: &str, missing: &mut Vec<String>) {
            if chinese::about(path).is_none() {
                missing.push(format!("command {path:?}"));
            }
            for arg in command.get_arguments() {
                if chinese::argument(path, arg.get_id().as_str()).is_none() {
                    missing.push(format!("{path:?}: {}", arg.get_id()));
                }
            }
            for inner in command.get_subcommands() {
                check(inner, format!("{path} {}", inner.get_name()).trim_start(), missing);
            }
        }
        let mut missing = Vec::new();
        check(&Cli::command(), "", &mut missing);
        assert_eq!(missing, Vec::<String>::new());
    }

    #[test]
    fn both_languages_understand_the_same_words() {
        for language in [Language(Locale::En), Language(Locale::ZhCn)] {
            let words = ["lingpai", "client", "add", "shop", "--redirect", "https://shop.example/cb", "-o", "json"];
            assert!(command(language).try_get_matches_from(words).is_ok(), "{language:?}");
            let help = command(language).try_get_matches_from(["lingpai", "client", "add", "--help"]).unwrap_err();
            assert_eq!(help.kind(), clap::error::ErrorKind::DisplayHelp, "{language:?}");
        }
    }

    #[test]
    fn chinese_help_has_no_english_headings() {
        let help =
            command(Language(Locale::ZhCn)).try_get_matches_from(["lingpai", "client", "set", "--help"]).unwrap_err();
        let text = help.to_string();
        for word in ["Usage", "Options", "Arguments", "Examples", "Print help"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }
}
