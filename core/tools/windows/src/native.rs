//! Programs on Windows: how PowerShell finds them, starts them and passes arguments to them.

use std::collections::VecDeque;

use super::commands::programs;
use hsmlab_shell::builtins;
use hsmlab_shell::fs::NodeKind;
use hsmlab_shell::process::{Input, Io, Process, Step};

/// The folder of Windows' own programs.
const SYSTEM_FOLDER: &str = "/C:/Windows/System32";

/// Joins the words of a program's command line as Windows PowerShell 5.1 does: words with blanks get
/// quotes, and quotes inside are not escaped.
pub(super) fn join(words: &[String]) -> String {
    let quoted: Vec<String> = words
        .iter()
        .map(|word| {
            let bare = !word.is_empty() && !word.contains(char::is_whitespace);
            if bare || word.starts_with('"') {
                word.clone()
            } else {
                format!("\"{word}\"")
            }
        })
        .collect();
    quoted.join(" ")
}

/// Splits a command line as Windows' C run-time library does ("Parsing C++ command-line arguments").
pub(super) fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut inside, mut any, mut slashes) = (false, false, 0_usize);
    for c in line.chars() {
        if c == '\\' {
            slashes += 1;
            any = true;
            continue;
        }
        if c == '"' {
            word.push_str(&"\\".repeat(slashes / 2));
            if slashes % 2 == 1 {
                word.push('"');
            } else {
                inside = !inside;
            }
            slashes = 0;
            any = true;
            continue;
        }
        word.push_str(&"\\".repeat(slashes));
        slashes = 0;
        if !inside && (c == ' ' || c == '\t') {
            if any {
                words.push(std::mem::take(&mut word));
                any = false;
            }
        } else {
            word.push(c);
            any = true;
        }
    }
    word.push_str(&"\\".repeat(slashes));
    if any {
        words.push(word);
    }
    words
}

/// The last name of a path, in lower case and without `.exe`.
pub(super) fn stem(path: &str) -> String {
    let name = path
        .rsplit(['\\', '/'])
        .next()
        .unwrap_or(path)
        .to_ascii_lowercase();
    name.strip_suffix(".exe").unwrap_or(&name).to_owned()
}

/// The path of a named program, if it exists. A path is used as it is; a bare name is searched on the PATH.
pub(super) fn locate(io: &Io<'_>, name: &str) -> Option<String> {
    if name.contains(['\\', '/']) {
        return executable(io, &io.path(name));
    }
    let path = io.login.variable("PATH").unwrap_or_default().to_owned();
    let folders = path.split(';').filter(|folder| !folder.is_empty());
    folders
        .map(|folder| io.path(&format!("{}\\{name}", folder.trim_end_matches('\\'))))
        .find_map(|path| executable(io, &path))
}

/// The file that Windows would run for a kept path; the name may lack `.exe`.
fn executable(io: &Io<'_>, path: &str) -> Option<String> {
    let is_file = |path: &str| {
        io.host
            .fs
            .node(path)
            .is_some_and(|node| node.kind != NodeKind::Folder)
    };
    let with_ending = format!("{path}.exe");
    if path.to_ascii_lowercase().ends_with(".exe") {
        return (is_file(path) || is_system(path)).then(|| io.host.fs.kept(path));
    }
    (is_file(&with_ending) || is_system(&with_ending)).then(|| io.host.fs.kept(&with_ending))
}

fn is_system(path: &str) -> bool {
    path.rsplit_once('/').is_some_and(|(folder, name)| {
        folder.eq_ignore_ascii_case(SYSTEM_FOLDER) && programs::find(&stem(name)).is_some()
    })
}

/// Creates a process for a program; `None` if there is no such program.
pub(super) fn start(io: &Io<'_>, argv: &[String]) -> Option<Box<dyn Process>> {
    let path = locate(io, argv.first()?)?;
    let (folder, _) = path.rsplit_once('/')?;
    let name = stem(&path);
    if folder.eq_ignore_ascii_case(SYSTEM_FOLDER) {
        return programs::find(&name).map(|program| program.start(io.sys.software(), argv));
    }
    Some(io.sys.software().find(&name)?.start(argv))
}

/// True if a bare name is a program in the working folder, which PowerShell does not search.
pub(super) fn is_here(io: &Io<'_>, name: &str) -> bool {
    !name.contains(['\\', '/']) && executable(io, &io.path(name)).is_some()
}

/// The hint that Windows PowerShell adds for a command in the working folder.
pub(super) fn suggestion(name: &str) -> String {
    format!(
        "\nSuggestion [3,General]: The command {name} was not found, but does exist in the current location. Windows PowerShell does not load commands from the current location by default. If you trust this command, instead type: \".\\{name}\". See \"get-help about_Command_Precedence\" for more details.\n"
    )
}

/// Starts a process with its piped input.
pub(super) fn begin(process: &mut dyn Process, stdin: Option<Vec<u8>>, io: &mut Io<'_>) -> Step {
    process.resume(
        &mut Io {
            tty: io.tty,
            stdin,
            ..Io::new(io.host, io.login, io.stdout, io.stderr, io.sys)
        },
        Input::Start,
    )
}

/// Feeds a process the lines of a pipe until it exits.
pub(super) fn feed(
    process: &mut dyn Process,
    mut step: Step,
    piped: &[u8],
    io: &mut Io<'_>,
) -> Step {
    let text = String::from_utf8_lossy(piped).into_owned();
    let mut lines: VecDeque<String> = text.lines().map(str::to_owned).collect();
    while matches!(step, Step::Read { .. }) {
        let input = lines.pop_front().map_or(Input::End, Input::Line);
        step = process.resume(io, input);
    }
    step
}

/// Runs a process to its end without a user; returns its output and its status.
pub(super) fn run_to_end(
    mut process: Box<dyn Process>,
    piped: Option<Vec<u8>>,
    io: &mut Io<'_>,
) -> (Vec<u8>, i32) {
    let mut printed = Vec::new();
    let status = {
        let mut inner = Io {
            stdin: piped.clone(),
            ..Io::new(io.host, io.login, &mut printed, io.stderr, io.sys)
        };
        let step = process.resume(&mut inner, Input::Start);
        let step = feed(&mut *process, step, &piped.unwrap_or_default(), &mut inner);
        match step {
            Step::Exit(status) => status,
            // There is no user to end it.
            _ => match process.resume(&mut inner, Input::Interrupt) {
                Step::Exit(status) => status,
                _ => 1,
            },
        }
    };
    (printed, status)
}

/// Runs `wait` or `explain`, which every shell of the lab has.
pub(super) fn builtin(argv: &[String], io: &mut Io<'_>) {
    let control = builtins::run(
        argv,
        &mut builtins::Shell {
            host: &mut *io.host,
            login: &mut *io.login,
            sys: &mut *io.sys,
            out: &mut *io.stdout,
            err: &mut *io.stderr,
            voice: String::new(),
            user: None,
            has_terminal: false,
        },
    );
    if let builtins::Control::Status(status) = control {
        io.login.status = status;
    }
}
