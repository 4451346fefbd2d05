//! How a judgement is said to people.

use super::judge::{Check, Fault, Judged, Question, TokenKind};
use crate::commands::flow::advice;
use crate::language::{Language, tr};

/// What a token is.
pub fn kind(kind: TokenKind, language: Language) -> String {
    match kind {
        TokenKind::AccessJwt => tr!(language, "Access token, JWT", "访问令牌（JWT）"),
        TokenKind::AccessOpaque => tr!(language, "Access token, opaque", "访问令牌（不透明）"),
        TokenKind::Id => tr!(language, "ID token", "ID 令牌"),
        TokenKind::Refresh => tr!(language, "Refresh token", "刷新令牌"),
        TokenKind::Unknown => tr!(language, "No token of this server", "不是本服务器的令牌"),
    }
}

/// What was asked.
pub fn question(question: Question, language: Language) -> String {
    match question {
        Question::Audience => tr!(language, "audience", "受众"),
        Question::Claims => tr!(language, "claims", "声明"),
        Question::Form => tr!(language, "form", "格式"),
        Question::Issuer => tr!(language, "issuer", "签发者"),
        Question::Signature => tr!(language, "signature", "签名"),
        Question::Standing => tr!(language, "standing", "有效性"),
        Question::Stored => tr!(language, "stored", "存储"),
        Question::Time => tr!(language, "time", "时间"),
        Question::Type => tr!(language, "type", "类型"),
    }
}

/// The answer, in one line.
pub fn answer(check: &Check, language: Language) -> String {
    let (expected, found) = (&check.expected, &check.found);
    let Some(fault) = &check.fault else { return format!("✓ {found}") };
    let why = reason(fault, language);
    let sentence = match check.question {
        Question::Audience => {
            tr!(language, "it is for {found}; expected {expected}", "受众是 {found}；应为 {expected}")
        }
        Question::Claims => tr!(language, "a claim is missing or malformed: {found}", "声明缺失或格式错误：{found}"),
        Question::Form => tr!(language, "it is no token: {found}", "不是令牌：{found}"),
        Question::Issuer => tr!(language, "it names {found}; expected {expected}", "签发者是 {found}；应为 {expected}"),
        Question::Signature => {
            tr!(language, "not signed by a key of this server: {found}", "不是本服务器密钥的签名：{found}")
        }
        Question::Standing => why,
        Question::Stored => match fault {
            Fault::Other | Fault::Refused(_) => {
                tr!(
                    language,
                    "this server does not know it, or its secret is wrong",
                    "本服务器不认识它，或其机密部分有误"
                )
            }
            Fault::Revoked | Fault::Spent => why,
        },
        Question::Time => tr!(language, "it holds {found}; now it is {expected}", "有效期 {found}；当前 {expected}"),
        Question::Type => tr!(language, "typ is \"{found}\"; expected {expected}", "typ 是“{found}”；应为 {expected}"),
    };
    format!("✗ {sentence}")
}

/// Why it is not active: the first check that failed.
pub fn failing(judged: &Judged, language: Language) -> Option<String> {
    let check = judged.checks.iter().find(|check| check.fault.is_some())?;
    let (name, said) = (question(check.question, language), answer(check, language));
    Some(format!("{name}: {}", said.trim_start_matches("✗ ")))
}

fn reason(fault: &Fault, language: Language) -> String {
    match fault {
        Fault::Refused(refused) => advice::sentence(refused.refusal.name(), language),
        Fault::Revoked => tr!(language, "it was revoked", "已被吊销"),
        Fault::Spent => tr!(language, "it was spent, and another took its place", "已使用过，已由新令牌接替"),
        Fault::Other => tr!(language, "it does not fit", "不符合"),
    }
}
