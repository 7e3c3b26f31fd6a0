//! Answers kept and read back.

use mtm_core::code::Code;
use mtm_core::movement::MovementType;
use mtm_core::outcome::{BucketLine, MovementLine, Outcome, Verdict};
use mtm_core::posting::Warning;
use mtm_core::rejection::{Details, Rejection};
use mtm_core::word::{
    CommandId, HoldId, LocationCode, LotNumber, MovementId, OperationCode, PartCode, Quantity,
    Timestamp,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn bucket() -> impl Strategy<Value = BucketLine> {
    ("[A-C]{1,3}", "[12]0", "[A-Z ÄÖ-]{0,6}X", 0_u64..40, 0_i64..1_000_000_000_000).prop_map(
        |(part, operation, location, lot, quantity)| BucketLine {
            part: PartCode::parse(&part).unwrap(),
            operation: OperationCode::parse(&operation).unwrap(),
            location: LocationCode::parse(&location).unwrap(),
            lot: LotNumber::allocated(lot),
            quantity: Quantity::pieces(quantity).unwrap(),
        },
    )
}

type Shape = (BucketLine, Option<BucketLine>, usize, Option<u128>, Option<u64>);

fn outcome() -> impl Strategy<Value = Outcome> {
    // Splits and merges are seldom: most answers fit the tape.
    let to_lot = option::weighted(0.1, 0_u64..40);
    let shape = (bucket(), option::of(bucket()), 0..7_usize, option::of(any::<u128>()), to_lot);
    let warning = ("[a-z_]{1,9}", "\\PC{0,20}");
    (
        any::<u128>(),
        option::of(0_u64..u64::MAX - 100),
        vec(shape, 0..6),
        vec(bucket(), 0..4),
        vec(warning, 0..3),
        (0..4_000_000_000_000_000_i64, option::of(any::<u128>())),
    )
        .prop_map(|(id, first, shapes, balances, warnings, (at, hold))| {
            let id = CommandId::from_fresh(Uuid::from_u128(id));
            let movements: Vec<MovementLine> = (1_u16..)
                .zip(shapes)
                .map(|(position, shape)| line(id, first, position, shape))
                .collect();
            Outcome {
                id,
                sequence: movements.last().and_then(|line| line.sequence),
                kind: "complete_operation".to_owned(),
                lots: balances.iter().map(|line| line.lot.clone()).collect(),
                movements,
                balances,
                warnings: warnings
                    .into_iter()
                    .map(|(code, message)| Warning { code, message })
                    .collect(),
                recorded_at: Timestamp::from_micros(at),
                hold: hold.map(|hold| HoldId(Uuid::from_u128(hold))),
                reservation: None,
            }
        })
}

fn line(id: CommandId, first: Option<u64>, position: u16, shape: Shape) -> MovementLine {
    let (from, to, kind, reverses, to_lot) = shape;
    MovementLine {
        id: id.movement(position),
        sequence: first.map(|first| first + u64::from(position) - 1),
        kind: MovementType::ALL[kind],
        part: from.part,
        operation: Some(from.operation),
        location: Some(from.location),
        to_operation: to.as_ref().map(|to| to.operation.clone()),
        to_location: to.map(|to| to.location),
        lot: from.lot,
        to_lot: to_lot.map(LotNumber::allocated),
        quantity: from.quantity,
        reverses: reverses.map(|original| MovementId(Uuid::from_u128(original))),
    }
}

fn refusal() -> Rejection {
    Rejection::new(Code::InsufficientStock, "quantity", "nothing there")
        .with(Details::Available(Vec::new()))
}

proptest! {
    #[test]
    fn what_is_kept_is_what_was_answered(
        outcomes in vec(outcome(), 0..5),
        refused in option::weighted(0.2, Just(refusal())),
    ) {
        let mut verdicts: Vec<_> = outcomes.into_iter().map(Verdict::Accepted).collect();
        verdicts.extend(refused.map(Verdict::Refused));
        let bytes = encode(&verdicts).unwrap();
        prop_assert_eq!(decode(&bytes).unwrap(), verdicts);
    }

    #[test]
    fn numbers_come_back_whatever_their_size_and_sign(signed in any::<i64>(), number in any::<u64>()) {
        let mut written = tape::Writer::new(TAPE);
        written.signed(signed);
        written.number(number);
        let bytes = written.finish();
        let mut read = tape::Reader::new(&bytes[1..]);
        prop_assert_eq!((read.signed(), read.number()), (Some(signed), Some(number)));
        prop_assert!(read.is_at_end());
    }

    #[test]
    fn a_damaged_tape_is_an_error_and_never_a_panic(
        outcomes in vec(outcome(), 1..3),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let verdicts: Vec<_> = outcomes.into_iter().map(Verdict::Accepted).collect();
        let mut bytes = encode(&verdicts).unwrap();
        prop_assert!(decode(&bytes[..cut.index(bytes.len())]).is_err());
        let at = at.index(bytes.len());
        bytes[at] = byte;
        // Some other answer, or an error: both are fine, as long as it ends.
        let _ = decode(&bytes);
    }
}

#[test]
fn answers_of_another_shape_are_kept_as_they_are() {
    let id = CommandId::from_fresh(Uuid::from_u128(1 << 20));
    let at = Timestamp::from_micros(1);
    let odd = Outcome {
        id,
        // A position without a movement: no answer of today, and kept all the same.
        sequence: Some(7),
        kind: "in".to_owned(),
        lots: Vec::new(),
        movements: Vec::new(),
        balances: Vec::new(),
        warnings: Vec::new(),
        recorded_at: at,
        hold: None,
        reservation: None,
    };
    let verdicts = vec![Verdict::Accepted(odd)];
    let bytes = encode(&verdicts).unwrap();
    assert_eq!(bytes[0], JSON);
    assert_eq!(decode(&bytes).unwrap(), verdicts);
    assert!(decode(&[9, 9]).is_err() && decode(&[]).is_err());
}
