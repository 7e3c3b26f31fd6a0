//! A document on its way through a printer.

use ipp::model::Operation;
use ipp::parser::IppParseError;
use ipp::value::IppValue;
use mtm_core::print::Condition;
use tokio::time::{sleep, timeout};

use super::super::wait::{Patience, Waiting};
use super::super::{Delivery, Lost, Sheet};
use super::Printer;
use super::job::{self, Standing as JobStanding};
use super::standing::{self, Standing};
use super::wire::{Answer, MEDIA_TYPE, Request};
use crate::outgoing::{CallError, Header, Message, Method};

/// Most bytes of an answer: a list of jobs is the longest.
const ANSWER_MAX: usize = 4 << 20;
/// Most jobs that one is looked for among, of those that are over and of those that are not.
const JOBS_MAX: i32 = 1_000;
/// Answers in a row that do not know a job whose reply was lost: a printer may list it a moment after it took it.
const NOT_THERE: u32 = 5;

/// A printer that is ready.
#[derive(Debug)]
pub struct Line {
    printer: Printer,
    keeps_size: bool,
}

/// Why a question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NoAnswer {
    /// Nothing was sent, or it was not taken: the printer lacks this.
    Lacking(Condition),
    /// It may have been taken.
    Broken,
    /// The same, and nothing is said.
    Silent,
    /// It may have been taken, and what is said is not understood.
    NotUnderstood,
    /// It was not taken: the status of HTTP.
    Http(u16),
}

impl NoAnswer {
    /// What a printer lacks that does not say how it is.
    const fn condition(self) -> Condition {
        match self {
            Self::Lacking(condition) => condition,
            Self::Broken => Condition::Unreachable,
            Self::Silent => Condition::Silent,
            Self::NotUnderstood | Self::Http(_) => Condition::NotUnderstood,
        }
    }

    /// Why nobody knows what became of what it has.
    const fn lost(self) -> Lost {
        match self {
            Self::Lacking(condition) => Lost::Held(condition),
            Self::Broken => Lost::Broken,
            Self::Silent => Lost::Silent,
            Self::NotUnderstood | Self::Http(_) => Lost::NotUnderstood,
        }
    }
}

impl From<IppParseError> for NoAnswer {
    /// What cannot be asked is asked of nobody: a name that is longer than names are.
    fn from(_: IppParseError) -> Self {
        Self::Lacking(Condition::NotUnderstood)
    }
}

/// What the status of an answer says that is no yes (RFC 8011, B.1).
fn lacking(status: u16) -> Option<Condition> {
    match status {
        0x0401..=0x0403 => Some(Condition::Denied),
        0x0406 | 0x0407 => Some(Condition::NoSuchPrinter),
        0x0506 => Some(Condition::Rejecting),
        0x0502 | 0x0505 | 0x0507 => Some(Condition::Busy),
        _ => None,
    }
}

/// Statuses: it is in trouble that passes; it does not know what was asked of it (RFC 8011, B.1).
const TEMPORARY: u16 = 0x0505;
const UNSUPPORTED: u16 = 0x040b;

/// What a document is that was not taken: what waiting does not cure is somebody's to see, and not tried again.
fn not_taken(condition: Condition) -> Delivery {
    match condition {
        Condition::Denied | Condition::NoSuchPrinter => {
            Delivery::Refused(format!("the printer does not take it: {}", condition.words()))
        }
        _ => Delivery::NotSent(condition),
    }
}

/// Whether a status is a yes.
const fn is_yes(status: u16) -> bool {
    status < 0x0100
}

impl Printer {
    /// Finds out how it is: a line where it is ready. One that prints for others is: it has a queue.
    pub(in crate::printer) async fn open(&self) -> Result<Line, Condition> {
        let standing = self.standing().await?;
        match standing.condition {
            Condition::Ready => Ok(Line { printer: self.clone(), keeps_size: standing.keeps_size }),
            lacking => Err(lacking),
        }
    }

    async fn standing(&self) -> Result<Standing, Condition> {
        let answer = self.attributes().await.map_err(NoAnswer::condition)?;
        if !is_yes(answer.status) {
            return Err(lacking(answer.status).unwrap_or(Condition::NotUnderstood));
        }
        Ok(Standing::of(answer.printer()))
    }

    async fn attributes(&self) -> Result<Answer, NoAnswer> {
        let mut request = self.request(Operation::GetPrinterAttributes)?;
        request.want(standing::WANTED)?;
        self.ask(&request).await
    }

    fn request(&self, operation: Operation) -> Result<Request, IppParseError> {
        Request::new(operation, self.address.uri(), self.access.user())
    }

    /// Asks a question, which is answered at once.
    async fn ask(&self, request: &Request) -> Result<Answer, NoAnswer> {
        let asked = self.send(request, &[]);
        timeout(self.deadlines.answer, asked).await.unwrap_or(Err(NoAnswer::Silent))
    }

    async fn send(&self, request: &Request, document: &[u8]) -> Result<Answer, NoAnswer> {
        let mut headers = vec![Header::open("content-type", MEDIA_TYPE)];
        if self.address.is_encrypted() {
            headers.extend(self.access.header());
        }
        let message = Message {
            method: Method::Post,
            target: self.address.target().clone(),
            headers,
            body: request.bytes(document),
            most: ANSWER_MAX,
        };
        let answered = self.client.send(message).await.map_err(|error| match error {
            CallError::Tls(_) => NoAnswer::Lacking(Condition::Untrusted),
            CallError::Refused(_) | CallError::Unreachable(_) => {
                NoAnswer::Lacking(Condition::Unreachable)
            }
            CallError::TimedOut(_) => NoAnswer::Silent,
            CallError::Broken(_) => NoAnswer::Broken,
            CallError::Endless(_) => NoAnswer::NotUnderstood,
        })?;
        match answered.status {
            200 => Answer::read(answered.body).ok_or(NoAnswer::NotUnderstood),
            401 | 403 => Err(NoAnswer::Lacking(Condition::Denied)),
            404 => Err(NoAnswer::Lacking(Condition::NoSuchPrinter)),
            // It wants the same over a secure connection.
            426 => Err(NoAnswer::Lacking(Condition::Untrusted)),
            400..=499 => Err(NoAnswer::Http(answered.status)),
            _ => Err(NoAnswer::NotUnderstood),
        }
    }
}

impl Line {
    /// Sends a document and waits until it is printed.
    pub(in crate::printer) async fn print(
        self,
        sheet: Sheet<'_>,
        mut told: impl FnMut(Condition),
    ) -> Delivery {
        let handed_over = self.hand_over(sheet).await;
        // A reply that did not come took its own time.
        let mut patience = Patience::new(self.printer.deadlines);
        let job = match handed_over {
            Ok(Some(job)) => job,
            Ok(None) => match self.look_for(sheet.name, &mut patience, &mut told).await {
                Ok(job) => job,
                Err(lost) => return Delivery::Unknown(lost),
            },
            Err(end) => return end,
        };
        self.wait((job, sheet.name), &mut patience, &mut told).await
    }

    /// Sends it, once. The number of its job; nothing where it may have been taken and nobody said so.
    async fn hand_over(&self, sheet: Sheet<'_>) -> Result<Option<i32>, Delivery> {
        let request = self.print_job(sheet).map_err(|error| {
            Delivery::Refused(format!("it cannot be asked for in this name: {error}"))
        })?;
        let answer = match self.printer.send(&request, sheet.bytes).await {
            Ok(answer) => answer,
            Err(NoAnswer::Lacking(condition)) => return Err(not_taken(condition)),
            Err(NoAnswer::Http(status)) => {
                return Err(Delivery::Refused(format!(
                    "the printer does not take it: HTTP {status}"
                )));
            }
            Err(NoAnswer::Broken | NoAnswer::Silent | NoAnswer::NotUnderstood) => return Ok(None),
        };
        if is_yes(answer.status) {
            return Ok(answer.jobs().find_map(job::number));
        }
        // A temporary error may be one of a job that it had begun with.
        if answer.status == TEMPORARY {
            return Ok(None);
        }
        if let Some(lacking) = lacking(answer.status) {
            return Err(not_taken(lacking));
        }
        if (0x0400..0x0500).contains(&answer.status) {
            let why = answer.message().map(|it| format!(" ({it})")).unwrap_or_default();
            let message = format!("the printer does not take it: {:#06x}{why}", answer.status);
            return Err(Delivery::Refused(message));
        }
        // It is in trouble of its own: what it did before is not said.
        Ok(None)
    }

    fn print_job(&self, sheet: Sheet<'_>) -> Result<Request, IppParseError> {
        let mut request = self.printer.request(Operation::PrintJob)?;
        request.put("job-name", IppValue::new_name_without_language(sheet.name)?)?;
        request.put("document-format", IppValue::new_mime_media_type(standing::FORMAT)?)?;
        // Whatever the printer makes of what is asked for once.
        request.put_of_job("copies", IppValue::new_integer(1))?;
        if self.keeps_size {
            // A code whose modules were scaled is read badly, or not at all.
            request.put_of_job("print-scaling", IppValue::new_keyword("none")?)?;
        }
        Ok(request)
    }

    /// Finds the job of this name among those that the printer knows.
    async fn look_for(
        &self,
        name: &str,
        patience: &mut Patience,
        told: &mut impl FnMut(Condition),
    ) -> Result<i32, Lost> {
        let mut missing = 0;
        loop {
            let (condition, lost) = match self.listed(name).await {
                Ok(Some(job)) => return Ok(job),
                Ok(None) => {
                    missing += 1;
                    if missing >= NOT_THERE {
                        return Err(Lost::NotThere);
                    }
                    (Condition::Ready, Lost::NotThere)
                }
                Err(no) => {
                    missing = 0;
                    (no.condition(), no.lost())
                }
            };
            match patience.with(condition) {
                Ok(Waiting::Changed) => told(condition),
                Ok(Waiting::Same) => {}
                Err(_) => return Err(lost),
            }
            sleep(self.printer.deadlines.pause).await;
        }
    }

    async fn listed(&self, name: &str) -> Result<Option<i32>, NoAnswer> {
        // Those that are not over first: one that ends in between is in the second list.
        for which in ["not-completed", "completed"] {
            let mut request = self.printer.request(Operation::GetJobs)?;
            request.put("limit", IppValue::new_integer(JOBS_MAX))?;
            request.put("which-jobs", IppValue::new_keyword(which)?)?;
            request.want(job::WANTED)?;
            let answer = self.printer.ask(&request).await?;
            // It keeps no list of those that are over.
            if which == "completed" && answer.status == UNSUPPORTED {
                continue;
            }
            if !is_yes(answer.status) {
                return Err(
                    lacking(answer.status).map_or(NoAnswer::NotUnderstood, NoAnswer::Lacking)
                );
            }
            let found = answer.jobs().find(|job| job::is_called(*job, name));
            if let Some(number) = found.and_then(job::number) {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }

    /// Waits until a job is over.
    async fn wait(
        &self,
        (number, name): (i32, &str),
        patience: &mut Patience,
        told: &mut impl FnMut(Condition),
    ) -> Delivery {
        loop {
            let (condition, lost) = match self.job(number, name).await {
                Ok(JobStanding::Printed) => return Delivery::Printed,
                Ok(JobStanding::NotPrinted(why)) => return Delivery::Refused(why),
                Ok(JobStanding::Lost(lost)) => return Delivery::Unknown(lost),
                Ok(JobStanding::UnderWay(said)) => (self.meanwhile(said).await, None),
                Err(NoAnswer::Lacking(Condition::NoSuchPrinter)) => {
                    return Delivery::Unknown(Lost::Forgotten);
                }
                Err(no) => (no.condition(), Some(no.lost())),
            };
            match patience.with(condition) {
                Ok(Waiting::Changed) => told(condition),
                Ok(Waiting::Same) => {}
                Err(over) => return Delivery::Unknown(lost.unwrap_or(over)),
            }
            sleep(self.printer.deadlines.pause).await;
        }
    }

    async fn job(&self, number: i32, name: &str) -> Result<JobStanding, NoAnswer> {
        let mut request = self.printer.request(Operation::GetJobAttributes)?;
        request.put("job-id", IppValue::new_integer(number))?;
        request.want(job::WANTED)?;
        let answer = self.printer.ask(&request).await?;
        if !is_yes(answer.status) {
            return Err(lacking(answer.status).map_or(NoAnswer::NotUnderstood, NoAnswer::Lacking));
        }
        let job = answer.jobs().next().ok_or(NoAnswer::NotUnderstood)?;
        // A printer that was switched off and on may give its numbers again, to what others print.
        if !job::may_be_called(job, name) {
            return Ok(JobStanding::Lost(Lost::Forgotten));
        }
        job::standing(job).ok_or(NoAnswer::NotUnderstood)
    }

    /// What a job lacks that is not over: by what the printer says, else by what the job says.
    async fn meanwhile(&self, said: Option<Condition>) -> Condition {
        let asked = self.printer.attributes().await;
        let by_printer = match &asked {
            Ok(answer) => standing::meanwhile(answer.printer()).unwrap_or(Condition::NotUnderstood),
            Err(no) => no.condition(),
        };
        if by_printer == Condition::Ready { said.unwrap_or(Condition::Ready) } else { by_printer }
    }
}
