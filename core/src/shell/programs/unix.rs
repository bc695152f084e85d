//! The small Unix programs: the ones that the guides use, and the ones that learners habitually
//! type.

mod builds;
mod debs;
mod files;
pub(crate) mod network;
pub mod packages;
mod repository;
mod services;
mod system;
mod text;
pub mod zip;

pub use self::system::duration;
use crate::shell::host::Os;
use crate::shell::process::{Io, Plain, Process};

type Program = fn(&[String], &mut Io<'_>) -> i32;

/// Name, function, and the family of systems: Red Hat's, Debian's, or all.
const TABLE: &[(&str, Program, Family)] = &[
    ("apt", debs::apt, Family::Debian),
    ("apt-get", debs::apt, Family::Debian),
    ("base64", text::base64, Family::All),
    ("basename", files::basename, Family::All),
    ("cat", text::cat, Family::All),
    ("chmod", files::chmod, Family::All),
    ("chown", files::chown, Family::All),
    ("cp", files::cp, Family::All),
    ("curl", network::curl, Family::All),
    ("cut", text::cut, Family::All),
    ("date", system::date, Family::All),
    ("diff", text::diff, Family::All),
    ("dirname", files::dirname, Family::All),
    ("dnf", packages::yum, Family::RedHat),
    ("dpkg", debs::dpkg, Family::Debian),
    ("env", system::env, Family::All),
    ("grep", text::grep, Family::All),
    ("head", text::head, Family::All),
    ("hostname", system::hostname, Family::All),
    ("id", system::id, Family::All),
    ("journalctl", services::journalctl, Family::All),
    ("ls", files::ls, Family::All),
    ("mkdir", files::mkdir, Family::All),
    ("mv", files::mv, Family::All),
    ("nc", network::nc, Family::All),
    ("ping", network::ping, Family::All),
    ("printenv", system::env, Family::All),
    ("printf", text::printf, Family::All),
    ("rm", files::rm, Family::All),
    ("rmdir", files::rmdir, Family::All),
    ("rpm", packages::rpm, Family::RedHat),
    ("scp", network::scp, Family::All),
    ("sed", text::sed, Family::All),
    ("seq", text::seq, Family::All),
    ("service", services::service, Family::All),
    ("sha256sum", text::sha256sum, Family::All),
    ("sleep", system::sleep, Family::All),
    ("sort", text::sort, Family::All),
    ("stat", files::stat, Family::All),
    ("systemctl", services::systemctl, Family::All),
    ("tail", text::tail, Family::All),
    ("tee", text::tee, Family::All),
    ("touch", files::touch, Family::All),
    ("tr", text::tr, Family::All),
    ("uname", system::uname, Family::All),
    ("uniq", text::uniq, Family::All),
    ("unzip", zip::unzip, Family::All),
    ("wc", text::wc, Family::All),
    ("wget", network::wget, Family::All),
    ("which", files::which, Family::All),
    ("whoami", system::whoami, Family::All),
    ("xxd", text::xxd, Family::All),
    ("yum", packages::yum, Family::RedHat),
];

/// True if a program answers each line of its input before the next line arrives.
fn is_filter(name: &str, argv: &[String]) -> bool {
    let mut options = argv.iter().skip(1);
    match name {
        "cat" | "cut" | "tee" | "tr" => true,
        // These options need all lines first.
        "grep" => !options.any(|word| word.starts_with('-') && word.contains(['c', 'l', 'L', 'q'])),
        // `$` is the last line.
        "sed" => !options.any(|word| word.contains('$')),
        _ => false,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    All,
    RedHat,
    Debian,
}

fn fits(family: Family, os: Os) -> bool {
    match family {
        Family::All => true,
        Family::RedHat => !os.is_debian() && !os.is_windows(),
        Family::Debian => os.is_debian(),
    }
}

/// Creates the process of one of these programs.
#[must_use]
pub fn start(os: Os, name: &str, argv: &[String]) -> Option<Box<dyn Process>> {
    let (_, run, _) = TABLE
        .iter()
        .find(|(known, _, family)| *known == name && fits(*family, os))?;
    Some(Box::new(Plain::new(
        argv.to_vec(),
        *run,
        is_filter(name, argv),
    )))
}

/// The names of these programs on a system.
pub fn names(os: Os) -> impl Iterator<Item = &'static str> {
    TABLE
        .iter()
        .filter(move |(_, _, family)| fits(*family, os))
        .map(|(name, _, _)| *name)
}

/// The program's name, its single-letter options in one string, and its other words. A word `--`
/// ends the options; letters in `valued` take the rest of their word, or the next, as value.
fn options<'a>(argv: &'a [String], valued: &str) -> (String, Vec<(char, &'a str)>, Vec<&'a str>) {
    let (mut flags, mut values, mut words) = (String::new(), Vec::new(), Vec::new());
    let mut rest = argv.iter().skip(1).map(String::as_str);
    let mut ended = false;
    while let Some(word) = rest.next() {
        if ended || word == "-" || !word.starts_with('-') {
            words.push(word);
        } else if word == "--" {
            ended = true;
        } else if word.starts_with("--") {
            // Long options are matched by their programs where they matter.
            flags.push_str(match word {
                "--recursive" => "r",
                "--force" => "f",
                "--all" => "a",
                "--decode" => "d",
                _ => "",
            });
        } else {
            for (at, letter) in word.char_indices().skip(1) {
                if valued.contains(letter) {
                    let tail = &word[at + letter.len_utf8()..];
                    let value = if tail.is_empty() {
                        rest.next().unwrap_or_default()
                    } else {
                        tail
                    };
                    values.push((letter, value));
                    break;
                }
                flags.push(letter);
            }
        }
    }
    (flags, values, words)
}

/// The bytes of the named files one after the other, or the piped input. Prints errors; they make
/// the status 1.
fn inputs(name: &str, files: &[&str], io: &mut Io<'_>) -> (Vec<u8>, i32) {
    if files.is_empty() || files == ["-"] {
        return (io.input(), 0);
    }
    let (mut all, mut status) = (Vec::new(), 0);
    for file in files {
        if *file == "-" {
            all.extend_from_slice(&io.input());
            continue;
        }
        match io.read_file(file) {
            Ok(bytes) => all.extend_from_slice(&bytes),
            Err(error) => {
                io.err(format!("{name}: {file}: {}\n", error.text()));
                status = 1;
            }
        }
    }
    (all, status)
}
