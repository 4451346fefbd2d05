//! Redirect URIs from the command line, and what is wrong with one, shown at the very character.

use std::ops::Range;

use protocol::{RedirectUri, RedirectUriError};
use unicode_width::UnicodeWidthStr as _;
use url::Url;

use crate::failure::{Exit, Failure};
use crate::language::{Language, tr};
use crate::paint::tame;

/// Checks every URI; the first that cannot be registered ends the command.
pub fn parse_all(uris: &[String], language: Language) -> Result<Vec<RedirectUri>, Failure> {
    let count = uris.len();
    let parse = |(index, uri): (usize, &String)| {
        RedirectUri::new(uri).map_err(|error| failure(uri, &error, (index + 1, count), language))
    };
    uris.iter().enumerate().map(parse).collect()
}

fn failure(uri: &str, error: &RedirectUriError, (number, count): (usize, usize), language: Language) -> Failure {
    let (reason, advice) = words(uri, error, language);
    let message =
        tr!(language, "redirect URI {number} of {count} {reason}", "第 {number}/{count} 个重定向 URI {reason}");
    let shown: String = uri.chars().take(200).collect();
    let span = span(uri, error);
    let before = tame(shown.get(..span.start.min(shown.len())).unwrap_or_default()).width();
    let marked = tame(shown.get(span).unwrap_or_default()).width().max(1);
    let caret = format!("  {}{} {advice}", " ".repeat(before), "^".repeat(marked));
    Failure::new(Exit::Usage, message).detail(format!("  {}", tame(&shown))).detail(caret)
}

/// The bytes of `uri` that the error is about.
fn span(uri: &str, error: &RedirectUriError) -> Range<usize> {
    let scheme = uri.find(':').unwrap_or(uri.len());
    let authority = uri.find("://").map_or(scheme, |at| at + 3);
    let host_end =
        uri.get(authority..).and_then(|rest| rest.find(['/', '?', '#'])).map_or(uri.len(), |at| authority + at);
    let whole = 0..uri.len();
    match error {
        RedirectUriError::BadPercent => bad_percent(uri).map_or(whole, |at| at..at + 1),
        RedirectUriError::Fragment => uri.find('#').map_or(whole, |at| at..uri.len()),
        RedirectUriError::HttpOutsideLoopback | RedirectUriError::SchemeNotAllowed => 0..scheme,
        RedirectUriError::InvalidCharacter => {
            let at =
                uri.char_indices().find(|(_, letter)| !letter.is_ascii_graphic() || "\"<>\\^`{|}".contains(*letter));
            at.map_or(whole, |(at, letter)| at..at + letter.len_utf8())
        }
        RedirectUriError::NotAbsolute | RedirectUriError::NotNormal { .. } => whole,
        RedirectUriError::PathWithoutSlash => 0..(scheme + 1).min(uri.len()),
        RedirectUriError::TooLong => 0..200.min(uri.len()),
        RedirectUriError::TrailingDot => host_end.saturating_sub(1)..host_end,
        RedirectUriError::UserInfo => {
            let end = uri.get(..host_end).and_then(|head| head.rfind('@')).map_or(host_end, |at| at + 1);
            authority.min(end)..end
        }
        RedirectUriError::Wildcard => uri.find('*').map_or(whole, |at| at..at + 1),
    }
}

fn bad_percent(uri: &str) -> Option<usize> {
    let is_escape =
        |at: usize| uri.get(at + 1..at + 3).is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    uri.match_indices('%').map(|(at, _)| at).find(|at| !is_escape(*at))
}

/// What is wrong, and what to write instead.
fn words(uri: &str, error: &RedirectUriError, language: Language) -> (String, String) {
    match error {
        RedirectUriError::BadPercent => (
            tr!(language, "has a percent sign that begins no escape", "里的百分号不是转义的开头"),
            tr!(language, "write %25 for a percent sign", "百分号本身请写成 %25"),
        ),
        RedirectUriError::Fragment => (
            tr!(language, "has a fragment", "带有片段"),
            tr!(language, "leave out everything from # on", "去掉 # 及其后的内容"),
        ),
        RedirectUriError::HttpOutsideLoopback => (
            tr!(language, "uses http for a host that is not loopback", "对非本机主机使用了 http"),
            tr!(
                language,
                "use https, or http://127.0.0.1:PORT/… for an app on this computer",
                "请使用 https；本机应用可用 http://127.0.0.1:端口/…",
            ),
        ),
        RedirectUriError::InvalidCharacter => invalid_character(uri, language),
        RedirectUriError::NotAbsolute => (
            tr!(language, "is not absolute", "不是完整的网址"),
            tr!(
                language,
                "write it like https://shop.example/callback",
                "请写成类似 https://shop.example/callback 的形式"
            ),
        ),
        RedirectUriError::NotNormal { normal } => (
            tr!(language, "is not in its normal form", "不是规范形式"),
            tr!(language, "write {normal}", "请写成 {normal}"),
        ),
        RedirectUriError::PathWithoutSlash => (
            tr!(language, "lacks a slash after its scheme", "的协议名后缺少斜杠"),
            tr!(language, "write it like com.example.app:/callback", "请写成类似 com.example.app:/callback 的形式"),
        ),
        RedirectUriError::SchemeNotAllowed => (
            tr!(language, "has a scheme that anybody could claim", "的协议名任何应用都可能占用"),
            tr!(
                language,
                "use https, or your reversed domain: com.example.app:/…",
                "请使用 https，或倒写的域名：com.example.app:/…"
            ),
        ),
        RedirectUriError::TooLong => (
            tr!(language, "is longer than 2048 bytes", "超过 2048 字节"),
            tr!(language, "keep state in the state parameter", "状态请放在 state 参数里"),
        ),
        RedirectUriError::TrailingDot => (
            tr!(language, "has a dot after its host", "的主机名以点结尾"),
            tr!(language, "leave the dot out", "去掉这个点"),
        ),
        RedirectUriError::UserInfo => (
            tr!(language, "has a user name or a password", "带有用户名或密码"),
            tr!(language, "leave it out", "去掉这一段"),
        ),
        RedirectUriError::Wildcard => (
            tr!(language, "has a wildcard", "带有通配符"),
            tr!(language, "list every URI: they are compared letter by letter", "请逐个列出：比较是逐字进行的"),
        ),
    }
}

fn invalid_character(uri: &str, language: Language) -> (String, String) {
    let reason = tr!(language, "has a character that no URI holds", "含有 URI 不允许的字符");
    // A host in another script, or a space in a path, has one right spelling, which the parser knows.
    let advice = match Url::parse(uri.trim()) {
        Ok(url) if !uri.chars().any(char::is_control) => tr!(language, "write {url}", "请写成 {url}"),
        Ok(_) | Err(_) => tr!(language, "percent-encode it, or leave it out", "请用百分号编码，或去掉它"),
    };
    (reason, advice)
}

#[cfg(test)]
mod tests {
    use protocol::Locale;

    use super::*;

    /// The message and what the caret stands under.
    fn shown(uri: &str) -> (String, String) {
        let failure = parse_all(&[uri.to_owned()], Language(Locale::En)).unwrap_err();
        let (line, carets) = (&failure.detail[0], &failure.detail[1]);
        let start = carets.find('^').unwrap();
        let end = carets.rfind('^').unwrap() + 1;
        (failure.message, line.get(start..end).unwrap_or_default().to_owned())
    }

    #[test]
    fn the_caret_stands_under_what_is_wrong() {
        for (uri, marked) in [
            ("http://shop.example.cn/cb", "http"),
            ("https://shop.example/cb#top", "#top"),
            ("https://me:pw@shop.example/cb", "me:pw@"),
            ("https://*.shop.example/cb", "*"),
            ("https://shop.example/%zz", "%"),
            ("https://shop.example/a b", " "),
            ("https://shop.example./cb", "."),
            ("myapp:/cb", "myapp"),
            ("/cb", "/cb"),
            ("HTTPS://shop.example/cb", "HTTPS://shop.example/cb"),
        ] {
            assert_eq!(shown(uri).1, marked, "{uri}: {}", shown(uri).0);
        }
    }

    #[test]
    fn the_number_of_the_uri_is_named() {
        let uris = ["https://a.example/cb".to_owned(), "http://shop.example.cn/cb".to_owned()];
        let failure = parse_all(&uris, Language(Locale::En)).unwrap_err();
        assert_eq!(failure.message, "redirect URI 2 of 2 uses http for a host that is not loopback");
        assert_eq!(failure.exit, Exit::Usage);
    }

    #[test]
    fn a_host_in_another_script_gets_its_ascii_form() {
        let failure = parse_all(&["https://商城.example/cb".to_owned()], Language(Locale::ZhCn)).unwrap_err();
        assert!(failure.detail[1].contains("https://xn--"), "{:?}", failure.detail);
    }

    #[test]
    fn control_characters_are_not_echoed() {
        let failure = parse_all(&["https://a.example/\u{1b}[2J".to_owned()], Language(Locale::En)).unwrap_err();
        assert!(!failure.detail.concat().contains('\u{1b}'));
    }
}
