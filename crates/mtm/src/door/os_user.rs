//! Whose terminal this is.

/// The name of the operating system's user, as the log shows it behind `cli:`.
#[cfg(unix)]
pub(crate) fn os_user() -> String {
    let uid = rustix::process::getuid().as_raw();
    // The account database, not the environment: a variable is anybody's to set.
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    name_of(&accounts, uid).unwrap_or_else(|| format!("uid-{uid}"))
}

/// The name of the operating system's user, as the log shows it behind `cli:`.
#[cfg(not(unix))]
pub(crate) fn os_user() -> String {
    std::env::var("USERNAME")
        .ok()
        .filter(|name| !name.trim().is_empty())
        .unwrap_or_else(|| "unknown".to_owned())
}

#[cfg(unix)]
fn name_of(accounts: &str, uid: u32) -> Option<String> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, id) = (fields.next()?, fields.next()?, fields.next()?);
        (id.parse() == Ok(uid) && !name.is_empty()).then(|| name.to_owned())
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_account_database_names_the_user() {
        let accounts =
            "root:x:0:0:root:/root:/bin/sh\nbroken\nanna:x:1000:1000::/home/anna:/bin/sh\n";
        assert_eq!(name_of(accounts, 1000).as_deref(), Some("anna"));
        assert_eq!(name_of(accounts, 7), None);
        assert!(!os_user().is_empty());
    }
}
