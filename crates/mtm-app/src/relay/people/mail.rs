//! News by mail: one line to the server, one mail after the other.

use std::time::{Duration, Instant};

use mtm_connect::mail::{Line, Mail, Mailbox, NotTaken, Server};
use mtm_core::guard::Hold;
use mtm_core::notice::NoticeWay;
use mtm_store::Fault;
use mtm_store::notice::{Bundle, DuePile, PileFate};

use super::message::{items, subject, text};
use super::{MOST, NoticesDue, PeopleRelay, Round};
use crate::integration::MAIL;
use crate::notice::NoticeItem;

/// How often a server says that it has a mail server.
const MEET: Duration = Duration::from_secs(600);

/// What became of one pile.
enum Told {
    /// The server dealt with it, and the line is still good.
    On(Box<Line>),
    /// The server dealt with it.
    Done,
    /// The server deals with nothing.
    Away(String),
}

impl PeopleRelay {
    /// Sends mail until it is stopped.
    pub(super) async fn mails(&self) {
        let Some(server) = &self.mail else { return };
        let mut due = self.app.bus().follow::<NoticesDue>();
        let mut failures = 0;
        let mut met: Option<Instant> = None;
        while !self.stop.is_wanted() {
            if met.is_none_or(|met| met.elapsed() > MEET) {
                met = self.meet().await.is_ok().then(Instant::now);
            }
            let round = self.mail_round(server, &mut failures).await;
            self.rest(round, &mut due).await;
        }
    }

    /// One round of mail, for whoever decides when the next is; `failures` counts those since the server
    /// last took mail. Whether there may be more to do at once.
    pub async fn mail_step(&self, failures: &mut u32) -> Result<bool, Fault> {
        let Some(server) = &self.mail else { return Ok(false) };
        Ok(matches!(self.mail_round(server, failures).await?, Round::More))
    }

    async fn mail_round(&self, server: &Server, failures: &mut u32) -> Result<Round, Fault> {
        let due = match self.due(NoticeWay::Mail).await? {
            Ok(due) => due,
            Err(round) => return Ok(round),
        };
        if self.app.ledger().guard_hold(MAIL.to_owned()).await? == Hold::Open {
            return Ok(Round::Elsewhere);
        }
        let mut line = None;
        let mut dealt = false;
        for pile in due {
            if self.stop.is_wanted() {
                break;
            }
            // What happens while the server is away goes together: nothing is put into a message before
            // there is somebody who takes it.
            let open = match line.take() {
                Some(line) => line,
                None => match server.open().await {
                    Ok(line) => Box::new(line),
                    Err(error) => return self.away(failures, error.to_string()).await,
                },
            };
            let Some(bundle) = self.app.ledger().bundle(pile.row, MOST).await? else { continue };
            let items = items(&pile, &bundle);
            if items.is_empty() {
                line = Some(open);
                self.settle(&pile, bundle.up_to, PileFate::Empty).await?;
                continue;
            }
            match self.mail_one(open, &pile, &bundle, &items).await? {
                Told::On(open) => line = Some(open),
                Told::Done => {}
                Told::Away(error) => return self.away(failures, error).await,
            }
            dealt = true;
        }
        if let Some(line) = line {
            line.close().await;
        }
        if dealt {
            self.app.ledger().mail_server_told(self.app.clock().now(), None).await?;
            if std::mem::take(failures) > 0 {
                tracing::info!("the mail server takes mail again");
            }
        }
        Ok(Round::More)
    }

    /// Nobody is written to for a while: said once in the log, and in the ledger for everybody to see.
    async fn away(&self, failures: &mut u32, error: String) -> Result<Round, Fault> {
        if *failures == 0 {
            tracing::warn!(error, "the mail server takes no mail; news for people wait");
        }
        *failures = failures.saturating_add(1);
        self.app.ledger().mail_server_told(self.app.clock().now(), Some(error)).await?;
        Ok(Round::Away(self.pace.patience.after(*failures)))
    }

    async fn mail_one(
        &self,
        mut line: Box<Line>,
        pile: &DuePile,
        bundle: &Bundle,
        items: &[NoticeItem],
    ) -> Result<Told, Fault> {
        let mail = match self.mail(pile, bundle, items) {
            Ok(mail) => mail,
            Err(error) => {
                self.settle(pile, bundle.up_to, PileFate::Stopped { error }).await?;
                return Ok(Told::On(line));
            }
        };
        let (fate, told) = match line.send(&mail).await {
            Ok(()) => (PileFate::Taken { next: self.after(self.pace.mail) }, Told::On(line)),
            Err(NotTaken::Address(error)) => (PileFate::Stopped { error }, Told::Done),
            Err(NotTaken::Mail(error)) => (PileFate::GivenUp { error }, Told::Done),
            Err(NotTaken::Later(error)) => (self.again(pile, error, None), Told::Done),
            Err(NotTaken::Server(error)) => return Ok(Told::Away(error)),
        };
        self.settle(pile, bundle.up_to, fate).await?;
        Ok(told)
    }

    /// The mail of a message: the same one, however often it is made.
    fn mail(&self, pile: &DuePile, bundle: &Bundle, items: &[NoticeItem]) -> Result<Mail, String> {
        let to = Mailbox::parse(&pile.address).map_err(|error| error.to_string())?;
        let newest = items.iter().map(|item| item.at.micros()).max().unwrap_or(0);
        Ok(Mail {
            id: format!("{}.{}", pile.id.simple(), bundle.up_to),
            to,
            subject: subject(&self.app.site().name, items),
            text: text(self.app.site(), self.app.notice_rules(), items),
            seconds: u64::try_from(newest / 1_000_000).unwrap_or(0),
        })
    }
}
