//! From a time within a trace to blocks within a column.

/// The eight widths of a block that begins at the left of its character.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// A bar: so many blanks, then these blocks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) before: usize,
    pub(super) blocks: String,
}

impl Bar {
    /// The first column behind the bar.
    pub(super) fn end(&self) -> usize {
        self.before + self.blocks.chars().count()
    }
}

/// The bar of a span that begins `start` after the trace and lasts `duration`, where the trace
/// lasts `whole` and the column has `columns` characters.
///
/// Blocks can end within a character but not begin within one, so the end is exact to an eighth
/// and the start to a whole character. A bar shorter than a character has its own length, at least
/// an eighth.
pub(super) fn bar(start: u64, duration: u64, whole: u64, columns: usize) -> Bar {
    let scale = columns as f64 * 8.0 / whole.max(1) as f64;
    let limit = columns * 8;
    // A float cast to an integer saturates.
    let eighths = |time: u64| ((time as f64 * scale).round() as usize).min(limit);
    let first = (eighths(start) / 8).min(columns.saturating_sub(1));
    let length = match eighths(duration) {
        // Within one character the length tells more than the end.
        short @ 0..8 => short.max(1),
        _ => eighths(start.saturating_add(duration)).saturating_sub(first * 8),
    };
    let mut blocks = "█".repeat(length / 8);
    if let Some(part) = (length % 8)
        .checked_sub(1)
        .and_then(|part| EIGHTHS.get(part))
    {
        blocks.push(*part);
    }
    Bar {
        before: first,
        blocks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_show_offset_and_length() {
        for (start, duration, whole, columns, shown) in [
            (0, 100, 100, 10, "██████████"),
            (0, 50, 100, 10, "█████"),
            (50, 50, 100, 10, "     █████"),
            (20, 10, 100, 10, "  █"),
            (99, 1, 100, 10, "         ▏"),
            (27, 1, 100, 10, "  ▏"),
            (0, 0, 100, 10, "▏"),
            (100, 0, 100, 10, "         ▏"),
            (0, 1, 1_000_000, 10, "▏"),
            (0, 55, 100, 10, "█████▌"),
            (0, 0, 0, 10, "▏"),
            (5, 5, 0, 4, "   █"),
            (u64::MAX, u64::MAX, u64::MAX, 4, "   █"),
        ] {
            let bar = bar(start, duration, whole, columns);
            let drawn = format!("{}{}", " ".repeat(bar.before), bar.blocks);
            assert_eq!(drawn, shown, "{start} + {duration} of {whole}");
        }
    }
}
