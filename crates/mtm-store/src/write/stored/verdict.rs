//! Verdicts on a tape.

use mtm_core::movement::MovementType;
use mtm_core::outcome::{BucketLine, MovementLine, Outcome, Verdict};
use mtm_core::posting::Warning;
use mtm_core::word::{
    CommandId, HoldId, LocationCode, LotNumber, MovementId, OperationCode, PartCode, Quantity,
    Timestamp,
};

use super::tape::{Reader, Writer};

const ACCEPTED: u64 = 0;
const REFUSED: u64 = 1;

/// `None` where the tape has no form for the verdicts.
pub(super) fn write_all<'t>(tape: &mut Writer<'t>, verdicts: &'t [Verdict]) -> Option<()> {
    tape.length(verdicts.len());
    verdicts.iter().try_for_each(|verdict| match verdict {
        Verdict::Accepted(outcome) => {
            tape.number(ACCEPTED);
            write_outcome(tape, outcome)
        }
        // A refusal is kept only in a batch; it has many shapes.
        Verdict::Refused(rejection) => {
            tape.number(REFUSED);
            tape.bytes(&serde_json::to_vec(rejection).ok()?);
            Some(())
        }
    })
}

pub(super) fn read_all(tape: &mut Reader<'_>) -> Option<Vec<Verdict>> {
    tape.list(|tape| match tape.number()? {
        ACCEPTED => read_outcome(tape).map(Verdict::Accepted),
        REFUSED => serde_json::from_slice(tape.bytes()?).ok().map(Verdict::Refused),
        _ => None,
    })
}

fn write_outcome<'t>(tape: &mut Writer<'t>, outcome: &'t Outcome) -> Option<()> {
    let Outcome {
        id,
        sequence,
        kind,
        lots,
        movements,
        balances,
        warnings,
        recorded_at,
        hold,
        reservation,
    } = outcome;
    // A tape has no room for it: programs of versions before read it too.
    if reservation.is_some() {
        return None;
    }
    tape.uuid(id.0);
    tape.signed(recorded_at.micros());
    tape.text(kind);
    tape.length(lots.len());
    for lot in lots {
        tape.text(lot.as_str());
    }
    let first = movements.first().and_then(|line| line.sequence);
    tape.option(first, Writer::number);
    tape.length(movements.len());
    for (position, line) in (1..).zip(movements) {
        let derived = line.id == id.movement(position)
            && line.sequence == first.map(|first| first + u64::from(position) - 1);
        // A tape has no room for a second lot: programs of versions before read it too.
        if !derived || line.to_lot.is_some() {
            return None;
        }
        write_movement(tape, line);
    }
    if *sequence != movements.last().and_then(|line| line.sequence) {
        return None;
    }
    tape.length(balances.len());
    for line in balances {
        write_bucket(tape, line);
    }
    tape.length(warnings.len());
    for Warning { code, message } in warnings {
        tape.text(code);
        tape.text(message);
    }
    tape.option(*hold, |tape, hold| tape.uuid(hold.0));
    Some(())
}

fn read_outcome(tape: &mut Reader<'_>) -> Option<Outcome> {
    let id = CommandId(tape.uuid()?);
    let recorded_at = Timestamp::from_micros(tape.signed()?);
    let kind = tape.text()?.to_owned();
    let lots = tape.list(lot)?;
    let first = tape.option(Reader::number)?;
    let count = u16::try_from(tape.length()?).ok()?;
    let mut movements = Vec::with_capacity(usize::from(count));
    for position in 1..=count {
        let sequence = match first {
            None => None,
            Some(first) => Some(first.checked_add(u64::from(position) - 1)?),
        };
        movements.push(read_movement(tape, id.movement(position), sequence)?);
    }
    Some(Outcome {
        id,
        sequence: movements.last().and_then(|line| line.sequence),
        kind,
        lots,
        movements,
        balances: tape.list(read_bucket)?,
        warnings: tape.list(|tape| {
            Some(Warning { code: tape.text()?.to_owned(), message: tape.text()?.to_owned() })
        })?,
        recorded_at,
        hold: tape.option(|tape| tape.uuid().map(HoldId))?,
        reservation: None,
    })
}

fn write_movement<'t>(tape: &mut Writer<'t>, line: &'t MovementLine) {
    let MovementLine {
        id: _,
        sequence: _,
        kind,
        part,
        operation,
        location,
        to_operation,
        to_location,
        lot,
        to_lot: _,
        quantity,
        reverses,
    } = line;
    tape.text(kind.as_str());
    tape.text(part.as_str());
    tape.option(operation.as_ref(), |tape, code| tape.text(code.as_str()));
    tape.option(location.as_ref(), |tape, code| tape.text(code.as_str()));
    tape.option(to_operation.as_ref(), |tape, code| tape.text(code.as_str()));
    tape.option(to_location.as_ref(), |tape, code| tape.text(code.as_str()));
    tape.text(lot.as_str());
    tape.signed(quantity.whole());
    tape.option(*reverses, |tape, original| tape.uuid(original.0));
}

fn read_movement(
    tape: &mut Reader<'_>,
    id: MovementId,
    sequence: Option<u64>,
) -> Option<MovementLine> {
    Some(MovementLine {
        id,
        sequence,
        kind: MovementType::from_name(tape.text()?)?,
        part: PartCode::parse(tape.text()?).ok()?,
        operation: tape.option(operation)?,
        location: tape.option(location)?,
        to_operation: tape.option(operation)?,
        to_location: tape.option(location)?,
        lot: lot(tape)?,
        to_lot: None,
        quantity: Quantity::pieces(tape.signed()?).ok()?,
        reverses: tape.option(|tape| tape.uuid().map(MovementId))?,
    })
}

fn write_bucket<'t>(tape: &mut Writer<'t>, line: &'t BucketLine) {
    let BucketLine { part, operation, location, lot, quantity } = line;
    tape.text(part.as_str());
    tape.text(operation.as_str());
    tape.text(location.as_str());
    tape.text(lot.as_str());
    tape.signed(quantity.whole());
}

fn read_bucket(tape: &mut Reader<'_>) -> Option<BucketLine> {
    Some(BucketLine {
        part: PartCode::parse(tape.text()?).ok()?,
        operation: operation(tape)?,
        location: location(tape)?,
        lot: lot(tape)?,
        quantity: Quantity::pieces(tape.signed()?).ok()?,
    })
}

fn lot(tape: &mut Reader<'_>) -> Option<LotNumber> {
    LotNumber::parse(tape.text()?).ok()
}

fn operation(tape: &mut Reader<'_>) -> Option<OperationCode> {
    OperationCode::parse(tape.text()?).ok()
}

fn location(tape: &mut Reader<'_>) -> Option<LocationCode> {
    LocationCode::parse(tape.text()?).ok()
}
