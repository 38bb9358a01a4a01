//! JUnit's XML as build servers read it: the elements, attributes and counts of jenkins-junit.xsd.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// A suite.
#[derive(Debug, Default)]
pub(crate) struct Suite {
    pub(crate) cases: Vec<Case>,
    counts: [usize; 3],
}

/// A case, with the element in it.
#[derive(Debug, Default)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) child: Option<String>,
}

/// The permitted content of an element, and its required and permitted attributes.
type Rule = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

const COUNTS: [&str; 3] = ["tests", "failures", "skipped"];
const RULES: [Rule; 6] = [
    ("testsuites", &["testsuite"], &["name", "tests", "failures", "errors", "time"], &["skipped"]),
    ("testsuite", &["testcase"], &["name", "tests", "failures", "errors", "time"], &["skipped", "timestamp"]),
    ("testcase", &["failure", "skipped", "system-out"], &["name", "classname", "time"], &[]),
    ("failure", &[], &["message", "type"], &[]),
    ("skipped", &[], &["message"], &[]),
    ("system-out", &[], &[], &[]),
];

fn rule(name: &str) -> &'static Rule {
    RULES.iter().find(|rule| rule.0 == name).unwrap_or_else(|| panic!("there is no element {name}"))
}

/// Reads a document and fails on anything that the schema does not permit.
pub(crate) fn read(text: &str) -> Vec<Suite> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let (mut suites, mut path): (Vec<Suite>, Vec<String>) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                element(&start, &path, &mut suites);
                path.push(name(&start));
            }
            Event::Empty(start) => element(&start, &path, &mut suites),
            Event::End(_) => drop(path.pop()),
            Event::Text(text) => {
                let holds_elements = path.last().is_some_and(|name| !rule(name).1.is_empty());
                assert!(!holds_elements || text.trim_ascii().is_empty(), "text in {path:?}");
            }
            Event::Eof => break,
            _ => {}
        }
    }
    for suite in &suites {
        let with = |child: &str| suite.cases.iter().filter(|case| case.child.as_deref() == Some(child)).count();
        assert_eq!(suite.counts, [suite.cases.len(), with("failure"), with("skipped")]);
    }
    suites
}

fn name(start: &BytesStart<'_>) -> String {
    start.name().as_ref().to_owned()
}

fn element(start: &BytesStart<'_>, path: &[String], suites: &mut Vec<Suite>) {
    let (element, parent) = (name(start), path.last());
    let fits = parent.map_or(element == "testsuites", |parent| rule(parent).1.contains(&element.as_str()));
    assert!(fits, "{element} in {path:?}");
    let (_, _, must, may) = rule(&element);
    let attributes: Vec<(String, String)> = (start.attributes())
        .map(|attribute| {
            let attribute = attribute.unwrap();
            let name = attribute.key.as_ref().to_owned();
            (name, quick_xml::escape::unescape(&attribute.value).unwrap().into_owned())
        })
        .collect();
    let value = |name: &str| attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone());
    for (name, _) in &attributes {
        assert!(must.contains(&name.as_str()) || may.contains(&name.as_str()), "{name} at {element}");
    }
    assert!(must.iter().all(|name| value(name).is_some()), "{element} lacks one of {must:?}");
    assert!(value("time").is_none_or(|time| time.parse::<f64>().is_ok()), "time of {element}");
    match element.as_str() {
        "testsuite" => {
            let counts = COUNTS.map(|name| value(name).unwrap().parse().unwrap());
            suites.push(Suite { counts, ..Suite::default() });
        }
        "testcase" => {
            suites.last_mut().unwrap().cases.push(Case { name: value("name").unwrap(), child: None });
        }
        "testsuites" => {}
        child => suites.last_mut().unwrap().cases.last_mut().unwrap().child = Some(child.to_owned()),
    }
}
