//! `lingpai version`: what this program is made of.

use serde_json::json;

use crate::args::Context;
use crate::failure::Failure;
use crate::language::tr;
use crate::output::Card;

/// Writes the facts of the build.
pub fn run(context: &Context) -> Result<(), Failure> {
    let language = context.language();
    let version = env!("CARGO_PKG_VERSION");
    let target = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    let databases = ["sqlite", "postgres", "mysql"];
    context.output().card(&Card {
        title: format!("lingpai {version}"),
        id: version.to_owned(),
        json: json!({ "version": version, "target": target, "profile": profile, "databases": databases }),
        lines: vec![
            (tr!(language, "target", "平台"), target.clone()),
            (tr!(language, "profile", "构建"), profile.to_owned()),
            (tr!(language, "databases", "数据库"), "SQLite, PostgreSQL, MariaDB".to_owned()),
        ],
        env: vec![("LINGPAI_VERSION", version.to_owned())],
        paste: Vec::new(),
        next: Vec::new(),
    })
}
