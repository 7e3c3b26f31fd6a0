//! What one node undoes midway, because another node was faster.

use mtm_core::command::{Action, ChangeLot, LotChanges, Patch};
use mtm_core::word::{LotNumber, Note};
use mtm_store::Submission;
use mtm_testkit::proof::evidence;
use mtm_testkit::{Galera, poll};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts};

use super::{Sites, known};
use crate::plant::take;
use crate::site::PATIENCE;

/// A booking that wrote its movements and then waits, inside its procedure, is undone by another
/// node's writing: all of it, so that it is decided again and has its effect once. Alone, and as
/// one of two in a transaction.
pub(super) async fn a_posting_undone_midway_leaves_nothing(
    cluster: &Galera,
    database: &str,
    sites: &Sites,
) -> usize {
    let mut booked = 0;
    for together in [false, true] {
        let (first, last) = (sites[0].lot_of(10).await, sites[0].lot_of(10).await);
        known(sites, &last).await;
        let mut takes = sites[0].submission(None, take(&first, 4));
        if together {
            takes.commands.extend(sites[0].submission(None, take(&last, 4)).commands);
        }
        let waits_for = if together { &last } else { &first };
        undone_midway(cluster, database, sites, takes, &first, waits_for).await;
        booked += if together { 4 } else { 3 };
    }
    evidence(
        "a booking undone by another node inside its procedure left nothing, and had one effect",
    );
    booked
}

/// Books `takes` on node 1, holds them up at the place of `waits_for`, and changes `contested` on
/// node 2 meanwhile.
async fn undone_midway(
    cluster: &Galera,
    database: &str,
    sites: &Sites,
    takes: Submission,
    contested: &LotNumber,
    waits_for: &LotNumber,
) {
    let node = cluster.node(1);
    let number = |sql: &str| node.sql(database, sql).unwrap().trim().parse::<u64>().unwrap();
    let undone = || node.status("wsrep_local_bf_aborts").unwrap().parse::<u64>().unwrap();
    let url = node.url_of(database);
    let mut other = Conn::new(Opts::from_url(&url).unwrap()).await.unwrap();
    other.query_drop("START TRANSACTION").await.unwrap();
    let place = "SELECT quantity FROM stock WHERE lot = ? FOR UPDATE";
    other.exec_drop(place, (waits_for.as_str(),)).await.unwrap();

    let before = undone();
    let site = sites[0].clone();
    let taking = tokio::spawn(async move { site.ledger.post(takes).await });
    let waiting = "SELECT count(*) FROM information_schema.innodb_trx
                    WHERE trx_state = 'LOCK WAIT' AND trx_rows_modified > 0";
    poll::eventually("a booking that wrote and waits", PATIENCE, async || {
        Ok((number(waiting) > 0).then_some(()))
    })
    .await
    .unwrap();
    sites[1]
        .book(Action::ChangeLot(ChangeLot {
            lot: contested.clone(),
            version: 1,
            changes: LotChanges {
                notes: Patch::Set(Note::parse("of another node").unwrap()),
                ..LotChanges::default()
            },
        }))
        .await;
    poll::eventually("the booking to be undone", PATIENCE, async || {
        Ok((undone() > before).then_some(()))
    })
    .await
    .unwrap();
    // Whatever of it had stayed would be seen by everybody.
    let takes = format!("SELECT count(*) FROM movement WHERE type = 'out' AND lot = '{contested}'");
    assert_eq!(number(&takes), 0, "half a booking stayed");
    other.query_drop("ROLLBACK").await.unwrap();
    other.disconnect().await.unwrap();
    taking.await.unwrap().unwrap();
    assert_eq!(number(&takes), 1);
}
