//! `key_mgmt_util` (KMU) of Client SDK 3: a crypto user's keys, through the daemon (User Guide of
//! 2023, "`key_mgmt_util`"; where the guide shows nothing, the utility's public source is
//! followed).

mod commands;
mod find;
mod generate;
mod handles;
mod options;
mod session;
mod show;
mod sign;
mod transfer;
mod wrap;

use std::collections::VecDeque;

use zeroize::Zeroizing;

use self::commands::{BARE, COMMANDS, LOGIN, candidates};
use self::options::Options;
use self::session::{Heading, Session, cluster, returned, states, together};
use crate::shared::{self, codes};
use hsmlab_proto::Secret;
use hsmlab_proto::message::Command;
use hsmlab_proto::role::Role;
use hsmlab_shell::process::{Input, Io, Process, Step};

/// Creates the process with its arguments, the program's name first.
#[must_use]
pub fn start(argv: &[String]) -> Box<dyn Process> {
    Box::new(Kmu {
        argv: argv.to_vec(),
        session: Session::default(),
        asking: None,
        then: None,
        piped: None,
    })
}

/// Candidates for the last word of `key_mgmt_util …` in a shell; `words` begins with the program.
#[must_use]
pub fn complete(words: &[String], last: &str) -> Vec<String> {
    match words.get(1).map(String::as_str) {
        None => ["singlecmd"]
            .into_iter()
            .filter(|word| word.starts_with(last))
            .map(str::to_owned)
            .collect(),
        Some("singlecmd") => {
            let line: Vec<&str> = words.iter().skip(2).map(String::as_str).collect();
            let line = if line.is_empty() {
                last.to_owned()
            } else {
                format!("{} {last}", line.join(" "))
            };
            candidates(&line)
        }
        Some(_) => Vec::new(),
    }
}

#[derive(Clone)]
struct Kmu {
    argv: Vec<String>,
    session: Session,
    asking: Option<Asking>,
    /// The command of `singlecmd` that comes after the login.
    then: Option<Vec<String>>,
    piped: Option<VecDeque<String>>,
}

/// An open question.
#[derive(Clone)]
enum Asking {
    /// The password of a login.
    Password(Options),
    /// The value of an attribute.
    Value(Options),
}

/// The result of a command.
enum Next {
    Done,
    Ask(Asking),
    Exit,
}

impl Process for Kmu {
    fn resume(&mut self, io: &mut Io<'_>, input: Input) -> Step {
        let ended = match input {
            Input::Start => {
                self.piped = io.stdin.take().map(|bytes| {
                    String::from_utf8_lossy(&bytes)
                        .lines()
                        .map(str::to_owned)
                        .collect()
                });
                self.begin(io)
            }
            Input::Line(line) => self.take(io, line),
            Input::End => Some(0),
            Input::Interrupt => Some(130),
        };
        let step = match ended {
            Some(status) => Step::Exit(status),
            None => self.go_on(io),
        };
        if matches!(step, Step::Exit(_)) {
            self.session.close(io);
        }
        step
    }

    fn boxed_clone(&self) -> Box<dyn Process> {
        Box::new(self.clone())
    }

    fn complete(&self, line: &str) -> Vec<String> {
        if self.asking.is_some() {
            return Vec::new();
        }
        candidates(line)
    }
}

impl Kmu {
    fn single(&self) -> bool {
        self.argv.get(1).is_some_and(|word| word == "singlecmd")
    }

    fn begin(&mut self, io: &mut Io<'_>) -> Option<i32> {
        if self.argv.len() > 1 && !self.single() {
            io.out(
                "\n\tError: Unknown commandline arguments. \n\
                 \t\tIf you want to script a command, use the following format: \n\
                 \t\t\t\"key_mgmt_util singlecmd [loginHSM -u <CU> -s <username> -p <password>] <command>\" \n",
            );
            return Some(0);
        }
        if !self.session.open(io) {
            let (number, text) = codes::NO_DAEMON;
            io.out(format!(
                "\n\tCfm3Initialize() returned {number:#04x} : {text}\n\
                 \n\tCfm3Initialize() returned app id : 00000000 \n"
            ));
            return Some(255);
        }
        // Observed: the same utility prints these lines; the guide shows them for pkpspeed.
        io.out(
            "\n\tCfm3Initialize() returned app id : 01000000 \n\
             \n\tsession_handle 1000000 \n\
             \n\tCurrent FIPS mode is: 00000002\n",
        );
        if !self.single() {
            io.out(show::HELP);
            return None;
        }
        let words = self.argv.get(2..).unwrap_or_default().to_vec();
        self.single_command(io, words)
    }

    /// `singlecmd [loginHSM …] <command>`: the login takes its own words; the rest is the command.
    fn single_command(&mut self, io: &mut Io<'_>, words: Vec<String>) -> Option<i32> {
        let Some((name, rest)) = words.split_first() else {
            return Some(0);
        };
        if name != "loginHSM" {
            self.then = Some(words);
            return self.after_login(io, true);
        }
        let mut at = 0;
        while let Some(word) = rest.get(at).filter(|word| word.starts_with('-')) {
            at += if word == "-hpswd" || word == "-h" {
                1
            } else {
                2
            };
        }
        let at = at.min(rest.len());
        let (login, command) = rest.split_at(at);
        self.then = Some(command.to_vec());
        match self.log_in(io, login) {
            Next::Ask(asking) => {
                self.asking = Some(asking);
                None
            }
            _ => self.after_login(io, self.session.login.is_some()),
        }
    }

    /// The command after a login, in single command mode.
    fn after_login(&mut self, io: &mut Io<'_>, logged_in: bool) -> Option<i32> {
        let words = self.then.take()?;
        if !logged_in {
            return Some(255);
        }
        if words.is_empty() {
            return Some(0);
        }
        let shown: Vec<String> = words.iter().map(|word| format!(" {word} ")).collect();
        io.out(format!("Command:{}\n", shown.concat()));
        match self.command(io, &words) {
            Next::Ask(asking) => {
                self.asking = Some(asking);
                None
            }
            _ => Some(0),
        }
    }

    fn go_on(&mut self, io: &mut Io<'_>) -> Step {
        while let Some(lines) = &mut self.piped {
            let line = lines.pop_front();
            let (prompt, _) = self.prompt();
            io.out(prompt);
            let Some(line) = line else {
                io.out("\n");
                return Step::Exit(0);
            };
            if let Some(status) = self.take(io, line) {
                return Step::Exit(status);
            }
        }
        let (prompt, echo) = self.prompt();
        Step::Read { prompt, echo }
    }

    fn prompt(&self) -> (String, bool) {
        match &self.asking {
            Some(Asking::Password(_)) => ("Enter password: ".to_owned(), false),
            Some(Asking::Value(_)) => (
                "          Enter the boolean attribute value (0 or 1):".to_owned(),
                true,
            ),
            None => ("Command:  ".to_owned(), true),
        }
    }

    fn take(&mut self, io: &mut Io<'_>, line: String) -> Option<i32> {
        let next = match self.asking.take() {
            Some(Asking::Password(options)) => {
                let password = Zeroizing::new(line);
                self.enter(io, &options, &password);
                if self.then.is_some() {
                    return self.after_login(io, self.session.login.is_some());
                }
                Next::Done
            }
            Some(Asking::Value(options)) => {
                find::set(&mut self.session, io, &options, &line);
                Next::Done
            }
            None => self.command(io, &shared::words(&line)),
        };
        match next {
            Next::Exit => Some(0),
            Next::Ask(asking) => {
                self.asking = Some(asking);
                None
            }
            Next::Done if self.single() => Some(0),
            Next::Done => {
                io.out("\n");
                None
            }
        }
    }

    /// `loginHSM`: parses the options, and asks for the password if it is not among them.
    fn log_in(&mut self, io: &mut Io<'_>, words: &[String]) -> Next {
        let Some(options) = options::parse(&LOGIN, words, io) else {
            return Next::Done;
        };
        if options.has("-hpswd") {
            return Next::Ask(Asking::Password(options));
        }
        if !options.has("-p") {
            io.out("\n\tError: Password (-p) is missing.\n");
            options::help(&LOGIN, io);
            return Next::Done;
        }
        let password = Zeroizing::new(options.text("-p").to_owned());
        self.enter(io, &options, &password);
        Next::Done
    }

    fn enter(&mut self, io: &mut Io<'_>, options: &Options, password: &str) {
        let Some(role @ (Role::CryptoUser | Role::Admin | Role::UnactivatedAdmin)) =
            shared::role(options.text("-u"))
        else {
            io.out("\n\tError: Invalid user type specified.\n");
            return options::help(&LOGIN, io);
        };
        self.session.refresh(io);
        let command = Command::Login {
            username: options.text("-s").to_owned(),
            role,
            password: Secret::new(password),
        };
        let answers = self.session.all(io, &command);
        let states = states(&answers);
        let code = together(&states);
        if code.0 == 0 {
            self.session.login = Some(shared::user_type(role));
        }
        io.out(format!(
            "\n{}{}",
            returned("Cfm3LoginHSM", &code),
            cluster(Heading::Login, &states)
        ));
    }

    fn log_out(&mut self, io: &mut Io<'_>) {
        let answers = self.session.all(io, &Command::Logout);
        let states = states(&answers);
        self.session.login = None;
        io.out(format!(
            "\n{}{}",
            returned("Cfm3LogoutHSM", &together(&states)),
            cluster(Heading::Login, &states)
        ));
    }

    /// Runs a command, or first asks for missing input.
    fn command(&mut self, io: &mut Io<'_>, words: &[String]) -> Next {
        let Some((name, rest)) = words.split_first() else {
            return Next::Done;
        };
        let helps = rest.first().is_some_and(|word| word == "-h");
        if let Some(spec) = BARE
            .iter()
            .find(|spec| spec.name == name && !rest.is_empty())
        {
            options::help(spec, io);
            return Next::Done;
        }
        match name.as_str() {
            "exit" | "quit" => return Next::Exit,
            "help" => io.out(show::HELP),
            "listAttributes" => show::attributes(io),
            "listECCCurveIds" => io.out(generate::curves()),
            "loginStatus" => show::login_status(&self.session, io),
            "Error2String" => {
                if let Some(options) = options::parse(&show::ERROR, rest, io) {
                    show::error(io, &options);
                }
            }
            "genDSAKeyPair" | "genPBEKey" | "createPublicKey" | "getToken" | "delToken"
            | "approveToken" | "listTokens" => {
                io.out(format!(
                    "\n\thsmlab: this lab's key_mgmt_util does not have {name}\n"
                ));
            }
            _ if !helps && !self.session.is_open(io) => {
                let (number, text) = codes::NO_DAEMON;
                io.out(format!("\n\t{name} returned: {number:#04x} : {text}\n"));
            }
            "loginHSM" => return self.log_in(io, rest),
            "logoutHSM" => self.log_out(io),
            "listUsers" => show::users(&mut self.session, io),
            "getHSMInfo" => show::hsm(&mut self.session, io),
            "getPartitionInfo" => show::partition(&mut self.session, io),
            "getCert" => {
                if let Some(options) = options::parse(&show::CERTIFICATE, rest, io) {
                    show::certificate(&mut self.session, io, &options);
                }
            }
            "IsValidKeyHandlefile" => {
                if let Some(options) = options::parse(&handles::CHECK, rest, io) {
                    handles::check(&mut self.session, io, &options);
                }
            }
            "setAttribute" => {
                if let Some(options) = options::parse(&find::SET, rest, io) {
                    io.out("         This attribute is defined as a boolean value.\n");
                    return Next::Ask(Asking::Value(options));
                }
            }
            name => match COMMANDS.iter().find(|(spec, _)| spec.name == name) {
                Some((spec, act)) => {
                    if let Some(options) = options::parse(spec, rest, io) {
                        act(&mut self.session, io, &options);
                    }
                }
                // Guess: not published.
                None => io.out(format!(
                    "\n\tError: Unknown command {name}. Type help for the list of commands.\n"
                )),
            },
        }
        Next::Done
    }
}
