//! The headings that every guide has, in their order, and where its links lead.

use std::collections::HashSet;

use super::{Defect, Guide, anchor};

/// Level and words.
const HEADINGS: [(usize, &str); 14] = [
    (2, "🎯 Core Integration Patterns"),
    (3, "Standard Integration Approach"),
    (3, "Advanced Integration Scenarios"),
    (2, "🏭 Manufacturing-Specific Integration"),
    (3, "Manufacturing System Integration"),
    (3, "Performance and Reliability"),
    (2, "🔧 Error Handling and Resilience"),
    (3, "Circuit Breaker Patterns"),
    (3, "Retry and Recovery"),
    (2, "🧪 Integration Testing"),
    (3, "Test Strategies"),
    (3, "Mock and Stub Patterns"),
    (2, "📚 Related Documentation"),
    (3, "Coverage"),
];

/// What stands below the title.
const HEAD: [&str; 3] = ["**Framework**: Rust ", "**Pattern**: ", "**Created**: "];

const TITLE: &str = " - MTM WIP Application Instructions";

const WHY_SKELETON: &str = "whoever knows one guide finds everything in the others";
const WHY_LINK: &str = "a link that leads nowhere says that nobody looked";

pub(super) fn check(guide: &Guide<'_>) -> Vec<Defect> {
    let mut defects = Vec::new();
    let mut lacks = |message: String| {
        defects.push(Defect { line: 1, message, why: WHY_SKELETON });
    };
    let title = guide.text.lines().next().unwrap_or_default();
    if !title.starts_with("# ") || !title.ends_with(TITLE) {
        lacks(format!("the title does not end with `{TITLE}`"));
    }
    for start in HEAD {
        if !guide.text.lines().any(|line| line.starts_with(start)) {
            lacks(format!("no line begins with `{start}`"));
        }
    }
    let mut headings = guide.headings();
    for wanted in HEADINGS {
        if !headings.any(|heading| heading == wanted) {
            lacks(format!("heading `{}` is missing, or stands before its turn", wanted.1));
            headings = guide.headings();
        }
    }
    defects.extend(links(guide));
    defects
}

fn links(guide: &Guide<'_>) -> Vec<Defect> {
    let anchors: HashSet<String> = guide.headings().map(|(_, heading)| anchor(heading)).collect();
    let mut defects = Vec::new();
    for (line, text) in guide.prose() {
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let leads = if let Some(within) = target.strip_prefix('#') {
                anchors.contains(within)
            } else if target.contains("://") {
                true
            } else {
                let file = target.split('#').next().unwrap_or_default();
                guide.root.join(super::HOME).join(file).exists()
            };
            if !leads {
                let message = format!("the link to `{target}` leads nowhere");
                defects.push(Defect { line, message, why: WHY_LINK });
            }
        }
    }
    defects
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn whole() -> String {
        let head = HEAD.map(|start| format!("{start}x\n")).concat();
        let headings =
            HEADINGS.map(|(level, heading)| format!("{} {heading}\n", "#".repeat(level)));
        format!("# Database Integration{TITLE}\n{head}{}", headings.concat())
    }

    fn told(text: &str) -> Vec<String> {
        let guide = Guide { root: Path::new("/nowhere"), text };
        check(&guide).into_iter().map(|defect| defect.message).collect()
    }

    #[test]
    fn a_whole_skeleton_is_accepted_and_each_missing_bone_is_told() {
        assert_eq!(told(&whole()), Vec::<String>::new());
        assert_eq!(told(&whole().replace("### Coverage", "### Cover")).len(), 1);
        assert_eq!(told(&whole().replace("**Pattern**: ", "Pattern: ")).len(), 1);
        assert_eq!(told(&whole().replace(TITLE, "")).len(), 1);
    }

    #[test]
    fn a_link_leads_to_a_heading_a_file_or_outside() {
        let with = |link: &str| told(&format!("{}[x]({link})\n", whole()));
        assert!(with("#coverage").is_empty());
        assert!(with("https://example.org").is_empty());
        assert_eq!(with("#cover").len(), 1);
        assert_eq!(with("../../gone.md").len(), 1);
        // In code, brackets are no link.
        assert!(told(&format!("{}```rust\na[0](gone)\n```\n", whole())).is_empty());
    }
}
