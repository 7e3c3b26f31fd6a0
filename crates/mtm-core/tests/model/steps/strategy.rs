//! How often what happens.

use proptest::prelude::*;

use super::{Aim, Ask, Naming, Share, Step, Who};

fn who() -> impl Strategy<Value = Who> {
    let user = prop_oneof![3 => 0..2_u8, 3 => 2..4_u8];
    let group = prop::option::weighted(0.3, (any::<bool>(), 0..2_u8));
    (user, 0..16_u8, prop::bool::weighted(0.4), group)
        .prop_map(|(user, confirm, guarded, group)| Who { user, confirm, guarded, group })
}

fn naming(omit: u32, right: u32) -> impl Strategy<Value = Naming> {
    prop_oneof![
        omit => Just(Naming::Omit),
        right => Just(Naming::Right),
        1 => any::<u8>().prop_map(Naming::Other),
    ]
}

fn aim() -> impl Strategy<Value = Aim> {
    let by_lot = (any::<u8>(), naming(0, 30), naming(10, 10), naming(8, 10), naming(5, 10));
    let by_place = (any::<u8>(), naming(30, 0), naming(1, 30), naming(1, 30), naming(1, 30));
    (prop_oneof![3 => by_lot.boxed(), 2 => by_place.boxed()], any::<bool>()).prop_map(
        |((bucket, lot, part, operation, location), fifo)| Aim {
            bucket,
            lot,
            part,
            operation,
            location,
            fifo,
        },
    )
}

fn share() -> impl Strategy<Value = Share> {
    prop_oneof![
        3 => Just(Share::Whole),
        3 => Just(Share::All),
        8 => (1..100_u8).prop_map(Share::Percent),
        1 => any::<u8>().prop_map(Share::Over),
        1 => Just(Share::Nothing),
    ]
}

/// Usual quantities, slips, and numbers outside every bound.
fn received() -> impl Strategy<Value = i64> {
    prop_oneof![
        12 => 1..200_i64,
        3 => Just(50),
        2 => Just(5050),
        1 => Just(500),
        1 => Just(0),
        1 => Just(100_001),
        1 => Just(250_001),
    ]
}

fn receive() -> impl Strategy<Value = Ask> {
    let containers = prop_oneof![6 => Just(1_u8), 3 => 2..5_u8, 1 => Just(21)];
    let own = prop::option::weighted(0.15, any::<u8>());
    let why = prop::option::weighted(0.2, any::<u8>());
    let place = any::<[u8; 3]>();
    (place, received(), containers, own, any::<[u8; 4]>(), why).prop_map(
        |(at, n, containers, own, carried, why)| Ask::Receive(at, n, containers, own, carried, why),
    )
}

fn ask() -> impl Strategy<Value = Ask> {
    let place = any::<[u8; 3]>;
    let end = || prop::option::of(any::<u8>());
    let seldom = || prop::option::weighted(0.3, any::<u8>());
    let often = || prop::option::weighted(0.9, any::<u8>());
    prop_oneof![
        10 => receive(),
        1 => (place(), any::<u8>(), 0..500_i64).prop_map(|(at, lot, n)| Ask::Open(at, lot, n)),
        5 => (aim(), share(), prop::option::of(any::<u8>()), any::<bool>())
            .prop_map(|(aim, share, why, noted)| Ask::Take(aim, share, why, noted)),
        2 => (aim(), share(), any::<u8>(), any::<bool>())
            .prop_map(|(aim, share, why, noted)| Ask::Scrap(aim, share, why, noted)),
        7 => (aim(), share(), seldom(), often(), any::<bool>())
            .prop_map(|(aim, share, o, l, noted)| Ask::Move(aim, share, [o, l], noted)),
        3 => (aim(), any::<bool>(), -40..40_i8, prop::option::weighted(0.3, -2..2_i8), any::<u8>())
            .prop_map(|(aim, absolute, off, expected, why)| {
                Ask::Adjust(aim, absolute, off, expected, why)
            }),
        3 => (
            aim(),
            [0..70_u8, 0..30_u8, 0..30_u8],
            [end(), end()],
            [end(), end()],
            prop::option::weighted(0.8, any::<u8>()),
        )
            .prop_map(|(aim, shares, to, back, why)| Ask::Complete(aim, shares, to, back, why)),
        2 => (aim(), share(), any::<bool>())
            .prop_map(|(aim, share, noted)| Ask::Split(aim, share, noted)),
        4 => (any::<u8>(), any::<[u8; 2]>(), any::<bool>(), any::<bool>())
            .prop_map(|(into, lots, placed, noted)| Ask::Merge(into, lots, placed, noted)),
        6 => (0..5_u8, any::<[u8; 3]>()).prop_map(|(kind, which)| {
            // Mostly what was booked last.
            Ask::Reverse(kind, which.map(|n| if n < 200 { n % 8 } else { n }))
        }),
        1 => (any::<u8>(), any::<u8>(), any::<u8>())
            .prop_map(|(kind, which, why)| Ask::Hold(kind, which, why)),
        2 => any::<u8>().prop_map(Ask::Release),
        1 => (any::<u8>(), any::<u8>(), any::<[u8; 4]>())
            .prop_map(|(which, off, new)| Ask::Change(which, off, new)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        30 => (who(), ask()).prop_map(|(who, ask)| Step::Ask(who, ask)),
        4 => (0..14_u8).prop_map(Step::Again),
        2 => (0..20_u8).prop_map(Step::Wait),
        1 => (any::<u8>(), prop::bool::weighted(0.3)).prop_map(|(n, retired)| Step::Retire(n, retired)),
        1 => any::<u8>().prop_map(Step::Rename),
        2 => (any::<u8>(), prop_oneof![3 => Just(0_u8), 1 => 0..10_u8], any::<[u8; 4]>())
            .prop_map(|(which, later, how)| Step::Reroute(which, later, how)),
        1 => any::<bool>().prop_map(Step::Strict),
    ]
}

/// A history of up to `most` steps, after a few receipts that leave something to work with.
pub fn history(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let calm = Who { user: 3, confirm: 15, guarded: false, group: None };
    let opening = prop::collection::vec(([0..3_u8, 0..3_u8, 0..3_u8], 20..200_i64), 0..6);
    (opening, prop::collection::vec(step(), 1..most)).prop_map(move |(receipts, mut steps)| {
        let mut all: Vec<Step> = receipts
            .into_iter()
            .map(|(at, n)| Step::Ask(calm, Ask::Receive(at, n, 1, None, [0; 4], None)))
            .collect();
        all.append(&mut steps);
        all
    })
}
