use std::collections::BTreeSet;

use super::*;

fn keys(source: &str) -> BTreeSet<&str> {
    source
        .lines()
        .filter(|line| !line.starts_with([' ', '#', '}']))
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, _)| key)
        .collect()
}

/// The `$names` of a text, which both languages must share.
fn variables<'s>(source: &'s str, key: &str) -> BTreeSet<&'s str> {
    let start = source.find(&format!("\n{key} = ")).unwrap() + 1;
    let text = &source[start..];
    let end = text.find("\n\n").unwrap_or(text.len());
    let next =
        text[..end].match_indices('\n').find(|(at, _)| text[at + 1..].starts_with(|c: char| c.is_ascii_lowercase()));
    let text = &text[..next.map_or(end, |(at, _)| at)];
    text.split('$').skip(1).map(|rest| rest.split([' ', '}']).next().unwrap()).collect()
}

const TEMPLATES: [&str; 10] = [
    include_str!("../../templates/consent.html"),
    include_str!("../../templates/device-ask.html"),
    include_str!("../../templates/device-done.html"),
    include_str!("../../templates/device.html"),
    include_str!("../../templates/fault.html"),
    include_str!("../../templates/home.html"),
    include_str!("../../templates/layout.html"),
    include_str!("../../templates/login.html"),
    include_str!("../../templates/logout.html"),
    include_str!("../../templates/signed-out.html"),
];

const SOURCES: [&str; 7] = [
    include_str!("../render.rs"),
    include_str!("../view/consent.rs"),
    include_str!("../view/device.rs"),
    include_str!("../view/fault.rs"),
    include_str!("../view/home.rs"),
    include_str!("../view/login.rs"),
    include_str!("../view/mod.rs"),
];

#[test]
fn both_languages_say_the_same_things() {
    assert_eq!(keys(EN), keys(ZH_CN));
    for key in keys(EN) {
        assert_eq!(variables(EN, key), variables(ZH_CN, key), "{key}");
    }
}

#[test]
fn every_text_is_used() {
    let composed: Vec<String> = web::FaultKind::ALL
        .iter()
        .flat_map(|kind| ["title", "heading", "body"].map(|part| format!("fault-{}-{part}", kind.name())))
        .collect();
    for key in keys(EN) {
        let is_said =
            |source: &&str| [format!("\"{key}\""), format!("'{key}'")].iter().any(|text| source.contains(text));
        let is_used = TEMPLATES.iter().chain(SOURCES.iter()).any(is_said) || composed.iter().any(|text| text == key);
        assert!(is_used, "{key} is said nowhere");
    }
}

#[test]
fn every_text_that_a_template_says_exists() {
    let known = keys(EN);
    for template in TEMPLATES {
        for said in template.split("t(").chain(template.split("rich(")).skip(1) {
            let Some(quote) = said.chars().next().filter(|first| matches!(first, '"' | '\'')) else { continue };
            let key = said[1..].split(quote).next().unwrap();
            assert!(known.contains(key), "{key}");
        }
    }
}

#[test]
fn texts_keep_the_house_style() {
    for source in [EN, ZH_CN] {
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            for forbidden in ["帐号", "账户", "您", "!", "！", "please", "Please", "oops"] {
                assert!(!line.contains(forbidden), "{forbidden} in {line}");
            }
        }
    }
    for line in ZH_CN.lines().filter(|line| !line.starts_with('#')) {
        let text = line.split_once(" = ").map_or(line, |(_, text)| text);
        let outside: String = text.split('{').map(|part| part.rsplit('}').next().unwrap()).collect();
        assert!(!outside.contains([',', ';', '(', ')', '?']), "half-width punctuation in {line}");
    }
}

#[test]
fn names_are_escaped_and_set_apart() {
    let texts = Texts::load().unwrap();
    let args = [("client", Arg::from("<img src=x onerror=alert(1)>&\"'"))];
    let rich = texts.rich(Locale::En, "login-heading-client", &args).unwrap();
    assert_eq!(rich, "Sign in to continue to <b><bdi>&lt;img src=x onerror=alert(1)&gt;&amp;&quot;&#39;</bdi></b>");
}

#[test]
fn a_name_is_never_a_placeholder() {
    let texts = Texts::load().unwrap();
    let args = [("client", Arg::from("\u{E000}1\u{E001}")), ("host", Arg::from("{ $client }"))];
    let said = texts.plain(Locale::En, "consent-lede", &args).unwrap();
    assert_eq!(said, "\u{E000}1\u{E001} ({ $client }) would like to:");
}

#[test]
fn chinese_and_latin_letters_are_kept_apart() {
    let texts = Texts::load().unwrap();
    let say = |locale, name: &str| texts.plain(locale, "login-lede-again", &[("client", Arg::from(name))]).unwrap();
    assert_eq!(say(Locale::ZhCn, "Shop"), "Shop 要求你重新登录后再继续。");
    assert_eq!(say(Locale::ZhCn, "网上商城"), "网上商城要求你重新登录后再继续。");
    let heading = texts.plain(Locale::ZhCn, "login-heading-client", &[("client", Arg::from("Shop"))]).unwrap();
    assert_eq!(heading, "登录以继续访问 Shop");
}

#[test]
fn seconds_have_a_plural() {
    let texts = Texts::load().unwrap();
    let say =
        |locale, seconds: u64| texts.plain(locale, "login-error-busy", &[("seconds", Arg::from(seconds))]).unwrap();
    assert_eq!(say(Locale::En, 1), "Too many attempts. Try again in 1 second.");
    assert_eq!(say(Locale::En, 42), "Too many attempts. Try again in 42 seconds.");
    assert_eq!(say(Locale::ZhCn, 42), "尝试次数过多，请在 42 秒后重试。");
}

#[test]
fn what_is_missing_is_an_error() {
    let texts = Texts::load().unwrap();
    let missing = texts.plain(Locale::En, "no-such-text", &[]);
    assert_eq!(missing, Err(TextError::Missing { key: "no-such-text".to_owned() }));
    let lacking = texts.plain(Locale::ZhCn, "login-error-busy", &[]);
    assert_eq!(lacking, Err(TextError::Argument { key: "login-error-busy".to_owned() }));
}

#[test]
fn hostile_names_are_made_displayable() {
    assert_eq!(displayable("  Shop\u{202E}gpj.exe\u{0}\n"), "Shopgpj.exe");
    assert_eq!(displayable("\u{E000}0\u{E001}"), "0");
    assert_eq!(displayable("\u{200B}\u{FEFF}"), "?");
    assert_eq!(displayable(&"长".repeat(300)).chars().count(), 100);
    assert_eq!(displayable("Café 网上商城 🦀"), "Café 网上商城 🦀");
}
