//! Files that others leave are taken over once and whole, or say why they were not; movements are left
//! for others in order, none twice and none left out.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mtm_app::drop_folder::{DropError, DropFolder, DropFolderView, Settings};
use mtm_app::import::{CommitBody, ImportKind};
use mtm_app::movement::BookingType;
use mtm_core::word::ImportId;

use crate::import_steps::Site;

/// Ample for anything that does not hang.
pub(crate) const SOON: Duration = Duration::from_secs(60);
const HEADER: &str = "type,part,operation,location,quantity\n";

/// A plant and the folder by which others exchange files with it.
pub(crate) struct Exchange {
    pub(crate) site: Site,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) settings: Settings,
}

impl Exchange {
    pub(crate) async fn new() -> Self {
        let (site, folder) = (Site::file().await, tempfile::tempdir().unwrap());
        let settings = Settings {
            folder: folder.path().to_owned(),
            settle: Duration::ZERO,
            most: 1 << 20,
            keep: Duration::from_secs(86_400),
            leaves_every: None,
            patience: SOON,
        };
        let exchange = Self { site, folder, settings };
        exchange.look().await;
        exchange
    }

    /// What a program does that was started just now.
    pub(crate) async fn look(&self) {
        self.try_look().await.unwrap();
    }

    pub(crate) async fn try_look(&self) -> Result<(), DropError> {
        DropFolder::new(self.site.app.clone(), self.settings.clone()).look().await
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn put(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.at(path), text).unwrap();
        self.at(path)
    }

    pub(crate) fn names(&self, directory: &str) -> Vec<String> {
        names(&self.at(directory))
    }

    fn reason(&self, file: &str) -> String {
        fs::read_to_string(self.at(&format!("quarantine/{file}.reason.txt"))).unwrap()
    }

    pub(crate) async fn view(&self) -> DropFolderView {
        self.site.app.use_drop_folder(Some(self.settings.clone()));
        self.site.app.drop_folder().await.unwrap().unwrap()
    }
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    let mut names: Vec<_> =
        entries.map(name).map(|name| name.to_string_lossy().into_owned()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
}

pub(crate) fn receipts(quantities: &[i64]) -> String {
    let row = |quantity: &i64| format!("in,P-1,10,A-1,{quantity}\n");
    format!("{HEADER}{}", quantities.iter().map(row).collect::<String>())
}

#[tokio::test]
async fn a_file_of_movements_is_taken_over_and_put_away() {
    let exchange = Exchange::new().await;
    exchange.put("in/movements/shift-1.csv", receipts(&[10, 20]));
    exchange.look().await;
    assert_eq!(exchange.site.pieces().await, 30);
    assert_eq!(exchange.names("done"), ["shift-1.csv"]);
    for empty in ["in/movements", "taken/movements", "quarantine"] {
        assert!(exchange.names(empty).is_empty(), "{empty}");
    }
    // It is an import like any other, of a user of the folder's own.
    let imports = exchange.site.app.imports(&exchange.site.who).await.unwrap();
    assert_eq!((imports[0].file_name.as_str(), imports[0].state), ("shift-1.csv", "committed"));
    let view = exchange.view().await;
    assert!(view.last_done.is_some());
    assert_eq!((view.waiting, view.under_way, view.quarantined), (0, 0, 0));
    // Nothing happens to it again.
    exchange.look().await;
    assert_eq!(exchange.site.pieces().await, 30);
}

#[tokio::test]
async fn one_wrong_row_keeps_all_of_a_file_out_and_the_reason_names_it() {
    let exchange = Exchange::new().await;
    // guide: whole
    exchange.put("in/movements/a.csv", receipts(&[10]) + "in,P-77,10,A-1,5\nin,P-1,10,A-1,x\n");
    exchange.look().await;
    assert_eq!(exchange.site.pieces().await, 0);
    assert_eq!(exchange.names("quarantine"), ["a.csv", "a.csv.reason.txt"]);
    // guide: end
    let reason = exchange.reason("a.csv");
    for words in
        ["2 of its 3 rows", "line 3, part", "(unknown_part)", "line 4, quantity", "Nothing of it"]
    {
        assert!(reason.contains(words), "{words} in {reason}");
    }
    let view = exchange.view().await;
    assert_eq!(view.quarantined, 1);
    assert_eq!(view.quarantine[0].file, "a.csv");
    assert!(reason.starts_with(&view.quarantine[0].why.lines().next().unwrap().to_owned()));
    // The corrected one of the same name is taken over, and the old one stays for whoever looks.
    exchange.put("in/movements/a.csv", receipts(&[10, 5]));
    exchange.look().await;
    assert_eq!(exchange.site.pieces().await, 15);
    exchange.put("in/movements/a.csv", "nonsense");
    exchange.look().await;
    let kept = ["a-2.csv", "a-2.csv.reason.txt", "a.csv", "a.csv.reason.txt"];
    assert_eq!(exchange.names("quarantine"), kept);
}

#[tokio::test]
async fn the_same_movements_again_wait_for_somebody_who_knows() {
    let exchange = Exchange::new().await;
    for name in ["a.csv", "a.csv", "b.csv"] {
        exchange.put(&format!("in/movements/{name}"), receipts(&[10]));
        exchange.look().await;
    }
    assert_eq!(exchange.site.pieces().await, 10);
    assert_eq!(exchange.names("done"), ["a.csv"]);
    assert!(exchange.reason("a.csv").contains("(possible_duplicate)"));
    assert!(exchange.reason("b.csv").contains("a.csv"), "{}", exchange.reason("b.csv"));
}

#[tokio::test]
async fn master_data_that_lists_everything_each_time_adds_what_is_new() {
    let exchange = Exchange::new().await;
    let files = ["code\nP-1\nN-1\n", "code\nP-1\nN-1\nN-2\n", "code\nP-1\nN-1\nN-2\n"];
    for (text, parts) in files.into_iter().zip([3, 4, 4]) {
        exchange.put("in/parts/parts.csv", text);
        exchange.look().await;
        assert_eq!(exchange.site.app.catalogue().parts.iter().count(), parts);
    }
    assert_eq!(exchange.names("done").len(), 3);
    // Anything else that is wrong with it keeps all of it out.
    exchange.put("in/parts/worse.csv", format!("code\nP-1\nN-3\n{}\n", "x".repeat(500)));
    exchange.put("in/parts/other.csv", "code,colour\nN-3,red\n");
    exchange.look().await;
    assert_eq!(exchange.site.app.catalogue().parts.iter().count(), 4);
    assert!(exchange.reason("worse.csv").contains("line 4, code"));
    assert!(exchange.reason("other.csv").contains("unknown columns: colour"));
}

/// How far a program came with a file before it was killed.
#[derive(Debug, Clone, Copy)]
enum Killed {
    PickedUp,
    LookedAt,
    Marked,
    InPart,
    TakenOver,
}

#[tokio::test]
async fn a_program_that_was_killed_goes_on_and_books_once() {
    use Killed::{InPart, LookedAt, Marked, PickedUp, TakenOver};
    for killed in [PickedUp, LookedAt, Marked, InPart, TakenOver] {
        let exchange = Exchange::new().await;
        let text = receipts(&[1; 120]);
        let path = exchange.put("taken/movements/a.csv", &text);
        let (app, who) = (&exchange.site.app, &exchange.site.who);
        if !matches!(killed, PickedUp) {
            let bytes = text.into_bytes();
            let import =
                app.preview_import(who, ImportKind::Movements, "a.csv", bytes).await.unwrap();
            if !matches!(killed, LookedAt) {
                fs::write(path.with_file_name("a.csv.import"), format!("{}\n", import.id)).unwrap();
            }
            let at_most = match killed {
                InPart => Some(50),
                _ => None,
            };
            if matches!(killed, InPart | TakenOver) {
                let how = CommitBody { at_most, ..CommitBody::default() };
                app.commit_import(who, ImportId(import.id), &how).await.unwrap();
            }
        }
        exchange.look().await;
        assert_eq!(exchange.site.pieces().await, 120, "{killed:?}");
        assert_eq!(exchange.names("done"), ["a.csv"], "{killed:?}");
        assert!(exchange.names("taken/movements").is_empty(), "{killed:?}");
        exchange.site.verify().await;
    }
}

#[tokio::test]
async fn a_mark_whose_file_is_gone_is_not_taken_for_another_files() {
    let exchange = Exchange::new().await;
    exchange.put("in/movements/a.csv", receipts(&[10]));
    exchange.look().await;
    let imports = exchange.site.app.imports(&exchange.site.who).await.unwrap();
    // Killed after the file was put away and before its mark was removed.
    exchange.put("taken/movements/a.csv.import", imports[0].id.to_string());
    exchange.put("in/movements/a.csv", receipts(&[7]));
    exchange.look().await;
    assert_eq!(exchange.site.pieces().await, 17);
}

#[tokio::test]
async fn work_orders_come_after_the_parts_that_they_name() {
    let exchange = Exchange::new().await;
    exchange.put("in/work_orders/plan.csv", "code,part,quantity\n60723,P-NEW,500\n");
    exchange.put("in/parts/parts.csv", "code\nP-NEW\n");
    exchange.look().await;
    assert_eq!(exchange.names("done"), ["parts.csv", "plan.csv"]);
    let order = exchange.site.app.work_order(&exchange.site.who, "60723").await.unwrap().order;
    assert_eq!((order.part.as_str(), order.quantity.whole()), ("P-NEW", 500));
    // The same again is no trouble; what is wrong in it keeps all of it out.
    exchange.put("in/work_orders/again.csv", "code,part,quantity\n60723,P-NEW,500\n");
    exchange.put("in/work_orders/wrong.csv", "code,part,quantity\n1,P-NEW,5\n2,P-77,5\n");
    exchange.look().await;
    assert_eq!(exchange.names("done"), ["again.csv", "parts.csv", "plan.csv"]);
    assert!(exchange.reason("wrong.csv").contains("unknown_part"));
    assert!(exchange.site.app.work_order(&exchange.site.who, "1").await.is_err());
}

#[tokio::test]
async fn what_others_name_is_taken_over_before_them_at_the_same_look() {
    let exchange = Exchange::new().await;
    exchange.put("in/movements/a.csv", format!("{HEADER}in,P-NEW,35,A-NEW,4\n"));
    exchange.put("in/work_orders/b.csv", "code,part,quantity\n60724,P-NEW,500\n");
    exchange.put("in/routings/c.csv", "part,position,operation,location\nP-NEW,10,35,A-NEW\n");
    exchange.put("in/parts/d.csv", "code\nP-NEW\n");
    exchange.put("in/operations/e.csv", "code\n35\n");
    exchange.put("in/locations/f.csv", "code\nA-NEW\n");
    exchange.look().await;
    assert!(exchange.names("quarantine").is_empty(), "{:?}", exchange.names("quarantine"));
    assert_eq!(exchange.names("done").len(), 6);
    assert_eq!(exchange.site.pieces().await, 4);
}

#[tokio::test]
async fn what_is_no_file_of_rows_is_refused_and_harms_nobody() {
    let mut exchange = Exchange::new().await;
    exchange.settings.most = 1_000;
    exchange.put("in/movements/big.csv", receipts(&[1; 200]));
    exchange.put("in/movements/binary.csv", [0, 159, 146, 150]);
    exchange.put("in/movements/empty.csv", "");
    let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
    exchange.put("in/routings/bomb.xml", bomb);
    exchange.put("in/movements/half.csv.part", receipts(&[1]));
    exchange.put("in/movements/.hidden.csv", receipts(&[1]));
    exchange.put("in/movements/good.csv", receipts(&[3]));
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let secret = exchange.put("secret.csv", receipts(&[1_000]));
        std::os::unix::fs::symlink(secret, exchange.at("in/movements/link.csv")).unwrap();
        let name = std::ffi::OsStr::from_bytes(b"\xff\xfe.csv");
        fs::write(exchange.at("in/movements").join(name), receipts(&[4])).unwrap();
    }
    exchange.look().await;
    let unnamed = if cfg!(unix) { 4 } else { 0 };
    assert_eq!(exchange.site.pieces().await, 3 + unnamed);
    for (file, words) in
        [("big.csv", "too_large"), ("binary.csv", "import_unreadable"), ("empty.csv", "empty")]
    {
        assert!(exchange.reason(file).contains(words), "{}", exchange.reason(file));
    }
    assert!(exchange.reason("bomb.xml").contains("import_unreadable"));
    assert!(exchange.at("in/movements/half.csv.part").exists());
}

/// The movements of a file, by their place in the log.
fn places(path: &Path) -> Vec<u64> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.records().map(|row| row.unwrap()[0].parse().unwrap()).collect()
}

#[tokio::test]
async fn movements_are_left_in_order_and_what_was_fetched_is_not_left_again() {
    let mut exchange = Exchange::new().await;
    exchange.site.book(BookingType::In, 1).await;
    exchange.settings.leaves_every = Some(Duration::from_secs(60));
    // From now on: what was before is not told.
    exchange.look().await;
    let out = exchange.at("out/movements");
    assert!(names(&out).is_empty());
    for quantity in [2, 3] {
        exchange.site.book(BookingType::In, quantity).await;
    }
    exchange.look().await;
    let first = "movements-000000000002-000000000003.csv";
    assert_eq!(names(&out), [first]);
    assert_eq!(places(&out.join(first)), [2, 3]);
    assert_eq!(exchange.view().await.to_fetch, Some(1));
    fs::remove_file(out.join(first)).unwrap();
    exchange.look().await;
    assert!(names(&out).is_empty(), "nothing happened since");

    exchange.site.book(BookingType::In, 4).await;
    exchange.look().await;
    // Killed after it was written down what the next file holds; more happened before the start.
    exchange.site.book(BookingType::In, 5).await;
    fs::write(out.join(".position.json"), "{\"after\":4,\"to\":5}").unwrap();
    exchange.site.book(BookingType::In, 6).await;
    exchange.look().await;
    let left = names(&out);
    assert_eq!(left.len(), 3, "{left:?}");
    let all: Vec<u64> = left.iter().flat_map(|name| places(&out.join(name))).collect();
    assert_eq!(all, [4, 5, 6]);

    // What was left is not guessed.
    fs::write(out.join(".position.json"), "{").unwrap();
    assert!(matches!(exchange.try_look().await, Err(DropError::Fault(_))));
}
