//! The address to listen on, and the certificate for it.

use std::io;
use std::net::TcpListener;

use mtm_platform::Owner;

use super::Finding;
use crate::config::Config;

pub(super) fn look(config: &Config, owner: Option<&Owner>, findings: &mut Vec<Finding>) {
    let running = owner.and_then(|owner| owner.address.as_deref());
    findings.push(match running {
        Some(address) => Finding::ok("address", format!("the server listens at {address}")),
        None => address(config),
    });
    match &config.tls {
        Some((certificate, key)) => {
            for (check, path) in [("certificate", certificate), ("certificate key", key)] {
                findings.push(match std::fs::metadata(path) {
                    Ok(_) => Finding::ok(check, path.display().to_string()),
                    Err(error) => Finding::problem(
                        check,
                        format!("{} cannot be used: {error}", path.display()),
                        "`mtm tls init` makes a certificate and its key.",
                    ),
                });
            }
        }
        None if !config.listen.ip().is_loopback() => findings.push(Finding::warning(
            "encryption",
            format!("plain HTTP on {}: passwords can be read on the way", config.listen),
            "`mtm tls init` makes a certificate; name it with server.tls_cert and server.tls_key.",
        )),
        None => {}
    }
}

fn address(config: &Config) -> Finding {
    let address = config.listen;
    match TcpListener::bind(address) {
        Ok(_) => Finding::ok("address", format!("{address} is free")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Finding::problem(
            "address",
            format!("{address} is in use by another program"),
            "Choose another one with server.listen, or stop the other program.",
        ),
        Err(error) => Finding::problem(
            "address",
            format!("{address} cannot be listened on: {error}"),
            "Name an address of this machine in server.listen.",
        ),
    }
}
