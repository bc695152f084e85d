//! The small Unix set: what the guides and a learner's habits use around the real tools.
#![forbid(unsafe_code)]

mod builds;
mod debs;
mod files;
pub mod network;
pub mod packages;
mod repository;
mod services;
mod system;
mod tar;
mod text;
pub mod zip;

use hsmlab_shell::process::{Io, PlainFn};
use hsmlab_shell::software::{Place, Program, Start, Systems, no_completion};

/// The programs of this family.
pub static PROGRAMS: [Program; 54] = [
    only("apt", debs::apt, Systems::Debian),
    only("apt-get", debs::apt, Systems::Debian),
    linux("base64", text::base64),
    linux("basename", files::basename),
    filter("cat", text::cat, always),
    linux("chmod", files::chmod),
    linux("chown", files::chown),
    linux("cp", files::cp),
    linux("curl", network::curl),
    filter("cut", text::cut, always),
    linux("date", system::date),
    linux("diff", text::diff),
    linux("dirname", files::dirname),
    only("dnf", packages::yum, Systems::RedHat),
    only("dpkg", debs::dpkg, Systems::Debian),
    linux("env", system::env),
    filter("grep", text::grep, grep_filters),
    linux("head", text::head),
    linux("hostname", system::hostname),
    linux("id", system::id),
    linux("journalctl", services::journalctl),
    linux("ls", files::ls),
    linux("mkdir", files::mkdir),
    linux("mv", files::mv),
    linux("nc", network::nc),
    linux("ping", network::ping),
    linux("printenv", system::env),
    linux("printf", text::printf),
    linux("rm", files::rm),
    linux("rmdir", files::rmdir),
    only("rpm", packages::rpm, Systems::RedHat),
    linux("scp", network::scp),
    filter("sed", text::sed, sed_filters),
    linux("seq", text::seq),
    linux("service", services::service),
    linux("sha256sum", text::sha256sum),
    linux("sleep", system::sleep),
    linux("sort", text::sort),
    linux("stat", files::stat),
    linux("systemctl", services::systemctl),
    linux("tail", text::tail),
    linux("tar", tar::tar),
    filter("tee", text::tee, always),
    linux("touch", files::touch),
    filter("tr", text::tr, always),
    linux("uname", system::uname),
    linux("uniq", text::uniq),
    linux("unzip", zip::unzip),
    linux("wc", text::wc),
    linux("wget", network::wget),
    linux("which", files::which),
    linux("whoami", system::whoami),
    linux("xxd", text::xxd),
    only("yum", packages::yum, Systems::RedHat),
];

/// The folder of the programs.
const FOLDER: &str = "/usr/bin";

const fn only(name: &'static str, run: PlainFn, systems: Systems) -> Program {
    Program {
        name,
        place: Place::System(systems, FOLDER),
        start: Start::Plain(run),
        complete: no_completion,
    }
}

const fn linux(name: &'static str, run: PlainFn) -> Program {
    only(name, run, Systems::Linux)
}

const fn filter(name: &'static str, run: PlainFn, filters: fn(&[String]) -> bool) -> Program {
    Program {
        name,
        place: Place::System(Systems::Linux, FOLDER),
        start: Start::Filter(run, filters),
        complete: no_completion,
    }
}

const fn always(_: &[String]) -> bool {
    true
}

/// False for options that count or judge all lines.
fn grep_filters(argv: &[String]) -> bool {
    let mut options = argv.iter().skip(1);
    !options.any(|word| word.starts_with('-') && word.contains(['c', 'l', 'L', 'q']))
}

/// False for `$`, the last line.
fn sed_filters(argv: &[String]) -> bool {
    !argv.iter().skip(1).any(|word| word.contains('$'))
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

/// The bytes of the named files one after the other, or what was piped in; complaints are printed and
/// make the status 1.
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
