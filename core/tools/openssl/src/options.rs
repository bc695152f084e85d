//! OpenSSL's option syntax: single dashes, values in the next word, and one table per command.

use super::context::{Context, Done};

/// A command of the program.
pub(super) struct Command {
    /// The name, as `genrsa`.
    pub name: &'static str,
    /// The line after `Usage: `.
    pub usage: &'static str,
    /// The meaning of a word that is not a known option.
    pub unknown: Unknown,
    /// Its options.
    pub options: &'static [Opt],
    /// Runs the command.
    pub run: fn(&mut Context<'_, '_>, &Parsed) -> Done,
}

/// The meaning of an unknown option.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// Nothing.
    Nothing,
    /// A cipher: `-aes256`.
    Cipher,
    /// A digest: `-sha256`.
    Digest,
}

/// An option.
pub(super) struct Opt {
    /// The name without the dash.
    pub name: &'static str,
    /// The kind of value.
    pub kind: Kind,
    /// Its line in the help.
    pub help: &'static str,
}

/// The kind of value that follows an option.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    Flag,
    /// A word.
    Value,
    /// A number.
    Number,
}

/// An option without a value.
pub(super) const fn flag(name: &'static str, help: &'static str) -> Opt {
    Opt {
        name,
        kind: Kind::Flag,
        help,
    }
}

/// An option with a value.
pub(super) const fn value(name: &'static str, help: &'static str) -> Opt {
    Opt {
        name,
        kind: Kind::Value,
        help,
    }
}

/// An option with a number.
pub(super) const fn number(name: &'static str, help: &'static str) -> Opt {
    Opt {
        name,
        kind: Kind::Number,
        help,
    }
}

/// `-help`, which every command has.
pub(super) const HELP: Opt = flag("help", "Display this summary");

/// A parsed command line.
pub(super) struct Parsed {
    /// Options in their order, with their values.
    pub given: Vec<(String, String)>,
    /// The name of the cipher or digest that an unknown option gave.
    pub unknown: Option<String>,
    /// The words after the options.
    pub rest: Vec<String>,
}

impl Parsed {
    /// True if an option was given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| given == name)
    }

    /// Returns the value of an option; the last one counts.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.given
            .iter()
            .rev()
            .find(|(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns all values of an option.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.given
            .iter()
            .filter(move |(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the number that was given with an option.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.value(name).and_then(|value| value.parse().ok())
    }
}

impl Command {
    /// Returns the text of `-help`.
    pub(super) fn help(&self) -> String {
        let label = |option: &Opt| match option.kind {
            Kind::Flag => format!(" -{}", option.name),
            Kind::Value => format!(" -{} val", option.name),
            Kind::Number => format!(" -{} int", option.name),
        };
        let width = self
            .options
            .iter()
            .map(|option| label(option).len())
            .max()
            .unwrap_or(0)
            + 2;
        let mut out = format!("Usage: {}\n\nGeneral options:\n", self.usage);
        for option in self.options {
            out.push_str(&format!("{:<width$}{}\n", label(option), option.help));
        }
        out
    }
}

/// Parses the words after the command's name.
///
/// # Errors
/// The message, which includes the line that points to `-help`.
pub(super) fn parse(command: &Command, words: &[String]) -> Result<Parsed, String> {
    let name = command.name;
    let hint = format!("{name}: Use -help for summary.\n");
    let mut parsed = Parsed {
        given: Vec::new(),
        unknown: None,
        rest: Vec::new(),
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            break;
        }
        let Some(option) = word.strip_prefix('-').filter(|option| !option.is_empty()) else {
            parsed.rest.push(word.clone());
            break;
        };
        let option = option.strip_prefix('-').unwrap_or(option);
        let (option, joined) = match option.split_once('=') {
            Some((option, value)) => (option, Some(value.to_owned())),
            None => (option, None),
        };
        let Some(known) = command.options.iter().find(|known| known.name == option) else {
            if command.unknown == Unknown::Nothing {
                return Err(format!("{name}: Unknown option: -{option}\n{hint}"));
            }
            parsed.unknown = Some(option.to_owned());
            continue;
        };
        let value = match known.kind {
            Kind::Flag => String::new(),
            Kind::Value | Kind::Number => match joined.or_else(|| words.next().cloned()) {
                Some(value) => value,
                None => return Err(format!("{name}: Option -{option} needs a value\n{hint}")),
            },
        };
        if known.kind == Kind::Number && value.parse::<i64>().is_err() {
            return Err(format!(
                "{name}: Can't parse \"{value}\" as a number\n{hint}"
            ));
        }
        parsed.given.push((option.to_owned(), value));
    }
    parsed.rest.extend(words.cloned());
    Ok(parsed)
}
