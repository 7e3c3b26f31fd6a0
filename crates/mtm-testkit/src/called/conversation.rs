//! One connection, request by request.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::time::Duration;

use super::{Asked, Said};

/// Between two bytes of an answer that drips.
const DRIP: Duration = Duration::from_millis(50);

/// Answers on `stream` until its other side goes.
pub(super) fn hold(
    stream: impl Read + Write,
    mut script: impl FnMut(Asked) -> Said,
) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(asked) = read(&mut stream)? {
        match script(asked) {
            Said::Whole(status, headers, body) => {
                let mut reply =
                    format!("HTTP/1.1 {status} So\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in headers {
                    reply = reply + name + ": " + &value + "\r\n";
                }
                let mut reply = (reply + "\r\n").into_bytes();
                reply.extend(body);
                stream.get_mut().write_all(&reply)?;
                stream.get_mut().flush()?;
            }
            Said::Endless => {
                begin(stream.get_mut())?;
                // Until the other side has enough of it.
                loop {
                    stream.get_mut().write_all(&[b' '; 4096])?;
                }
            }
            Said::Drip => {
                begin(stream.get_mut())?;
                loop {
                    stream.get_mut().write_all(b" ")?;
                    stream.get_mut().flush()?;
                    crate::poll::moment(DRIP);
                }
            }
            Said::Silence => {
                let _ = stream.read(&mut [0])?;
                return Ok(());
            }
            Said::HangUp => return Ok(()),
        }
    }
    Ok(())
}

fn begin(stream: &mut impl Write) -> io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes())?;
    stream.flush()
}

/// The next request; `None` at the end.
fn read(stream: &mut BufReader<impl Read>) -> io::Result<Option<Asked>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ').map(str::to_owned);
    let method = words.next().unwrap_or_default();
    let path = words.next().unwrap_or_default();
    let mut asked = Asked { method, path, ..Asked::default() };
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        asked.headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = asked.header("content-length").parse().unwrap_or(0);
    asked.body = vec![0; length];
    stream.read_exact(&mut asked.body)?;
    Ok(Some(asked))
}
