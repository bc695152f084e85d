//! The formats side by side; compared with AWS CLI 2.36.7.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn printed(format: Output, query: Option<&str>, answer: &Value) -> Result<String, String> {
    let query = query.map(Query::parse).transpose()?;
    let style = Style {
        format,
        query,
        columns: 100,
        color: false,
    };
    let mut out = String::new();
    style
        .print("DescribeThings", &Data::from(answer), &mut out)
        .map(|()| out)
}

fn check(format: Output, answer: &Value, expected: &Expect) {
    expected.assert_eq(&printed(format, None, answer).unwrap());
}

fn clusters() -> Value {
    json!({"Clusters": [
        {
            "ClusterId": "cluster-a", "Hsms": [{"HsmId": "hsm-1"}, {"HsmId": "hsm-2", "State": "ACTIVE"}],
            "Zones": ["us-east-1a", "us-east-1b"], "Live": true, "Note": null
        },
        {"ClusterId": "cluster-b", "Hsms": [], "Zones": [], "Live": false, "Size": 2.0}
    ]})
}

#[test]
fn one_answer_in_every_format() {
    check(Output::Json, &clusters(), &expect![[""]]);
    check(Output::Text, &clusters(), &expect![[""]]);
    check(Output::Table, &clusters(), &expect![[""]]);
    check(Output::Yaml, &clusters(), &expect![[""]]);
    check(Output::YamlStream, &clusters(), &expect![[""]]);
    check(Output::Off, &clusters(), &expect![[""]]);
}

#[test]
fn empty_answers_print_nothing() {
    for name in Output::NAMES {
        let format = Output::of(name).unwrap();
        assert_eq!(printed(format, None, &json!({})).unwrap(), "", "{name}");
    }
}

#[test]
fn scalars() {
    let mut text = String::new();
    for query in ["a", "b", "c", "d", "e", "f"] {
        for name in Output::NAMES {
            let answer =
                json!({"a": "x y", "b": 1, "c": 0.5, "d": true, "e": null, "f": "é\n\"q\""});
            let format = Output::of(name).unwrap();
            let line = printed(format, Some(query), &answer).unwrap();
            text.push_str(&format!("{query} {name}: {line:?}\n"));
        }
    }
    expect![[""]].assert_eq(&text);
}

#[test]
fn yaml_quotes_what_would_be_read_as_something_else() {
    let answer = json!({"Words": [
        "plain", "two words", "", "1", "1.5", "1e5", "0x1f", "0o7", "1_000", "yes", "no", "on", "true",
        "null", "~", "2026-11-24", "2026-11-24T01:02:03+00:00", "2026-1-1", "12:30", "a: b", "a:b", "a #b",
        "a#b", "- a", "-a", "?", "*a", "&a", "!a", "@a", "`a", "%a", "|", ">", "'", "\"", "it's", "[a]",
        "{a}", "a,b", "=", "<<", ".inf", ".nan", "...", "---", " a", "a ", "tab\t", "a\nb", "a\n b", "a \nb",
        "a\n", "\na", "\u{7}", "é", "日本", "😀", "\u{2028}",
        "a line that goes on and on, well beyond the eighty columns at which the emitter breaks lines",
        "a\nline that goes on and on, well beyond the eighty columns at which the emitter breaks lines",
        "a\tline that goes on and on, well beyond the eighty columns at which the emitter breaks  lines",
    ]});
    check(Output::Yaml, &answer, &expect![[""]]);
}

#[test]
fn yaml_marks_what_stands_twice() {
    let answer = json!({"a": [1, {}], "b": {"c": []}});
    expect![[""]].assert_eq(&printed(Output::Yaml, Some("[a, b, a, b.c, @]"), &answer).unwrap());
    let long = "k".repeat(129);
    check(
        Output::Yaml,
        &json!({long.as_str(): [1], "a\nb": {"x": 1}, "1": 2}),
        &expect![[""]],
    );
}

#[test]
fn tables() {
    // One row that is too wide stands upright.
    let wide = json!({"Hsm": {"A": "x".repeat(60), "B": "y".repeat(60)}, "C": "z"});
    check(Output::Table, &wide, &expect![[""]]);
    // Full-width characters take two columns.
    check(
        Output::Table,
        &json!({"T": [{"K": "日本", "V": "é"}, {"K": "a"}]}),
        &expect![[""]],
    );
    check(
        Output::Table,
        &json!({"T": [["a", 1], ["b", null]]}),
        &expect![[""]],
    );
    check(Output::Table, &json!({"T": []}), &expect![[""]]);
}

#[test]
fn coloured_table() {
    let style = Style {
        format: Output::Table,
        query: None,
        columns: 100,
        color: true,
    };
    let mut out = String::new();
    style
        .print("X", &Data::from(&json!({"T": [{"K": "a"}]})), &mut out)
        .unwrap();
    expect![[""]].assert_eq(&format!("{out:?}"));
}

#[test]
fn shapes_that_a_format_cannot_print() {
    let mixed = json!({"L": ["a", {"b": 1}], "R": [[1], [1, 2]], "M": [{"b": 1}, "a"]});
    let fault = |format, query| printed(format, Some(query), &mixed).unwrap_err();
    expect!["'str' object has no attribute 'items'"].assert_eq(&fault(Output::Text, "L"));
    expect!["Row should have 1 elements, instead it has 2"].assert_eq(&fault(Output::Table, "R"));
    expect!["string indices must be integers, not 'str'"].assert_eq(&fault(Output::Table, "M"));
    expect!["Encountered unrecognized type in JSON encoder."].assert_eq(&fault(Output::Json, "&L"));
}

#[test]
fn an_answer_that_explodes_is_refused() {
    let doubling = vec!["[@,@]"; 40].join(" | ");
    assert_eq!(
        printed(Output::Json, Some(&doubling), &json!({})),
        Err(String::new())
    );
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}|[ \\n\\t:#-]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-c]{0,2}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn every_format_ends(value in values()) {
        for name in Output::NAMES {
            let _ = printed(Output::of(name).unwrap(), None, &value);
        }
    }

    #[test]
    fn json_reads_back(value in values()) {
        let text = printed(Output::Json, None, &value).unwrap();
        if !text.is_empty() {
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }

    #[test]
    fn a_table_is_as_wide_everywhere(value in values()) {
        let Ok(text) = printed(Output::Table, None, &value) else { return Ok(()) };
        let is_plain = value.to_string().chars().all(|c| c.is_ascii_graphic() && c != '\\');
        if is_plain {
            let widths: std::collections::BTreeSet<usize> = text.lines().map(str::len).collect();
            prop_assert!(widths.len() <= 1, "{}", text);
        }
    }
}
