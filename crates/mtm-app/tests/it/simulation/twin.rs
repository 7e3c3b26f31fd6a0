//! The plain model beside the ledger: what every command should lead to, and what that makes of the
//! stock. It shares no code with what it judges; it is the model of the domain's own tests.

use std::collections::BTreeMap;

use mtm_app::Principal;
use mtm_core::Action;
use mtm_core::catalogue::{Catalogue, ReasonKind};
use mtm_core::code::Code;
use mtm_core::command::{Command, Confirmations, Context};
use mtm_core::outcome::MovementLine;
use mtm_core::word::{CommandId, ImportId, LotNumber, MovementId, Timestamp};
use mtm_store::query::MovementRow;
use uuid::Uuid;

#[expect(unreachable_pub, reason = "the folder of mtm-core's tests is taken in as it is")]
#[path = "../../../../mtm-core/tests/model/naive/mod.rs"]
pub(super) mod naive;
#[expect(
    dead_code,
    unreachable_pub,
    reason = "the folder of mtm-core's tests is taken in as it is, and not all of it is needed here"
)]
#[path = "../../../../mtm-core/tests/model/plant.rs"]
pub(super) mod plant;

use naive::{Effect, End, Naive, Spot, Step};
use plant::{Master, PartTraits};

/// What the model's modules call it.
use plant::Plant;

/// One movement as answers and the log tell it.
pub(super) type Line =
    (String, String, [Option<String>; 4], String, Option<String>, i64, Option<MovementId>);

/// What somebody asks for, as the model is told it.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) action: Action,
    pub(super) confirm: Confirmations,
    pub(super) import: Option<ImportId>,
    pub(super) guarded: bool,
}

/// The model and what it has seen.
pub(super) struct Twin {
    plant: Plant,
    naive: Naive,
    /// Movements so far.
    pub(super) sequence: u64,
    /// The newest moment at which anything was recorded, as far as was told.
    moment: Timestamp,
    /// Minimums by part row, and every fall below them: part code and pieces.
    minimums: BTreeMap<i64, i64>,
    pub(super) falls: Vec<(String, i64)>,
}

impl Twin {
    pub(super) fn of(catalogue: &Catalogue, now: Timestamp) -> Self {
        let minimum =
            |it: &mtm_core::catalogue::PartRecord| Some((it.row.0, it.minimum_stock?.whole()));
        let minimums: BTreeMap<i64, i64> =
            catalogue.parts.iter().filter_map(|part| minimum(part)).collect();
        let plant = plant_of(catalogue);
        // Nothing is on hand when the first minimum is set.
        let empty = plant.parts.iter().filter(|part| minimums.contains_key(&part.row));
        let falls = empty.map(|part| (part.code.clone(), 0)).collect();
        Self { plant, naive: Naive::default(), sequence: 0, moment: now, minimums, falls }
    }

    /// When something asked at `clock` is judged.
    pub(super) fn now(&self, clock: Timestamp) -> Timestamp {
        clock.max(self.moment.plus_micros(1))
    }

    /// What `asked` should lead to at `now`: movements, or the refusals that are right.
    pub(super) fn judge(
        &self,
        who: &Principal,
        asked: &Asked,
        now: Timestamp,
    ) -> Result<Effect, Vec<Code>> {
        let command = command(who, asked, CommandId(Uuid::nil()));
        let verdict = self.naive.judge(&self.plant, now, &command);
        verdict.map_err(|wrongs| wrongs.into_iter().collect())
    }

    /// `asked` was booked as `id` at `now`, with these movements: as the model says, or the run fails.
    pub(super) fn absorb(
        &mut self,
        who: &Principal,
        asked: &Asked,
        (id, now): (CommandId, Timestamp),
        lines: &[Line],
    ) {
        let effect = match self.judge(who, asked, now) {
            Ok(effect) => effect,
            Err(right) => panic!("{asked:?} was booked; right would be {right:?}"),
        };
        let expected: Vec<Line> = effect.steps.iter().map(|step| self.line(step)).collect();
        assert_eq!(lines, expected, "{asked:?}");
        self.moment = self.moment.max(now);
        self.sequence += lines.len() as u64;
        let mut totals = self.totals();
        for step in &effect.steps {
            self.follow(step, &mut totals);
        }
        self.naive.absorb(now, &command(who, asked, id), effect);
        assert_eq!(totals, self.totals(), "the falls were counted on another stock");
    }

    /// Pieces by part row.
    fn totals(&self) -> BTreeMap<i64, i64> {
        let mut totals: BTreeMap<i64, i64> = self.minimums.keys().map(|part| (*part, 0)).collect();
        for ((part, ..), pieces) in &self.naive.stock {
            totals.entry(*part).and_modify(|total| *total += pieces);
        }
        totals
    }

    fn follow(&mut self, step: &Step, totals: &mut BTreeMap<i64, i64>) {
        let (part, delta) = match (&step.from, &step.to) {
            (End::Spot(from), End::Outside(_)) => (from.0, -step.pieces),
            (End::Outside(_), End::Spot(to)) => (to.0, step.pieces),
            _ => return,
        };
        let Some(minimum) = self.minimums.get(&part) else { return };
        let total = totals.entry(part).or_default();
        let before = *total;
        *total += delta;
        if before >= *minimum && *total < *minimum {
            self.falls.push((code(&self.plant.parts, part), *total));
        }
    }

    /// Every bucket: its words and its pieces.
    pub(super) fn stock(&self) -> BTreeMap<[String; 4], i64> {
        self.naive.stock.iter().map(|(spot, pieces)| (self.words(spot), *pieces)).collect()
    }

    /// The buckets, in an order that a seed repeats.
    pub(super) fn buckets(&self) -> Vec<([String; 4], i64)> {
        self.stock().into_iter().collect()
    }

    /// The lots that were ever made.
    pub(super) fn lots(&self) -> Vec<LotNumber> {
        self.naive.lots.keys().map(|lot| lot.parse().unwrap()).collect()
    }

    /// The version of what a lot carries.
    pub(super) fn version(&self, lot: &LotNumber) -> i64 {
        self.naive.lots[lot.as_str()].version
    }

    fn words(&self, (part, operation, location, lot): &Spot) -> [String; 4] {
        [
            code(&self.plant.parts, *part),
            code(&self.plant.operations, *operation),
            code(&self.plant.locations, *location),
            lot.clone(),
        ]
    }

    fn line(&self, step: &Step) -> Line {
        let words = |end: &End| match end {
            End::Spot(spot) => Some(self.words(spot)),
            End::Outside(_) => None,
        };
        let (from, to) = (words(&step.from), words(&step.to));
        let arrival = from.as_ref().and(to.clone());
        let [part, operation, location, lot] = from.or(to).unwrap();
        let (to_operation, to_location, to_lot) = match arrival {
            Some([_, operation, location, lot]) => (Some(operation), Some(location), Some(lot)),
            None => (None, None, None),
        };
        let places = [Some(operation), Some(location), to_operation, to_location];
        let to_lot = to_lot.filter(|other| *other != lot);
        (step.kind.to_owned(), part, places, lot, to_lot, step.pieces, step.undoes)
    }
}

fn command(who: &Principal, asked: &Asked, id: CommandId) -> Command {
    Command {
        id,
        context: Context {
            actor: who.actor(),
            station: None,
            app_version: None,
            occurred_at: None,
            shift: None,
            import: asked.import,
            session: None,
            intent_window: asked.guarded.then_some(who.intent_window),
        },
        confirm: asked.confirm,
        action: asked.action.clone(),
    }
}

fn code(masters: &[Master], row: i64) -> String {
    masters.iter().find(|master| master.row == row).unwrap().code.clone()
}

/// A movement of an answer.
pub(super) fn of_answer(it: &MovementLine) -> Line {
    let text = |code: Option<&dyn std::fmt::Display>| code.map(ToString::to_string);
    let places = [
        text(it.operation.as_ref().map(|code| code as _)),
        text(it.location.as_ref().map(|code| code as _)),
        text(it.to_operation.as_ref().map(|code| code as _)),
        text(it.to_location.as_ref().map(|code| code as _)),
    ];
    let (lot, to_lot) = (it.lot.to_string(), it.to_lot.as_ref().map(ToString::to_string));
    let kind = it.kind.as_str().to_owned();
    (kind, it.part.to_string(), places, lot, to_lot, it.quantity.whole(), it.reverses)
}

/// A movement of the log.
pub(super) fn of_log(it: &MovementRow) -> Line {
    of_answer(&MovementLine {
        id: it.id,
        sequence: it.sequence,
        kind: it.kind,
        part: it.part.clone(),
        operation: it.operation.clone(),
        location: it.location.clone(),
        to_operation: it.to_operation.clone(),
        to_location: it.to_location.clone(),
        lot: it.lot.clone(),
        to_lot: it.to_lot.clone(),
        quantity: it.quantity,
        reverses: it.reverses,
    })
}

/// The master data of a real ledger, as the model has it.
fn plant_of(catalogue: &Catalogue) -> Plant {
    let master = |row: i64, code: &str, retired: bool| Master {
        row,
        code: code.to_owned(),
        aliases: Vec::new(),
        retired,
    };
    macro_rules! masters {
        ($table:ident, $row:expr) => {{
            let mut all: Vec<Master> = catalogue
                .$table
                .iter()
                .map(|it| master($row(it), it.code.as_str(), it.header.retired_at.is_some()))
                .collect();
            all.sort_by_key(|master| master.row);
            all
        }};
    }
    let parts = masters!(parts, |it: &mtm_core::catalogue::PartRecord| it.row.0);
    let traits = parts.iter().map(|_| PartTraits::default()).collect();
    Plant {
        parts,
        traits,
        operations: masters!(operations, |it: &mtm_core::catalogue::OperationRecord| it.row.0),
        locations: masters!(locations, |it: &mtm_core::catalogue::LocationRecord| it.row.0),
        item_types: masters!(item_types, |it: &mtm_core::catalogue::ItemTypeRecord| it.row),
        colors: masters!(colors, |it: &mtm_core::catalogue::ColorRecord| it.row),
        // What a new ledger begins with.
        reasons: vec![
            (ReasonKind::Scrap, "damaged", false),
            (ReasonKind::Scrap, "other", true),
            (ReasonKind::Adjust, "count", false),
            (ReasonKind::Adjust, "other", true),
            (ReasonKind::Hold, "quality", false),
            (ReasonKind::Hold, "other", true),
            (ReasonKind::Out, "other", true),
        ],
        routes: Vec::new(),
        strict: false,
        approval: mtm_core::approval::ApprovalPolicy::default(),
    }
}
