//! `pkcs11-tool`, OpenSC's tool for PKCS#11 libraries, with the library of `CloudHSM`. Options, output
//! and messages are those of OpenSC 0.27.

mod crypt;
mod keys;
mod names;
mod objects;
mod options;
mod run;
mod show;
mod wrap;

use zeroize::Zeroizing;

use self::options::Options;
use hsmlab_client::Link;
use hsmlab_client::cluster::ClusterKey;
use hsmlab_client::cryptoki::Token;
use hsmlab_client::cryptoki::mechanism::Ckm;
use hsmlab_client::cryptoki::rv::Rv;
use hsmlab_proto::Secret;
use hsmlab_proto::key::{Class, Term};
use hsmlab_shell::process::{Input, Io, Process, Step};
use hsmlab_tool_software::component::Library;

/// Creates the process, its arguments with the program's name first.
#[must_use]
pub fn start(argv: &[String]) -> Box<dyn Process> {
    Box::new(Pkcs11Tool {
        argv: argv.to_vec(),
        run: None,
        waiting: None,
        typed: Zeroizing::new(Vec::new()),
    })
}

/// Candidates for the last word.
#[must_use]
pub fn complete(last: &str) -> Vec<String> {
    options::complete(last)
}

/// The reason that the program stops or pauses.
enum Stop {
    /// `error: …` and `Aborting.`; status 1.
    Fatal(String),
    /// The reason has been printed.
    Exit(i32),
    /// It waits for the PIN.
    Pin,
    /// It waits for data on standard input.
    Data,
}

type Done<T = ()> = Result<T, Stop>;

fn fatal<T>(message: impl Into<String>) -> Done<T> {
    Err(Stop::Fatal(message.into()))
}

/// The message for a failed PKCS#11 function.
fn failed(function: &str, rv: Rv) -> Stop {
    Stop::Fatal(format!("PKCS11 function {function} failed: rv = {rv}"))
}

#[derive(Clone)]
struct Pkcs11Tool {
    argv: Vec<String>,
    run: Option<Run>,
    /// The meaning of the next line: `Some(true)` a PIN, `Some(false)` data.
    waiting: Option<bool>,
    /// The typed lines of data.
    typed: Zeroizing<Vec<u8>>,
}

impl Process for Pkcs11Tool {
    fn resume(&mut self, io: &mut Io<'_>, input: Input) -> Step {
        let done = match (input, self.waiting) {
            (Input::Start, _) => self.begin(io),
            (Input::Line(line), Some(true)) => {
                let pin = Secret::new(line.into_bytes());
                self.with_run(|run| {
                    run.log_in(io, &pin)?;
                    run.act(io)
                })
            }
            (Input::Line(line), Some(false)) => {
                self.typed.extend_from_slice(line.as_bytes());
                self.typed.push(b'\n');
                return Step::Read {
                    prompt: String::new(),
                    echo: true,
                };
            }
            (Input::End, Some(false)) => {
                io.stdin = Some(self.typed.to_vec());
                self.with_run(|run| run.act(io))
            }
            (Input::End | Input::Line(_), _) => Err(Stop::Exit(1)),
            (Input::Interrupt, _) => Err(Stop::Exit(130)),
        };
        self.finish(io, done)
    }

    fn boxed_clone(&self) -> Box<dyn Process> {
        Box::new(self.clone())
    }
}

impl Pkcs11Tool {
    fn with_run(&mut self, act: impl FnOnce(&mut Run) -> Done) -> Done {
        self.run.as_mut().map_or(Err(Stop::Exit(1)), act)
    }

    fn begin(&mut self, io: &mut Io<'_>) -> Done {
        let options = match options::parse(self.argv.get(1..).unwrap_or_default()) {
            Ok(options) => options,
            Err(message) => {
                io.err(format!("pkcs11-tool: {message}\n"));
                return Err(usage(io));
            }
        };
        let run = Run::new(io, options)?;
        let run = self.run.insert(run);
        run.open(io)?;
        if let Some(pin) = run.pin_for_login(io)? {
            run.log_in(io, &pin)?;
        }
        run.act(io)
    }

    fn finish(&mut self, io: &mut Io<'_>, done: Done) -> Step {
        let status = match done {
            Ok(()) => 0,
            Err(Stop::Fatal(message)) => {
                io.err(format!("error: {message}\nAborting.\n"));
                1
            }
            Err(Stop::Exit(status)) => status,
            Err(Stop::Pin) => {
                self.waiting = Some(true);
                return Step::Read {
                    prompt: "Please enter User PIN: ".to_owned(),
                    echo: false,
                };
            }
            Err(Stop::Data) => {
                self.waiting = Some(false);
                return Step::Read {
                    prompt: String::new(),
                    echo: true,
                };
            }
        };
        if let Some(library) = self.run.as_mut().and_then(|run| run.library.as_mut()) {
            library.close(io);
        }
        Step::Exit(status)
    }
}

/// Prints the usage and ends with status 2.
fn usage(io: &mut Io<'_>) -> Stop {
    io.out(options::usage());
    Stop::Exit(2)
}

/// One call of the program.
#[derive(Clone)]
struct Run {
    options: Options,
    library: Option<Library>,
    mechanism: Option<Ckm>,
    id: Vec<u8>,
    class: Option<Class>,
}

impl Run {
    fn token(&self) -> Option<&Token> {
        self.library.as_ref().map(Library::token)
    }

    /// Calls a function of the library; returns its result.
    fn try_call<T>(
        &mut self,
        io: &mut Io<'_>,
        act: impl FnOnce(&mut Token, &mut dyn Link) -> Result<T, Rv>,
    ) -> Result<T, Rv> {
        match &mut self.library {
            Some(library) => library.with(io, act),
            None => Err(Rv::CRYPTOKI_NOT_INITIALIZED),
        }
    }

    /// Calls a function of the library that must succeed.
    fn call<T>(
        &mut self,
        io: &mut Io<'_>,
        function: &str,
        act: impl FnOnce(&mut Token, &mut dyn Link) -> Result<T, Rv>,
    ) -> Done<T> {
        self.try_call(io, act).map_err(|rv| failed(function, rv))
    }

    /// All objects of a class with the given id and label.
    fn find(
        &mut self,
        io: &mut Io<'_>,
        class: Option<Class>,
        id: &[u8],
        label: Option<&str>,
    ) -> Done<Vec<ClusterKey>> {
        let mut terms = Vec::new();
        if let Some(class) = class {
            terms.push(Term::Attribute("class".into(), class.text().into()));
        }
        if !id.is_empty() {
            terms.push(Term::Attribute(
                "id".into(),
                format!("0x{}", hex::encode(id)),
            ));
        }
        if let Some(label) = label {
            terms.push(Term::Attribute("label".into(), label.to_owned()));
        }
        self.call(io, "C_FindObjectsInit", |token, link| {
            token.find(&terms, link)
        })
    }

    /// The first object of one of the classes with the given id and label.
    fn key(&mut self, io: &mut Io<'_>, classes: &[Class], missing: &str) -> Done<ClusterKey> {
        let id = self.id.clone();
        let label = self.options.value("label").map(str::to_owned);
        for class in classes {
            let found = self.find(io, Some(*class), &id, label.as_deref())?;
            if let Some(key) = found.into_iter().next() {
                return Ok(key);
            }
        }
        fatal(missing)
    }

    /// Prints an object.
    fn show(&self, io: &mut Io<'_>, key: &ClusterKey) {
        if let Some(token) = self.token() {
            let (text, warnings) = show::object(key, token.info());
            io.err(warnings);
            io.out(text);
        }
    }

    /// The bytes of `--input-file`, or of standard input.
    fn input(&self, io: &mut Io<'_>) -> Done<Vec<u8>> {
        match self.options.value("input-file") {
            Some(path) => match io.read_file(path) {
                Ok(bytes) => Ok(bytes.to_vec()),
                Err(error) => fatal(format!("Cannot open {path}: {}", error.text())),
            },
            None => Ok(io.stdin.take().unwrap_or_default()),
        }
    }

    /// Writes to `--output-file`, or prints.
    fn output(&self, io: &mut Io<'_>, bytes: &[u8]) -> Done {
        let Some(path) = self.options.value("output-file") else {
            io.stdout.extend_from_slice(bytes);
            return Ok(());
        };
        match io.write_file(path, bytes) {
            Ok(()) => Ok(()),
            Err(error) => fatal(format!("failed to open {path}: {}", error.text())),
        }
    }
}

/// Hexadecimal digits, with or without colons between them.
fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    let padded = if digits.len() % 2 == 1 {
        format!("0{digits}")
    } else {
        digits
    };
    hex::decode(padded).ok()
}
