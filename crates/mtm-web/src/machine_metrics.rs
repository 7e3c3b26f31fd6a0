//! Machines and what they counted, as Prometheus reads them.

use std::fmt::Write as _;

use mtm_app::machine::{MachineRow, MachineStanding, ProposalKind, ProposalState, ProposalTotal};

use crate::metrics::escaped;

/// All series in the Prometheus text format. What there is none of is told as 0.
pub(crate) fn render(machines: &[MachineRow], waiting: &[ProposalTotal]) -> String {
    let mut text = String::new();
    head(&mut text, "mtm_machine_connected", "Whether a machine is heard.");
    for row in machines {
        let is_heard = u8::from(row.standing == Some(MachineStanding::Connected));
        let machine = escaped(&row.name);
        // A String takes whatever is written to it.
        let _ = writeln!(text, "mtm_machine_connected{{machine=\"{machine}\"}} {is_heard}");
    }
    let about =
        "Pieces of machines that wait: open for a person or for more, booking for the ledger.";
    head(&mut text, "mtm_machine_proposals", about);
    for row in machines {
        for state in [ProposalState::Open, ProposalState::Booking] {
            for kind in ProposalKind::ALL {
                let of_it = |it: &&ProposalTotal| {
                    it.machine == row.name && it.state == state && it.kind == kind
                };
                let count: u64 = waiting.iter().filter(of_it).map(|it| it.count).sum();
                let machine = escaped(&row.name);
                let _ = writeln!(
                    text,
                    "mtm_machine_proposals{{machine=\"{machine}\",state=\"{state}\",kind=\"{kind}\"}} {count}"
                );
            }
        }
    }
    head(&mut text, "mtm_machine_proposals_refused", "Of those, what the ledger refused.");
    for row in machines {
        for kind in ProposalKind::ALL {
            let of_it = |it: &&ProposalTotal| it.machine == row.name && it.kind == kind;
            let count: u64 = waiting.iter().filter(of_it).map(|it| it.refused).sum();
            let machine = escaped(&row.name);
            let _ = writeln!(
                text,
                "mtm_machine_proposals_refused{{machine=\"{machine}\",kind=\"{kind}\"}} {count}"
            );
        }
    }
    text
}

fn head(text: &mut String, name: &str, about: &str) {
    let _ = writeln!(text, "# HELP {name} {about}\n# TYPE {name} gauge");
}
