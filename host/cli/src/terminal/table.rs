//! Columns as wide as what is in them.

use super::heading;

/// Rows of text; the first is the heading.
pub struct Table {
    rows: Vec<Vec<String>>,
    titled: bool,
}

impl Table {
    /// A table under a heading.
    pub fn titled<const N: usize>(titles: [&str; N]) -> Self {
        Self { rows: vec![titles.map(str::to_owned).to_vec()], titled: true }
    }

    /// A table without a heading.
    pub fn plain() -> Self {
        Self { rows: Vec::new(), titled: false }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [&str; N]) {
        self.rows.push(cells.map(str::to_owned).to_vec());
    }

    /// The rows as lines, each behind `indent`.
    pub fn lines(&self, indent: &str) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<_> = (0..columns)
            .map(|column| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0))
            .collect();
        let mut text = String::new();
        for (at, row) in self.rows.iter().enumerate() {
            let mut line = indent.to_owned();
            for (cell, wide) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', wide.saturating_sub(width(cell)) + 2));
            }
            let line = line.trim_end();
            if self.titled && at == 0 {
                text.push_str(&heading(line));
            } else {
                text.push_str(line);
            }
            text.push('\n');
        }
        text
    }
}

fn width(cell: &str) -> usize {
    console::measure_text_width(cell)
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_line_up_and_lines_end_with_text() {
        let mut table = Table::plain();
        table.row(["a", "long cell", ""]);
        table.row(["größer", "b", "c"]);
        assert_eq!(table.lines("  "), "  a       long cell\n  größer  b          c\n");
    }
}
