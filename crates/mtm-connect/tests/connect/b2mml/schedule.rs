//! Schedules: which orders are read, and what of a document is not.

use std::fmt::Write as _;

use mtm_connect::b2mml::{Order, Schedules, is_schedule, schedules};

/// A transaction with a whole order, one with the least that is needed, and one that is wrong.
pub(super) const WHOLE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<ProcessOperationsSchedule xmlns=\"http://www.mesa.org/xml/B2MML\" releaseID=\"V0700\">
 <ApplicationArea>
  <Sender><LogicalID>ERP</LogicalID><ComponentID>planning</ComponentID></Sender>
  <CreationDateTime>2026-11-29T04:00:00Z</CreationDateTime>
 </ApplicationArea>
 <DataArea>
  <Process><ActionCriteria><ActionExpression actionCode=\"Add\">/</ActionExpression></ActionCriteria></Process>
  <OperationsSchedule>
   <ID>PLAN-2026-48</ID>
   <Description>Week 48</Description>
   <PublishedDate>2026-11-29T03:00:00Z</PublishedDate>
   <OperationsRequest>
    <ID>60723</ID>
    <StartTime>2026-12-01T06:00:00</StartTime>
    <EndTime>2026-12-04T14:00:00</EndTime>
    <Priority>1</Priority>
    <RequestState>Released</RequestState>
    <SegmentRequirement>
     <ID>10</ID>
     <EarliestStartTime>2026-12-01T08:00:00</EarliestStartTime>
     <LatestEndTime>2026-12-02T08:00:00</LatestEndTime>
     <ProcessSegmentID>19</ProcessSegmentID>
     <OperationsDefinitionID>RT-7</OperationsDefinitionID>
     <OperationsSegmentID>RT-7-10</OperationsSegmentID>
     <SegmentParameter><ID>Speed</ID><Value><ValueString>4</ValueString></Value></SegmentParameter>
     <MaterialRequirement>
      <ID>1</ID><MaterialDefinitionID>STEEL</MaterialDefinitionID><MaterialUse>Consumed</MaterialUse>
      <Quantity><QuantityString>80.5</QuantityString><DataType>decimal</DataType><UnitOfMeasure>KGM</UnitOfMeasure></Quantity>
     </MaterialRequirement>
     <MaterialRequirement>
      <ID>2</ID><MaterialDefinitionID>11058&#45;1779</MaterialDefinitionID><MaterialUse>Produced</MaterialUse>
      <Quantity><QuantityString>510</QuantityString><DataType>decimal</DataType><UnitOfMeasure>H87</UnitOfMeasure></Quantity>
     </MaterialRequirement>
     <SegmentRequirementChild>
      <ID>10-1</ID><ProcessSegmentID>20</ProcessSegmentID><OperationsDefinitionID>RT-7</OperationsDefinitionID><OperationsSegmentID>20</OperationsSegmentID>
      <MaterialRequirement><ID>3</ID><MaterialDefinitionID>OTHER</MaterialDefinitionID><MaterialUse>Produced</MaterialUse>
       <Quantity><QuantityString>1</QuantityString></Quantity></MaterialRequirement>
     </SegmentRequirementChild>
    </SegmentRequirement>
    <SegmentRequirement>
     <ID>20</ID><ProcessSegmentID>20</ProcessSegmentID><OperationsDefinitionID>RT-7</OperationsDefinitionID><OperationsSegmentID>20</OperationsSegmentID>
     <MaterialRequirement>
      <ID>4</ID><MaterialDefinitionID>11058-1779</MaterialDefinitionID><MaterialUse>Produced</MaterialUse>
      <Quantity><QuantityString><![CDATA[500]]></QuantityString><UnitOfMeasure>pcs</UnitOfMeasure></Quantity>
     </MaterialRequirement>
    </SegmentRequirement>
   </OperationsRequest>
   <OperationsRequest>
    <ID>M-77</ID>
    <RequestState OtherValue=\"Parked\">Other</RequestState>
    <SegmentRequirement>
     <ID>1</ID>
     <EarliestStartTime>2026-12-05T06:00:00Z</EarliestStartTime>
     <LatestEndTime>2026-12-06T06:00:00Z</LatestEndTime>
     <ProcessSegmentID>20</ProcessSegmentID><OperationsDefinitionID>A0003892000</OperationsDefinitionID><OperationsSegmentID>20</OperationsSegmentID>
     <MaterialRequirement><ID>1</ID><MaterialUse>Material Produced</MaterialUse>
      <Quantity><QuantityString>40.000</QuantityString></Quantity></MaterialRequirement>
    </SegmentRequirement>
    <SegmentRequirement><ID>2</ID><LatestEndTime>2026-12-08T06:00:00Z</LatestEndTime>
     <ProcessSegmentID>20</ProcessSegmentID><OperationsDefinitionID>A0003892000</OperationsDefinitionID><OperationsSegmentID>20</OperationsSegmentID></SegmentRequirement>
   </OperationsRequest>
   <OperationsRequest>
    <RequestState>Released</RequestState>
    <RequestState>Held</RequestState>
    <SegmentRequirement>
     <ID>1</ID>
     <MaterialRequirement><ID>1</ID><MaterialDefinitionID>A</MaterialDefinitionID><MaterialUse>Produced</MaterialUse>
      <Quantity><QuantityString>4</QuantityString><UnitOfMeasure>KGM</UnitOfMeasure></Quantity></MaterialRequirement>
     <MaterialRequirement><ID>2</ID><MaterialDefinitionID>B</MaterialDefinitionID><MaterialUse>Produced</MaterialUse>
      <Quantity><QuantityString>5</QuantityString></Quantity></MaterialRequirement>
    </SegmentRequirement>
   </OperationsRequest>
   <OperationsRequest><ID>9</ID></OperationsRequest>
  </OperationsSchedule>
 </DataArea>
</ProcessOperationsSchedule>
";

fn read(text: &str) -> Schedules {
    assert!(is_schedule(text.as_bytes()));
    schedules(text.as_bytes()).unwrap()
}

fn alone(inner: &str) -> String {
    format!(
        "<OperationsSchedule xmlns=\"http://www.mesa.org/xml/B2MML\"><ID>S</ID>{inner}</OperationsSchedule>"
    )
}

fn request(id: &str) -> String {
    format!(
        "<OperationsRequest><ID>{id}</ID><SegmentRequirement><ID>1</ID><MaterialRequirement><ID>1</ID>\
         <MaterialDefinitionID>A</MaterialDefinitionID><MaterialUse>Produced</MaterialUse>\
         <Quantity><QuantityString>5</QuantityString></Quantity></MaterialRequirement>\
         </SegmentRequirement></OperationsRequest>"
    )
}

#[test]
fn an_order_is_a_part_its_pieces_and_its_two_ends() {
    let found = read(WHOLE);
    assert_eq!(found.sender.as_deref(), Some("ERP/planning"));
    assert_eq!(found.created.as_deref(), Some("2026-11-29T04:00:00Z"));
    let [whole, least, ..] = found.orders.as_slice() else { panic!("two orders and more") };
    let expected = Order {
        line: 13,
        code: "60723".to_owned(),
        document: "PLAN-2026-48".to_owned(),
        published: Some("2026-11-29T03:00:00Z".to_owned()),
        part: "11058-1779".to_owned(),
        // What comes out of the last segment, and not of one within another.
        quantity: "500".to_owned(),
        starts: Some("2026-12-01T06:00:00".to_owned()),
        due: Some("2026-12-04T14:00:00".to_owned()),
        state: Some("Released".to_owned()),
        faults: Vec::new(),
    };
    assert_eq!(*whole, expected);
    assert_eq!((least.part.as_str(), least.quantity.as_str()), ("A0003892000", "40.000"));
    assert_eq!(least.starts.as_deref(), Some("2026-12-05T06:00:00Z"), "of the first segment");
    assert_eq!(least.due.as_deref(), Some("2026-12-08T06:00:00Z"), "of the last one");
    assert_eq!((least.state.as_deref(), least.faults.len()), (Some("Parked"), 0));
}

#[test]
fn everything_that_is_wrong_is_told_with_line_path_and_cure() {
    let found = read(WHOLE);
    let said: Vec<String> =
        found.orders[2..].iter().flat_map(|it| &it.faults).map(ToString::to_string).collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn the_verb_that_brings_it_makes_no_difference() {
    for verb in ["Show", "Process", "Change", "Sync"] {
        let text = WHOLE.replace("ProcessOperationsSchedule", &format!("{verb}OperationsSchedule"));
        let text = text.replace("<Process>", &format!("<{verb}>"));
        let text = text.replace("</Process>", &format!("</{verb}>"));
        let (found, expected) = (read(&text), read(WHOLE));
        assert_eq!(found.sender, expected.sender, "{verb}");
        // What is wrong with others is named by the path that leads to it, verb and all.
        assert_eq!(found.orders[..2], expected.orders[..2], "{verb}");
    }
    let found = read(&alone(&request("1")));
    assert_eq!((found.sender, found.created, found.orders.len()), (None, None, 1));
    for verb in ["Get", "Acknowledge", "Respond", "Cancel"] {
        let text = WHOLE.replace("ProcessOperationsSchedule", &format!("{verb}OperationsSchedule"));
        let error = schedules(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("brings no orders"), "{error}");
    }
}

#[test]
fn what_is_no_schedule_or_deletes_is_refused() {
    let definition = "<OperationsDefinition xmlns=\"http://www.mesa.org/xml/B2MML\"/>";
    assert!(!is_schedule(definition.as_bytes()));
    assert!(!is_schedule(b"part,quantity\n"));
    let old = WHOLE.replace("http://www.mesa.org/xml/B2MML", "http://www.mesa.org/xml/B2MML-V0600");
    let deletes = WHOLE.replace("\"Add\"", "\"Delete\"");
    let laughs = format!("<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>{}", alone("&b;"));
    let deep = alone(&format!("{}{}", "<a>".repeat(40), "</a>".repeat(40)));
    let endless = alone(&format!("<Description>{}</Description>", "x".repeat(1 << 20)));
    let id = alone(&request(&"9".repeat(20_000)));
    let cut = alone(&request("1")).replace("</OperationsSchedule>", "");
    for (text, words) in [
        (definition, "brings no orders"),
        (&old, "version 7"),
        (&deletes, "cancelled by its RequestState"),
        (&laughs, "document type"),
        (&deep, "deep"),
        (&id, "longer than"),
        (&alone(""), "no OperationsRequest"),
        (&cut, "ends within"),
    ] {
        let error = schedules(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(words), "{words}: {error}");
    }
    // What nobody reads may be long, and costs nothing that is kept.
    let long =
        endless.replace("</OperationsSchedule>", &format!("{}</OperationsSchedule>", request("1")));
    assert_eq!(read(&long).orders.len(), 1);
    let mut many = String::new();
    for n in 0..=100_000 {
        let _ = write!(many, "<OperationsRequest><ID>{n}</ID></OperationsRequest>");
    }
    let error = schedules(alone(&many).as_bytes()).unwrap_err().to_string();
    assert!(error.contains("split the document"), "{error}");
}
