//! Formats values for display: Windows PowerShell 5.1's default views, without blanks at line ends.
//! Guess: the number of empty lines around a list and a table; it differs by version.

use super::value::{Column, Record, Value, View};

/// Renders the output of a pipeline as lines of text.
pub(super) fn render(values: &[Value]) -> String {
    let mut out = String::new();
    let mut rest = values;
    while let Some(first) = rest.first() {
        let Value::Record(record) = first else {
            out.push_str(&plain(first));
            rest = &rest[1..];
            continue;
        };
        let same = rest
            .iter()
            .take_while(|value| matches!(value, Value::Record(other) if other.view == record.view && folder(other) == folder(record)))
            .count();
        let (group, after) = rest.split_at(same);
        let group: Vec<&Record> = group
            .iter()
            .filter_map(|value| match value {
                Value::Record(record) => Some(&**record),
                _ => None,
            })
            .collect();
        match record.view {
            View::List => list(&group, None, &mut out),
            View::Table(columns) => table(&group, columns, &mut out),
            View::Files => files(&group, &mut out),
        }
        rest = after;
    }
    out
}

fn plain(value: &Value) -> String {
    match value {
        Value::List(all) => render(all),
        Value::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte}\n")).collect(),
        other => {
            let text = other.text();
            if text.ends_with('\n') {
                text
            } else {
                format!("{text}\n")
            }
        }
    }
}

fn folder(record: &Record) -> Option<String> {
    (record.view == View::Files)
        .then(|| record.field("PSParentPath").map(Value::text))
        .flatten()
}

/// Renders one field a line; `names` limits the output to these fields.
pub(super) fn list(group: &[&Record], names: Option<&[String]>, out: &mut String) {
    out.push_str("\n\n");
    for (at, record) in group.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let fields: Vec<(String, String)> = match names {
            None => record
                .fields
                .iter()
                .filter(|(name, _)| name != "PSParentPath")
                .map(|(name, value)| (name.clone(), in_list(value)))
                .collect(),
            Some(names) => names
                .iter()
                .map(|name| {
                    let value = record.field(name).map(in_list).unwrap_or_default();
                    (name.clone(), value)
                })
                .collect(),
        };
        let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, value) in fields {
            let line = format!("{name:<width$} : {value}");
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    out.push_str("\n\n");
}

fn in_list(value: &Value) -> String {
    match value {
        Value::List(all) => {
            let all: Vec<String> = all.iter().map(Value::text).collect();
            format!("{{{}}}", all.join(", "))
        }
        other => other.text(),
    }
}

fn table(group: &[&Record], columns: &[Column], out: &mut String) {
    let rows: Vec<Vec<String>> = group
        .iter()
        .map(|record| {
            columns
                .iter()
                .map(|column| record.field(column.field).map(in_list).unwrap_or_default())
                .collect()
        })
        .collect();
    let titles: Vec<(String, usize, bool)> = columns
        .iter()
        .map(|column| (column.title.to_owned(), column.width, column.right))
        .collect();
    rows_below(&titles, &rows, out);
}

/// Renders a table. A column has a title, a width (0: as wide as needed), and true for right-aligned.
pub(super) fn rows_below(titles: &[(String, usize, bool)], rows: &[Vec<String>], out: &mut String) {
    let widths: Vec<usize> = titles
        .iter()
        .enumerate()
        .map(|(at, (title, width, _))| {
            if *width > 0 {
                return *width;
            }
            rows.iter()
                .filter_map(|row| row.get(at))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
                .max(title.len())
        })
        .collect();
    let line = |cells: &[String]| {
        let mut text = String::new();
        for (at, cell) in cells.iter().enumerate() {
            let width = widths.get(at).copied().unwrap_or(0);
            let right = titles.get(at).is_some_and(|(_, _, right)| *right);
            let last = at + 1 == cells.len();
            // The last column has no limit; a longer cell in any other column is cut.
            let cell: String = if cell.chars().count() > width && !last {
                let kept: String = cell.chars().take(width.saturating_sub(3)).collect();
                format!("{kept}...")
            } else {
                cell.clone()
            };
            if at > 0 {
                text.push(' ');
            }
            if right {
                text.push_str(&format!("{cell:>width$}"));
            } else {
                text.push_str(&format!("{cell:<width$}"));
            }
        }
        format!("{}\n", text.trim_end())
    };
    let heads: Vec<String> = titles.iter().map(|(title, _, _)| title.clone()).collect();
    let rules: Vec<String> = heads.iter().map(|title| "-".repeat(title.len())).collect();
    out.push('\n');
    out.push_str(&line(&heads));
    out.push_str(&line(&rules));
    for row in rows {
        out.push_str(&line(row));
    }
    out.push_str("\n\n");
}

/// Renders a folder's entries as Windows Server 2022 lists them.
fn files(group: &[&Record], out: &mut String) {
    let folder = group
        .first()
        .and_then(|record| folder(record))
        .unwrap_or_default();
    out.push_str(&format!("\n\n    Directory: {folder}\n\n\n"));
    out.push_str("Mode                 LastWriteTime         Length Name\n");
    out.push_str("----                 -------------         ------ ----\n");
    for record in group {
        let cell = |name: &str| record.field(name).map(Value::text).unwrap_or_default();
        out.push_str(&format!(
            "{:<7} {:>26} {:>14} {}\n",
            cell("Mode"),
            cell("LastWriteTime"),
            cell("Length"),
            cell("Name")
        ));
    }
    out.push_str("\n\n");
}
