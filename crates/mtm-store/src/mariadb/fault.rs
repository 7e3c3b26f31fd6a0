//! From a server's errors to what a caller can do about them.

use mysql_async::Error;

use crate::fault::Fault;
use crate::write::Failure;

/// A lock wait or deadlock that the server resolved against us; on a cluster, a certification
/// that another node won. The transaction, or the statement, is undone; where a cluster undid it
/// just before a procedure looked, that says itself that there is none (41003).
const CONFLICTS: [u16; 3] = [1205, 1213, 41003];

/// The server, or the node, does not serve now, and did nothing: too many connections (of all, of
/// this user), not part of the primary component, read-only (by an option, by a fault).
const AWAY: [u16; 9] = [1040, 1047, 1203, 1205, 1213, 1226, 1290, 1836, 41003];

/// The statement or the connection was ended from the other side, by a shutdown for one, or the
/// commit failed on its way through the cluster: what it was doing may or may not be done.
const CUT: [u16; 6] = [1053, 1152, 1180, 1317, 1927, 1969];

/// No more connections are taken, of all or of this user.
const FULL: [u16; 3] = [1040, 1203, 1226];

/// Access denied: to a database, a table, a column, a routine, for want of a right.
const DENIED: [u16; 6] = [1044, 1142, 1143, 1227, 1370, 1419];

/// What a driver error means for the caller.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`, which hands values")]
pub(crate) fn fault(error: Error) -> Fault {
    let text = error.to_string();
    match &error {
        Error::Server(server) if AWAY.contains(&server.code) => Fault::Transient(text),
        Error::Server(server) if CUT.contains(&server.code) => Fault::Ambiguous(text),
        Error::Io(_) | Error::Driver(_) => Fault::Ambiguous(text),
        Error::Url(_) => Fault::Unusable(text),
        _ => Fault::Permanent(text),
    }
}

/// What an error means where nothing can have been written.
pub(super) fn fault_before_writing(error: Error) -> Fault {
    match fault(error) {
        Fault::Ambiguous(text) => Fault::Transient(text),
        other => other,
    }
}

/// What the server said, where this account may not.
pub(super) fn denied(error: &Error) -> Option<String> {
    match error {
        Error::Server(told) if DENIED.contains(&told.code) => Some(told.message.clone()),
        _ => None,
    }
}

/// Whether the server is there and takes no more connections.
pub(super) fn is_full(error: &Error) -> bool {
    matches!(error, Error::Server(server) if FULL.contains(&server.code))
}

/// Whether work failed because the server may not be there any more, or not as what it was.
pub(super) fn is_away(failure: &Failure) -> bool {
    match failure {
        Failure::Server(Error::Io(_) | Error::Driver(_))
        | Failure::Fault(Fault::Transient(_) | Fault::Ambiguous(_)) => true,
        Failure::Server(Error::Server(server)) => {
            let code = server.code;
            (AWAY.contains(&code) || CUT.contains(&code))
                && !CONFLICTS.contains(&code)
                && !FULL.contains(&code)
        }
        _ => false,
    }
}

/// Whether deciding again may help: somebody else was faster.
pub(super) fn is_conflict(error: &Error) -> bool {
    /// A unique key that exists by now.
    const DUPLICATE: u16 = 1062;
    matches!(error, Error::Server(server)
        if CONFLICTS.contains(&server.code) || server.code == DUPLICATE)
}

#[cfg(test)]
mod tests {
    use mysql_async::ServerError;

    use super::*;

    fn server(code: u16) -> Error {
        let state = "HY000".to_owned();
        Error::Server(ServerError { code, message: "told".to_owned(), state })
    }

    #[test]
    fn what_was_undone_is_transient_and_what_is_unknown_is_ambiguous() {
        for code in [1205, 1213, 1047, 1040, 41003] {
            assert!(matches!(fault(server(code)), Fault::Transient(_)), "{code}");
        }
        for code in [1927, 1053, 1180, 1317] {
            assert!(matches!(fault(server(code)), Fault::Ambiguous(_)), "{code}");
        }
        assert!(matches!(fault(server(1064)), Fault::Permanent(_)));
        let cut = || Error::Io(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into());
        assert!(matches!(fault(cut()), Fault::Ambiguous(_)));
        assert!(matches!(fault_before_writing(cut()), Fault::Transient(_)));
    }

    #[test]
    fn a_server_is_suspected_for_what_it_is_not_for_what_others_did() {
        let failed = |code| Failure::Server(server(code));
        for code in [1047, 1290, 1927, 1053] {
            assert!(is_away(&failed(code)), "{code}");
        }
        for code in [1205, 1213, 1040, 1064, 41001, 41003] {
            assert!(!is_away(&failed(code)), "{code}");
        }
        assert!(is_away(&Failure::Fault(Fault::Ambiguous("cut".to_owned()))));
        assert!(!is_away(&Failure::Stale));
        assert!(is_full(&server(1040)) && !is_full(&server(1047)));
    }

    #[test]
    fn only_losing_a_race_is_decided_again() {
        assert!(is_conflict(&server(1213)) && is_conflict(&server(1062)));
        assert!(!is_conflict(&server(1047)) && !is_conflict(&server(41001)));
    }
}
