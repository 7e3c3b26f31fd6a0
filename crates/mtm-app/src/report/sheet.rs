//! Figures as a sheet: comma-separated values, or an Excel workbook.

use std::borrow::Cow;

use mtm_core::code::Code;
use mtm_store::Fault;

use crate::error::AppError;
use crate::export::harmless;

/// A value of a sheet.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
}

impl Cell {
    /// A count.
    #[expect(clippy::cast_precision_loss, reason = "no sheet holds more digits")]
    pub fn count(number: u64) -> Self {
        Self::Number(number as f64)
    }

    /// Pieces.
    #[expect(clippy::cast_precision_loss, reason = "no sheet holds more digits")]
    pub fn pieces(number: i64) -> Self {
        Self::Number(number as f64)
    }

    /// A number, where there is one.
    pub fn maybe(number: Option<f64>) -> Self {
        number.map_or(Self::Empty, Self::Number)
    }

    /// Anything that has a text.
    pub fn text(value: &impl ToString) -> Self {
        Self::Text(value.to_string())
    }
}

/// What can be written as a sheet.
pub trait Tabular {
    /// Names of the columns, as in the JSON.
    fn columns(&self) -> Vec<&'static str>;
    /// The rows; as many cells each as there are columns.
    fn rows(&self) -> Vec<Vec<Cell>>;
}

/// What kind of sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SheetFormat {
    /// Comma-separated values, UTF-8.
    Csv,
    /// An Excel workbook.
    Xlsx,
}

impl SheetFormat {
    /// The format of this name; `None` for JSON, which is no sheet.
    pub fn from_name(name: &str) -> Result<Option<Self>, AppError> {
        match name {
            "" | "json" => Ok(None),
            "csv" => Ok(Some(Self::Csv)),
            "xlsx" => Ok(Some(Self::Xlsx)),
            _ => {
                let message = format!("{name} is no format; use json, csv or xlsx");
                Err(AppError::field("format", Code::InvalidParameter, message))
            }
        }
    }

    /// The media type of such a file.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// What such a file's name ends with.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// The file.
    pub fn write(self, figures: &impl Tabular) -> Result<Vec<u8>, AppError> {
        let (columns, rows) = (figures.columns(), figures.rows());
        let written = match self {
            Self::Csv => csv(&columns, &rows),
            Self::Xlsx => xlsx(&columns, &rows),
        };
        Ok(written.map_err(|error| Fault::Permanent(format!("no sheet was written: {error}")))?)
    }
}

type Written = Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>>;

fn csv(columns: &[&str], rows: &[Vec<Cell>]) -> Written {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns)?;
    for row in rows {
        let fields = row.iter().map(|cell| match cell {
            Cell::Empty => Cow::Borrowed(""),
            Cell::Text(text) => Cow::Owned(harmless(text.clone())),
            Cell::Number(number) => Cow::Owned(number.to_string()),
        });
        writer.write_record(fields.map(|field| field.into_owned().into_bytes()))?;
    }
    Ok(writer.into_inner()?)
}

fn xlsx(columns: &[&str], rows: &[Vec<Cell>]) -> Written {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, columns.iter().copied())?;
    for (row, cells) in (1_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Empty => {}
                Cell::Text(text) => {
                    sheet.write_string(row, column, harmless(text.clone()))?;
                }
                Cell::Number(number) => {
                    sheet.write_number(row, column, *number)?;
                }
            }
        }
    }
    Ok(book.save_to_buffer()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Two;

    impl Tabular for Two {
        fn columns(&self) -> Vec<&'static str> {
            vec!["operation", "quantity", "yield"]
        }

        fn rows(&self) -> Vec<Vec<Cell>> {
            vec![
                vec![Cell::text(&"=1+1"), Cell::pieces(1_200), Cell::maybe(Some(0.975))],
                vec![Cell::text(&"20"), Cell::pieces(-3), Cell::maybe(None)],
            ]
        }
    }

    #[test]
    fn a_sheet_holds_numbers_as_numbers_and_no_formula() {
        let text = String::from_utf8(SheetFormat::Csv.write(&Two).unwrap()).unwrap();
        assert_eq!(text, "operation,quantity,yield\n'=1+1,1200,0.975\n20,-3,\n");
        assert!(SheetFormat::Xlsx.write(&Two).unwrap().starts_with(b"PK"));
        assert_eq!(SheetFormat::from_name("json").unwrap(), None);
        assert!(SheetFormat::from_name("pdf").is_err());
    }
}
