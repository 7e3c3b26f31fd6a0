//! What a background task makes of a failure.

use mtm_store::Fault;

/// A database that is away, or did not confirm, passes: the fault to be logged, and the next round goes on
/// where this one ended. Whatever trying again does not help is the end of the task's run: its supervisor
/// begins it again, and the truth light tells of it.
pub(super) fn passing(round: Result<(), Fault>) -> Result<Option<Fault>, Fault> {
    match round {
        Ok(()) => Ok(None),
        Err(fault @ (Fault::Transient(_) | Fault::Ambiguous(_))) => Ok(Some(fault)),
        Err(fault @ (Fault::Permanent(_) | Fault::Unusable(_))) => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_waited_out_and_anything_else_is_told() {
        let away = Fault::Transient("away".to_owned());
        let unconfirmed = Fault::Ambiguous("cut".to_owned());
        let broken = Fault::Permanent("no such table".to_owned());
        assert_eq!(passing(Ok(())), Ok(None));
        assert_eq!(passing(Err(away.clone())), Ok(Some(away)));
        assert_eq!(passing(Err(unconfirmed.clone())), Ok(Some(unconfirmed)));
        assert_eq!(passing(Err(broken.clone())), Err(broken));
    }
}
