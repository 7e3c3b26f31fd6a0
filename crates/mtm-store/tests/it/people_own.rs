//! What belongs to people: quick buttons and imports.

use mtm_core::policy::Role;
use mtm_core::word::{ImportId, UserId};
use mtm_store::Clock;
use mtm_store::query::Page;
use mtm_store::record::{ImportState, NewImport, QuickButton};

use crate::engine::{Engine, contract};
use crate::plant::{Plant, actor, location, operation, part, pieces, refused};
use crate::read::{limit, next};

contract!(
    ten_slots_each_hold_one_button_and_are_reordered_at_once,
    an_import_goes_from_one_state_to_the_next_once,
);

const SYSTEM: UserId = UserId(1);

fn button(slot: u8, part_code: &str) -> QuickButton {
    QuickButton {
        slot,
        part: part(part_code),
        operation: operation("10"),
        quantity: pieces(i64::from(slot) * 10),
        location: slot.is_multiple_of(2).then(|| location("A-1")),
    }
}

async fn ten_slots_each_hold_one_button_and_are_reordered_at_once(engine: Engine) {
    let plant = Plant::on(engine).await;
    let anna = plant.person("anna", Role::Operator).await.row;
    let ledger = &plant.ledger;
    let put = |button| ledger.put_quick_button(anna, button, None);
    let slots = || async {
        let buttons = ledger.quick_buttons(anna).await.unwrap();
        buttons.iter().map(|button| (button.slot, button.quantity.whole())).collect::<Vec<_>>()
    };
    for slot in [2, 7, 10] {
        let put = put(button(slot, "P-1")).await.unwrap();
        assert_eq!(put.value, button(slot, "P-1"));
    }
    put(QuickButton { quantity: pieces(5), ..button(7, "P-2") }).await.unwrap();
    assert_eq!(slots().await, [(2, 20), (7, 5), (10, 100)]);
    assert_eq!(ledger.quick_buttons(SYSTEM).await.unwrap(), []);

    for (wrong, code) in [
        (button(0, "P-1"), "invalid_body"),
        (button(11, "P-1"), "invalid_body"),
        (button(3, "P-9"), "unknown_part"),
        (QuickButton { operation: operation("77"), ..button(3, "P-1") }, "unknown_operation"),
        (QuickButton { location: Some(location("Z")), ..button(3, "P-1") }, "unknown_location"),
        (QuickButton { quantity: pieces(0), ..button(3, "P-1") }, "quantity_out_of_range"),
    ] {
        assert_eq!(refused(&put(wrong).await.unwrap_err()), code);
    }
    let order = |slots: &[u8]| ledger.reorder_quick_buttons(anna, slots.to_vec(), None);
    for wrong in [&[2, 7][..], &[2, 7, 7], &[2, 7, 9], &[2, 7, 10, 10]] {
        assert_eq!(refused(&order(wrong).await.unwrap_err()), "invalid_body");
    }
    let ordered = order(&[10, 2, 7]).await.unwrap().value;
    assert_eq!(ordered, ledger.quick_buttons(anna).await.unwrap());
    assert_eq!(slots().await, [(1, 100), (2, 20), (3, 5)]);
    assert!(ledger.delete_quick_button(anna, 2, None).await.unwrap().value);
    assert!(!ledger.delete_quick_button(anna, 2, None).await.unwrap().value);
    assert_eq!(slots().await, [(1, 100), (3, 5)]);
}

async fn an_import_goes_from_one_state_to_the_next_once(engine: Engine) {
    let plant = Plant::on(engine).await;
    let ledger = &plant.ledger;
    let looked_at = |file: &str| NewImport {
        id: ImportId(plant.clock.fresh_uuid()),
        kind: "movements".to_owned(),
        file_name: file.to_owned(),
        source_hash: [5; 32],
        rows: 3,
        refused: 1,
        detail: serde_json::json!([{ "row": 1 }]),
    };
    let mut ids = Vec::new();
    for n in 0..5 {
        plant.clock.advance(2_000_000);
        let made = ledger.create_import(SYSTEM, looked_at(&format!("{n}.csv")), None).await;
        ids.push(made.unwrap().value);
    }
    let id = ids[1];
    let import = ledger.import(id).await.unwrap().unwrap();
    assert_eq!((import.state, import.file_name.as_str()), (ImportState::Previewed, "1.csv"));
    assert_eq!(import.detail, serde_json::json!([{ "row": 1 }]));
    assert!(ledger.import(ImportId(plant.clock.fresh_uuid())).await.unwrap().is_none());

    let advance = |from, to| ledger.set_import_state(actor().id, id, from, to);
    let (one, other) = tokio::join!(
        advance(ImportState::Previewed, ImportState::Committed),
        advance(ImportState::Previewed, ImportState::Committed)
    );
    let refusals: Vec<_> = [&one, &other].into_iter().filter_map(|a| a.as_ref().err()).collect();
    assert_eq!(refusals.len(), 1);
    assert_eq!(refused(refusals[0]), "stale");
    assert!(plant.told().contains("import.committed"));
    let undone = advance(ImportState::Committed, ImportState::Undone).await.unwrap();
    assert_eq!(undone.state, ImportState::Undone);

    let (mut page, mut listed) = (limit(2), Vec::new());
    loop {
        let rows: Page<_> = ledger.imports(page.clone()).await.unwrap();
        assert!(rows.items.iter().all(|row| row.detail.is_null()));
        listed.extend(rows.items.iter().map(|row| row.id));
        match next(&rows) {
            Some(cursor) => page.cursor = Some(cursor),
            None => break,
        }
    }
    ids.reverse();
    assert_eq!(listed, ids);
}
