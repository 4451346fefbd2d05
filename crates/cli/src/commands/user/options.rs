//! The flags that `user add` and `user set` share.

use std::path::PathBuf;

use clap::Args;
use platform::random;
use platform::secret::Secret;
use protocol::StandardClaims;
use user_store::{Identifier, PasswordWeakness};

use crate::args::Context;
use crate::failure::{Exit, Failure};
use crate::language::{Language, tr};
use crate::paint::tame;
use crate::prompt;

/// What apps may learn of a person.
#[derive(Debug, Args)]
pub struct ClaimOptions {
    /// Full name
    #[arg(long)]
    name: Option<String>,
    /// Given name
    #[arg(long, value_name = "NAME")]
    given_name: Option<String>,
    /// Family name
    #[arg(long, value_name = "NAME")]
    family_name: Option<String>,
    /// Nickname
    #[arg(long, value_name = "NAME")]
    nickname: Option<String>,
    /// Language tag, such as zh-CN
    #[arg(long, value_name = "TAG")]
    locale: Option<String>,
    /// Time zone, such as Asia/Shanghai
    #[arg(long, value_name = "ZONE")]
    zoneinfo: Option<String>,
}

impl ClaimOptions {
    /// Writes what was said over the claims; an empty text takes one away.
    pub fn apply(&self, claims: &mut StandardClaims) {
        let set = |from: &Option<String>, to: &mut Option<String>| {
            if let Some(text) = from {
                *to = (!text.is_empty()).then(|| text.clone());
            }
        };
        set(&self.name, &mut claims.name);
        set(&self.given_name, &mut claims.given_name);
        set(&self.family_name, &mut claims.family_name);
        set(&self.nickname, &mut claims.nickname);
        set(&self.locale, &mut claims.locale);
        set(&self.zoneinfo, &mut claims.zoneinfo);
    }
}

/// Where a password comes from; never from an argument, which everybody on the machine can read.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct PasswordOptions {
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// Read the password from the first line of a file
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Make a password and print it, once
    #[arg(long)]
    generate_password: bool,
}

/// A password and whether it was made here.
pub struct Password {
    /// The password.
    pub secret: Secret,
    /// Made here: the person has to be told.
    pub is_generated: bool,
}

impl PasswordOptions {
    /// Whether one of them was given.
    pub fn is_given(&self) -> bool {
        self.password_stdin || self.password_file.is_some() || self.generate_password
    }

    /// Whether the password will be made here.
    pub fn is_generated(&self) -> bool {
        self.generate_password
    }

    /// Takes the password from where it was said to be; `None` where nothing was said.
    pub fn read(&self) -> Result<Option<Password>, Failure> {
        let given = |secret| Some(Password { secret, is_generated: false });
        if self.generate_password {
            return Ok(Some(Password { secret: Secret::new(random::password()), is_generated: true }));
        }
        if self.password_stdin {
            return prompt::secret_from_stdin().map(given);
        }
        match &self.password_file {
            Some(path) => prompt::secret_from_file(path).map(given),
            None => Ok(None),
        }
    }
}

/// A login of the one kind that it is well-formed for.
pub fn identifier(text: &str, context: &Context) -> Result<Identifier, Failure> {
    Identifier::candidates(text).into_iter().next().ok_or_else(|| {
        let (shown, language) = (tame(text), context.language());
        let message = tr!(
            language,
            "\"{shown}\" is neither a user name, nor an e-mail address, nor a phone number",
            "“{shown}”既不是用户名，也不是邮箱或手机号",
        );
        Failure::new(Exit::Usage, message).remedy(tr!(
            language,
            "user names have letters, digits and . _ - inside; phone numbers begin with +",
            "用户名由字母、数字及中间的 . _ - 组成；国际手机号以 + 开头",
        ))
    })
}

/// What the policy says of a password.
pub fn weak(weakness: PasswordWeakness, language: Language) -> Failure {
    let message = match weakness {
        PasswordWeakness::Common => tr!(language, "the password is one that many people use", "该密码太常见"),
        PasswordWeakness::ContainsIdentifier => {
            tr!(
                language,
                "the password contains a part of the person's name, address or number",
                "密码包含用户的名字、邮箱或号码"
            )
        }
        PasswordWeakness::ControlCharacter => {
            tr!(language, "the password contains a control character", "密码含有控制字符")
        }
        PasswordWeakness::TooLong { max } => {
            tr!(language, "the password is longer than {max} characters", "密码超过 {max} 个字符")
        }
        PasswordWeakness::TooShort { min } => {
            tr!(language, "the password is shorter than {min} characters", "密码不足 {min} 个字符")
        }
    };
    Failure::new(Exit::Usage, message).remedy(tr!(
        language,
        "choose another, or use --generate-password",
        "请换一个，或使用 --generate-password"
    ))
}

/// Somebody else is known by that login.
pub fn taken(login: &str, language: Language) -> Failure {
    let login = tame(login);
    Failure::new(Exit::Conflict, tr!(language, "somebody is known as {login} already", "{login} 已被使用")).remedy(tr!(
        language,
        "lingpai user show {login}",
        "lingpai user show {login}"
    ))
}

/// More passwords are being hashed than fit; cannot happen to one command, and is said if it does.
pub fn busy(language: Language) -> Failure {
    Failure::new(Exit::Failed, tr!(language, "too many passwords are being hashed", "正在处理的密码过多")).remedy(tr!(
        language,
        "run the command again",
        "请重新运行该命令"
    ))
}

/// The claims do not fit into their row.
pub fn too_large(language: Language) -> Failure {
    Failure::new(Exit::Usage, tr!(language, "that is more than 16 KiB about one person", "单个用户的资料超过 16 KiB"))
}
