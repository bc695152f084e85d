//! Runs captured lines of the real AWS CLI in the lab's `aws` and compares output and calls.
//!
//! A row is a JSON object: `line`; `files` (name -> text) of the working folder; `response`, the service's
//! answer (an `Error` with `Code` and `Message` is a refusal), or `pages`, one answer for each call;
//! `exit`, `stdout`, `stderr`, and `calls`: service, operation and `params` as the service received them,
//! with `$base64` as the marker of bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hsmlab_api::ServiceError;
use hsmlab_tool_aws::paramfile::Files;
use hsmlab_tool_aws::{Printed, Service, Terminal, run};
use serde_json::{Value, json};

/// The width of the terminal at the time of the capture.
const COLUMNS: usize = 100;

/// The result of a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The exit status.
    pub exit: i64,
    /// The standard output.
    pub stdout: String,
    /// The standard error.
    pub stderr: String,
    /// The calls.
    pub calls: Vec<Value>,
}

/// A row that differs.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The line.
    pub line: String,
    /// The differences: the part, what was expected, and what was printed.
    pub parts: Vec<(&'static str, String, String)>,
}

/// The results of a file of rows.
#[derive(Clone, Debug)]
pub struct Played {
    /// The file's name.
    pub file: String,
    /// The number of rows.
    pub rows: usize,
    /// The rows that differ.
    pub differences: Vec<Difference>,
}

impl Played {
    /// The number of rows without a difference.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.rows - self.differences.len()
    }
}

/// The folder of the repository's rows.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/awscli")
}

/// Runs every `*.jsonl` of a folder, ordered by name.
///
/// # Errors
/// A file that cannot be read, or a line in it that is not a JSON object: its place and the problem.
pub fn play_folder(folder: &Path) -> Result<Vec<Played>, String> {
    let fault = |error: std::io::Error| format!("{}: {error}", folder.display());
    let entries = std::fs::read_dir(folder).map_err(fault)?;
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(fault)?;
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "jsonl")
    });
    files.sort();
    files.iter().map(|file| play_file(file)).collect()
}

fn play_file(path: &Path) -> Result<Played, String> {
    let file = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut played = Played {
        file,
        rows: 0,
        differences: Vec::new(),
    };
    for (at, row) in text
        .lines()
        .enumerate()
        .filter(|(_, row)| !row.trim().is_empty())
    {
        let row: Value = serde_json::from_str(row)
            .map_err(|error| format!("{}:{}: {error}", path.display(), at + 1))?;
        played.rows += 1;
        played.differences.extend(compare(&row));
    }
    Ok(played)
}

/// Reads the lines that may differ, with reasons: `KNOWN.tsv` of the folder, a line and a reason each.
///
/// # Errors
/// A line without a reason.
pub fn known(folder: &Path) -> Result<BTreeMap<String, String>, String> {
    let path = folder.join("KNOWN.tsv");
    let Ok(text) = std::fs::read_to_string(&path) else {
        return Ok(BTreeMap::new());
    };
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(at, line)| match line.split_once('\t') {
            Some((line, reason)) if !reason.trim().is_empty() => Ok((line.into(), reason.into())),
            _ => Err(format!(
                "{}:{}: a line without a reason",
                path.display(),
                at + 1
            )),
        })
        .collect()
}

/// Runs a row; returns the differences. A member that the row lacks is not compared. Without `response`
/// and `pages`, the output is not compared either, because the answer is unknown.
#[must_use]
pub fn compare(row: &Value) -> Option<Difference> {
    let outcome = play(row);
    let mut parts = Vec::new();
    let mut differs = |part, expected: String, got: String| {
        if expected != got {
            parts.push((part, expected, got));
        }
    };
    if let Some(exit) = row.get("exit") {
        differs("exit", exit.to_string(), outcome.exit.to_string());
    }
    if let Some(stderr) = row.get("stderr").and_then(Value::as_str) {
        differs("stderr", stderr.to_owned(), outcome.stderr);
    }
    let answered = row.get("response").or_else(|| row.get("pages")).is_some();
    if let Some(stdout) = row
        .get("stdout")
        .and_then(Value::as_str)
        .filter(|_| answered)
    {
        differs("stdout", stdout.to_owned(), outcome.stdout);
    }
    if let Some(calls) = row.get("calls") {
        let got = normal(&Value::Array(outcome.calls));
        differs("calls", normal(calls).to_string(), got.to_string());
    }
    if parts.is_empty() {
        return None;
    }
    let line = row
        .get("line")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    Some(Difference { line, parts })
}

/// Runs a row's line, with its files in the working folder.
#[must_use]
pub fn play(row: &Value) -> Outcome {
    let words = words(row.get("line").and_then(Value::as_str).unwrap_or_default());
    let files = row
        .get("files")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let bytes = |text: &Value| text.as_str().unwrap_or_default().as_bytes().to_vec();
    let files = files
        .map(|(name, text)| (name.clone(), bytes(text)))
        .collect();
    let variables = BTreeMap::from([("AWS_REGION".to_owned(), "us-east-1".to_owned())]);
    let mut recorder = Recorder {
        row,
        calls: Vec::new(),
    };
    let mut printed = Printed::default();
    let exit = run(
        words.get(1..).unwrap_or_default(),
        &Files::fixed(files, variables),
        &mut recorder,
        Terminal {
            columns: COLUMNS,
            tty: false,
        },
        &mut printed,
    );
    let Printed { stdout, stderr } = printed;
    Outcome {
        exit: exit.into(),
        stdout,
        stderr,
        calls: recorder.calls,
    }
}

/// A service that answers calls from the row and records them.
struct Recorder<'a> {
    row: &'a Value,
    calls: Vec<Value>,
}

impl Service for Recorder<'_> {
    fn call(
        &mut self,
        service: &str,
        operation: &str,
        params: &Value,
    ) -> Result<Value, ServiceError> {
        let number = self.calls.len();
        self.calls
            .push(json!({"service": service, "operation": operation, "params": params}));
        let pages = self.row.get("pages").and_then(Value::as_array);
        let page = pages.and_then(|pages| pages.get(number).or_else(|| pages.last()));
        let answer = page.or_else(|| self.row.get("response")).cloned();
        let answer = answer.unwrap_or_else(|| json!({}));
        match answer.get("Error") {
            Some(error) => Err(refusal(error)),
            None => Ok(answer),
        }
    }
}

/// Makes a refusal. The CLI prints a null message as `None`.
fn refusal(error: &Value) -> ServiceError {
    let text = |name: &str| match error.get(name) {
        None => "Unknown".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(_) => "None".to_owned(),
    };
    ServiceError {
        code: text("Code"),
        message: text("Message"),
        http_status: 400,
        remedy: String::new(),
    }
}

/// Normalises calls for comparison: members sorted, whole floats as integers, bytes as their base64 text,
/// and without the token that the CLI generates.
fn normal(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(normal).collect(),
        Value::Object(members) => {
            if let (1, Some(bytes)) = (members.len(), members.get("$base64")) {
                return bytes.clone();
            }
            let mut sorted: Vec<_> = members
                .iter()
                .filter(|(name, _)| *name != "ClientToken")
                .collect();
            sorted.sort_by_key(|(name, _)| *name);
            let members = sorted
                .into_iter()
                .map(|(name, value)| (name.clone(), normal(value)));
            Value::Object(members.collect())
        }
        Value::Number(number) => match number.as_f64() {
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and in range")]
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => {
                Value::from(float as i64)
            }
            _ => value.clone(),
        },
        _ => value.clone(),
    }
}

/// Splits a line into words by the shell's rules for quotes.
#[must_use]
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\'' => {
                let text: String = chars.by_ref().take_while(|c| *c != '\'').collect();
                word.get_or_insert_default().push_str(&text);
            }
            '"' => {
                let word = word.get_or_insert_default();
                while let Some(c) = chars.next().filter(|c| *c != '"') {
                    let escapes = c == '\\' && matches!(chars.peek(), Some('"' | '\\' | '$' | '`'));
                    word.extend(if escapes { chars.next() } else { Some(c) });
                }
            }
            '\\' => word.get_or_insert_default().extend(chars.next()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_line() {
        assert_eq!(
            words(r#"a 'b c'"'"'d' "e\"f\n" g\ h '' i=""#),
            ["a", "b c'd", "e\"f\\n", "g h", "", "i="]
        );
    }

    #[test]
    fn calls_compare_by_meaning() {
        let a = json!({"b": {"$base64": "QQ=="}, "a": 1.0, "ClientToken": "x"});
        let b = json!({"a": 1, "b": "QQ=="});
        assert_eq!(normal(&a).to_string(), normal(&b).to_string());
    }
}
