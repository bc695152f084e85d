//! `Start-Process`, `msiexec.exe` and installed products (Windows Installer documentation, "Command-Line
//! Options", "Error Codes").

use super::{Cmdlet, Output, Parameter};
use crate::call::Call;
use crate::encoding::{self, Encoding};
use crate::native;
use crate::run::Shell;
use crate::value::{Column, Value, View};
use hsmlab_shell::fs::windows_path;
use hsmlab_shell::process::Io;
use hsmlab_sim::{SimDuration, SimTime};
use hsmlab_tool_software::configure;
use hsmlab_tool_unix::packages::{self, Installer};

/// The duration of an installation: the lab's own figure.
const INSTALLATION: SimDuration = SimDuration::from_seconds(8);

/// `ERROR_INVALID_COMMAND_LINE`.
const BAD_LINE: i32 = 1639;
/// `ERROR_INSTALL_PACKAGE_OPEN_FAILED`.
const NO_PACKAGE: i32 = 1619;
/// `ERROR_INSTALL_PACKAGE_INVALID`.
const BAD_PACKAGE: i32 = 1620;
/// `ERROR_UNKNOWN_PRODUCT`.
const UNKNOWN_PRODUCT: i32 = 1605;

pub(super) const CMDLETS: &[Cmdlet] = &[Cmdlet {
    name: "Start-Process",
    parameters: &[
        Parameter::at("FilePath").must(),
        Parameter::at("ArgumentList"),
        Parameter::one("Verb", &[]),
        Parameter::one("WorkingDirectory", &[]),
        Parameter::one("WindowStyle", &[]),
        Parameter::switch("Wait", &[]),
        Parameter::switch("NoNewWindow", &["nnw"]),
        Parameter::switch("PassThru", &[]),
    ],
    run: start_process,
}];

fn start_process(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let file = call.text("FilePath").unwrap_or_default();
    // Arguments are joined by blanks, without quotes around them.
    let line = call.texts("ArgumentList").join(" ");
    let mut argv = vec![file.clone()];
    argv.extend(native::split(&line));
    let Some(process) = native::start(shell.io, &argv) else {
        return Err(call.failure(
            "This command cannot be run due to the error: The system cannot find the file specified.",
            "InvalidOperation",
            ("", ""),
            "InvalidOperationException",
            "InvalidOperationException",
        ));
    };
    let status = shell.io.login.status;
    let (printed, code) = native::run_to_end(process, None, shell.io);
    shell.io.login.status = status;
    // Windows Installer has no console; other programs would print in a separate window.
    if !printed.is_empty() {
        let text = String::from_utf8_lossy(&printed).into_owned();
        if !call.flag("NoNewWindow") {
            shell
                .io
                .err("hsmlab: Windows prints this in a new window, which closes at once:\n");
        }
        shell.io.out(text);
    }
    if call.flag("PassThru") {
        const COLUMNS: &[Column] = &[
            Column {
                field: "ProcessName",
                title: "ProcessName",
                width: 0,
                right: false,
            },
            Column {
                field: "ExitCode",
                title: "ExitCode",
                width: 0,
                right: true,
            },
        ];
        let name = native::stem(&file);
        return Ok(vec![Value::record(
            "System.Diagnostics.Process",
            &name,
            View::Table(COLUMNS),
            [
                ("ProcessName", Value::from(name.as_str())),
                ("HasExited", Value::Bool(true)),
                ("ExitCode", Value::Int(code.into())),
            ],
        )]);
    }
    Ok(Vec::new())
}

/// A parsed command line of `msiexec`.
#[derive(Default)]
struct Request {
    install: Option<String>,
    remove: Option<String>,
    quiet: bool,
    log: Option<String>,
    unknown: bool,
}

fn read(argv: &[String]) -> Request {
    let mut request = Request::default();
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        let option = word.strip_prefix(['/', '-']).map(str::to_ascii_lowercase);
        match option.as_deref() {
            Some("i" | "package") => request.install = words.next().cloned(),
            Some("x" | "uninstall") => request.remove = words.next().cloned(),
            Some("quiet" | "qn" | "passive" | "qb" | "q") => request.quiet = true,
            Some("norestart" | "promptrestart" | "forcerestart") => {}
            Some("log") => request.log = words.next().cloned(),
            Some(option) if option.starts_with('l') => request.log = words.next().cloned(),
            // Properties: NAME=VALUE.
            None if word.contains('=') => {}
            _ => request.unknown = true,
        }
    }
    request
}

/// Runs `msiexec`.
pub(super) fn msiexec(argv: &[String], io: &mut Io<'_>) -> i32 {
    let request = read(argv);
    if !request.quiet {
        io.err("hsmlab: without /quiet, Windows Installer opens a window, and the lab has no windows. Add /quiet.\n");
        return BAD_LINE;
    }
    let started = io.sys.now();
    let (status, lines) = match (&request.install, &request.remove) {
        _ if request.unknown => (BAD_LINE, vec!["Invalid command line argument. Consult the Windows Installer SDK for detailed command line help.".to_owned()]),
        (Some(path), None) => install(path, io),
        (None, Some(path)) => remove(path, io),
        _ => (BAD_LINE, vec!["Invalid command line argument. Consult the Windows Installer SDK for detailed command line help.".to_owned()]),
    };
    if let Some(log) = &request.log {
        let text = log_text(status == 0, &lines, started, io.sys.now());
        let bytes = Encoding::Unicode.encode(&encoding::with_crlf(&text), true);
        // A log that cannot be written does not stop an installation.
        let _ = io.write_file(log, bytes);
    }
    status
}

fn package(path: &str, io: &Io<'_>) -> Result<Installer, (i32, String)> {
    let bytes = io.read_file(path).map_err(|_| {
        let text = "This installation package could not be opened. Verify that the package exists and that you can access it, or contact the application vendor to verify that this is a valid Windows Installer package.";
        (NO_PACKAGE, text.to_owned())
    })?;
    packages::installer(&bytes).ok_or_else(|| {
        let text = "This installation package could not be opened. Contact the application vendor to verify that this is a valid Windows Installer package.";
        (BAD_PACKAGE, text.to_owned())
    })
}

fn install(path: &str, io: &mut Io<'_>) -> (i32, Vec<String>) {
    let found = match package(path, io) {
        Ok(found) => found,
        Err((status, text)) => return (status, vec![text]),
    };
    io.sys.sleep(INSTALLATION);
    let now = io.sys.now();
    configure::install(io.host, found.component, now);
    let title = found.title;
    (
        0,
        vec![
            format!("Product: {title} -- Installation completed successfully."),
            String::new(),
            format!(
                "Windows Installer installed the product. Product Name: {title}. Product Version: {}. Product Language: 1033. Manufacturer: {MAKER}. Installation success or error status: 0.",
                found.version
            ),
        ],
    )
}

const MAKER: &str = "Amazon Web Services";

fn remove(path: &str, io: &mut Io<'_>) -> (i32, Vec<String>) {
    let found = match package(path, io) {
        Ok(found) => found,
        Err((status, text)) => return (status, vec![text]),
    };
    if !configure::uninstall(io.host, found.component) {
        let text = "This action is only valid for products that are currently installed.";
        return (UNKNOWN_PRODUCT, vec![text.to_owned()]);
    }
    io.sys.sleep(INSTALLATION);
    let text = format!(
        "Product: {} -- Removal completed successfully.",
        found.title
    );
    (0, vec![text])
}

/// Formats a time as Windows Installer writes it: `11/24/2026  10:00:05`.
fn stamp(at: SimTime) -> String {
    let at = at.to_utc();
    format!(
        "{}/{}/{}  {}:{:02}:{:02}",
        u8::from(at.month()),
        at.day(),
        at.year(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// The log, in the format of Windows Installer's.
fn log_text(done: bool, lines: &[String], started: SimTime, ended: SimTime) -> String {
    let clock = |at: SimTime| {
        let at = at.to_utc();
        format!("{}:{:02}:{:02}", at.hour(), at.minute(), at.second())
    };
    let (begin, end) = (clock(started), clock(ended));
    let mut text = format!("=== Logging started: {} ===\n", stamp(started));
    if done {
        text.push_str(&format!(
            "Action start {begin}: INSTALL.\nAction ended {end}: INSTALL. Return value 1.\n"
        ));
    }
    for line in lines {
        if line.is_empty() {
            text.push('\n');
        } else {
            text.push_str(&format!("MSI (s) (A4:10) [{end}:000]: {line}\n"));
        }
    }
    text.push_str(&format!("\n=== Logging stopped: {} ===\n", stamp(ended)));
    text
}

/// Runs `wmic product get name,version`.
pub(super) fn wmic(argv: &[String], io: &mut Io<'_>) -> i32 {
    let line = argv
        .get(1..)
        .unwrap_or_default()
        .join(" ")
        .to_ascii_lowercase();
    let Some(wanted) = line.strip_prefix("product get ") else {
        // Guess: WMIC's other classes are not in the lab.
        io.err("Node - LAB\nERROR:\nDescription = Invalid query\nhsmlab: the lab's wmic supports only: product get name,version\n");
        return 44135;
    };
    let columns: Vec<&str> = wanted
        .split([',', ' '])
        .filter(|name| !name.is_empty())
        .collect();
    let products = packages::products(io.host);
    let cell = |name: &str, product: &(String, String)| match name {
        "name" | "caption" | "description" => Some(product.0.clone()),
        "version" => Some(product.1.clone()),
        "vendor" => Some(MAKER.to_owned()),
        _ => None,
    };
    let blank = (String::new(), String::new());
    if columns.is_empty() || columns.iter().any(|name| cell(name, &blank).is_none()) {
        io.err("Node - LAB\nERROR:\nDescription = Invalid query\n\n");
        return 44135;
    }
    let title = |name: &str| {
        let mut letters = name.chars();
        letters.next().map_or_else(String::new, |first| {
            format!("{}{}", first.to_ascii_uppercase(), letters.as_str())
        })
    };
    let mut rows = vec![columns.iter().map(|name| title(name)).collect::<Vec<_>>()];
    for product in &products {
        rows.push(
            columns
                .iter()
                .map(|name| cell(name, product).unwrap_or_default())
                .collect(),
        );
    }
    let widths: Vec<usize> = (0..columns.len())
        .map(|at| {
            let lengths = rows.iter().filter_map(|row| row.get(at)).map(String::len);
            lengths.max().unwrap_or(0) + 2
        })
        .collect();
    for row in rows {
        let line: String = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        io.out(format!("{}\n", line.trim_end()));
    }
    io.out("\n");
    0
}

/// Runs `certutil -hashfile FILE [ALGORITHM]`.
pub(super) fn certutil(argv: &[String], io: &mut Io<'_>) -> i32 {
    let words: Vec<&str> = argv.iter().skip(1).map(String::as_str).collect();
    let (file, algorithm) = match words.as_slice() {
        ["-hashfile", file] => (*file, "SHA1"),
        ["-hashfile", file, algorithm] => (*file, *algorithm),
        _ => {
            io.err("hsmlab: the lab's certutil supports only: certutil -hashfile FILE [SHA1|SHA256|SHA384|SHA512]\n");
            return 1;
        }
    };
    let Ok(bytes) = io.read_file(file) else {
        io.out("CertUtil: -hashfile command FAILED: 0x80070002 (WIN32: 2 ERROR_FILE_NOT_FOUND)\nCertUtil: The system cannot find the file specified.\n");
        return 2;
    };
    let Some(hash) = super::content::digest(algorithm, &bytes) else {
        io.out("CertUtil: -hashfile command FAILED: 0xd00000bb (-805306181)\nCertUtil: The request is not supported.\n");
        return 1;
    };
    let algorithm = algorithm.to_ascii_uppercase();
    io.out(format!(
        "{algorithm} hash of {file}:\n{}\nCertUtil: -hashfile command completed successfully.\n",
        hash.to_ascii_lowercase()
    ));
    0
}

/// Runs `where`, which prints the paths of programs.
pub(super) fn where_program(argv: &[String], io: &mut Io<'_>) -> i32 {
    let mut status = 0;
    for name in argv.iter().skip(1) {
        match native::locate(io, name) {
            Some(path) => io.out(format!("{}\n", windows_path(&path))),
            None => {
                io.err("INFO: Could not find files for the given pattern(s).\n");
                status = 1;
            }
        }
    }
    if status == 0 && argv.len() < 2 {
        io.err("ERROR: Invalid syntax. Type \"WHERE /?\" for usage.\n");
        return 2;
    }
    status
}
