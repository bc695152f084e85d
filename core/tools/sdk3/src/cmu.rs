//! `cloudhsm_mgmt_util` (CMU) of Client SDK 3: manages users on each HSM of its configuration file,
//! and only on those (User Guide of 2023, "`cloudhsm_mgmt_util`").

mod change;
mod help;
mod keys;
mod servers;
mod show;
mod sync;
mod users;

use std::collections::VecDeque;

use zeroize::Zeroizing;

use self::change::{Change, Run};
use self::servers::Servers;
use crate::shared;
use hsmlab_shell::process::{Input, Io, Process, Step};

/// Creates the process with its arguments, the program's name first.
#[must_use]
pub fn start(argv: &[String]) -> Box<dyn Process> {
    Box::new(Cmu {
        argv: argv.to_vec(),
        servers: Servers::default(),
        asking: None,
        piped: None,
    })
}

#[derive(Clone)]
struct Cmu {
    argv: Vec<String>,
    servers: Servers,
    asking: Option<Asking>,
    /// The lines of a pipe or a heredoc.
    piped: Option<VecDeque<String>>,
}

/// An open question.
#[derive(Clone)]
enum Asking {
    /// The password that replaces `-hpswd`.
    Password(Vec<String>),
    /// The value of an attribute.
    Value(Vec<String>),
    /// The confirmation of a change.
    Confirm(Box<Change>),
    /// The action after a failure on one server.
    Retry(Box<Run>),
}

/// The result of a line.
enum Next {
    /// The prompt.
    Prompt,
    /// A question.
    Ask(Asking),
    /// The end.
    Quit,
}

/// The text before every change (User Guide of 2023; the trailing spaces are the tool's).
const CAUTION: &str = "*************************CAUTION********************************
This is a CRITICAL operation, should be done on all nodes in the
cluster. AWS does NOT synchronize these changes automatically with the 
nodes on which this operation is not executed or failed, please 
ensure this operation is executed on all nodes in the cluster.  
****************************************************************

";
const CONTINUE: &str = "Do you want to continue(y/n)?";
const RETRY: &str = "Retry/rollBack/Ignore?(R/B/I):";

impl Process for Cmu {
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
            self.servers.close(io);
        }
        step
    }

    fn boxed_clone(&self) -> Box<dyn Process> {
        Box::new(self.clone())
    }

    fn complete(&self, line: &str) -> Vec<String> {
        if self.asking.is_some() || line.contains(char::is_whitespace) {
            return Vec::new();
        }
        help::COMMANDS
            .iter()
            .map(|(name, _, _)| (*name).to_owned())
            .filter(|name| name.starts_with(line))
            .collect()
    }
}

impl Cmu {
    fn begin(&mut self, io: &mut Io<'_>) -> Option<i32> {
        let Some(path) = self.argv.get(1).cloned() else {
            // Guess: the tool's usage.
            io.out("Usage: cloudhsm_mgmt_util <configuration file>\n");
            return Some(1);
        };
        match Servers::configured(io, &path) {
            Ok(servers) => self.servers = servers,
            Err(why) => {
                io.out(format!("{why}\n"));
                return Some(1);
            }
        }
        self.servers.connect(io);
        None
    }

    /// Takes lines from a pipe while there are any; otherwise waits for the next typed line.
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
            Some(Asking::Password(_)) => ("Enter password:".to_owned(), false),
            Some(Asking::Value(_)) => (
                "Enter the boolean attribute value (0 or 1):".to_owned(),
                true,
            ),
            Some(Asking::Confirm(_)) => (CONTINUE.to_owned(), true),
            Some(Asking::Retry(_)) => (RETRY.to_owned(), true),
            None => match self.servers.mode {
                Some(number) => (format!("server{number}> "), true),
                None => ("aws-cloudhsm>".to_owned(), true),
            },
        }
    }

    /// Processes a typed line: an answer or a command. Returns the exit status if the program ends.
    fn take(&mut self, io: &mut Io<'_>, line: String) -> Option<i32> {
        let next = match self.asking.take() {
            Some(asking) => self.answer(io, asking, line),
            None => self.command(io, &shared::words(&line)),
        };
        match next {
            Next::Prompt => None,
            Next::Ask(asking) => {
                self.asking = Some(asking);
                None
            }
            Next::Quit => {
                io.out("\ndisconnecting from servers, please wait...\n");
                Some(0)
            }
        }
    }

    fn answer(&mut self, io: &mut Io<'_>, asking: Asking, line: String) -> Next {
        match asking {
            Asking::Password(words) => {
                let password = Zeroizing::new(line);
                let words: Vec<String> = words
                    .into_iter()
                    .map(|word| {
                        if word == "-hpswd" {
                            password.to_string()
                        } else {
                            word
                        }
                    })
                    .collect();
                let next = self.command(io, &words);
                drop(words.into_iter().map(Zeroizing::new).collect::<Vec<_>>());
                next
            }
            Asking::Value(mut words) => {
                words.push(line.trim().to_owned());
                self.command(io, &words)
            }
            Asking::Confirm(change) => match line.trim() {
                "y" => self.carry_out(io, Run::new(*change, &self.servers)),
                "n" => Next::Prompt,
                _ => {
                    io.out("Invalid option, please type 'y' or 'n'\n\n");
                    Next::Ask(Asking::Confirm(change))
                }
            },
            Asking::Retry(mut run) => match line.trim() {
                "R" => self.carry_on(io, *run),
                "I" => {
                    run.skip();
                    self.carry_on(io, *run)
                }
                "B" => {
                    run.roll_back(&mut self.servers, io);
                    Next::Prompt
                }
                _ => Next::Ask(Asking::Retry(run)),
            },
        }
    }

    fn carry_out(&mut self, io: &mut Io<'_>, run: Run) -> Next {
        io.out(run.headline());
        self.carry_on(io, run)
    }

    fn carry_on(&mut self, io: &mut Io<'_>, mut run: Run) -> Next {
        if run.go_on(&mut self.servers, io) {
            Next::Prompt
        } else {
            Next::Ask(Asking::Retry(Box::new(run)))
        }
    }

    /// Runs a command, or first asks for missing input.
    fn command(&mut self, io: &mut Io<'_>, words: &[String]) -> Next {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let Some((&name, arguments)) = words.split_first() else {
            return Next::Prompt;
        };
        if words.contains(&"-hpswd") {
            return Next::Ask(Asking::Password(owned(&words)));
        }
        if arguments.first() == Some(&"-h") {
            help::command(io, name);
            return Next::Prompt;
        }
        match name {
            "quit" => return Next::Quit,
            "exit" if self.servers.mode.is_none() => return Next::Quit,
            "exit" => self.servers.mode = None,
            "help" => match arguments.first() {
                Some(name) => help::command(io, name),
                None => help::all(io),
            },
            "server" => self.servers.enter(io, arguments),
            "enable_e2e" => self.servers.enable(io),
            "loginHSM" => users::login(&mut self.servers, io, arguments),
            "logoutHSM" | "logout" => users::logout(&mut self.servers, io),
            "loginStatus" => show::login_status(&self.servers, io),
            "listUsers" => users::list(&mut self.servers, io),
            "getHSMInfo" => show::hsm_info(&mut self.servers, io),
            "info" => show::server(&self.servers, io, arguments),
            "listAttributes" => show::attributes(io),
            "getAttribute" => keys::attribute(&mut self.servers, io, arguments),
            "findAllKeys" => keys::find_all(&mut self.servers, io, arguments),
            "getKeyInfo" => keys::info(&mut self.servers, io, arguments),
            "getCert" => show::certificate(&mut self.servers, io, arguments),
            "syncKey" => sync::key(&mut self.servers, io, arguments),
            "syncUser" => sync::user(&mut self.servers, io, arguments),
            "createUser" | "deleteUser" | "changePswd" | "setAttribute" | "shareKey" => {
                return self.change(io, name, arguments);
            }
            "setMValue"
            | "getToken"
            | "approveToken"
            | "listTokens"
            | "deleteToken"
            | "registerQuorumPubKey" => {
                io.out(format!(
                    "hsmlab: this lab's cloudhsm_mgmt_util does not have {name}\n"
                ));
            }
            _ => help::unknown(io, name),
        }
        Next::Prompt
    }

    fn change(&mut self, io: &mut Io<'_>, name: &str, arguments: &[&str]) -> Next {
        if self.servers.targets().is_empty() {
            servers::nobody(io);
            return Next::Prompt;
        }
        let asks_value = name == "setAttribute"
            && matches!(arguments, [_, number] if *number != "3" && change::is_settable(number));
        if asks_value {
            io.out("This attribute is defined as a boolean value.\n");
            let words: Vec<&str> = [&[name], arguments].concat();
            return Next::Ask(Asking::Value(owned(&words)));
        }
        let change = match Change::parse(name, arguments) {
            Ok(change) => change,
            Err(why) => {
                io.out(why);
                return Next::Prompt;
            }
        };
        // The guide's sample of deleteUser asks no question.
        if matches!(change, Change::DeleteUser { .. }) {
            return self.carry_out(io, Run::new(change, &self.servers));
        }
        io.out(CAUTION);
        Next::Ask(Asking::Confirm(Box::new(change)))
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
