//! Rust source cut into tokens and comments: what the tidy rules read instead of raw text.
//!
//! A rule about code must not trip over a word in a string or a comment, so this lexer keeps the
//! three apart. It knows just enough of Rust for that (nested comments, raw strings, lifetimes) and
//! builds no syntax tree; `paths` and `test_code` beside it read the two shapes that rules need
//! from the flat list.

pub(crate) mod paths;
pub(crate) mod test_code;

#[cfg(test)]
mod tests;

/// One piece of code: a word, a number, `::`, or a single punctuation character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// The characters; a string or character literal is shortened to `"`.
    pub(crate) text: &'a str,
    /// Counted from 1.
    pub(crate) line: usize,
}

impl Token<'_> {
    /// Whether this is an identifier or a keyword.
    pub(crate) fn is_word(&self) -> bool {
        self.text
            .starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// One comment, documentation included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Comment<'a> {
    /// With its `//` or `/*`.
    pub(crate) text: &'a str,
    /// The line it begins on, counted from 1.
    pub(crate) line: usize,
    /// The line it ends on; more than `line` for a block comment only.
    pub(crate) last_line: usize,
}

/// A file, read once.
#[derive(Debug, Default)]
pub(crate) struct Source<'a> {
    /// All code, in order.
    pub(crate) tokens: Vec<Token<'a>>,
    /// All comments, in order.
    pub(crate) comments: Vec<Comment<'a>>,
}

impl<'a> Source<'a> {
    /// Reads a whole file. Never fails: what does not lex becomes single characters.
    pub(crate) fn read(text: &'a str) -> Self {
        let mut lexer = Lexer {
            text,
            at: 0,
            line: 1,
            source: Source::default(),
        };
        while lexer.step() {}
        lexer.source
    }

    /// Whether `words` stand next to each other somewhere in the code.
    pub(crate) fn has_sequence(&self, words: &[&str]) -> bool {
        self.tokens
            .windows(words.len())
            .any(|window| starts_with(window, words))
    }

    /// Whether a comment touches one of the lines `first..=last`.
    pub(crate) fn has_comment_in(&self, first: usize, last: usize) -> bool {
        self.comments
            .iter()
            .any(|comment| comment.line <= last && comment.last_line >= first)
    }
}

/// Whether `tokens` begins with these words.
pub(crate) fn starts_with(tokens: &[Token<'_>], words: &[&str]) -> bool {
    tokens.len() >= words.len()
        && tokens
            .iter()
            .zip(words)
            .all(|(token, word)| token.text == *word)
}

/// The index of the bracket that closes the one at `open`, or the end if none does.
pub(crate) fn matching(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return index;
        }
    }
    tokens.len()
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    source: Source<'a>,
}

impl<'a> Lexer<'a> {
    /// Takes one piece; false at the end of the text.
    fn step(&mut self) -> bool {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return false;
        };
        if first.is_whitespace() {
            self.advance(first.len_utf8());
        } else if rest.starts_with("//") {
            self.comment(rest.find('\n').unwrap_or(rest.len()));
        } else if rest.starts_with("/*") {
            self.comment(block_comment_length(rest));
        } else if let Some(length) = string_length(rest) {
            self.literal(length);
        } else if first == '\'' {
            self.quote(rest);
        } else if first.is_alphanumeric() || first == '_' {
            self.word(rest);
        } else {
            self.token(if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            });
        }
        true
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn advance(&mut self, length: usize) -> &'a str {
        let taken = self.rest().get(..length).unwrap_or_default();
        self.line += taken.matches('\n').count();
        self.at += length;
        taken
    }

    fn token(&mut self, length: usize) {
        let line = self.line;
        let text = self.advance(length);
        self.source.tokens.push(Token { text, line });
    }

    fn literal(&mut self, length: usize) {
        let line = self.line;
        self.advance(length);
        self.source.tokens.push(Token { text: "\"", line });
    }

    fn comment(&mut self, length: usize) {
        let line = self.line;
        let text = self.advance(length);
        self.source.comments.push(Comment {
            text,
            line,
            last_line: self.line,
        });
    }

    /// A word; `r#word` loses its mark, so that rules compare names.
    fn word(&mut self, rest: &str) {
        if rest.starts_with("r#") {
            self.advance(2);
        }
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        self.token(end.max(1));
    }

    /// A character literal or a lifetime: both begin with the same quote.
    fn quote(&mut self, rest: &str) {
        let mut characters = rest.char_indices().skip(1);
        let body = characters.next().map(|(_, c)| c);
        let after = characters.next();
        match (body, after) {
            (Some('\\'), _) => self.literal(escaped_length(rest, '\'')),
            (Some(_), Some((at, '\''))) => self.literal(at + 1),
            _ => {
                self.advance(1);
                let rest = self.rest();
                let end = rest
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                self.advance(end);
            }
        }
    }
}

/// The length of the string literal that `rest` begins with, with prefix and quotes; `None` if it
/// begins otherwise.
fn string_length(rest: &str) -> Option<usize> {
    let prefix = rest
        .find(|c: char| !matches!(c, 'b' | 'c' | 'r'))
        .unwrap_or(rest.len());
    let (letters, body) = rest.split_at_checked(prefix)?;
    match letters {
        "" | "b" | "c" if body.starts_with('"') => Some(prefix + escaped_length(body, '"')),
        "b" if body.starts_with('\'') => Some(prefix + escaped_length(body, '\'')),
        "r" | "br" | "cr" => raw_length(body).map(|length| prefix + length),
        _ => None,
    }
}

/// The length of a literal with backslash escapes, from its opening quote to behind the closing
/// one.
fn escaped_length(body: &str, quote: char) -> usize {
    let mut characters = body.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == quote {
            return at + 1;
        }
    }
    body.len()
}

/// The length of `#"..."#` with any number of marks; `None` if this is no raw string (a raw
/// identifier, say).
fn raw_length(body: &str) -> Option<usize> {
    let marks = body.find(|c| c != '#')?;
    let inner = body.get(marks..)?.strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(marks));
    let end = inner
        .find(&close)
        .map_or(inner.len(), |at| at + close.len());
    Some(marks + 1 + end)
}

/// The length of a block comment; they nest.
fn block_comment_length(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(tail) = rest.get(at..).filter(|tail| !tail.is_empty()) {
        if tail.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += tail.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}
