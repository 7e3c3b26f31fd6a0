//! Parts kept as an ERP has them, from its books to ours, round by round.

use std::collections::BTreeSet;

use mtm_app::Principal;
use mtm_app::erp::{Reader, What};
use mtm_app::master_sync::{
    Conflict, DecideBody, Deed, DifferenceQuery, DifferenceRow, Field, Mode, SyncBody,
};
use mtm_connect::erp::Way;
use mtm_connect::erp::fake::{Books, Texts};
use mtm_core::erp::protocol::{FailedKind, Table};
use mtm_core::master_sync::Rules;
use mtm_core::word::{ItemType, PartCode, fold};
use mtm_store::master::{MasterNoun, NewMaster};

use crate::erp::{ERP, HOUR, Site};

/// A site that keeps parts as an ERP has them.
struct Kept {
    site: Site,
    books: Books,
    reader: Reader,
    admin: Principal,
    parts: Vec<Texts>,
}

/// Id, description, unit, and state.
fn part(id: &str, description: &str, unit: &str, status: &str) -> Texts {
    let mut texts: Texts = vec![None; Table::Parts.columns().len()];
    for (at, (column, _)) in Table::Parts.columns().iter().enumerate() {
        texts[at] = match *column {
            "ID" => Some(id.to_owned()),
            "DESCRIPTION" => Some(description.to_owned()),
            "STOCK_UM" => Some(unit.to_owned()),
            "FABRICATED" | "STOCKED" => Some("Y".to_owned()),
            "PURCHASED" => Some("N".to_owned()),
            "STATUS" => Some(status.to_owned()),
            _ => None,
        };
    }
    texts
}

fn rules() -> Rules {
    Rules {
        retired: BTreeSet::from([fold("O")]),
        conflict: Conflict::Ask,
        owned: BTreeSet::from([Field::Description, Field::ItemType, Field::Retired]),
        made: Some(ItemType::parse("WIP").unwrap()),
        ..Rules::default()
    }
}

impl Kept {
    async fn new(mode: Mode) -> Self {
        let books = Books::default();
        let site = Site::reading(Way::fake(books.clone())).await;
        let admin = site.app.local_principal("tester").await.unwrap();
        site.app.keep_masters(ERP, rules());
        let reader = site.reader();
        let mut kept = Self { site, books, reader, admin, parts: Vec::new() };
        kept.read().await;
        kept.set(mode).await;
        kept
    }

    async fn set(&self, mode: Mode) {
        let body = SyncBody { mode, version: None };
        self.site.app.change_master_sync(&self.admin, ERP, &body, None).await.unwrap();
    }

    /// Their parts are these from now on.
    fn have(&mut self, parts: Vec<Texts>) {
        self.parts = parts;
        self.books.set_table(Table::Parts, self.parts.clone());
    }

    /// An hour later everything of theirs is read again.
    async fn read(&mut self) {
        self.site.clock.advance(2 * HOUR);
        self.reader.round(What::All).await.unwrap();
    }

    async fn differing(&self) -> Vec<DifferenceRow> {
        let query = DifferenceQuery { limit: 500, ..DifferenceQuery::default() };
        self.site.app.master_differences(&self.admin, query).await.unwrap().items
    }

    fn description(&self, code: &str) -> Option<String> {
        let code = PartCode::parse(code).unwrap();
        self.site.app.catalogue().part(&code).and_then(|part| part.header.description.clone())
    }

    fn is_retired(&self, code: &str) -> bool {
        let code = PartCode::parse(code).unwrap();
        self.site.app.catalogue().part(&code).unwrap().header.retired_at.is_some()
    }
}

#[tokio::test]
async fn what_they_change_is_here_with_the_next_reading_and_again_changes_nothing() {
    let mut kept = Kept::new(Mode::Automatic).await;
    let ledger = kept.site.app.ledger().clone();
    kept.have(vec![
        part("A-1", "Bracket", "EA", "A"),
        part("A-2", "Sheet by weight", "KG", "A"),
        part("A-3", "Obsolete already", "EA", "O"),
    ]);
    kept.read().await;
    assert_eq!(kept.description("A-1").as_deref(), Some("Bracket"));
    let made = kept.site.app.catalogue();
    let made = made.part(&PartCode::parse("A-1").unwrap()).unwrap().clone();
    assert_eq!(made.item_type.as_ref().map(ItemType::as_str), Some("WIP"));
    assert_eq!((kept.description("A-2"), kept.description("A-3")), (None, None), "not wanted");

    let before = ledger.counts().await.unwrap().audit_entries;
    for _ in 0..3 {
        kept.read().await;
    }
    assert_eq!(ledger.counts().await.unwrap().audit_entries, before);

    kept.have(vec![part("A-1", "Bracket, left", "EA", "A")]);
    kept.read().await;
    assert_eq!(kept.description("A-1").as_deref(), Some("Bracket, left"));
    kept.have(vec![part("A-1", "Bracket, left", "EA", "O")]);
    kept.read().await;
    assert!(kept.is_retired("A-1"));
    assert_eq!(kept.differing().await, []);
}

#[tokio::test]
async fn an_erp_that_is_away_changes_nothing_and_half_a_list_retires_nobody() {
    let mut kept = Kept::new(Mode::Automatic).await;
    let many: Vec<_> =
        (0..60).map(|n| part(&format!("M-{n:02}"), "one of many", "EA", "A")).collect();
    kept.have(many.clone());
    kept.read().await;
    assert_eq!(kept.site.app.catalogue().parts.len(), 60);

    kept.books.fail(Some(FailedKind::Away));
    kept.site.clock.advance(2 * HOUR);
    kept.reader.round(What::All).await.unwrap_err();
    kept.books.fail(None);
    kept.read().await;
    assert_eq!(kept.differing().await, []);

    // Two thirds are gone at once: somebody looks first.
    // guide: half
    kept.have(many[..20].to_vec());
    kept.read().await;
    let waiting = kept.differing().await;
    assert_eq!(waiting.len(), 40);
    assert!(waiting.iter().all(|row| row.waits && row.cause.as_deref() == Some("too_many_gone")));
    assert!((0..60).all(|n| !kept.is_retired(&format!("M-{n:02}"))));
    // guide: end
    // And again, and when one more goes.
    kept.have(many[..19].to_vec());
    kept.read().await;
    assert_eq!(kept.differing().await.len(), 41);
    // Somebody looks at some of them; the others wait all the same.
    let body = |deed| DecideBody { deed, fields: vec![], note: String::new(), version: None };
    for row in kept.differing().await.iter().take(30) {
        kept.site.app.decide_master(&kept.admin, row.id, &body(Deed::Keep), None).await.unwrap();
    }
    kept.read().await;
    assert_eq!(kept.differing().await.len(), 11);
    kept.have(Vec::new());
    kept.read().await;
    assert!((0..60).all(|n| !kept.is_retired(&format!("M-{n:02}"))), "an empty list is no list");
    // They are back, and nothing was done to them.
    kept.have(many.clone());
    kept.read().await;
    assert_eq!(kept.differing().await, []);
    // A few may go.
    kept.have(many[..50].to_vec());
    kept.read().await;
    assert!(kept.is_retired("M-59") && !kept.is_retired("M-49"));
    // A state that is read wrongly is a flood as well.
    kept.have((0..50).map(|n| part(&format!("M-{n:02}"), "one of many", "EA", "O")).collect());
    kept.read().await;
    assert_eq!(kept.differing().await.len(), 50);
    assert!((0..50).all(|n| !kept.is_retired(&format!("M-{n:02}"))));
}

#[tokio::test]
async fn what_is_changed_here_is_noticed_before_their_next_reading() {
    let mut kept = Kept::new(Mode::Worklist).await;
    // Nobody has such an item type.
    let made = Some(ItemType::parse("UNHEARD").unwrap());
    kept.site.app.keep_masters(ERP, Rules { made, ..rules() });
    kept.have(vec![part("A-1", "Bracket", "EA", "A"), part("A-2", "Sheet", "KG", "A")]);
    kept.read().await;
    let new = kept.differing().await;
    assert_eq!((new.len(), new[0].part.as_str()), (1, "A-1"));
    // Made by hand meanwhile, and A-2, too: its unit is none of pieces, which somebody should know.
    let ledger = kept.site.app.ledger().clone();
    let made = ["A-1", "A-2"].map(|code| NewMaster::named(MasterNoun::Part, code)).to_vec();
    ledger.create_masters(made, kept.admin.actor()).await.unwrap();
    kept.reader.round(What::Due).await.unwrap();
    let rows = kept.differing().await;
    let fields = |code: &str| -> Vec<Field> {
        let row = rows.iter().find(|row| row.part == code).unwrap();
        row.differences.iter().map(|it| it.field).collect()
    };
    assert_eq!(fields("A-1"), [Field::Description, Field::ItemType]);
    assert_eq!(fields("A-2"), [Field::Description, Field::ItemType, Field::Unit]);

    // One attribute is taken, the other waits for an item type that there is not.
    let id = rows.iter().find(|row| row.part == "A-1").unwrap().id;
    let take = |fields| DecideBody { deed: Deed::Take, fields, note: String::new(), version: None };
    let app = &kept.site.app;
    let only = take(vec![Field::Description]);
    let left = app.decide_master(&kept.admin, id, &only, None).await.unwrap().value;
    assert_eq!((left.differences.len(), kept.description("A-1").as_deref()), (1, Some("Bracket")));
    let refused = app.decide_master(&kept.admin, id, &take(Vec::new()), None).await.unwrap_err();
    assert!(refused.to_string().contains("UNHEARD"), "{refused}");
    let unit = take(vec![Field::Unit]);
    assert!(app.decide_master(&kept.admin, id, &unit, None).await.is_err());
}

#[tokio::test]
async fn a_part_that_was_renamed_here_is_another_ones_where_they_have_both() {
    let mut kept = Kept::new(Mode::Automatic).await;
    let ledger = kept.site.app.ledger().clone();
    ledger
        .create_masters(vec![NewMaster::named(MasterNoun::Part, "OLD-1")], kept.admin.actor())
        .await
        .unwrap();
    let rename = mtm_store::master::MasterChange::Edit {
        noun: MasterNoun::Part,
        key: mtm_store::master::MasterKey::Code("OLD-1".to_owned()),
        version: 1,
        code: Some("NEW-1".to_owned()),
        attributes: mtm_store::master::MasterAttributes::default(),
    };
    ledger.change_master(rename, kept.admin.actor(), None).await.unwrap();
    kept.site.app.keep_masters(ERP, Rules { conflict: Conflict::Theirs, ..rules() });
    // By its old code alone it is found.
    kept.have(vec![part("OLD-1", "as it was", "EA", "A")]);
    kept.read().await;
    assert_eq!(kept.description("NEW-1").as_deref(), Some("as it was"));
    // Where they have both, each reading says the same; and where they renamed it, too, it is not gone.
    for theirs in [&["OLD-1", "NEW-1"][..], &["NEW-1"]] {
        kept.have(theirs.iter().map(|code| part(code, &format!("of {code}"), "EA", "A")).collect());
        kept.read().await;
        assert_eq!(kept.description("NEW-1").as_deref(), Some("of NEW-1"));
        let before = ledger.counts().await.unwrap().audit_entries;
        kept.read().await;
        kept.read().await;
        assert_eq!(ledger.counts().await.unwrap().audit_entries, before);
        assert!(!kept.is_retired("NEW-1"));
        assert_eq!(kept.differing().await, []);
    }
}
