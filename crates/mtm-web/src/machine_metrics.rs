//! Machines and what they counted, as Prometheus reads them.

use std::fmt::Write as _;

use mtm_app::machine::{MachineRow, MachineStanding, ProposalTotal};

use crate::metrics::escaped;

/// All series in the Prometheus text format.
pub(crate) fn render(machines: &[MachineRow], waiting: &[ProposalTotal]) -> String {
    let mut text = String::new();
    // A String takes whatever is written to it.
    let _ = writeln!(text, "# HELP mtm_machine_connected Whether a machine is heard.");
    let _ = writeln!(text, "# TYPE mtm_machine_connected gauge");
    for row in machines {
        let is_heard = u8::from(row.standing == Some(MachineStanding::Connected));
        let _ = writeln!(
            text,
            "mtm_machine_connected{{machine=\"{}\"}} {is_heard}",
            escaped(&row.name)
        );
    }
    let about =
        "Pieces of machines that wait: open for a person or for more, booking for the ledger.";
    let _ = writeln!(text, "# HELP mtm_machine_proposals {about}");
    let _ = writeln!(text, "# TYPE mtm_machine_proposals gauge");
    for it in waiting {
        let (machine, state, kind) = (escaped(&it.machine), it.state, it.kind);
        let _ = writeln!(
            text,
            "mtm_machine_proposals{{machine=\"{machine}\",state=\"{state}\",kind=\"{kind}\"}} {}",
            it.count
        );
    }
    let _ =
        writeln!(text, "# HELP mtm_machine_proposals_refused Of those, what the ledger refused.");
    let _ = writeln!(text, "# TYPE mtm_machine_proposals_refused gauge");
    for it in waiting.iter().filter(|it| it.refused > 0) {
        let (machine, kind) = (escaped(&it.machine), it.kind);
        let _ = writeln!(
            text,
            "mtm_machine_proposals_refused{{machine=\"{machine}\",kind=\"{kind}\"}} {}",
            it.refused
        );
    }
    text
}
