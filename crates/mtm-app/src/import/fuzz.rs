//! Files that no spreadsheet saves and no system sends: a table in bounds, or words why not.

use std::io::{Cursor, Read as _, Write as _};

use jiff::tz::TimeZone;
use mtm_core::code::Code;
use mtm_core::word::Timestamp;
use mtm_store::master::MasterNoun;
use mtm_testkit::{Fuzz, Said};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::row::Cells;
use super::table::{MOST_COLUMNS, MOST_ROWS, Table, read};
use crate::error::AppError;

/// A table is whole: every row has a cell for each column, in the order of the file. Whatever stands in them is
/// judged without harm.
fn said(bytes: &[u8]) -> Said {
    let table: Result<Table, AppError> = read(bytes);
    let table = match table {
        Ok(table) => table,
        Err(error) => {
            assert_eq!(error.code(), Code::ImportUnreadable);
            return Said::Refused(error.to_string());
        }
    };
    assert!(table.headers.len() <= MOST_COLUMNS && table.lines.len() <= MOST_ROWS);
    assert!(table.lines.is_sorted_by(|one, other| one.number < other.number));
    let mut size = 0;
    for line in &table.lines {
        assert_eq!(line.cells.len(), table.headers.len());
        size += line.cells.iter().map(String::len).sum::<usize>();
        let cells = Cells { headers: &table.headers, cells: &line.cells };
        let _ =
            (cells.movement(), cells.master(MasterNoun::Part), cells.master(MasterNoun::Location));
        let _ = cells.work_order(&TimeZone::UTC, Timestamp::from_micros(0));
    }
    Said::Taken(size)
}

#[test]
fn a_text_file_is_a_table_or_refused() {
    let files = [
        &b"Part;Operation;Quantity;Location;Notes\r\nA-100;19;500;R-E4-18;\"two\nlines\"\r\n\r\nB;20;7;DOCK;x\r\n"[..],
        "code,part,quantity,start,due,state\n60723,A-100,510,2026-12-01,2026-12-04T14:00:00Z,released\n".as_bytes(),
        b"code\tdescription\tmax_quantity\toperations\nA-100\t\xe4\t5000\t19 20/90\n",
        b"\xff\xfep\0a\0r\0t\0\n\0A\0\n\0",
        b"{\"part\":\"A-1\",\"Quantity\":500}\n\n{\"part\":3313135,\"notes\":null,\"operations\":[\"1\",2]}\n",
        b"[{\"code\":\"A\"},{\"code\":\"B\",\"type\":\"rack\"}]",
        b"<OperationsDefinition xmlns=\"http://www.mesa.org/xml/B2MML\"><ID>R</ID><OperationsSegment><ID>10</ID></OperationsSegment></OperationsDefinition>",
    ];
    let words = [
        "\r\n",
        "\n",
        ";",
        ",",
        "\t",
        "|",
        "\"",
        "\"\"",
        "{",
        "}",
        "[",
        "]",
        "{\"a\":1}\n",
        "\\u0000",
        "\0",
        "quantity",
        "part",
        "-5",
        "9223372036854775808",
        "0.5",
        "=1+1",
        "\u{feff}",
        "<a>",
        "</a>",
        "2026-02-30",
        "24:00",
        "rack",
        "yes",
        "fifo",
    ];
    Fuzz::new("import files", files).words(words).run(said);
}

fn workbook() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (at, name) in (0..).zip(["part", "quantity", "location"]) {
        sheet.write(0, at, name).unwrap();
    }
    sheet.write(1, 0, "04736601").unwrap().write(1, 1, 500).unwrap().write(1, 2, true).unwrap();
    sheet.write(4, 0, "A-100").unwrap().write(4, 1, 2.5).unwrap();
    book.save_to_buffer().unwrap()
}

/// The parts of a workbook, by their names.
fn parts(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let count = archive.len();
    let part = |at| {
        let mut entry = archive.by_index(at).unwrap();
        let mut text = Vec::new();
        entry.read_to_end(&mut text).unwrap();
        (entry.name().unwrap().into_owned(), text)
    };
    (0..count).map(part).collect()
}

/// A workbook of these parts.
fn packed(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive.start_file(name.as_str(), options).unwrap();
        archive.write_all(text).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn a_workbook_of_any_bytes_is_a_table_or_refused() {
    let book = workbook();
    let books = [packed(&parts(&book)), book];
    Fuzz::new("workbooks", books)
        .words(["PK\x03\x04", "PK\x01\x02", "PK\x05\x06"])
        .share(4)
        .run(said);
}

#[test]
fn a_workbook_whose_sheet_or_texts_say_anything_is_a_table_or_refused() {
    let parts = parts(&workbook());
    let place = |name: &str| parts.iter().position(|(known, _)| known.ends_with(name)).unwrap();
    let places = [
        place("sheet1.xml"),
        place("sharedStrings.xml"),
        place("workbook.xml"),
        place("styles.xml"),
    ];
    // The first byte says which part it is.
    let seeds = (0_u8..).zip(places).map(|(at, place)| [&[at][..], &parts[place].1].concat());
    let words = [
        "<row r=\"1048576\">",
        "<row>",
        "</row>",
        "<c r=\"XFD1048576\">",
        "<c r=\"A1\" t=\"s\">",
        "<c t=\"inlineStr\">",
        "</c>",
        "<v>0</v>",
        "<v>4294967295</v>",
        "<is><t>x</t></is>",
        "t=\"b\"",
        "t=\"e\"",
        "t=\"d\"",
        "s=\"4294967296\"",
        "<si>",
        "</si>",
        "<t>",
        "</t>",
        "uniqueCount=\"18446744073709551615\"",
        "uniqueCount=\"99999999999\"",
        "<dimension ref=\"A1:XFD1048576\"/>",
        "</sheetData>",
        "ZZZZZZZZ9",
        "A99999999999",
        "&#x0;",
        "&amp;",
        "<!DOCTYPE a>",
        "1e999",
        "_x0041_",
    ];
    Fuzz::new("parts of workbooks", seeds).words(words).share(4).growth(4_096).run(|bytes| {
        let Some((which, text)) = bytes.split_first() else { return Said::Refused(String::new()) };
        let mut parts = parts.clone();
        parts[places[usize::from(*which) % places.len()]].1 = text.to_vec();
        said(&packed(&parts))
    });
}

/// The workbook with this in place of one text of one of its parts.
fn with(part: &str, text: &str, other: &str) -> Vec<u8> {
    let mut parts = parts(&workbook());
    let (_, bytes) = parts.iter_mut().find(|(name, _)| name.ends_with(part)).unwrap();
    let whole = String::from_utf8(bytes.clone()).unwrap();
    assert!(whole.contains(text), "{whole}");
    *bytes = whole.replacen(text, other, 1).into_bytes();
    packed(&parts)
}

#[test]
fn a_cell_far_away_takes_no_room_for_all_between() {
    let table = read(&with("sheet1.xml", "r=\"C2\"", "r=\"XFD1048576\"")).unwrap();
    assert_eq!(table.headers, ["part", "quantity", "location"]);
    let numbers: Vec<u64> = table.lines.iter().map(|line| line.number).collect();
    assert_eq!(numbers, [2, 5, 1_048_576]);
    assert!(table.lines[2].fault.is_some(), "a cell where no column is");
}

#[test]
fn texts_that_a_workbook_says_it_has_get_no_room_before_they_come() {
    let refused = |other: &str| {
        let said = |it: &str| read(&with("sharedStrings.xml", "uniqueCount=\"5\"", it));
        said(other).unwrap_err().to_string()
    };
    for other in [
        "uniqueCount=\"18446744073709551615\"",
        "uniqueCount = '99999999999'",
        "uniqueCount=\"5\" uniqueCount=\"100000\"",
        "\u{1b}(Bcount=\"5\"",
    ] {
        assert!(refused(other).contains("texts of the workbook"), "{other}");
    }
}

#[test]
fn one_long_text_in_many_cells_is_refused() {
    let cell = "<c r=\"C3\" t=\"s\"><v>0</v></c>".repeat(1_100);
    let long = format!("<si><t>{}</t></si>", "x".repeat(100_000));
    let book = with("sheet1.xml", "</row>", &format!("{cell}</row>"));
    let mut parts = parts(&book);
    let (_, bytes) =
        parts.iter_mut().find(|(name, _)| name.ends_with("sharedStrings.xml")).unwrap();
    let whole = String::from_utf8(bytes.clone()).unwrap();
    *bytes = whole.replacen("<si>", &format!("{long}<si>"), 1).into_bytes();
    assert!(read(&packed(&parts)).unwrap_err().to_string().contains("far more text"));
}
