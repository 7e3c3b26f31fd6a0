//! Templates of labels: versions that only grow, with who and when.

use mtm_store::label::TemplateVersion;
use mtm_store::{Once, PostError};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, actor, key, refused};

contract!(
    versions_of_a_template_stay_and_the_newest_counts,
    a_template_is_changed_once_and_by_who_saw_the_newest,
    a_site_has_room_for_so_many_templates,
);

async fn set(
    plant: &Plant,
    name: &str,
    text: Option<&str>,
    seen: Option<i64>,
    under: Option<&str>,
) -> Result<Once<TemplateVersion>, PostError> {
    let (name, text) = (name.to_owned(), text.map(str::to_owned));
    plant.ledger.change_label_template(name, text, seen, actor(), under.map(key)).await
}

async fn versions_of_a_template_stay_and_the_newest_counts(engine: Engine) {
    let mut plant = Plant::on(engine).await;
    assert_eq!(plant.ledger.label_template("lot".to_owned()).await.unwrap(), None);
    let first = set(&plant, "lot", Some("größer ^XA\n"), Some(0), None).await.unwrap().value;
    assert_eq!((first.number, first.recorded_by.as_str()), (1, "system"));
    plant.clock.advance(1_000_000);
    set(&plant, "badge", Some("b"), None, None).await.unwrap();
    let second = set(&plant, "lot", None, Some(1), None).await.unwrap().value;
    assert!(second.recorded_at > first.recorded_at);
    let third = set(&plant, "lot", Some("three"), Some(2), None).await.unwrap().value;
    plant.restart().await;
    let versions = plant.ledger.label_template_versions("lot".to_owned()).await.unwrap();
    assert_eq!(versions, [third.clone(), second, first]);
    let all = plant.ledger.label_templates().await.unwrap();
    let names: Vec<_> = all.iter().map(|one| (one.name.as_str(), one.number)).collect();
    assert_eq!(names, [("badge", 1), ("lot", 3)]);
    assert_eq!(plant.ledger.label_template("lot".to_owned()).await.unwrap(), Some(third));
    let audited = plant.value(
        "SELECT count(*) FROM audit WHERE kind = 'master'
         AND entry LIKE '%\"noun\":\"label_template\"%'",
    );
    assert_eq!(audited, "4");
    let report =
        plant.ledger.verify(mtm_store::integrity::VerifyRange::Full, |_| {}).await.unwrap();
    assert!(report.ok, "{:?}", report.first_bad);
}

async fn a_template_is_changed_once_and_by_who_saw_the_newest(engine: Engine) {
    let plant = Plant::on(engine).await;
    let made = set(&plant, "lot", Some("one"), Some(0), Some("k")).await.unwrap();
    let again = set(&plant, "lot", Some("one"), Some(0), Some("k")).await.unwrap();
    assert!(again.replayed && again.value == made.value);
    let late = set(&plant, "lot", Some("two"), Some(0), None).await.unwrap_err();
    assert_eq!(refused(&late), "stale");
    // What stands is not made again.
    let same = set(&plant, "lot", Some("one"), Some(1), None).await.unwrap();
    assert_eq!(same.value, made.value);
    let events = plant.ledger.events_after(0, Vec::new(), 100).await.unwrap();
    let told: Vec<_> =
        events.iter().filter(|event| event.data["noun"] == "label_template").collect();
    assert_eq!(told.len(), 1);
    assert_eq!(
        (&told[0].data["name"], &told[0].data["change"]),
        (&"lot".into(), &"created".into())
    );
}

async fn a_site_has_room_for_so_many_templates(engine: Engine) {
    let plant = Plant::on(engine).await;
    for number in 0..mtm_store::label::MOST_TEMPLATES {
        set(&plant, &format!("t-{number}"), Some("x"), Some(0), None).await.unwrap();
    }
    let more = set(&plant, "more", Some("x"), Some(0), None).await.unwrap_err();
    assert_eq!(refused(&more), "too_large");
    set(&plant, "t-0", Some("y"), Some(1), None).await.unwrap();
}

#[test]
fn a_file_keeps_versions_of_templates_past_a_careless_hand() {
    Engine::Sqlite.keeps(async |engine| {
        let plant = Plant::on(engine).await;
        set(&plant, "lot", Some("one"), None, None).await.unwrap();
        for sql in ["UPDATE label_template SET body = 'x'", "DELETE FROM label_template"] {
            let refused = mtm_testkit::sqlite::execute(plant.home.path(), sql).unwrap_err();
            assert!(format!("{refused:#}").contains("never"), "{sql}: {refused:#}");
        }
    });
}
