//! Where a value came from: which layer, which file, which bytes of it.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A text that values were read from.
#[derive(PartialEq, Eq)]
pub enum Source {
    /// The defaults of the program.
    BuiltIn,
    /// An environment variable; the text is `NAME=value`.
    Environment {
        /// The name of the variable.
        name: String,
        /// The line as a shell would show it.
        line: String,
    },
    /// A file.
    File {
        /// Its path as it was given.
        path: PathBuf,
        /// All of it.
        text: String,
    },
    /// A flag of the command line; the text is `--flag value`.
    Flag {
        /// The flag, with its dashes.
        name: String,
        /// The flag and its value.
        line: String,
    },
}

/// Says where, never what: the text may hold secrets.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("BuiltIn"),
            Self::Environment { name, .. } => f.debug_tuple("Environment").field(name).finish(),
            Self::File { path, .. } => f.debug_tuple("File").field(path).finish(),
            Self::Flag { name, .. } => f.debug_tuple("Flag").field(name).finish(),
        }
    }
}

impl Source {
    fn text(&self) -> &str {
        match self {
            Self::BuiltIn => "",
            Self::Environment { line, .. } | Self::Flag { line, .. } => line,
            Self::File { text, .. } => text,
        }
    }
}

/// Some bytes of a [`Source`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    source: Arc<Source>,
    span: Range<usize>,
}

/// A line of a source as it is shown to people.
#[derive(Debug, PartialEq, Eq)]
pub struct Excerpt<'a> {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// The whole line, without its end.
    pub text: &'a str,
    /// What stands before the marked part, in the same line.
    pub before: &'a str,
    /// The marked part, as far as it is in this line.
    pub marked: &'a str,
}

impl Place {
    /// A place in a source.
    pub fn new(source: Arc<Source>, span: Range<usize>) -> Self {
        Self { source, span }
    }

    /// The place of every default.
    pub fn built_in() -> Self {
        Self::new(Arc::new(Source::BuiltIn), 0..0)
    }

    /// The source.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The first byte, counted from 0.
    pub fn start(&self) -> usize {
        self.span.start
    }

    /// The file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self.source() {
            Source::File { path, .. } => Some(path),
            Source::BuiltIn | Source::Environment { .. } | Source::Flag { .. } => None,
        }
    }

    /// The line that the place begins in; nothing for a default.
    pub fn excerpt(&self) -> Option<Excerpt<'_>> {
        let text = self.source.text();
        if matches!(self.source(), Source::BuiltIn) {
            return None;
        }
        let start = text.floor_char_boundary(self.span.start.min(text.len()));
        let end = text.floor_char_boundary(self.span.end.clamp(start, text.len()));
        let (head, tail) = text.split_at_checked(start)?;
        let line_start = head.rfind('\n').map_or(0, |at| at + 1);
        let before = head.get(line_start..)?;
        let rest = tail.split('\n').next().unwrap_or_default().trim_end_matches('\r');
        let marked = rest.get(..(end - start).min(rest.len())).unwrap_or(rest);
        Some(Excerpt {
            line: head.matches('\n').count() + 1,
            column: before.chars().count() + 1,
            text: text.get(line_start..start + rest.len())?,
            before,
            marked,
        })
    }

    /// Where this is, in few words: `lingpai.toml:4:12`, `LINGPAI__LOG__LEVEL`, `--listen`; nothing for a default.
    pub fn label(&self) -> Option<String> {
        match self.source() {
            Source::BuiltIn => None,
            Source::Environment { name, .. } | Source::Flag { name, .. } => Some(name.clone()),
            Source::File { path, .. } => {
                let at = self.excerpt().map(|excerpt| format!(":{}:{}", excerpt.line, excerpt.column));
                Some(format!("{}{}", path.display(), at.unwrap_or_default()))
            }
        }
    }

    /// The label without its column, for a second mention.
    pub fn short_label(&self) -> Option<String> {
        match self.source() {
            Source::File { path, .. } => Some(format!("{}:{}", path.display(), self.excerpt()?.line)),
            Source::BuiltIn | Source::Environment { .. } | Source::Flag { .. } => self.label(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str, span: Range<usize>) -> Place {
        Place::new(Arc::new(Source::File { path: "a.toml".into(), text: text.into() }), span)
    }

    #[test]
    fn the_line_and_the_column_are_counted_from_one() {
        let place = file("[log]\r\nlevel = \"x\"\r\n", 15..18);
        let excerpt = place.excerpt().unwrap();
        assert_eq!((excerpt.line, excerpt.column, excerpt.text, excerpt.marked), (2, 9, "level = \"x\"", "\"x\""));
        assert_eq!(place.label().as_deref(), Some("a.toml:2:9"));
    }

    #[test]
    fn columns_count_characters_not_bytes() {
        let place = file("名称 = 5", "名称 = ".len().."名称 = 5".len());
        assert_eq!(place.excerpt().map(|excerpt| excerpt.column), Some(6));
    }

    #[test]
    fn spans_beyond_the_text_or_inside_a_character_are_harmless() {
        for span in [0..99, 99..100, 1..2, 5..5] {
            assert!(file("名称", span).excerpt().is_some());
        }
    }
}
