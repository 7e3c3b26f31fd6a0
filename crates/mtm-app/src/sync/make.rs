//! What is sent for a movement, and how its posting stands at first.

use mtm_connect::rest::Posting;
use mtm_core::sync::{Fact, Mode, Placed, State, place};
use mtm_store::Fault;
use mtm_store::sync::NewPosting;

use super::FlowSettings;

/// What comes of a movement for a system.
#[derive(Debug)]
pub(super) enum Made {
    /// This is sent.
    Request(Box<Fact>, Posting),
    /// A person posts it: there is no system to send anything to.
    ByHand(Box<Fact>),
    /// It does not concern the system.
    NotTold,
    /// It would not be told, but undoes one that is.
    Untold(Box<Fact>),
    /// It cannot be made.
    Not {
        /// The movement, as far as it could be placed.
        fact: Box<Fact>,
        /// By a code.
        code: &'static str,
        /// Why.
        cause: String,
    },
}

/// Makes what is sent for a movement. The undo of one that is not told is not told either: there is nothing to
/// be taken back.
pub(super) fn make(flow: &FlowSettings, fact: Fact) -> Made {
    match fact.undone() {
        Some(undone) if matches!(made(flow, undone.clone()), Made::NotTold) => Made::NotTold,
        Some(_) => match made(flow, fact.clone()) {
            Made::NotTold => Made::Untold(Box::new(fact)),
            told => told,
        },
        None => made(flow, fact),
    }
}

fn made(flow: &FlowSettings, fact: Fact) -> Made {
    let placed = match place(fact.clone(), flow.map.as_deref()) {
        Placed::NotThere => return Made::NotTold,
        Placed::Unmapped(location) => {
            if !flow.classes.contains(&fact.class) {
                return Made::NotTold;
            }
            let cause = format!(
                "nobody said which place there our location {location} is: add it to the file of places"
            );
            return Made::Not { fact: Box::new(fact), code: "unmapped_location", cause };
        }
        Placed::Told(fact) => fact,
    };
    if !flow.classes.contains(&placed.class) {
        return Made::NotTold;
    }
    let Some(via) = &flow.via else { return Made::ByHand(placed) };
    match via.mapping.posting(&placed) {
        Ok(Some(posting)) => Made::Request(placed, posting),
        Ok(None) => Made::NotTold,
        Err(error) => Made::Not { fact: placed, code: "not_mapped", cause: error.to_string() },
    }
}

/// The posting that is laid out for a movement in this mode.
pub(super) fn new_posting(made: Made, mode: Mode) -> Result<Option<NewPosting>, Fault> {
    let first = match mode {
        Mode::Off => return Ok(None),
        Mode::Shadow => State::Shadow,
        Mode::Worklist => State::Todo,
        Mode::Automatic => State::Waiting,
    };
    let only_with_undone = matches!(made, Made::Untold(_));
    let (fact, request, state, code, cause) = match made {
        Made::NotTold => return Ok(None),
        Made::Request(fact, posting) => (fact, Some(written(&posting)?), first, None, None),
        // Nobody is there to be called.
        Made::ByHand(fact) if mode == Mode::Automatic => (fact, None, State::Todo, None, None),
        Made::ByHand(fact) | Made::Untold(fact) => (fact, None, first, None, None),
        Made::Not { fact, code, cause } => {
            let state = if mode == Mode::Automatic { State::Refused } else { first };
            (fact, None, state, Some(code.to_owned()), Some(cause))
        }
    };
    Ok(Some(NewPosting {
        movement: fact.movement,
        sequence: fact.sequence,
        reverses: fact.reverses,
        class: fact.class,
        part: fact.part.clone(),
        lot: fact.lot.clone(),
        quantity: fact.quantity,
        recorded_at: fact.recorded_at,
        fact: written(&*fact)?,
        request,
        state,
        code,
        cause,
        only_with_undone,
    }))
}

/// As JSON, as it is kept.
pub(super) fn written<T: serde::Serialize>(it: &T) -> Result<String, Fault> {
    serde_json::to_string(it)
        .map_err(|error| Fault::Permanent(format!("a posting cannot be kept: {error}")))
}
