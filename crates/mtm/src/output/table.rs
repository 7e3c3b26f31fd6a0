//! Tables for people: columns as wide as their widest cell, numbers to the right.

/// One column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    title: &'static str,
    right: bool,
}

impl Column {
    /// A column of texts.
    pub(crate) const fn text(title: &'static str) -> Self {
        Self { title, right: false }
    }

    /// A column of numbers.
    pub(crate) const fn number(title: &'static str) -> Self {
        Self { title, right: true }
    }
}

/// Rows under titles.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub(crate) fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self { columns: columns.into(), rows: Vec::new() }
    }

    /// Adds a row; missing cells are empty.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as lines, the titles bold where `color` allows.
    pub(super) fn render(&self, color: bool) -> String {
        let empty = String::new();
        let cell = |row: &'_ Vec<String>, at: usize| row.get(at).unwrap_or(&empty).clone();
        let widths: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| {
                let cells = self.rows.iter().map(|row| cell(row, at).chars().count());
                cells.chain([column.title.len()]).max().unwrap_or(0)
            })
            .collect();
        let line = |cells: Vec<String>| {
            let padded =
                cells.iter().zip(&self.columns).zip(&widths).map(|((text, column), width)| {
                    if column.right { format!("{text:>width$}") } else { format!("{text:<width$}") }
                });
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        let titles = line(self.columns.iter().map(|column| column.title.to_owned()).collect());
        let mut lines = vec![super::paint(color, "1", &titles)];
        for row in &self.rows {
            lines.push(line((0..self.columns.len()).map(|at| cell(row, at)).collect()));
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_numbers_stand_right() {
        let mut table =
            Table::new([Column::text("PART"), Column::number("PIECES"), Column::text("NOTES")]);
        table.row(["Ä-1".to_owned(), "5".to_owned()]);
        table.row(["11058-1779".to_owned(), "1000000".to_owned(), "blue".to_owned()]);
        assert_eq!(
            table.render(false),
            "PART         PIECES  NOTES\n\
             Ä-1               5\n\
             11058-1779  1000000  blue"
        );
    }
}
