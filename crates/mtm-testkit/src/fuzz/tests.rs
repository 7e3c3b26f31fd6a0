//! The mutator keeps its own promises.

use std::cell::RefCell;

use super::*;

fn fuzz() -> Fuzz {
    Fuzz::new("a reader of tests", ["one", "two"]).words(["three"])
}

/// Takes what it knows, and is told about everything it was given.
fn read(bytes: &[u8]) -> Said {
    if bytes.len() == 3 { Said::Taken(3) } else { Said::Refused("no".to_owned()) }
}

#[test]
fn the_same_seed_gives_the_same_inputs_seeds_first() {
    let given = || {
        let given = RefCell::new(Vec::new());
        fuzz().run(|bytes| {
            given.borrow_mut().push(bytes.to_vec());
            read(bytes)
        });
        given.into_inner()
    };
    let inputs = given();
    assert_eq!(inputs[..2], [b"one".to_vec(), b"two".to_vec()]);
    assert!(inputs.iter().any(|it| it.windows(5).any(|it| it == b"three")));
    assert!(inputs.iter().any(|it| it.len() > 1_000) && inputs.iter().any(Vec::is_empty));
    assert_eq!(inputs, given());
}

#[test]
fn no_input_is_longer_than_asked_for_but_a_few_that_are_blown_up() {
    let mut blown_up = 0;
    fuzz().longest(40, 1_000).run(|bytes| {
        assert!(bytes.len() <= 1_000);
        blown_up += u32::from(bytes.len() > 40);
        read(bytes)
    });
    assert!((1..=4).contains(&blown_up), "{blown_up}");
}

#[test]
#[should_panic(expected = "found")]
fn what_panics_fails_the_test() {
    fuzz().run(|bytes| {
        assert!(bytes.is_empty() || bytes[0] != b't' || bytes[1..] == *b"wo", "found");
        read(bytes)
    });
}

#[test]
#[should_panic(expected = "bytes were made of")]
fn what_makes_much_of_little_fails_the_test() {
    fuzz().growth(2).run(|bytes| {
        let length = bytes.len();
        if length == 3 { Said::Taken(3) } else { Said::Refused("x".repeat(20_000)) }
    });
}

#[test]
#[should_panic(expected = "0 refused")]
fn a_reader_that_takes_everything_is_not_tried() {
    fuzz().run(|bytes| Said::Taken(bytes.len()));
}

#[test]
#[should_panic(expected = "a seed is refused: never")]
fn seeds_have_to_be_taken() {
    fuzz().run(|_| Said::Refused("never".to_owned()));
}

#[test]
fn kinds_are_the_words_of_a_refusal_and_not_its_numbers() {
    let refused = |why: &str| Said::Refused(why.to_owned()).kind();
    assert_eq!(refused("at 7: the check digit is 3"), refused("at 19: the check digit is 0"));
    assert_ne!(refused("the check digit is 3"), refused("the length is 3"));
    assert_ne!(Said::Taken(3).kind(), Said::Taken(300).kind());
    assert_eq!(hex(&[0, 0x1f, 0xff]), "001fff");
}
