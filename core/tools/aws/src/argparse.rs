//! Options and positional arguments, by the rules of Python's `argparse` (3.11), which the CLI uses:
//! unique prefixes, `--flag=value`, the number of words an option takes, and the wording of refusals.

use std::collections::BTreeMap;

use super::py::{parse_float, parse_int, str_repr};
use super::suggest;

/// The number of words that an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// None: the option sets this value.
    Flag(bool),
    /// None: the option prints the program's version.
    Version,
    /// One.
    One,
    /// One or none.
    Optional,
    /// Any number.
    Any,
}

/// The type that a word is parsed as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reads {
    /// Text.
    #[default]
    Text,
    /// A whole number.
    Int,
    /// A number with a fraction.
    Float,
}

/// An option.
#[derive(Clone, Debug)]
pub struct OptionSpec {
    /// The option with its dashes: `--cluster-id`.
    pub flag: String,
    /// The key that holds the value; several options may share it.
    pub dest: String,
    /// The number of words it takes.
    pub takes: Takes,
    /// The type of a word.
    pub reads: Reads,
    /// True if the option is mandatory.
    pub required: bool,
    /// The allowed words; empty for any.
    pub choices: &'static [&'static str],
    /// The value used when the optional word is omitted.
    pub constant: Option<&'static str>,
}

impl OptionSpec {
    /// An option that takes one word.
    #[must_use]
    pub fn new(flag: impl Into<String>) -> Self {
        let flag = flag.into();
        let dest = flag.trim_start_matches('-').replace('-', "_");
        Self {
            flag,
            dest,
            takes: Takes::One,
            reads: Reads::Text,
            required: false,
            choices: &[],
            constant: None,
        }
    }
}

/// The single positional argument of a CLI parser.
#[derive(Clone, Debug)]
pub struct Positional {
    /// Its name in messages: `command`.
    pub name: &'static str,
    /// True if it may be left out.
    pub optional: bool,
    /// The allowed words; empty for any.
    pub choices: Vec<&'static str>,
}

/// A value from the line.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// The value of a flag.
    Flag(bool),
    /// A word.
    Text(String),
    /// A word that was parsed as a whole number.
    Int(i128),
    /// A word that was parsed as a number with a fraction.
    Float(f64),
    /// Several words.
    List(Vec<String>),
    /// An option whose optional word was omitted.
    Bare,
}

/// The result of parsing a line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The options' values by destination.
    pub values: BTreeMap<String, Given>,
    /// The positional argument.
    pub positional: Option<String>,
    /// The unrecognized words, in the order in which messages list them.
    pub rest: Vec<String>,
}

/// The reason why parsing ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A refusal, without the usage that follows it.
    Refused(String),
    /// `--version`.
    Version,
}

/// A parser: its options in order, and its positional argument.
#[derive(Clone, Debug, Default)]
pub struct Parser {
    options: Vec<OptionSpec>,
    positional: Option<Positional>,
}

/// A word of the line, as the first pass classifies it.
#[derive(Clone, Debug)]
enum Word {
    /// `--`.
    Dashes,
    /// A value or positional.
    Plain,
    /// An option: its index, if it is known, and the value after `=`.
    Option(Option<usize>, Option<String>),
}

impl Parser {
    /// Adds an option; it replaces an option of the same name.
    pub fn add(&mut self, option: OptionSpec) {
        self.options.retain(|known| known.flag != option.flag);
        self.options.push(option);
    }

    /// Sets the positional argument.
    pub fn set_positional(&mut self, positional: Positional) {
        self.positional = Some(positional);
    }

    /// Parses the words that this parser knows and returns the rest.
    ///
    /// # Errors
    /// A refusal, or `--version`.
    pub fn parse(&self, words: &[String]) -> Result<Found, Ended> {
        let mut run = Run {
            parser: self,
            words,
            seen: self.look(words)?,
            found: Found::default(),
            positional_open: self.positional.is_some(),
        };
        run.parse()?;
        let missing = self.missing(&run);
        if missing.is_empty() {
            Ok(run.found)
        } else {
            Err(Ended::Refused(format!(
                "the following arguments are required: {}",
                missing.join(", ")
            )))
        }
    }

    fn missing(&self, run: &Run<'_>) -> Vec<String> {
        let mut missing: Vec<String> = self
            .options
            .iter()
            .filter(|option| option.required && !run.found.values.contains_key(&option.dest))
            .map(|option| option.flag.clone())
            .collect();
        if let Some(positional) = &self.positional
            && run.positional_open
            && !positional.optional
        {
            missing.push(positional.name.to_owned());
        }
        missing
    }

    fn look(&self, words: &[String]) -> Result<Vec<Word>, Ended> {
        let mut seen = Vec::new();
        let mut only_plain = false;
        for word in words {
            if only_plain {
                seen.push(Word::Plain);
            } else if word == "--" {
                only_plain = true;
                seen.push(Word::Dashes);
            } else {
                seen.push(self.classify(word)?);
            }
        }
        Ok(seen)
    }

    fn place(&self, flag: &str) -> Option<usize> {
        self.options.iter().position(|option| option.flag == flag)
    }

    fn classify(&self, word: &str) -> Result<Word, Ended> {
        if !word.starts_with('-') {
            return Ok(Word::Plain);
        }
        if let Some(place) = self.place(word) {
            return Ok(Word::Option(Some(place), None));
        }
        if word.chars().count() == 1 {
            return Ok(Word::Plain);
        }
        let (flag, explicit) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value.to_owned())),
            None => (word, None),
        };
        if explicit.is_some()
            && let Some(place) = self.place(flag)
        {
            return Ok(Word::Option(Some(place), explicit));
        }
        let candidates: Vec<usize> = if word.starts_with("--") {
            (0..self.options.len())
                .filter(|&place| {
                    self.options
                        .get(place)
                        .is_some_and(|o| o.flag.starts_with(flag))
                })
                .collect()
        } else {
            Vec::new()
        };
        match candidates.as_slice() {
            [] => {}
            [one] => return Ok(Word::Option(Some(*one), explicit)),
            several => {
                let names: Vec<&str> = several
                    .iter()
                    .filter_map(|&place| self.options.get(place))
                    .map(|option| option.flag.as_str())
                    .collect();
                return Err(Ended::Refused(format!(
                    "ambiguous option: {word} could match {}",
                    names.join(", ")
                )));
            }
        }
        if is_negative_number(word) || word.contains(' ') {
            return Ok(Word::Plain);
        }
        Ok(Word::Option(None, None))
    }
}

/// True for a negative number: `-5`, `-.5`, `-1.5`.
fn is_negative_number(word: &str) -> bool {
    let Some(digits) = word.strip_prefix('-') else {
        return false;
    };
    let all = |text: &str| text.chars().all(|digit| digit.is_ascii_digit());
    match digits.split_once('.') {
        None => !digits.is_empty() && all(digits),
        Some((whole, fraction)) => all(whole) && !fraction.is_empty() && all(fraction),
    }
}

/// The state of one parse.
struct Run<'a> {
    parser: &'a Parser,
    words: &'a [String],
    seen: Vec<Word>,
    found: Found,
    positional_open: bool,
}

impl Run<'_> {
    fn parse(&mut self) -> Result<(), Ended> {
        let last_option = self
            .seen
            .iter()
            .rposition(|word| matches!(word, Word::Option(..)));
        let mut at = 0;
        while let Some(last) = last_option {
            if at > last {
                break;
            }
            let next = (at..=last)
                .find(|&place| matches!(self.seen.get(place), Some(Word::Option(..))))
                .unwrap_or(last);
            if at != next {
                let end = self.positionals(at)?;
                if end > at {
                    at = end;
                    continue;
                }
            }
            if at != next {
                self.found
                    .rest
                    .extend(self.words.get(at..next).unwrap_or_default().iter().cloned());
                at = next;
            }
            at = self.option(at)?;
        }
        let end = self.positionals(at)?;
        self.found
            .rest
            .extend(self.words.get(end..).unwrap_or_default().iter().cloned());
        Ok(())
    }

    fn count(&self, from: usize, wanted: impl Fn(&Word) -> bool) -> usize {
        self.seen
            .iter()
            .skip(from)
            .take_while(|word| wanted(word))
            .count()
    }

    /// Consumes the positional argument if it may come here; returns the index of the next word.
    fn positionals(&mut self, from: usize) -> Result<usize, Ended> {
        let Some(positional) = self
            .parser
            .positional
            .as_ref()
            .filter(|_| self.positional_open)
        else {
            return Ok(from);
        };
        let is_dashes = |word: &Word| matches!(word, Word::Dashes);
        let mut end = from + self.count(from, is_dashes);
        let has_value = matches!(self.seen.get(end), Some(Word::Plain));
        if has_value {
            end += 1;
        } else if !positional.optional {
            return Ok(from);
        }
        end += self.count(end, is_dashes);
        self.positional_open = false;
        let mut words: Vec<&String> = self
            .words
            .get(from..end)
            .unwrap_or_default()
            .iter()
            .collect();
        if let Some(dashes) = words.iter().position(|word| *word == "--") {
            words.remove(dashes);
        }
        if let Some(word) = words.first().filter(|_| has_value) {
            check_choice(positional.name, word, &positional.choices)?;
            self.found.positional = Some((*word).clone());
        }
        Ok(end)
    }

    /// Consumes the option at `at` with its words; returns the index of the next word.
    fn option(&mut self, at: usize) -> Result<usize, Ended> {
        let Some(Word::Option(place, explicit)) = self.seen.get(at).cloned() else {
            return Ok(at + 1);
        };
        let Some(option) = place.and_then(|place| self.parser.options.get(place)) else {
            self.found.rest.extend(self.words.get(at).cloned());
            return Ok(at + 1);
        };
        if let Some(explicit) = explicit {
            if matches!(option.takes, Takes::Flag(_) | Takes::Version) {
                return Err(refuse(
                    &option.flag,
                    &format!("ignored explicit argument {}", str_repr(&explicit)),
                ));
            }
            self.take(option, &[explicit])?;
            return Ok(at + 1);
        }
        let plain = self.count(at + 1, |word| matches!(word, Word::Plain));
        let count = match option.takes {
            Takes::Flag(_) | Takes::Version => 0,
            Takes::One if plain == 0 => {
                return Err(refuse(&option.flag, "expected one argument"));
            }
            Takes::One => 1,
            Takes::Optional => plain.min(1),
            Takes::Any => plain,
        };
        let end = at + 1 + count;
        let words = self.words.get(at + 1..end).unwrap_or_default().to_vec();
        self.take(option, &words)?;
        Ok(end)
    }

    fn take(&mut self, option: &OptionSpec, words: &[String]) -> Result<(), Ended> {
        let given = match (option.takes, words) {
            (Takes::Version, _) => return Err(Ended::Version),
            (Takes::Flag(value), _) => Given::Flag(value),
            (Takes::Any, words) => Given::List(words.to_vec()),
            (_, []) => match option.constant {
                Some(constant) => Given::Text(constant.to_owned()),
                None => Given::Bare,
            },
            (_, [word, ..]) => {
                let given = read(option, word)?;
                check_choice(&option.flag, word, option.choices)?;
                given
            }
        };
        self.found.values.insert(option.dest.clone(), given);
        Ok(())
    }
}

fn read(option: &OptionSpec, word: &str) -> Result<Given, Ended> {
    let invalid = |kind: &str| {
        refuse(
            &option.flag,
            &format!("invalid {kind} value: {}", str_repr(word)),
        )
    };
    match option.reads {
        Reads::Text => Ok(Given::Text(word.to_owned())),
        Reads::Int => parse_int(word).map(Given::Int).map_err(|_| invalid("int")),
        Reads::Float => parse_float(word)
            .map(Given::Float)
            .map_err(|_| invalid("float")),
    }
}

fn refuse(name: &str, message: &str) -> Ended {
    Ended::Refused(format!("argument {name}: {message}"))
}

fn check_choice(name: &str, word: &str, choices: &[&'static str]) -> Result<(), Ended> {
    if choices.is_empty() || choices.contains(&word) {
        return Ok(());
    }
    let mut message = format!("Found invalid choice '{word}'\n");
    let near = suggest::close_matches(word, choices.iter().copied());
    if !near.is_empty() {
        message += "\nMaybe you meant:\n";
        for choice in near {
            message += &format!("\n  * {choice}");
        }
    }
    Err(refuse(name, &message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parser() -> Parser {
        let mut parser = Parser::default();
        parser.add(OptionSpec {
            required: true,
            ..OptionSpec::new("--cluster-id")
        });
        parser.add(OptionSpec::new("--ip-address"));
        parser.add(OptionSpec {
            takes: Takes::Any,
            ..OptionSpec::new("--ids")
        });
        parser.add(OptionSpec {
            takes: Takes::Flag(true),
            ..OptionSpec::new("--dry-run")
        });
        parser.add(OptionSpec {
            reads: Reads::Int,
            ..OptionSpec::new("--max-items")
        });
        parser.set_positional(Positional {
            name: "help",
            optional: true,
            choices: Vec::new(),
        });
        parser
    }

    fn parse(line: &str) -> Result<Found, Ended> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parser().parse(&words)
    }

    #[test]
    fn prefixes_equals_signs_and_lists() {
        let found = parse("--clus c-1 --ids a b -5 --ip=x --dry-run").expect("fine");
        assert_eq!(
            found.values.get("cluster_id"),
            Some(&Given::Text("c-1".into()))
        );
        let ids = Given::List(vec!["a".into(), "b".into(), "-5".into()]);
        assert_eq!(found.values.get("ids"), Some(&ids));
        assert_eq!(
            found.values.get("ip_address"),
            Some(&Given::Text("x".into()))
        );
        assert_eq!(found.rest, Vec::<String>::new());
    }

    #[test]
    fn refusals_are_argparses() {
        let refused = |line: &str| match parse(line) {
            Err(Ended::Refused(message)) => message,
            other => format!("{other:?}"),
        };
        assert_eq!(
            refused("--dry-run"),
            "the following arguments are required: --cluster-id"
        );
        assert_eq!(
            refused("--cluster-id"),
            "argument --cluster-id: expected one argument"
        );
        assert_eq!(
            refused("--i x"),
            "ambiguous option: --i could match --ip-address, --ids"
        );
        assert_eq!(
            refused("--dry-run=x"),
            "argument --dry-run: ignored explicit argument 'x'"
        );
        assert_eq!(
            refused("--max-items abc"),
            "argument --max-items: invalid int value: 'abc'"
        );
    }

    #[test]
    fn unrecognized_words_keep_argparses_order() {
        let found = parse("--cluster-id c one two --foo bar").expect("fine");
        assert_eq!(found.positional.as_deref(), Some("one"));
        assert_eq!(found.rest, ["two", "--foo", "bar"]);
    }
}
