//! Windows' own programs (System32), with the output of Windows Server 2022.

use std::net::IpAddr;

use super::{credentials, installer, services};
use crate::encoding;
use hsmlab_shell::process::{Io, Plain, Process};
use hsmlab_shell::software::Software;
use hsmlab_sim::SimDuration;

type Run = fn(&[String], &mut Io<'_>) -> i32;

/// A program that ships with Windows.
pub(crate) struct Program {
    name: &'static str,
    run: Option<Run>,
}

const TABLE: &[Program] = &[
    plain("certutil", installer::certutil),
    plain("cmdkey", credentials::cmdkey),
    // Windows has included curl since Server 2019.
    Program {
        name: "curl",
        run: None,
    },
    plain("findstr", findstr),
    plain("hostname", hostname),
    plain("ipconfig", ipconfig),
    plain("more", more),
    plain("msiexec", installer::msiexec),
    plain("net", net),
    plain("notepad", notepad),
    plain("ping", ping),
    plain("sc", sc),
    plain("where", installer::where_program),
    plain("whoami", whoami),
    plain("wmic", installer::wmic),
];

const fn plain(name: &'static str, run: Run) -> Program {
    Program {
        name,
        run: Some(run),
    }
}

impl Program {
    pub(crate) fn start(&self, software: &Software, argv: &[String]) -> Box<dyn Process> {
        let run = match self.run {
            Some(run) => run,
            None => match software.find(self.name) {
                Some(program) => return program.start(argv),
                None => |_: &[String], _: &mut Io<'_>| 1,
            },
        };
        Box::new(Plain::new(argv.to_vec(), run, false))
    }
}

/// Finds a program by its name in lower case, without `.exe`.
pub(crate) fn find(name: &str) -> Option<&'static Program> {
    TABLE.iter().find(|program| program.name == name)
}

/// The names of all programs, with `.exe`.
pub(crate) fn names() -> impl Iterator<Item = String> {
    TABLE.iter().map(|program| format!("{}.exe", program.name))
}

fn hostname(_: &[String], io: &mut Io<'_>) -> i32 {
    let name = io.host.computer_name();
    io.out(format!("{name}\n"));
    0
}

fn whoami(_: &[String], io: &mut Io<'_>) -> i32 {
    let name = format!("{}\\{}", io.host.computer_name(), io.login.user).to_ascii_lowercase();
    io.out(format!("{name}\n"));
    0
}

fn ipconfig(_: &[String], io: &mut Io<'_>) -> i32 {
    let mut text = "\nWindows IP Configuration\n\n\nEthernet adapter Ethernet:\n\n".to_owned();
    let host = io.host.id.clone();
    if let Some((address, network)) = io.sys.own_address(&host) {
        // A VPC's router has the first address of each subnet (VPC user guide, "Subnet CIDR blocks").
        let gateway = network.hosts().next().unwrap_or(address);
        text.push_str(&format!(
            "   IPv4 Address. . . . . . . . . . . : {address}\n   Subnet Mask . . . . . . . . . . . : {}\n   Default Gateway . . . . . . . . . : {gateway}\n",
            network.netmask()
        ));
    }
    io.out(text);
    0
}

fn findstr(argv: &[String], io: &mut Io<'_>) -> i32 {
    let mut any_case = false;
    let mut words = Vec::new();
    let mut whole = None;
    for word in argv.iter().skip(1) {
        let lower = word.to_ascii_lowercase();
        if lower == "/i" {
            any_case = true;
        } else if let Some(text) = word
            .get(..3)
            .filter(|head| head.eq_ignore_ascii_case("/c:"))
        {
            whole = word.get(text.len()..).map(str::to_owned);
        } else if !word.starts_with('/') {
            words.push(word.clone());
        }
    }
    let patterns: Vec<String> = match whole {
        Some(text) => vec![text],
        None if words.is_empty() => {
            io.err("FINDSTR: Bad command line\n");
            return 2;
        }
        // A quoted list of words matches any of them.
        None => words.remove(0).split(' ').map(str::to_owned).collect(),
    };
    let fold = |text: &str| {
        if any_case {
            text.to_lowercase()
        } else {
            text.to_owned()
        }
    };
    let patterns: Vec<String> = patterns.iter().map(|pattern| fold(pattern)).collect();
    let mut texts = Vec::new();
    for name in &words {
        match io.read_file(name) {
            Ok(bytes) => texts.push((name.clone(), encoding::decode(&bytes))),
            Err(_) => io.err(format!("FINDSTR: Cannot open {name}\n")),
        }
    }
    if words.is_empty() {
        let bytes = io.input();
        texts.push((String::new(), encoding::decode(&bytes)));
    }
    let several = words.len() > 1;
    let mut found = false;
    for (name, text) in texts {
        for line in text.lines() {
            let folded = fold(line);
            if patterns
                .iter()
                .any(|pattern| folded.contains(pattern.as_str()))
            {
                found = true;
                let lead = if several {
                    format!("{name}:")
                } else {
                    String::new()
                };
                io.out(format!("{lead}{line}\n"));
            }
        }
    }
    i32::from(!found)
}

fn more(argv: &[String], io: &mut Io<'_>) -> i32 {
    let bytes = match argv.get(1) {
        Some(name) => match io.read_file(name) {
            Ok(bytes) => bytes.to_vec(),
            Err(_) => {
                io.err(format!("Cannot access file {name}\n"));
                return 1;
            }
        },
        None => io.input(),
    };
    io.out(encoding::decode(&bytes).replace("\r\n", "\n"));
    0
}

fn notepad(_: &[String], io: &mut Io<'_>) -> i32 {
    io.err("hsmlab: Notepad opens a window, and the lab has no windows. Create a file with a here-string and Set-Content, or upload it.\n");
    1
}

/// Runs `ping`. Nothing in the lab answers it: HSMs never do.
fn ping(argv: &[String], io: &mut Io<'_>) -> i32 {
    let Some(name) = argv
        .iter()
        .skip(1)
        .find(|word| !word.starts_with(['-', '/']))
    else {
        io.err("\nUsage: ping target_name\n");
        return 1;
    };
    if name.parse::<IpAddr>().is_err() {
        io.out(format!(
            "Ping request could not find host {name}. Please check the name and try again.\n"
        ));
        return 1;
    }
    io.sys.sleep(SimDuration::from_seconds(16));
    io.out(format!(
        "\nPinging {name} with 32 bytes of data:\n{}\nPing statistics for {name}:\n    Packets: Sent = 4, Received = 0, Lost = 4 (100% loss),\n",
        "Request timed out.\n".repeat(4)
    ));
    io.err("hsmlab: HSMs do not answer ping. Test the port instead: Test-NetConnection ADDRESS -Port 2223\n");
    1
}

/// Runs `net start` and `net stop`.
fn net(argv: &[String], io: &mut Io<'_>) -> i32 {
    let words: Vec<String> = argv
        .iter()
        .skip(1)
        .map(|word| word.to_ascii_lowercase())
        .collect();
    let help = |io: &mut Io<'_>, text: &str, number: u32| {
        io.err(format!(
            "{text}\n\nMore help is available by typing NET HELPMSG {number}.\n\n"
        ));
        2
    };
    match words
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["start"] => {
            io.out("These Windows services are started:\n\n");
            for (_, title, runs) in services::all(io.host) {
                if runs {
                    io.out(format!("   {title}\n"));
                }
            }
            io.out("\nThe command completed successfully.\n\n");
            0
        }
        [verb @ ("start" | "stop"), name] => {
            let Some((known, title, runs)) = services::find(io.host, name) else {
                return help(io, "The service name is invalid.", 2185);
            };
            match (*verb, runs) {
                ("start", true) => {
                    help(io, "The requested service has already been started.", 2182)
                }
                ("stop", false) => help(io, &format!("The {title} service is not started."), 3521),
                (verb, _) => {
                    let doing = if verb == "start" {
                        "starting"
                    } else {
                        "stopping"
                    };
                    io.out(format!("The {title} service is {doing}.\n"));
                    if !services::set(io, known, verb == "start") {
                        let did = if verb == "start" {
                            "started"
                        } else {
                            "stopped"
                        };
                        let number = if verb == "start" { 3523 } else { 3524 };
                        return help(
                            io,
                            &format!("The {title} service could not be {did}."),
                            number,
                        );
                    }
                    let did = if verb == "start" {
                        "started"
                    } else {
                        "stopped"
                    };
                    io.out(format!("The {title} service was {did} successfully.\n\n"));
                    0
                }
            }
        }
        _ => {
            io.err("The syntax of this command is:\n\nNET\n    [ START | STOP ] [service]\n\n");
            1
        }
    }
}

/// Runs `sc.exe query NAME`.
fn sc(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (verb, name) = (argv.get(1).cloned(), argv.get(2).cloned());
    let (Some("query"), Some(name)) = (verb.as_deref(), name) else {
        io.err("hsmlab: the lab's sc supports only: sc.exe query SERVICE\n");
        return 1;
    };
    let Some((known, _, runs)) = services::find(io.host, &name) else {
        io.out("[SC] EnumQueryServicesStatus:OpenService FAILED 1060:\n\nThe specified service does not exist as an installed service.\n\n");
        return 1060;
    };
    let state = if runs { "4  RUNNING" } else { "1  STOPPED" };
    io.out(format!(
        "\nSERVICE_NAME: {known}\n        TYPE               : 10  WIN32_OWN_PROCESS\n        STATE              : {state}\n        WIN32_EXIT_CODE    : 0  (0x0)\n"
    ));
    0
}
