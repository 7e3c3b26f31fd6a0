//! The report for people: figures first, aligned; then what to look at.

use std::fmt::{self, Write};

use super::{ClassReport, Count, LotItem, ReconciliationReport};
use crate::legacy::classify::LotClass;
use crate::legacy::findings::{Finding, FindingItem};

/// Lots listed for each class, those with most pieces first.
const LOTS_LISTED: usize = 10;
/// Subjects listed for each finding, those with most rows first.
const SUBJECTS_LISTED: usize = 5;

pub(super) fn render(report: &ReconciliationReport) -> String {
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = write_report(&mut text, report);
    text
}

fn write_report(out: &mut String, report: &ReconciliationReport) -> fmt::Result {
    heading(out, "Reconciliation of the legacy inventory", '=')?;
    let source = &report.source;
    if let Some(server) = &source.server {
        writeln!(out, "{:<12}{server}", "Server")?;
    }
    writeln!(out, "{:<12}{} bytes, SHA-256 {}", "Source", Figure(source.bytes), source.sha256)?;
    writeln!(out, "{:<12}{}", "Time zone", report.time_zone)?;
    let end = match (&source.server, source.end_proved) {
        (Some(_), _) => "row counts agree, all of one moment",
        (None, true) => "proved by the dump",
        (None, false) => "not marked in the dump",
    };
    writeln!(out, "{:<12}{end}", "End")?;

    heading(out, "Lots", '-')?;
    writeln!(out, "{:<16}{:>8}{:>14}  what it means", "class", "lots", "pieces")?;
    for class in LotClass::ALL {
        let lots = report.classes.class(class);
        line(out, class.as_str(), lots.lots, lots.pieces, meaning(class))?;
        if class == LotClass::NoReceipt && lots.lots > 0 {
            line_without_pieces(out, "  in the log", lots.in_log)?;
            line_without_pieces(out, "  in stock only", lots.lots - lots.in_log)?;
        }
    }
    line_without_pieces(out, "all lots", report.lots)?;

    write_totals(out, report)?;
    write_creates(out, report)?;

    for class in LotClass::ALL {
        let lots = report.classes.class(class);
        if lots.pieces > 0 {
            write_class(out, class, lots)?;
        }
    }
    if !report.findings.is_empty() {
        heading(out, "Findings", '-')?;
        for finding in &report.findings {
            write_finding(out, finding)?;
        }
    }
    Ok(())
}

const fn meaning(class: LotClass) -> &'static str {
    match class {
        LotClass::Balanced => "received = taken + stock",
        LotClass::Vanished => "received, never taken, not in stock",
        LotClass::SurplusOut => "taken more than received, not in stock",
        LotClass::ShortStock => "less in stock than received and not taken",
        LotClass::PartVanished => "partly taken, the rest not in stock",
        LotClass::NoReceipt => "no receipt in the log",
        LotClass::Unexplained => "anything else",
    }
}

fn heading(out: &mut String, title: &str, rule: char) -> fmt::Result {
    if !out.is_empty() {
        out.push('\n');
    }
    writeln!(out, "{title}")?;
    writeln!(out, "{}", rule.to_string().repeat(title.chars().count()))
}

fn line(out: &mut String, name: &str, rows: u64, pieces: i64, note: &str) -> fmt::Result {
    let (rows, pieces) = (Figure(rows).to_string(), Figure(pieces).to_string());
    let line = format!("{name:<16}{rows:>8}{pieces:>14}  {note}");
    writeln!(out, "{}", line.trim_end())
}

fn line_without_pieces(out: &mut String, name: &str, rows: u64) -> fmt::Result {
    writeln!(out, "{name:<16}{:>8}", Figure(rows).to_string())
}

fn write_totals(out: &mut String, report: &ReconciliationReport) -> fmt::Result {
    let totals = &report.totals;
    heading(out, "Stock and log", '-')?;
    writeln!(out, "{:<16}{:>8}{:>14}", "", "rows", "pieces")?;
    line(out, "stock table", totals.stock_rows, totals.stock_pieces, "")?;
    for kind in totals.log.iter().filter(|kind| kind.rows > 0) {
        line(out, &format!("log: {}", kind.kind), kind.rows, kind.pieces, "")?;
    }
    writeln!(out)?;
    writeln!(out, "{:<16}{:>8}{:>14}", "operation", "lots", "pieces")?;
    let mut operations: Vec<_> = totals.by_operation.iter().collect();
    operations.sort_by_key(|operation| (leading_number(&operation.code), &operation.code));
    for operation in operations {
        line(out, &operation.code, operation.lots, operation.pieces, "")?;
    }
    Ok(())
}

/// The number that a code begins with, so that `20` stands before `109` and `N/A` at the end.
fn leading_number(code: &str) -> u64 {
    let digits = code.len() - code.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    code[..digits].parse().unwrap_or(u64::MAX)
}

fn write_creates(out: &mut String, report: &ReconciliationReport) -> fmt::Result {
    let creates = &report.creates;
    heading(out, "What is taken over", '-')?;
    let mut records = |name: &str, count: Count| {
        let all = Figure(count.all).to_string();
        match count.unverified {
            0 => writeln!(out, "{name:<16}{all:>8}"),
            few => writeln!(out, "{name:<16}{all:>8}  {} unverified", Figure(few)),
        }
    };
    records("parts", creates.parts)?;
    records("locations", creates.locations)?;
    records("operations", creates.operations)?;
    records("item types", creates.item_types)?;
    records("colour codes", creates.color_codes)?;
    records("users", creates.users)?;
    records("lots", Count { all: creates.lots, unverified: 0 })?;
    line(out, "openings", creates.openings, creates.pieces, "pieces")?;
    line_without_pieces(out, "set aside", creates.set_aside)?;
    line_without_pieces(out, "legacy records", creates.legacy_records)?;
    line_without_pieces(out, "quick buttons", creates.quick_buttons)?;
    writeln!(out, "{:<14}{}", "next lot", creates.next_lot)
}

fn write_class(out: &mut String, class: LotClass, lots: &ClassReport) -> fmt::Result {
    heading(out, &format!("Lots: {}", class.as_str()), '-')?;
    let mut items: Vec<&LotItem> = lots.items.iter().collect();
    items.sort_by_key(|item| (-item.pieces, item.lot.clone()));
    writeln!(
        out,
        "{:<12}{:>12}{:>12}{:>12}{:>12}  part",
        "lot", "pieces", "received", "taken", "stock"
    )?;
    for item in items.iter().take(LOTS_LISTED) {
        let figures = [item.pieces, item.received, item.taken, item.stock];
        let [pieces, received, taken, stock] = figures.map(|figure| Figure(figure).to_string());
        let part = item.part.as_ref().map_or("", |part| part.as_str());
        let lot = item.lot.as_str();
        writeln!(out, "{lot:<12}{pieces:>12}{received:>12}{taken:>12}{stock:>12}  {part}")?;
    }
    rest(out, items.len(), LOTS_LISTED, "lots")
}

fn write_finding(out: &mut String, finding: &Finding) -> fmt::Result {
    let rows = counted(i64::try_from(finding.rows).unwrap_or(i64::MAX), "row");
    let pieces = finding.pieces.map(|pieces| format!(", {}", counted(pieces, "piece")));
    writeln!(out, "* {} — {rows}{}", finding.title, pieces.unwrap_or_default())?;
    writeln!(out, "  {}", finding.decision)?;
    let mut items: Vec<&FindingItem> = finding.items.iter().collect();
    items.sort_by_key(|item| std::cmp::Reverse(item.rows));
    let one_table = items.iter().all(|item| item.table == items[0].table);
    for item in items.iter().take(SUBJECTS_LISTED) {
        let table = if one_table { "" } else { item.table };
        let subject = format!("{:>6}  {}  {table}", Figure(item.rows).to_string(), item.subject);
        writeln!(out, "    {}", subject.trim_end())?;
    }
    rest(out, items.len(), SUBJECTS_LISTED, "more")
}

fn counted(number: i64, unit: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {unit}{plural}", Figure(number))
}

fn rest(out: &mut String, all: usize, listed: usize, what: &str) -> fmt::Result {
    match all.saturating_sub(listed) {
        0 => Ok(()),
        hidden if what == "more" => writeln!(out, "            and {} more", Figure(hidden as u64)),
        hidden => {
            writeln!(out, "and {} more {what}, all in the JSON report", Figure(hidden as u64))
        }
    }
}

/// A whole number with its thousands apart.
struct Figure<N>(N);

impl<N: fmt::Display> fmt::Display for Figure<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.0.to_string();
        let (sign, digits) = match number.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", number.as_str()),
        };
        f.write_str(sign)?;
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                f.write_char(',')?;
            }
            f.write_char(digit)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Figure;

    #[test]
    fn thousands_stand_apart() {
        for (number, shown) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (-12_345_678, "-12,345,678")]
        {
            assert_eq!(Figure(number).to_string(), shown);
        }
    }
}
