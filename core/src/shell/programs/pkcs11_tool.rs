//! `pkcs11-tool`, OpenSC's tool for PKCS#11 libraries, with the library of `CloudHSM`. Options, output
//! and messages are those of OpenSC 0.27.

mod crypt;
mod keys;
mod names;
mod options;
mod show;

use zeroize::Zeroizing;

use self::options::Options;
use super::component::{Library, NoLibrary};
use crate::client::Link;
use crate::client::cluster::ClusterKey;
use crate::client::cryptoki::mechanism::Ckm;
use crate::client::cryptoki::rv::Rv;
use crate::client::cryptoki::{SLOT_ID, TOKEN_LABEL, Token};
use crate::proto::Secret;
use crate::proto::key::{Class, Term};
use crate::shell::host::Host;
use crate::shell::process::{Input, Io, Process, Step};

/// The release of OpenSC that the lab has.
pub const VERSION: &str = "0.27.1";

/// The library of `CloudHSM` on Linux.
const MODULE: &str = "/opt/cloudhsm/lib/libcloudhsm_pkcs11.so";

/// Makes the process, its arguments with the program's name first.
#[must_use]
pub fn start(argv: &[String]) -> Box<dyn Process> {
    Box::new(Pkcs11Tool {
        argv: argv.to_vec(),
        run: None,
        waiting: None,
        typed: Zeroizing::new(Vec::new()),
    })
}

/// Whether the program is there: it comes with the package `opensc`.
#[must_use]
pub fn installed(host: &Host) -> bool {
    host.packages.contains("opensc")
}

/// Candidates for the last word.
#[must_use]
pub fn complete(last: &str) -> Vec<String> {
    options::complete(last)
}

/// Why the program stops, or stops for now.
enum Stop {
    /// `error: …` and `Aborting.`; status 1.
    Fatal(String),
    /// It has said why.
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

/// What a PKCS#11 function's failure is called.
fn failed(function: &str, rv: Rv) -> Stop {
    Stop::Fatal(format!("PKCS11 function {function} failed: rv = {rv}"))
}

#[derive(Clone)]
struct Pkcs11Tool {
    argv: Vec<String>,
    run: Option<Run>,
    /// What the next line is: `Some(true)` a PIN, `Some(false)` data.
    waiting: Option<bool>,
    /// Lines of data that were typed.
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

/// Prints the usage, and ends with status 2.
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

/// What the program can do on a token with a session, in the order in which it does them.
const ACTIONS: [&str; 15] = [
    "unwrap",
    "wrap",
    "derive",
    "list-objects",
    "sign",
    "verify",
    "decrypt",
    "encrypt",
    "hash",
    "keypairgen",
    "keygen",
    "write-object",
    "read-object",
    "delete-object",
    "set-id",
];
/// The actions for which it logs in unasked.
const LOGS_IN: [&str; 5] = ["sign", "decrypt", "encrypt", "unwrap", "wrap"];
/// The actions that read standard input where no file is named.
const READS: [&str; 6] = ["sign", "verify", "decrypt", "encrypt", "hash", "unwrap"];

impl Run {
    /// Reads the values of the options.
    fn new(io: &mut Io<'_>, options: Options) -> Done<Self> {
        let mechanism = match options.value("mechanism") {
            Some(name) => match names::mechanism_named(name) {
                Some(number) => Some(number),
                None => return fatal(format!("Unknown PKCS11 mechanism \"{name}\"")),
            },
            None => None,
        };
        let class = match options.value("type") {
            None | Some("cert" | "data") => None,
            Some("privkey") => Some(Class::PrivateKey),
            Some("pubkey") => Some(Class::PublicKey),
            Some("secrkey") => Some(Class::SecretKey),
            Some(other) => {
                io.err(format!("Unsupported object type \"{other}\"\n"));
                return Err(usage(io));
            }
        };
        let mut ids = Vec::new();
        for name in ["id", "set-id"] {
            let typed = options.value(name).unwrap_or_default();
            match hex_bytes(typed) {
                Some(id) => ids.push(id),
                None => {
                    io.err(format!("Invalid ID \"{typed}\"\n"));
                    return Err(usage(io));
                }
            }
        }
        if !options.rest.is_empty() {
            return fatal("invalid option(s) given");
        }
        let shows = [
            "show-info",
            "list-slots",
            "list-token-slots",
            "list-mechanisms",
        ];
        let acts = shows.iter().chain(&ACTIONS).chain(&["generate-random"]);
        if !acts.into_iter().any(|name| options.has(name)) {
            return Err(usage(io));
        }
        Ok(Self {
            options,
            library: None,
            mechanism,
            id: ids.into_iter().next().unwrap_or_default(),
            class,
        })
    }

    /// Loads the library, shows what was asked of it, and chooses the slot.
    fn open(&mut self, io: &mut Io<'_>) -> Done {
        let Some(module) = self.options.value("module") else {
            // OpenSC's own library: nobody has put a smart card into this host.
            if self.options.has("list-slots") || self.options.has("list-token-slots") {
                io.out("Available slots:\n");
            }
            io.err("No slots.\n");
            return Err(Stop::Exit(1));
        };
        let path = io.path(module);
        if path != MODULE || !io.host.fs.exists(MODULE) {
            let why = if io.host.fs.exists(&path) {
                "invalid ELF header"
            } else {
                "cannot open shared object file: No such file or directory"
            };
            io.err(format!("sc_dlopen failed: {module}: {why}\n"));
            return fatal("Failed to load pkcs11 module");
        }
        match Library::open(io, "pkcs11") {
            Ok(library) => self.library = Some(library),
            // Seen with SDK 3: a library that cannot use its configuration lets itself be initialized,
            // and every other function says that it is not. Guess: SDK 5 does the same.
            Err(NoLibrary::Config(_) | NoLibrary::Connection(_)) => {
                return Err(failed("C_GetSlotList(NULL)", Rv::CRYPTOKI_NOT_INITIALIZED));
            }
        }
        if self.options.has("show-info") {
            io.out(show::info());
        }
        let lists = self.options.has("list-slots") || self.options.has("list-token-slots");
        if lists {
            let verbose = self.options.has("verbose");
            let text = self.token().map(|token| show::slots(token.info(), verbose));
            io.out(text.unwrap_or_default());
        }
        self.choose_slot(io)?;
        if self.options.has("list-mechanisms") {
            io.out(show::mechanisms());
        }
        Ok(())
    }

    fn choose_slot(&self, io: &mut Io<'_>) -> Done {
        let needs = self.needs_session()
            || self.options.has("show-info")
            || self.options.has("list-mechanisms");
        if !needs {
            return Ok(());
        }
        if let Some(typed) = self.options.value("slot") {
            let number = match typed.strip_prefix("0x") {
                Some(digits) => u64::from_str_radix(digits, 16).ok(),
                None => typed.parse().ok(),
            };
            if number == Some(SLOT_ID) {
                return Ok(());
            }
            let logs_in = LOGS_IN.iter().any(|name| self.options.has(name));
            let function = if logs_in {
                "C_GetTokenInfo"
            } else {
                "C_OpenSession"
            };
            return Err(failed(function, Rv::SLOT_ID_INVALID));
        }
        if let Some(label) = self.options.value("token-label") {
            if label == TOKEN_LABEL {
                return Ok(());
            }
            io.err(format!("No slot with token named \"{label}\" found\n"));
            return Err(Stop::Exit(1));
        }
        if let Some(index) = self.options.value("slot-index") {
            if index.parse() == Ok(0_u64) {
                io.err(format!("Using slot with index 0 (0x{SLOT_ID:x})\n"));
                return Ok(());
            }
            io.err(format!(
                "Slot with index {index} (counting from 0) is not available.\nYou must specify a valid \
                 slot with either --slot, --slot-description, --slot-index or --token-label.\n"
            ));
            return Err(Stop::Exit(1));
        }
        io.err(format!(
            "Using slot 0 with a present token (0x{SLOT_ID:x})\n"
        ));
        Ok(())
    }

    fn needs_session(&self) -> bool {
        let names = ACTIONS.iter().chain(&["generate-random", "login", "pin"]);
        names.into_iter().any(|name| self.options.has(name))
    }

    /// The PIN, where a login is wanted.
    fn pin_for_login(&self, io: &mut Io<'_>) -> Done<Option<Secret>> {
        let wanted = ["login", "pin"].iter().chain(&LOGS_IN);
        if !wanted.into_iter().any(|name| self.options.has(name)) {
            return Ok(None);
        }
        let Some(pin) = self.options.value("pin") else {
            io.out(format!("Logging in to \"{TOKEN_LABEL}\".\n"));
            if io.stdin.is_some() {
                return fatal("util_getpass error");
            }
            return Err(Stop::Pin);
        };
        let pin = match pin.strip_prefix("env:") {
            Some(name) => io
                .login
                .variable(name)
                .filter(|_| io.login.exported.contains(name))
                .unwrap_or_default()
                .to_owned(),
            None => pin.to_owned(),
        };
        Ok(Some(Secret::new(pin.into_bytes())))
    }

    fn log_in(&mut self, io: &mut Io<'_>, pin: &Secret) -> Done {
        if pin.expose().is_empty() {
            return Err(Stop::Exit(1));
        }
        match self.options.value("login-type") {
            None | Some("user") => {}
            // The library knows crypto users alone (User Guide, "pkcs11-apis": `C_Login`).
            Some(_) => return Err(failed("C_Login", Rv::USER_TYPE_INVALID)),
        }
        self.call(io, "C_Login", |token, link| token.login(pin, link))
    }

    /// Does what was asked for, in the program's own order.
    fn act(&mut self, io: &mut Io<'_>) -> Done {
        let reads = READS.iter().any(|name| self.options.has(name));
        if reads && !self.options.has("input-file") && io.stdin.is_none() {
            return Err(Stop::Data);
        }
        for action in ACTIONS {
            if !self.options.has(action) {
                continue;
            }
            match action {
                "unwrap" => self.unwrap_key(io)?,
                "wrap" => self.wrap_key(io)?,
                "derive" => self.derive_key(io)?,
                "list-objects" => self.list_objects(io)?,
                "sign" => self.sign(io)?,
                "verify" => self.verify(io)?,
                "decrypt" => self.decrypt(io)?,
                "encrypt" => self.encrypt(io)?,
                "hash" => self.hash(io)?,
                "keypairgen" => self.generate_pair(io)?,
                "keygen" => self.generate_key(io)?,
                "write-object" => self.write_object(io)?,
                "read-object" => self.read_object(io)?,
                "delete-object" => self.delete_object(io)?,
                _ => self.set_id(io)?,
            }
        }
        if self.options.has("generate-random") {
            self.random(io)?;
        }
        Ok(())
    }

    fn token(&self) -> Option<&Token> {
        self.library.as_ref().map(Library::token)
    }

    /// Calls a function of the library; gives what it returned.
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

    /// All objects of a class with the id and the label that were given.
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

    /// The first object of one of the classes with the id and the label that were given.
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
