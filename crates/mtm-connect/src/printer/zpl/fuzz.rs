//! Answers that no printer gives, and addresses that it does not have.

use mtm_testkit::{Fuzz, Said};

use super::status::ANSWER_MAX;
use super::{Address, HostStatus};

#[test]
fn an_answer_of_a_printer_is_read_waited_for_or_not_understood() {
    let answers = [
        "\x02030,0,0,1245,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n",
        "\x02030,1,0,1245,002,0,0,1,000,1,1,0\x03\r\n\x02000,0,1,1,0,2,4,1,00000007,1,000\x03\r\n\x021234,0\x03\r\n",
    ];
    let words = ["\x02", "\x03", ",", "4294967296", "-1", " ", "\r\n", "~HS"];
    Fuzz::new("answers of printers", answers).words(words).run(|bytes| {
        // A line reads no more than that before it gives up.
        let bytes = &bytes[..bytes.len().min(ANSWER_MAX)];
        match HostStatus::read(bytes) {
            Some(Ok(status)) => {
                assert_eq!(
                    status.is_done(),
                    status.formats == 0 && status.labels == 0 && !status.is_partial
                );
                Said::Taken(usize::from(status.is_done()))
            }
            Some(Err(condition)) => Said::Refused(format!("{condition:?}")),
            None => {
                assert!(bytes.len() < ANSWER_MAX);
                Said::Refused("not all of it".to_owned())
            }
        }
    });
}

#[test]
fn an_address_that_was_read_is_written_and_read_again() {
    let addresses = ["10.1.2.3:9100", "dock-2.plant.example", "tcp://[fd00::7]:9101", "[::1]"];
    Fuzz::new("addresses of printers", addresses)
        .words(["[", "]", ":", "::", "tcp://", "65536", "0"])
        .run(|bytes| {
            let read = Address::parse(&String::from_utf8_lossy(bytes));
            if let Ok(address) = &read {
                assert_eq!(Address::parse(&address.to_string()).as_ref(), Ok(address));
            }
            Said::of(&read, |address| address.to_string().len())
        });
}
