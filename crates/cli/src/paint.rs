//! Colours, where a person looks at a terminal that wants them; and widths that count wide letters.

use std::io::IsTerminal;

use unicode_width::UnicodeWidthStr;

/// Bold.
pub const BOLD: &str = "1";
/// For what is less important.
pub const DIM: &str = "2";
/// For errors.
pub const RED: &str = "1;31";
/// For what went well.
pub const GREEN: &str = "32";
/// For warnings.
pub const YELLOW: &str = "1;33";

/// Whether a stream gets colours: a terminal, and `NO_COLOR` is not set (<https://no-color.org>).
pub fn wants_color(stream: &impl IsTerminal) -> bool {
    let refuses = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !refuses("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// `text` in a colour.
pub fn paint(is_on: bool, tint: &str, text: &str) -> String {
    if is_on && !text.is_empty() { format!("\u{1b}[{tint}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// `text` filled up with spaces to a width in columns of a terminal.
pub fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// What came from a database or from somebody else, made harmless for a terminal.
pub fn tame(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_take_two_columns() {
        assert_eq!(pad("网上商城", 10), "网上商城  ");
        assert_eq!(pad("shop", 10), "shop      ");
        assert_eq!(pad("longer than that", 4), "longer than that");
    }

    #[test]
    fn control_characters_lose_their_power() {
        assert_eq!(tame("a\u{1b}[2Jb\nc"), "a\u{fffd}[2Jb\u{fffd}c");
    }
}
