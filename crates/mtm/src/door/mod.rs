//! The way to the ledger: through a server, or into the data directory.
//!
//! Bookings go to the server that owns the data directory, by themselves, so that everybody who
//! watches it sees them at once; without one the ledger is opened here. Administration and
//! looking open the ledger directly, also while a server runs: its writer reads its heads again
//! when another process wrote. `--server` sends everything that a server can answer there.

mod client;
mod local;
mod os_user;
mod secret_file;

use mtm_app::Once;
use mtm_app::approval::{ApprovalRow, BookedOrAsked};
use mtm_app::movement::{
    Booked, Circumstances, CompleteBody, EndReservationBody, MergeBody, MovementBody,
    ReservationBody, ReverseBody,
};
use mtm_app::scan::{ScanCandidate, Scanned};
use mtm_core::outcome::Outcome as Answer;
use mtm_core::scan::Kind;
use mtm_core::word::{MovementId, ReservationId};
use mtm_platform::{Cause, DataDirectory, Ownership};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use client::{Client, PATIENCE_AT_A_SCANNER, Parameters, Reply, VERSION, encode};
pub(crate) use local::{Local, make_ledger, open_ledger, refuse_missing};
pub(crate) use os_user::os_user;
pub(crate) use secret_file::SecretFile;

use crate::config::Config;
use crate::failure::Outcome;

/// Where bookings stand below a server's base URL.
const MOVEMENTS: &str = "/api/v1/movements";

/// One of the two ways.
pub(crate) enum Door {
    /// The ledger, opened here.
    Local(Local),
    /// A server.
    Remote(Client),
}

/// What is booked, as every way takes it.
#[derive(Debug, Clone)]
pub(crate) enum Booking {
    /// `in`, `out`, `transfer`, `scrap`, `adjust`.
    Movement(Box<MovementBody>),
    /// An operation is finished.
    Complete(Box<CompleteBody>),
    /// Whole lots become part of another one.
    Merge(Box<MergeBody>),
    /// Pieces of a lot are kept for something.
    Reserve(ReservationBody),
    /// A reservation ends.
    EndReservation(ReservationId, EndReservationBody),
    /// Undo; the movement, if one is named by itself.
    Reverse(Option<MovementId>, ReverseBody),
}

impl Booking {
    /// Method and path, which are part of what a key stands for: the same on both ways, so that a
    /// repetition is recognised whichever way it comes.
    fn path(&self) -> String {
        match self {
            Self::Movement(_) => MOVEMENTS.to_owned(),
            Self::Complete(_) => format!("{MOVEMENTS}/complete-operation"),
            Self::Merge(_) => "/api/v1/lots/merge".to_owned(),
            Self::Reserve(_) => "/api/v1/reservations".to_owned(),
            Self::EndReservation(id, _) => format!("/api/v1/reservations/{id}/release"),
            Self::Reverse(Some(id), _) => format!("{MOVEMENTS}/{id}/reverse"),
            Self::Reverse(None, _) => format!("{MOVEMENTS}/reverse"),
        }
    }

    fn body(&self) -> Value {
        fn value(body: &impl Serialize) -> Value {
            // Plain structs of texts and numbers always serialise.
            let mut value = serde_json::to_value(body).unwrap_or_default();
            if let Value::Object(fields) = &mut value {
                fields.retain(|_, field| !field.is_null());
            }
            value
        }
        match self {
            Self::Movement(body) => value(body),
            Self::Complete(body) => value(body),
            Self::Merge(body) => value(body),
            Self::Reserve(body) => value(body),
            Self::EndReservation(_, body) => value(body),
            Self::Reverse(_, body) => value(body),
        }
    }
}

/// What a scan can be: kind and word.
pub(crate) type Candidates = Vec<(Kind, String)>;

/// What a scan says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// Any of these, likeliest first.
    pub(crate) candidates: Candidates,
    /// All of these: it is a label that says several things at once.
    pub(crate) words: Candidates,
    /// Whether it is such a label, also where none of its words exist.
    pub(crate) is_label: bool,
    /// What somebody should know before it is used.
    pub(crate) warnings: Vec<Warned>,
}

/// What somebody should know about a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Warned {
    /// Stable name.
    pub(crate) code: &'static str,
    /// What it is about, where it is about something of ours.
    pub(crate) kind: Option<Kind>,
    /// What is the matter, and what to do.
    pub(crate) message: String,
}

impl Warned {
    /// Names of warnings. A later server may have others.
    const KNOWN: [&'static str; 7] = [
        "codes_disagree",
        "not_here",
        "ambiguous",
        "other_unit",
        "unusable",
        "incomplete",
        "not_strict",
    ];

    /// A warning of a server. Whatever it is called, it is one.
    fn of(code: &str, kind: &str, message: &str) -> Self {
        let known = Self::KNOWN.into_iter().find(|known| *known == code);
        let code = known.unwrap_or("label_warning");
        Self { code, kind: Kind::from_name(kind), message: message.to_owned() }
    }
}

/// The kind of an answer about a label.
const LABEL: &str = "label";

impl Client {
    /// Books under `key`, in one attempt.
    pub(crate) fn book_once(&self, booking: &Booking, key: &str) -> Outcome<Booked> {
        let reply: Reply<Answer> = self.post_once(&booking.path(), key, &booking.body())?;
        Ok(Booked { outcome: reply.value, replayed: reply.replayed })
    }

    /// What of that text exists, likeliest first.
    pub(crate) fn scan(&self, raw: &str, expected: Option<Kind>) -> Outcome<Said> {
        let mut body = json!({ "data": raw });
        if let Some(kind) = expected {
            body["context"] = json!({ "expected": kind.as_str() });
        }
        let reply: Reply<Value> = self.post_once("/api/v1/scan", "", &body)?;
        let named = |member: &str| {
            let all = reply.value[member].as_array().into_iter().flatten();
            let word = |it: &Value| {
                Some((Kind::from_name(it["kind"].as_str()?)?, it["value"].as_str()?.to_owned()))
            };
            all.filter_map(word).collect()
        };
        let warnings = reply.value["warnings"].as_array().into_iter().flatten();
        let text = |it: &Value, member: &str| it[member].as_str().unwrap_or_default().to_owned();
        Ok(Said {
            candidates: named("candidates"),
            words: named("words"),
            is_label: reply.value["kind"] == LABEL,
            warnings: warnings
                .map(|it| Warned::of(&text(it, "code"), &text(it, "kind"), &text(it, "message")))
                .collect(),
        })
    }
}

/// The data directory. A ledger on a database server needs none on this machine.
pub(crate) fn directory_of(config: &Config) -> Outcome<Option<DataDirectory>> {
    match DataDirectory::existing(&config.data_dir) {
        Ok(directory) => Ok(Some(directory)),
        Err(error) if config.database.is_some() && error.cause() == Cause::Missing => Ok(None),
        Err(error) => Err(refuse_missing(error)),
    }
}

/// What a server answers to a booking.
#[derive(Deserialize)]
#[serde(untagged)]
enum Made {
    /// 201.
    Booked(Answer),
    /// 202: nothing is booked yet.
    Asked(ApprovalRow),
}

fn around(booking: &Booking, key: &str) -> Circumstances {
    Circumstances {
        route: format!("POST {}", booking.path()),
        key: Some(key.to_owned()),
        app_version: Some(VERSION.to_owned()),
        ..Circumstances::default()
    }
}

impl Door {
    /// The way for bookings.
    pub(crate) async fn for_booking(config: &Config) -> Outcome<Self> {
        if let Some(client) = Client::configured(config)? {
            return Ok(Self::Remote(client));
        }
        let Some(directory) = directory_of(config)? else {
            // None of the ledger's servers runs here either.
            return Ok(Self::Local(Local::open(config).await?));
        };
        if let Ownership::Held(Some(owner)) = directory.ownership()?
            && let Some(address) = owner.address
            && let Some(secret) = SecretFile::of(&directory).read()?
            && let Some(client) = Client::beside(&address, &secret, &os_user())
        {
            return Ok(Self::Remote(client));
        }
        Ok(Self::Local(Local::open(config).await?))
    }

    /// The way for looking.
    pub(crate) async fn for_looking(config: &Config) -> Outcome<Self> {
        match Client::configured(config)? {
            Some(client) => Ok(Self::Remote(client)),
            None => Ok(Self::Local(Local::open(config).await?)),
        }
    }

    /// Books under `key`, or asks for the second person that an adjustment takes.
    pub(crate) async fn book_or_ask(&self, booking: &Booking, key: &str) -> Outcome<BookedOrAsked> {
        let Booking::Movement(body) = booking else {
            return Ok(BookedOrAsked::Booked(Box::new(self.book(booking, key).await?)));
        };
        match self {
            Self::Remote(client) => {
                let reply: Reply<Made> = client.post(&booking.path(), key, &booking.body())?;
                let replayed = reply.replayed;
                Ok(match reply.value {
                    Made::Booked(outcome) => {
                        BookedOrAsked::Booked(Box::new(Booked { outcome, replayed }))
                    }
                    Made::Asked(value) => BookedOrAsked::Asked(Box::new(Once { value, replayed })),
                })
            }
            Self::Local(Local { app, who }) => {
                Ok(app.book_or_ask(who, around(booking, key), body).await?)
            }
        }
    }

    /// Books under `key`.
    pub(crate) async fn book(&self, booking: &Booking, key: &str) -> Outcome<Booked> {
        match self {
            Self::Remote(client) => {
                let reply: Reply<Answer> = client.post(&booking.path(), key, &booking.body())?;
                Ok(Booked { outcome: reply.value, replayed: reply.replayed })
            }
            Self::Local(Local { app, who }) => {
                let around = around(booking, key);
                Ok(match booking {
                    Booking::Movement(body) => app.book(who, around, body).await?,
                    Booking::Complete(body) => app.complete(who, around, body).await?,
                    Booking::Merge(body) => app.merge(who, around, body).await?,
                    Booking::Reserve(body) => app.reserve(who, around, body).await?,
                    Booking::EndReservation(id, body) => {
                        app.end_reservation(who, around, *id, body).await?
                    }
                    Booking::Reverse(movement, body) => {
                        app.reverse(who, around, *movement, body).await?
                    }
                })
            }
        }
    }

    /// What of that text exists, likeliest first. `expected` is what is missing most.
    pub(crate) async fn scan(&self, raw: &str, expected: Option<Kind>) -> Outcome<Said> {
        match self {
            Self::Remote(client) => client.scan(raw, expected),
            Self::Local(Local { app, who }) => {
                let scanned = Scanned { data: raw, expected, same_label: &[] };
                let answer = app.scan(who, scanned).await?;
                let named = |all: Vec<ScanCandidate>| {
                    all.into_iter()
                        .filter_map(|it| Some((Kind::from_name(it.kind)?, it.value)))
                        .collect()
                };
                let warnings = answer.warnings.into_iter();
                Ok(Said {
                    candidates: named(answer.candidates),
                    words: named(answer.words),
                    is_label: answer.kind == LABEL,
                    warnings: warnings
                        .map(|it| Warned {
                            code: it.code,
                            kind: it.kind.and_then(Kind::from_name),
                            message: it.message,
                        })
                        .collect(),
                })
            }
        }
    }

    /// Leaves the ledger as one file.
    pub(crate) async fn close(self) {
        if let Self::Local(local) = self {
            local.close().await;
        }
    }
}
