//! The command line of `hsm-load`.

use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::NAME;
use super::operation::Operation;

/// The default label of a key that is created.
const LABEL: &str = "hsm-load";
/// The highest rate, in requests per second.
const RATE_MAX: u32 = 10_000;

/// The request rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rate {
    /// This many per second.
    PerSecond(u32),
    /// As many as the HSMs serve.
    Max,
}

/// The parsed arguments.
#[derive(Clone)]
pub(super) struct Arguments {
    pub(super) operation: Operation,
    label: Option<String>,
    pub(super) new: bool,
    pub(super) pin: Option<zeroize::Zeroizing<String>>,
    pub(super) rate: Rate,
    pub(super) threads: u32,
    pub(super) seconds: Option<u32>,
    pub(super) interval: u32,
    pub(super) report: Option<String>,
}

impl Arguments {
    pub(super) fn parse(argv: &[String]) -> Result<Self, clap::Error> {
        let matches = command().try_get_matches_from(argv)?;
        let text = |name: &str| matches.get_one::<String>(name).cloned();
        let number = |name: &str| matches.get_one::<u32>(name).copied();
        let (operation, new) = (operation(&matches), matches.get_flag("new"));
        let label = text("key-label");
        if label.is_none() && !new && operation != Operation::GenerateAes {
            return Err(command().error(
                ErrorKind::MissingRequiredArgument,
                "give --key-label <LABEL> of a key in the HSMs, or --new to create one",
            ));
        }
        Ok(Self {
            operation,
            label,
            new,
            pin: text("pin").map(zeroize::Zeroizing::new),
            rate: matches
                .get_one("rate")
                .copied()
                .unwrap_or(Rate::PerSecond(operation.usual_rate())),
            threads: number("threads").unwrap_or(1),
            seconds: number("seconds"),
            interval: number("interval").unwrap_or(10),
            report: text("report"),
        })
    }

    /// The label of the key, of the pair, or of the keys that will be created.
    pub(super) fn label(&self) -> &str {
        self.label.as_deref().unwrap_or(LABEL)
    }
}

fn operation(matches: &ArgMatches) -> Operation {
    let name = matches.get_one::<String>("operation");
    Operation::ALL
        .into_iter()
        .find(|operation| name.is_some_and(|name| name == operation.name()))
        .unwrap_or(Operation::AesGcmEncrypt)
}

fn rate(text: &str) -> Result<Rate, String> {
    if text == "max" {
        return Ok(Rate::Max);
    }
    text.parse()
        .ok()
        .filter(|rate| (1..=RATE_MAX).contains(rate))
        .map(Rate::PerSecond)
        .ok_or_else(|| format!("a whole number from 1 to {RATE_MAX}, or max"))
}

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

fn command() -> Command {
    let whole = |most: i64| value_parser!(u32).range(1..=most);
    Command::new(NAME)
        .about(
            "HSM Lab's sample application; uses the PKCS#11 library's configuration.\n\
             AWS does not provide it. It uses a key in the HSMs at a steady rate and reports the results.",
        )
        .after_help(
            "One run executes at most 100,000 operations. After an error a thread waits 100 ms.\n\
             Exit status: 0; 1 if an error reached the application; 130 after Ctrl-C.",
        )
        .arg(
            option("operation", "OPERATION", "The operation that the HSMs execute")
                .value_parser(PossibleValuesParser::new(
                    Operation::ALL.map(Operation::name),
                ))
                .default_value(Operation::AesGcmEncrypt.name()),
        )
        .arg(option(
            "key-label",
            "LABEL",
            "The label of the token key to use; with --new, of the key to create; with \
             generate-aes, the prefix of the keys' labels [default with these: hsm-load]",
        ))
        .arg(
            Arg::new("new")
                .long("new")
                .action(ArgAction::SetTrue)
                .help("First creates a token key, which stays in the HSMs"),
        )
        .arg(option(
            "pin",
            "USER:PASSWORD",
            "The PIN of the PKCS#11 library: a crypto user [default: CLOUDHSM_PIN]",
        ))
        .arg(
            option(
                "rate",
                "RATE",
                "Requests per second; max: as many as the HSMs serve [default: 20; rsa-sign: 2]",
            )
            .value_parser(rate),
        )
        .arg(
            option("threads", "THREADS", "The number of concurrent requests")
                .value_parser(whole(1024))
                .default_value("8"),
        )
        .arg(
            option("seconds", "SECONDS", "The duration [default: until Ctrl-C]")
                .value_parser(whole(86_400)),
        )
        .arg(
            option("interval", "SECONDS", "The seconds between reports")
                .value_parser(whole(3600))
                .default_value("10"),
        )
        .arg(option(
            "report",
            "FILE",
            "Also writes the totals to a JSON file with each report",
        ))
}

/// Candidates for the last word.
pub(super) fn complete(words: &[String], last: &str) -> Vec<String> {
    let mut command = command();
    command.build();
    let previous = words.last().and_then(|word| word.strip_prefix("--"));
    let values = command
        .get_arguments()
        .find(|arg| arg.get_long().is_some() && arg.get_long() == previous)
        .map(Arg::get_possible_values)
        .unwrap_or_default();
    let mut found: Vec<String> = if values.is_empty() {
        let flags = command.get_arguments().filter_map(Arg::get_long);
        flags.map(|flag| format!("--{flag}")).collect()
    } else {
        let names = values.iter().map(clap::builder::PossibleValue::get_name);
        names.map(str::to_owned).collect()
    };
    found.retain(|word| word.starts_with(last) && !words.contains(word));
    found.sort();
    found
}
