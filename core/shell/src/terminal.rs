//! A terminal: a stack of logins, the pending lines of a command, and the program that waits for a
//! line.

use super::builtins::syntax_message;
use super::fs::NodeKind;
use super::host::{CLOUDSHELL, Host, Login};
use super::machine::{Chunk, Context, Machine, State};
use super::process::Input;
use super::software::{Completion, Read, Software};
use super::syntax::{self, SyntaxError};
use super::{Sys, builtins};

/// The maximum number of logins in the stack (`ssh`, `sudo -i`).
const SEATS_MAX: usize = 8;
/// The maximum length of an incomplete command, in bytes.
const PENDING_BYTES_MAX: usize = 1 << 20;

/// A terminal. A clone is a terminal in the same state.
#[derive(Clone)]
pub struct Terminal {
    /// The host on which it was opened.
    pub host: String,
    /// True if a person is typing; otherwise programs that ask get the end of input.
    pub interactive: bool,
    seats: Vec<Seat>,
    pending: String,
}

#[derive(Clone)]
struct Seat {
    host: String,
    host_name: String,
    login: Login,
    software: &'static Software,
    machine: Option<Machine>,
    waiting: Option<(String, bool)>,
    /// True if a program is running that continues as time passes.
    running: bool,
    kind: SeatKind,
}

/// The purpose of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SeatKind {
    /// A person types in it.
    Login,
    /// A shell that was started in another shell.
    Shell,
    /// One command of `ssh HOST COMMAND`: the login ends with it.
    Command,
}

/// The result of a line.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The output, in order.
    pub chunks: Vec<Chunk>,
    /// The exit status, if a command has ended.
    pub status: Option<i32>,
    /// True if the last login has ended.
    pub closed: bool,
}

impl Terminal {
    /// A terminal with a fresh login on a host.
    #[must_use]
    pub fn new(host: &Host, software: &'static Software) -> Self {
        Self {
            host: host.id.clone(),
            interactive: true,
            seats: vec![Seat::new(host, host.log_in(), software)],
            pending: String::new(),
        }
    }

    /// The prompt before the cursor, and true if the typed text is shown.
    #[must_use]
    pub fn prompt(&self) -> (String, bool) {
        let Some(seat) = self.seats.last() else {
            return (String::new(), true);
        };
        if seat.running {
            return (String::new(), true);
        }
        if let Some((prompt, echo)) = &seat.waiting {
            return (prompt.clone(), *echo);
        }
        if self.pending.is_empty() {
            (seat.prompt(), true)
        } else if seat.login.os.is_windows() {
            (seat.software.windows_shell.continuation.into(), true)
        } else {
            ("> ".into(), true)
        }
    }

    /// The host that receives lines now, and its login.
    #[must_use]
    pub fn place(&self) -> Option<(&str, &Login)> {
        self.seats
            .last()
            .map(|seat| (seat.host.as_str(), &seat.login))
    }

    /// The hosts of its logins, the first one first.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.seats.iter().map(|seat| seat.host.as_str())
    }

    /// True if a program waits for a line.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.seats.last().is_some_and(|seat| seat.waiting.is_some()) || !self.pending.is_empty()
    }

    /// True if a program is running that neither has ended nor waits for a line.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.seats.last().is_some_and(|seat| seat.running)
    }

    /// True if the shell waits for the rest of a command.
    #[must_use]
    pub const fn is_continued(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The name of the program that is running or waits for a line; `None` is the shell itself.
    #[must_use]
    pub fn program(&self) -> Option<&str> {
        self.seats.last()?.machine.as_ref()?.program()
    }

    /// Time has passed: the running program continues. `None` if no program is running.
    pub fn tick(&mut self, sys: &mut dyn Sys) -> Option<Outcome> {
        if !self.is_running() {
            return None;
        }
        Some(self.go_on_with(sys, Machine::tick))
    }

    /// Processes a typed line. While a program is running, the line is discarded.
    pub fn line(&mut self, sys: &mut dyn Sys, text: &str) -> Outcome {
        let Some(seat) = self.seats.last_mut() else {
            return Outcome::closed();
        };
        if seat.running {
            return Outcome::default();
        }
        if seat.waiting.take().is_some() {
            return self.go_on(sys, Input::Line(text.to_owned()));
        }
        if self.pending.is_empty() {
            text.clone_into(&mut self.pending);
        } else {
            self.pending.push('\n');
            self.pending.push_str(text);
        }
        if seat.login.os.is_windows() {
            return self.powershell_line(sys);
        }
        // The line end closes here-documents and comments; a backslash before it removes it.
        let parsed = if syntax::continues(&self.pending) {
            Err(SyntaxError::Incomplete)
        } else {
            syntax::parse(&format!("{}\n", self.pending))
        };
        match parsed {
            Ok(list) => {
                if self.interactive {
                    seat.login.remember(&self.pending);
                }
                self.pending.clear();
                if list.is_empty() {
                    return Outcome::default();
                }
                seat.machine = Some(Machine::new(&list));
                self.go_on(sys, Input::Start)
            }
            Err(SyntaxError::Incomplete) if self.pending.len() <= PENDING_BYTES_MAX => {
                Outcome::default()
            }
            Err(error) => {
                self.pending.clear();
                seat.login.status = 2;
                let text = format!("-bash: {}\n", syntax_message(&error));
                Outcome {
                    chunks: vec![Chunk::Err(text.into_bytes())],
                    status: Some(2),
                    closed: false,
                }
            }
        }
    }

    /// Passes the pending lines to PowerShell, once they are complete.
    fn powershell_line(&mut self, sys: &mut dyn Sys) -> Outcome {
        let Some(seat) = self.seats.last_mut() else {
            return Outcome::closed();
        };
        match (seat.software.windows_shell.read)(&self.pending) {
            Read::Incomplete if self.pending.len() <= PENDING_BYTES_MAX => Outcome::default(),
            Read::Empty => {
                self.pending.clear();
                Outcome::default()
            }
            Read::Script(script) => {
                if self.interactive {
                    seat.login.remember(&self.pending);
                }
                self.pending.clear();
                seat.machine = Some(Machine::of_shell(script, &seat.login));
                self.go_on(sys, Input::Start)
            }
            other => {
                self.pending.clear();
                seat.login.status = 1;
                let text = match other {
                    Read::Wrong(text) => text,
                    _ => "hsmlab: the command is too long\n".to_owned(),
                };
                Outcome {
                    chunks: vec![Chunk::Err(text.into_bytes())],
                    status: Some(1),
                    closed: false,
                }
            }
        }
    }

    /// Ends the logins on hosts that are `gone`, and those on top of them: the connection to a
    /// stopped instance is lost. `None` if there are none.
    pub fn hang_up(&mut self, sys: &mut dyn Sys, gone: &dyn Fn(&str) -> bool) -> Option<Outcome> {
        let at = self.seats.iter().position(|seat| gone(&seat.host))?;
        let lost = self.seats.get(at)?.host_name.clone();
        if self.is_running() {
            self.interrupt(sys);
        }
        self.seats.truncate(at);
        self.pending.clear();
        let text =
            format!("Connection to {lost} closed by remote host.\nConnection to {lost} closed.\n");
        let mut outcome = Outcome {
            chunks: vec![Chunk::Err(text.into_bytes())],
            status: Some(255),
            closed: self.seats.is_empty(),
        };
        if let Some(below) = self.seats.last_mut() {
            below.login.status = 255;
            outcome = self.continue_below(sys, outcome);
        }
        Some(outcome)
    }

    /// Handles Ctrl-C.
    pub fn interrupt(&mut self, sys: &mut dyn Sys) -> Outcome {
        self.pending.clear();
        match self.seats.last_mut() {
            Some(seat) if seat.waiting.is_some() || seat.running => {
                seat.waiting = None;
                self.go_on(sys, Input::Interrupt)
            }
            Some(seat) => {
                seat.login.status = 130;
                Outcome {
                    status: Some(130),
                    ..Outcome::default()
                }
            }
            None => Outcome::closed(),
        }
    }

    /// Handles Ctrl-D.
    pub fn end_of_input(&mut self, sys: &mut dyn Sys) -> Outcome {
        // PowerShell's prompt ignores it.
        if self
            .seats
            .last()
            .is_some_and(|seat| seat.login.os.is_windows() && seat.waiting.is_none())
        {
            return Outcome::default();
        }
        if !self.pending.is_empty() {
            self.pending.clear();
            return Outcome {
                chunks: vec![Chunk::Err(
                    b"-bash: syntax error: unexpected end of file\n".to_vec(),
                )],
                status: Some(2),
                closed: false,
            };
        }
        match self.seats.last_mut() {
            Some(seat) if seat.waiting.is_some() => {
                seat.waiting = None;
                self.go_on(sys, Input::End)
            }
            Some(seat) if seat.running => Outcome::default(),
            Some(_) => {
                let mut outcome = Outcome::default();
                self.end_login(0, &mut outcome);
                if !outcome.closed {
                    return self.continue_below(sys, outcome);
                }
                outcome
            }
            None => Outcome::closed(),
        }
    }

    /// The whole words that can replace the word before the cursor, and the position where that
    /// word begins.
    pub fn complete(&self, sys: &mut dyn Sys, text: &str, cursor: usize) -> (usize, Vec<String>) {
        let upto = text.get(..cursor).unwrap_or(text);
        let Some(seat) = self.seats.last() else {
            return (upto.len(), Vec::new());
        };
        if let Some(machine) = seat.machine.as_ref().filter(|_| seat.waiting.is_some()) {
            let from = upto.rfind(' ').map_or(0, |at| at + 1);
            return (from, machine.complete(upto));
        }
        if seat.login.os.is_windows() {
            let Some((host, _)) = sys.check_out(&seat.host, &seat.login.user) else {
                return (upto.len(), Vec::new());
            };
            let complete = seat.software.windows_shell.complete;
            let found = complete(&host, &seat.login, sys, upto);
            sys.check_in(host);
            return found;
        }
        let (words, last, from) = last_command(upto);
        let Some((host, _)) = sys.check_out(&seat.host, &seat.login.user) else {
            return (from, Vec::new());
        };
        let mut candidates = if words.is_empty() && !last.contains('/') {
            super::lookup::names(&host, &seat.login)
                .into_iter()
                .chain(builtins::names::NAMES.iter().map(|name| (*name).to_owned()))
                .filter(|name| name.starts_with(&last) && name.chars().any(char::is_alphabetic))
                .collect()
        } else {
            seat.software.complete(&mut Completion {
                host: &host,
                login: &seat.login,
                sys,
                words: &words,
                last: &last,
            })
        };
        if candidates.is_empty() {
            candidates = files(&host, &seat.login, &last);
        }
        sys.check_in(host);
        candidates.sort();
        candidates.dedup();
        (from, candidates)
    }

    fn go_on(&mut self, sys: &mut dyn Sys, input: Input) -> Outcome {
        self.go_on_with(sys, |machine, context| machine.resume(context, input))
    }

    fn go_on_with(
        &mut self,
        sys: &mut dyn Sys,
        act: impl FnOnce(&mut Machine, &mut Context<'_>) -> State,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(seat) = self.seats.last_mut() else {
            return Outcome::closed();
        };
        let Some((mut host, _)) = sys.check_out(&seat.host, &seat.login.user) else {
            let text = format!("Connection to {} closed.\n", seat.host_name);
            outcome.chunks.push(Chunk::Err(text.into_bytes()));
            self.end_login(255, &mut outcome);
            return outcome;
        };
        let Some(mut machine) = seat.machine.take() else {
            sys.check_in(host);
            return outcome;
        };
        seat.running = false;
        let state = act(
            &mut machine,
            &mut Context {
                host: &mut host,
                login: &mut seat.login,
                sys,
                screen: &mut outcome.chunks,
                interactive: self.interactive,
            },
        );
        sys.check_in(host);
        match state {
            State::Done if seat.kind == SeatKind::Command => {
                let status = seat.login.status;
                self.end_login(status, &mut outcome);
                return self.continue_below(sys, outcome);
            }
            State::Done => outcome.status = Some(seat.login.status),
            State::Waiting { prompt, echo } => {
                seat.machine = Some(machine);
                seat.waiting = Some((prompt, echo));
            }
            State::Running => {
                seat.machine = Some(machine);
                seat.running = true;
            }
            State::LogIn {
                host,
                user,
                command,
                login,
            } => {
                seat.machine = Some(machine);
                return self.log_in(sys, &host, &user, command, login, outcome);
            }
            State::Ended(status) => {
                self.end_login(status, &mut outcome);
                if !outcome.closed {
                    return self.continue_below(sys, outcome);
                }
            }
        }
        outcome
    }

    fn log_in(
        &mut self,
        sys: &mut dyn Sys,
        host: &str,
        user: &str,
        command: Option<String>,
        login: Option<Box<Login>>,
        mut outcome: Outcome,
    ) -> Outcome {
        let found = (self.seats.len() < SEATS_MAX)
            .then(|| sys.check_out(host, user))
            .flatten();
        let Some((host, fresh)) = found else {
            let text = b"hsmlab: too many nested logins\n".to_vec();
            outcome.chunks.push(Chunk::Err(text));
            if let Some(seat) = self.seats.last_mut() {
                seat.login.status = 255;
            }
            return self.continue_below(sys, outcome);
        };
        let kind = match (&command, &login) {
            (Some(_), _) => SeatKind::Command,
            (None, Some(_)) => SeatKind::Shell,
            (None, None) => SeatKind::Login,
        };
        let mut seat = Seat::new(&host, login.map_or(fresh, |login| *login), sys.software());
        seat.kind = kind;
        sys.check_in(host);
        if command.is_some() {
            seat.machine = Some(Machine::remote_shell(command));
            self.seats.push(seat);
            let below = self.go_on(sys, Input::Start);
            outcome.chunks.extend(below.chunks);
            outcome.status = below.status;
            outcome.closed = below.closed;
            return outcome;
        }
        self.seats.push(seat);
        outcome.status = Some(0);
        outcome
    }

    fn end_login(&mut self, status: i32, outcome: &mut Outcome) {
        let ended = self.seats.pop();
        let farewell = match &ended {
            Some(ended) if ended.login.os.is_windows() => "",
            Some(ended) if ended.kind == SeatKind::Command => "",
            Some(ended) if ended.kind == SeatKind::Shell => "exit\n",
            _ => "logout\n",
        };
        if !farewell.is_empty() {
            let text = farewell.as_bytes().to_vec();
            outcome.chunks.push(Chunk::Out(text));
        }
        outcome.status = Some(status);
        match (self.seats.last_mut(), ended) {
            (Some(below), Some(ended)) => {
                below.login.status = status;
                if below.host != ended.host && ended.kind != SeatKind::Command {
                    let text = format!("Connection to {} closed.\n", ended.host_name);
                    outcome.chunks.push(Chunk::Err(text.into_bytes()));
                }
            }
            (None, Some(mut ended)) if ended.host == CLOUDSHELL => {
                // CloudShell is always available: the tab gets a new session.
                ended.machine = None;
                ended.waiting = None;
                ended.running = false;
                ended.login.status = 0;
                ended.login.cwd = ended.login.home();
                self.seats.push(ended);
            }
            _ => outcome.closed = true,
        }
    }

    /// A login on top has ended: continues the login below it.
    fn continue_below(&mut self, sys: &mut dyn Sys, mut outcome: Outcome) -> Outcome {
        if self
            .seats
            .last()
            .is_some_and(|seat| seat.machine.is_some() && seat.waiting.is_none())
        {
            let below = self.go_on(sys, Input::Start);
            outcome.chunks.extend(below.chunks);
            outcome.status = below.status.or(outcome.status);
            outcome.closed = below.closed;
        }
        outcome
    }
}

impl Outcome {
    fn closed() -> Self {
        Self {
            closed: true,
            ..Self::default()
        }
    }
}

impl Seat {
    fn new(host: &Host, login: Login, software: &'static Software) -> Self {
        Self {
            host: host.id.clone(),
            host_name: host.name.clone(),
            login,
            software,
            machine: None,
            waiting: None,
            running: false,
            kind: SeatKind::Login,
        }
    }

    /// The system's prompt: CloudShell's `~ $ `, Amazon Linux's `[ec2-user@ip-… ~]$ `.
    fn prompt(&self) -> String {
        if self.login.os.is_windows() {
            return (self.software.windows_shell.prompt)(&self.login.cwd);
        }
        let home = self.login.home();
        let folder = if self.login.cwd == home {
            "~"
        } else {
            self.login
                .cwd
                .rsplit('/')
                .find(|part| !part.is_empty())
                .unwrap_or("/")
        };
        let sign = if self.login.user == "root" { '#' } else { '$' };
        if self.host == CLOUDSHELL && self.login.user != "root" {
            let shown = self
                .login
                .cwd
                .strip_prefix(&home)
                .map_or_else(|| self.login.cwd.clone(), |rest| format!("~{rest}"));
            return format!("{shown} {sign} ");
        }
        format!("[{}@{} {folder}]{sign} ", self.login.user, self.host_name)
    }
}

/// The words of the last simple command before the cursor, the word at the cursor, and the position
/// where that word begins.
fn last_command(text: &str) -> (Vec<String>, String, usize) {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut from = 0;
    let mut quote: Option<char> = None;
    let mut in_word = false;
    for (at, c) in text.char_indices() {
        match (c, quote) {
            (c, Some(q)) if c == q => quote = None,
            ('\'' | '"', None) => {
                quote = Some(c);
                if !in_word {
                    from = at;
                    in_word = true;
                }
            }
            (' ' | '\t' | '\n', None) => {
                if in_word {
                    words.push(std::mem::take(&mut word));
                    in_word = false;
                }
            }
            ('|' | ';' | '&' | '(' | '`', None) => {
                words.clear();
                word.clear();
                in_word = false;
            }
            (c, _) => {
                if !in_word {
                    from = at;
                    in_word = true;
                }
                word.push(c);
            }
        }
    }
    if !in_word {
        from = text.len();
        word.clear();
    }
    while words.first().is_some_and(|word| word == "sudo") {
        words.remove(0);
    }
    (words, word, from)
}

/// Paths that begin with `last`; folders end with a slash. Keeps a leading `file://`.
fn files(host: &Host, login: &Login, last: &str) -> Vec<String> {
    let (scheme, path) = ["file://", "fileb://"]
        .iter()
        .find_map(|scheme| last.strip_prefix(scheme).map(|path| (*scheme, path)))
        .unwrap_or(("", last));
    let (folder, stem) = path
        .rsplit_once('/')
        .map_or(("", path), |(folder, stem)| (folder, stem));
    let lead = if path.contains('/') {
        format!("{folder}/")
    } else {
        String::new()
    };
    let base = if lead == "/" { "/" } else { folder };
    let at = super::fs::resolve(&login.cwd, &login.home(), base);
    let Ok(entries) = host.fs.list(&at, &login.user) else {
        return Vec::new();
    };
    entries
        .filter(|(name, _)| {
            name.starts_with(stem) && (!name.starts_with('.') || stem.starts_with('.'))
        })
        .map(|(name, node)| {
            let slash = if node.kind == NodeKind::Folder {
                "/"
            } else {
                ""
            };
            format!("{scheme}{lead}{name}{slash}")
        })
        .collect()
}
