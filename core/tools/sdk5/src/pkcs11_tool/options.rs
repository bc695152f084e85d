//! The options of `pkcs11-tool`, parsed like `getopt_long`: words in any order, unique prefixes of
//! long names, `--name=value`. The sentences of the help are the lab's own.

/// An option: its letter if it has one, its name, true if it takes a value, and its help.
struct Opt(Option<char>, &'static str, bool, &'static str);

const OPTIONS: &[Opt] = &[
    Opt(None, "module", true, "The PKCS#11 library to load"),
    Opt(
        Some('I'),
        "show-info",
        false,
        "Show what the library says of itself",
    ),
    Opt(Some('L'), "list-slots", false, "List the slots"),
    Opt(
        Some('T'),
        "list-token-slots",
        false,
        "List the slots that hold a token",
    ),
    Opt(
        Some('M'),
        "list-mechanisms",
        false,
        "List the mechanisms of the token",
    ),
    Opt(
        Some('O'),
        "list-objects",
        false,
        "List the objects of the token",
    ),
    Opt(Some('s'), "sign", false, "Sign data"),
    Opt(None, "verify", false, "Verify a signature"),
    Opt(None, "decrypt", false, "Decrypt data"),
    Opt(None, "encrypt", false, "Encrypt data"),
    Opt(None, "unwrap", false, "Unwrap a key"),
    Opt(None, "wrap", false, "Wrap a key"),
    Opt(Some('h'), "hash", false, "Hash data"),
    Opt(None, "derive", false, "Derive a secret key"),
    Opt(
        Some('m'),
        "mechanism",
        true,
        "The mechanism, by name (see -M) or by number, as 0x80001087",
    ),
    Opt(
        None,
        "hash-algorithm",
        true,
        "The hash of RSA-PKCS-PSS and RSA-PKCS-OAEP",
    ),
    Opt(
        None,
        "mgf",
        true,
        "The mask generation function, MGF1-SHA1 to MGF1-SHA512",
    ),
    Opt(
        None,
        "salt-len",
        true,
        "The length of the salt of RSA-PSS, in bytes",
    ),
    Opt(
        None,
        "session-rw",
        false,
        "Open a session for reading and writing",
    ),
    Opt(Some('l'), "login", false, "Log in to the token"),
    Opt(
        None,
        "login-type",
        true,
        "Log in as 'so', 'user' or 'context-specific'",
    ),
    Opt(Some('p'), "pin", true, "The PIN of the user"),
    Opt(Some('k'), "keypairgen", false, "Generate a key pair"),
    Opt(None, "keygen", false, "Generate a secret key"),
    Opt(
        None,
        "key-type",
        true,
        "Type and size: AES:32 (bytes), GENERIC:64 (bytes), rsa:2048 (bits), EC:prime256v1",
    ),
    Opt(None, "usage-sign", false, "The key may sign and verify"),
    Opt(
        None,
        "usage-decrypt",
        false,
        "The key may encrypt and decrypt",
    ),
    Opt(
        None,
        "usage-derive",
        false,
        "Other keys may be derived from the key",
    ),
    Opt(
        None,
        "usage-wrap",
        false,
        "The key may wrap and unwrap other keys",
    ),
    Opt(
        Some('w'),
        "write-object",
        true,
        "Write an object from a file",
    ),
    Opt(
        Some('r'),
        "read-object",
        false,
        "Read an object (with --type)",
    ),
    Opt(
        Some('b'),
        "delete-object",
        false,
        "Delete an object (with --type)",
    ),
    Opt(
        None,
        "application-label",
        true,
        "The label of an unwrapped key",
    ),
    Opt(
        None,
        "application-id",
        true,
        "The id of a key that is wrapped or unwrapped",
    ),
    Opt(
        Some('y'),
        "type",
        true,
        "The type of the object: privkey, pubkey, secrkey, cert, data",
    ),
    Opt(
        Some('d'),
        "id",
        true,
        "The id of the object, in hexadecimal digits",
    ),
    Opt(Some('a'), "label", true, "The label of the object"),
    Opt(None, "slot", true, "The number of the slot"),
    Opt(None, "slot-index", true, "Which of the slots, from 0"),
    Opt(None, "token-label", true, "The label of the token"),
    Opt(Some('e'), "set-id", true, "Give an object this id"),
    Opt(Some('i'), "input-file", true, "Where to read data from"),
    Opt(
        None,
        "signature-file",
        true,
        "Where the signature to verify is",
    ),
    Opt(
        Some('o'),
        "output-file",
        true,
        "Where to write the result to",
    ),
    Opt(
        Some('f'),
        "signature-format",
        true,
        "The form of ECDSA signatures: rs, sequence or openssl",
    ),
    Opt(Some('v'), "verbose", false, "Say more"),
    Opt(None, "private", false, "Set CKA_PRIVATE"),
    Opt(None, "sensitive", false, "Set CKA_SENSITIVE"),
    Opt(None, "extractable", false, "Set CKA_EXTRACTABLE"),
    Opt(None, "generate-random", true, "Print so many random bytes"),
    Opt(
        None,
        "allow-sw",
        false,
        "Choose mechanisms without CKF_HW too",
    ),
    Opt(
        None,
        "iv",
        true,
        "The initialization vector, in hexadecimal digits",
    ),
    Opt(
        None,
        "aad",
        true,
        "Additional data of AES-GCM, in hexadecimal digits",
    ),
    Opt(
        None,
        "tag-bits-len",
        true,
        "The length of AES-GCM's tag, in bits",
    ),
];

/// The parsed command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    given: Vec<(&'static str, String)>,
    /// Words that are not options.
    pub(super) rest: Vec<String>,
}

impl Options {
    /// True if an option was given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| *given == name)
    }

    /// The value of an option; the last one wins.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.given
            .iter()
            .rev()
            .find(|(given, _)| *given == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Parses the words after the program's name.
///
/// # Errors
/// The message of `getopt_long`; the usage follows it.
pub(super) fn parse(words: &[String]) -> Result<Options, String> {
    let mut options = Options::default();
    let mut words = words.iter();
    let take = |options: &mut Options, name, value| options.given.push((name, value));
    while let Some(word) = words.next() {
        if word == "--" {
            options.rest.extend(words.by_ref().cloned());
        } else if let Some(long) = word.strip_prefix("--") {
            let (typed, joined) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            let Opt(_, name, takes, _) = find(typed)?;
            let value = match (*takes, joined) {
                (false, Some(_)) => {
                    return Err(format!("option '--{name}' doesn't allow an argument"));
                }
                (false, None) => String::new(),
                (true, Some(value)) => value,
                (true, None) => words
                    .next()
                    .cloned()
                    .ok_or_else(|| format!("option '--{name}' requires an argument"))?,
            };
            take(&mut options, *name, value);
        } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            for (at, letter) in letters.char_indices() {
                let Some(Opt(_, name, takes, _)) = OPTIONS.iter().find(|opt| opt.0 == Some(letter))
                else {
                    return Err(format!("invalid option -- '{letter}'"));
                };
                if !takes {
                    take(&mut options, *name, String::new());
                    continue;
                }
                let tail = letters.get(at + letter.len_utf8()..).unwrap_or_default();
                let value = if tail.is_empty() {
                    words
                        .next()
                        .cloned()
                        .ok_or_else(|| format!("option requires an argument -- '{letter}'"))?
                } else {
                    tail.to_owned()
                };
                take(&mut options, *name, value);
                break;
            }
        } else {
            options.rest.push(word.clone());
        }
    }
    Ok(options)
}

/// The option with this name or with this unique prefix.
fn find(typed: &str) -> Result<&'static Opt, String> {
    if let Some(opt) = OPTIONS.iter().find(|opt| opt.1 == typed) {
        return Ok(opt);
    }
    let mut fitting = OPTIONS.iter().filter(|opt| opt.1.starts_with(typed));
    match (fitting.next(), fitting.next()) {
        (Some(opt), None) => Ok(opt),
        (Some(_), Some(_)) => {
            let all: Vec<String> = OPTIONS
                .iter()
                .filter(|opt| opt.1.starts_with(typed))
                .map(|opt| format!("'--{}'", opt.1))
                .collect();
            Err(format!(
                "option '--{typed}' is ambiguous; possibilities: {}",
                all.join(" ")
            ))
        }
        _ => Err(format!("unrecognized option '--{typed}'")),
    }
}

/// The usage.
pub(super) fn usage() -> String {
    let mut out = String::from("Usage: pkcs11-tool [OPTIONS]\nOptions:\n");
    for Opt(letter, name, takes, help) in OPTIONS {
        let value = if *takes { " <arg>" } else { "" };
        let mut shown = match letter {
            Some(letter) => format!("-{letter}, --{name}{value}"),
            None => format!("    --{name}{value}"),
        };
        if shown.len() > 28 {
            out += &format!("  {shown}\n");
            shown.clear();
        }
        out += &format!("  {shown:<28}  {help}\n");
    }
    out
}

/// The long names that begin with `last`, for completion.
pub(super) fn complete(last: &str) -> Vec<String> {
    let names = OPTIONS.iter().map(|opt| format!("--{}", opt.1));
    let mut names: Vec<String> = names
        .filter(|name| !last.is_empty() && name.starts_with(last))
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&words)
    }

    #[test]
    fn options_in_all_their_forms() {
        let options = read("-lO --pin a:b --lab=web -mSHA256 -o out extra").unwrap();
        for name in ["login", "list-objects"] {
            assert!(options.has(name), "{name}");
        }
        let values = ["pin", "label", "mechanism", "output-file"].map(|name| options.value(name));
        assert_eq!(
            values,
            [Some("a:b"), Some("web"), Some("SHA256"), Some("out")]
        );
        assert_eq!(options.rest, ["extra"]);
    }

    #[test]
    fn bad_options() {
        let cases = [
            ("--frobnicate", "unrecognized option '--frobnicate'"),
            ("--pin", "option '--pin' requires an argument"),
            ("--login=x", "option '--login' doesn't allow an argument"),
            ("-X", "invalid option -- 'X'"),
            ("-m", "option requires an argument -- 'm'"),
            (
                "--list",
                "option '--list' is ambiguous; possibilities: '--list-slots' '--list-token-slots' \
                 '--list-mechanisms' '--list-objects'",
            ),
        ];
        for (line, message) in cases {
            assert_eq!(read(line), Err(message.to_owned()), "{line}");
        }
    }
}
