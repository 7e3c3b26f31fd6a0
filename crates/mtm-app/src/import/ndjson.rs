//! JSON as a table: an object a line (NDJSON), or an array of objects. Names are columns.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::table::{Line, MOST_COLUMNS, MOST_ROWS, Table, column, unreadable};
use crate::error::AppError;

type Object = Map<String, Value>;

/// Whether the text is JSON rather than a header row.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Reads every object; one that cannot be read is a row with a fault.
pub(super) fn read(text: &str) -> Result<Table, AppError> {
    let rows = if text.trim_start().starts_with('[') { array(text)? } else { lines(text) };
    if rows.len() > MOST_ROWS {
        return Err(unreadable(format!("more than {MOST_ROWS} rows; split the file")));
    }
    let names = rows.iter().filter_map(|(_, row)| row.as_ref().ok()).flat_map(Object::keys);
    let headers: BTreeSet<String> = names.map(|name| column(name)).collect();
    // Every row has a cell for each of them.
    if headers.len() > MOST_COLUMNS {
        return Err(unreadable(format!("more than {MOST_COLUMNS} names of columns")));
    }
    let headers: Vec<String> = headers.into_iter().collect();
    let lines = rows.into_iter().map(|(number, row)| line(number, row, &headers)).collect();
    Ok(Table { headers, lines })
}

/// Lines and what stands in them.
type Rows = Vec<(u64, Result<Object, String>)>;

fn lines(text: &str) -> Rows {
    let object = |line: &str| serde_json::from_str(line).map_err(|error| error.to_string());
    let numbered = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    numbered.map(|(number, line)| (number, object(line))).collect()
}

/// Elements are counted from 1, like lines.
fn array(text: &str) -> Result<Rows, AppError> {
    let items: Vec<Value> =
        serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?;
    let object = |item| match item {
        Value::Object(object) => Ok(object),
        other => Err(format!("an object is needed here, not {other}")),
    };
    Ok((1..).zip(items.into_iter().map(object)).collect())
}

fn line(number: u64, row: Result<Object, String>, headers: &[String]) -> Line {
    let mut cells = vec![String::new(); headers.len()];
    let mut fault = row.as_ref().err().cloned();
    for (name, value) in row.unwrap_or_default() {
        let Ok(at) = headers.binary_search(&column(&name)) else { continue };
        match plain(value) {
            Ok(text) if cells[at].is_empty() => cells[at] = text,
            Ok(_) => fault = Some(format!("{name} stands there twice")),
            Err(value) => fault = Some(format!("{name} is no plain value: {value}")),
        }
    }
    Line { number, cells, fault }
}

/// A value as it would stand in a cell; several are told apart by commas.
fn plain(value: Value) -> Result<String, Value> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        Value::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
            let texts: Result<Vec<String>, Value> = items.into_iter().map(plain).collect();
            texts.map(|texts| texts.join(","))
        }
        other => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_become_rows_and_what_is_none_is_a_fault_of_its_line() {
        let text = "{\"part\":\"A-1\",\"Quantity\":500}\n\n{\"part\":3313135,\"notes\":null}\n\
                    {\"part\":\n{\"part\":{}}\n{\"part\":[\"1\",2]}\n";
        let table = read(text).unwrap();
        assert_eq!(table.headers, ["notes", "part", "quantity"]);
        let line = |at: usize| (table.lines[at].number, table.lines[at].cells.join("|"));
        assert_eq!(line(0), (1, "|A-1|500".to_owned()));
        assert_eq!(line(1), (3, "|3313135|".to_owned()));
        assert!(table.lines[2].fault.is_some() && table.lines[3].fault.is_some());
        assert_eq!(line(4), (6, "|1,2|".to_owned()));
    }

    #[test]
    fn rows_that_each_name_columns_of_their_own_are_refused() {
        let rows = (0..=MOST_COLUMNS).map(|at| format!("{{\"column {at}\":1}}"));
        let rows = rows.collect::<Vec<_>>().join("\n");
        assert!(read(&rows).unwrap_err().to_string().contains("names of columns"));
        let (fewer, _) = rows.rsplit_once('\n').unwrap();
        assert_eq!(read(fewer).unwrap().headers.len(), MOST_COLUMNS);
    }

    #[test]
    fn an_array_is_read_as_well() {
        let table = read("[{\"code\":\"A\"}, 7, {\"code\":\"B\"}]").unwrap();
        assert_eq!(table.lines.len(), 3);
        assert_eq!((table.lines[2].number, table.lines[2].cells[0].as_str()), (3, "B"));
        assert!(table.lines[1].fault.is_some());
        assert!(read("[{]").is_err());
    }
}
