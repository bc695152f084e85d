//! The context of a command: the host, the answers to its prompts, its random source.

use rand_core::SeedableRng as _;

use super::options::Command;
use super::texts;
use hsmlab_crypto::secret::Secret;
use hsmlab_shell::fs::FsError;
use hsmlab_shell::process::{Answers, Io, Question};
use hsmlab_sim::{Rng, SimTime};

/// The reason why a command stops early.
pub(super) enum Stop {
    /// The command waits for an answer.
    Ask(Question),
    /// The command has failed and has printed the reason.
    Exit(i32),
}

impl From<Question> for Stop {
    fn from(question: Question) -> Self {
        Self::Ask(question)
    }
}

/// The result of a command or of one of its steps.
pub(super) type Done<T = ()> = Result<T, Stop>;

/// The shortest pass phrase that OpenSSL accepts for a new key.
const PASS_PHRASE_MIN: usize = 4;
/// The longest pass phrase.
const PASS_PHRASE_MAX: usize = 1024;

/// The context of a running command.
pub(super) struct Context<'a, 'io> {
    /// The command.
    pub command: &'static Command,
    /// The host and the streams.
    pub io: &'a mut Io<'io>,
    answers: &'a mut Answers,
    rng: Option<Rng>,
    /// True if an engine is in use.
    pub engine: bool,
}

impl<'a, 'io> Context<'a, 'io> {
    /// Creates a context.
    pub(super) fn new(
        command: &'static Command,
        io: &'a mut Io<'io>,
        answers: &'a mut Answers,
    ) -> Self {
        Self {
            command,
            io,
            answers,
            rng: None,
            engine: false,
        }
    }

    /// Prints on standard output.
    pub(super) fn out(&mut self, text: &str) {
        self.io.out(text);
    }

    /// Prints on standard error.
    pub(super) fn err(&mut self, text: &str) {
        self.io.err(text);
    }

    /// Prints the message and exits with status 1.
    pub(super) fn fail<T>(&mut self, message: &str) -> Done<T> {
        self.io.err(message);
        Err(Stop::Exit(1))
    }

    /// Returns the simulated time.
    pub(super) fn now(&self) -> SimTime {
        self.io.sys.now()
    }

    /// Returns the random source, seeded from the host's. No prompt may follow its first use.
    pub(super) fn rng(&mut self) -> &mut Rng {
        let io = &mut *self.io;
        self.rng.get_or_insert_with(|| {
            let mut seed = [0; 32];
            io.sys.fill_random(&io.host.id, &mut seed);
            Rng::from_seed(seed)
        })
    }

    /// Prompts for an answer.
    pub(super) fn ask(&mut self, prompt: &str, echo: bool) -> Done<String> {
        Ok(self.answers.ask(prompt, echo)?)
    }

    /// Resolves the pass phrase source of `-passin` or `-passout`.
    pub(super) fn pass_argument(&mut self, argument: &str) -> Done<Secret> {
        let first_line = |bytes: &[u8]| {
            let line = bytes
                .split(|&byte| byte == b'\n')
                .next()
                .unwrap_or_default();
            Secret::from(line.strip_suffix(b"\r").unwrap_or(line))
        };
        let found = match argument.split_once(':') {
            _ if argument == "stdin" => match &self.io.stdin {
                Some(bytes) => Ok(first_line(bytes)),
                None => return Ok(Secret::from(self.ask("", true)?.into_bytes())),
            },
            Some(("pass", text)) => Ok(Secret::from(text.as_bytes())),
            Some(("env", name)) => match self.io.login.variable(name) {
                Some(value) if self.io.login.exported.contains(name) => {
                    Ok(Secret::from(value.as_bytes()))
                }
                _ => Err(format!("Can't read environment variable {name}\n")),
            },
            Some(("file", path)) => match self.io.read_file(path) {
                Ok(bytes) => Ok(first_line(&bytes)),
                Err(_) => Err(format!("Can't open file {path}\n")),
            },
            Some((kind, _)) if kind.len() < 5 => Err(format!(
                "Invalid password argument, starting with \"{kind}:\"\n"
            )),
            _ => Err("Invalid password argument, missing ':' within the first 5 chars\n".into()),
        };
        match found {
            Ok(secret) => Ok(secret),
            Err(message) => self.fail(&format!("{message}{}", texts::PASSWORD)),
        }
    }

    /// Returns the pass phrase for a key that will be written: from `-passout`, or prompted for twice.
    pub(super) fn new_pass_phrase(&mut self, argument: Option<&str>, prompt: &str) -> Done<Secret> {
        if let Some(argument) = argument {
            return self.pass_argument(argument);
        }
        let first = self.ask(prompt, false)?;
        if !(PASS_PHRASE_MIN..=PASS_PHRASE_MAX).contains(&first.len()) {
            return self.fail(&texts::pass_phrase_too_short());
        }
        let second = self.ask(&format!("Verifying - {prompt}"), false)?;
        if first != second {
            return self.fail(&texts::pass_phrases_differ());
        }
        Ok(Secret::from(first.into_bytes()))
    }

    /// Reports that a file cannot be written, and exits.
    fn cannot_write<T>(&mut self, path: &str, error: FsError) -> Done<T> {
        let message = if self.command.name == "genrsa" {
            texts::cannot_write_private(self.command.name, path, error)
        } else {
            texts::cannot_write(path, error)
        };
        self.fail(&message)
    }

    /// Checks that the output file is writable before any prompt or random byte: OpenSSL opens it first.
    /// The file itself changes only with [`Context::write`].
    pub(super) fn check_writable(&mut self, path: Option<&str>) -> Done {
        let Some(path) = path else { return Ok(()) };
        let full = self.io.path(path);
        // The check uses a copy of the file system, so that nothing changes if a prompt follows.
        let mut copy = self.io.host.fs.clone();
        let now = self.now();
        match copy.write(&full, &b""[..], &self.io.login.user, now) {
            Ok(()) => Ok(()),
            Err(error) => self.cannot_write(path, error),
        }
    }

    /// Writes to the file of `-out`, or prints.
    pub(super) fn write(&mut self, path: Option<&str>, bytes: &[u8]) -> Done {
        let Some(path) = path else {
            self.io.stdout.extend_from_slice(bytes);
            return Ok(());
        };
        match self.io.write_file(path, bytes) {
            Ok(()) => Ok(()),
            Err(error) => self.cannot_write(path, error),
        }
    }

    /// Writes like [`Context::write`]; only the owner can read a new file.
    pub(super) fn write_private(&mut self, path: Option<&str>, bytes: &[u8]) -> Done {
        let full = path.map(|path| self.io.path(path));
        let is_new = full
            .as_deref()
            .is_some_and(|full| !self.io.host.fs.exists(full));
        self.write(path, bytes)?;
        if let (Some(full), true) = (full, is_new) {
            let user = self.io.login.user.clone();
            let _ = self.io.host.fs.set_mode(&full, 0o600, &user);
        }
        Ok(())
    }

    /// Reads a PEM block from standard input: all piped input, or the typed lines up to the block's end or
    /// Ctrl-D.
    pub(super) fn stdin(&mut self) -> Done<Vec<u8>> {
        self.read_input(|line| line.starts_with("-----END "))
    }

    /// Reads standard input to its end.
    pub(super) fn all_stdin(&mut self) -> Done<Vec<u8>> {
        self.read_input(|_| false)
    }

    fn read_input(&mut self, is_last: impl Fn(&str) -> bool) -> Done<Vec<u8>> {
        if let Some(bytes) = self.io.stdin.take() {
            return Ok(bytes);
        }
        let mut text = String::new();
        while let Some(line) = self.answers.line("", true)? {
            text.push_str(&line);
            text.push('\n');
            if is_last(&line) {
                break;
            }
        }
        Ok(text.into_bytes())
    }
}
