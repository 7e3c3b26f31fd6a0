//! `mtm label`: the templates of labels, and labels made from them.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use mtm_app::label::{CheckBody, Dpi, LabelFormat, RenderBody};
use serde_json::Value;
use tokio::sync::mpsc;

use super::data::export::sink::Sink;
use super::data::refuse_server;
use super::{Call, look};
use crate::door::{Door, Local, Parameters, encode};
use crate::failure::{Failure, Outcome};
use crate::output::{Column, Table};

const PATH: &str = "/api/v1/labels";

const EXAMPLES: &str = "Examples:
  mtm label list
  mtm label show lot > lot.toml
  mtm label check lot --of 12345 --dpi 300
  mtm label check lot --file lot.toml
  mtm label render lot --of 12345 --format pdf --out label.pdf
  mtm label render location --of R-E4-18 | nc printer 9100

Templates are written on the page `Labels` or by the HTTP interface. A label is made of what the
ledger knows now.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the templates
    List(List),
    /// Show the text of a template
    Show(Show),
    /// Say what scanners will have trouble with
    Check(Check),
    /// Make a label
    Render(Render),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct List {}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Show {
    /// The name of the template
    name: String,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Check {
    /// The name of the template
    name: String,
    /// The lot, location, part, user or count that it is tried with; else one of the plant
    #[arg(long, value_name = "KEY")]
    of: Option<String>,
    /// A text to be tried instead of the one that is kept
    #[arg(long)]
    file: Option<PathBuf>,
    #[command(flatten)]
    resolution: Resolution,
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Render {
    /// The name of the template
    name: String,
    /// The lot, location, part, user (by login) or count (by identity)
    #[arg(long, value_name = "KEY")]
    of: String,
    /// zpl, png or pdf
    #[arg(long, value_enum, default_value_t = Format::Zpl)]
    format: Format,
    /// Marked as a copy
    #[arg(long)]
    copy: bool,
    /// The file, replaced when it is complete; `-` is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    #[command(flatten)]
    resolution: Resolution,
}

/// The resolution of a printer.
#[derive(Debug, Args)]
struct Resolution {
    /// The printer's resolution: 203, 300 or 600
    #[arg(long, default_value_t = 203)]
    dpi: u16,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Zpl,
    Png,
    Pdf,
}

impl From<Format> for LabelFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Zpl => Self::Zpl,
            Format::Png => Self::Png,
            Format::Pdf => Self::Pdf,
        }
    }
}

impl Resolution {
    fn dpi(&self) -> Outcome<Dpi> {
        Dpi::from_number(self.dpi)
            .ok_or_else(|| Failure::usage(format!("--dpi is 203, 300 or 600, not {}", self.dpi)))
    }
}

pub(super) async fn run(call: &Call, command: Command) -> Outcome {
    match command {
        Command::List(List {}) => list(call).await,
        Command::Show(it) => show(call, &it.name).await,
        Command::Check(it) => check(call, it).await,
        Command::Render(it) => render(call, it).await,
    }
}

async fn list(call: &Call) -> Outcome {
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = match &door {
        Door::Remote(client) => client.get(PATH, &Parameters::default()),
        Door::Local(local) => match local.app.label_templates(&local.who).await {
            Ok(items) => look::json_of(&serde_json::json!({ "items": items })),
            Err(error) => Err(error.into()),
        },
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || {
        let mut table = Table::new([
            Column::text("NAME"),
            Column::text("TITLE"),
            Column::text("ABOUT"),
            Column::text("CHANGED"),
            Column::text("BY"),
        ]);
        for row in answer["items"].as_array().into_iter().flatten() {
            table.row([
                look::cell(row, "name"),
                look::cell(row, "title"),
                look::cell(row, "of"),
                look::moment(row, "changed_at"),
                look::cell(row, "changed_by"),
            ]);
        }
        call.console.table(&table)
    })
}

async fn show(call: &Call, name: &str) -> Outcome {
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer = match &door {
        Door::Remote(client) => {
            client.get(&format!("{PATH}/{}", encode(name)), &Parameters::default())
        }
        Door::Local(local) => match local.app.label_template(&local.who, name).await {
            Ok(template) => look::json_of(&template),
            Err(error) => Err(error.into()),
        },
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || look::cell(&answer, "text").trim_end().to_owned())
}

async fn check(call: &Call, asked: Check) -> Outcome {
    let text = asked.file.as_deref().map(read).transpose()?;
    let body = CheckBody { dpi: asked.resolution.dpi()?, of: asked.of, text };
    let door = Door::for_looking(&call.globals.config()?).await?;
    let answer: Outcome<Value> = match &door {
        Door::Remote(client) => {
            let path = format!("{PATH}/{}/check", encode(&asked.name));
            look::json_of(&body).and_then(|body| Ok(client.post_once(&path, "", &body)?.value))
        }
        Door::Local(local) => match local.app.check_label(&local.who, &asked.name, &body).await {
            Ok(checked) => look::json_of(&checked),
            Err(error) => Err(error.into()),
        },
    };
    door.close().await;
    let answer = answer?;
    call.console.answer(&answer, || told(&answer))
}

fn told(answer: &Value) -> String {
    let of = look::cell(answer, "of");
    if answer["of"].is_null() {
        let subject = look::cell(answer, "subject");
        return format!("There is no {subject} yet that it could be tried with.");
    }
    let findings: Vec<String> = answer["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|finding| match finding["element"].as_u64() {
            Some(element) => format!("element {element}: {}", look::cell(finding, "message")),
            None => look::cell(finding, "message"),
        })
        .collect();
    if findings.is_empty() {
        return format!("Nothing was found that scanners would have trouble with, as {of}.");
    }
    findings.join("\n")
}

/// A template's text is small; more is not read.
fn read(path: &std::path::Path) -> Outcome<String> {
    use std::io::Read as _;
    let failed = |error: std::io::Error| {
        Failure::usage(format!("failed to read {}: {error}", path.display()))
    };
    let most = u64::try_from(mtm_core::label::MAX_TEXT).unwrap_or(u64::MAX) + 1;
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(most).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

async fn render(call: &Call, asked: Render) -> Outcome {
    let config = call.globals.config()?;
    refuse_server(&config, "label render")?;
    let body = RenderBody {
        format: asked.format.into(),
        dpi: asked.resolution.dpi()?,
        copy: asked.copy,
        of: Some(asked.of),
        fields: None,
        text: None,
    };
    let mut sink = Sink::open(&asked.out, !matches!(asked.format, Format::Zpl))?;
    let local = Local::open(&config).await?;
    let made = local.app.render_label(&local.who, &asked.name, &body).await;
    local.close().await;
    let (piece, received) = mpsc::channel(1);
    // There is room for one.
    let _ = piece.try_send(made?.bytes);
    drop(piece);
    sink.take(received).await?;
    sink.finish()?;
    if asked.out.as_os_str() != "-" {
        call.console.note(&format!("Wrote {}.", asked.out.display()));
    }
    Ok(())
}
