//! The catalogue of stable codes: what a problem is called, what kind it is, and what to do.
//!
//! One closed list serves HTTP problems, exit codes, operator messages, the log and the documentation
//! (`docs/errors.md`, which a test compares with it).

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::trouble::{Level, Trouble};

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident $status:literal $exit:literal $trouble:ident $level:ident;)*) => {
        /// Where a code belongs; each class has one HTTP status, one exit code, one trouble and one
        /// level in the log.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Class {
            $($(#[$doc])* $name,)*
        }

        impl Class {
            /// Every class.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// The exit code of the command line.
            pub const fn exit(self) -> u8 {
                match self { $(Self::$name => $exit,)* }
            }

            /// What it means to whoever meets it.
            pub const fn trouble(self) -> Trouble {
                match self { $(Self::$name => Trouble::$trouble,)* }
            }

            /// How loudly the server's log tells of it.
            pub const fn level(self) -> Level {
                match self { $(Self::$name => Level::$level,)* }
            }
        }
    };
}

classes! {
    /// The request cannot be understood.
    Malformed          400 2 InvalidInput      Debug;
    /// Nobody is signed in.
    Unauthenticated    401 1 BusinessRejection Debug;
    /// Signed in, but not allowed.
    Forbidden          403 1 BusinessRejection Debug;
    /// No such thing.
    NotFound           404 4 InvalidInput      Debug;
    /// The thing exists, but nobody can do that to it.
    WrongMethod        405 2 InvalidInput      Debug;
    /// It did not arrive in time.
    TooSlow            408 6 Transient         Debug;
    /// The ledger's state says no.
    Conflict           409 5 Conflict          Debug;
    /// Gone for good.
    Gone               410 4 InvalidInput      Debug;
    /// The version named is not the current one.
    Stale              412 5 Conflict          Debug;
    /// More than is accepted.
    TooLarge           413 2 InvalidInput      Debug;
    /// A kind of content that is not understood.
    UnsupportedContent 415 2 InvalidInput      Debug;
    /// A rule says no.
    RuleBroken         422 3 BusinessRejection Debug;
    /// A version must be named.
    VersionRequired    428 2 InvalidInput      Debug;
    /// Too many requests.
    TooMany            429 1 Transient         Debug;
    /// Our fault.
    Internal           500 1 Permanent         Error;
    /// Not now.
    Unavailable        503 6 Transient         Warn;
    /// The answer of the database got lost.
    Unconfirmed        503 6 Ambiguous         Error;
}

impl Class {
    /// The class behind a status that came without a code.
    pub fn of_status(status: u16) -> Self {
        let known = Self::ALL.iter().copied().find(|class| class.status() == status);
        known.unwrap_or(Self::Internal)
    }

    /// The class behind a program's own exit code, where it has no code of the catalogue.
    pub const fn of_exit(exit: u8) -> Self {
        match exit {
            2 => Self::Malformed,
            3 => Self::RuleBroken,
            4 => Self::NotFound,
            5 => Self::Conflict,
            6 => Self::Unavailable,
            _ => Self::Internal,
        }
    }
}

macro_rules! codes {
    ($($name:ident $text:literal $class:ident $title:literal $cure:literal;)*) => {
        /// A stable problem code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $title] $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as it stands in answers.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Its kind.
            pub const fn class(self) -> Class {
                match self { $(Self::$name => Class::$class,)* }
            }

            /// What happened, in one sentence.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What to do next.
            pub const fn cure(self) -> &'static str {
                match self { $(Self::$name => $cure,)* }
            }
        }
    };
}

codes! {
    MalformedJson "malformed_json" Malformed "The body is not valid JSON." "Send UTF-8 JSON.";
    InvalidBody "invalid_body" Malformed "A field is missing or has the wrong shape." "Correct the fields named in `errors`.";
    UnknownField "unknown_field" Malformed "The body has a field that does not exist here." "Remove it, or use the name suggested.";
    UnknownParameter "unknown_parameter" Malformed "The address has a parameter that does not exist here." "Remove it, or use the name suggested.";
    InvalidParameter "invalid_parameter" Malformed "A parameter has a value that cannot be used." "Correct the parameter named in `errors`.";
    IdempotencyKeyRequired "idempotency_key_required" Malformed "A machine must send an Idempotency-Key with every booking." "Send a key of your own making, and the same one again when you retry.";
    IdempotencyKeyInvalid "idempotency_key_invalid" Malformed "The Idempotency-Key is empty, too long or not plain text." "Send 1 to 128 visible ASCII characters.";
    ImportUnreadable "import_unreadable" Malformed "The file cannot be read as a table." "Send CSV or xlsx with one header row; see `detail` for the line.";
    Unauthenticated "unauthenticated" Unauthenticated "Nobody is signed in." "Sign in, or send a token that is not revoked.";
    Forbidden "forbidden" Forbidden "Your role does not allow this." "Ask somebody with the role named in `detail`.";
    CsrfFailed "csrf_failed" Forbidden "The request did not come from a page of this server." "Reload the page and try again.";
    ProviderRefused "provider_refused" Forbidden "The identity provider did not sign you in." "Try again; if it stays, ask whoever looks after the accounts of your company.";
    ProviderUntrusted "provider_untrusted" Forbidden "What the identity provider sent cannot be believed." "Try again; if it stays, your administrator finds the reason in the server's log.";
    SignInExpired "sign_in_expired" Forbidden "The sign-in took too long, was finished before, or began in another browser." "Begin again on the sign-in page.";
    NoRole "no_role" Forbidden "Nobody gave you a role here." "Ask your administrator for a group that may come in.";
    NotFound "not_found" NotFound "There is no such thing." "Check the address or the id.";
    MethodNotAllowed "method_not_allowed" WrongMethod "This address does not know that method." "See the documentation of the address.";
    InsufficientStock "insufficient_stock" Conflict "There are fewer pieces than that." "Look at what stands there now, then take at most that, or count.";
    AmbiguousLot "ambiguous_lot" Conflict "Several lots or places match." "Name one of the candidates, or pick by `fifo`.";
    OnHold "on_hold" Conflict "The material is on hold." "Have the hold released; a lead may override it with a reason.";
    Reserved "reserved" Conflict "The pieces are reserved for something else." "Take others, name the reservation that it is for, have it ended, or confirm that they are taken all the same.";
    AlreadyReversed "already_reversed" Conflict "It was undone before." "Nothing is left to undo; book it again if it happened again.";
    ConsumedSince "consumed_since" Conflict "Its pieces have moved on since." "Undo the later movements listed first, newest first.";
    PossibleDuplicate "possible_duplicate" Conflict "The same booking was made a moment ago." "Confirm if it really happened twice.";
    QuantityChanged "quantity_changed" Conflict "The stock is not what you expected." "Look again, then repeat with the present quantity.";
    InUse "in_use" Conflict "It is still in use." "Move or book out what the answer lists first.";
    AlreadyExists "already_exists" Conflict "There is one already." "Use the existing one, or choose another code.";
    SecretAlreadyShown "secret_already_shown" Conflict "The secret of this request was shown once and is not kept." "Make a new one.";
    NotEmpty "not_empty" Conflict "The database holds data already." "Use an empty data directory.";
    AlreadyCounted "already_counted" Conflict "The line was counted." "A lead may ask for it to be counted again.";
    OtherPersonNeeded "other_person_needed" Conflict "Somebody else must do this." "Leave it to a colleague, or ask your lead.";
    ApprovalRequired "approval_required" Conflict "An adjustment of this size takes a second person." "Confirm to ask for it; it is booked when somebody else approves it.";
    ApprovalClosed "approval_closed" Conflict "The request does not wait any more." "Look at what became of it; ask again if it is still right.";
    BreakClosed "break_closed" Conflict "The break is not open any more, or not closed." "Look at what became of it; reopen it first if it still needs something.";
    PrintJobSettled "print_job_settled" Conflict "What stands so cannot become what was asked for: the label is printed, or on its way." "Look at the print job again; ask for a copy where one more label is wanted.";
    PostingSettled "posting_settled" Conflict "What stands so cannot become what was asked for: it is over, or on its way." "Look at the posting again; what is on its way is settled by itself.";
    SyncOff "sync_off" Conflict "Nothing is taken over from the other system in this mode." "Have an administrator choose `worklist` or `automatic` first.";
    RunUnderWay "run_under_way" Conflict "A comparison with this system is under way." "Wait for it to end, then look at what it found.";
    CountClosed "count_closed" Conflict "The count is closed." "Plan a new count.";
    EventsExpired "events_expired" Gone "Events that old are no longer kept." "Read the present state, then follow from now.";
    Stale "stale" Stale "Somebody changed it since you read it." "Read it again and repeat your change.";
    TooLarge "too_large" TooLarge "The request is larger than accepted." "Send less at a time.";
    TooSlow "too_slow" TooSlow "The request did not arrive in time." "Send it again; the connection may be bad.";
    UnsupportedContent "unsupported_content" UnsupportedContent "This content type is not understood here." "Send the content type the documentation names.";
    UnknownPart "unknown_part" RuleBroken "No such part, or it is retired." "Check the number, or have the part added.";
    UnknownOperation "unknown_operation" RuleBroken "No such operation, or it is retired." "Check the number, or have the operation added.";
    UnknownLocation "unknown_location" RuleBroken "No such location, or it is retired." "Check the code, or have the location added.";
    UnknownLot "unknown_lot" RuleBroken "No such lot." "Check the number on the label.";
    UnknownReason "unknown_reason" RuleBroken "No such reason, or it is retired." "Use one of the reasons of this kind.";
    UnknownColorCode "unknown_color_code" RuleBroken "No such colour code, or it is retired." "Use one of the colour codes, or have it added.";
    UnknownItemType "unknown_item_type" RuleBroken "No such item type, or it is retired." "Use one of the item types, or have it added.";
    QuantityOutOfRange "quantity_out_of_range" RuleBroken "The quantity is outside the bounds." "Check the number; the bound can be raised on the part.";
    ImplausibleQuantity "implausible_quantity" RuleBroken "The quantity looks like a slip." "Check the number, and confirm if it is right.";
    ReasonRequired "reason_required" RuleBroken "This needs a reason." "Name a reason; `other` also needs notes.";
    SamePlace "same_place" RuleBroken "The pieces are there already." "Name another operation or location.";
    OffRouting "off_routing" RuleBroken "The operation is not on the part's routing." "Check the operation, and confirm if it is right.";
    NoNextOperation "no_next_operation" RuleBroken "The routing names no next operation." "Name the operation the pieces go on to, or give the part a routing.";
    LotsDiffer "lots_differ" RuleBroken "The lots are not alike." "Merge lots of one part at one place that carry the same item type, work order and colour: move them together first, or have a lead change what they carry.";
    InvalidTemplate "invalid_template" RuleBroken "The text is no template of a label." "Correct the line and element named in `detail`; `docs/labels.md` has the format.";
    LabelUnprintable "label_unprintable" RuleBroken "The label cannot be made from what is known." "See `detail`: fill the field, shorten it, or have the template changed.";
    IdempotencyKeyReused "idempotency_key_reused" RuleBroken "The Idempotency-Key was used for something else." "Use a new key for a new command.";
    TooOld "too_old" RuleBroken "It happened too long ago to be told apart from a repetition." "Book it again as of now.";
    WeakPassword "weak_password" RuleBroken "The password is too easy to guess." "Use at least ten characters, not your name.";
    VersionRequired "version_required" VersionRequired "A change must name the version it changes." "Send the ETag you read as If-Match.";
    TooManyRequests "too_many_requests" TooMany "Too many requests." "Wait as long as Retry-After says.";
    Internal "internal" Internal "Something is broken on our side." "Try again; if it stays, give the trace id to your administrator.";
    Unavailable "unavailable" Unavailable "The ledger cannot be written or read now; nothing was booked." "Try again with the same key after Retry-After.";
    ProviderUnavailable "provider_unavailable" Unavailable "The identity provider does not answer." "Try again in a moment, or sign in with a password; whoever is signed in stays so.";
    OutcomeUnknown "outcome_unknown" Unconfirmed "The database did not confirm it; it may be written or not." "Send it again under the same key, which counts it once; without a key, look first.";
}

impl Code {
    /// The code of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }

    /// What it means to whoever meets it.
    pub const fn trouble(self) -> Trouble {
        self.class().trouble()
    }

    /// Whether the caller may insist by naming the code in `confirm`.
    pub const fn confirmable(self) -> bool {
        matches!(
            self,
            Self::PossibleDuplicate
                | Self::ImplausibleQuantity
                | Self::OffRouting
                | Self::OnHold
                | Self::ApprovalRequired
                | Self::Reserved
        )
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_name(&name)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown code {name:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_say_what_to_do() {
        let mut seen = std::collections::HashSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{code} twice");
            assert_eq!(Code::from_name(code.as_str()), Some(*code));
            assert!(code.title().ends_with('.') && code.cure().ends_with('.'), "{code}");
        }
    }

    #[test]
    fn a_class_says_the_same_in_every_tongue() {
        for class in Class::ALL.iter().copied() {
            let trouble = class.trouble();
            // What passes by itself ends a program as "not now"; of too many requests scripts are
            // told as of a failure, because waiting is what they did not do.
            let not_now = class.exit() == 6;
            assert_eq!(not_now, trouble.is_tried_again() && class != Class::TooMany, "{class:?}");
            let ours = class.status() >= 500;
            assert_eq!(ours, class.level() > Level::Debug, "{class:?}");
            assert_eq!(Class::of_status(class.status()).exit(), class.exit(), "{class:?}");
            assert_eq!(Class::of_exit(class.exit()).exit(), class.exit(), "{class:?}");
        }
        assert_eq!((Class::of_status(599), Class::of_exit(77)), (Class::Internal, Class::Internal));
    }

    /// The table as the documentation has it: every code with all that follows from it.
    fn table() -> String {
        let mut lines = vec![
            "| code | status | exit | log | trouble | what happened | what to do |".to_owned(),
            "|---|---|---|---|---|---|---|".to_owned(),
        ];
        lines.extend(Code::ALL.iter().map(|code| {
            let class = code.class();
            let (status, exit, level) = (class.status(), class.exit(), class.level().as_str());
            let (trouble, title, cure) = (code.trouble().as_str(), code.title(), code.cure());
            let how = if code.confirmable() { " (confirmable)" } else { "" };
            format!(
                "| `{code}`{how} | {status} | {exit} | {level} | `{trouble}` | {title} | {cure} |"
            )
        }));
        lines.join("\n")
    }

    #[test]
    fn the_documentation_lists_every_code_as_it_is() {
        let page = include_str!("../../../docs/errors.md");
        assert!(page.contains(&table()), "docs/errors.md must hold this table:\n{}", table());
    }
}
