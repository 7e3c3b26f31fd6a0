//! The drop folder on a share that is away, lets nothing be written, or hangs: nobody waits for it, and nothing
//! is booked twice or forgotten.

use std::fs;
use std::path::Path;
use std::time::Duration;

use mtm_app::drop_folder::{DropError, DropFolder, DropFolderView, Settings};
use mtm_testkit::poll;

use crate::drop_folder::{Exchange, SOON, receipts};

#[tokio::test]
async fn a_folder_that_is_away_is_told_and_nothing_in_it_is_lost() {
    let exchange = Exchange::new().await;
    exchange.put("in/movements/a.csv", receipts(&[10]));
    let (here, away) =
        (exchange.folder.path().to_owned(), exchange.folder.path().with_extension("away"));
    fs::rename(&here, &away).unwrap();
    assert!(matches!(exchange.try_look().await, Err(DropError::File(_))));
    // It is not made anew where it was mounted.
    assert!(!here.exists());
    assert!(exchange.view().await.error.is_some());
    fs::rename(&away, &here).unwrap();
    exchange.look().await;
    assert_eq!(exchange.site.pieces().await, 10);
}

#[tokio::test]
async fn a_folder_that_lets_nothing_be_written_is_told_and_everything_waits() {
    let exchange = Exchange::new().await;
    fs::remove_dir(exchange.at("done")).unwrap();
    exchange.put("done", "no directory");
    exchange.put("in/movements/a.csv", receipts(&[10]));
    let refused = exchange.try_look().await.unwrap_err();
    assert!(matches!(&refused, DropError::File(_)), "{refused}");
    assert!(exchange.view().await.error.is_some());
    assert_eq!((exchange.site.pieces().await, exchange.names("in/movements").len()), (0, 1));
    fs::remove_file(exchange.at("done")).unwrap();
    exchange.look().await;
    exchange.look().await;
    assert_eq!(
        (exchange.site.pieces().await, exchange.names("done")),
        (10, vec!["a.csv".to_owned()])
    );
}

/// Nothing can be moved into a file system that is made anew at every look.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_that_cannot_be_put_away_after_it_was_booked_is_booked_once() {
    let exchange = Exchange::new().await;
    fs::remove_dir(exchange.at("done")).unwrap();
    std::os::unix::fs::symlink("/proc/self", exchange.at("done")).unwrap();
    exchange.put("in/movements/a.csv", receipts(&[10]));
    for _ in 0..3 {
        assert!(matches!(exchange.try_look().await, Err(DropError::File(_))));
        assert_eq!(exchange.site.pieces().await, 10);
        assert_eq!(exchange.names("taken/movements"), ["a.csv", "a.csv.import"]);
    }
    fs::remove_file(exchange.at("done")).unwrap();
    exchange.look().await;
    assert_eq!(
        (exchange.site.pieces().await, exchange.names("done")),
        (10, vec!["a.csv".to_owned()])
    );
    assert!(exchange.names("taken/movements").is_empty());
}

/// A pipe that nobody writes to is a file that hangs.
#[cfg(unix)]
fn pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_hangs_is_told_and_keeps_no_page_waiting() {
    let exchange = Exchange::new().await;
    exchange.put("quarantine/a.csv", "x");
    let reason = exchange.at("quarantine/a.csv.reason.txt");
    pipe(&reason);
    let told = |view: DropFolderView| view.error.unwrap_or_default();
    let shown = tokio::time::timeout(SOON, exchange.view()).await.expect("somebody waits");
    assert!(told(shown).contains("does not answer"));
    // As long as it hangs, each who looks is told at once, and one thread waits.
    let again = async || exchange.site.app.drop_folder().await.unwrap().unwrap();
    assert!(told(again().await).contains("has not come back"));
    fs::write(&reason, "Nothing of it is booked.").unwrap();
    fs::remove_file(&reason).unwrap();
    exchange.put("quarantine/a.csv.reason.txt", "Row 3.");
    let back = async || Ok(Some(again().await).filter(|view| view.error.is_none()));
    let view = poll::eventually("the folder", SOON, back).await.unwrap();
    assert_eq!((view.quarantined, view.quarantine[0].why.as_str()), (1, "Row 3."));
    // What another file says is not shown in its place.
    let secret = exchange.put("secret", "geheim");
    fs::remove_file(&reason).unwrap();
    std::os::unix::fs::symlink(secret, &reason).unwrap();
    assert_eq!(again().await.quarantine[0].why, "the text that says why is gone");
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_hangs_while_files_are_taken_over_is_left_and_nothing_is_booked_twice() {
    let exchange = Exchange::new().await;
    exchange.put("taken/movements/a.csv", receipts(&[10]));
    let mark = exchange.at("taken/movements/a.csv.import");
    pipe(&mark);
    let settings = Settings { patience: Duration::from_secs(1), ..exchange.settings.clone() };
    let mut folder = DropFolder::new(exchange.site.app.clone(), settings);
    for _ in 0..3 {
        let look = tokio::time::timeout(SOON, folder.look()).await.expect("somebody waits");
        assert!(matches!(&look, Err(DropError::Silent(_))), "{look:?}");
    }
    assert_eq!(exchange.site.pieces().await, 0);
    fs::write(&mark, "").unwrap();
    fs::remove_file(&mark).unwrap();
    exchange.look().await;
    exchange.look().await;
    assert_eq!(
        (exchange.site.pieces().await, exchange.names("done")),
        (10, vec!["a.csv".to_owned()])
    );
}
