//! The statements that read, by name.

use crate::people::import_undo;
use crate::query::SortOrder;
use crate::read::dialect::Dialects;
use crate::read::{
    audit, counts, event, explain, history, hold, legacy, lineage, lot, moment, reservation, stock,
    suggest, text, work_order,
};
use crate::{closing, entries, floor, minimum, throughput, totals, verify};

const LINEAGE: [(&str, Dialects); 3] = [
    ("lineage.birth", lineage::BIRTH),
    ("lineage.into", lineage::INTO),
    ("lineage.out_of", lineage::OUT_OF),
];

const APART: [(&str, Dialects); 12] = [
    ("entries.whole", Dialects::alike(entries::WHOLE)),
    ("totals.logged", totals::LOGGED),
    ("totals.place", Dialects::alike(totals::PLACE)),
    ("reservation.among", reservation::AMONG),
    ("reservation.by_id", Dialects::alike(reservation::BY_ID)),
    ("reservation.newest_first", Dialects::alike(reservation::NEWEST_FIRST)),
    ("reservation.of_lot", Dialects::alike(reservation::OF_LOT)),
    ("work_order.by_due", Dialects::alike(work_order::BY_DUE)),
    ("work_order.moved", work_order::MOVED),
    ("work_order.open_by_due", Dialects::alike(work_order::OPEN_BY_DUE)),
    ("work_order.open_like", Dialects::alike(work_order::OPEN_LIKE)),
    ("work_order.standing", work_order::STANDING),
];

/// Every statement on the way of a screen or a booking, and those of verification.
pub(super) fn hot() -> Vec<(&'static str, Dialects)> {
    use history::statement as log;
    use stock::{past, source};
    let finders = [
        ("history.walk", log::WALK),
        ("history.of_part", log::OF_PART),
        ("history.of_lots", log::OF_LOTS),
        ("history.of_work_orders", log::OF_WORK_ORDERS),
        ("history.of_import", log::OF_IMPORT),
        ("history.of_session", log::OF_SESSION),
        ("history.of_command", log::OF_COMMAND),
    ];
    let mut statements = Vec::new();
    for (name, finder) in finders {
        for conditions in [&[][..], &log::Condition::ALL] {
            for sort in [SortOrder::Newest, SortOrder::Oldest] {
                let text = |pick: fn(Dialects) -> &'static str| -> &'static str {
                    finder.with(conditions, sort, pick).leak()
                };
                let (sqlite, mariadb) = (text(|it| it.sqlite), text(|it| it.mariadb));
                statements.push((name, Dialects { sqlite, mariadb }));
            }
        }
    }
    statements.extend([
        ("audit.newest_first", audit::NEWEST_FIRST),
        ("event.after", event::AFTER),
        ("history.listed", log::LISTED),
        ("hold.active_on", hold::ACTIVE_ON),
        ("lot.life", log::LIFE),
        ("floor.departures", floor::DEPARTURES),
        ("floor.steps", floor::STEPS),
        ("import.movements", import_undo::MOVEMENTS),
        ("minimum.later", minimum::LATER),
        ("minimum.now", minimum::NOW),
        ("minimum.since", minimum::SINCE),
        ("minimum.unsealed", minimum::UNSEALED),
        ("past.to_lot", past::TO_LOT),
        ("past.of_part", past::OF_PART),
        ("past.of_lot", past::OF_LOT),
        ("past.all", past::ALL),
        ("past.unsealed", past::UNSEALED),
        ("closing.of_locations", closing::OF_LOCATIONS),
        ("closing.of_part", closing::OF_PART),
        ("explain.sum_of_closing", explain::SUM_OF_CLOSING),
        ("explain.unsealed", explain::UNSEALED),
        ("explain.by_part", explain::BY_PART),
        ("explain.by_lot", explain::BY_LOT),
        ("stock.carried", source::CARRIED),
        ("throughput.since", throughput::SINCE),
        ("stock.listed", source::LISTED),
        ("stock.of_parts", source::OF_PARTS),
        ("stock.of_places", source::OF_PLACES),
        ("stock.operations", source::OPERATIONS),
        ("stock.standing", source::STANDING),
        ("text.lots", text::LOT_TEXTS),
        ("text.news", text::NEWS),
    ]);
    let everywhere = [
        ("event.newest", event::NEWEST),
        ("event.oldest", event::OLDEST),
        ("closing.after", closing::AFTER),
        ("closing.before", closing::BEFORE),
        ("closing.whole", closing::WHOLE),
        ("explain.part_of_lot", explain::PART_OF_LOT),
        ("explain.sum_by_lot", explain::SUM_BY_LOT),
        ("explain.sum_by_part", explain::SUM_BY_PART),
        ("explain.sum_by_place", explain::SUM_BY_PLACE),
        ("history.by_id", log::BY_ID),
        ("history.lots_probe", log::LOTS_PROBE),
        ("history.work_orders_probe", log::WORK_ORDERS_PROBE),
        ("hold.newest_first", hold::NEWEST_FIRST),
        ("import.more_than", import_undo::MORE_THAN),
        ("legacy.life", legacy::LIFE),
        ("legacy.newest_first", legacy::NEWEST_FIRST),
        ("legacy.of_lot", legacy::OF_LOT),
        ("lot.buckets", lot::BUCKETS),
        ("lot.children", lot::CHILDREN),
        ("lot.sheet", lot::LOT),
        ("moment.audit", moment::AUDIT_AT),
        ("moment.movement", moment::MOVEMENT_AT),
        ("moment.newest_entry", moment::NEWEST_ENTRY),
        ("moment.newest_movement", moment::NEWEST_MOVEMENT),
        ("stock.location", source::LOCATION),
        ("stock.locations", source::LOCATIONS),
        ("stock.lots", source::LOTS),
        ("stock.lots_bare", source::LOTS_BARE),
        ("stock.part", source::PART),
        ("stock.part_bare", source::PART_BARE),
        ("stock.parts", source::PARTS),
        ("stock.place", source::PLACE),
        ("stock.places", source::PLACES),
        ("stock.work_orders", source::WORK_ORDERS),
        ("suggest.lots", suggest::LOTS),
        ("suggest.work_orders", suggest::WORK_ORDERS),
        ("throughput.of_period", throughput::OF_PERIOD),
        ("text.told", text::TOLD),
    ];
    statements.extend(everywhere.map(|(name, text)| (name, Dialects::alike(text))));
    statements.extend(verify::statements().into_iter().chain(LINEAGE).chain(APART));
    statements
}

/// Statements that may read a table from end to end: they count, or hardly ever run.
pub(super) fn whole() -> Vec<(&'static str, Dialects)> {
    vec![
        ("audit.count", audit::COUNT),
        ("floor.crowded", floor::CROWDED),
        ("floor.waiting", floor::WAITING),
        ("counts.lots", Dialects::alike(counts::LOTS)),
        ("counts.buckets", Dialects::alike(counts::BUCKETS)),
        ("counts.holds", Dialects::alike(counts::HOLDS)),
        ("counts.legacy", Dialects::alike(counts::LEGACY)),
        ("counts.locations", Dialects::alike(counts::LOCATIONS)),
        ("counts.operations", Dialects::alike(counts::OPERATIONS)),
        ("counts.parts", Dialects::alike(counts::PARTS)),
        ("counts.users", Dialects::alike(counts::USERS)),
        ("hold.at_moment", Dialects::alike(hold::AT_MOMENT)),
        ("hold.count", Dialects::alike(hold::COUNT)),
        ("stock.count", Dialects::alike(stock::source::COUNT)),
        ("totals.standing", totals::STANDING),
    ]
}
