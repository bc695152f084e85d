//! `--output text`: values separated by tabs, one line per map. Keys are not printed; they are sorted
//! so that the columns are stable.

use std::collections::BTreeSet;

use hsmlab_jmespath::data::{Data, Members};

/// Prints a value.
///
/// # Errors
/// Python's message for a list that mixes maps and other values; the output before the error is
/// printed.
pub fn print(value: &Data, out: &mut String) -> Result<(), String> {
    any(value, None, None, out)
}

/// `name` is the member that holds the value; it starts each line, in upper case. `columns` are the keys
/// of the scalars of all maps in the list that holds the value.
fn any(
    value: &Data,
    name: Option<&str>,
    columns: Option<&BTreeSet<&str>>,
    out: &mut String,
) -> Result<(), String> {
    match value {
        Data::Map(members) => map(members, name, columns, out),
        Data::List(items) => list(items, name, out),
        scalar => {
            line(&[scalar.python_str()], out);
            Ok(())
        }
    }
}

fn list(items: &[Data], name: Option<&str>, out: &mut String) -> Result<(), String> {
    if items.iter().any(|item| matches!(item, Data::Map(_))) {
        let mut columns = BTreeSet::new();
        for item in items {
            let Data::Map(members) = item else {
                return Err(format!(
                    "'{}' object has no attribute 'items'",
                    item.python_type()
                ));
            };
            let scalars = members.iter().filter(|(_, value)| value.is_scalar());
            columns.extend(scalars.map(|(name, _)| &**name));
        }
        return items
            .iter()
            .try_for_each(|item| any(item, name, Some(&columns), out));
    }
    let (scalars, lists): (Vec<&Data>, Vec<&Data>) = items.iter().partition(|i| i.is_scalar());
    if !scalars.is_empty() {
        let scalars: Vec<String> = scalars.iter().map(|item| item.python_str()).collect();
        match name {
            Some(name) => scalars
                .iter()
                .for_each(|s| line(&[upper(name), s.clone()], out)),
            None => line(&scalars, out),
        }
    }
    lists.iter().try_for_each(|list| any(list, name, None, out))
}

fn map(
    members: &Members,
    name: Option<&str>,
    columns: Option<&BTreeSet<&str>>,
    out: &mut String,
) -> Result<(), String> {
    let mut sorted: Vec<(&str, &Data)> = members.iter().map(|(n, v)| (&**n, v)).collect();
    sorted.sort_by_key(|(name, _)| *name);
    let find = |wanted: &str| {
        sorted
            .iter()
            .find(|(name, _)| *name == wanted)
            .map(|(_, v)| *v)
    };
    let (cells, nested): (Vec<String>, Vec<(&str, &Data)>) = match columns {
        // A missing column stays empty.
        Some(columns) => (
            columns
                .iter()
                .map(|c| find(c).map(Data::python_str).unwrap_or_default())
                .collect(),
            sorted
                .iter()
                .filter(|(name, _)| !columns.contains(name))
                .copied()
                .collect(),
        ),
        None => (
            sorted
                .iter()
                .filter(|(_, v)| v.is_scalar())
                .map(|(_, v)| v.python_str())
                .collect(),
            sorted
                .iter()
                .filter(|(_, v)| !v.is_scalar())
                .copied()
                .collect(),
        ),
    };
    if !cells.is_empty() {
        let mut row: Vec<String> = name.map(upper).into_iter().collect();
        row.extend(cells);
        line(&row, out);
    }
    nested
        .iter()
        .try_for_each(|(name, value)| any(value, Some(name), None, out))
}

fn line(cells: &[String], out: &mut String) {
    out.push_str(&cells.join("\t"));
    out.push('\n');
}

fn upper(name: &str) -> String {
    name.to_uppercase()
}
