//! Routings as B2MML documents: another format of the same import.

use mtm_app::import::{CommitBody, ImportKind, ImportView};
use mtm_core::code::Code;
use mtm_core::word::ImportId;
use mtm_store::master::MasterNoun;

use crate::plant::Plant;

/// A document with these definitions in it, the first of them in line 2.
fn document(definitions: &str) -> Vec<u8> {
    format!(
        "<SyncOperationsDefinition xmlns=\"http://www.mesa.org/xml/B2MML\" releaseID=\"\"><DataArea><Sync/>\n\
         {definitions}</DataArea></SyncOperationsDefinition>\n"
    )
    .into_bytes()
}

async fn preview(plant: &Plant, bytes: Vec<u8>) -> ImportView {
    let kind = ImportKind::Routings;
    plant.app.preview_import(&plant.lead, kind, "erp.xml", bytes).await.unwrap()
}

async fn commit(plant: &Plant, view: &ImportView, skip_refused: bool) -> ImportView {
    let how = CommitBody { skip_refused, ..CommitBody::default() };
    plant.app.commit_import(&plant.lead, ImportId(view.id), &how).await.unwrap()
}

fn refused(view: &ImportView) -> Vec<(u64, String)> {
    let wrong = view.verdicts.iter().filter(|verdict| !verdict.accepted);
    let said = wrong.flat_map(|verdict| {
        verdict.errors.iter().map(|error| {
            (verdict.line, format!("{} {} {}", error.field, error.code.as_str(), error.message))
        })
    });
    said.collect()
}

const TWO: &str = "<OperationsDefinition>
 <ID>11058-1779</ID>
 <OperationsSegment><ID>S1</ID><ProcessSegmentID>19</ProcessSegmentID></OperationsSegment>
 <OperationsSegment>
  <ID>S2</ID><ProcessSegmentID>20</ProcessSegmentID>
  <ParameterSpecification><ID>Location</ID><Value><ValueString>DC-A0-01</ValueString></Value></ParameterSpecification>
  <ParameterSpecification><ID>Yield</ID><Value><ValueString>98.5%</ValueString></Value></ParameterSpecification>
 </OperationsSegment>
</OperationsDefinition>
<OperationsDefinition>
 <ID>next year</ID>
 <EffectiveStartDate>2099-01-01T00:00:00+01:00</EffectiveStartDate>
 <OperationsSegment><ID>20</ID>
  <MaterialSpecification><ID>1</ID><MaterialDefinitionID>11058-1779</MaterialDefinitionID><MaterialUse>Produced</MaterialUse></MaterialSpecification>
 </OperationsSegment>
</OperationsDefinition>
";

#[tokio::test]
async fn definitions_become_versions_once() {
    let plant = Plant::open().await;
    let view = preview(&plant, document(TWO)).await;
    assert_eq!((view.rows, view.refused), (3, 0), "{:?}", refused(&view));
    let lines: Vec<_> = view.verdicts.iter().map(|verdict| verdict.line).collect();
    assert_eq!(lines, [4, 5, 14]);
    assert!(plant.app.catalogue().routings.is_empty(), "looking writes nothing");
    for _ in 0..2 {
        assert_eq!(commit(&plant, &view, false).await.state, "committed");
    }
    let sheet = plant.app.routing(&plant.lead, "11058-1779", None).await.unwrap();
    let held = sheet.in_force.unwrap();
    let steps: Vec<_> = held.steps.iter().map(|it| (it.position, it.operation.as_str())).collect();
    assert_eq!(steps, [(10, "19"), (20, "20")]);
    assert_eq!(held.steps[1].location.as_ref().unwrap().as_str(), "DC-A0-01");
    assert_eq!(held.steps[1].yields.unwrap().to_string(), "98.5%");
    assert_eq!(sheet.until.unwrap().to_string(), "2098-12-31T23:00:00.000000Z");

    let again = preview(&plant, document(&format!("{TWO}\n"))).await;
    assert_eq!(again.refused, 3, "what is so already adds nothing");
    assert!(refused(&again).iter().all(|(_, said)| said.contains("already_exists")));
}

#[tokio::test]
async fn everything_wrong_is_told_at_once_and_half_a_version_is_none() {
    let plant = Plant::open().await;
    let definitions = "<OperationsDefinition>
 <ID>11058-1779</ID>
 <EffectiveEndDate>2027-01-01T00:00:00Z</EffectiveEndDate>
 <OperationsSegment><ID>19</ID></OperationsSegment>
 <OperationsSegment><ID>99</ID></OperationsSegment>
</OperationsDefinition>
<OperationsDefinition>
 <ID>A0003892000</ID>
 <OperationsSegment><ID>20</ID></OperationsSegment>
</OperationsDefinition>
<OperationsDefinition><ID>NONE</ID>
</OperationsDefinition>
<OperationsDefinition>
 <ID/>
 <OperationsSegment><ID>20</ID></OperationsSegment>
</OperationsDefinition>
<OperationsDefinition>
 <ID>a0003892000</ID>
 <OperationsSegment><ID>19</ID></OperationsSegment>
</OperationsDefinition>
";
    let view = preview(&plant, document(definitions)).await;
    let said = refused(&view).into_iter().map(|(line, said)| format!("{line}: {said}"));
    insta::assert_snapshot!("refused", said.collect::<Vec<_>>().join("\n"));
    assert_eq!(view.refused, view.rows, "the second definition of a part breaks the first, too");
    assert_eq!(commit(&plant, &view, true).await.state, "committed");
    assert!(plant.app.catalogue().routings.is_empty());
}

#[tokio::test]
async fn a_document_on_one_line_counts_its_operations() {
    let plant = Plant::open().await;
    let definitions: String = TWO.lines().map(str::trim).collect();
    let view = preview(&plant, document(&definitions)).await;
    let lines: Vec<_> = view.verdicts.iter().map(|verdict| verdict.line).collect();
    assert_eq!((lines, view.refused), (vec![1, 2, 3], 0));
}

#[tokio::test]
async fn a_document_is_refused_where_it_is_none_or_not_meant() {
    let plant = Plant::open().await;
    let mut wide = vec![0xff, 0xfe];
    let text = String::from_utf8(document(TWO)).unwrap();
    wide.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let masters = ImportKind::Masters(MasterNoun::Part);
    for (kind, bytes, words) in [
        (ImportKind::Movements, document(TWO), "a file of routings"),
        (masters, document(TWO), "a file of routings"),
        (ImportKind::Routings, b"<html><body>Sign in</body></html>".to_vec(), "no namespace"),
        (ImportKind::Routings, wide, "UTF-8"),
        (ImportKind::Routings, document("<OperationsDefinition>"), "line 2"),
        (ImportKind::Routings, document(""), "no OperationsDefinition"),
    ] {
        let error = plant.app.preview_import(&plant.lead, kind, "x.xml", bytes).await.unwrap_err();
        assert_eq!(error.code(), Code::ImportUnreadable);
        assert!(error.to_string().contains(words), "{words}: {error}");
    }
}
