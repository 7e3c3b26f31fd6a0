//! Documents that no system of a plant sends.

use mtm_testkit::{Fuzz, Said};

use super::{definitions, is_schedule, schedules};

const DEFINITION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ShowOperationsDefinition xmlns="http://www.mesa.org/xml/B2MML" releaseID="V0700"><ApplicationArea/><DataArea><Show/>
<OperationsDefinition><ID>RT-7</ID><Version>3</Version><EffectiveStartDate>2026-12-01T06:00:00Z</EffectiveStartDate>
<OperationsSegment><ID>RT-7-10</ID><ProcessSegmentID>19</ProcessSegmentID>
<ParameterSpecification><ID>Location</ID><Value><ValueString>R-E4-18</ValueString></Value></ParameterSpecification></OperationsSegment>
<OperationsSegment><ID>20</ID><ParameterSpecification><ID>Yield</ID><Value><ValueString>98.5%</ValueString></Value></ParameterSpecification>
<MaterialSpecification><ID>2</ID><MaterialDefinitionID>11058&#45;1779</MaterialDefinitionID><MaterialUse>Produced</MaterialUse></MaterialSpecification>
<SegmentDependency><ID>d</ID><Dependency>AfterEnd</Dependency><SegmentID>RT-7-10</SegmentID></SegmentDependency></OperationsSegment>
</OperationsDefinition></DataArea></ShowOperationsDefinition>"#;
const SCHEDULE: &str = r#"<ProcessOperationsSchedule xmlns="http://www.mesa.org/xml/B2MML"><DataArea><Process/><OperationsSchedule><ID>PLAN</ID>
<OperationsRequest><ID>60723</ID><StartTime>2026-12-01T06:00:00</StartTime><EndTime>2026-12-04T14:00:00</EndTime><Priority>1</Priority>
<RequestState>Released</RequestState><SegmentRequirement><ID>10</ID><ProcessSegmentID>19</ProcessSegmentID><OperationsDefinitionID>RT-7</OperationsDefinitionID>
<MaterialRequirement><ID>2</ID><MaterialDefinitionID>11058-1779</MaterialDefinitionID><MaterialUse>Produced</MaterialUse>
<Quantity><QuantityString>510</QuantityString><DataType>decimal</DataType><UnitOfMeasure>H87</UnitOfMeasure></Quantity></MaterialRequirement>
</SegmentRequirement></OperationsRequest></OperationsSchedule></DataArea></ProcessOperationsSchedule>"#;

const WORDS: [&str; 34] = [
    "<a>",
    "</a>",
    "<a/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?x ?>",
    "<!DOCTYPE a>",
    "&#x1F600;",
    "&amp;",
    "&e;",
    "xmlns=\"urn:x\"",
    "xmlns:b=\"http://www.mesa.org/xml/B2MML\"",
    "<b:ID>",
    "</b:ID>",
    "<ID>",
    "</ID>",
    "<OperationsSegment>",
    "</OperationsSegment>",
    "<OperationsRequest>",
    "<SegmentDependency>",
    "<SegmentID>",
    "<MaterialRequirement>",
    "Produced",
    "AfterEnd",
    "AfterStart",
    "Completed",
    "1e9",
    "99999999999999999999.5",
    "-0",
    "KGM",
    "2026-02-30T25:00:00",
    "9999-12-31T00:00:00Z",
];

#[test]
fn definitions_are_refused_or_say_no_more_than_they_hold() {
    Fuzz::new("B2MML definitions", [DEFINITION]).words(WORDS).run(|bytes| {
        let read = definitions(bytes);
        Said::of(&read, |found| format!("{found:?}").len())
    });
}

#[test]
fn schedules_are_refused_or_say_no_more_than_they_hold() {
    Fuzz::new("B2MML schedules", [SCHEDULE]).words(WORDS).run(|bytes| {
        let read = schedules(bytes);
        if let Ok(found) = &read {
            assert!(is_schedule(bytes), "{found:?}");
        }
        Said::of(&read, |found| format!("{found:?}").len())
    });
}
