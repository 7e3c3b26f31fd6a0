//! Documents to printers by IPP: to one that says whatever a printer may say, and to programs of others.

mod answers;
mod certificates;
mod fake;
#[cfg(unix)]
mod peers;

use std::time::Duration;

use mtm_connect::printer::Deadlines;

fn deadlines() -> Deadlines {
    Deadlines {
        connect: Duration::from_secs(5),
        answer: Duration::from_secs(10),
        print: Duration::from_secs(60),
        held: Duration::from_secs(60),
        pause: Duration::from_millis(10),
    }
}
