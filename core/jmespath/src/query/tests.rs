//! Expressions with their values and messages. The values follow the JMESPath specification's examples;
//! the messages are those of AWS CLI 2.36.7.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn search(expression: &str, given: &Value) -> Result<Value, String> {
    let found = Query::parse(expression)?.search(&Data::from(given))?;
    Ok(Value::from(&found))
}

fn gives(given: &Value, cases: &[(&str, Value)]) {
    for (expression, expected) in cases {
        assert_eq!(
            search(expression, given).as_ref(),
            Ok(expected),
            "{expression}"
        );
    }
}

#[test]
fn names_indices_and_slices() {
    gives(
        &json!({"a": {"b": {"c": [[0, 1], [2, 3]]}}, "with space": 1, "s": [0, 1, 2, 3, 4], "é": "ü"}),
        &[
            ("a.b.c[1][0]", json!(2)),
            ("\"with space\"", json!(1)),
            ("\"\\u00e9\"", json!("ü")),
            ("a.nope.c", json!(null)),
            ("s[-1]", json!(4)),
            ("s[9]", json!(null)),
            ("s[99999999999999999999999999999999999999999]", json!(null)),
            ("s[1:3]", json!([1, 2])),
            ("s[:2]", json!([0, 1])),
            ("s[-2:]", json!([3, 4])),
            ("s[::2]", json!([0, 2, 4])),
            ("s[::-1]", json!([4, 3, 2, 1, 0])),
            ("s[3:0:-2]", json!([3, 1])),
            ("s[-9:9]", json!([0, 1, 2, 3, 4])),
            ("a[0]", json!(null)),
            ("@.a.b.c[0]", json!([0, 1])),
        ],
    );
}

#[test]
fn projections() {
    gives(
        &json!({
            "people": [{"f": "James", "l": "d", "t": [1]}, {"f": "Jacob"}, {"m": "x", "t": [2, [3]]}],
            "ops": {"a": {"n": 1}, "b": {"n": 2}, "c": {"x": 3}},
            "nested": [[0, 1], 2, [[3], 4]],
        }),
        &[
            ("people[*].f", json!(["James", "Jacob"])),
            ("people[:1].f", json!(["James"])),
            ("people[].t", json!([[1], [2, [3]]])),
            ("people[].t[]", json!([1, 2, [3]])),
            ("people[*].t | [0]", json!([1])),
            ("people[*].t[0]", json!([1, 2])),
            ("ops.*.n", json!([1, 2])),
            ("nested[]", json!([0, 1, 2, [3], 4])),
            ("nested[][]", json!([0, 1, 2, 3, 4])),
            ("people[?f=='Jacob'].f", json!(["Jacob"])),
            ("people[?t].t", json!([[1], [2, [3]]])),
            ("people[?!t].f", json!(["Jacob"])),
            ("people.*.f", json!(null)),
            (
                "people[*].[f, l]",
                json!([["James", "d"], ["Jacob", null], [null, null]]),
            ),
            (
                "people[*].{first: f, n: t[0]}",
                json!([
                    {"first": "James", "n": 1}, {"first": "Jacob", "n": null},
                    {"first": null, "n": 2}
                ]),
            ),
            ("nope[*].a", json!(null)),
            ("nope.{a: b}", json!(null)),
        ],
    );
}

#[test]
fn comparisons_and_logic() {
    gives(
        &json!({"t": true, "f": false, "z": 0, "one": 1, "e": [], "m": {}, "s": "", "n": null, "x": "x"}),
        &[
            ("z || x", json!(0)),
            ("e || m || s || n || x", json!("x")),
            ("t && x", json!("x")),
            ("f && x", json!(false)),
            ("!e", json!(true)),
            ("!z", json!(false)),
            ("!one", json!(false)),
            ("one == `1.0`", json!(true)),
            ("one == t", json!(false)),
            ("z == f", json!(false)),
            ("m == `{}`", json!(true)),
            (
                "`{\"a\": 1, \"b\": 2}` == `{\"b\": 2, \"a\": 1}`",
                json!(true),
            ),
            ("one < `2`", json!(true)),
            ("one >= `1`", json!(true)),
            ("'a' < 'b'", json!(true)),
            ("t < f", json!(null)),
            ("n < one", json!(null)),
            ("one == `1` && x == 'x' || f", json!(true)),
            ("f || (t && !f)", json!(true)),
            ("`foo`", json!("foo")),
            ("'it\\'s'", json!("it's")),
            ("`\"\\`\"`", json!("`")),
        ],
    );
}

#[test]
fn functions() {
    gives(
        &json!({
            "n": [3, 1.5, 2], "s": ["b", "a", "é"], "o": {"k": 1, "l": "v"}, "e": [],
            "p": [{"a": 30, "n": "x"}, {"a": 50, "n": "b"}, {"a": 30, "n": "y"}],
        }),
        &[
            ("abs(`-2`)", json!(2)),
            ("avg(n)", json!(6.5 / 3.0)),
            ("avg(e)", json!(null)),
            ("ceil(`1.2`)", json!(2)),
            ("floor(`-1.2`)", json!(-2)),
            ("contains(s, 'a')", json!(true)),
            ("contains('foobar', 'oba')", json!(true)),
            ("starts_with('ab', 'a')", json!(true)),
            ("ends_with('ab', 'a')", json!(false)),
            ("join(', ', s)", json!("b, a, é")),
            ("keys(o)", json!(["k", "l"])),
            ("values(o)", json!([1, "v"])),
            ("length('é☃')", json!(2)),
            ("length(o)", json!(2)),
            ("map(&n, p)", json!(["x", "b", "y"])),
            ("map(&z, p)", json!([null, null, null])),
            ("max(n)", json!(3)),
            ("min(s)", json!("a")),
            ("max_by(p, &a).n", json!("b")),
            ("min_by(p, &a).n", json!("x")),
            (
                "merge(o, {k: `2`, z: n[0]})",
                json!({"k": 2, "l": "v", "z": 3}),
            ),
            ("not_null(z, y, o.k)", json!(1)),
            ("reverse(n)", json!([2, 1.5, 3])),
            ("reverse('abc')", json!("cba")),
            ("sort(n)", json!([1.5, 2, 3])),
            ("sort_by(p, &a)[*].n", json!(["x", "y", "b"])),
            ("sort_by(p, &n)[0].n", json!("b")),
            ("sum(n)", json!(6.5)),
            ("sum(e)", json!(0)),
            ("to_array(o)", json!([{"k": 1, "l": "v"}])),
            ("to_number('1_0')", json!(10)),
            ("to_number('-1.5e3')", json!(-1500.0)),
            ("to_number('x')", json!(null)),
            ("to_string(o)", json!("{\"k\":1,\"l\":\"v\"}")),
            ("to_string(s)", json!("[\"b\",\"a\",\"\\u00e9\"]")),
            ("type(o)", json!("object")),
            ("type(`null`)", json!("null")),
            // The library is lenient about commas.
            ("max_by(p &a,).n", json!("b")),
        ],
    );
}

fn refused(expressions: &[&str], expected: &Expect) {
    let given = json!({"a": 1, "l": [1, "x"], "n": null, "o": {}, "p": [{"k": 1}, {"k": "x"}]});
    let mut text = String::new();
    for expression in expressions {
        let message = search(expression, &given).expect_err(expression);
        text.push_str(&format!("{message}\n\n"));
    }
    expected.assert_eq(&text);
}

#[test]
fn syntax_errors() {
    let expressions = [
        "Clusters[",
        "Clusters[?State=ACTIVE]",
        "a..b",
        "a[?b==]",
        "",
        "a b",
        "a#",
        "'x",
        "`x",
        "\"\\q\"",
        "{a: b,}",
        "[a",
        "a[1:2:3:4]",
        "a.*[b",
        "\"f\"(a)",
        "@(a)",
        "a.[b",
        "-",
        "foo.'x'",
        "a[*",
        "!",
        "{",
        "a & b",
        "é",
    ];
    refused(
        &expressions,
        &expect![[r#"
        Invalid jmespath expression: Incomplete expression:
        "Clusters["
                  ^

        Bad jmespath expression: Unknown token '=':
        Clusters[?State=ACTIVE]
                       ^

        Expecting: ['quoted_identifier', 'unquoted_identifier', 'lbracket', 'lbrace'], got: dot: Parse error at column 2, token "." (DOT), for expression:
        "a..b"
           ^

        invalid token: Parse error at column 6, token "]" (RBRACKET), for expression:
        "a[?b==]"
               ^

        Invalid JMESPath expression: cannot be empty.

        Unexpected token: b: Parse error at column 2, token "b" (UNQUOTED_IDENTIFIER), for expression:
        "a b"
           ^

        Bad jmespath expression: Unknown token #:
        a#
         ^

        Bad jmespath expression: Unclosed ' delimiter:
        'x
        ^

        Bad jmespath expression: Unclosed ` delimiter:
        `x
        ^

        Bad jmespath expression: Invalid \escape:
        "\q"
        ^

        Expecting: ['quoted_identifier', 'unquoted_identifier'], got: rbrace: Parse error at column 6, token "}" (RBRACE), for expression:
        "{a: b,}"
               ^

        Invalid jmespath expression: Incomplete expression:
        "[a"
           ^

        syntax error: Parse error at column 7, token ":" (COLON), for expression:
        "a[1:2:3:4]"
                ^

        Invalid jmespath expression: Incomplete expression:
        "a.*[b"
              ^

        Quoted identifier not allowed for function names.: Parse error at column 0, token "(" (LPAREN), for expression:
        ""f"(a)"
         ^

        Invalid function name '@': Parse error at column 0, token "@" (CURRENT), for expression:
        "@(a)"
         ^

        Invalid jmespath expression: Incomplete expression:
        "a.[b"
             ^

        Bad jmespath expression: Unknown token '-':
        -
        ^

        Expecting: ['quoted_identifier', 'unquoted_identifier', 'lbracket', 'lbrace'], got: literal: Parse error at column 4, token "x" (LITERAL), for expression:
        "foo.'x'"
             ^

        Invalid jmespath expression: Incomplete expression:
        "a[*"
            ^

        Invalid jmespath expression: Incomplete expression:
        "!"
          ^

        Invalid jmespath expression: Incomplete expression:
        "{"
          ^

        Unexpected token: &: Parse error at column 2, token "&" (EXPREF), for expression:
        "a & b"
           ^

        Bad jmespath expression: Unknown token é:
        é
        ^

    "#]],
    );
}

#[test]
fn errors_during_evaluation() {
    let expressions = [
        "length(a)",
        "length(n)",
        "nofunc()",
        "length()",
        "sort_by(l)",
        "not_null()",
        "join(',', l)",
        "sum(l)",
        "sort(l)",
        "max(`[true]`)",
        "sort_by(p, &k)",
        "max_by(p, &k)",
        "min_by(p, &o)",
        "`1` < 'a'",
        "contains('a', `1`)",
        "l[::0]",
        "keys(l)",
        "abs('x')",
        "length(&a)",
    ];
    refused(
        &expressions,
        &expect![[r#"
        In function length(), invalid type for value: 1, expected one of: ['string', 'array', 'object'], received: "number"

        In function length(), invalid type for value: None, expected one of: ['string', 'array', 'object'], received: "null"

        Unknown function: nofunc()

        Expected 1 argument for function length(), received 0

        Expected 2 arguments for function sort_by(), received 1

        Expected at least 1 argument for function not_null(), received 0

        In function join(), invalid type for value: 1, expected one of: ['array-string'], received: "int"

        In function sum(), invalid type for value: x, expected one of: ['array-number'], received: "str"

        In function sort(), invalid type for value: x, expected one of: ['array-string', 'array-number'], received: "str"

        In function max(), invalid type for value: True, expected one of: ['array-number', 'array-string'], received: "bool"

        In function sort_by(), invalid type for value: x, expected one of: ['number'], received: "string"

        '>' not supported between instances of 'str' and 'int'

        In function min_by(), invalid type for value: None, expected one of: ['number', 'string'], received: "null"

        '<' not supported between instances of 'int' and 'str'

        'in <string>' requires string as left operand, not int

        slice step cannot be zero

        In function keys(), invalid type for value: [1, 'x'], expected one of: ['object'], received: "array"

        In function abs(), invalid type for value: x, expected one of: ['number'], received: "string"

        In function length(), invalid type for value: <jmespath.visitor._Expression object>, expected one of: ['string', 'array', 'object'], received: "expref"

    "#]],
    );
}

#[test]
fn deep_and_long_expressions_end() {
    for expression in [
        "(".repeat(5000),
        "!".repeat(5000),
        "a[".repeat(5000),
        "[".repeat(5000),
    ] {
        assert!(Query::parse(&expression).is_err());
    }
    let long = vec!["a == b"; 5000].join(" == ");
    assert_eq!(
        Query::parse(&long).unwrap_err(),
        "maximum recursion depth exceeded"
    );
}

proptest! {
    #[test]
    fn nothing_panics(expression in "[a-c@*\\[\\]().,:?&|!<>='`\"{}0-2 -]{0,24}") {
        let given = json!({"a": [1, {"b": "c"}, [null]], "b": {"a": 1.5}, "c": "x"});
        if let Ok(query) = Query::parse(&expression) {
            let _ = query.search(&Data::from(&given));
        }
    }
}
