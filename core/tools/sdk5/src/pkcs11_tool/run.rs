//! One call of `pkcs11-tool`: its options' values, the library, the slot, the login, and the
//! actions in their order.

use super::options::Options;
use super::{Done, Run, Stop, failed, fatal, hex_bytes, names, show, usage};
use hsmlab_client::cryptoki::rv::Rv;
use hsmlab_client::cryptoki::{SLOT_ID, TOKEN_LABEL};
use hsmlab_proto::Secret;
use hsmlab_proto::key::Class;
use hsmlab_shell::process::Io;
use hsmlab_tool_software::component::{Library, NoLibrary};

/// The library of `CloudHSM` on Linux.
const MODULE: &str = "/opt/cloudhsm/lib/libcloudhsm_pkcs11.so";

/// The actions that need a token and a session, in the order in which the program runs them.
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
/// The actions for which the program logs in without `--login`.
const LOGS_IN: [&str; 5] = ["sign", "decrypt", "encrypt", "unwrap", "wrap"];
/// The actions that read standard input if no file is named.
const READS: [&str; 6] = ["sign", "verify", "decrypt", "encrypt", "hash", "unwrap"];

impl Run {
    /// Reads the values of the options.
    pub(super) fn new(io: &mut Io<'_>, options: Options) -> Done<Self> {
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

    /// Loads the library, shows the requested information, and chooses the slot.
    pub(super) fn open(&mut self, io: &mut Io<'_>) -> Done {
        let Some(module) = self.options.value("module") else {
            // OpenSC's own library: this host has no smart card.
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
            // Observed with SDK 3: a library with an unusable configuration can be initialized, but
            // every other function reports that it is not initialized. Guess: SDK 5 does the same.
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

    /// The PIN, if a login is needed.
    pub(super) fn pin_for_login(&self, io: &mut Io<'_>) -> Done<Option<Secret>> {
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

    pub(super) fn log_in(&mut self, io: &mut Io<'_>, pin: &Secret) -> Done {
        if pin.expose().is_empty() {
            return Err(Stop::Exit(1));
        }
        match self.options.value("login-type") {
            None | Some("user") => {}
            // The library supports only crypto users (User Guide, "pkcs11-apis": `C_Login`).
            Some(_) => return Err(failed("C_Login", Rv::USER_TYPE_INVALID)),
        }
        self.call(io, "C_Login", |token, link| token.login(pin, link))
    }

    /// Runs the requested actions, in the program's own order.
    pub(super) fn act(&mut self, io: &mut Io<'_>) -> Done {
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
}
