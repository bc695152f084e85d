//! How a program runs: its input and output, and how it waits for a line that is yet to be typed.

use super::Sys;
use super::host::{Host, Login};
use hsmlab_sim::{SimDuration, SimTime};

/// What a running program may use.
pub struct Io<'a> {
    /// The host it runs on.
    pub host: &'a mut Host,
    /// The user, folder and variables. A program other than the shell leaves them alone.
    pub login: &'a mut Login,
    /// What it has printed and nobody has taken yet.
    pub stdout: &'a mut Vec<u8>,
    /// Its messages, likewise.
    pub stderr: &'a mut Vec<u8>,
    /// What was piped or redirected into it; `None` on a terminal, where lines come by
    /// [`Input::Line`].
    pub stdin: Option<Vec<u8>>,
    /// Whether its output goes to a terminal.
    pub tty: bool,
    /// Whether it has asked for input that is yet to be typed.
    pub starved: bool,
    /// When `timeout` ends it.
    pub deadline: Option<SimTime>,
    /// Whether it slept up to that instant and wanted more.
    pub expired: bool,
    /// The world outside the host.
    pub sys: &'a mut dyn Sys,
}

impl<'a> Io<'a> {
    /// Streams without input, for a program whose output goes to no terminal.
    pub const fn new(
        host: &'a mut Host,
        login: &'a mut Login,
        stdout: &'a mut Vec<u8>,
        stderr: &'a mut Vec<u8>,
        sys: &'a mut dyn Sys,
    ) -> Self {
        Self {
            host,
            login,
            stdout,
            stderr,
            stdin: None,
            tty: false,
            starved: false,
            deadline: None,
            expired: false,
            sys,
        }
    }
}

impl Io<'_> {
    /// All of standard input. A program that cannot wait for a line is run again with it once it has
    /// been typed ([`Plain`]); until then this is empty, and `starved` says so.
    pub fn input(&mut self) -> Vec<u8> {
        self.stdin.take().unwrap_or_else(|| {
            self.starved = true;
            Vec::new()
        })
    }

    /// Lets simulated time pass, up to the deadline.
    pub fn sleep(&mut self, span: SimDuration) {
        let left = self
            .deadline
            .map(|deadline| deadline.since(self.sys.now()))
            .filter(|left| *left < span);
        self.expired |= left.is_some();
        self.sys.sleep(left.unwrap_or(span));
    }

    /// Prints text.
    pub fn out(&mut self, text: impl AsRef<str>) {
        self.stdout.extend_from_slice(text.as_ref().as_bytes());
    }

    /// Prints a message on standard error.
    pub fn err(&mut self, text: impl AsRef<str>) {
        self.stderr.extend_from_slice(text.as_ref().as_bytes());
    }

    /// The absolute path of a path that the user gave.
    #[must_use]
    pub fn path(&self, path: &str) -> String {
        super::fs::resolve(&self.login.cwd, &self.login.home(), path)
    }

    /// Reads a file that the user named.
    ///
    /// # Errors
    /// See [`super::fs::Fs::read`].
    pub fn read_file(&self, path: &str) -> Result<std::rc::Rc<[u8]>, super::fs::FsError> {
        self.host.fs.read(&self.path(path), &self.login.user)
    }

    /// Writes a file that the user named.
    ///
    /// # Errors
    /// See [`super::fs::Fs::write`].
    pub fn write_file(
        &mut self,
        path: &str,
        bytes: impl Into<std::rc::Rc<[u8]>>,
    ) -> Result<(), super::fs::FsError> {
        let path = self.path(path);
        let now = self.sys.now();
        self.host.fs.write(&path, bytes, &self.login.user, now)
    }
}

/// Why a program is resumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// For the first time.
    Start,
    /// A line was typed or read, without its line end.
    Line(String),
    /// The end of the input: Ctrl-D, or a pipe that has run dry.
    End,
    /// Ctrl-C.
    Interrupt,
}

/// What a program wants after it was resumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It has ended with this exit status.
    Exit(i32),
    /// It waits for a line.
    Read {
        /// What stands before the cursor.
        prompt: String,
        /// Whether what is typed is shown (not for passwords).
        echo: bool,
    },
    /// It goes on as time passes ([`Process::tick`]), until it ends or Ctrl-C. Only a program whose
    /// output goes to a terminal may say so.
    Run,
}

/// What a shell asks of its terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The login is to end with this status.
    End(i32),
    /// What is on the screen is to go, before what is printed now.
    Clear,
}

/// A program that is running.
pub trait Process {
    /// Runs until it ends or needs a line.
    fn resume(&mut self, io: &mut Io<'_>, input: Input) -> Step;

    /// What it asks of the terminal, after it has run; asked once. For shells.
    fn wish(&mut self) -> Option<Wish> {
        None
    }

    /// Time has passed: for a program that gave [`Step::Run`].
    fn tick(&mut self, io: &mut Io<'_>) -> Step {
        let _ = io;
        Step::Exit(0)
    }

    /// The name of the program that it has started and that still runs. For shells.
    fn child(&self) -> Option<&str> {
        None
    }

    /// A copy in the same state: a world can be copied while programs wait.
    fn boxed_clone(&self) -> Box<dyn Process>;

    /// Candidates for the word that ends at the end of `line`, each a whole word, for a program that
    /// reads commands (interactive tools). The default has none.
    fn complete(&self, line: &str) -> Vec<String> {
        let _ = line;
        Vec::new()
    }
}

impl Clone for Box<dyn Process> {
    fn clone(&self) -> Self {
        self.boxed_clone()
    }
}

/// A program that reads its arguments and its standard input, and ends. At a terminal it is run again,
/// from its start, with what has been typed so far; it must change nothing while its input is missing
/// ([`Io::input`]).
#[derive(Clone)]
pub struct Plain {
    argv: Vec<String>,
    run: PlainFn,
    filters: bool,
    typed: Vec<u8>,
    printed: (usize, usize),
}

/// The function of a [`Plain`] program: gives the exit status.
pub type PlainFn = fn(&[String], &mut Io<'_>) -> i32;

/// The most bytes of typed input after which a filter still answers each line at once.
const ANSWERED_BYTES_MAX: usize = 16 * 1024;

impl Plain {
    /// The program `run` with its arguments, its name first. `filters`: what it prints for a line
    /// depends on no later line, so that it answers each line as it is typed.
    #[must_use]
    pub const fn new(argv: Vec<String>, run: PlainFn, filters: bool) -> Self {
        Self {
            argv,
            run,
            filters,
            typed: Vec::new(),
            printed: (0, 0),
        }
    }

    /// Runs the program with the input so far; gives its status, or `None` where it wants input.
    fn attempt(&mut self, io: &mut Io<'_>, stdin: Option<Vec<u8>>) -> Option<i32> {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut inner = Io {
            stdin,
            tty: io.tty,
            deadline: io.deadline,
            ..Io::new(io.host, io.login, &mut stdout, &mut stderr, io.sys)
        };
        let status = (self.run)(&self.argv, &mut inner);
        let (starved, expired) = (inner.starved, inner.expired);
        io.stdin = inner.stdin.take();
        io.expired |= expired;
        if starved {
            return None;
        }
        let new = |all: &[u8], old: usize| all.get(old..).unwrap_or_default().to_vec();
        io.stdout.extend(new(&stdout, self.printed.0));
        io.stderr.extend(new(&stderr, self.printed.1));
        self.printed = (stdout.len(), stderr.len());
        Some(status)
    }
}

impl Process for Plain {
    fn resume(&mut self, io: &mut Io<'_>, input: Input) -> Step {
        let wait = Step::Read {
            prompt: String::new(),
            echo: true,
        };
        match input {
            Input::Start => {
                let stdin = io.stdin.take();
                self.attempt(io, stdin).map_or(wait, Step::Exit)
            }
            Input::Line(line) => {
                self.typed.extend_from_slice(line.as_bytes());
                self.typed.push(b'\n');
                if self.filters && self.typed.len() <= ANSWERED_BYTES_MAX {
                    self.attempt(io, Some(self.typed.clone()));
                    io.stdin = None;
                }
                wait
            }
            Input::End => {
                let typed = std::mem::take(&mut self.typed);
                let status = self.attempt(io, Some(typed)).unwrap_or(1);
                io.stdin = None;
                Step::Exit(status)
            }
            Input::Interrupt => Step::Exit(130),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Process> {
        Box::new(self.clone())
    }
}

/// The answers to a program's questions, given so far.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// `None`: the end of the input.
    given: Vec<Option<String>>,
    used: usize,
    /// Whether a question met the end of the input.
    ended: bool,
}

/// A question that has no answer yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is printed before the answer.
    pub prompt: String,
    /// Whether the answer is shown as it is typed.
    pub echo: bool,
}

impl Answers {
    /// The answer to the next question. The end of the input ends the program.
    ///
    /// # Errors
    /// The question itself, while nobody has answered it: the program hands it up with `?`.
    pub fn ask(&mut self, prompt: impl Into<String>, echo: bool) -> Result<String, Question> {
        let prompt = prompt.into();
        self.line(&prompt, echo)?.ok_or_else(|| {
            self.ended = true;
            Question { prompt, echo }
        })
    }

    /// The next line of the input; `None` at its end.
    ///
    /// # Errors
    /// As [`Answers::ask`].
    pub fn line(&mut self, prompt: &str, echo: bool) -> Result<Option<String>, Question> {
        let answer = self.given.get(self.used).cloned();
        self.used += 1;
        answer.ok_or_else(|| Question {
            prompt: prompt.to_owned(),
            echo,
        })
    }
}

/// A program that asks before it acts. It is a plain function that is run anew, from its start, with
/// one more answer each time, until no question is open. So it must change nothing and draw no random
/// bytes before its last question; what it prints before a question is printed once.
#[derive(Clone)]
pub struct Asking {
    argv: Vec<String>,
    run: AskingFn,
    answers: Answers,
    printed: (usize, usize),
    stdin: Option<Vec<u8>>,
}

/// The function of an [`Asking`] program: gives the exit status, or hands up the open question.
pub type AskingFn = fn(&[String], &mut Io<'_>, &mut Answers) -> Result<i32, Question>;

impl Asking {
    /// The program `run` with its arguments.
    #[must_use]
    pub fn new(argv: Vec<String>, run: AskingFn) -> Self {
        Self {
            argv,
            run,
            answers: Answers::default(),
            printed: (0, 0),
            stdin: None,
        }
    }
}

impl Process for Asking {
    fn resume(&mut self, io: &mut Io<'_>, input: Input) -> Step {
        match input {
            Input::Start => self.stdin = io.stdin.take(),
            Input::Line(line) => self.answers.given.push(Some(line)),
            Input::End => self.answers.given.push(None),
            Input::Interrupt => return Step::Exit(130),
        }
        self.answers.used = 0;
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let ended = {
            let mut inner = Io {
                stdin: self.stdin.clone(),
                tty: io.tty,
                deadline: io.deadline,
                ..Io::new(io.host, io.login, &mut stdout, &mut stderr, io.sys)
            };
            let ended = (self.run)(&self.argv, &mut inner, &mut self.answers);
            let (stdin, expired) = (inner.stdin.take(), inner.expired);
            io.stdin = stdin;
            io.expired |= expired;
            ended
        };
        io.stdout
            .extend_from_slice(stdout.get(self.printed.0..).unwrap_or_default());
        io.stderr
            .extend_from_slice(stderr.get(self.printed.1..).unwrap_or_default());
        self.printed = (stdout.len(), stderr.len());
        match ended {
            Ok(status) => Step::Exit(status),
            Err(_) if self.answers.ended => Step::Exit(1),
            Err(question) => Step::Read {
                prompt: question.prompt,
                echo: question.echo,
            },
        }
    }

    fn boxed_clone(&self) -> Box<dyn Process> {
        Box::new(self.clone())
    }
}
