//! Statements of the database that take long, as the server remembers them.

use mtm_platform::{DataDirectory, Owner};
use serde_json::Value;

use super::Finding;
use crate::door::{Client, Parameters, SecretFile, os_user};
use crate::failure::Outcome;

const PATH: &str = "/api/v1/slow-statements";
/// So many are shown; the API has more.
const SHOWN: usize = 3;
/// Characters of a statement that are shown.
const LENGTH: usize = 120;

/// Asks the server that runs on the directory. Where none can be asked there is nothing to tell:
/// it is the server that works.
pub(super) fn look(directory: &DataDirectory, owner: &Owner, findings: &mut Vec<Finding>) {
    let Some(address) = &owner.address else { return };
    let Ok(Some(secret)) = SecretFile::of(directory).read() else { return };
    let Some(client) = Client::beside(address, &secret, &os_user()) else { return };
    findings.push(match ask(&client) {
        Ok(answer) => tell(&answer),
        Err(failure) => Finding::warning(
            "statements",
            format!("the server does not tell: {}", failure.message),
            failure.next_step.unwrap_or_default(),
        ),
    });
}

fn ask(client: &Client) -> Outcome<Value> {
    client.get(PATH, &Parameters::default())
}

fn tell(answer: &Value) -> Finding {
    let Some(bound) = answer["told_from_ms"].as_u64() else {
        return Finding::ok("statements", "nobody watches how long they take");
    };
    let items = answer["items"].as_array().map_or(&[][..], Vec::as_slice);
    if items.is_empty() {
        return Finding::ok("statements", format!("none took {bound} ms since the server started"));
    }
    let worst: Vec<String> = items.iter().take(SHOWN).map(one).collect();
    Finding::warning(
        "statements",
        format!("{} took {bound} ms or more: {}", items.len(), worst.join("; ")),
        "Look at the disk and at what else the machine does; the server's log has each of them, \
         and /status in the browser the worst.",
    )
}

fn one(item: &Value) -> String {
    let text = item["statement"].as_str().unwrap_or_default();
    let short: String = text.chars().take(LENGTH).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("{} ms at most, {} times: {short}{more}", item["longest_ms"], item["times"])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::doctor::State;

    #[test]
    fn the_worst_are_told_and_nothing_is_fine() {
        let item = |n: u64| json!({ "statement": "SELECT x".repeat(20), "times": 2, "longest_ms": n, "rows": 1 });
        let none = tell(&json!({ "told_from_ms": 200, "items": [] }));
        assert_eq!(none.state, State::Ok);
        assert_eq!(tell(&json!({ "told_from_ms": null, "items": [] })).state, State::Ok);
        let some =
            tell(&json!({ "told_from_ms": 200, "items": [item(9), item(8), item(7), item(6)] }));
        assert_eq!(some.state, State::Warning);
        assert!(some.found.starts_with("4 took 200 ms or more: 9 ms at most, 2 times: SELECT"));
        assert!(some.found.contains('…') && !some.found.contains("6 ms at most"), "{}", some.found);
    }
}
