//! Cmdlets for the contents of files: reading, writing, hashes.

use sha2::Digest as _;

use super::{Cmdlet, Output, Parameter, files};
use crate::call::Call;
use crate::encoding::{self, Encoding};
use crate::failure::Failure;
use crate::render;
use crate::run::Shell;
use crate::value::{Column, Value, View};
use hsmlab_shell::fs::FsError;

const ENCODING: Parameter = Parameter::one("Encoding", &[]);
const NO_NEWLINE: Parameter = Parameter::switch("NoNewline", &[]);

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet {
        name: "Get-Content",
        parameters: &[
            Parameter::at("Path").must(),
            Parameter::one("LiteralPath", &[]),
            Parameter::one("TotalCount", &["First", "Head"]),
            Parameter::one("Tail", &["Last"]),
            Parameter::switch("Raw", &[]),
            ENCODING,
        ],
        run: get,
    },
    Cmdlet {
        name: "Set-Content",
        parameters: &[
            Parameter::at("Path").must(),
            Parameter::at("Value").must().piped(),
            Parameter::switch("Force", &[]),
            ENCODING,
            NO_NEWLINE,
        ],
        run: |shell, call| put(shell, call, false),
    },
    Cmdlet {
        name: "Add-Content",
        parameters: &[
            Parameter::at("Path").must(),
            Parameter::at("Value").must().piped(),
            Parameter::switch("Force", &[]),
            ENCODING,
            NO_NEWLINE,
        ],
        run: |shell, call| put(shell, call, true),
    },
    Cmdlet {
        name: "Out-File",
        parameters: &[
            Parameter::at("FilePath").must(),
            Parameter {
                positional: true,
                ..ENCODING
            },
            Parameter::switch("Append", &[]),
            Parameter::switch("Force", &[]),
            Parameter::one("InputObject", &[]),
            Parameter::one("Width", &[]),
            NO_NEWLINE,
        ],
        run: out_file,
    },
    Cmdlet {
        name: "Tee-Object",
        parameters: &[
            Parameter::at("FilePath").must(),
            Parameter::switch("Append", &[]),
        ],
        run: tee,
    },
    Cmdlet {
        name: "Get-FileHash",
        parameters: &[
            Parameter::at("Path").must(),
            Parameter::one("Algorithm", &[]),
        ],
        run: hash,
    },
];

fn encoding_of(call: &Call, usual: Encoding) -> Result<Encoding, Failure> {
    let Some(name) = call.text("Encoding") else {
        return Ok(usual);
    };
    Encoding::named(&name).ok_or_else(|| {
        call.failure(
            &format!("Cannot bind parameter 'Encoding'. Cannot convert value \"{name}\" to type \"Microsoft.PowerShell.Commands.FileSystemCmdletProviderEncoding\". The lab's PowerShell supports: Default, Ascii, UTF8, Unicode."),
            "InvalidArgument",
            ("", ""),
            "ParameterBindingException",
            "CannotConvertArgumentNoMessage",
        )
    })
}

fn get(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    encoding_of(call, Encoding::Ansi)?;
    let mut all = Vec::new();
    for text in call.texts("Path") {
        for path in files::expand(shell, &text) {
            let shown = shell.shown_path(&path);
            let bytes = match shell.io.host.fs.read(&path, &shell.io.login.user) {
                Ok(bytes) => bytes,
                Err(FsError::NotFound) => {
                    shell.report(&call.no_path(&shown));
                    continue;
                }
                Err(error) => {
                    let failure = files::refused(
                        call,
                        error,
                        &shown,
                        "GetContentReaderUnauthorizedAccessError",
                    );
                    shell.report(&failure);
                    continue;
                }
            };
            let text = encoding::decode(&bytes);
            if call.flag("Raw") {
                all.push(Value::Text(text));
            } else {
                all.extend(text.lines().map(Value::from));
            }
        }
    }
    let count = |name: &str| {
        call.number(name)
            .and_then(|count| usize::try_from(count).ok())
    };
    if let Some(count) = count("TotalCount") {
        all.truncate(count);
    }
    if let Some(count) = count("Tail") {
        all.drain(..all.len().saturating_sub(count));
    }
    Ok(all)
}

/// The values to write: those given, or those piped in.
fn given(call: &Call, name: &str) -> Vec<Value> {
    match call.value(name) {
        Some(value) => value.clone().items(),
        None => call.input.clone().unwrap_or_default(),
    }
}

fn end(call: &Call) -> &'static str {
    if call.flag("NoNewline") { "" } else { "\n" }
}

fn write(
    shell: &mut Shell<'_, '_>,
    call: &Call,
    name: &str,
    text: &str,
    how: (Encoding, bool),
    id: &str,
) -> Output {
    let (encoding, append) = how;
    shell
        .write_text(name, text, encoding, append)
        .map(|()| Vec::new())
        .map_err(|why| {
            let shown = shell.shown_path(&shell.io.path(name));
            call.failure(
                &why,
                "ObjectNotFound",
                (&shown, "String"),
                "DirectoryNotFoundException",
                id,
            )
        })
}

fn put(shell: &mut Shell<'_, '_>, call: &Call, append: bool) -> Output {
    let encoding = encoding_of(call, Encoding::Ansi)?;
    let text: String = given(call, "Value")
        .iter()
        .map(|value| format!("{}{}", value.text(), end(call)))
        .collect();
    for name in call.texts("Path") {
        write(
            shell,
            call,
            &name,
            &text,
            (encoding, append),
            "GetContentWriterDirectoryNotFoundError",
        )?;
    }
    Ok(Vec::new())
}

fn out_file(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let encoding = encoding_of(call, Encoding::Unicode)?;
    let mut text = render::render(&given(call, "InputObject"));
    if call.flag("NoNewline") {
        text = text.replace('\n', "");
    }
    let name = call.text("FilePath").unwrap_or_default();
    write(
        shell,
        call,
        &name,
        &text,
        (encoding, call.flag("Append")),
        "FileOpenFailure",
    )
}

fn tee(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let values = call.input.clone().unwrap_or_default();
    let text = render::render(&values);
    let name = call.text("FilePath").unwrap_or_default();
    write(
        shell,
        call,
        &name,
        &text,
        (Encoding::Unicode, call.flag("Append")),
        "FileOpenFailure",
    )?;
    Ok(values)
}

/// The digest of bytes, in upper-case hex; `None` if the algorithm is unknown.
pub(super) fn digest(algorithm: &str, bytes: &[u8]) -> Option<String> {
    let digest = match algorithm.to_ascii_uppercase().as_str() {
        "SHA1" => sha1::Sha1::digest(bytes).to_vec(),
        "SHA256" => sha2::Sha256::digest(bytes).to_vec(),
        "SHA384" => sha2::Sha384::digest(bytes).to_vec(),
        "SHA512" => sha2::Sha512::digest(bytes).to_vec(),
        _ => return None,
    };
    Some(digest.iter().map(|byte| format!("{byte:02X}")).collect())
}

fn hash(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    const COLUMNS: &[Column] = &[
        Column {
            field: "Algorithm",
            title: "Algorithm",
            width: 15,
            right: false,
        },
        Column {
            field: "Hash",
            title: "Hash",
            width: 70,
            right: false,
        },
        Column {
            field: "Path",
            title: "Path",
            width: 0,
            right: false,
        },
    ];
    let algorithm = call.text("Algorithm").unwrap_or_else(|| "SHA256".into());
    let mut all = Vec::new();
    for text in call.texts("Path") {
        for path in files::expand(shell, &text) {
            let shown = shell.shown_path(&path);
            let Ok(bytes) = shell.io.host.fs.read(&path, &shell.io.login.user) else {
                shell.report(&call.no_path(&shown));
                continue;
            };
            let Some(hash) = digest(&algorithm, &bytes) else {
                return Err(call.failure(
                    &format!("Cannot validate argument on parameter 'Algorithm'. The argument \"{algorithm}\" does not belong to the set \"SHA1,SHA256,SHA384,SHA512\" specified by the ValidateSet attribute. Supply an argument that is in the set and then try the command again."),
                    "InvalidData",
                    ("", ""),
                    "ParameterBindingValidationException",
                    "ParameterArgumentValidationError",
                ));
            };
            all.push(Value::record(
                "Microsoft.Powershell.Utility.FileHash",
                &hash,
                View::Table(COLUMNS),
                [
                    ("Algorithm", Value::from(algorithm.to_ascii_uppercase())),
                    ("Hash", hash.as_str().into()),
                    ("Path", shown.into()),
                ],
            ));
        }
    }
    Ok(all)
}
