//! A server tells an ERP of movements, and reads its books over the same interface: what was posted is proved
//! by the ERP's own ledger, and both books are compared.

use std::time::Duration;

use mtm_testkit::{Api, poll};
use serde_json::{Value, json};

use crate::support::{furnish, mtm};
use crate::telling_erp::{Erp, receive};

const SOON: Duration = Duration::from_secs(60);

fn planning(url: &str) -> String {
    format!(
        "[peers.planning]\nurl = \"{url}/erp/api/v1\"\nauth = \"api_key\"\n\
         secret_file = \"erp.secret\"\nhealth = \"/parts\"\ndeadline_ms = 5000\n\
         [erp]\nname = \"planning\"\npeer = \"planning\"\nmapping = \"mock-erp\"\n\
         map_file = \"places.csv\"\nevery_seconds = 1\n\
         [flows.planning]\npeer = \"planning\"\nmapping = \"mock-erp\"\n\
         map_file = \"places.csv\"\nerp = \"planning\"\n"
    )
}

fn proved(api: &Api, count: usize) -> Vec<Value> {
    poll::until("the ERP's ledger to show every posting", SOON, || {
        let postings = api.get("/api/v1/flows/postings")?.json()?;
        let items = postings["items"].as_array().cloned().unwrap_or_default();
        let shown = items.iter().filter(|it| it["proved_at"].is_string()).count();
        Ok((shown == count).then_some(items))
    })
    .unwrap()
}

#[test]
fn what_is_posted_is_proved_by_the_ledger_that_is_read_over_rest() {
    let erp = Erp::with(planning);
    let mut server = erp.server();
    let api = furnish(&server);
    let shown = erp.run(&server, &["connect", "mode", "planning", "automatic"]).json();
    assert_eq!(shown["mode"], "automatic");
    let checked = erp.run(&server, &["erp", "check", "planning"]).json();
    assert_eq!((&checked["login"]["writes"], &checked["newest"]), (&json!(false), &Value::Null));
    let doctor = erp.run(&server, &["doctor"]);
    assert!(doctor.stdout.contains("only GET is ever sent"), "{}", doctor.stdout);

    receive(&api, "the-first", 20);
    let lot = receive(&api, "the-second", 30)["lots"][0].clone();
    let moved = json!({ "type": "transfer", "lot": lot, "quantity": 7, "to_location": "R-2" });
    let moved = api.post("/api/v1/movements", "a-move", &moved).unwrap();
    assert_eq!(moved.status, 201, "{}", moved.text);
    let postings = proved(&api, 3);
    assert!(postings.iter().all(|it| it["state"] == "posted"), "{postings:?}");
    let document = |it: &Value| it["document"].as_str().unwrap_or_default().to_owned();
    assert!(postings.iter().all(|it| document(it).starts_with("DOC-")), "{postings:?}");
    assert_eq!(erp.ledger().len(), 4, "a move is two lines there");

    // What the ERP says is on hand is read at the start and every ten minutes: now, too. Its ledger is read
    // after that.
    server.terminate().unwrap();
    let read = erp.run(&server, &["erp", "read", "planning", "--all"]).json();
    assert_eq!((&read["position"], &read["late"]), (&json!(4), &json!(0)));
    server.restart().unwrap();
    let api = server.api().with_token(server.token("afterwards", "admin").unwrap());
    let compared = poll::until("the books to be compared up to date", SOON, || {
        let run = erp.run(&server, &["reconcile", "run"]).json();
        Ok((run["clean"] == true).then_some(run))
    })
    .unwrap();
    assert_eq!((&compared["found"], &compared["stale"]), (&json!(0), &json!([])));
    assert_eq!(compared["compared"], 2);
    let told = api.get("/api/v1/integrations").unwrap().json().unwrap();
    let items = told["items"].as_array().unwrap();
    let read = items.iter().find(|it| it["kind"] == "erp").unwrap();
    assert_eq!((&read["id"], &read["state"]), (&json!("erp:planning"), &json!("well")));
    assert_eq!((&read["position"], &read["erp"]["flagged"]), (&json!(4), &json!(0)));
}

#[test]
fn what_does_not_go_together_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mtm.toml");
    let peer = "[peers.planning]\nurl = \"http://127.0.0.1:1\"\nauth = \"none\"\n";
    let check = |erp: &str| {
        std::fs::write(&path, format!("{peer}[erp]\n{erp}")).unwrap();
        mtm(["config", "check", "--config", path.to_str().unwrap(), "--json"])
    };
    for (erp, code, words) in [
        ("peer = \"planning\"\n", "config_incomplete", "erp.mapping"),
        ("mapping = \"mock-erp\"\n", "config_incomplete", "erp.peer"),
        (
            "peer = \"planning\"\nmapping = \"mock-erp\"\nconnection = \"DSN=x\"\n",
            "config_wrong_value",
            "read by one way",
        ),
        ("peer = \"sap\"\nmapping = \"mock-erp\"\n", "config_wrong_value", "[peers.sap]"),
        (
            "peer = \"planning\"\nmapping = \"mock-erp\"\nschema = \"dbo\"\n",
            "config_wrong_value",
            "erp.connection only",
        ),
        ("map_file = \"places.csv\"\n", "config_incomplete", "erp.map_file"),
    ] {
        let failure = check(erp).failure(2);
        assert_eq!(failure["code"], code, "{erp}");
        assert!(failure["message"].as_str().unwrap().contains(words), "{erp}: {failure}");
    }
    assert_eq!(check("peer = \"planning\"\nmapping = \"mock-erp\"\n").code, 0);
    // A mapping by which it cannot be read; and one without a ledger, which can prove nothing.
    let parts =
        "[lists.parts]\npath = \"p\"\nitems = \"/x\"\n[lists.parts.fields]\npart = \"/a\"\n";
    std::fs::write(directory.path().join("parts.toml"), parts).unwrap();
    let failure = check("peer = \"planning\"\nmapping = \"parts.toml\"\n").failure(2);
    assert_eq!(failure["code"], "mapping_faulty");
    assert!(failure["message"].as_str().unwrap().contains("parts.toml"), "{failure}");
    assert_eq!(failure["errors"][0]["field"], "lists.transactions");
    let tree = "peer = \"planning\"\nmapping = \"inventree\"\n";
    assert_eq!(check(tree).code, 0);
    let flow = "[flows.tree]\nerp = \"erp\"\nmap_file = \"places.csv\"\n";
    let failure = check(&format!("{tree}{flow}")).failure(2);
    assert_eq!(failure["code"], "config_flows");
    assert!(failure["message"].as_str().unwrap().contains("flows.tree.erp is erp"), "{failure}");
}
