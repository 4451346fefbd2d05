//! The development commands: `cargo xtask test`, `bench`, `bless`, `soak`.
//!
//! One file per command; beside them one file per thing that a command needs (a database server, a package source).
//! Nothing here is part of the server, and nothing here needs more than a Rust toolchain to compile.

mod bench;
mod bless;
mod cargo;
mod databases;
mod debian;
mod deny;
mod guard;
mod load;
mod mariadb;
mod npm;
mod postgres;
mod python;
mod report;
mod scratch;
mod soak;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  test    format, lints, licences, build, and every test on SQLite, PostgreSQL and MariaDB;
          installs what is missing, starts the databases on free ports, stops them afterwards
  bless   writes the golden files again from what the code now says; read the diff before you commit it
  soak    the long forms of the tests (LINGPAI_SOAK=1)
  bench [--quick] [--only ROW] [--rounds N] [--binary PATH] [--profile NAME]
          release build: time to the first answer, idle memory, size of the binary; then how fast each endpoint is, on
          SQLite and PostgreSQL, and npm's oidc-provider beside it. --only takes a part of a row's name, again and again;
          `start`, `ceilings`, `mixed`, `sqlite`, `postgres` and `reference` are names too
  databases [command…]
          PostgreSQL and MariaDB for as long as the command runs, or until the end of the input;
          their URLs are in the command's environment
  help    this text

Environment
  CI=true                  a step or a test that had to be skipped is a failure
  LINGPAI_TEST_POSTGRES    use this PostgreSQL (an admin URL) instead of starting one
  LINGPAI_TEST_MARIADB     use this MariaDB (an admin URL) instead of starting one
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_else(|| "help".to_owned());
    let result = match command.as_str() {
        "test" => Ok(test::run()),
        "bless" => Ok(bless::run()),
        "soak" => Ok(soak::run()),
        "bench" => bench::run(&arguments.collect::<Vec<_>>()),
        "databases" => databases::run(&arguments.collect::<Vec<_>>()),
        "guard" => guard::run(arguments.collect()),
        "help" | "-h" | "--help" => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        unknown => {
            eprint!("xtask: no command `{unknown}`\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
