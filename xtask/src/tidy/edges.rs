//! Which crate may use which: the map of the architecture as data.
//!
//! Product dependencies only. Tests compose freely, because a test of the web may well open a
//! ledger; but the fixtures are never part of a product, and drivers and frameworks stay in
//! their room even in tests.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use toml::Table;

use super::{Finding, Severity};

/// A crate, the crates of ours its product code may use, and what that keeps true.
struct Room {
    name: &'static str,
    uses: &'static [&'static str],
    why: &'static str,
}

const ROOMS: &[Room] = &[
    Room {
        name: "mtm-core",
        uses: &[],
        why: "the pure domain depends on nothing, so that nothing can make it impure",
    },
    Room {
        name: "mtm-store",
        uses: &["mtm-core"],
        why: "the ledger's home knows the domain and databases, not who asks",
    },
    Room {
        name: "mtm-connect",
        uses: &["mtm-core"],
        why: "the outside world is reached through values of the domain, never through the ledger",
    },
    Room {
        name: "mtm-platform",
        uses: &["mtm-core"],
        why: "the operating system knows nothing of ledgers and requests",
    },
    Room {
        name: "mtm-otel",
        uses: &["mtm-core"],
        why: "what a collector is told are spans and the domain's trace ids, nothing of the ledger",
    },
    Room {
        name: "mtm-odbc",
        uses: &["mtm-core"],
        why: "a vendor's driver runs in a process of its own, which knows what rows mean and no ledger",
    },
    Room {
        name: "mtm-opcua",
        uses: &["mtm-core"],
        why: "what machines say is heard in a process of its own, which knows what a total is and no ledger",
    },
    Room {
        name: "mtm-app",
        uses: &["mtm-core", "mtm-store", "mtm-connect", "mtm-platform"],
        why: "use cases serve every entry point and therefore know none",
    },
    Room {
        name: "mtm-web",
        uses: &["mtm-app", "mtm-core"],
        why: "the web asks use cases; a handler that reaches the store skips authorisation",
    },
    Room {
        name: "mtm-lab",
        uses: &["mtm-core"],
        why: "generators and load speak the outside interfaces, as any integrator would",
    },
    Room {
        name: "mtm",
        uses: &[
            "mtm-app",
            "mtm-connect",
            "mtm-core",
            "mtm-lab",
            "mtm-otel",
            "mtm-platform",
            "mtm-store",
            "mtm-web",
        ],
        why: "the one composition root knows every room but the fixtures and the desktop",
    },
    Room {
        name: "mtm-desktop",
        uses: &["mtm-core", "mtm-platform"],
        why: "the desktop window speaks HTTP to a server, like every browser",
    },
    Room {
        name: "mtm-testkit",
        uses: &[
            "mtm",
            "mtm-app",
            "mtm-connect",
            "mtm-core",
            "mtm-lab",
            "mtm-platform",
            "mtm-store",
            "mtm-web",
        ],
        why: "fixtures may use anything",
    },
    Room {
        name: "xtask",
        uses: &[],
        why: "developer commands work while the product does not compile",
    },
];

/// Packages of others that belong to one room, tests included.
struct Kept {
    packages: &'static [&'static str],
    rooms: &'static [&'static str],
    why: &'static str,
}

const KEPT: &[Kept] = &[
    Kept {
        packages: &[
            "opentelemetry",
            "opentelemetry-http",
            "opentelemetry-otlp",
            "opentelemetry-proto",
            "opentelemetry_sdk",
        ],
        rooms: &["mtm-otel", "mtm-testkit"],
        why: "a program that sends no spans is built without them",
    },
    Kept {
        packages: &["rusqlite", "libsqlite3-sys", "mysql_async", "sqlx", "mysql"],
        rooms: &["mtm-store", "mtm-testkit"],
        why: "only the store knows which database it is",
    },
    Kept {
        packages: &["odbc-api", "odbc-sys"],
        rooms: &["mtm-odbc"],
        why: "the program itself is built and runs without a library of the system",
    },
    Kept {
        packages: &[
            "async-opcua",
            "async-opcua-client",
            "async-opcua-core",
            "async-opcua-crypto",
            "async-opcua-types",
        ],
        rooms: &["mtm-opcua"],
        why: "the program itself is built and runs without a second set of cryptography",
    },
    Kept {
        packages: &["axum", "axum-extra", "axum-server", "utoipa-axum"],
        rooms: &["mtm-web"],
        why: "only the web crate knows how a request arrives",
    },
    Kept {
        packages: &["serialport", "evdev"],
        rooms: &["mtm-connect", "mtm-testkit"],
        why: "devices of the floor are opened in one place, which opens them again when they were away",
    },
    Kept {
        packages: &["reqwest", "lettre", "rumqttc-v5-next", "rumqttc", "async-nats"],
        rooms: &["mtm-connect", "mtm-testkit"],
        why: "every call to another system goes through the one guard, in mtm-connect",
    },
];

const RULE: &str = "edge";

/// Checks every manifest of the workspace.
pub(crate) fn check(root: &Path) -> Result<Vec<Finding>> {
    let mut manifests = vec!["xtask/Cargo.toml".to_owned()];
    for entry in fs::read_dir(root.join("crates")).context("failed to read crates/")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if root.join("crates").join(&name).join("Cargo.toml").is_file() {
            manifests.push(format!("crates/{name}/Cargo.toml"));
        }
    }
    let mut findings = Vec::new();
    for path in manifests {
        let text = fs::read_to_string(root.join(&path))
            .with_context(|| format!("failed to read {path}"))?;
        findings.extend(check_manifest(&path, &text)?);
    }
    Ok(findings)
}

fn check_manifest(path: &str, text: &str) -> Result<Vec<Finding>> {
    let manifest: Table = text.parse().with_context(|| format!("failed to parse {path}"))?;
    let name = manifest
        .get("package")
        .and_then(|package| package.get("name")?.as_str())
        .with_context(|| format!("{path} names no package"))?;
    let finding = |package: &str, message: String, why| Finding {
        path: path.into(),
        line: line_of(text, package),
        severity: Severity::Error,
        rule: RULE,
        message,
        why,
    };

    let Some(room) = ROOMS.iter().find(|room| room.name == name) else {
        let message = format!("`{name}` is not on the map");
        let why = "a new crate is an architectural decision: give it a line and a reason in xtask";
        return Ok(vec![finding(name, message, why)]);
    };
    let mut findings = Vec::new();
    for (package, product) in dependencies(&manifest) {
        let ours = ROOMS.iter().any(|room| room.name == package);
        if ours && product && !room.uses.contains(&package.as_str()) {
            let message = format!("`{name}` must not use `{package}`");
            findings.push(finding(&package, message, room.why));
        }
        for kept in KEPT.iter().filter(|kept| kept.packages.contains(&package.as_str())) {
            if !kept.rooms.contains(&name) {
                let message = format!("`{package}` belongs to {}", kept.rooms.join(" and "));
                findings.push(finding(&package, message, kept.why));
            }
        }
    }
    Ok(findings)
}

/// Every dependency of a manifest by its package's name, and whether it is part of the product.
fn dependencies(manifest: &Table) -> Vec<(String, bool)> {
    let targets = manifest.get("target").and_then(|targets| targets.as_table());
    let tables = targets.into_iter().flat_map(Table::values).filter_map(|table| table.as_table());
    let kinds = [("dependencies", true), ("build-dependencies", true), ("dev-dependencies", false)];
    let mut found = Vec::new();
    for table in tables.chain([manifest]) {
        for (kind, product) in kinds {
            let entries = table.get(kind).and_then(|entries| entries.as_table());
            for (name, entry) in entries.into_iter().flatten() {
                // A renamed dependency is what it is, not what it is called.
                let package = entry.get("package").and_then(|package| package.as_str());
                found.push((package.unwrap_or(name).to_owned(), product));
            }
        }
    }
    found
}

fn line_of(manifest: &str, package: &str) -> usize {
    let names = |line: &str| {
        line.strip_prefix(package).is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
            || line.contains(&format!("\"{package}\""))
    };
    manifest.lines().position(names).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, rest: &str) -> Vec<(usize, String)> {
        let text = format!("[package]\nname = \"{name}\"\n{rest}");
        let findings = check_manifest("crates/x/Cargo.toml", &text).unwrap();
        findings.into_iter().map(|finding| (finding.line, finding.message)).collect()
    }

    #[test]
    fn an_edge_off_the_map_is_refused_with_its_line() {
        let refused =
            check("mtm-web", "[dependencies]\nserde = \"1\"\nmtm-store.workspace = true\n");
        assert_eq!(refused, [(5, "`mtm-web` must not use `mtm-store`".to_owned())]);
        assert_eq!(check("mtm-web", "[dependencies]\nmtm-app.workspace = true\n"), []);
    }

    #[test]
    fn fixtures_are_for_tests_only_and_tests_compose_freely() {
        assert_eq!(check("mtm", "[dependencies]\nmtm-testkit.workspace = true\n").len(), 1);
        let tests =
            "[dev-dependencies]\nmtm-testkit.workspace = true\nmtm-store.workspace = true\n";
        assert_eq!(check("mtm-web", tests), []);
    }

    #[test]
    fn drivers_and_frameworks_stay_in_their_room_even_in_tests_and_renamed() {
        for rest in [
            "[dependencies]\nrusqlite = \"1\"\n",
            "[dev-dependencies]\nrusqlite = \"1\"\n",
            "[build-dependencies]\nsql = { package = \"rusqlite\", version = \"1\" }\n",
            "[target.'cfg(unix)'.dependencies]\nrusqlite = \"1\"\n",
        ] {
            assert_eq!(check("mtm-app", rest).len(), 1, "{rest}");
            assert_eq!(check("mtm-store", rest), [], "{rest}");
        }
        assert_eq!(check("mtm-app", "[dependencies]\naxum = \"1\"\n").len(), 1);
    }

    #[test]
    fn a_crate_off_the_map_is_refused() {
        assert_eq!(check("mtm-extra", ""), [(2, "`mtm-extra` is not on the map".to_owned())]);
    }

    #[test]
    fn the_map_has_no_cycle_among_products() {
        // A room may only use rooms that can be built before it.
        let mut built: Vec<&str> = Vec::new();
        let products: Vec<&Room> = ROOMS.iter().filter(|room| room.name != "mtm-testkit").collect();
        while built.len() < products.len() {
            let before = built.len();
            for room in &products {
                if !built.contains(&room.name) && room.uses.iter().all(|u| built.contains(u)) {
                    built.push(room.name);
                }
            }
            assert!(built.len() > before, "a cycle beyond {built:?}");
        }
    }
}
