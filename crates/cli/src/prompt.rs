//! Questions to the person at the terminal, and secrets that come by another way than an argument.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};

use platform::secret::Secret;

use crate::args::Context;
use crate::failure::{Exit, Failure};
use crate::language::tr;

/// A secret is a short line; more than this is the wrong file.
const MAX_SECRET_BYTES: u64 = 4096;
/// A token is a longer line: twice the longest that any endpoint takes.
const MAX_TOKEN_BYTES: u64 = 16 * 1024;

/// Whether somebody is there who can answer.
pub fn can_ask(context: &Context) -> bool {
    !context.global.no_input && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a line; an empty answer means `usual`.
pub fn ask(question: &str, usual: Option<&str>) -> Result<String, Failure> {
    let hint = usual.map(|usual| format!(" [{usual}]")).unwrap_or_default();
    let mut stderr = io::stderr();
    write!(stderr, "{question}{hint}: ").and_then(|()| stderr.flush()).map_err(Failure::system)?;
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line).map_err(Failure::system)? == 0 {
        // The end of input is the keyboard's way of leaving.
        let _ = writeln!(stderr);
        return Err(Failure::silent(Exit::Interrupted));
    }
    let answer = line.trim();
    Ok(if answer.is_empty() { usual.unwrap_or_default().to_owned() } else { answer.to_owned() })
}

/// Asks before something is destroyed.
///
/// Errors: without a terminal, and without `--yes`, a wrong use; on any other answer than yes, interrupted.
pub fn confirm(context: &Context, yes: bool, question: &str) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    let language = context.language();
    if !can_ask(context) {
        let message = tr!(language, "{question} Nobody is here to answer.", "{question}没有人可以回答。");
        return Err(Failure::new(Exit::Usage, message).remedy(tr!(language, "add --yes", "请加上 --yes")));
    }
    let answer = ask(&tr!(language, "{question} (y/N)", "{question}(y/N)"), None)?;
    if matches!(answer.to_lowercase().as_str(), "y" | "yes" | "是") {
        Ok(())
    } else {
        context.talk.say(&tr!(language, "nothing was changed", "未做任何更改"));
        Err(Failure::silent(Exit::Interrupted))
    }
}

/// Asks for a new password, twice.
pub fn new_password(context: &Context) -> Result<Secret, Failure> {
    let language = context.language();
    let read = |question: String| rpassword::prompt_password(question).map(Secret::new).map_err(Failure::system);
    loop {
        let first = read(tr!(language, "Password: ", "密码："))?;
        let second = read(tr!(language, "Once more: ", "再输一次："))?;
        if first.expose() == second.expose() {
            return Ok(first);
        }
        context.talk.say(&tr!(language, "These differ. Again, please.", "两次输入不一致，请重新输入。"));
    }
}

/// Reads a secret from standard input: its first line.
pub fn secret_from_stdin() -> Result<Secret, Failure> {
    read_secret(io::stdin().lock(), MAX_SECRET_BYTES)
}

/// Reads a secret from a file: its first line.
pub fn secret_from_file(path: &Path) -> Result<Secret, Failure> {
    read_secret(open(path)?, MAX_SECRET_BYTES)
}

/// Reads a token from standard input: its first line.
pub fn token_from_stdin() -> Result<Secret, Failure> {
    read_secret(io::stdin().lock(), MAX_TOKEN_BYTES)
}

/// Reads a token from a file: its first line.
pub fn token_from_file(path: &Path) -> Result<Secret, Failure> {
    read_secret(open(path)?, MAX_TOKEN_BYTES)
}

/// Asks for a token, which does not appear on the screen.
pub fn token(context: &Context) -> Result<Secret, Failure> {
    let question = tr!(context.language(), "Token: ", "令牌：");
    rpassword::prompt_password(question).map(Secret::new).map_err(Failure::system)
}

fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| Failure::new(Exit::Failed, format!("{}: {error}", path.display())))
}

fn read_secret(source: impl io::Read, most: u64) -> Result<Secret, Failure> {
    let mut text = String::new();
    source.take(most).read_to_string(&mut text).map_err(Failure::system)?;
    Ok(Secret::new(text.lines().next().unwrap_or_default().to_owned()))
}

/// A new file that only its owner can read, made before the secret that goes into it.
///
/// Dropped without [`SecretFile::write`] it removes itself, so that a failed command leaves nothing.
pub struct SecretFile {
    path: PathBuf,
    file: File,
    is_written: bool,
}

impl SecretFile {
    /// Creates the file; never replaces one.
    pub fn create(path: &Path, context: &Context) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| {
            let (shown, language) = (path.display(), context.language());
            match error.kind() {
                io::ErrorKind::AlreadyExists => {
                    Failure::new(Exit::Conflict, tr!(language, "{shown} exists", "{shown} 已存在")).remedy(tr!(
                        language,
                        "choose another file, or remove this one",
                        "请换一个文件名，或先删除该文件"
                    ))
                }
                _ => Failure::new(Exit::Failed, format!("{shown}: {error}")),
            }
        })?;
        Ok(Self { path: path.to_owned(), file, is_written: false })
    }

    /// Writes the secret, durably.
    pub fn write(mut self, secret: &Secret) -> Result<(), Failure> {
        self.file
            .write_all(secret.expose().as_bytes())
            .and_then(|()| self.file.write_all(b"\n"))
            .and_then(|()| self.file.sync_all())
            .map_err(Failure::system)?;
        self.is_written = true;
        Ok(())
    }
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        if !self.is_written {
            // Best effort: an empty file is no secret.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_first_line_without_its_end() {
        for text in ["hunter2", "hunter2\n", "hunter2\r\n", "hunter2\nsecond\n"] {
            assert_eq!(
                read_secret(text.as_bytes(), MAX_SECRET_BYTES).map(|secret| secret.expose().to_owned()).ok().as_deref(),
                Some("hunter2")
            );
        }
    }
}
