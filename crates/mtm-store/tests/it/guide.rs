//! The examples of the guide for database integration, run against a real server. What stands
//! between `guide: NAME` and `guide: end` stands in the guide word by word.

use mtm_core::code::Code;
use mtm_core::command::Action;
use mtm_core::word::LotNumber;
use mtm_lab::proxy::{End, Proxy, Trap};
use mtm_store::database;
use mtm_store::integrity::VerifyRange;
use mtm_store::{Fault, Ledger, OpenOptions, PostError, Submission};
use mtm_testkit::MariaDb;
use mtm_testkit::backend::Container;

use crate::plant::{receive, take, to_location};
use crate::site::{Site, on_mariadb};

/// What a terminal does about an answer.
#[derive(Debug, PartialEq)]
enum Next {
    Show(LotNumber),
    Ask(Code),
    SendAgain,
    LookUpTheKey,
    CallSomebody,
}

// guide: classify
fn next(answer: Result<mtm_store::Answer, PostError>) -> Next {
    match answer.and_then(mtm_store::Answer::into_single) {
        Ok(outcome) => Next::Show(outcome.lots[0].clone()),
        // The domain said no: nothing was written, and a person decides.
        Err(PostError::Rejected(rejection)) => Next::Ask(rejection.code),
        // Nothing was written: the same booking, under the same key, later.
        Err(PostError::Fault(Fault::Transient(_))) => Next::SendAgain,
        // Only for what has no key: whether it was written is not known.
        Err(PostError::Fault(Fault::Ambiguous(_))) => Next::LookUpTheKey,
        Err(PostError::Fault(_)) => Next::CallSomebody,
    }
}
// guide: end

#[test]
fn the_guide_opens_books_once_and_proves_it_on_mariadb() {
    on_mariadb("MariaDB guide", async |_, _, url| {
        let site = Site::found(&url).await;
        let url = url.as_str();
        // guide: open
        // `mysql://login:password@host:port/database`, or `sqlite:PATH`: the rest is the same.
        let ledger = Ledger::connect(url, OpenOptions::default()).await.unwrap();
        assert!(database::check(url).await.unwrap().is_empty(), "the procedures are ours");
        // guide: end

        // guide: once
        let receipt = site.submission(Some("scan-4711"), Action::Receive(receive("P-1", 500)));
        let first = ledger.post(receipt.clone()).await.unwrap();
        // The reply was lost, the terminal sends the same again: one effect, the same answer.
        let again = ledger.post(receipt).await.unwrap();
        assert!(again.replayed);
        assert_eq!(again.verdicts, first.verdicts);
        // guide: end

        let lot = first.into_single().unwrap().lots[0].clone();
        // guide: atomic
        let moved = site.submission(None, to_location(&lot, None, "A-2"));
        let too_many = site.submission(None, take(&lot, 501));
        let both = Submission { commands: [moved.commands, too_many.commands].concat(), ..moved };
        let refused = ledger.post(both).await;
        // All or none: the move was not made either, and the refusal names the command.
        let Err(PostError::Rejected(refusal)) = refused else { panic!("501 of 500 were taken") };
        assert_eq!(refusal.code, Code::InsufficientStock);
        assert_eq!(refusal.field.as_deref(), Some("items[1].quantity"));
        // guide: end

        let receipt = site.submission(None, Action::Receive(receive("P-1", 500)));
        assert!(matches!(next(ledger.post(receipt).await), Next::Show(_)));
        let too_many = site.submission(None, take(&lot, 501));
        assert_eq!(next(ledger.post(too_many).await), Next::Ask(Code::InsufficientStock));

        // guide: verify
        let report = ledger.verify(VerifyRange::Full, |_| {}).await.unwrap();
        assert!(report.ok, "{:?}", report.first_bad);
        // guide: end
        ledger.close().await;
    });
}

#[test]
fn the_guide_cuts_a_commit_on_mariadb_and_finds_the_answer_under_the_key() {
    on_mariadb("MariaDB guide", async |server, database, url| {
        drop(Site::found(&url).await);
        // guide: cut
        // Between program and server: everything passes, until a trap is armed.
        let proxy = Proxy::start(format!("127.0.0.1:{}", server.port())).await.unwrap();
        let through = format!("mysql://root@{}/{database}", proxy.address());
        let site = Site::join(&through).await;

        // The server commits the booking, and the connection ends before anybody hears of it.
        proxy.arm(Trap::before_reply(b"scan-4712", End::Cut));
        let receipt = Action::Receive(receive("P-1", 500));
        let answer = site.post(Some("scan-4712"), receipt).await.unwrap();
        assert!(answer.replayed, "the ledger found what it had written, under its key");
        assert_eq!(site.on_hand().await, 500);
        // guide: end
        assert_eq!(proxy.counters().sprung, 1);
    });
}

#[test]
fn the_guide_runs_the_same_mariadb_as_a_process_and_in_a_container() {
    // guide: fixture
    for server in [MariaDb::start().unwrap(), MariaDb::start_on(&Container).unwrap()] {
        // Where the machine lacks something, the suite is skipped, and the summary says why.
        let Some(server) = server.or_skip("MariaDB guide fixtures") else { continue };
        let url = server.create_database().unwrap();
        let answer = server.sql(url.rsplit('/').next().unwrap(), "SELECT 6 * 7").unwrap();
        assert_eq!(answer.trim(), "42");
        // Dropped, the server is stopped and its directory removed, also when a test fails.
    }
    // guide: end
}
