//! Labels of a real ledger, and their templates.

use mtm_app::label::{Dpi, LabelFormat, RenderBody, Subject, TemplateBody};

use crate::plant::Plant;

#[tokio::test]
async fn a_label_of_a_lot_says_what_the_ledger_knows() {
    let plant = Plant::open().await;
    let booked = plant.receive(500).await;
    let lot = booked.outcome.lots[0].to_string();
    let (app, who) = (&plant.app, &plant.lead);
    let fields = app.label_fields(who, Subject::Lot, &lot).await.unwrap();
    let known: Vec<_> = ["lot", "part", "quantity", "unit", "operation", "location"]
        .map(|name| fields.text(name))
        .into();
    assert_eq!(known, [lot.as_str(), "11058-1779", "500", "pcs", "19", "R-E4-18"]);
    assert_eq!(fields.text("received_yymmdd").len(), 6);
    // The number on a label is completed as a scan completes it.
    let short = lot.trim_start_matches('0');
    assert_eq!(app.label_fields(who, Subject::Lot, short).await.unwrap(), fields);
    assert_eq!(app.label_sample(who, Subject::Lot).await.unwrap(), Some(lot.clone()));

    let body = RenderBody {
        format: LabelFormat::Zpl,
        dpi: Dpi::D203,
        copy: false,
        of: Some(lot.clone()),
        fields: None,
        text: None,
    };
    let zpl = app.render_label(who, "lot", &body).await.unwrap();
    let zpl = String::from_utf8(zpl.bytes).unwrap();
    assert!(zpl.contains(&format!("LOT:{lot}")) && !zpl.contains("COPY"), "{zpl}");
    let copy = RenderBody { copy: true, ..body.clone() };
    let copy = app.render_label(who, "lot", &copy).await.unwrap();
    assert!(String::from_utf8(copy.bytes).unwrap().contains("COPY"));

    let gone = RenderBody { of: Some("9999999999".to_owned()), ..body.clone() };
    assert_eq!(app.render_label(who, "lot", &gone).await.unwrap_err().code().as_str(), "not_found");
    let neither = RenderBody { of: None, ..body };
    let code = app.render_label(who, "lot", &neither).await.unwrap_err().code();
    assert_eq!(code.as_str(), "invalid_body");
}

#[tokio::test]
async fn a_template_is_written_tried_and_put_back() {
    let plant = Plant::open().await;
    let (app, who) = (&plant.app, &plant.lead);
    let set = |seen, text: Option<&str>| {
        let body = TemplateBody { text: text.map(str::to_owned) };
        async move { app.set_label_template(who, "lot", Some(seen), &body, None).await }
    };
    let brought = app.label_template(who, "lot").await.unwrap();
    let text = brought.text.replace("title = \"Lot\"", "title = \"Container\"");
    assert_eq!((brought.version, brought.edited, brought.built_in), (0, false, true));
    let wrong = set(0, Some("title = 1")).await.unwrap_err();
    assert_eq!(wrong.code().as_str(), "invalid_template");
    assert!(wrong.to_string().starts_with("line 1: "), "{wrong}");
    assert_eq!(set(0, Some(&text)).await.unwrap().value.number, 1);
    assert_eq!(set(0, Some(&text)).await.unwrap_err().code().as_str(), "stale");
    let edited = app.label_template(who, "lot").await.unwrap();
    assert_eq!((edited.title.as_str(), edited.edited), ("Container", true));
    assert_eq!(set(1, None).await.unwrap().value.number, 2);
    let back = app.label_template(who, "lot").await.unwrap();
    assert_eq!((back.text, back.edited, back.version), (brought.text, false, 2));
    assert_eq!(app.label_template_versions(who, "lot").await.unwrap().len(), 2);
    for name in ["", "Lot", "a b", "-a", "a/b", &"x".repeat(41)] {
        let body = TemplateBody { text: Some(text.clone()) };
        assert!(app.set_label_template(who, name, None, &body, None).await.is_err(), "{name}");
    }
}
