//! What the reader understands, what it refuses, and that no cut goes unnoticed.

use std::io::Read;

use proptest::prelude::*;

use super::*;

const NOTES: &[TableSpec] = &[TableSpec {
    name: "notes",
    columns: &[required("id"), required("note"), optional("colour")],
}];

fn rows_of(dump: impl Read) -> Result<(Vec<Vec<Value>>, DumpSummary), DumpError> {
    rows_among(NOTES, dump)
}

fn rows_among(
    selection: &[TableSpec],
    dump: impl Read,
) -> Result<(Vec<Vec<Value>>, DumpSummary), DumpError> {
    let mut rows = Vec::new();
    let summary = read(dump, selection, |row| {
        rows.push(row.values.to_vec());
        Ok::<(), DumpError>(())
    })?;
    Ok((rows, summary))
}

fn notes_of(dump: impl AsRef<[u8]>) -> Vec<Value> {
    rows_of(dump.as_ref()).unwrap().0.into_iter().map(|mut row| row.swap_remove(1)).collect()
}

fn refusal(dump: impl AsRef<[u8]>) -> DumpError {
    rows_of(dump.as_ref()).unwrap_err()
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// One byte per read, the worst source there is.
struct Dripping<'a>(&'a [u8]);

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
        buffer[0] = *first;
        self.0 = rest;
        Ok(1)
    }
}

const DEFINED: &str = "CREATE TABLE `notes` (`id` int(11) NOT NULL, `note` text, \
    `colour` enum('a,(b','it''s') DEFAULT NULL, PRIMARY KEY (`id`), KEY `k` (`note`(10)));\n";

#[test]
fn every_literal_is_read() {
    let notes = notes_of(format!(
        "{DEFINED}INSERT INTO notes (id, note) VALUES (1,'a'),(2,\"b\"),(3,NULL),(4,-12),(5,1.5e+3),\
         (6,0x4869),(7,x'4869'),(8,_utf8mb4'h\\u00e9'),(9,_binary 'x'),(10,b'101'),(11,0xFF),\
         (12,'a' 'b'),(13,N'n'),(14,TRUE),(15,_binary 0xFE),(16,+7),(17,_latin1 0xE9);"
    ));
    let number = |text: &str| Value::Number(text.to_owned());
    assert_eq!(
        notes,
        [
            text("a"),
            text("b"),
            Value::Null,
            number("-12"),
            number("1.5e+3"),
            text("Hi"),
            text("Hi"),
            text("hu00e9"),
            text("x"),
            number("5"),
            Value::Bytes(vec![0xFF]),
            text("ab"),
            text("n"),
            number("1"),
            Value::Bytes(vec![0xFE]),
            number("7"),
            text("é"),
        ]
    );
}

#[test]
fn quotes_escapes_and_comment_marks_inside_strings_are_text() {
    let notes = notes_of(format!(
        r#"{DEFINED}INSERT INTO `notes` VALUES (1,'it''s; -- no','x'),(2,'a\'b\\',NULL),(3,'/* \n */ # `','y'),
        (4,"say ""hi"" \"ok\" 'x'",''),(5,'\0\b\t\Z\%\_\q','');"#
    ));
    assert_eq!(
        notes,
        [
            text("it's; -- no"),
            text("a'b\\"),
            text("/* \n */ # `"),
            text("say \"hi\" \"ok\" 'x'"),
            text("\0\u{8}\t\u{1A}\\%\\_q"),
        ]
    );
}

#[test]
fn what_carries_no_rows_is_skipped() {
    let dump = format!(
        "\u{feff}/*M!999999\\- enable the sandbox mode */\n-- a comment; with ' a quote\n# another\n--\n\
         /* plain ' comment */ SET NAMES utf8mb4; USE `plant`;\n\
         /*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;\n\
         DROP TABLE IF EXISTS `notes`;\n/*!50001 CREATE VIEW `v` AS SELECT 1 AS `x`*/;\n{DEFINED}\
         LOCK TABLES `notes` WRITE;\n/*!40000 ALTER TABLE `notes` DISABLE KEYS */;\n\
         INSERT INTO log VALUES (1,'unknown ; table',NOW(),-f(2,(3)));\n\
         INSERT IGNORE INTO `plant`.`notes` VALUES (1,'a',NULL);\nREPLACE notes VALUES (2,'b',NULL);\n\
         /*!40000 ALTER TABLE `notes` ENABLE KEYS */;\nUNLOCK TABLES;\n\
         DELIMITER ;;\nCREATE TRIGGER t BEFORE INSERT ON notes FOR EACH ROW BEGIN\n\
         INSERT INTO notes VALUES (9,'never',NULL); END ;;\ndelimiter ;\n\
         /*!40101 SET SQL_MODE=@OLD_SQL_MODE */;\n"
    );
    assert_eq!(notes_of(&dump), [text("a"), text("b")]);
    let (_, summary) = rows_of(dump.as_bytes()).unwrap();
    assert!(summary.end_proved);
    assert_eq!(summary.bytes, dump.len() as u64);
    assert_eq!(rows_of(Dripping(dump.as_bytes())).unwrap().1, summary);
}

#[test]
fn columns_come_from_the_statement_or_from_the_definition() {
    let listed = notes_of("INSERT INTO NOTES (`extra`,`Note`,`ID`) VALUES (f(1,'x'),'a',1);");
    assert_eq!(listed, [text("a")]);
    let error = refusal("INSERT INTO notes VALUES (1,'a');");
    assert_eq!(error.code(), "dump_columns_unclear");
    let error = refusal("INSERT INTO notes (id) VALUES (1);");
    assert!(matches!(error.fault, DumpFault::MissingColumn { column: "note" }), "{error}");
    let error = refusal(format!("{DEFINED}INSERT INTO notes VALUES (1,'a');"));
    assert!(matches!(error.fault, DumpFault::ValueCount { expected: 3, found: 2 }), "{error}");
    assert_eq!(error.table.as_deref(), Some("notes"));
}

#[test]
fn a_secret_column_is_never_a_value() {
    const USERS: &[TableSpec] =
        &[TableSpec { name: "users", columns: &[required("User"), optional("Pin")] }];
    let dump = "INSERT INTO users (User,Pin,Password) VALUES ('ann','4711','p');";
    read(dump.as_bytes(), USERS, |row| {
        assert_eq!(row.values, [text("ann"), Value::Absent]);
        Ok::<(), DumpError>(())
    })
    .unwrap();
}

#[test]
fn latin1_is_read_where_the_dump_says_so_and_refused_where_not() {
    let insert = b"INSERT INTO notes (id,note) VALUES (1,'Stra\xDFe');\n";
    let error = refusal(insert);
    assert!(matches!(&error.fault, DumpFault::NotText { column } if column == "note"));
    assert_eq!((error.at.line, error.table.as_deref()), (1, Some("notes")));
    let declared = [&b"/*!40101 SET NAMES latin1 */;\n"[..], insert].concat();
    assert_eq!(notes_of(declared), [text("Straße")]);
    assert_eq!(refusal(b"SET NAMES sjis;").code(), "dump_encoding");
}

#[test]
fn files_that_are_no_dump_are_named_for_what_they_are() {
    let utf16: Vec<u8> = DEFINED.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (file, code) in [
        (&b""[..], "dump_empty"),
        (b"  \n-- nothing\n", "dump_empty"),
        (b"\x1F\x8B\x08\x00\x00\x00", "dump_packed"),
        (b"PK\x03\x04\x14\x00", "dump_packed"),
        (b"\xFF\xFES\x00E\x00", "dump_encoding"),
        (&utf16, "dump_encoding"),
        (b"part;quantity\n1;2\n", "dump_not_sql"),
        (b"<!DOCTYPE html><html>", "dump_not_sql"),
        (b"mysqldump: [Warning] Using a password on the command line", "dump_not_sql"),
        (b"SELECT 1;", "dump_tables_missing"),
        (b"SET sql_mode='NO_BACKSLASH_ESCAPES';", "dump_unsupported"),
    ] {
        let error = refusal(file);
        assert_eq!(error.code(), code, "{error}");
        assert!(!error.next_step().is_empty());
    }
    let mut holed = DEFINED.as_bytes().to_vec();
    holed.extend([b'\n', 0, 0]);
    let error = refusal(&holed);
    assert!(matches!(error.fault, DumpFault::ZeroByte));
    assert_eq!(error.at, Position { offset: DEFINED.len() as u64 + 1, line: 3 });
}

#[test]
fn rows_taken_back_defined_twice_or_computed_are_refused() {
    let filled = format!("{DEFINED}INSERT INTO notes VALUES (1,'a',NULL);\n");
    for (tail, code) in [
        ("DELETE FROM notes;", "dump_table_twice"),
        ("DROP TABLE IF EXISTS `notes`;", "dump_table_twice"),
        (DEFINED, "dump_table_twice"),
        ("INSERT INTO notes VALUES (2,NOW(),NULL);", "dump_unsupported"),
        ("INSERT INTO notes VALUES (2,'a'+1,NULL);", "dump_unsupported"),
        ("INSERT INTO notes SELECT 1;", "dump_unsupported"),
        ("INSERT INTO notes SET id=1;", "dump_unsupported"),
    ] {
        let error = refusal(format!("{filled}{tail}\n"));
        assert_eq!(error.code(), code, "{tail}: {error}");
        assert_eq!(error.at.line, 3, "{tail}: {error}");
    }
    assert_eq!(refusal(format!("CREATE TABLE notes LIKE n;{filled}")).code(), "dump_unsupported");
}

#[test]
fn values_are_bounded_where_wanted_and_unbounded_where_not() {
    let long = "x".repeat(lexer::LONGEST_VALUE + 1);
    let insert = |table: &str| format!("INSERT INTO {table} (id,note) VALUES (1,'{long}');");
    assert_eq!(refusal(insert("notes")).code(), "dump_value_too_long");
    let elsewhere = format!("{DEFINED}{}INSERT INTO notes VALUES (1,'a',NULL);", insert("other"));
    assert_eq!(notes_of(elsewhere), [text("a")]);
}

#[test]
fn an_error_tells_place_table_and_next_step() {
    let error = refusal(format!("{DEFINED}INSERT INTO notes VALUES\n(1,'a',NULL),\n(2,'cut of"));
    assert_eq!(
        error.to_string(),
        "the dump is cut off: it ends inside a string that began on line 4 — line 4 (byte 194), \
         table notes"
    );
    assert_eq!(error.code(), "dump_cut_off");
}

#[test]
fn the_hash_is_of_the_file() {
    let (_, summary) = rows_of(&b"INSERT INTO notes (id,note) VALUES (1,'a');"[..]).unwrap();
    assert_eq!(summary.sha256, "78a9e4e3b942d1507e77c507bed565619f04f399b475ea1177f6942589997547");
}

const TWO_TABLES: &[TableSpec] = &[TableSpec { name: "log", columns: &[required("id")] }, NOTES[0]];

/// The framings of real tools around the same two tables, whose rows are spread over statements.
fn framed(frame: &str) -> String {
    let tables = [
        ("log", "CREATE TABLE `log` (`id` int);\n".to_owned(), ["(1),(2)", "(3),(4)", "(5)"]),
        (
            "notes",
            DEFINED.to_owned(),
            ["(1,'a;',NULL),(2,'b',NULL)", "(3,'c',NULL),(4,'d',NULL)", "(5,'e',NULL)"],
        ),
    ];
    let mut dump = String::new();
    for (table, defined, inserts) in tables {
        let rows = inserts.map(|rows| format!("INSERT INTO `{table}` VALUES {rows};\n")).concat();
        let table = match frame {
            "mysqldump" => format!(
                "DROP TABLE IF EXISTS `{table}`;\n/*!40101 SET @saved_cs_client = @@cs */;\n{defined}\
                 /*!40101 SET cs = @saved_cs_client */;\nLOCK TABLES `{table}` WRITE;\n{rows}\
                 UNLOCK TABLES;\n"
            ),
            _ => defined + &rows,
        };
        dump.push_str(&table);
    }
    match frame {
        "mysqldump" => format!(
            "-- MySQL dump 10.13\n/*!40101 SET @OLD_X=@@X */;\n{dump}/*!40101 SET X=@OLD_X */;\n\
             -- Dump completed on 2026-11-23\n"
        ),
        "phpmyadmin" => format!(
            "-- phpMyAdmin SQL Dump\nSET SQL_MODE = \"NO_AUTO_VALUE_ON_ZERO\";\nSTART TRANSACTION;\n\
             /*!40101 SET @OLD_C=@@C */;\n{dump}ALTER TABLE `notes` ADD KEY `k` (`id`);\n\
             COMMIT;\n\n/*!40101 SET C=@OLD_C */;\n"
        ),
        _ => dump,
    }
}

#[test]
fn a_dump_cut_at_any_byte_never_reads_as_complete_without_its_rows() {
    for frame in ["mysqldump", "phpmyadmin", "plain"] {
        let dump = framed(frame);
        let (whole, summary) = rows_among(TWO_TABLES, dump.as_bytes()).unwrap();
        assert_eq!(whole.len(), 10);
        assert_eq!(summary.end_proved, frame != "plain");
        for cut in 0..dump.len() {
            match rows_among(TWO_TABLES, &dump.as_bytes()[..cut]) {
                Ok((rows, _)) => assert_eq!(rows, whole, "{frame} cut at {cut}"),
                Err(error) => assert!(error.at.offset <= cut as u64, "{frame} cut at {cut}"),
            }
        }
    }
}

#[test]
fn a_dump_of_one_row_per_statement_needs_an_end_mark() {
    let rows =
        [1, 2, 3].map(|id| format!("INSERT INTO notes (id,note) VALUES ({id},'n');\n")).concat();
    let error = refusal(&rows);
    assert!(matches!(error.fault, DumpFault::EndNotProved), "{error}");
    assert_eq!(notes_of(format!("{rows}-- Dump completed\n")).len(), 3);
    let followed = format!("{rows}DROP TABLE IF EXISTS `other`;\n");
    assert_eq!(notes_of(followed).len(), 3);
}

/// Escapes as `mysql_real_escape_string` does; or only the quotes, by doubling.
fn escaped(text: &str, double: bool) -> String {
    let mut sql = String::from("'");
    for c in text.chars() {
        match c {
            '\'' if double => sql.push_str("''"),
            '\'' => sql.push_str("\\'"),
            '\0' => sql.push_str("\\0"),
            '\\' => sql.push_str("\\\\"),
            '\n' if !double => sql.push_str("\\n"),
            '\r' if !double => sql.push_str("\\r"),
            '"' if !double => sql.push_str("\\\""),
            '\u{1A}' => sql.push_str("\\Z"),
            c => sql.push(c),
        }
    }
    sql.push('\'');
    sql
}

proptest! {
    #[test]
    fn any_text_survives_escaping(texts in prop::collection::vec(".{0,40}|[\\PC'\"\\\\;`*/#-]{0,20}|(?s:.){0,20}", 1..6), double: bool) {
        let rows: Vec<_> = texts
            .iter()
            .enumerate()
            .map(|(id, text)| format!("({id},{},NULL)", escaped(text, double)))
            .collect();
        let dump = format!("{DEFINED}INSERT INTO `notes` VALUES {};\n-- Dump completed", rows.join(","));
        let expected: Vec<_> = texts.iter().map(|t| text(t)).collect();
        prop_assert_eq!(notes_of(&dump), expected.clone());
        let dripped = rows_of(Dripping(dump.as_bytes())).unwrap().0;
        prop_assert_eq!(dripped.into_iter().map(|mut row| row.swap_remove(1)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn any_bytes_are_survived(bytes: Vec<u8>) {
        let _ = rows_of(&bytes[..]);
    }

    #[test]
    fn any_damage_is_survived(at in 0usize..2000, byte: u8, frame in 0usize..3) {
        let mut dump = framed(["mysqldump", "phpmyadmin", "plain"][frame]).into_bytes();
        let at = at % dump.len();
        dump[at] = byte;
        let _ = rows_among(TWO_TABLES, &dump[..]);
    }
}
