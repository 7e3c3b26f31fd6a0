use std::path::Path;

use super::*;
use crate::proof::kind::TAIL;

fn proof(id: &str) -> &'static Proof {
    PROOFS.iter().find(|proof| proof.id == id).unwrap()
}

#[test]
fn a_proof_is_built_by_the_command_that_runs_it() {
    let build = ["test", "--locked", "--package", "mtm", "--test", "it", "--no-run"];
    assert_eq!(proof("kill9").build(), build);
    let build = ["test", "--locked", "--release", "--package", "mtm", "--test", "it", "--no-run"];
    assert_eq!(proof("reads").build(), build);
}

#[test]
fn size_and_seed_reach_the_command() {
    let kill9 = proof("kill9").environment(7);
    assert!(kill9.contains(&("MTM_KILLS", "1000".to_owned())), "{kill9:?}");
    assert!(kill9.contains(&("MTM_SEED", "7".to_owned())), "{kill9:?}");
    assert!(proof("reads").environment(7).contains(&("MTM_SEED", "7".to_owned())));
}

#[test]
fn tests_pass_with_what_they_said_for_the_record() {
    let output = "running 1 test\n\
                  test killing::kill9 ... evidence: seed 7, 3 kills\n\
                  noise\n\
                  evidence: 812 acknowledged\n\
                  ok\n\n\
                  test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 20 filtered out\n";
    let verdict = proof("kill9").judge(Path::new("."), true, output);
    assert!(verdict.holds());
    assert_eq!(
        verdict.lines,
        ["seed 7, 3 kills", "812 acknowledged", "tests: 1 passed, 0 failed, 0 skipped"]
    );
}

#[test]
fn a_failure_keeps_the_end_of_its_output() {
    let noise = "noise\n".repeat(100);
    let output = format!(
        "evidence: seed 7\n{noise}assertion failed: lost\n\
         test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n"
    );
    let verdict = proof("kill9").judge(Path::new("."), false, &output);
    assert_eq!(verdict.to_string(), "FAILED: see the end of its output below");
    assert_eq!(verdict.lines, ["seed 7", "tests: 0 passed, 1 failed, 0 skipped"]);
    assert_eq!(verdict.verbatim.len(), TAIL);
    assert!(verdict.verbatim.contains(&"assertion failed: lost".to_owned()));
}

#[test]
fn a_proof_that_ran_no_test_proves_nothing() {
    let output = "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 9 filtered out";
    assert_eq!(
        proof("kill9").judge(Path::new("."), true, output).to_string(),
        "FAILED: no test ran"
    );
}
