//! Files of routings: every row judged, a version taken over whole or not at all.

use std::fmt::Write as _;

use mtm_app::import::{CommitBody, ImportKind, ImportView};
use mtm_core::code::Code;
use mtm_core::word::ImportId;
use mtm_store::master::{MasterNoun, NewMaster};

use crate::plant::Plant;

/// Two versions of the first part, in rows that stand anyhow; the second part is wrong in a row.
const FILE: &str = "Part;Position;Operation;Location;Yield;Effective from\n\
    11058-1779;20;20;DC-A0-01;98,5%;\n\
    A0003892000;10;19;;;\n\
    11058-1779;10;19;;;\n\
    A0003892000;20;99;;200%;\n\
    11058-1779;10;20;;;2099-01-01\n\
    NONE;10;19;;;\n";

async fn preview(plant: &Plant, file: &str) -> ImportView {
    let kind = ImportKind::Routings;
    let file = file.as_bytes().to_vec();
    plant.app.preview_import(&plant.lead, kind, "routings.csv", file).await.unwrap()
}

async fn commit(plant: &Plant, view: &ImportView, skip_refused: bool) -> ImportView {
    let how = CommitBody { skip_refused, ..CommitBody::default() };
    plant.app.commit_import(&plant.lead, ImportId(view.id), &how).await.unwrap()
}

fn refused(view: &ImportView) -> Vec<(u64, Vec<(&str, Code)>)> {
    let wrong = view.verdicts.iter().filter(|verdict| !verdict.accepted);
    wrong
        .map(|verdict| {
            let errors = verdict.errors.iter();
            (verdict.line, errors.map(|error| (error.field.as_str(), error.code)).collect())
        })
        .collect()
}

#[tokio::test]
async fn every_row_is_judged_and_half_a_version_is_none() {
    let plant = Plant::open().await;
    let view = preview(&plant, FILE).await;
    assert_eq!(
        refused(&view),
        [
            (3, vec![("", Code::InvalidBody)]),
            (5, vec![("yield", Code::InvalidBody)]),
            (7, vec![("part", Code::UnknownPart)]),
        ]
    );
    assert!(plant.app.catalogue().routings.is_empty(), "looking writes nothing");
    let how = CommitBody::default();
    let all = plant.app.commit_import(&plant.lead, ImportId(view.id), &how).await.unwrap_err();
    assert_eq!(all.code(), Code::InvalidBody);
    assert_eq!(commit(&plant, &view, true).await.state, "committed");

    let sheet = plant.app.routing(&plant.lead, "11058-1779", None).await.unwrap();
    let held = sheet.in_force.unwrap();
    let steps: Vec<_> = held.steps.iter().map(|it| (it.position, it.operation.as_str())).collect();
    assert_eq!(steps, [(10, "19"), (20, "20")], "in the order of the positions");
    assert_eq!(held.steps[1].yields.unwrap().to_string(), "98.5%");
    assert_eq!(held.steps[1].location.as_ref().unwrap().as_str(), "DC-A0-01");
    assert_eq!(sheet.versions.len(), 2);
    assert!(sheet.until.unwrap().to_string().starts_with("2099-01-01"), "the second is planned");
    let other = plant.app.routing(&plant.lead, "A0003892000", None).await.unwrap();
    assert_eq!(other.version, 0, "a version with a wrong row is left out whole");

    let again = preview(&plant, &format!("{FILE}\n")).await;
    assert_eq!(again.refused, again.rows, "what is so already adds nothing");
    assert!(refused(&again).iter().any(|(_, errors)| errors[0].1 == Code::AlreadyExists));
}

#[tokio::test]
async fn what_is_wrong_with_a_version_stands_at_its_rows() {
    let plant = Plant::open().await;
    let file = "part,position,operation,location,yield,effective_from\n\
        11058-1779,10,19,,,\n\
        11058-1779,10,19,NOWHERE,,\n\
        A0003892000,1,19,,,yesterday\n\
        ,2,20,,,\n";
    let view = preview(&plant, file).await;
    assert_eq!(
        refused(&view),
        [
            (2, vec![("", Code::InvalidBody)]),
            (3, vec![("position", Code::InvalidBody), ("location", Code::UnknownLocation)]),
            (4, vec![("effective_from", Code::InvalidBody)]),
            (5, vec![("part", Code::InvalidBody)]),
        ]
    );
    let unknown = plant
        .app
        .preview_import(&plant.lead, ImportKind::Routings, "x.csv", b"part,op\nA,1\n".to_vec())
        .await;
    assert_eq!(unknown.unwrap_err().code(), Code::ImportUnreadable);
}

#[tokio::test]
async fn a_long_file_is_taken_over_in_steps_that_cut_no_version() {
    const PARTS: usize = 700;
    let plant = Plant::open().await;
    let masters = (0..PARTS).map(|n| NewMaster::named(MasterNoun::Part, format!("LONG-{n:04}")));
    plant.app.ledger().create_masters(masters.collect(), plant.lead.actor()).await.unwrap();
    let mut file = String::from("part,position,operation\n");
    for n in 0..PARTS {
        // Writing into a string cannot fail.
        let _ = write!(file, "LONG-{n:04},10,19\nLONG-{n:04},20,20\n");
    }
    let view = preview(&plant, &file).await;
    assert_eq!((view.rows, view.refused), (1_400, 0));
    let mut taken = view.clone();
    while taken.state != "committed" {
        // Odd numbers would cut versions of two rows.
        let how = CommitBody { at_most: Some(333), ..CommitBody::default() };
        taken = plant.app.commit_import(&plant.lead, ImportId(view.id), &how).await.unwrap();
        let catalogue = plant.app.catalogue();
        let mut versions = catalogue.routings.iter().flat_map(|(_, routing)| routing.versions());
        assert!(versions.all(|version| version.steps.len() == 2), "a version was cut");
    }
    assert_eq!(plant.app.catalogue().routings.len(), PARTS);
}
