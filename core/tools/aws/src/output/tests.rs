//! The output formats compared with AWS CLI 2.36.7.

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
    check(
        Output::Json,
        &clusters(),
        &expect![[r#"
        {
            "Clusters": [
                {
                    "ClusterId": "cluster-a",
                    "Hsms": [
                        {
                            "HsmId": "hsm-1"
                        },
                        {
                            "HsmId": "hsm-2",
                            "State": "ACTIVE"
                        }
                    ],
                    "Zones": [
                        "us-east-1a",
                        "us-east-1b"
                    ],
                    "Live": true,
                    "Note": null
                },
                {
                    "ClusterId": "cluster-b",
                    "Hsms": [],
                    "Zones": [],
                    "Live": false,
                    "Size": 2.0
                }
            ]
        }
    "#]],
    );
    check(
        Output::Text,
        &clusters(),
        &expect![[r#"
        CLUSTERS	cluster-a	True	None	
        HSMS	hsm-1	
        HSMS	hsm-2	ACTIVE
        ZONES	us-east-1a
        ZONES	us-east-1b
        CLUSTERS	cluster-b	False		2.0
    "#]],
    );
    check(
        Output::Table,
        &clusters(),
        &expect![[r#"
        ------------------------------------------
        |             DescribeThings             |
        +----------------------------------------+
        ||               Clusters               ||
        |+-----------+--------+--------+--------+|
        || ClusterId | Live   | Note   | Size   ||
        |+-----------+--------+--------+--------+|
        ||  cluster-a|  True  |  None  |        ||
        |+-----------+--------+--------+--------+|
        |||                Hsms                |||
        ||+----------------+-------------------+||
        |||      HsmId     |       State       |||
        ||+----------------+-------------------+||
        |||  hsm-1         |                   |||
        |||  hsm-2         |  ACTIVE           |||
        ||+----------------+-------------------+||
        |||                Zones               |||
        ||+------------------------------------+||
        |||  us-east-1a                        |||
        |||  us-east-1b                        |||
        ||+------------------------------------+||
        ||               Clusters               ||
        |+------------+--------+-------+--------+|
        ||  ClusterId | Live   | Note  | Size   ||
        |+------------+--------+-------+--------+|
        ||  cluster-b |  False |       |  2.0   ||
        |+------------+--------+-------+--------+|
    "#]],
    );
    check(
        Output::Yaml,
        &clusters(),
        &expect![[r#"
        Clusters:
        - ClusterId: cluster-a
          Hsms:
          - HsmId: hsm-1
          - HsmId: hsm-2
            State: ACTIVE
          Live: true
          Note: null
          Zones:
          - us-east-1a
          - us-east-1b
        - ClusterId: cluster-b
          Hsms: []
          Live: false
          Size: 2.0
          Zones: []
    "#]],
    );
    check(
        Output::YamlStream,
        &clusters(),
        &expect![[r#"
        - Clusters:
          - ClusterId: cluster-a
            Hsms:
            - HsmId: hsm-1
            - HsmId: hsm-2
              State: ACTIVE
            Live: true
            Note: null
            Zones:
            - us-east-1a
            - us-east-1b
          - ClusterId: cluster-b
            Hsms: []
            Live: false
            Size: 2.0
            Zones: []
    "#]],
    );
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
    expect![[r#"
        a json: "\"x y\"\n"
        a text: "x y\n"
        a table: "----------------\n|DescribeThings|\n+--------------+\n"
        a yaml: "\"x y\"\n"
        a yaml-stream: "- x y\n"
        a off: ""
        b json: "1\n"
        b text: "1\n"
        b table: "----------------\n|DescribeThings|\n+--------------+\n"
        b yaml: "1\n"
        b yaml-stream: "- 1\n"
        b off: ""
        c json: "0.5\n"
        c text: "0.5\n"
        c table: "----------------\n|DescribeThings|\n+--------------+\n"
        c yaml: "0.5\n"
        c yaml-stream: "- 0.5\n"
        c off: ""
        d json: "true\n"
        d text: "True\n"
        d table: "----------------\n|DescribeThings|\n+--------------+\n"
        d yaml: "true\n"
        d yaml-stream: "- true\n"
        d off: ""
        e json: "null\n"
        e text: "None\n"
        e table: ""
        e yaml: "null\n"
        e yaml-stream: "- null\n"
        e off: ""
        f json: "\"é\\n\\\"q\\\"\"\n"
        f text: "é\n\"q\"\n"
        f table: "----------------\n|DescribeThings|\n+--------------+\n"
        f yaml: "\"é\\n\\\"q\\\"\"\n"
        f yaml-stream: "- 'é\n\n  \"q\"'\n"
        f off: ""
    "#]]
    .assert_eq(&text);
}

#[test]
fn yaml_quotes_what_would_be_read_as_something_else() {
    let answer = json!({"Words": [
        "plain", "two words", "", "1", "1.5", "1e5", "0x1f", "0o7", "1_000", "yes", "no", "on", "true",
        "null", "~", "2026-11-24", "2026-11-24T01:02:03+00:00", "2026-1-1", "12:30", "a: b", "a:b", "a #b",
        "a#b", "- a", "-a", "?", "*a", "&a", "!a", "@a", "`a", "%a", "|", ">", "'", "\"", "it's", "[a]",
        "{a}", "a,b", "=", "<<", ".inf", ".nan", "...", "---", " a", "a ", "tab\t", "a\nb", "a\n b", "a \nb",
        "a\n", "\na", "\u{7}", "é", "日本", "😀", "\u{2028}",
        "a line that runs on and on, well beyond the eighty columns at which the emitter breaks lines",
        "a\nline that runs on and on, well beyond the eighty columns at which the emitter breaks lines",
        "a\tline that runs on and on, well beyond the eighty columns at which the emitter breaks  lines",
    ]});
    check(
        Output::Yaml,
        &answer,
        &expect![[r#"
        Words:
        - plain
        - two words
        - ''
        - '1'
        - '1.5'
        - '1e5'
        - '0x1f'
        - '0o7'
        - '1_000'
        - yes
        - no
        - on
        - 'true'
        - 'null'
        - '~'
        - '2026-11-24'
        - '2026-11-24T01:02:03+00:00'
        - 2026-1-1
        - 12:30
        - 'a: b'
        - a:b
        - 'a #b'
        - a#b
        - '- a'
        - -a
        - '?'
        - '*a'
        - '&a'
        - '!a'
        - '@a'
        - '`a'
        - '%a'
        - '|'
        - '>'
        - ''''
        - '"'
        - it's
        - '[a]'
        - '{a}'
        - a,b
        - '='
        - '<<'
        - '.inf'
        - '.nan'
        - '...'
        - '---'
        - ' a'
        - 'a '
        - "tab\t"
        - 'a

          b'
        - "a\n b"
        - "a \nb"
        - 'a

          '
        - '

          a'
        - "\a"
        - é
        - 日本
        - "\U0001F600"
        - '   '
        - a line that runs on and on, well beyond the eighty columns at which the emitter
          breaks lines
        - 'a

          line that runs on and on, well beyond the eighty columns at which the emitter breaks
          lines'
        - "a\tline that runs on and on, well beyond the eighty columns at which the emitter
          breaks  lines"
    "#]],
    );
}

#[test]
fn yaml_anchors_repeated_values() {
    let answer = json!({"a": [1, {}], "b": {"c": []}});
    expect![[r#"
        - &id001
          - 1
          - {}
        - &id003
          c: &id002 []
        - *id001
        - *id002
        - a: *id001
          b: *id003
    "#]]
    .assert_eq(&printed(Output::Yaml, Some("[a, b, a, b.c, @]"), &answer).unwrap());
    let long = "k".repeat(129);
    check(
        Output::Yaml,
        &json!({long.as_str(): [1], "a\nb": {"x": 1}, "1": 2}),
        &expect![[r#"
            '1': 2
            ? 'a

              b'
            : x: 1
            ? kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk
            : - 1
        "#]],
    );
}

#[test]
fn tables() {
    // A single row that is too wide is turned.
    let wide = json!({"Hsm": {"A": "x".repeat(60), "B": "y".repeat(60)}, "C": "z"});
    check(
        Output::Table,
        &wide,
        &expect![[r#"
        -------------------------------------------------------------------------
        |                            DescribeThings                             |
        +----------------------------------+------------------------------------+
        |  C                               |  z                                 |
        +----------------------------------+------------------------------------+
        ||                                 Hsm                                 ||
        |+---+-----------------------------------------------------------------+|
        ||  A|  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx   ||
        ||  B|  yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy   ||
        |+---+-----------------------------------------------------------------+|
    "#]],
    );
    // Full-width characters take two columns.
    check(
        Output::Table,
        &json!({"T": [{"K": "日本", "V": "é"}, {"K": "a"}]}),
        &expect![[r#"
            ------------------
            | DescribeThings |
            +----------------+
            ||       T      ||
            |+-------+------+|
            ||   K   |  V   ||
            |+-------+------+|
            ||  日本 |  é  ||
            ||  a    |      ||
            |+-------+------+|
        "#]],
    );
    check(
        Output::Table,
        &json!({"T": [["a", 1], ["b", null]]}),
        &expect![[r#"
            -----------------
            |DescribeThings |
            +---------------+
            ||      T      ||
            |+----+--------+|
            ||  a |  1     ||
            ||  b |  None  ||
            |+----+--------+|
        "#]],
    );
    check(
        Output::Table,
        &json!({"T": []}),
        &expect![[r#"
        ----------------
        |DescribeThings|
        +--------------+
    "#]],
    );
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
    expect![[r#""---------\n|   X   |\n+-------+\n\u{1b}[2m\u{1b}[33m|\u{1b}[0m|  T  |\u{1b}[2m\u{1b}[33m|\u{1b}[0m\n\u{1b}[2m\u{1b}[33m|\u{1b}[0m+-----+\u{1b}[2m\u{1b}[33m|\u{1b}[0m\n\u{1b}[2m\u{1b}[33m|\u{1b}[0m|  K  |\u{1b}[2m\u{1b}[33m|\u{1b}[0m\n\u{1b}[2m\u{1b}[33m|\u{1b}[0m+-----+\u{1b}[2m\u{1b}[33m|\u{1b}[0m\n\u{1b}[2m\u{1b}[33m|\u{1b}[0m|  \u{1b}[1m\u{1b}[34ma\u{1b}[0m  |\u{1b}[2m\u{1b}[33m|\u{1b}[0m\n\u{1b}[2m\u{1b}[33m|\u{1b}[0m+-----+\u{1b}[2m\u{1b}[33m|\u{1b}[0m\n""#]].assert_eq(&format!("{out:?}"));
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
        any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
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
