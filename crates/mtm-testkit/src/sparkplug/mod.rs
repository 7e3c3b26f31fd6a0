//! Sparkplug as others write and read it: the packages `pysparkplug` of Python and `sparkplug-payload` of Node.
//!
//! Both know nothing of our code: what they write is what an edge node of theirs sends, and what they read is what a host of
//! theirs believes.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::mariadb::programs::program;
use crate::skip::{self, Fixture};

const PYTHON: &str = include_str!("payload.py");
const NODE: &str = include_str!("payload.mjs");

/// A metric in words: its name, the name of its type in the standard, and its value as text; nothing for a null.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spelled {
    /// Its name.
    pub name: String,
    /// Its type.
    pub datatype: String,
    /// Its value: a number, `true` or `false`, text, or bytes in Base64.
    pub value: Option<String>,
    /// Its alias.
    pub alias: Option<u64>,
}

/// A library of somebody else.
#[derive(Debug)]
pub struct SparkplugLibrary {
    program: PathBuf,
    arguments: Vec<String>,
}

impl SparkplugLibrary {
    /// Finds the package `pysparkplug` where the test command put it, with its Python.
    pub fn python() -> Result<Fixture<Self>> {
        let found = "pysparkplug/installed";
        Self::find("pysparkplug", found, |packages| {
            let python = packages.join("bin/python");
            (python.is_file().then_some(python), vec!["-c".to_owned(), PYTHON.to_owned()])
        })
    }

    /// Finds Node, and the package `sparkplug-payload` where the test command put it.
    pub fn node() -> Result<Fixture<Self>> {
        let found = "sparkplug-payload/node_modules/sparkplug-payload/package.json";
        Self::find("sparkplug-payload", found, |_| {
            let (kind, run) = ("--input-type=module".to_owned(), "--eval".to_owned());
            (program("node"), vec![kind, run, NODE.to_owned()])
        })
    }

    fn find(
        package: &str,
        found: &str,
        run_by: impl Fn(&Path) -> (Option<PathBuf>, Vec<String>),
    ) -> Result<Fixture<Self>> {
        if skip::quick() {
            return Ok(Fixture::Unavailable("left out of the quick run".to_owned()));
        }
        let unpacked = skip::target_directory()?.join("unpacked");
        if !unpacked.join(found).is_file() {
            let reason = format!("no package {package} here; `cargo xtask test` fetches it");
            return Ok(Fixture::Unavailable(reason));
        }
        let packages = unpacked.join(package);
        let (program, mut arguments) = run_by(&packages);
        let Some(program) = program else {
            return Ok(Fixture::Unavailable(format!("nothing runs {package} here")));
        };
        arguments.push(packages.display().to_string());
        Ok(Fixture::Ready(Self { program, arguments }))
    }

    /// What it writes for a birth of a device with these metrics.
    pub fn write(&self, timestamp: u64, seq: u64, metrics: &[Spelled]) -> Result<Vec<u8>> {
        let spelled = metrics.iter().map(|it| {
            let Spelled { name, datatype, value, alias } = it;
            json!({ "name": name, "datatype": datatype, "value": value, "alias": alias })
        });
        let metrics: Vec<Value> = spelled.collect();
        let asked =
            json!({ "do": "write", "timestamp": timestamp, "seq": seq, "metrics": metrics });
        let answer = self.ask(&asked)?;
        let bytes = answer["bytes"].as_str().context("no bytes")?;
        STANDARD.decode(bytes).context("no Base64")
    }

    /// What it reads: when it was sent, its number, and its metrics.
    pub fn read(&self, bytes: &[u8]) -> Result<(u64, Option<u64>, Vec<Spelled>)> {
        let answer = self.ask(&json!({ "do": "read", "bytes": STANDARD.encode(bytes) }))?;
        let number = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let metric = |it: &Value| {
            Some(Spelled {
                name: text(&it["name"])?,
                datatype: text(&it["datatype"])?,
                value: text(&it["value"]),
                alias: number(&it["alias"]),
            })
        };
        let metrics = answer["metrics"].as_array().context("no metrics")?;
        let metrics: Option<Vec<Spelled>> = metrics.iter().map(metric).collect();
        let timestamp = number(&answer["timestamp"]).context("no timestamp")?;
        Ok((timestamp, number(&answer["seq"]), metrics.context("a metric without a name")?))
    }

    fn ask(&self, question: &Value) -> Result<Value> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        // Nothing is written beside the package.
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        child.stdin.take().context("no input")?.write_all(question.to_string().as_bytes())?;
        let output = child.wait_with_output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "the library failed: {said}");
        serde_json::from_slice(&output.stdout).with_context(|| format!("no JSON: {output:?}"))
    }
}
