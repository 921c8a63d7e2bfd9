//! A line of text that stays within its width, with colour that does not count.

use crate::text::{fit, width};

/// How a piece of text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Bold,
    Dim,
    Error,
    Warning,
    Cyan,
    Green,
    Blue,
    Magenta,
}

/// The colours of services, by turns. Red and yellow stay for errors and warnings.
pub(super) const PALETTE: [Style; 4] = [Style::Cyan, Style::Green, Style::Magenta, Style::Blue];

impl Style {
    /// The parameter of the "select graphic rendition" sequence (ECMA-48 section 8.3.117).
    fn parameter(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Bold => Some("1"),
            Self::Dim => Some("2"),
            Self::Error => Some("31"),
            Self::Green => Some("32"),
            Self::Warning => Some("33"),
            Self::Blue => Some("34"),
            Self::Magenta => Some("35"),
            Self::Cyan => Some("36"),
        }
    }
}

/// A line being put together, from the left.
pub(super) struct Line {
    limit: usize,
    used: usize,
    pieces: Vec<(Style, String)>,
}

impl Line {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            used: 0,
            pieces: Vec::new(),
        }
    }

    /// Characters so far.
    pub(super) fn width(&self) -> usize {
        self.used
    }

    /// Whether nothing more fits.
    pub(super) fn is_full(&self) -> bool {
        self.used >= self.limit
    }

    /// Adds text; what goes over the width is cut, and nothing more fits then.
    pub(super) fn push(&mut self, style: Style, text: &str) {
        let shown = fit(text, self.limit - self.used);
        self.used += width(&shown);
        self.pieces.push((style, shown.into_owned()));
    }

    /// Adds blanks up to a column.
    pub(super) fn pad_to(&mut self, column: usize) {
        let blanks = column.min(self.limit).saturating_sub(self.used);
        self.push(Style::Plain, &" ".repeat(blanks));
    }

    /// Adds a column of fixed width, with a gap behind it; nothing if its width is 0.
    pub(super) fn cell(&mut self, style: Style, text: &str, columns: usize, gap: usize) {
        if columns > 0 {
            let end = self.used + columns + gap;
            self.push(style, &fit(text, columns));
            self.pad_to(end);
        }
    }

    /// The line with its end, without blanks before it.
    pub(super) fn finish(self, colour: bool) -> String {
        let mut text = String::new();
        let last = self
            .pieces
            .iter()
            .rposition(|(_, piece)| !piece.trim_end().is_empty());
        let count = last.map_or(0, |last| last + 1);
        for (index, (style, piece)) in self.pieces.iter().take(count).enumerate() {
            let piece = if index + 1 == count {
                piece.trim_end()
            } else {
                piece
            };
            match style.parameter() {
                Some(parameter) if colour && !piece.is_empty() => {
                    text.push_str(&format!("\u{1b}[{parameter}m{piece}\u{1b}[0m"));
                }
                _ => text.push_str(piece),
            }
        }
        text.push('\n');
        text
    }
}
