//! `cloudhsm-cli`: the tool that manages users and keys inside the HSMs, interactive or one command at
//! a time (User Guide, "`cloudhsm_cli`").

mod answers;
mod arguments;
mod complete;
mod keys;
mod mfa;
mod mtls;
mod pure;
mod quorum;
mod render;
mod replicate;
mod run;
mod session;
mod texts;
mod tokens;
mod tree;
mod words;

use std::collections::VecDeque;

use clap::ArgMatches;
use zeroize::Zeroizing;

use self::answers::{Answers, Question};
use self::session::{Failure, Session};
use hsmlab_proto::Secret;
use hsmlab_proto::role::Role;
use hsmlab_shell::process::{Input, Io, Process, Step};
use hsmlab_tool_software::usage;

/// Creates the process of `cloudhsm-cli` with its arguments, the program's name first.
#[must_use]
pub fn start(argv: &[String]) -> Box<dyn Process> {
    Box::new(CloudhsmCli {
        argv: argv.to_vec(),
        session: Session::default(),
        interactive: false,
        typed: String::new(),
        asking: None,
        piped: None,
    })
}

/// Candidates for the last word of `cloudhsm-cli …` in a shell; `words` begins with the program.
#[must_use]
pub fn complete(words: &[String], last: &str) -> Vec<String> {
    let words = words.get(1..).unwrap_or_default();
    complete::candidates(tree::single(), words, last, &session::Seen::default())
}

#[derive(Clone)]
struct CloudhsmCli {
    argv: Vec<String>,
    session: Session,
    interactive: bool,
    /// The lines typed so far, while lines end with a backslash.
    typed: String,
    /// A command that waits for answers.
    asking: Option<Asking>,
    /// The lines of a pipe or a heredoc.
    piped: Option<VecDeque<String>>,
}

#[derive(Clone)]
struct Asking {
    words: Vec<String>,
    questions: Vec<Question>,
    given: Vec<Zeroizing<String>>,
}

impl Asking {
    fn answer(&self, question: Question) -> Option<&str> {
        let at = self.questions.iter().position(|each| *each == question)?;
        self.given.get(at).map(|given| given.as_str())
    }

    fn next(&self) -> Option<Question> {
        self.questions.get(self.given.len()).copied()
    }
}

impl Process for CloudhsmCli {
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
            // Ctrl-D ends the session; at a password it ends the tool too.
            Input::End => Some(i32::from(!self.interactive)),
            Input::Interrupt => Some(130),
        };
        let step = match ended {
            Some(status) => Step::Exit(status),
            None => self.go_on(io),
        };
        if matches!(step, Step::Exit(_)) {
            self.session.close_all(io);
        }
        step
    }

    fn boxed_clone(&self) -> Box<dyn Process> {
        Box::new(self.clone())
    }

    fn complete(&self, line: &str) -> Vec<String> {
        if self.asking.is_some() || !self.interactive {
            return Vec::new();
        }
        let line = format!("{}{line}", self.typed);
        let at = line.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let (before, last) = line.split_at(at);
        let words = words::split(before).unwrap_or_default();
        complete::candidates(tree::interactive(), &words, last, &self.session.seen)
    }
}

impl CloudhsmCli {
    /// Takes lines from a pipe while there are any; otherwise waits for the next typed line.
    fn go_on(&mut self, io: &mut Io<'_>) -> Step {
        while let Some(lines) = &mut self.piped {
            let Some(line) = lines.pop_front() else {
                return Step::Exit(i32::from(!self.interactive));
            };
            if let Some(status) = self.take(io, line) {
                return Step::Exit(status);
            }
        }
        let (prompt, echo) = match self.asking.as_ref().and_then(Asking::next) {
            Some(question) => (question.prompt().to_owned(), question.echo()),
            None if self.typed.is_empty() => (self.session.prompt(), true),
            // Guess: the prompt for a continued line.
            None => ("> ".to_owned(), true),
        };
        Step::Read { prompt, echo }
    }

    /// Parses the arguments. Returns the exit status if the program ends there.
    fn begin(&mut self, io: &mut Io<'_>) -> Option<i32> {
        let matches = match tree::single().try_get_matches_from(&self.argv) {
            Ok(matches) => matches,
            Err(error) => return Some(usage::show(io, &error)),
        };
        let (names, arguments) = run::path(&matches);
        if names == ["interactive"] {
            self.interactive = true;
            self.session.cluster_id = arguments.get_one::<String>("cluster-id").cloned();
            if self.session.is_ambiguous(io) {
                io.out(render::failure(texts::WHICH_CLUSTER));
                return Some(1);
            }
            return None;
        }
        let words = self.argv.clone();
        self.dispatch(io, words, &matches)
    }

    /// Processes a typed line: an answer, a command, or a part of a command.
    fn take(&mut self, io: &mut Io<'_>, line: String) -> Option<i32> {
        if let Some(mut asking) = self.asking.take() {
            asking.given.push(Zeroizing::new(line));
            return self.ask_on(io, asking);
        }
        if let Some(part) = line.strip_suffix('\\') {
            self.typed.push_str(part);
            self.typed.push(' ');
            return None;
        }
        let line = std::mem::take(&mut self.typed) + &line;
        let Some(words) = words::split(&line) else {
            io.err(format!("{}\n", texts::UNCLOSED_QUOTE));
            return None;
        };
        if words.is_empty() {
            return None;
        }
        match tree::interactive().try_get_matches_from(&words) {
            Ok(matches) if matches.subcommand_name() == Some("quit") => Some(0),
            Ok(matches) => self.dispatch(io, words, &matches),
            Err(error) => {
                usage::show(io, &error);
                None
            }
        }
    }

    /// Runs a command, or asks its questions first.
    fn dispatch(
        &mut self,
        io: &mut Io<'_>,
        words: Vec<String>,
        matches: &ArgMatches,
    ) -> Option<i32> {
        let (names, arguments) = run::path(matches);
        let questions = run::questions(&names, arguments);
        if !questions.is_empty() {
            let asking = Asking {
                words,
                questions,
                given: Vec::new(),
            };
            return self.ask_on(io, asking);
        }
        let done = self.run(io, matches, &Answers::default());
        self.report(io, done)
    }

    /// Asks the next question, or runs the command. Before asking for signed tokens, it writes the
    /// unsigned ones.
    fn ask_on(&mut self, io: &mut Io<'_>, asking: Asking) -> Option<i32> {
        let tree = if self.interactive {
            tree::interactive()
        } else {
            tree::single()
        };
        let matches = match tree.try_get_matches_from(&asking.words) {
            Ok(matches) => matches,
            Err(error) => return Some(usage::show(io, &error)),
        };
        let password = asking.answer(Question::Password);
        let again = asking.answer(Question::Confirmation);
        if again.is_some() && again != password {
            return self.report(io, Err(texts::PASSWORDS_DIFFER.into()));
        }
        let prepared = match asking.next() {
            Some(Question::SignedToken) => self.prepare(io, &matches),
            _ => Ok(()),
        };
        if let Err(failure) = prepared {
            return self.report(io, Err(failure));
        }
        if asking.next().is_some() {
            self.asking = Some(asking);
            return None;
        }
        let answers = Answers {
            password,
            signed_token: asking.answer(Question::SignedToken),
            public_key: asking.answer(Question::PublicKey),
        };
        let done = self.run(io, &matches, &answers);
        self.report(io, done)
    }

    fn prepare(&mut self, io: &mut Io<'_>, matches: &ArgMatches) -> Result<(), Failure> {
        let (names, arguments) = run::path(matches);
        if !self.interactive && !run::without_login(&names) {
            self.log_in_from_environment(io, matches)?;
        }
        mfa::prepare(&mut self.session, io, arguments)
    }

    /// Prints a reply; in single command mode the program then ends.
    fn report(&self, io: &mut Io<'_>, done: Result<serde_json::Value, Failure>) -> Option<i32> {
        let failed = done.is_err();
        match done {
            Ok(data) => io.out(render::success(&data)),
            Err(Failure(text)) => io.out(render::failure(&text)),
        }
        // Guess: the exit status in single command mode is not documented.
        (!self.interactive).then_some(i32::from(failed))
    }

    /// Runs a command; in single command mode it first logs in, if the command needs a login.
    fn run(
        &mut self,
        io: &mut Io<'_>,
        matches: &ArgMatches,
        answers: &Answers<'_>,
    ) -> Result<serde_json::Value, Failure> {
        let (names, _) = run::path(matches);
        if self.interactive || run::without_login(&names) {
            return run::run(&mut self.session, io, matches, answers);
        }
        // Already logged in if it has asked for signed tokens.
        if self.session.user().is_none() {
            self.log_in_from_environment(io, matches)?;
        }
        let done = run::run(&mut self.session, io, matches, answers);
        // The connection ends with the process: a failed logout changes nothing.
        self.session.logout_all(io);
        done
    }

    fn log_in_from_environment(
        &mut self,
        io: &mut Io<'_>,
        matches: &ArgMatches,
    ) -> Result<(), Failure> {
        let (names, arguments) = run::path(matches);
        if let Some((source, destination)) = replicate::clusters(&names, arguments) {
            self.log_in_as(io, Some(source), "")?;
            return self.log_in_as(io, Some(destination), "DESTINATION_");
        }
        let cluster = arguments.try_get_one::<String>("cluster-id").ok().flatten();
        self.log_in_as(io, cluster.map(String::as_str), "")
    }

    /// Logs in to a cluster with the variables of this prefix; without them there is no login.
    fn log_in_as(
        &mut self,
        io: &mut Io<'_>,
        cluster: Option<&str>,
        prefix: &str,
    ) -> Result<(), Failure> {
        let variable = |name: &str| {
            let name = format!("{prefix}{name}");
            let exported = io.login.exported.contains(&name);
            io.login
                .variable(&name)
                .filter(|_| exported)
                .map(str::to_owned)
        };
        let (Some(role), Some(pin)) = (variable("CLOUDHSM_ROLE"), variable("CLOUDHSM_PIN")) else {
            return Ok(());
        };
        let role = match role.as_str() {
            "admin" => Role::Admin,
            "crypto-user" => Role::CryptoUser,
            _ => return Err(texts::BAD_ROLE.into()),
        };
        let (username, password) = pin.split_once(':').ok_or(texts::BAD_PIN)?;
        if cluster.is_some() {
            self.session.configure(io, cluster)?;
        }
        self.session
            .login(io, username, role, Secret::new(password))
    }
}
