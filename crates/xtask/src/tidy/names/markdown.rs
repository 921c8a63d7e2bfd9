//! A Markdown page as the pieces that can be checked: inline code and link targets, each with its
//! line.
//!
//! Fenced blocks are passed over: what they hold is compiled as a doctest or is a drawing. Inline
//! code may go on over a line break, but not over an empty line.

/// Something a page says that is true or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// The mark of a heading; its words follow as pieces of their own.
    Heading {
        /// The line it stands on, counted from 1.
        line: usize,
    },
    /// What stands between backticks.
    Code {
        /// The line it begins on, counted from 1.
        line: usize,
        /// Without the backticks.
        text: &'a str,
    },
    /// What stands in the parentheses of `[words](target)`.
    Link {
        /// The line it stands on, counted from 1.
        line: usize,
        /// As written.
        target: &'a str,
    },
}

/// Gives the pieces of one page, in order.
pub(super) struct Page<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Page<'a> {
    /// A page from its beginning.
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
        }
    }

    fn advance(&mut self, length: usize) -> &'a str {
        let taken = self.text.get(self.at..self.at + length).unwrap_or_default();
        self.at += length;
        self.line += taken.matches('\n').count();
        taken
    }

    fn at_line_start(&self) -> bool {
        self.at == 0
            || self
                .text
                .get(..self.at)
                .is_some_and(|before| before.ends_with('\n'))
    }

    /// Passes over the fenced block that begins on this line.
    fn skip_fence(&mut self, line: &str) {
        let mark: String = line
            .trim_start()
            .chars()
            .take_while(|c| matches!(c, '`' | '~'))
            .collect();
        self.advance(line.len());
        while let Some(line) = self.rest().split_inclusive('\n').next() {
            self.advance(line.len());
            if line.trim().starts_with(&mark) {
                return;
            }
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The code between this run of backticks and the next of the same length.
    fn code(&mut self) -> Option<Piece<'a>> {
        let rest = self.rest();
        let run = rest.len() - rest.trim_start_matches('`').len();
        self.advance(run);
        let line = self.line;
        let paragraph = self.rest().split("\n\n").next().unwrap_or_default();
        let end = paragraph.find(&"`".repeat(run))?;
        let text = self.advance(end).trim();
        self.advance(run);
        Some(Piece::Code { line, text })
    }
}

impl<'a> Iterator for Page<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.rest();
            let first = rest.chars().next()?;
            let line = rest.split_inclusive('\n').next().unwrap_or_default();
            if self.at_line_start()
                && (line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~"))
            {
                self.skip_fence(line);
            } else if self.at_line_start() && first == '#' {
                let line = self.line;
                self.advance(1);
                return Some(Piece::Heading { line });
            } else if first == '`' {
                if let Some(code) = self.code() {
                    return Some(code);
                }
            } else if let Some(target) = rest.strip_prefix("](") {
                let piece = target.split_once(')').map(|(target, _)| Piece::Link {
                    line: self.line,
                    target,
                });
                self.advance(2);
                if piece.is_some() {
                    return piece;
                }
            } else {
                self.advance(first.len_utf8());
            }
        }
    }
}
