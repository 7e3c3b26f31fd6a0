//! Files taken over: every row judged, all or nothing written, the whole undone.

use mtm_app::export::ExportFormat;
use mtm_app::import::{CommitBody, ImportKind};
use mtm_app::movement::{Circumstances, ReverseBody};
use mtm_core::code::Code;
use mtm_core::word::ImportId;
use mtm_store::master::MasterNoun;
use mtm_store::query::HistoryQuery;

use crate::plant::Plant;

const ROWS: &str = "Type;Part;Operation;Location;Quantity;Notes\r\n\
    in;11058-1779;19;R-E4-18;500;Größe M\r\n\
    in;11058-1779;19;NOWHERE;5;\r\n\
    in;a0003892000;20;dc-a0-01;12x;\r\n\
    in;A0003892000;20;DC-A0-01;12;\r\n\
    ;;;;;\r\n\
    out;A0003892000;20;DC-A0-01;12;\r\n\
    out;A0003892000;20;DC-A0-01;1;\r\n";

#[tokio::test]
async fn every_row_is_judged_and_nothing_is_written() {
    let plant = Plant::open().await;
    let view = preview(&plant, ROWS.as_bytes()).await;
    let refused: Vec<(u64, Code)> = view
        .verdicts
        .iter()
        .filter(|verdict| !verdict.accepted)
        .map(|verdict| (verdict.line, verdict.errors[0].code))
        .collect();
    // The last row takes what the row before it took already: rows see each other.
    assert_eq!(
        refused,
        [(3, Code::UnknownLocation), (4, Code::InvalidBody), (8, Code::InsufficientStock),]
    );
    assert_eq!((view.rows, view.refused, view.state), (6, 3, "previewed"));
    assert_eq!(plant.on_hand().await, 0);
}

#[tokio::test]
async fn a_commit_books_the_accepted_rows_once_and_its_undo_takes_them_back() {
    let plant = Plant::open().await;
    plant.receive(7).await;
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(ROWS);
    let view = preview(&plant, &latin).await;
    let id = ImportId(view.id);

    let refused =
        plant.app.commit_import(&plant.lead, id, &CommitBody::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidBody);
    assert_eq!(plant.on_hand().await, 7, "a refused commit writes nothing");

    for _ in 0..2 {
        let committed = plant.app.commit_import(&plant.lead, id, &skipping()).await.unwrap();
        assert_eq!(committed.state, "committed");
        assert_eq!(plant.on_hand().await, 507);
    }
    let undone = plant.app.undo_import(&plant.lead, id, "wrong file", None).await.unwrap();
    assert_eq!(undone.state, "undone");
    assert_eq!(plant.on_hand().await, 7);
}

#[tokio::test]
async fn the_same_file_twice_is_asked_about_until_the_first_is_undone() {
    let plant = Plant::open().await;
    let app = &plant.app;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(ImportId(preview(&plant, ROWS.as_bytes()).await.id));
    }
    app.commit_import(&plant.lead, ids[0], &skipping()).await.unwrap();

    let refused = app.commit_import(&plant.lead, ids[1], &skipping()).await.unwrap_err();
    assert_eq!(refused.code(), Code::PossibleDuplicate);
    let words = refused.to_string();
    assert!(words.contains(&ids[0].to_string()) && words.contains("rows.csv"), "{words}");
    assert_eq!(plant.on_hand().await, 500, "a refused commit writes nothing");

    // Other bytes are another file; a confirmed one is meant.
    let other = preview(&plant, format!("{ROWS}\r\n").as_bytes()).await;
    app.commit_import(&plant.lead, ImportId(other.id), &skipping()).await.unwrap();
    let confirmed = CommitBody { confirm: vec!["possible_duplicate".to_owned()], ..skipping() };
    app.commit_import(&plant.lead, ids[1], &confirmed).await.unwrap();
    assert_eq!(plant.on_hand().await, 1_500);

    // The log says what stands, whichever way it was undone.
    app.undo_import(&plant.lead, ids[1], "wrong file", None).await.unwrap();
    let twin = app.commit_import(&plant.lead, ids[2], &skipping()).await.unwrap_err();
    assert!(twin.to_string().contains(&ids[0].to_string()), "{twin}");
    let body = ReverseBody {
        import_id: Some(ids[0].0),
        reason: Some("wrong file".to_owned()),
        ..ReverseBody::default()
    };
    let around = Circumstances { key: Some("undo".to_owned()), ..Circumstances::default() };
    app.reverse(&plant.lead, around, None, &body).await.unwrap();
    app.commit_import(&plant.lead, ids[2], &skipping()).await.unwrap();
    assert_eq!(plant.on_hand().await, 1_000);
}

#[tokio::test]
async fn master_data_comes_in_whole_and_existing_codes_are_named() {
    let plant = Plant::open().await;
    let kind = ImportKind::Masters(MasterNoun::Location);
    let file = b"code,building,type\nR-E4-18,Expo,rack\nV-N4-01,Vits,rack\nv-n4-01,Vits,floor\n";
    let app = &plant.app;
    let view = app.preview_import(&plant.lead, kind, "places.csv", file.to_vec()).await.unwrap();
    assert_eq!((view.rows, view.refused), (3, 2));
    app.commit_import(&plant.lead, ImportId(view.id), &skipping()).await.unwrap();
    let catalogue = app.catalogue();
    let place = catalogue.location(&"V-N4-01".parse().unwrap()).unwrap();
    assert_eq!(place.building.as_deref(), Some("Vits"));
    let refused = app.undo_import(&plant.lead, ImportId(view.id), "oops", None).await.unwrap_err();
    assert_eq!(refused.code(), Code::InUse);
}

#[tokio::test]
async fn an_unknown_column_is_named() {
    let plant = Plant::open().await;
    let kind = ImportKind::Movements;
    let error = plant
        .app
        .preview_import(&plant.lead, kind, "x.csv", b"part,quantty\nA,1\n".to_vec())
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::ImportUnreadable);
    assert!(error.to_string().contains("quantty"));
}

#[tokio::test]
async fn exports_hold_every_movement_in_each_format() {
    let plant = Plant::open().await;
    for _ in 0..40 {
        plant.receive(12).await;
    }
    for format in [ExportFormat::Csv, ExportFormat::Ndjson, ExportFormat::Xlsx] {
        let bytes = export(&plant, format).await;
        let rows = match format {
            ExportFormat::Xlsx => {
                let kind = ImportKind::Movements;
                // Our own reader sees the sheet: its columns are not those of an import.
                let error = plant
                    .app
                    .preview_import(&plant.lead, kind, "export.xlsx", bytes)
                    .await
                    .unwrap_err();
                assert!(error.to_string().contains("sequence"), "{error}");
                continue;
            }
            ExportFormat::Csv => bytes.split(|byte| *byte == b'\n').count() - 2,
            ExportFormat::Ndjson => bytes.split(|byte| *byte == b'\n').count() - 1,
        };
        assert_eq!(rows, 40, "{format:?}");
    }
}

fn skipping() -> CommitBody {
    CommitBody { skip_refused: true, ..CommitBody::default() }
}

async fn preview(plant: &Plant, bytes: &[u8]) -> mtm_app::import::ImportView {
    let kind = ImportKind::Movements;
    plant.app.preview_import(&plant.lead, kind, "rows.csv", bytes.to_vec()).await.unwrap()
}

async fn export(plant: &Plant, format: ExportFormat) -> Vec<u8> {
    let (send, mut receive) = tokio::sync::mpsc::channel(1);
    let query = HistoryQuery::default();
    let write = plant.app.export_movements(&plant.lead, query, format, send);
    let read = async {
        let mut bytes = Vec::new();
        while let Some(piece) = receive.recv().await {
            bytes.extend(piece);
        }
        bytes
    };
    let (written, bytes) = tokio::join!(write, read);
    written.unwrap();
    bytes
}
