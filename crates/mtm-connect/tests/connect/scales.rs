//! Scales that are asked over a connection.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use mtm_connect::scale::{Ask, Protocol, Scale, Suggestion, Trouble};

/// A scale that answers each question, on each connection in turn, by the next of `answers`. An empty one ends the
/// connection. What it was asked comes out of the channel.
fn answering(answers: &'static [&'static str]) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (asked, questions) = channel();
    std::thread::spawn(move || {
        let mut answers = answers.iter();
        let mut open: Option<BufReader<TcpStream>> = None;
        loop {
            let mut lines = match open.take() {
                Some(lines) => lines,
                None => BufReader::new(listener.accept().unwrap().0),
            };
            let mut question = String::new();
            if lines.read_line(&mut question).unwrap_or(0) == 0 {
                continue;
            }
            if asked.send(question).is_err() {
                return;
            }
            let Some(answer) = answers.next() else { return };
            if !answer.is_empty() {
                lines.get_mut().write_all(answer.as_bytes()).unwrap();
                open = Some(lines);
            }
        }
    });
    (address, questions)
}

fn scale(address: SocketAddr, protocol: Protocol, patience: u64) -> Scale {
    let question = protocol.question().to_vec();
    let ask = Ask { protocol, question, patience: Duration::from_millis(patience) };
    Scale::new(&format!("tcp:{address}").parse().unwrap(), ask).unwrap()
}

#[test]
fn a_scale_of_sics_is_believed_only_when_the_weight_stands_still() {
    let (address, questions) = answering(&[
        "S D      12.1 kg\r\nS S    12.345 kg\r\n",
        "S +\r\n",
        "S -\r\n",
        "ES\r\n",
        "",
        "S S    12.300 kg\r\n",
    ]);
    let mut scale = scale(address, Protocol::Sics, 60_000);
    let weight = scale.weigh().unwrap();
    assert_eq!(weight.to_string(), "12.345 kg");
    let suggestion = Suggestion::of(&weight, &"300 g".parse().unwrap()).unwrap();
    assert_eq!((suggestion.pieces, suggestion.off), (41, 150));
    assert_eq!(scale.weigh(), Err(Trouble::TooMuch));
    assert_eq!(scale.weigh(), Err(Trouble::TooLittle));
    assert_eq!(scale.weigh(), Err(Trouble::NotUnderstood));
    // It is switched off and on: opened again, and asked again.
    assert_eq!(scale.weigh().unwrap().to_string(), "12.300 kg");
    assert_eq!(questions.iter().take(6).collect::<Vec<_>>(), ["S\r\n"; 6]);
}

#[test]
fn a_weight_that_never_stands_still_is_none_and_neither_is_what_is_no_weight() {
    let (address, _questions) = answering(&["S I\r\n", "hello\r\n"]);
    let mut scale = scale(address, Protocol::Sics, 200);
    assert_eq!(scale.weigh(), Err(Trouble::Moving));
    assert_eq!(scale.weigh(), Err(Trouble::Silent));
}

#[test]
fn of_a_scale_that_weighs_on_by_itself_no_half_line_is_a_weight() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let protocol = Protocol::pattern("(?<stable>)(?<value>[0-9.]+)(?<unit>kg)", None).unwrap();
    let mut scale = scale(address, protocol, 60_000);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Each weighing opens the line anew: what waits on an old one is of long ago.
            for _ in 0..50 {
                let mut stream = listener.accept().unwrap().0;
                while stream.write_all(b"112.345kg\r\n").is_ok() {}
            }
        });
        for _ in 0..50 {
            // Whoever listens begins anywhere in a line, and `2.345kg` is a weight as well.
            assert_eq!(scale.weigh().unwrap().to_string(), "112.345 kg");
        }
        drop(scale);
    });
}

#[test]
fn a_scale_that_is_not_there_is_told_as_away() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let told = scale(nobody, Protocol::Sics, 100).weigh().unwrap_err();
    assert_eq!(told.code(), "device_away");
}
