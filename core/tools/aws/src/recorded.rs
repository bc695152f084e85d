//! Replays lines that were given to the real CLI, and compares the outcome with the recorded one: the
//! rows of `tests/data/awscli`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Map, Value};

use super::paramfile::Files;
use super::{Printed, Service, Terminal, run};
use hsmlab_api::ServiceError;

/// A service that returns empty answers and records the calls.
#[derive(Default)]
struct Recorder {
    calls: Vec<(String, String, Value)>,
}

impl Service for Recorder {
    fn call(
        &mut self,
        service: &str,
        operation: &str,
        params: &Value,
    ) -> Result<Value, ServiceError> {
        self.calls
            .push((service.to_owned(), operation.to_owned(), params.clone()));
        Ok(Value::Object(Map::new()))
    }
}

/// Splits a line into words, by the shell's rules for quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(character) = chars.next() {
        match character {
            ' ' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                word.extend(chars.by_ref().take_while(|c| *c != '\''));
            }
            '"' => {
                let word = word.get_or_insert_default();
                while let Some(c) = chars.next().filter(|c| *c != '"') {
                    match c {
                        '\\' => match chars.next() {
                            Some(escaped @ ('"' | '\\' | '$' | '`')) => word.push(escaped),
                            Some(other) => word.extend(['\\', other]),
                            None => word.push('\\'),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(chars.next()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

/// Returns the recorded parameters as they are sent: bytes are base64 texts.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(map) => match (map.len(), map.get("$base64")) {
            (1, Some(base64)) => base64.clone(),
            _ => Value::Object(map.iter().map(|(k, v)| (k.clone(), plain(v))).collect()),
        },
        Value::Array(items) => items.iter().map(plain).collect(),
        other => other.clone(),
    }
}

fn differences(row: &Value) -> Vec<String> {
    let line = row["line"].as_str().unwrap_or_default();
    let files: BTreeMap<String, Vec<u8>> = row["files"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, text)| {
            (
                name.clone(),
                text.as_str().unwrap_or_default().as_bytes().to_vec(),
            )
        })
        .collect();
    let variables = BTreeMap::from([("AWS_REGION".to_owned(), "us-east-1".to_owned())]);
    let files = Files::fixed(files, variables);
    let mut recorder = Recorder::default();
    let mut printed = Printed::default();
    let words = words(line);
    let terminal = Terminal {
        columns: 100,
        tty: false,
    };
    let words = words.get(1..).unwrap_or_default();
    let exit = run(words, &files, &mut recorder, terminal, &mut printed);
    let mut differences = Vec::new();
    if row["exit"] != i64::from(exit) {
        differences.push(format!("exit {exit}, not {}", row["exit"]));
    }
    if row["stderr"] != printed.stderr.as_str() {
        differences.push(format!(
            "stderr\n{:?}\n  not\n{:?}",
            printed.stderr,
            row["stderr"].as_str()
        ));
    }
    let expected: Vec<(String, String, Value)> = row["calls"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|call| {
            let text = |key: &str| call[key].as_str().unwrap_or_default().to_owned();
            (text("service"), text("operation"), plain(&call["params"]))
        })
        .collect();
    if recorder.calls != expected {
        differences.push(format!("calls {:?}, not {expected:?}", recorder.calls));
    }
    differences
}

/// Returns the number of rows of a file, and those that differ from the recording.
fn play(path: &PathBuf) -> (usize, Vec<String>) {
    let text = std::fs::read_to_string(path).expect("the recording exists");
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).expect("a row");
        count += 1;
        let differences = differences(&row);
        if !differences.is_empty() {
            wrong.push(format!("{}: {}", row["line"], differences.join("; ")));
        }
    }
    (count, wrong)
}

#[test]
fn every_recorded_line_is_understood_as_the_cli_understands_it() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data/awscli");
    for file in ["arguments.jsonl", "further.jsonl"] {
        let (count, wrong) = play(&folder.join(file));
        assert!(
            wrong.is_empty(),
            "{file}: {} of {count} differ:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    }
}

/// The words that generated lines consist of: commands, options, values and fragments of syntax.
const PIECES: [&str; 40] = [
    "ec2",
    "cloudhsmv2",
    "iam",
    "sts",
    "kms",
    "describe-vpcs",
    "create-hsm",
    "create-cluster",
    "run-instances",
    "wait",
    "instance-running",
    "help",
    "configure",
    "set",
    "--filters",
    "--tag-list",
    "--cluster-id",
    "--count",
    "--network-interfaces",
    "--query",
    "--output",
    "table",
    "--cli-input-json",
    "--cli-input-yaml",
    "--generate-cli-skeleton",
    "yaml-input",
    "output",
    "--max-items",
    "--",
    "-",
    "--=",
    "--c",
    "Key=a,Value={b=[c",
    "'",
    "\"",
    "[{\"a\":1e999}]",
    "{",
    "a@=file://x",
    "-1",
    "é\u{10ffff}",
];

proptest::proptest! {
    #[test]
    fn no_line_makes_the_command_panic(
        picks in proptest::collection::vec((0_usize..PIECES.len(), ".{0,6}", 0_u8..4), 0..9)
    ) {
        let words: Vec<String> = picks
            .into_iter()
            .map(|(pick, noise, kind)| {
                let piece = PIECES.get(pick).copied().unwrap_or_default();
                match kind {
                    0 => noise,
                    1 => format!("{piece}{noise}"),
                    _ => piece.to_owned(),
                }
            })
            .collect();
        let mut printed = Printed::default();
        let terminal = Terminal { columns: 80, tty: false };
        let exit = run(&words, &Files::none(), &mut Recorder::default(), terminal, &mut printed);
        proptest::prop_assert!([0, 252, 253, 254, 255].contains(&exit));
        proptest::prop_assert_eq!(exit == 0, !printed.stderr.contains("[ERROR]"));
    }
}
