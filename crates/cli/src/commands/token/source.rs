//! Where a token comes from: standard input, a file or the keyboard, and never the command line.

use std::path::PathBuf;

use clap::Args;
use platform::secret::Secret;

use crate::args::Context;
use crate::failure::{Exit, Failure};
use crate::language::tr;
use crate::prompt;

/// Where the token comes from.
#[derive(Debug, Args)]
pub struct TokenSource {
    /// A single - reads the token from standard input; without it and --file it is asked for
    #[arg(value_name = "-")]
    stdin: Option<String>,
    /// Read the token from the first line of a file
    #[arg(long, value_name = "FILE", conflicts_with = "stdin")]
    file: Option<PathBuf>,
}

impl TokenSource {
    /// Takes the token from where it was said to be.
    pub fn read(&self, context: &Context) -> Result<Secret, Failure> {
        let language = context.language();
        let token = match (&self.stdin, &self.file) {
            (Some(dash), _) if dash == "-" => prompt::token_from_stdin()?,
            // Not repeated: it may be a token.
            (Some(_), _) => {
                let message = tr!(
                    language,
                    "a token is never an argument: everybody on this computer can read those",
                    "不能把令牌作为参数：本机上的任何人都能看到命令行参数"
                );
                return Err(missing(message, context));
            }
            (None, Some(path)) => prompt::token_from_file(path)?,
            (None, None) if prompt::can_ask(context) => prompt::token(context)?,
            (None, None) => {
                let message =
                    tr!(language, "a token is missing, and nobody is here to ask", "缺少令牌，且无人可以询问");
                return Err(missing(message, context));
            }
        };
        let text = token.expose().trim();
        if text.is_empty() {
            return Err(missing(tr!(language, "no token came", "没有读到令牌"), context));
        }
        Ok(Secret::new(text.to_owned()))
    }
}

fn missing(message: String, context: &Context) -> Failure {
    Failure::new(Exit::Usage, message).remedy(tr!(
        context.language(),
        "use - for standard input, or --file FILE",
        "用 - 从标准输入读取，或用 --file 文件"
    ))
}
