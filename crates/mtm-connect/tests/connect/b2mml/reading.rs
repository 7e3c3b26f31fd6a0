//! What is read.

use mtm_connect::b2mml::{Definition, Fault, definitions};

const NAMESPACE: &str = "xmlns=\"http://www.mesa.org/xml/B2MML\"";

/// A document with this in it.
fn document(inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<OperationsDefinition {NAMESPACE}>\n{inner}</OperationsDefinition>\n"
    )
}

fn only(text: &str) -> Definition {
    let mut found = definitions(text.as_bytes()).unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

fn messages(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

const WHOLE: &str = "<ID>RT-7</ID>
<Description>pressed <![CDATA[& ]]>painted</Description>
<Version>3</Version>
<EffectiveStartDate>2026-12-01T06:00:00Z</EffectiveStartDate>
<EffectiveEndDate>9999-12-31T00:00:00Z</EffectiveEndDate>
<OperationsSegment>
  <ID>RT-7-10</ID>
  <ProcessSegmentID>19</ProcessSegmentID>
  <ParameterSpecification><ID>Location</ID><Value><ValueString>R-E4-18</ValueString></Value></ParameterSpecification>
  <ParameterSpecification><ID>Temperature</ID><Value><ValueString>200</ValueString></Value></ParameterSpecification>
</OperationsSegment>
<OperationsSegment>
  <ID>20</ID>
  <ParameterSpecification><ID>Yield</ID><Value><ValueString>98.5%</ValueString></Value></ParameterSpecification>
  <MaterialSpecification><ID>1</ID><MaterialDefinitionID>STEEL</MaterialDefinitionID><MaterialUse>Consumed</MaterialUse></MaterialSpecification>
  <MaterialSpecification><ID>2</ID><MaterialDefinitionID>11058&#45;1779</MaterialDefinitionID><MaterialUse>Produced</MaterialUse></MaterialSpecification>
  <SegmentDependency><ID>d</ID><Dependency>AfterEnd</Dependency><SegmentID>RT-7-10</SegmentID></SegmentDependency>
</OperationsSegment>
";

#[test]
fn a_definition_is_a_part_and_its_operations_in_order() {
    let read = only(&document(WHOLE));
    assert_eq!((read.part.as_str(), read.id.as_str()), ("11058-1779", "RT-7"));
    assert_eq!(read.effective_from.as_deref(), Some("2026-12-01T06:00:00Z"));
    let operations: Vec<_> =
        read.segments.iter().map(|it| (it.line, it.operation.as_str())).collect();
    assert_eq!(operations, [(8, "19"), (14, "20")]);
    assert_eq!(read.segments[0].location.as_deref(), Some("R-E4-18"));
    assert_eq!(read.segments[1].yields.as_deref(), Some("98.5%"));
    assert_eq!(messages(&read.faults), [""; 0]);
    assert!(read.segments.iter().all(|segment| segment.faults.is_empty()));
}

#[test]
fn the_verb_that_brings_it_makes_no_difference() {
    let one = format!("<OperationsDefinition>{WHOLE}</OperationsDefinition>");
    for (verb, noun) in [
        ("Show", "OperationsDefinition"),
        ("Sync", "OperationsDefinition"),
        ("Process", "OperationsDefinitionInformation"),
        ("Change", "OperationsDefinitionInformation"),
    ] {
        let data = if noun == "OperationsDefinition" {
            one.clone()
        } else {
            format!("<{noun}><ID>all</ID>{one}</{noun}>")
        };
        let text = format!(
            "<m:{verb}{noun} xmlns:m=\"http://www.mesa.org/xml/B2MML\" {NAMESPACE} releaseID=\"\">\
             <ApplicationArea><CreationDateTime>x</CreationDateTime></ApplicationArea>\
             <DataArea><{verb}><ActionCriteria><ActionExpression actionCode=\"Add\">/</ActionExpression>\
             </ActionCriteria></{verb}>{data}</DataArea></m:{verb}{noun}>"
        );
        assert_eq!(only(&text).part, "11058-1779", "{verb}{noun}");
    }
    let removing = format!(
        "<SyncOperationsDefinition {NAMESPACE}><DataArea><Sync><ActionCriteria>\
         <ActionExpression actionCode=\"Delete\">/</ActionExpression></ActionCriteria></Sync>{one}\
         </DataArea></SyncOperationsDefinition>"
    );
    let error = definitions(removing.as_bytes()).unwrap_err();
    assert!(error.message.contains("deletes"), "{error}");
}

#[test]
fn everything_that_is_wrong_is_told_with_line_path_and_cure() {
    let read = only(&document(
        "<ID>A</ID>
<ID>B</ID>
<EffectiveEndDate>2027-01-01T00:00:00Z</EffectiveEndDate>
<OperationsSegment>
  <ID/>
  words
  <OperationsSegmentChild><ID>7</ID></OperationsSegmentChild>
</OperationsSegment>
<OperationsSegment>
  <ID>2</ID>
  <MaterialSpecification><ID>1</ID><MaterialDefinitionID>P</MaterialDefinitionID><MaterialUse>Produced</MaterialUse></MaterialSpecification>
  <SegmentDependency><ID>d</ID><Dependency>AfterEnd</Dependency><SegmentID>3</SegmentID></SegmentDependency>
</OperationsSegment>
<OperationsSegment>
  <ID>3</ID>
  <MaterialSpecification><ID>1</ID><MaterialDefinitionID><b>Q</b>R</MaterialDefinitionID><MaterialUse>Produced</MaterialUse></MaterialSpecification>
</OperationsSegment>
",
    ));
    insta::assert_snapshot!("faults", {
        let of_segments = read.segments.iter().flat_map(|segment| messages(&segment.faults));
        messages(&read.faults).into_iter().chain(of_segments).collect::<Vec<_>>().join("\n")
    });
}

#[test]
fn a_document_of_something_else_is_refused_in_words() {
    for (text, line, words) in [
        ("", 1, "empty"),
        ("part,operation\n", 1, "no XML"),
        ("<OperationsDefinition xmlns=\"http://www.wbf.org/xml/B2MML-V0401\"/>", 1, "version 7"),
        ("<OperationsDefinition/>", 1, "no namespace"),
        ("\n<MaterialInformation xmlns=\"http://www.mesa.org/xml/B2MML\"/>", 2, "none of these"),
        ("<GetOperationsDefinition xmlns=\"http://www.mesa.org/xml/B2MML\"/>", 1, "brings no"),
        (
            "<OperationsDefinitionInformation xmlns=\"http://www.mesa.org/xml/B2MML\"/>",
            1,
            "no Oper",
        ),
    ] {
        let error = definitions(text.as_bytes()).unwrap_err();
        assert_eq!(error.line, line, "{error}");
        assert!(error.message.contains(words), "{text}: {error}");
    }
    let empty = only(&document("<ID>A</ID>"));
    assert!(empty.faults[0].message.contains("OperationsSegment is needed"));
}

#[test]
fn members_of_other_namespaces_are_passed_over() {
    let inner = "<ID>A</ID><x:OperationsSegment xmlns:x=\"urn:x\"><ID>no</ID></x:OperationsSegment>\
                 <OperationsSegment><x:ID xmlns:x=\"urn:x\">no</x:ID><ID>10</ID></OperationsSegment>";
    let read = only(&document(inner));
    assert_eq!(read.segments.len(), 1);
    assert_eq!(read.segments[0].operation, "10");
}
