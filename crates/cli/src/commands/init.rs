//! `lingpai init`: a production configuration of a few lines, and a master key.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use platform::seal::{KeyFileError, MasterKey};
use serde_json::json;
use server::config::{Issuer, IssuerError, dev_folder};
use url::Url;

use crate::args::{Context, DryRun, Yes};
use crate::failure::{Exit, Failure};
use crate::language::{Language, tr};
use crate::output::{Card, print};
use crate::paint::tame;
use crate::prompt;

const FILE: &str = "lingpai.toml";
const USUAL_DATABASE: &str = "sqlite:lingpai.db";
const USUAL_LISTEN: &str = "127.0.0.1:8080";

/// `lingpai init`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  lingpai init\n  lingpai init --yes --issuer https://id.example.com --dir /etc/lingpai"
)]
pub struct InitArgs {
    /// Address of the service, such as https://id.example.com
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// Folder to write to
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    dir: PathBuf,
    /// Database, without a password [default: sqlite:lingpai.db]
    #[arg(long, value_name = "URL", conflicts_with_all = ["database_file", "database_env"])]
    database: Option<String>,
    /// File that holds the URL of the database
    #[arg(long, value_name = "FILE")]
    database_file: Option<PathBuf>,
    /// Environment variable that holds the URL of the database
    #[arg(long, value_name = "NAME", conflicts_with = "database_file")]
    database_env: Option<String>,
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Name that people see on the pages
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    dry_run: DryRun,
}

/// The answers, checked.
struct Answers {
    issuer: Issuer,
    database: Database,
    listen: SocketAddr,
    name: Option<String>,
}

/// Where the URL of the database stands.
enum Database {
    Env(String),
    File(PathBuf),
    Written(String),
}

/// Asks what is missing and writes both files, or neither.
pub fn run(args: &InitArgs, context: &Context) -> Result<(), Failure> {
    let language = context.language();
    let (file, key) = (args.dir.join(FILE), args.dir.join(dev_folder::MASTER_KEY));
    for path in [&file, &key] {
        if path.exists() {
            return Err(exists(path, language));
        }
    }
    let answers = answers(args, context)?;
    let text = answers.write(language);
    if args.dry_run.dry_run {
        print(&text)?;
        let (file, key) = (file.display(), key.display());
        context.talk.say(&tr!(
            language,
            "dry run: {file} and {key} were not written",
            "试运行：未写入 {file} 和 {key}"
        ));
        return Ok(());
    }
    std::fs::create_dir_all(&args.dir)
        .map_err(|error| Failure::new(Exit::Failed, format!("{}: {error}", args.dir.display())))?;
    // The key first: a configuration without its key would be of no use, and a key without one is harmless.
    MasterKey::generate_to_file(&key).map_err(|error| key_failed(&error, language))?;
    write_new(&file, &text, language)?;
    context.output().card(&card(&answers, (&file, &key), language))
}

fn answers(args: &InitArgs, context: &Context) -> Result<Answers, Failure> {
    let language = context.language();
    let asks = !args.yes.yes && prompt::can_ask(context);
    let issuer = match &args.issuer {
        Some(text) => Issuer::new(text).map_err(|error| issuer_refused(text, &error, language))?,
        None if asks => ask_issuer(context)?,
        None => {
            let message = tr!(language, "the address of the service is missing", "缺少服务地址");
            let remedy = "lingpai init --yes --issuer https://id.example.com";
            return Err(Failure::new(Exit::Usage, message).remedy(remedy));
        }
    };
    let database = match (&args.database, &args.database_file, &args.database_env) {
        (Some(url), _, _) => database(url, language)?,
        (None, Some(path), _) => Database::File(std::path::absolute(path).map_err(Failure::system)?),
        (None, None, Some(name)) => Database::Env(name.clone()),
        (None, None, None) if asks => {
            let question = tr!(language, "Database, without a password", "数据库（不含密码）");
            database(&prompt::ask(&question, Some(USUAL_DATABASE))?, language)?
        }
        (None, None, None) => Database::Written(USUAL_DATABASE.to_owned()),
    };
    let listen = match args.listen {
        Some(address) => address,
        None if asks => ask_listen(context)?,
        None => SocketAddr::from(([127, 0, 0, 1], 8080)),
    };
    let name = match &args.name {
        Some(name) => Some(name.clone()),
        None if asks => {
            Some(prompt::ask(&tr!(language, "Name that people see", "页面上显示的名称"), Some(issuer.authority()))?)
        }
        None => None,
    };
    Ok(Answers { issuer, database, listen, name })
}

fn ask_issuer(context: &Context) -> Result<Issuer, Failure> {
    let language = context.language();
    loop {
        let question = tr!(
            language,
            "Address of the service, such as https://id.example.com",
            "服务地址，例如 https://id.example.com"
        );
        let text = prompt::ask(&question, None)?;
        match Issuer::new(&text) {
            Ok(issuer) => return Ok(issuer),
            Err(error) => context.talk.say(&issuer_words(&error, language)),
        }
    }
}

fn ask_listen(context: &Context) -> Result<SocketAddr, Failure> {
    let language = context.language();
    loop {
        let question = tr!(language, "Address to listen on, behind a proxy with TLS", "监听地址（前面由代理提供 TLS）");
        match prompt::ask(&question, Some(USUAL_LISTEN))?.parse() {
            Ok(address) => return Ok(address),
            Err(_) => {
                context.talk.say(&tr!(language, "That is not an IP address and a port.", "这不是 IP 地址加端口。"));
            }
        }
    }
}

fn issuer_words(error: &IssuerError, language: Language) -> String {
    match error {
        IssuerError::Inexact { exact } => tr!(language, "write it as {exact}", "请写成 {exact}"),
        IssuerError::NotHttps => tr!(
            language,
            "it must begin with https:// (http is for localhost only)",
            "必须以 https:// 开头（http 只能用于 localhost）"
        ),
        IssuerError::NotUrl => tr!(
            language,
            "it must be an address such as https://id.example.com",
            "应为类似 https://id.example.com 的地址"
        ),
    }
}

fn issuer_refused(text: &str, error: &IssuerError, language: Language) -> Failure {
    let text = tame(text);
    Failure::new(Exit::Usage, tr!(language, "{text} cannot be the issuer", "{text} 不能作为 issuer"))
        .remedy(issuer_words(error, language))
}

/// A URL for the file; one with a password belongs elsewhere, and never into an argument.
fn database(url: &str, language: Language) -> Result<Database, Failure> {
    let has_password = Url::parse(url)
        .is_ok_and(|url| url.password().is_some() || url.query().is_some_and(|query| query.contains("password")));
    if has_password {
        let message = tr!(
            language,
            "a password on the command line can be read by everybody on this machine",
            "命令行里的密码本机上人人可见",
        );
        return Err(Failure::new(Exit::Usage, message).remedy(tr!(
            language,
            "put the whole URL into a file and name it with --database-file",
            "请把完整网址写入文件，并用 --database-file 指定",
        )));
    }
    Ok(Database::Written(url.to_owned()))
}

impl Answers {
    /// The file: under thirty lines, everything else is at its default.
    fn write(&self, language: Language) -> String {
        let quote = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let database = match &self.database {
            Database::Env(name) => format!("{{ env = {} }}", quote(name)),
            Database::File(path) => format!("{{ file = {} }}", quote(&path.display().to_string())),
            Database::Written(url) => quote(url),
        };
        let heading = tr!(
            language,
            "# Lingpai. Everything that is not here is at its default: lingpai config default",
            "# 令牌。未写出的配置项均为默认值：lingpai config default",
        );
        let on_issuer = tr!(
            language,
            "the exact \"iss\" of every token; changing it later breaks clients",
            "所有令牌里的 iss，逐字一致；以后修改会影响所有客户端"
        );
        let on_listen = tr!(language, "plain http: a proxy in front ends TLS", "明文 http：由前面的代理终结 TLS");
        let on_proxies = tr!(language, "whose X-Forwarded-For is believed", "信任哪些代理的 X-Forwarded-For");
        let on_master = tr!(
            language,
            "keep a copy of this file apart from the database's backups",
            "请将该文件与数据库备份分开保存"
        );
        let mut out = format!("{heading}\n\n[server]\n");
        let _ = writeln!(out, "issuer = {}  # {on_issuer}", quote(self.issuer.as_str()));
        let _ = writeln!(out, "listen = [{}]  # {on_listen}", quote(&self.listen.to_string()));
        let _ = writeln!(out, "trusted_proxies = [\"127.0.0.1\", \"::1\"]  # {on_proxies}");
        let _ = write!(out, "\n[database]\nurl = {database}\n");
        let _ = write!(out, "\n[secrets]\nmaster = {{ file = \"{}\" }}  # {on_master}\n", dev_folder::MASTER_KEY);
        if let Some(name) = &self.name {
            let name = quote(name);
            let _ = write!(out, "\n[branding.name]\nen = {name}\nzh-CN = {name}\n");
        }
        if language == Language(protocol::Locale::ZhCn) {
            out.push_str("\n[i18n]\ndefault = \"zh-CN\"\n");
        }
        out
    }
}

fn card(answers: &Answers, (file, key): (&Path, &Path), language: Language) -> Card {
    let (file, key) = (file.display().to_string(), key.display().to_string());
    let option = if file == FILE || file == format!("./{FILE}") { String::new() } else { format!(" --config {file}") };
    Card {
        title: tr!(language, "Configuration written", "已写入配置"),
        id: file.clone(),
        json: json!({ "config": file, "master_key": key, "issuer": answers.issuer.as_str() }),
        lines: vec![
            (tr!(language, "config", "配置"), file.clone()),
            (
                tr!(language, "master key", "主密钥"),
                tr!(
                    language,
                    "{key} (keep a copy: without it the signing keys are lost)",
                    "{key}（请备份：丢失后签名密钥无法恢复）"
                ),
            ),
            (tr!(language, "issuer", "签发者"), answers.issuer.to_string()),
        ],
        env: vec![("LINGPAI_CONFIG", file)],
        paste: Vec::new(),
        next: vec![
            format!("lingpai config check{option}"),
            format!("lingpai serve{option}"),
            format!("lingpai client add shop --redirect https://shop.example/cb{option}"),
        ],
    }
}

fn write_new(path: &Path, text: &str, language: Language) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // The file may come to hold secrets, so nobody else reads it from the start.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(path, language),
        _ => Failure::new(Exit::Failed, format!("{}: {error}", path.display())),
    })
}

fn key_failed(error: &KeyFileError, language: Language) -> Failure {
    match error {
        KeyFileError::Exists { path } => exists(path, language),
        KeyFileError::Malformed { .. } | KeyFileError::Unreadable { .. } => {
            Failure::new(Exit::Failed, error.to_string())
        }
    }
}

fn exists(path: &Path, language: Language) -> Failure {
    let path = path.display();
    let message = tr!(language, "{path} exists, and init overwrites nothing", "{path} 已存在，init 不会覆盖任何文件");
    Failure::new(Exit::Conflict, message).remedy(tr!(
        language,
        "choose another folder with --dir, or run: lingpai config check",
        "用 --dir 另选文件夹，或运行：lingpai config check"
    ))
}
