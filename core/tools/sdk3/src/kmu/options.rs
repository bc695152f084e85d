//! Options of the commands: `-k 6`, flags, missing options, and the output of `-h`. The form of the
//! messages is that of the utility's public source (Cfm3Util).

use std::collections::BTreeMap;

use hsmlab_shell::process::Io;

/// A command.
pub(super) struct Spec {
    pub(super) name: &'static str,
    /// The description.
    pub(super) what: &'static str,
    pub(super) options: &'static [&'static [Opt]],
}

/// An option.
pub(super) struct Opt {
    flag: &'static str,
    /// The name of its value; `None`: it has none.
    value: Option<&'static str>,
    /// True if the value is a number.
    number: bool,
    /// The name in the message if it is missing; `None`: it is optional.
    needed: Option<&'static str>,
    what: &'static str,
}

/// A required option with a number.
pub(super) const fn number(
    flag: &'static str,
    value: &'static str,
    needed: &'static str,
    what: &'static str,
) -> Opt {
    Opt {
        flag,
        value: Some(value),
        number: true,
        needed: Some(needed),
        what,
    }
}

/// A required option with a text.
pub(super) const fn text(
    flag: &'static str,
    value: &'static str,
    needed: &'static str,
    what: &'static str,
) -> Opt {
    Opt {
        flag,
        value: Some(value),
        number: false,
        needed: Some(needed),
        what,
    }
}

/// An optional option with a number.
pub(super) const fn may_number(flag: &'static str, value: &'static str, what: &'static str) -> Opt {
    Opt {
        flag,
        value: Some(value),
        number: true,
        needed: None,
        what,
    }
}

/// An optional option with a text.
pub(super) const fn may(flag: &'static str, value: &'static str, what: &'static str) -> Opt {
    Opt {
        flag,
        value: Some(value),
        number: false,
        needed: None,
        what,
    }
}

/// A flag.
pub(super) const fn flag(flag: &'static str, what: &'static str) -> Opt {
    Opt {
        flag,
        value: None,
        number: false,
        needed: None,
        what,
    }
}

/// The given options. They can contain a password, so `Debug` does not show them.
#[derive(Clone, Default)]
pub(super) struct Options(BTreeMap<&'static str, String>);

impl Options {
    /// A value; empty if the option was not given.
    pub(super) fn text(&self, flag: &str) -> &str {
        self.0.get(flag).map_or("", String::as_str)
    }

    /// True if the option was given.
    pub(super) fn has(&self, flag: &str) -> bool {
        self.0.contains_key(flag)
    }

    /// A number; `None` if it was not given or is too large.
    pub(super) fn number<T: std::str::FromStr>(&self, flag: &str) -> Option<T> {
        self.0.get(flag)?.parse().ok()
    }

    /// A handle; 0, which no key has, if it was not given.
    pub(super) fn handle(&self, flag: &str) -> u64 {
        self.number(flag).unwrap_or(0)
    }
}

/// Parses the words after a command's name; if they are wrong, prints the missing options and the
/// help.
pub(super) fn parse(spec: &Spec, words: &[String], io: &mut Io<'_>) -> Option<Options> {
    let mut given = BTreeMap::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let known = spec
            .options
            .iter()
            .copied()
            .flatten()
            .find(|option| option.flag == word);
        let Some(option) = known.filter(|option| !given.contains_key(option.flag)) else {
            help(spec, io);
            return None;
        };
        let value = match option.value {
            None => String::new(),
            Some(_) => match rest.next() {
                Some(value) => value.clone(),
                None => {
                    help(spec, io);
                    return None;
                }
            },
        };
        let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        if !option.number || digits {
            given.insert(option.flag, value);
        } else if option.needed.is_none() {
            help(spec, io);
            return None;
        }
    }
    for option in spec.options.iter().copied().flatten() {
        if let Some(needed) = option.needed.filter(|_| !given.contains_key(option.flag)) {
            io.out(format!(
                "\n\tError: {needed} ({}) is missing.\n",
                option.flag
            ));
            help(spec, io);
            return None;
        }
    }
    Some(Options(given))
}

/// Prints the output of `-h`.
pub(super) fn help(spec: &Spec, io: &mut Io<'_>) {
    let mut syntax = String::new();
    let mut lines = String::new();
    for option in spec.options.iter().copied().flatten() {
        let value = option
            .value
            .map_or_else(String::new, |value| format!(" <{value}>"));
        let whole = format!("{}{value}", option.flag);
        syntax += &if option.needed.is_some() {
            format!(" {whole}")
        } else {
            format!(" [{whole}]")
        };
        lines += &format!("\n       {:<9} {}", option.flag, option.what);
    }
    io.out(format!(
        "\n\nDescription\n===========\n{}\n\nSyntax: {} -h{syntax}\n\nWhere: {:<9} displays this information{lines}\n",
        spec.what, spec.name, "-h"
    ));
}

/// Candidates for the end of a line of the tool.
pub(super) fn candidates(specs: &[&Spec], line: &str) -> Vec<String> {
    let at = line.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let (before, last) = line.split_at(at);
    let mut found: Vec<String> = match before.split_whitespace().next() {
        None => specs.iter().map(|spec| spec.name.to_owned()).collect(),
        Some(name) => specs
            .iter()
            .filter(|spec| spec.name == name)
            .flat_map(|spec| spec.options.iter().copied().flatten())
            .map(|option| option.flag.to_owned())
            .collect(),
    };
    found.retain(|word| word.starts_with(last));
    found
}
