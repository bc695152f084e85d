//! The Tab candidates: commands, options, their values, and names that the session has seen.

use clap::{Arg, Command};

use super::session::Seen;
use hsmlab_proto::key::Flag;

/// Attributes other than flags, for filters (User Guide, "cloudhsm_cli-key-attributes-table").
const OTHER_ATTRIBUTES: [&str; 11] = [
    "check-value",
    "class",
    "curve",
    "ec-point",
    "id",
    "key-length-bytes",
    "key-type",
    "label",
    "modulus",
    "modulus-size-bits",
    "public-exponent",
];

/// The words that can end a command line.
pub(super) fn candidates(
    mut root: Command,
    words: &[String],
    last: &str,
    seen: &Seen,
) -> Vec<String> {
    root.build();
    let mut command = &root;
    let mut option: Option<&Arg> = None;
    for word in words {
        if let Some(name) = word.strip_prefix("--") {
            option = command
                .get_arguments()
                .find(|arg| arg.get_long() == Some(name));
        } else if option.is_some_and(takes_many) {
            // Another value of the same option.
        } else if option.take().is_none()
            && let Some(inner) = command.find_subcommand(word)
        {
            command = inner;
        }
    }
    let mut found = option
        .map(|option| values(option, seen))
        .unwrap_or_default();
    if found.is_empty() || option.is_some_and(takes_many) {
        found.extend(
            command
                .get_subcommands()
                .map(|inner| inner.get_name().to_owned()),
        );
        let flags = command
            .get_arguments()
            .filter_map(|arg| arg.get_long().map(|name| format!("--{name}")));
        found.extend(flags.filter(|flag| !words.contains(flag)));
    }
    found.retain(|word| word.starts_with(last));
    found.sort();
    found.dedup();
    found
}

fn takes_many(option: &Arg) -> bool {
    option
        .get_num_args()
        .is_some_and(|range| range.max_values() > 1)
}

/// The values of an option.
fn values(option: &Arg, seen: &Seen) -> Vec<String> {
    let flags = || Flag::ALL.iter().map(|(_, name)| *name);
    match option.get_id().as_str() {
        "filter" | "key-filter" | "payload-filter" | "wrapping-filter" => {
            let names = flags().chain(OTHER_ATTRIBUTES);
            let labels = seen.labels.iter().map(|label| {
                if label.contains(char::is_whitespace) {
                    format!("attr.label=\"{label}\"")
                } else {
                    format!("attr.label={label}")
                }
            });
            names
                .map(|name| format!("attr.{name}="))
                .chain(["key-reference=".to_owned()])
                .chain(labels)
                .collect()
        }
        "attributes" | "public-attributes" | "private-attributes" => {
            flags().map(|name| format!("{name}=")).collect()
        }
        "username" | "share-crypto-users" => seen.users.iter().cloned().collect(),
        _ => option
            .get_possible_values()
            .iter()
            .map(|value| value.get_name().to_owned())
            .collect(),
    }
}
