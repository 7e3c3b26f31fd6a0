//! Code 128 (ISO/IEC 15417): printable ASCII into bars, digits in pairs where that is shorter.

/// Bars and spaces in turn, widths in modules: one row for each value, then the stop.
const WIDTHS: [&str; 107] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212",
    "221213", "221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221",
    "223211", "221132", "221231", "213212", "223112", "312131", "311222", "321122", "321221",
    "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123", "131321",
    "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131",
    "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131",
    "311123", "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111",
    "111224", "111422", "121124", "121421", "141122", "141221", "112214", "112412", "122114",
    "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111", "111242",
    "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
    "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
];

const TO_C: u8 = 99;
const TO_B: u8 = 100;
const START_B: u8 = 104;
const START_C: u8 = 105;
const STOP: u8 = 106;

/// The modules of a symbol, dark ones true. `text` is printable ASCII.
pub(super) fn modules(text: &str) -> Vec<bool> {
    let mut modules = Vec::with_capacity(text.len() * 11 + 35);
    for value in values(text.as_bytes()) {
        let widths = WIDTHS[usize::from(value)].bytes();
        for (place, width) in widths.enumerate() {
            let width = usize::from(width - b'0');
            modules.extend(std::iter::repeat_n(place % 2 == 0, width));
        }
    }
    modules
}

/// Start, data, check and stop.
fn values(text: &[u8]) -> Vec<u8> {
    let mut pairs = digits(text) >= 4 || (text.len() == 2 && digits(text) == 2);
    let mut values = vec![if pairs { START_C } else { START_B }];
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let run = digits(rest);
        if pairs {
            if run >= 2 {
                values.push((rest[0] - b'0') * 10 + (rest[1] - b'0'));
                rest = &rest[2..];
            } else {
                values.push(TO_B);
                pairs = false;
            }
            continue;
        }
        // Changing over and back costs two symbols in the middle, one at the end.
        let worth = if run == rest.len() { 4 } else { 6 };
        if run >= worth && run.is_multiple_of(2) {
            values.push(TO_C);
            pairs = true;
        } else {
            values.push(first - b' ');
            rest = after;
        }
    }
    let weighted =
        values.iter().zip(0_u32..).map(|(value, place)| u32::from(*value) * place.max(1));
    let check = weighted.sum::<u32>() % 103;
    values.push(u8::try_from(check).unwrap_or(0));
    values.push(STOP);
    values
}

/// How many digits it begins with.
fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_a_code() {
        let distinct: std::collections::HashSet<_> = WIDTHS.iter().collect();
        assert_eq!(distinct.len(), WIDTHS.len());
        for (value, widths) in WIDTHS.iter().enumerate() {
            let sum = |step: usize| -> u32 {
                widths.bytes().skip(step).step_by(2).map(|width| u32::from(width - b'0')).sum()
            };
            let (bars, spaces) = (sum(0), sum(1));
            assert_eq!(bars + spaces, if value == 106 { 13 } else { 11 }, "{value}");
            assert_eq!(bars % 2, 0, "{value}: bars are even");
        }
    }

    #[test]
    fn digits_go_in_pairs_where_that_is_shorter() {
        assert_eq!(values(b"PJJ123C"), [104, 48, 42, 42, 17, 18, 19, 35, 55, 106]);
        let lot = values(b"LOT:0000012345");
        assert_eq!(lot[..5], [104, 44, 47, 52, 26]);
        assert_eq!(lot[5..11], [99, 0, 0, 1, 23, 45]);
        assert_eq!(values(b"12345")[..4], [105, 12, 34, 100]);
    }
}
