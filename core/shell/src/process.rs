//! Running programs: their input and output, and how they wait for a line that is not typed yet.

use super::Sys;
use super::host::{Host, Login};
use hsmlab_sim::{SimDuration, SimTime};

/// The environment of a running program.
pub struct Io<'a> {
    /// The host it runs on.
    pub host: &'a mut Host,
    /// The user, folder and variables. A program other than the shell must not change them.
    pub login: &'a mut Login,
    /// Its output so far.
    pub stdout: &'a mut Vec<u8>,
    /// Its error messages so far.
    pub stderr: &'a mut Vec<u8>,
    /// The piped or redirected input; `None` on a terminal, where lines arrive as [`Input::Line`].
    pub stdin: Option<Vec<u8>>,
    /// True if its output goes to a terminal.
    pub tty: bool,
    /// True if it has asked for input that is not typed yet.
    pub starved: bool,
    /// The instant at which `timeout` ends it.
    pub deadline: Option<SimTime>,
    /// True if it slept until the deadline and wanted to sleep longer.
    pub expired: bool,
    /// The world outside the host.
    pub sys: &'a mut dyn Sys,
}

impl<'a> Io<'a> {
    /// Streams without input, for a program whose output does not go to a terminal.
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
    /// All of standard input. A program that cannot wait for a line runs again once the input has
    /// been typed ([`Plain`]); until then this returns no bytes and sets `starved`.
    pub fn input(&mut self) -> Vec<u8> {
        self.stdin.take().unwrap_or_else(|| {
            self.starved = true;
            Vec::new()
        })
    }

    /// Lets simulated time pass, at most up to the deadline.
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

/// The reason that a program is resumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The first turn.
    Start,
    /// A line was typed or read, without its line end.
    Line(String),
    /// The end of the input: Ctrl-D, or the end of a pipe.
    End,
    /// Ctrl-C.
    Interrupt,
}

/// The request of a program after a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It has ended with this exit status.
    Exit(i32),
    /// It waits for a line.
    Read {
        /// The prompt before the cursor.
        prompt: String,
        /// True if the typed text is shown (false for passwords).
        echo: bool,
    },
    /// It continues as time passes ([`Process::tick`]), until it ends or Ctrl-C. Only a program
    /// whose output goes to a terminal may return this.
    Run,
}

/// A request of a shell to its terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// End the login with this status.
    End(i32),
    /// Clear the screen before the next output.
    Clear,
}

/// A program that is running.
pub trait Process {
    /// Runs until it ends or needs a line.
    fn resume(&mut self, io: &mut Io<'_>, input: Input) -> Step;

    /// Returns its request to the terminal after a turn, and clears the request. For shells.
    fn wish(&mut self) -> Option<Wish> {
        None
    }

    /// Time has passed: called for a program that returned [`Step::Run`].
    fn tick(&mut self, io: &mut Io<'_>) -> Step {
        let _ = io;
        Step::Exit(0)
    }

    /// The name of the program that it has started and that is still running. For shells.
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

/// A program that reads its arguments and its standard input, and ends. At a terminal it runs again
/// from its start, with the input typed so far. It must change nothing while input is missing
/// ([`Io::input`]).
#[derive(Clone)]
pub struct Plain {
    argv: Vec<String>,
    run: PlainFn,
    filters: bool,
    typed: Vec<u8>,
    printed: (usize, usize),
}

/// The function of a [`Plain`] program; returns the exit status.
pub type PlainFn = fn(&[String], &mut Io<'_>) -> i32;

/// The most bytes of typed input after which a filter still answers each line at once.
const ANSWERED_BYTES_MAX: usize = 16 * 1024;

impl Plain {
    /// The program `run` with its arguments, its name first. `filters`: its output for a line
    /// depends on no later line, so it answers each line as it is typed.
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

    /// Runs the program with the input so far; returns its status, or `None` if it needs more
    /// input.
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

/// The answers given so far to a program's questions.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// `None`: the end of the input.
    given: Vec<Option<String>>,
    used: usize,
    /// True if a question met the end of the input.
    ended: bool,
}

/// A question without an answer yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The prompt before the answer.
    pub prompt: String,
    /// True if the answer is shown as it is typed.
    pub echo: bool,
}

impl Answers {
    /// The answer to the next question. The end of the input ends the program.
    ///
    /// # Errors
    /// The question itself, while it has no answer: the program passes it up with `?`.
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
    /// The same as [`Answers::ask`].
    pub fn line(&mut self, prompt: &str, echo: bool) -> Result<Option<String>, Question> {
        let answer = self.given.get(self.used).cloned();
        self.used += 1;
        answer.ok_or_else(|| Question {
            prompt: prompt.to_owned(),
            echo,
        })
    }
}

/// A program that asks before it acts. It is a plain function that runs again from its start, with
/// one more answer each time, until no question is open. Therefore it must change nothing and draw
/// no random bytes before its last question. Output before a question is printed only once.
#[derive(Clone)]
pub struct Asking {
    argv: Vec<String>,
    run: AskingFn,
    answers: Answers,
    printed: (usize, usize),
    stdin: Option<Vec<u8>>,
}

/// The function of an [`Asking`] program: returns the exit status, or passes up the open question.
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
