//! The truth light of the server that runs on the directory.

use mtm_platform::{DataDirectory, Owner};
use serde_json::Value;

use super::Finding;
use crate::door::{Client, Parameters, SecretFile, os_user};

const PATH: &str = "/api/v1/status";

/// Asks the server; where none can be asked, the other looks have looked.
pub(super) fn look(directory: &DataDirectory, owner: &Owner, findings: &mut Vec<Finding>) {
    let Some(address) = &owner.address else { return };
    let Ok(Some(secret)) = SecretFile::of(directory).read() else { return };
    let Some(client) = Client::beside(address, &secret, &os_user()) else { return };
    match client.get(PATH, &Parameters::default()) {
        Ok(answer) => findings.extend(tell(&answer)),
        Err(failure) => findings.push(Finding::warning(
            "truth light",
            format!("the server does not tell: {}", failure.message),
            failure.next_step.unwrap_or_default(),
        )),
    }
}

/// Each invariant that is not as it must be; or one line that all are.
fn tell(answer: &Value) -> Vec<Finding> {
    let invariants = answer["invariants"].as_array().map_or(&[][..], Vec::as_slice);
    let told: Vec<Finding> = invariants.iter().filter_map(one).collect();
    if told.is_empty() {
        return vec![Finding::ok(
            "truth light",
            format!("green: all {} invariants hold", invariants.len()),
        )];
    }
    told
}

fn one(invariant: &Value) -> Option<Finding> {
    let text = |name: &str| invariant[name].as_str().unwrap_or_default();
    let finding = match text("state") {
        "red" => Finding::problem,
        "yellow" | "unknown" => Finding::warning,
        _ => return None,
    };
    let keys = invariant["keys"].as_array().map_or(&[][..], Vec::as_slice);
    let word = |key: &Value, name: &str| key[name].as_str().unwrap_or_default().to_owned();
    let keys: Vec<String> =
        keys.iter().map(|key| format!("{} {}", word(key, "kind"), word(key, "key"))).collect();
    let about = if keys.is_empty() { String::new() } else { format!(" ({})", keys.join(", ")) };
    let next = match text("next_step") {
        "" => "Look again in a moment; /status in the browser says when it was looked at.",
        next => next,
    };
    let found = format!("{} is {}: {}{about}", text("name"), text("state"), text("message"));
    Some(finding("truth light", found, next))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::doctor::State;

    #[test]
    fn what_does_not_hold_is_told_with_its_keys_and_the_next_step() {
        let well = json!({ "name": "disk", "state": "green", "message": "room", "keys": [] });
        let bad = json!({
            "name": "stock", "state": "red", "message": "Stock differs.",
            "keys": [{ "kind": "lot", "key": "0000000007" }], "next_step": "Keep a copy.",
        });
        let fine = tell(&json!({ "invariants": [well] }));
        assert_eq!(fine, [Finding::ok("truth light", "green: all 1 invariants hold")]);
        let told = tell(&json!({ "invariants": [well, bad] }));
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].state, State::Problem);
        assert_eq!(told[0].found, "stock is red: Stock differs. (lot 0000000007)");
        assert_eq!(told[0].next_step.as_deref(), Some("Keep a copy."));
        let slow = tell(&json!({ "invariants": [{ "name": "clock", "state": "unknown" }] }));
        assert_eq!(slow[0].state, State::Warning);
    }
}
