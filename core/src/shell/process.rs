//! How a program runs: its input and output, and how it waits for a line that is yet to be typed.

use super::Sys;
use super::host::{Host, Login};

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
    /// The world outside the host.
    pub sys: &'a mut dyn Sys,
}

impl Io<'_> {
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

/// A program that never waits: it reads its arguments and its piped input, and ends.
#[derive(Clone)]
pub struct Plain {
    /// The arguments, the program's name first.
    pub argv: Vec<String>,
    /// What it does; gives the exit status.
    pub run: fn(&[String], &mut Io<'_>) -> i32,
}

impl Process for Plain {
    fn resume(&mut self, io: &mut Io<'_>, input: Input) -> Step {
        match input {
            Input::Start => Step::Exit((self.run)(&self.argv, io)),
            Input::Interrupt => Step::Exit(130),
            Input::Line(_) | Input::End => Step::Exit(0),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Process> {
        Box::new(self.clone())
    }
}

/// The answers to a program's questions, given so far.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    given: Vec<String>,
    used: usize,
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
    /// The answer to the next question.
    ///
    /// # Errors
    /// The question itself, while nobody has answered it: the program hands it up with `?`.
    pub fn ask(&mut self, prompt: impl Into<String>, echo: bool) -> Result<String, Question> {
        let answer = self.given.get(self.used).cloned();
        self.used += 1;
        answer.ok_or_else(|| Question {
            prompt: prompt.into(),
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
        }
    }
}

impl Process for Asking {
    fn resume(&mut self, io: &mut Io<'_>, input: Input) -> Step {
        match input {
            Input::Start => {}
            Input::Line(line) => self.answers.given.push(line),
            Input::End => return Step::Exit(1),
            Input::Interrupt => return Step::Exit(130),
        }
        self.answers.used = 0;
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let ended = {
            let mut inner = Io {
                host: &mut *io.host,
                login: &mut *io.login,
                stdout: &mut stdout,
                stderr: &mut stderr,
                stdin: io.stdin.clone(),
                tty: io.tty,
                sys: &mut *io.sys,
            };
            (self.run)(&self.argv, &mut inner, &mut self.answers)
        };
        io.stdout
            .extend_from_slice(stdout.get(self.printed.0..).unwrap_or_default());
        io.stderr
            .extend_from_slice(stderr.get(self.printed.1..).unwrap_or_default());
        self.printed = (stdout.len(), stderr.len());
        match ended {
            Ok(status) => Step::Exit(status),
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
