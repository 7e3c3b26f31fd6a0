//! 31 to 39: measures and prices. The last digit of the identifier is the number of decimals.

use super::{Row, digits, digits_to, measure, range};
use crate::scan::gs1::rule::Rule::Currency;

/// Measures of what is sold.
const ITEM: &str = "01 02";
/// Measures of what is moved.
const UNIT: &str = "00 01";

/// In the order of their numbers.
#[rustfmt::skip]
pub(super) static ROWS: &[Row] = &[
    measure("3100", "3105", "net weight", "kg", ITEM, "310n"),
    measure("3110", "3115", "length", "m", ITEM, "311n"),
    measure("3120", "3125", "width", "m", ITEM, "312n"),
    measure("3130", "3135", "height", "m", ITEM, "313n"),
    measure("3140", "3145", "area", "m²", ITEM, "314n"),
    measure("3150", "3155", "net volume", "l", ITEM, "315n"),
    measure("3160", "3165", "net volume", "m³", ITEM, "316n"),
    measure("3200", "3205", "net weight", "lb", ITEM, "320n"),
    measure("3210", "3215", "length", "in", ITEM, "321n"),
    measure("3220", "3225", "length", "ft", ITEM, "322n"),
    measure("3230", "3235", "length", "yd", ITEM, "323n"),
    measure("3240", "3245", "width", "in", ITEM, "324n"),
    measure("3250", "3255", "width", "ft", ITEM, "325n"),
    measure("3260", "3265", "width", "yd", ITEM, "326n"),
    measure("3270", "3275", "height", "in", ITEM, "327n"),
    measure("3280", "3285", "height", "ft", ITEM, "328n"),
    measure("3290", "3295", "height", "yd", ITEM, "329n"),
    measure("3300", "3305", "gross weight", "kg", UNIT, "330n"),
    measure("3310", "3315", "unit length", "m", UNIT, "331n"),
    measure("3320", "3325", "unit width", "m", UNIT, "332n"),
    measure("3330", "3335", "unit height", "m", UNIT, "333n"),
    measure("3340", "3345", "unit area", "m²", UNIT, "334n"),
    measure("3350", "3355", "unit volume", "l", UNIT, "335n"),
    measure("3360", "3365", "unit volume", "m³", UNIT, "336n"),
    measure("3370", "3375", "weight per area", "kg/m²", "01", "337n"),
    measure("3400", "3405", "gross weight", "lb", UNIT, "340n"),
    measure("3410", "3415", "unit length", "in", UNIT, "341n"),
    measure("3420", "3425", "unit length", "ft", UNIT, "342n"),
    measure("3430", "3435", "unit length", "yd", UNIT, "343n"),
    measure("3440", "3445", "unit width", "in", UNIT, "344n"),
    measure("3450", "3455", "unit width", "ft", UNIT, "345n"),
    measure("3460", "3465", "unit width", "yd", UNIT, "346n"),
    measure("3470", "3475", "unit height", "in", UNIT, "347n"),
    measure("3480", "3485", "unit height", "ft", UNIT, "348n"),
    measure("3490", "3495", "unit height", "yd", UNIT, "349n"),
    measure("3500", "3505", "area", "in²", ITEM, "350n"),
    measure("3510", "3515", "area", "ft²", ITEM, "351n"),
    measure("3520", "3525", "area", "yd²", ITEM, "352n"),
    measure("3530", "3535", "unit area", "in²", UNIT, "353n"),
    measure("3540", "3545", "unit area", "ft²", UNIT, "354n"),
    measure("3550", "3555", "unit area", "yd²", UNIT, "355n"),
    measure("3560", "3565", "net weight", "ozt", ITEM, "356n"),
    measure("3570", "3575", "net volume", "fl oz", ITEM, "357n"),
    measure("3600", "3605", "net volume", "qt", ITEM, "360n"),
    measure("3610", "3615", "net volume", "gal", ITEM, "361n"),
    measure("3620", "3625", "unit volume", "qt", UNIT, "362n"),
    measure("3630", "3635", "unit volume", "gal", UNIT, "363n"),
    measure("3640", "3645", "net volume", "in³", ITEM, "364n"),
    measure("3650", "3655", "net volume", "ft³", ITEM, "365n"),
    measure("3660", "3665", "net volume", "yd³", ITEM, "366n"),
    measure("3670", "3675", "unit volume", "in³", UNIT, "367n"),
    measure("3680", "3685", "unit volume", "ft³", UNIT, "368n"),
    measure("3690", "3695", "unit volume", "yd³", UNIT, "369n"),
    range("3900", "3909", "amount", &[digits_to(15)]).attribute().needs("255 8020").without("390n 391n 394n 8111"),
    range("3910", "3919", "amount, with currency", &[digits(3).rule(Currency), digits_to(15)]).attribute().needs("8020").without("391n"),
    range("3920", "3929", "price", &[digits_to(15)]).attribute().needs("01+30 01+31nn 01+32nn 01+35nn 01+36nn").without("392n 393n"),
    range("3930", "3939", "price, with currency", &[digits(3).rule(Currency), digits_to(15)]).attribute().needs("30 31nn 32nn 35nn 36nn").without("393n"),
    range("3940", "3943", "discount", &[digits(4)]).attribute().needs("255").without("394n 8111"),
    range("3950", "3955", "price per unit of measure", &[digits(6)]).attribute().needs("30 31nn 32nn 35nn 36nn").without("392n 393n 395n 8005"),
];
