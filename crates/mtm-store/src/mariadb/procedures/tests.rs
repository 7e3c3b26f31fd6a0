//! The description of the procedures is that of their scripts.

use super::*;

#[test]
fn the_description_is_that_of_the_scripts() {
    for procedure in PROCEDURES {
        let head = &procedure.script[..procedure.script.len() - procedure.body().len()];
        assert!(head.starts_with(&format!("CREATE OR REPLACE PROCEDURE {} (", procedure.name)));
        let parameters: Vec<String> = head
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("IN ") || line.starts_with("OUT "))
            .map(|line| {
                // Of a text's type the server tells only how long it may be.
                let line = line.trim_end_matches(',');
                line.split(" CHARACTER SET ").next().unwrap_or(line).to_lowercase()
            })
            .collect();
        let described: Vec<String> = procedure
            .parameters
            .iter()
            .map(|it| {
                let (direction, kind) = it
                    .shown()
                    .split_once(' ')
                    .map_or_else(Default::default, |(direction, kind)| {
                        (direction.to_lowercase(), kind.to_owned())
                    });
                // A display width is the server's own addition.
                let kind = kind.replace("int(11)", "int").replace("bigint(20)", "bigint");
                format!("{direction} {} {kind}", it.name)
            })
            .collect();
        assert_eq!(parameters, described, "{}", procedure.name);
        assert!(head.contains(procedure.data_access), "{}", procedure.name);
        assert!(procedure.body().contains("BEGIN\n"), "{}", procedure.name);
        assert!(procedure.body().ends_with("END"), "{}", procedure.name);
    }
}
