//! 70 to 99: special uses, and what companies agree between themselves.

use super::{Part, Row, base64_to, digits, digits_to, part_text_to, range, row, text, text_to};
use crate::scan::gs1::rule::Rule::{
    Account, Check, CheckPair, CountryOrSeveral, Coupon, FullDate, Hour, LongDate, Medium,
    NoLeadingZero, NonZero, NotDigitsOnly, OperatorIndex, PackageType, Percent, PieceOf, Place,
    PositiveOffer, Prefix, Sex, Sixty, Time, Winding, Zero,
};

const NUMBER_18: &[Part] = &[digits(18).rule(Check)];
const FULL_DATE: &[Part] = &[digits(6).rule(FullDate)];
const TEXT_3: &[Part] = &[text_to(3)];
const TEXT_10: &[Part] = &[text_to(10)];
const TEXT_20: &[Part] = &[text_to(20)];
const TEXT_25: &[Part] = &[text_to(25)];
const TEXT_30: &[Part] = &[text_to(30)];
const ADDRESS_40: &[Part] = &[text_to(40).rule(Percent)];
const ADDRESS_70: &[Part] = &[text_to(70).rule(Percent)];

/// In the order of their numbers.
#[rustfmt::skip]
pub(super) static ROWS: &[Row] = &[
    row("7001", "NATO stock number", &[digits(13)]).attribute().needs("01 02 8006 8026"),
    row("7002", "meat cut", TEXT_30).attribute().needs("01 02"),
    row("7003", "expires at", &[digits(6).rule(FullDate), digits(4).rule(Time)]).attribute().needs("01 02 03"),
    row("7004", "active potency", &[digits_to(4)]).attribute().needs("01+10 03+10"),
    row("7005", "catch area", &[text_to(12)]).attribute().needs("01 02"),
    row("7006", "first frozen on", FULL_DATE).attribute().needs("01 02"),
    row("7007", "harvested on", &[digits(6).rule(FullDate), digits(6).rule(FullDate).optional()]).attribute().needs("01 02"),
    row("7008", "fishery species", TEXT_3).attribute().needs("01 02"),
    row("7009", "fishing gear", TEXT_10).attribute().needs("01 02"),
    row("7010", "production method", &[text_to(2)]).attribute().needs("01 02 03"),
    row("7011", "test by", &[digits(6).rule(FullDate), digits(4).rule(Time).optional()]).attribute().needs("01 02 03"),
    row("7020", "refurbishment lot", TEXT_20).attribute().needs("01+416 03+416 8006+416"),
    row("7021", "functional status", TEXT_20).attribute().needs("01 03 8006"),
    row("7022", "revision status", TEXT_20).attribute().needs("01+7021 03+7021 8006+7021"),
    row("7023", "assembly it belongs to", &[text_to(30).rule(Prefix(0))]).attribute(),
    range("7030", "7039", "processor with country", &[digits(3).rule(CountryOrSeveral), text_to(27)]).attribute().needs("01 02"),
    row("7040", "unique identifier of the economic operator, extended", &[digits(1), text(1), text(1), text(1).rule(OperatorIndex)]),
    row("7041", "packaging type of the unit", &[text_to(4).rule(PackageType)]).needs("00"),
    range("710", "717", "national healthcare number", TEXT_20).attribute().needs("01"),
    range("7230", "7239", "certificate", &[text(2), text_to(28)]).attribute().needs("01 8004"),
    row("7240", "protocol", TEXT_20).attribute().needs("01 8006").without("03"),
    row("7241", "medium", &[digits(2).rule(Medium)]).attribute().needs("8017 8018"),
    row("7242", "version of the medium", TEXT_25).attribute().needs("8017 8018"),
    row("7250", "born on", &[digits(8).rule(LongDate)]).attribute().needs("8018").without("7251"),
    row("7251", "born at", &[digits(8).rule(LongDate), digits(4).rule(Time)]).attribute().needs("8018").without("7250"),
    row("7252", "biological sex", &[digits(1).rule(Sex)]).attribute().needs("8018"),
    row("7253", "family name", ADDRESS_40).attribute().needs("8017 8018").without("7256 7259"),
    row("7254", "given name", ADDRESS_40).attribute().needs("8017 8018").without("7256 7259"),
    row("7255", "name suffix", TEXT_10).attribute().needs("8017 8018").without("7256 7259"),
    row("7256", "full name", &[text_to(90).rule(Percent)]).attribute().needs("8017 8018"),
    row("7257", "address of the person", ADDRESS_70).attribute().needs("8018"),
    row("7258", "birth order", &[text(3).rule(Place)]).attribute().needs("8018+7259"),
    row("7259", "baby of", ADDRESS_40).attribute().needs("8018").without("7256"),
    row("8001", "roll: width, length, core, winding, splices", &[digits(4).rule(NonZero), digits(5).rule(NonZero), digits(3).rule(NonZero), digits(1).rule(Winding), digits(1)]).attribute().needs("01"),
    row("8002", "mobile telephone", TEXT_20).attribute(),
    row("8003", "returnable asset", &[digits(1).rule(Zero), digits(13).rule(Check), text_to(16).optional()]).attribute().key(""),
    row("8004", "individual asset", &[text_to(30).rule(Prefix(0))]).attribute().key("7040"),
    row("8005", "price per unit", &[digits(6)]).attribute().needs("01 02"),
    row("8006", "piece of an item", &[digits(14).rule(Check), digits(4).rule(PieceOf)]).attribute().without("01 03 37").key("22 10 21"),
    row("8007", "bank account (IBAN)", &[text_to(34).rule(Account)]).attribute().needs("415"),
    row("8008", "made at", &[digits(6).rule(FullDate), digits(2).rule(Hour), digits(2).rule(Sixty).optional(), digits(2).rule(Sixty).optional()]).attribute().needs("01 02 03"),
    row("8009", "optical sensor", &[text_to(50)]).attribute().needs("00 01 03"),
    row("8010", "component or part", &[part_text_to(30).rule(Prefix(0))]).attribute().key("8011"),
    row("8011", "serial number of the component", &[digits_to(12).rule(NoLeadingZero)]).needs("8010"),
    row("8012", "software version", TEXT_20).attribute().needs("01 03 8006"),
    row("8013", "product model", &[text_to(25).rule(CheckPair).rule(Prefix(0))]).attribute().key(""),
    row("8014", "device registration", &[text_to(25).rule(CheckPair).rule(Prefix(0)).rule(NotDigitsOnly)]).needs("01"),
    row("8017", "service provider", NUMBER_18).attribute().without("8018").key("8019"),
    row("8018", "service recipient", NUMBER_18).attribute().without("8017").key("8019"),
    row("8019", "service instance", &[digits_to(10)]).needs("8017 8018"),
    row("8020", "payment reference", TEXT_25).needs("415"),
    row("8026", "piece of an item, inside", &[digits(14).rule(Check), digits(4).rule(PieceOf)]).attribute().needs("37").without("02 03 8006"),
    row("8030", "digital signature", &[base64_to(90)]).attribute().needs("00 01+21 03+21 253 255 8003 8004 8006+21 8010+8011 8017 8018"),
    row("8040", "IMEI", &[digits(15)]).needs("01+21"),
    row("8041", "second IMEI", &[digits(15)]).needs("01+21+8040"),
    row("8042", "embedded SIM", &[digits(32)]).needs("01+21+8040"),
    row("8043", "physical SIM", &[digits(18), digits_to(2).optional()]).needs("01+21+8040"),
    row("8110", "coupon of North America", &[text_to(70).rule(Coupon)]).attribute(),
    row("8111", "loyalty points", &[digits(4)]).attribute().needs("255"),
    row("8112", "coupon of North America, with positive offer", &[text_to(70).rule(PositiveOffer)]).attribute(),
    row("8200", "web address of the packaging", &[text_to(70)]).needs("01"),
    row("90", "agreed between partners", TEXT_30).attribute(),
    range("91", "99", "internal", &[text_to(90)]).attribute(),
];
