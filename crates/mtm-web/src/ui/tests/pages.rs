//! Every example page, checked and snapshotted.

use std::{collections::HashSet, fs, path::PathBuf};

use super::{
    example,
    html::{Piece, lay_out, read},
};
use crate::ui::assets;

#[test]
fn fragments_are_snapshotted() {
    for (name, _, fragment) in example::all() {
        insta::assert_snapshot!(name, lay_out(&read(&fragment)));
    }
}

#[test]
fn frame_is_snapshotted() {
    let (_, page, _) = example::all().swap_remove(0);
    let signed_in =
        example::all().into_iter().find(|(name, ..)| *name == "in").map(|(_, page, _)| page);
    let without_main = |page: &str| {
        let (before, rest) = page.split_once("<main").expect("a main part");
        let (_, after) = rest.split_once("</main>").expect("an end of it");
        let frame = format!("{before}<main></main>{after}").replace(assets::version(), "VERSION");
        lay_out(&read(&frame))
    };
    insta::assert_snapshot!("frame_signed_out", without_main(&page));
    insta::assert_snapshot!("frame", without_main(&signed_in.expect("the page exists")));
}

#[test]
fn nothing_is_inline() {
    for (name, page, _) in example::all() {
        for piece in read(&page) {
            let Piece::Open(element, attributes) = &piece else { continue };
            assert_ne!(element, "style", "{name}");
            if element == "script" {
                assert!(
                    piece.attribute("src").is_some_and(|src| src.starts_with("/assets/")),
                    "{name}"
                );
            }
            for (key, value) in attributes {
                assert!(key != "style" && !key.starts_with("on"), "{name}: {piece:?}");
                assert!(
                    !value.trim_start().to_lowercase().starts_with("javascript:"),
                    "{name}: {piece:?}"
                );
            }
            for reference in ["src", "href", "action", "formaction"] {
                let local =
                    piece.attribute(reference).is_none_or(|value| value.starts_with(['/', '#']));
                assert!(local, "{name}: {piece:?} leaves this server");
            }
        }
    }
}

#[test]
fn ids_are_unique_and_references_lead_somewhere() {
    for (name, page, _) in example::all() {
        let pieces = read(&page);
        let mut ids = HashSet::new();
        for id in pieces.iter().filter_map(|piece| piece.attribute("id")) {
            assert!(ids.insert(id.to_owned()), "{name}: id {id} twice");
        }
        for piece in &pieces {
            for reference in ["for", "aria-describedby", "aria-labelledby", "aria-controls", "form"]
            {
                for id in piece.attribute(reference).unwrap_or_default().split_whitespace() {
                    assert!(ids.contains(id), "{name}: {piece:?} names {id}, which does not exist");
                }
            }
        }
    }
}

#[test]
fn every_control_has_a_name_that_is_spoken() {
    for (name, page, _) in example::all() {
        let pieces = read(&page);
        let labelled: HashSet<_> = pieces
            .iter()
            .filter(|piece| piece.element() == "label")
            .map(|piece| {
                piece.attribute("for").unwrap_or_else(|| panic!("{name}: {piece:?} is for nothing"))
            })
            .collect();
        for piece in &pieces {
            let control = matches!(piece.element(), "input" | "select" | "textarea");
            if !control || piece.attribute("type") == Some("hidden") {
                continue;
            }
            let spoken = piece.attribute("aria-label").is_some_and(|label| !label.is_empty())
                || piece.attribute("id").is_some_and(|id| labelled.contains(id));
            assert!(spoken, "{name}: {piece:?} has no label");
        }
        let controls: HashSet<_> = pieces
            .iter()
            .filter(|piece| matches!(piece.element(), "input" | "select" | "textarea"))
            .filter_map(|piece| piece.attribute("id"))
            .collect();
        for id in labelled {
            assert!(controls.contains(id), "{name}: the label for {id} has no control");
        }
    }
}

#[test]
fn every_posting_form_carries_its_guards() {
    for (name, page, _) in example::all() {
        for form in page.split("<form").skip(1) {
            let (form, _) = form.split_once("</form>").expect("forms end");
            if !form.contains(r#"method="post""#) {
                continue;
            }
            assert!(form.contains(r#"name="csrf" value="csrf-token""#), "{name}: {form}");
            let (head, _) = form.split_once('>').expect("a start tag");
            if head.contains("data-book") {
                let key =
                    form.split_once(r#"name="idempotency_key" value=""#).map(|(_, rest)| rest);
                assert!(key.is_some_and(|rest| !rest.starts_with('"')), "{name}: {form}");
            }
        }
    }
}

#[test]
fn a_screen_has_one_heading_and_at_most_one_primary_action_per_form() {
    for (name, page, _) in example::all() {
        assert_eq!(page.matches("<h1").count(), 1, "{name}");
        for form in page.split("<form").skip(1) {
            let (form, _) = form.split_once("</form>").expect("forms end");
            assert!(form.matches("button primary").count() <= 1, "{name}: {form}");
        }
    }
}

#[test]
fn at_most_one_field_takes_the_cursor() {
    for (name, page, _) in example::all() {
        let takers =
            read(&page).iter().filter(|piece| piece.attribute("autofocus").is_some()).count();
        assert!(takers <= 1, "{name}: {takers} fields");
    }
}

#[test]
fn text_from_outside_is_escaped() {
    let hostile = r#""><script>alert(1)</script>"#;
    let mut model = crate::ui::page::receive::ReceivePage::default();
    model.part.value = hostile.into();
    model.part.error = hostile.into();
    model.shell.site = hostile.into();
    let page = crate::ui::page::receive::page(&model).into_string();
    assert!(!page.contains("<script>alert"));
    assert!(page.contains("&lt;script&gt;alert(1)"));
}

#[test]
fn pages_stay_within_their_budget() {
    let scripts: usize = assets::modules().len() + 1;
    let requests = 1 + 1 + 1 + scripts;
    assert!(requests <= 15, "{requests} requests: document, style, picture and {scripts} scripts");
    let files = [assets::STYLE, "img/mark.svg", "js/live-worker.js"].map(String::from).into_iter();
    let prefix = assets::url("");
    let modules = assets::modules().into_iter().map(|url| url.replace(&prefix, ""));
    let weight: usize = files
        .chain(modules)
        .map(|path| assets::find(&path).unwrap_or_else(|| panic!("{path} is served")).bytes.len())
        .sum();
    let heaviest =
        example::all().into_iter().map(|(_, page, _)| page.len()).max().unwrap_or_default();
    assert!(weight + heaviest <= 300_000, "{weight} + {heaviest} bytes");
}

#[test]
fn assets_are_found_by_path_and_nothing_else_is() {
    let style = assets::find(assets::STYLE).expect("the style sheet");
    assert_eq!(style.mime, "text/css; charset=utf-8");
    assert!(style.bytes.starts_with(b"/* Design tokens"));
    let script = assets::find(assets::SCRIPT).expect("the script");
    assert_eq!(script.mime, "text/javascript; charset=utf-8");
    for path in ["", "css", "../Cargo.toml", "/etc/passwd", "js/", "css/app.css/", "js/none.js"] {
        assert!(assets::find(path).is_none(), "{path}");
    }
    assert_eq!(assets::version().len(), 16);
}

/// Writes every page as a file, to be looked at: set `MTM_UI_GALLERY` to a folder.
#[test]
fn gallery_is_written() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let root =
        std::env::var_os("MTM_UI_GALLERY").map_or_else(|| scratch.path().to_owned(), PathBuf::from);
    let write = |path: &str, bytes: &[u8]| {
        let file = root.join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("folders can be made");
        fs::write(file, bytes).expect("files can be written");
    };
    let pages = example::all();
    for (name, page, _) in &pages {
        write(&format!("{name}.html"), page.as_bytes());
        for theme in ["light", "dark", "contrast"] {
            let themed =
                page.replacen(r#"data-theme="system""#, &format!(r#"data-theme="{theme}""#), 1);
            write(&format!("{theme}/{name}.html"), themed.as_bytes());
        }
    }
    let prefix = assets::url("");
    let files = [assets::STYLE, "img/mark.svg", "js/live-worker.js"].map(String::from).into_iter();
    for path in files.chain(assets::modules().into_iter().map(|url| url.replace(&prefix, ""))) {
        let asset = assets::find(&path).expect("it is served");
        write(&assets::url(&path)[1..], &asset.bytes);
    }
    assert!(root.join("in.html").exists());
}
