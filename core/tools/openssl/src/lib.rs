//! The `openssl` program, with the behaviour of OpenSSL 3.0: the commands that create, show and check
//! keys, requests and certificates. Real tools can read its files, and it can read theirs.
#![forbid(unsafe_code)]

mod config;
mod context;
mod digest;
mod engine;
mod input;
mod keys;
mod options;
mod pkey;
mod req;
mod signer;
mod small;
mod subject;
mod text;
mod texts;
mod v3;
mod verify;
mod x509;

#[cfg(test)]
mod interop;

use context::{Context, Stop};
use hsmlab_shell::software::{Place, Program, Start, Systems};
use options::Command;

use hsmlab_shell::process::{Answers, Asking, Io, Process, Question};

/// The programs of this family.
pub static PROGRAMS: [Program; 1] = [Program {
    name: "openssl",
    place: Place::System(Systems::Linux, "/usr/bin"),
    start: Start::Process(start),
    complete: |typed| complete(typed.words, typed.last),
}];

/// All commands.
const COMMANDS: &[&Command] = &[
    &small::ASN1PARSE,
    &small::BASE64,
    &digest::DGST,
    &pkey::EC,
    &pkey::ECPARAM,
    &small::ENC,
    &engine::ENGINE,
    &pkey::GENPKEY,
    &pkey::GENRSA,
    &pkey::PKCS8,
    &pkey::PKEY,
    &digest::PKEYUTL,
    &small::RAND,
    &req::REQ,
    &pkey::RSA,
    &verify::VERIFY,
    &small::VERSION,
    &x509::X509,
];

/// Creates a process of `openssl`.
#[must_use]
pub fn start(argv: &[String]) -> Box<dyn Process> {
    Box::new(Asking::new(argv.to_vec(), run))
}

/// Candidates for the last word: command names, then the command's options.
#[must_use]
pub fn complete(words: &[String], last: &str) -> Vec<String> {
    let Some(name) = words.get(1) else {
        let names = COMMANDS.iter().map(|command| command.name.to_owned());
        return names.filter(|name| name.starts_with(last)).collect();
    };
    let Some(command) = COMMANDS.iter().find(|command| command.name == *name) else {
        return Vec::new();
    };
    let options = command
        .options
        .iter()
        .map(|option| format!("-{}", option.name));
    options
        .filter(|option| !last.is_empty() && option.starts_with(last))
        .collect()
}

fn run(argv: &[String], io: &mut Io<'_>, answers: &mut Answers) -> Result<i32, Question> {
    let Some(name) = argv.get(1).map(String::as_str) else {
        io.err(overview());
        return Ok(0);
    };
    if name == "help" || name == "-help" || name == "--help" {
        return help(argv.get(2).map(String::as_str), io, answers);
    }
    let name = name
        .strip_prefix("--")
        .or_else(|| name.strip_prefix('-'))
        .unwrap_or(name);
    if let Some(hash) = hsmlab_crypto::hash::Hash::from_name(name) {
        // `openssl sha256 file` is `openssl dgst -sha256 file`.
        let mut words = vec![
            "openssl".to_owned(),
            "dgst".to_owned(),
            format!("-{}", hash.name()),
        ];
        words.extend(argv.iter().skip(2).cloned());
        return run(&words, io, answers);
    }
    let name = if name == "v" { "version" } else { name };
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        io.err(texts::invalid_command(
            argv.get(1).map_or("", String::as_str),
        ));
        return Ok(1);
    };
    run_command(command, argv.get(2..).unwrap_or_default(), io, answers)
}

fn run_command(
    command: &'static Command,
    words: &[String],
    io: &mut Io<'_>,
    answers: &mut Answers,
) -> Result<i32, Question> {
    let mut context = Context::new(command, io, answers);
    let ended = match options::parse(command, words) {
        Ok(parsed) if parsed.has("help") => {
            context.err(&command.help());
            Ok(())
        }
        Ok(parsed) => {
            engine::set(&mut context, &parsed);
            (command.run)(&mut context, &parsed)
        }
        Err(message) => context.fail(&message),
    };
    match ended {
        Ok(()) => Ok(0),
        Err(Stop::Exit(status)) => Ok(status),
        Err(Stop::Ask(question)) => Err(question),
    }
}

fn help(name: Option<&str>, io: &mut Io<'_>, answers: &mut Answers) -> Result<i32, Question> {
    let Some(name) = name else {
        io.err(overview());
        return Ok(0);
    };
    match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => run_command(command, &["-help".to_owned()], io, answers),
        None => {
            io.err(texts::invalid_command(name));
            Ok(1)
        }
    }
}

fn overview() -> String {
    let mut out = String::from("help:\n\nStandard commands\n");
    let table = |names: &[&str]| {
        let mut text = String::new();
        for (at, name) in names.iter().enumerate() {
            let last = at % 4 == 3 || at + 1 == names.len();
            text.push_str(&format!("{name:<18}"));
            if last {
                text.push('\n');
            }
        }
        text
    };
    let names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
    out.push_str(&table(&names));
    out.push_str("\nMessage Digest commands (see the `dgst' command for more details)\n");
    let hashes: Vec<&str> = hsmlab_crypto::hash::Hash::ALL
        .iter()
        .map(|hash| hash.name())
        .collect();
    out.push_str(&table(&hashes));
    out.push('\n');
    out
}
