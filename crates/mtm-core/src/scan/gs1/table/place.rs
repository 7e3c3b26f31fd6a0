//! 40 to 43: orders, places, and where a logistic unit goes.

use super::{Part, Row, digits, row, text, text_to};
use crate::scan::gs1::rule::Rule::{
    Check, Country, CountryLetters, Date, FullDate, Hyphen, Latitude, Longitude, Percent, Prefix,
    Time, YesNo,
};

const GLN: &[Part] = &[digits(13).rule(Check)];
const FULL_DATE: &[Part] = &[digits(6).rule(FullDate)];
const COUNTRY: &[Part] = &[digits(3).rule(Country)];
const DEGREES: &[Part] = &[digits(6), text(1).rule(Hyphen).optional()];
const DATE_TIME: &[Part] = &[digits(6).rule(Date), digits(4).rule(Time)];
const FLAG: &[Part] = &[digits(1).rule(YesNo)];
const TEXT_3: &[Part] = &[text_to(3)];
const TEXT_20: &[Part] = &[text_to(20)];
const TEXT_30: &[Part] = &[text_to(30)];
const ADDRESS_35: &[Part] = &[text_to(35).rule(Percent)];
const ADDRESS_70: &[Part] = &[text_to(70).rule(Percent)];
/// What a lot, a date or a variant belongs to.
const TRADE: &str = "01 02 03 8006 8026";
/// A logistic unit on its way.
const DELIVERY: &str = "00";
const COUNTRIES: &[Part] = &[
    digits(3).rule(Country),
    digits(3).rule(Country).optional(),
    digits(3).rule(Country).optional(),
    digits(3).rule(Country).optional(),
    digits(3).rule(Country).optional(),
];

/// In the order of their numbers.
#[rustfmt::skip]
pub(super) static ROWS: &[Row] = &[
    row("400", "customer's order", TEXT_30).attribute(),
    row("401", "consignment", &[text_to(30).rule(Prefix(0))]).attribute().key(""),
    row("402", "shipment", &[digits(17).rule(Check)]).attribute().key(""),
    row("403", "routing code", TEXT_30).attribute().needs("00"),
    row("410", "deliver to", GLN).fixed().attribute(),
    row("411", "invoice to", GLN).fixed().attribute(),
    row("412", "bought from", GLN).fixed().attribute(),
    row("413", "forward to", GLN).fixed().attribute(),
    row("414", "physical location", GLN).fixed().attribute().key("254|7040"),
    row("415", "invoicing party", GLN).fixed().attribute().needs("8020").key("8020"),
    row("416", "place of production or service", GLN).fixed().attribute(),
    row("417", "party", GLN).fixed().attribute().key("7040"),
    row("420", "postal code of delivery", TEXT_20).attribute().without("421"),
    row("421", "postal code of delivery, with country", &[digits(3).rule(Country), text_to(9)]).attribute().without("4307"),
    row("422", "country of origin", COUNTRY).attribute().needs(TRADE).without("426"),
    row("423", "countries of first processing", COUNTRIES).attribute().needs("01 02 03").without("426"),
    row("424", "country of processing", COUNTRY).attribute().needs("01 02 03").without("426"),
    row("425", "countries of disassembly", COUNTRIES).attribute().needs("01 02 03").without("426"),
    row("426", "country of all processing", COUNTRY).attribute().needs("01 02 03"),
    row("427", "region of origin", TEXT_3).attribute().needs("01+422 02+422 03+422"),
    row("4300", "delivery: company", ADDRESS_35).attribute().needs(DELIVERY),
    row("4301", "delivery: contact", ADDRESS_35).attribute().needs(DELIVERY),
    row("4302", "delivery: address", ADDRESS_70).attribute().needs(DELIVERY),
    row("4303", "delivery: address, second line", ADDRESS_70).attribute().needs("4302"),
    row("4304", "delivery: suburb", ADDRESS_70).attribute().needs(DELIVERY),
    row("4305", "delivery: town", ADDRESS_70).attribute().needs(DELIVERY),
    row("4306", "delivery: region", ADDRESS_70).attribute().needs(DELIVERY),
    row("4307", "delivery: country", &[text(2).rule(CountryLetters)]).attribute().needs(DELIVERY),
    row("4308", "delivery: telephone", TEXT_30).attribute().needs(DELIVERY),
    row("4309", "delivery: geographic position", &[digits(10).rule(Latitude), digits(10).rule(Longitude)]).attribute().needs(DELIVERY),
    row("4310", "return: company", ADDRESS_35).attribute().needs(DELIVERY),
    row("4311", "return: contact", ADDRESS_35).attribute().needs(DELIVERY),
    row("4312", "return: address", ADDRESS_70).attribute().needs(DELIVERY),
    row("4313", "return: address, second line", ADDRESS_70).attribute().needs("4312"),
    row("4314", "return: suburb", ADDRESS_70).attribute().needs(DELIVERY),
    row("4315", "return: town", ADDRESS_70).attribute().needs(DELIVERY),
    row("4316", "return: region", ADDRESS_70).attribute().needs(DELIVERY),
    row("4317", "return: country", &[text(2).rule(CountryLetters)]).attribute().needs(DELIVERY),
    row("4318", "return: postal code", TEXT_20).attribute().needs(DELIVERY),
    row("4319", "return: telephone", TEXT_30).attribute().needs(DELIVERY),
    row("4320", "service", ADDRESS_35).attribute().needs(DELIVERY),
    row("4321", "dangerous goods", FLAG).attribute().needs(DELIVERY),
    row("4322", "may be left unattended", FLAG).attribute().needs(DELIVERY),
    row("4323", "signature wanted", FLAG).attribute().needs(DELIVERY),
    row("4324", "not to be delivered before", DATE_TIME).attribute().needs(DELIVERY),
    row("4325", "not to be delivered after", DATE_TIME).attribute().needs(DELIVERY),
    row("4326", "released on", FULL_DATE).attribute().needs(DELIVERY),
    row("4330", "highest temperature (°F, hundredths)", DEGREES).attribute().needs(DELIVERY).without("4331"),
    row("4331", "highest temperature (°C, hundredths)", DEGREES).attribute().needs(DELIVERY).without("4330"),
    row("4332", "lowest temperature (°F, hundredths)", DEGREES).attribute().needs(DELIVERY).without("4333"),
    row("4333", "lowest temperature (°C, hundredths)", DEGREES).attribute().needs(DELIVERY).without("4332"),
];
