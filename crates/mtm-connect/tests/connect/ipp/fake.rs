//! A printer in memory, which answers as a test says.

use std::collections::VecDeque;
use std::io::Cursor;
use std::sync::{Arc, Mutex, MutexGuard};

use ipp::IppHeader;
use ipp::attribute::{IppAttribute, IppAttributeGroup, IppAttributes};
use ipp::model::{DelimiterTag, IppVersion, Operation};
use ipp::parser::IppParser;
use ipp::reader::IppReader;
use ipp::value::IppValue;
use mtm_connect::outgoing::{self, Answered, CallError, Client, Message};
use mtm_connect::printer::ipp::{Access, Address, Printer};
use mtm_connect::printer::{self, Delivery, Sheet};
use mtm_core::print::Condition;

/// Attributes by name.
pub(super) type Said = Vec<(&'static str, IppValue)>;

/// What a request to print is answered.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// It is taken.
    Taken,
    /// It is taken, and the reply is lost.
    Lost,
    /// It is not taken, and the reply is lost.
    Gone,
    /// This status, and nothing is taken.
    Status(i16),
    /// This status of HTTP.
    Http(u16),
}

/// What the printer is asked for, and says.
#[derive(Debug)]
pub(super) struct State {
    pub(super) printer: Said,
    pub(super) reply: Reply,
    /// How the job stands, one answer after the other; the last one stays.
    pub(super) job: VecDeque<Said>,
    /// What comes instead of an answer to a question about jobs.
    pub(super) deaf: Option<CallError>,
    /// The jobs that it took, by name.
    pub(super) taken: Vec<String>,
    /// How often a document was sent.
    pub(super) sent: usize,
    /// What it was told to do with the size of the page.
    pub(super) scaling: Option<IppValue>,
    /// And how many copies it was asked for.
    pub(super) copies: Option<IppValue>,
}

/// The printer.
#[derive(Clone)]
pub(super) struct Fake(Arc<Mutex<State>>);

pub(super) fn words(all: &[&str]) -> IppValue {
    IppValue::Array(all.iter().map(|it| IppValue::new_keyword(*it).unwrap()).collect())
}

pub(super) fn ready() -> Said {
    vec![
        ("printer-state", IppValue::Enum(3)),
        ("printer-state-reasons", words(&["none"])),
        ("printer-is-accepting-jobs", IppValue::Boolean(true)),
        ("document-format-supported", IppValue::new_mime_media_type("application/pdf").unwrap()),
        ("print-scaling-supported", words(&["auto", "none"])),
    ]
}

pub(super) fn job(state: i32, reasons: &[&str]) -> Said {
    vec![("job-state", IppValue::Enum(state)), ("job-state-reasons", words(reasons))]
}

impl Fake {
    pub(super) fn new(printer: Said) -> Self {
        Self(Arc::new(Mutex::new(State {
            printer,
            reply: Reply::Taken,
            job: VecDeque::from([job(5, &["job-printing"]), job(9, &["none"])]),
            deaf: None,
            taken: Vec::new(),
            sent: 0,
            scaling: None,
            copies: None,
        })))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn printer(&self) -> Printer {
        let script = self.clone();
        let client = Client::fake_of_all(outgoing::Deadlines::default(), move |message| {
            script.answer(message)
        });
        let address = Address::parse("ipp://print.plant/printers/office").unwrap();
        Printer::over(client, address, Access::default(), super::deadlines())
    }

    /// Prints, and gives what was told meanwhile.
    pub(super) async fn print(&self) -> (Delivery, Vec<Condition>) {
        let mut told = Vec::new();
        let sheet = Sheet { name: "mtm-7-2-0a1b2c lot", bytes: b"%PDF-1.7 %%EOF" };
        let delivery = match printer::Printer::Ipp(self.printer()).open().await {
            Ok(line) => line.print(sheet, |condition| told.push(condition)).await,
            Err(lacking) => Delivery::NotSent(lacking),
        };
        (delivery, told)
    }

    fn answer(&self, message: &Message) -> Result<Answered, CallError> {
        let parser = IppParser::new(IppReader::new(Cursor::new(message.body.clone())));
        let (header, asked, _) = parser.parse_parts().unwrap();
        let mut state = self.state();
        let is = |operation: Operation| header.operation_or_status == operation as i16;
        if is(Operation::GetPrinterAttributes) {
            return Ok(said(0, &[(DelimiterTag::PrinterAttributes, state.printer.clone())]));
        }
        if is(Operation::PrintJob) {
            let text = |tag, name: &str| {
                asked.first_of(tag).and_then(|it| it.get(name)).map(|it| it.value().clone())
            };
            let name = text(DelimiterTag::OperationAttributes, "job-name");
            let Some(IppValue::NameWithoutLanguage(name)) = name else { panic!("no name") };
            state.scaling = text(DelimiterTag::JobAttributes, "print-scaling");
            state.copies = text(DelimiterTag::JobAttributes, "copies");
            assert!(message.body.ends_with(b"%PDF-1.7 %%EOF"));
            state.sent += 1;
            return match state.reply.clone() {
                Reply::Status(status) => Ok(said(status, &[])),
                Reply::Http(status) => Ok(Answered { status, ..Answered::default() }),
                Reply::Gone => Err(CallError::TimedOut(1)),
                Reply::Taken | Reply::Lost => {
                    // Many printers keep less of a name than they are given.
                    state.taken.push(name.as_str().chars().take(16).collect());
                    match state.reply {
                        Reply::Lost => Err(CallError::Broken("reset".to_owned())),
                        _ => Ok(said(0, &[(DelimiterTag::JobAttributes, number())])),
                    }
                }
            };
        }
        if let Some(deaf) = &state.deaf {
            return Err(deaf.clone());
        }
        if is(Operation::GetJobs) {
            let of_others = |id, name: &str| {
                vec![
                    ("job-id", IppValue::Integer(id)),
                    ("job-name", IppValue::new_name_without_language(name).unwrap()),
                ]
            };
            let mut jobs = vec![(DelimiterTag::JobAttributes, of_others(1, "mtm-7-1-ffffff lot"))];
            for name in &state.taken {
                jobs.push((DelimiterTag::JobAttributes, of_others(4, name)));
            }
            return Ok(said(0, &jobs));
        }
        assert!(is(Operation::GetJobAttributes), "{header:?}");
        let next =
            if state.job.len() > 1 { state.job.pop_front() } else { state.job.front().cloned() };
        Ok(match next {
            Some(job) => said(0, &[(DelimiterTag::JobAttributes, job)]),
            // client-error-not-found
            None => said(0x0406, &[]),
        })
    }
}

fn number() -> Said {
    vec![("job-id", IppValue::Integer(4)), ("job-state", IppValue::Enum(3))]
}

/// An answer of this status.
pub(super) fn said(status: i16, groups: &[(DelimiterTag, Said)]) -> Answered {
    let mut body = IppHeader::new(IppVersion::v1_1(), status, 1).to_bytes().to_vec();
    let mut attributes = IppAttributes::new();
    for (tag, values) in groups {
        let mut group = IppAttributeGroup::new(*tag);
        for (name, value) in values {
            group.attributes_mut().push(IppAttribute::with_name(name, value.clone()).unwrap());
        }
        attributes.groups_mut().push(group);
    }
    body.extend_from_slice(&attributes.to_bytes());
    Answered { status: 200, body, ..Answered::default() }
}
