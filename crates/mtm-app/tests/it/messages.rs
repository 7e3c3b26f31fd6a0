//! The bus in the words of desktop frameworks. Every row of the table in `docs/messages.md` is a
//! case here that is run; the table is compared with the cases.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use mtm_app::bus::{Bus, Channel, Message, Recipient, Request, Unanswered, ValueChanged};

/// A word of the MVVM toolkits, ours, and what proves that they are the same.
struct Case {
    what: &'static str,
    toolkit: &'static str,
    ours: &'static str,
    prove: fn(),
}

const CASES: [Case; 10] = [
    Case {
        what: "register a recipient",
        toolkit: "`messenger.Register<R, M>(this, handler)`",
        ours: "`bus.register(&recipient, handler)`",
        prove: a_recipient_is_told_what_it_registered_for,
    },
    Case {
        what: "send",
        toolkit: "`messenger.Send(new M(…))`",
        ours: "`bus.send(&message)`; how many were told",
        prove: everybody_is_told_in_order_before_sending_ends,
    },
    Case {
        what: "request",
        toolkit: "`RequestMessage<T>`, `m.Reply(…)`",
        ours: "`impl Request`; `bus.answer(&recipient, …)`, `bus.request(&question)`",
        prove: a_question_has_exactly_one_answer,
    },
    Case {
        what: "async request",
        toolkit: "`AsyncRequestMessage<T>`",
        ours: "`bus.answer_later(&recipient, …)`, `bus.request_later(&question).await`",
        prove: an_answer_may_take_a_while,
    },
    Case {
        what: "collection request",
        toolkit: "`CollectionRequestMessage<T>`",
        ours: "`bus.collect(&question)`",
        prove: everybody_is_asked,
    },
    Case {
        what: "value changed",
        toolkit: "`ValueChangedMessage<T>`",
        ours: "`ValueChanged<T>`; `bus.follow()` waits for the newest",
        prove: a_value_that_changed_is_followed,
    },
    Case {
        what: "token channels",
        toolkit: "`Register(this, token, …)`, `Send(m, token)`",
        ours: "`bus.register_on(&channel, …)`, `bus.send_on(&channel, …)`",
        prove: a_channel_keeps_messages_apart,
    },
    Case {
        what: "unregister all",
        toolkit: "`messenger.UnregisterAll(this)`",
        ours: "`bus.unregister_all(&recipient)`",
        prove: whoever_unregistered_is_told_nothing,
    },
    Case {
        what: "dropped weak recipient",
        toolkit: "`WeakReferenceMessenger`, after a collection",
        ours: "at once: the bus holds its recipients weakly",
        prove: nobody_is_kept_alive,
    },
    Case {
        what: "activation",
        toolkit: "`ObservableRecipient.IsActive`, `OnActivated`",
        ours: "`impl Recipient`; `bus.activate(recipient)` until that is dropped",
        prove: a_recipient_is_told_while_it_is_active,
    },
];

const TABLE: &str = include_str!("../../../../docs/messages.md");

#[test]
fn messenger_mapping() {
    let mut rows = String::new();
    for Case { what, toolkit, ours, prove } in CASES {
        prove();
        writeln!(rows, "| {what} | {toolkit} | {ours} |").unwrap();
    }
    assert!(TABLE.contains(&rows), "docs/messages.md must say:\n{rows}");
}

/// Remembers what it was told.
#[derive(Default)]
struct Ear(Mutex<Vec<u32>>);

impl Ear {
    fn hear(&self, number: u32) {
        self.0.lock().unwrap().push(number);
    }

    fn heard(&self) -> Vec<u32> {
        self.0.lock().unwrap().clone()
    }
}

impl Recipient for Ear {
    fn register(self: &Arc<Self>, bus: &Bus) {
        listen(bus, self);
    }
}

struct Number(u32);

impl Message for Number {}

struct Word;

impl Message for Word {}

struct HowMany;

impl Request for HowMany {
    type Answer = u32;
}

fn listen(bus: &Bus, ear: &Arc<Ear>) {
    bus.register(ear, |ear: &Ear, Number(number)| ear.hear(*number));
}

fn a_recipient_is_told_what_it_registered_for() {
    let (bus, ear) = (Bus::default(), Arc::new(Ear::default()));
    assert!(!bus.is_registered::<Number, _>(&ear));
    listen(&bus, &ear);
    assert!(bus.is_registered::<Number, _>(&ear) && !bus.is_registered::<Word, _>(&ear));
    assert_eq!(bus.send(&Number(1)), 1);
    assert_eq!(bus.send(&Word), 0, "another type is another message");
    // Registering again replaces: it is told once.
    bus.register(&ear, |ear: &Ear, Number(number)| ear.hear(number * 10));
    assert_eq!(bus.clone().send(&Number(2)), 1, "a clone is the same bus");
    assert_eq!(Bus::default().send(&Number(3)), 0, "another bus is not");
    assert_eq!(ear.heard(), [1, 20]);
}

fn everybody_is_told_in_order_before_sending_ends() {
    let (bus, told) = (Bus::default(), Arc::new(Ear::default()));
    let ears: Vec<_> = (0..3).map(Arc::new).collect();
    for ear in &ears {
        let told = Arc::clone(&told);
        bus.register(ear, move |ear: &u32, Number(number)| told.hear(ear * 100 + number));
    }
    assert_eq!(bus.send(&Number(7)), 3);
    assert_eq!(told.heard(), [7, 107, 207]);
    // A handler may send, and register others, itself.
    let (ear, late) = (Arc::new(Ear::default()), Arc::new(Ear::default()));
    let (inner, later) = (bus.clone(), Arc::clone(&late));
    bus.register(&ear, move |ear: &Ear, _: &Word| {
        listen(&inner, &later);
        ear.hear(u32::try_from(inner.send(&Number(8))).unwrap());
    });
    bus.send(&Word);
    assert_eq!((ear.heard(), late.heard()), (vec![4], vec![8]));
}

fn a_question_has_exactly_one_answer() {
    let (bus, stock) = (Bus::default(), Arc::new(AtomicU32::new(5)));
    assert_eq!(bus.request(&HowMany), Err(Unanswered::Nobody));
    let read = |stock: &AtomicU32, _: &HowMany| stock.load(Ordering::Relaxed);
    bus.answer(&stock, read);
    assert_eq!(bus.request(&HowMany), Ok(5));
    stock.store(6, Ordering::Relaxed);
    assert_eq!(bus.request(&HowMany), Ok(6));
    let other = Arc::new(AtomicU32::new(7));
    bus.answer(&other, read);
    assert_eq!(bus.request(&HowMany), Err(Unanswered::Several(2)));
    bus.unregister::<HowMany, _>(&stock);
    assert_eq!(bus.request(&HowMany), Ok(7));
}

fn an_answer_may_take_a_while() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (bus, counted) = (Bus::default(), Arc::new(tokio::sync::Semaphore::new(0)));
        assert_eq!(bus.request_later(&HowMany).await, Err(Unanswered::Nobody));
        bus.answer_later(&counted, |counted: Arc<tokio::sync::Semaphore>, _: &HowMany| {
            Box::pin(async move {
                let _permit = counted.acquire_many(3).await.unwrap();
                3
            })
        });
        let ask = bus.request_later(&HowMany);
        let count = async {
            for _ in 0..3 {
                tokio::task::yield_now().await;
                counted.add_permits(1);
            }
        };
        assert_eq!(tokio::join!(ask, count).0, Ok(3));
        assert_eq!(bus.request(&HowMany), Err(Unanswered::Nobody), "it does not answer at once");
    });
}

fn everybody_is_asked() {
    let bus = Bus::default();
    assert!(bus.collect(&HowMany).is_empty());
    let stocks: Vec<_> = (1..=3).map(Arc::new).collect();
    for stock in &stocks {
        bus.answer(stock, |stock: &u32, _: &HowMany| *stock);
    }
    assert_eq!(bus.collect(&HowMany), [1, 2, 3]);
}

fn a_value_that_changed_is_followed() {
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Position(u64);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let bus = Bus::default();
        let mut follower = bus.follow::<ValueChanged<Position>>();
        assert_eq!(follower.latest(), None);
        for position in 1..=3 {
            assert_eq!(bus.send(&ValueChanged(Position(position))), 1);
        }
        assert_eq!(follower.next().await, ValueChanged(Position(3)), "the newest counts");
        let (next, _) = tokio::join!(follower.next(), async {
            tokio::task::yield_now().await;
            bus.send(&ValueChanged(Position(4)))
        });
        assert_eq!(next, ValueChanged(Position(4)));
        drop(follower);
        assert_eq!(bus.send(&ValueChanged(Position(5))), 0);
    });
}

fn a_channel_keeps_messages_apart() {
    let (bus, ear) = (Bus::default(), Arc::new(Ear::default()));
    let (one, two) = (Channel::named("one"), Channel::named(2));
    bus.register_on(&one, &ear, |ear: &Ear, Number(number)| ear.hear(*number));
    bus.register_on(&two, &ear, |ear: &Ear, Number(number)| ear.hear(number * 10));
    assert_eq!(bus.send(&Number(1)), 0, "the common channel is another one");
    assert_eq!(bus.send_on(&Channel::named("one"), &Number(2)), 1);
    assert_eq!(bus.send_on(&two, &Number(3)), 1);
    assert_eq!(bus.send_on(&Channel::named("three"), &Number(4)), 0);
    bus.unregister_on::<Number, _>(&one, &ear);
    assert_eq!((bus.send_on(&one, &Number(5)), bus.send_on(&two, &Number(6))), (0, 1));
    assert_eq!(ear.heard(), [2, 30, 60]);
}

fn whoever_unregistered_is_told_nothing() {
    let (bus, ear, other) = (Bus::default(), Arc::new(Ear::default()), Arc::new(Ear::default()));
    let channel = Channel::named("one");
    for ear in [&ear, &other] {
        listen(&bus, ear);
        bus.register_on(&channel, ear, |ear: &Ear, Number(number)| ear.hear(*number));
        bus.answer(ear, |ear: &Ear, _: &HowMany| u32::try_from(ear.heard().len()).unwrap());
    }
    bus.unregister_all(&ear);
    assert_eq!((bus.send(&Number(1)), bus.send_on(&channel, &Number(2))), (1, 1));
    assert_eq!(bus.collect(&HowMany), [2]);
    assert_eq!((ear.heard(), other.heard()), (vec![], vec![1, 2]));
}

fn nobody_is_kept_alive() {
    let (bus, ear) = (Bus::default(), Arc::new(Ear::default()));
    listen(&bus, &ear);
    let weak = Arc::downgrade(&ear);
    assert_eq!(bus.send(&Number(1)), 1);
    drop(ear);
    assert!(weak.upgrade().is_none());
    assert_eq!(bus.send(&Number(2)), 0);
}

fn a_recipient_is_told_while_it_is_active() {
    let (bus, ear) = (Bus::default(), Arc::new(Ear::default()));
    assert_eq!(bus.send(&Number(1)), 0);
    let active = bus.activate(Arc::clone(&ear));
    assert_eq!(bus.send(&Number(2)), 1);
    assert_eq!(active.heard(), [2]);
    drop(active);
    assert_eq!(bus.send(&Number(3)), 0);
    let _active = bus.activate(Arc::clone(&ear));
    bus.send(&Number(4));
    assert_eq!(ear.heard(), [2, 4]);
}
