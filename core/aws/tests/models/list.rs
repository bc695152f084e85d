//! The list of members that the lab does not use, each with its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// An unused member: service, `request` or `answer`, operation, and the path to the member.
pub(crate) type Place = (String, &'static str, String, String);

/// The rows of the file, without their reasons.
pub(crate) struct List {
    rows: BTreeMap<[String; 4], usize>,
    bad: Vec<String>,
}

impl List {
    pub(crate) fn read() -> Self {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/unused-members.tsv");
        let text = std::fs::read_to_string(path).unwrap();
        let mut list = Self {
            rows: BTreeMap::new(),
            bad: Vec::new(),
        };
        let lines = text.lines().enumerate();
        for (index, line) in lines.filter(|(_, line)| !line.starts_with('#') && !line.is_empty()) {
            let fields: Vec<&str> = line.split('\t').collect();
            match fields.as_slice() {
                [service, side, operation, member, reason] if reason.trim().len() > 7 => {
                    let row = [service, side, operation, member].map(|field| (*field).to_owned());
                    if list.rows.insert(row, index + 1).is_some() {
                        list.bad.push(format!("line {}: is a duplicate", index + 1));
                    }
                }
                _ => list.bad.push(format!(
                    "line {}: not service, request or answer, operation, member, reason",
                    index + 1
                )),
            }
        }
        list
    }

    /// What is not as the list says: members without a row, and rows without a member.
    /// A row of the operation `*` is for that member of all operations of its service.
    pub(crate) fn compare(self, unused: &BTreeSet<Place>) -> Vec<String> {
        let mut complaints = self.bad;
        let mut needed = BTreeSet::new();
        for (service, side, operation, member) in unused {
            let row = |operation: &str| {
                [
                    service.clone(),
                    (*side).to_owned(),
                    operation.to_owned(),
                    member.clone(),
                ]
            };
            match [row(operation), row("*")]
                .into_iter()
                .find(|row| self.rows.contains_key(row))
            {
                Some(row) => drop(needed.insert(row)),
                None => complaints.push(format!(
                    "not used, not listed:\n{}\t",
                    row(operation).join("\t")
                )),
            }
        }
        for (row, line) in &self.rows {
            if !needed.contains(row) {
                complaints.push(format!(
                    "line {line}: is used, or no longer there: {}",
                    row.join(" ")
                ));
            }
        }
        complaints
    }
}
