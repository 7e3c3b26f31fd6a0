//! 00 to 37: items, lots, dates, counts.

use super::{Part, Row, digits, digits_to, row, text_to};
use crate::scan::gs1::rule::Rule::{Check, Date};

const GTIN: &[Part] = &[digits(14).rule(Check)];
const NUMBER_18: &[Part] = &[digits(18).rule(Check)];
const DATE: &[Part] = &[digits(6).rule(Date)];
const TEXT_20: &[Part] = &[text_to(20)];
const TEXT_28: &[Part] = &[text_to(28)];
const TEXT_30: &[Part] = &[text_to(30)];
/// What a lot, a date or a variant belongs to.
const TRADE: &str = "01 02 03 8006 8026";

/// In the order of their numbers.
#[rustfmt::skip]
pub(super) static ROWS: &[Row] = &[
    row("00", "logistic unit (SSCC)", NUMBER_18).fixed().attribute().key(""),
    row("01", "trade item (GTIN)", GTIN).fixed().attribute().without("255 37").key("22 10 21|235"),
    row("02", "trade items inside (GTIN)", GTIN).fixed().attribute().needs("37").without("01 03"),
    row("03", "item made to order (GTIN)", GTIN).fixed().without("01 02 37 235"),
    row("10", "batch or lot", TEXT_20).attribute().needs(TRADE),
    row("11", "made on", DATE).fixed().attribute().needs(TRADE),
    row("12", "payment due on", DATE).fixed().attribute().needs("8020"),
    row("13", "packed on", DATE).fixed().attribute().needs(TRADE),
    row("15", "best before", DATE).fixed().attribute().needs(TRADE),
    row("16", "sell by", DATE).fixed().attribute().needs(TRADE),
    row("17", "expires on", DATE).fixed().attribute().needs("01 02 03 255 8006 8026"),
    row("20", "product variant", &[digits(2)]).fixed().attribute().needs(TRADE),
    row("21", "serial number", TEXT_20).needs("01 03 8006").without("235"),
    row("22", "consumer variant", TEXT_20).needs("01"),
    row("235", "third-party serial", TEXT_28).needs("01"),
    row("240", "further item identification", TEXT_30).attribute().needs(TRADE),
    row("241", "customer's part number", TEXT_30).attribute().needs(TRADE),
    row("242", "variation made to order", &[digits_to(6)]).attribute().needs("01 02 8006 8026"),
    row("243", "packaging component", TEXT_20).attribute().needs("01 03"),
    row("250", "second serial number", TEXT_30).attribute().needs("01+21 03+21 8006+21"),
    row("251", "source entity", TEXT_30).attribute().needs("01 03 8006"),
    row("253", "document", &[digits(13).rule(Check), text_to(17).optional()]).attribute().key(""),
    row("254", "place inside the location", TEXT_20).needs("414"),
    row("255", "coupon", &[digits(13).rule(Check), digits_to(12).optional()]).attribute().without("01 02 415 8006 8020 8026").key(""),
    row("30", "pieces", &[digits_to(8)]).attribute().needs("01 02"),
    row("37", "pieces inside", &[digits_to(8)]).attribute().needs("00+02 00+8026"),
];
