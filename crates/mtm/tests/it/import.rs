//! Files in and out: every refused row named, all rows or none, exports that add up.

use std::fs;
use std::path::Path;

use crate::support::{Run, on, on_hand, plant};

fn import(directory: &Path, text: &str, more: &[&str]) -> Run {
    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("rows.csv");
    fs::write(&file, text).unwrap();
    let mut arguments = vec!["import", file.to_str().unwrap()];
    arguments.extend(more);
    on(directory, &arguments)
}

const ROWS: &str = "type,part,operation,location,quantity\n\
    in,P-1,10,R-1,5\n\
    in,P-9,10,R-1,6\n\
    in,P-1,10,R-2,zero\n\
    in,P-1,20,R-2,7\n";

#[test]
fn every_refused_row_is_named_and_nothing_is_taken_over_until_somebody_says_so() {
    let (mut server, api) = plant();
    let data = server.data_dir().to_path_buf();
    let refused = import(&data, ROWS, &["--kind", "movements"]).failure(3);
    assert_eq!(refused["code"], "rows_refused");
    let wrong: Vec<&str> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["field"].as_str().unwrap())
        .collect();
    assert_eq!(wrong, ["line 3, part", "line 4, quantity"]);
    import(&data, ROWS, &["--kind", "movements", "--dry-run", "--skip-refused"]).failure(3);
    assert_eq!(on_hand(&api), 0);

    // Beside a running server it goes through that server; without one, straight into the ledger.
    let taken = import(&data, ROWS, &["--kind", "movements", "--skip-refused"]).json();
    assert_eq!((taken["state"].as_str(), taken["refused"].as_u64()), (Some("committed"), Some(2)));
    assert_eq!(on_hand(&api), 12);
    let again = ["--kind", "movements", "--skip-refused"];
    let twin = import(&data, ROWS, &again).failure(5);
    assert_eq!(twin["code"], "possible_duplicate");
    assert!(twin.to_string().contains(taken["id"].as_str().unwrap()), "{twin}");
    assert_eq!(on_hand(&api), 12);
    import(&data, ROWS, &["--kind", "movements", "--skip-refused", "--yes"]).json();
    assert_eq!(on_hand(&api), 24);
    server.terminate().unwrap();
    let more = "part,operation,location,quantity\nP-1,10,R-1,30\n";
    import(&data, more, &["--kind", "movements"]).json();
    let twin = import(&data, more, &["--kind", "movements"]).failure(5);
    assert_eq!(twin["code"], "possible_duplicate");

    let stock = on(&data, &["export", "stock", "--format", "ndjson"]);
    let pieces: i64 = stock
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|row| row["quantity"].as_i64().unwrap())
        .sum();
    assert_eq!(pieces, 54);
    assert_eq!(on(&data, &["verify"]).json()["ok"], true);
}

#[test]
fn master_data_comes_in_and_a_second_time_is_refused() {
    let (server, _) = plant();
    let rows = "code,description\nA-1,Rack\nA-2,=1+1\n";
    import(server.data_dir(), rows, &["--kind", "locations"]).json();
    let again = import(server.data_dir(), rows, &["--kind", "locations"]).failure(3);
    assert_eq!(again["errors"].as_array().unwrap().len(), 2);
    import(server.data_dir(), "code,colour\nX,red\n", &["--kind", "parts"]).failure(2);
}

#[test]
fn exports_are_whole_files_or_none() {
    let (server, api) = plant();
    crate::support::receive(&api, "one", 5);
    let directory = tempfile::tempdir().unwrap();
    let to = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let csv = on(server.data_dir(), &["export", "movements", "--out", &to("movements.csv")]);
    assert_eq!(csv.code, 0, "{}", csv.stderr);
    let text = fs::read_to_string(to("movements.csv")).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
    let streamed = on(server.data_dir(), &["export", "movements"]);
    assert_eq!(streamed.stdout, text);
    let book = ["export", "movements", "--format", "xlsx", "--out", &to("movements.xlsx")];
    assert_eq!(on(server.data_dir(), &book).code, 0);
    assert_eq!(&fs::read(to("movements.xlsx")).unwrap()[..2], b"PK");
    let wrong = ["export", "stock", "--as-of", "yesterday", "--out", &to("stock.csv")];
    assert_eq!(on(server.data_dir(), &wrong).code, 2);
    let mut left: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["movements.csv", "movements.xlsx"]);
}

const DEFINITIONS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<OperationsDefinitionInformation xmlns=\"http://www.mesa.org/xml/B2MML\">
 <ID>routings</ID>
 <OperationsDefinition>
  <ID>P-1</ID>
  <OperationsSegment><ID>10</ID></OperationsSegment>
  <OperationsSegment><ID>20</ID></OperationsSegment>
 </OperationsDefinition>
</OperationsDefinitionInformation>
";

#[test]
fn documents_of_isa_95_go_out_and_come_in() {
    let (server, api) = plant();
    crate::support::receive(&api, "one", 5);
    crate::support::receive(&api, "two", 7);
    let data = server.data_dir();
    let directory = tempfile::tempdir().unwrap();
    let to = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    // guide: document
    let stock = on(data, &["export", "b2mml", "stock", "--out", &to("stock.xml")]);
    assert_eq!(stock.code, 0, "{}", stock.stderr);
    let text = fs::read_to_string(to("stock.xml")).unwrap();
    assert!(text.ends_with("</ShowMaterialInformation>\n"), "{text}");
    for pieces in [5, 7] {
        assert!(text.contains(&format!("<QuantityString>{pieces}</QuantityString>")), "{text}");
    }
    // guide: end
    let movements = on(data, &["export", "b2mml", "movements", "--from", "2020-01-01T00:00:00Z"]);
    assert_eq!(movements.stdout.matches("<OperationsResponse>").count(), 2, "{}", movements.stdout);
    let wrong = ["export", "b2mml", "movements", "--to", "noon", "--out", &to("wrong.xml")];
    assert_eq!(on(data, &wrong).code, 2);
    assert!(!directory.path().join("wrong.xml").exists());

    let file = directory.path().join("definitions.xml");
    fs::write(&file, DEFINITIONS).unwrap();
    let import = ["import", file.to_str().unwrap(), "--kind", "routings"];
    assert_eq!(on(data, &import).json()["rows_done"], 2);
    let again = on(data, &import);
    assert_ne!(again.code, 0, "what is so already adds nothing: {}", again.stdout);
    let broken = DEFINITIONS.replace("</ID>\n  <OperationsSegment><ID>10", "<ID>10");
    fs::write(&file, broken).unwrap();
    let refused = on(data, &import).failure(2);
    assert_eq!(refused["code"], "import_unreadable");
    assert!(refused["message"].as_str().unwrap().contains("line "), "{refused}");
}
