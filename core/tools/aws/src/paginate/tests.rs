//! Pages joined, cut and resumed, compared with AWS CLI 2.36.7.

use expect_test::{Expect, expect};
use serde_json::json;

use super::*;
use crate::Globals;
use hsmlab_api::ServiceError;
use hsmlab_api::model;

struct Recorded {
    pages: Vec<Value>,
    calls: Vec<String>,
}

impl Service for Recorded {
    fn call(&mut self, _: &str, _: &str, params: &Value) -> Result<Value, ServiceError> {
        let page = self
            .pages
            .get(self.calls.len())
            .or(self.pages.last())
            .cloned();
        self.calls.push(params.to_string());
        page.filter(|page| page.is_object())
            .ok_or_else(|| ServiceError {
                code: "Gone".into(),
                message: "No more.".into(),
                http_status: 400,
                remedy: String::new(),
            })
    }
}

fn pages() -> Vec<Value> {
    let cluster = |id: u8| json!({"ClusterId": format!("cluster-{id}")});
    vec![
        json!({"Clusters": [cluster(1), cluster(2)], "NextToken": "t1"}),
        json!({"Clusters": [cluster(3)], "NextToken": "t2"}),
        json!({"Clusters": [cluster(4), cluster(5)]}),
    ]
}

fn run_on(pages: Vec<Value>, query: Option<&str>, globals: Globals) -> String {
    let service = model::service("cloudhsmv2").unwrap();
    let operation = service.operation("DescribeClusters").unwrap();
    let format = globals.output;
    let command = ParsedCommand {
        service,
        operation,
        params: json!({}),
        globals,
    };
    let query = query.map(|query| Query::parse(query).unwrap());
    let style = Style {
        format,
        query,
        columns: 100,
        color: false,
    };
    let mut recorded = Recorded {
        pages,
        calls: Vec::new(),
    };
    let mut out = String::new();
    let ended = run(&command, &mut recorded, &style, &mut out);
    let failure = ended.map_or_else(|failure| format!("{failure:?}\n"), |()| String::new());
    format!("{}\n{out}{failure}", recorded.calls.join(" "))
}

fn check(globals: Globals, expected: &Expect) {
    expected.assert_eq(&run_on(
        pages(),
        Some("[Clusters[].ClusterId, NextToken][]"),
        globals,
    ));
}

fn text(globals: Globals) -> Globals {
    Globals {
        output: Output::Text,
        ..globals
    }
}

#[test]
fn all_pages() {
    check(
        Globals::default(),
        &expect![[r#"
        {} {"NextToken":"t1"} {"NextToken":"t2"}
        [
            "cluster-1",
            "cluster-2",
            "cluster-3",
            "cluster-4",
            "cluster-5"
        ]
    "#]],
    );
    check(
        text(Globals::default()),
        &expect![[r#"
        {} {"NextToken":"t1"} {"NextToken":"t2"}
        cluster-1	cluster-2
        cluster-3
        cluster-4	cluster-5
    "#]],
    );
    check(
        Globals {
            output: Output::YamlStream,
            ..Globals::default()
        },
        &expect![[r#"
            {} {"NextToken":"t1"} {"NextToken":"t2"}
            - - cluster-1
              - cluster-2
              - t1
            - - cluster-3
              - t2
            - - cluster-4
              - cluster-5
        "#]],
    );
    check(
        Globals {
            output: Output::Off,
            ..Globals::default()
        },
        &expect![[r#"
            {} {"NextToken":"t1"} {"NextToken":"t2"}
        "#]],
    );
    check(
        Globals {
            no_paginate: true,
            ..Globals::default()
        },
        &expect![[r#"
            {}
            [
                "cluster-1",
                "cluster-2",
                "t1"
            ]
        "#]],
    );
    check(
        Globals {
            page_size: Some(1),
            ..text(Globals::default())
        },
        &expect![[r#"
            {"MaxResults":1} {"MaxResults":1,"NextToken":"t1"} {"MaxResults":1,"NextToken":"t2"}
            cluster-1	cluster-2
            cluster-3
            cluster-4	cluster-5
        "#]],
    );
}

#[test]
fn cut_and_resumed() {
    let cut = |items| Globals {
        max_items: Some(items),
        ..text(Globals::default())
    };
    for items in [1, 2, 3, 9, 0] {
        let output = run_on(pages(), None, cut(items));
        match items {
            1 => expect![[r#"
                {}
                CLUSTERS	cluster-1
                NEXTTOKEN	eyJOZXh0VG9rZW4iOiBudWxsLCAiYm90b190cnVuY2F0ZV9hbW91bnQiOiAxfQ==
            "#]]
            .assert_eq(&output),
            2 => expect![[r#"
                {}
                CLUSTERS	cluster-1
                CLUSTERS	cluster-2
                NEXTTOKEN	eyJOZXh0VG9rZW4iOiAidDEifQ==
            "#]]
            .assert_eq(&output),
            3 => expect![[r#"
                {} {"NextToken":"t1"}
                CLUSTERS	cluster-1
                CLUSTERS	cluster-2
                CLUSTERS	cluster-3
                NEXTTOKEN	eyJOZXh0VG9rZW4iOiAidDIifQ==
            "#]]
            .assert_eq(&output),
            9 => expect![[r#"
                {} {"NextToken":"t1"} {"NextToken":"t2"}
                CLUSTERS	cluster-1
                CLUSTERS	cluster-2
                CLUSTERS	cluster-3
                CLUSTERS	cluster-4
                CLUSTERS	cluster-5
            "#]]
            .assert_eq(&output),
            _ => expect![[r#"
                {}
                NEXTTOKEN	eyJOZXh0VG9rZW4iOiBudWxsLCAiYm90b190cnVuY2F0ZV9hbW91bnQiOiAwfQ==
            "#]]
            .assert_eq(&output),
        }
    }
    let resumed = |token: &str| Globals {
        starting_token: Some(token.into()),
        ..cut(1)
    };
    let inside = "eyJOZXh0VG9rZW4iOiBudWxsLCAiYm90b190cnVuY2F0ZV9hbW91bnQiOiAxfQ==";
    expect![[r#"
        {}
        CLUSTERS	cluster-2
        NEXTTOKEN	eyJOZXh0VG9rZW4iOiAidDEifQ==
    "#]]
    .assert_eq(&run_on(pages(), None, resumed(inside)));
    expect![[r#"
        {"NextToken":"t1"}
        CLUSTERS	cluster-1
        NEXTTOKEN	eyJOZXh0VG9rZW4iOiAidDEiLCAiYm90b190cnVuY2F0ZV9hbW91bnQiOiAxfQ==
    "#]]
    .assert_eq(&run_on(
        pages(),
        None,
        resumed("eyJOZXh0VG9rZW4iOiAidDEifQ=="),
    ));
    expect![[r#"
        {"NextToken":"t1"}
        CLUSTERS	cluster-2
        NEXTTOKEN	eyJOZXh0VG9rZW4iOiAidDEifQ==
    "#]]
    .assert_eq(&run_on(pages(), None, resumed("t1___1")));
    expect![[r#"
        {"NextToken":"a service's own token"}
        CLUSTERS	cluster-1
        NEXTTOKEN	eyJOZXh0VG9rZW4iOiAiYSBzZXJ2aWNlJ3Mgb3duIHRva2VuIiwgImJvdG9fdHJ1bmNhdGVfYW1vdW50IjogMX0=
    "#]].assert_eq(&run_on(pages(), None, resumed("a service's own token")));
    expect![[r#"

        Runtime("Bad starting token: a___b___c")
    "#]]
    .assert_eq(&run_on(pages(), None, resumed("a___b___c")));
}

#[test]
fn failures_between_pages() {
    let mut broken = pages();
    broken[1] = Value::Null;
    expect![[r#"
        {} {"NextToken":"t1"}
        CLUSTERS	cluster-1
        CLUSTERS	cluster-2
        Service(ServiceError { code: "Gone", message: "No more.", http_status: 400, remedy: "" })
    "#]]
    .assert_eq(&run_on(broken.clone(), None, text(Globals::default())));
    expect![[r#"
        {} {"NextToken":"t1"}
        Service(ServiceError { code: "Gone", message: "No more.", http_status: 400, remedy: "" })
    "#]]
    .assert_eq(&run_on(broken, None, Globals::default()));
    let same = json!({"Clusters": [], "NextToken": "t"});
    expect![[r#"
        {} {"NextToken":"t"}
        Runtime("Error during pagination: The same next token was received twice: {'NextToken': 't'}")
    "#]].assert_eq(&run_on(vec![same.clone(), same], None, Globals::default()));
}
