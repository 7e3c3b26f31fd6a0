//! What a booking costs in processor time and statements: figures that a busy machine does not
//! change much, unlike times.

use std::fs;

use mtm_testkit::MariaDb;

/// Where the counters stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    server: f64,
    program: f64,
    statements: f64,
}

impl Cost {
    /// Reads the server's counters and this program's.
    pub(crate) fn now(server: &MariaDb) -> Self {
        let pid_file = server.sql("", "SELECT @@pid_file").unwrap();
        let pid = fs::read_to_string(pid_file.trim()).unwrap();
        let asked = server.sql("", "SHOW GLOBAL STATUS LIKE 'Questions'").unwrap();
        let asked = asked.split_whitespace().nth(1).unwrap();
        Self {
            server: processor_time(pid.trim()),
            program: processor_time("self"),
            statements: asked.parse().unwrap(),
        }
    }

    /// What each of `count` bookings cost since `before`.
    #[expect(clippy::cast_precision_loss, reason = "a cost is no count")]
    pub(crate) fn row(self, before: Self, what: &str, clients: usize, count: u64) {
        let each = |now: f64, before: f64| (now - before) / count.max(1) as f64;
        println!(
            "| {what} | {clients} | {:.0} us | {:.0} us | {:.2} |",
            each(self.server, before.server),
            each(self.program, before.program),
            each(self.statements, before.statements)
        );
    }
}

/// Microseconds of processor time that the process took so far.
fn processor_time(process: &str) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks = fields.split_whitespace().skip(11).take(2).map(|it| it.parse::<f64>().unwrap());
    // A tick is a hundredth of a second.
    ticks.sum::<f64>() * 10_000.0
}
