//! The cluster's whole life in one test for each backend, because a cluster is dear.

use super::*;
use crate::backend::Container;

const COUNT: &str = "SELECT COUNT(*), SUM(n) FROM t";

#[test]
fn a_galera_cluster_of_processes_keeps_the_contract() {
    let Some(cluster) = Galera::start_on(&Host).unwrap().or_skip("testkit: Galera") else { return };
    replicates_survives_a_node_and_refuses_behind_a_cut(cluster);
}

#[test]
fn a_galera_cluster_of_containers_keeps_the_contract() {
    let suite = "testkit: Galera in containers";
    let Some(cluster) = Galera::start_on(&Container).unwrap().or_skip(suite) else { return };
    replicates_survives_a_node_and_refuses_behind_a_cut(cluster);
}

/// What every backend keeps.
fn replicates_survives_a_node_and_refuses_behind_a_cut(mut cluster: Galera) {
    // Written on one, read on all.
    let name = cluster.create_database().unwrap();
    cluster.node(1).sql(&name, "CREATE TABLE t (n INT PRIMARY KEY)").unwrap();
    cluster.node(1).sql(&name, "INSERT INTO t VALUES (1)").unwrap();
    for number in [2, 3] {
        assert_eq!(cluster.node(number).sql_after_all(&name, COUNT).unwrap(), "1\t1\n");
    }

    // Two go on without the third, which learns what it missed.
    cluster.node_mut(2).kill9().unwrap();
    assert!(cluster.node(2).sql("", "SELECT 1").is_err());
    go_on(cluster.node(3), &name, 2);
    assert_eq!(cluster.node_mut(2).rejoin().unwrap(), Transfer::Increment);
    assert_eq!(cluster.node(2).sql_after_all(&name, COUNT).unwrap(), "2\t3\n");

    // Behind a cut a node refuses, rather than tell old news.
    cluster.wait_until_whole().unwrap();
    cluster.node(3).isolate().unwrap();
    for statement in ["SELECT n FROM t", "INSERT INTO t VALUES (3)"] {
        let refusal = cluster.node(3).sql(&name, statement).unwrap_err();
        assert!(refusal.to_string().contains("ERROR 1047"), "{refusal}");
    }
    go_on(cluster.node(1), &name, 4);
    cluster.node(3).heal().unwrap();
    assert_eq!(cluster.node(3).sql_after_all(&name, COUNT).unwrap(), "3\t7\n");

    // With an empty disk it receives everything. Whoever is lost before the others are one again
    // takes their majority along.
    cluster.wait_until_whole().unwrap();
    cluster.node_mut(1).lose_disk().unwrap();
    assert_eq!(cluster.node_mut(1).rejoin().unwrap(), Transfer::State);
    cluster.wait_until_whole().unwrap();
    assert_eq!(cluster.node(1).sql_after_all(&name, COUNT).unwrap(), "3\t7\n");
}

/// Writes as soon as the majority has agreed on who is left.
fn go_on(node: &Node, database: &str, number: u32) {
    let write = format!("REPLACE INTO t VALUES ({number})");
    let what = "the majority's going on";
    poll::until(what, AGREEMENT, || Ok(node.sql(database, &write).ok())).unwrap();
}
