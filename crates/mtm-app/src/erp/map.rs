//! The file that says which of our locations is which place of the ERP.

use std::path::{Path, PathBuf};

use mtm_core::erp::{MapError, MapRow, PlaceMap};

/// The columns, in this order.
const COLUMNS: [&str; 3] = ["location", "warehouse", "erp_location"];
/// Most errors that are told at once.
const TOLD: usize = 20;

/// A file that cannot be used. Everything wrong with it is told at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", path.display(), told(errors))]
pub struct MapFileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub errors: Vec<MapError>,
}

fn told(errors: &[MapError]) -> String {
    let more = errors.len().saturating_sub(TOLD);
    let shown: Vec<String> = errors.iter().take(TOLD).map(ToString::to_string).collect();
    let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("{}{rest}", shown.join("; "))
}

/// Reads a map: CSV in UTF-8 with the columns `location, warehouse, erp_location`.
pub fn read_map(path: &Path) -> Result<PlaceMap, MapFileError> {
    let failed = |errors| MapFileError { path: path.to_owned(), errors };
    let text = std::fs::read_to_string(path)
        .map_err(|error| failed(vec![MapError { line: 0, message: error.to_string() }]))?;
    parse_map(text.strip_prefix('\u{feff}').unwrap_or(&text)).map_err(failed)
}

fn parse_map(text: &str) -> Result<PlaceMap, Vec<MapError>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let head =
        reader.headers().map(|head| head.iter().map(|it| it.trim().to_lowercase()).collect());
    if !matches!(&head, Ok::<Vec<String>, _>(head) if *head == COLUMNS) {
        let message = format!("the first line has to be {}", COLUMNS.join(","));
        return Err(vec![MapError { line: 1, message }]);
    }
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, |at| line_of(text, at));
                if record.len() == COLUMNS.len() {
                    let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
                    let (location, warehouse, erp_location) = (cell(0), cell(1), cell(2));
                    rows.push(MapRow { line, location, warehouse, erp_location });
                } else {
                    let message = format!("{} columns, and not three", record.len());
                    errors.push(MapError { line, message });
                }
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                errors.push(MapError { line, message: error.to_string() });
            }
        }
    }
    let map = PlaceMap::of(rows);
    match map {
        Ok(map) if errors.is_empty() => Ok(map),
        Ok(_) => Err(errors),
        Err(more) => {
            errors.extend(more);
            errors.sort_by_key(|error| error.line);
            Err(errors)
        }
    }
}

/// The line that a record stands in. The parser counts empty lines to the record after them.
fn line_of(text: &str, at: &csv::Position) -> u64 {
    let start = usize::try_from(at.byte()).unwrap_or(usize::MAX);
    let (before, rest) = text.split_at_checked(start).unwrap_or((text, ""));
    let blank = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
    let passed = before.len() + blank;
    1 + text[..passed].matches('\n').count() as u64
}

#[cfg(test)]
mod tests {
    use mtm_core::erp::{ErpPlace, Mapped};

    use super::*;

    #[test]
    fn a_map_is_read_with_its_lines() {
        let text = "Location, warehouse,erp_location\nR-A1,MAIN,FLOOR\n\"Yard, north\",-,-\n";
        let map = parse_map(text).unwrap();
        assert_eq!(map.there("r-a1"), Mapped::Place(&ErpPlace::new("MAIN", "FLOOR")));
        assert_eq!(map.there("yard, north"), Mapped::Outside);
        let errors =
            parse_map("location,warehouse,erp_location\nA,M\nB,M,F\n\nB,M,G\n").unwrap_err();
        let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["line 2: 2 columns, and not three", "line 5: B was declared before, on line 3"]
        );
        assert_eq!(parse_map("a,b,c\n").unwrap_err()[0].line, 1);
        assert_eq!(parse_map("").unwrap_err()[0].line, 1);
    }

    #[test]
    fn a_file_that_is_not_there_is_told_with_its_name() {
        let error = read_map(Path::new("/no/such/map.csv")).unwrap_err();
        assert!(error.to_string().starts_with("/no/such/map.csv: line 0: "), "{error}");
    }
}
