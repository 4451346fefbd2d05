//! Which files, variables and flags there are, and how one lies over the other.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::catalogue::{self, Kind};
use super::check::{self, Check};
use super::tree::{self, Node, Table};
use super::{Code, Config, Finding, Place, Report, Settings, Source, Text, environment, text};

/// A configuration file is text that a person wrote; this is far more than any of them writes.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// A setting given on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Section and key: `server.listen`.
    pub path: &'static str,
    /// The flag as it was typed: `--listen`.
    pub flag: &'static str,
    /// Its value.
    pub value: String,
}

/// Where to look.
#[derive(Clone, Debug)]
pub struct Sources {
    /// Read first, if it exists.
    pub system_file: Option<PathBuf>,
    /// Read in this order; each must exist.
    pub files: Vec<PathBuf>,
    /// Every variable of the environment; the ones of other programs are passed over.
    pub environment: Vec<(String, String)>,
    /// Settings from the command line.
    pub flags: Vec<Override>,
    /// Where the program runs.
    pub working_dir: PathBuf,
}

impl Sources {
    /// Where the configuration of this machine stands when nobody says otherwise.
    pub const SYSTEM_FILE: &'static str = "/etc/lingpai/lingpai.toml";

    /// The named files, with the machine's file beneath and the process's environment above.
    pub fn of_process(files: Vec<PathBuf>, flags: Vec<Override>) -> Self {
        // Names and values that are not UTF-8 cannot be settings.
        let environment =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self {
            system_file: Some(Self::SYSTEM_FILE.into()),
            files,
            environment: environment.collect(),
            flags,
            working_dir: PathBuf::new(),
        }
    }

    /// Reads everything and checks it.
    ///
    /// Errors: none; what is wrong is in the report, and there is a [`Config`] exactly if it holds no error.
    pub fn load(&self) -> Loaded {
        let mut report = Report::default();
        let paths = self.paths(&mut report);
        let mut table = Table::new();
        for path in &paths {
            lay(&mut table, read_file(path, &mut report));
        }
        lay(&mut table, environment::variables(&self.environment, &mut report));
        lay(&mut table, environment::flags(&self.flags, &mut report));
        let is_whole = report.errors() == 0;
        check::types(&mut table, &mut report);
        let read: Result<Settings, _> = serde_path_to_error::deserialize(Node::Table(table.clone()).to_json());
        let last = self.files.last().or_else(|| paths.first());
        let folder = last.and_then(|path| path.parent()).map_or_else(|| self.working_dir.clone(), Path::to_path_buf);
        let mut check = Check {
            table: &table,
            report: &mut report,
            folder: &folder,
            working_dir: &self.working_dir,
            environment: &self.environment,
        };
        let (settings, config) = match read {
            // Where a file could not be read, what seems to be missing may well stand in it.
            Ok(settings) => (settings.clone(), if is_whole { settings.check(&mut check) } else { None }),
            Err(error) => {
                let path = error.path().to_string();
                let label = Text::new(error.inner().to_string(), error.inner().to_string());
                check.note(Code::WrongType, &path, label, Text::default());
                (Settings::default(), None)
            }
        };
        Loaded { files: paths, table, settings, config, report }
    }

    /// Every file that is read, lowest first.
    fn paths(&self, report: &mut Report) -> Vec<PathBuf> {
        let is_named = |path: &PathBuf| self.files.contains(path);
        let mut paths: Vec<_> =
            self.system_file.iter().filter(|path| path.exists() && !is_named(path)).cloned().collect();
        paths.extend(self.files.iter().cloned());
        if let Some(last) = paths.last().cloned() {
            let folder = last.parent().unwrap_or(Path::new("")).join("conf.d");
            match fragments(&folder) {
                Ok(more) => paths.extend(more),
                Err(error) => report.push(unreadable(&folder, &error)),
            }
        }
        paths
    }
}

fn lay(base: &mut Table, over: Table) {
    // A secret is one thing: a file over a variable replaces it, and does not make two sources of it.
    tree::merge(base, over, &|path| catalogue::find(path).is_some_and(|field| field.kind == Kind::Secret));
}

/// The `*.toml` of a folder by name; nothing if there is no such folder.
fn fragments(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml") && path.is_file());
    paths.sort();
    Ok(paths)
}

fn read_file(path: &Path, report: &mut Report) -> Table {
    let text = match read_text(path) {
        Ok(text) => text,
        Err(error) => {
            report.push(unreadable(path, &error));
            return Table::new();
        }
    };
    let source = Arc::new(Source::File { path: path.to_owned(), text: text.clone() });
    let (table, errors) = tree::parse(&source, &text);
    for (message, span) in errors {
        let place = Place::new(Arc::clone(&source), span);
        // The words of the parser are English; the place is what helps.
        let label = Text::new(message.clone(), message);
        let help = text!("texts stand in quotes, sections in [brackets]", "文本要加引号，节名写在 [方括号] 里");
        report.push(Finding { code: Code::SyntaxBroken, place, label, help });
    }
    table
}

fn read_text(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > MAX_FILE_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "larger than 1 MiB"));
    }
    fs::read_to_string(path)
}

fn unreadable(path: &Path, error: &io::Error) -> Finding {
    let source = Arc::new(Source::File { path: path.to_owned(), text: String::new() });
    let help = match error.kind() {
        io::ErrorKind::NotFound => text!("lingpai init writes one", "运行 lingpai init 可生成一份"),
        io::ErrorKind::PermissionDenied => {
            text!("run as the user that owns the file", "请以该文件所有者的身份运行")
        }
        _ => Text::default(),
    };
    let label = Text::new(error.to_string(), error.to_string());
    Finding { code: Code::FileUnreadable, place: Place::new(source, 0..0), label, help }
}

/// What was read: the values, what is wrong with them, and, if nothing is, the configuration.
#[derive(Debug)]
pub struct Loaded {
    pub(super) files: Vec<PathBuf>,
    pub(super) table: Table,
    pub(super) settings: Settings,
    config: Option<Config>,
    report: Report,
}

impl Loaded {
    /// The files that were read, lowest first.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// How many settings somebody set.
    pub fn set_count(&self) -> usize {
        catalogue::fields().filter(|field| tree::find(&self.table, &field.path).is_some()).count()
    }

    /// What was found.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The configuration, with what should still be looked at; or what is wrong.
    pub fn into_config(self) -> Result<(Config, Report), Report> {
        match self.config {
            Some(config) => Ok((config, self.report)),
            None => Err(self.report),
        }
    }
}
