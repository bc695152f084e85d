//! The .NET types and methods that the guides and a learner's habits use: strings, Base64, encodings,
//! files, environment variables.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::call::file_words;
use super::encoding::{self, Encoding};
use super::failure::Failure;
use super::run::Shell;
use super::syntax::{Span, Variable};
use super::value::{Value, View};

/// Returns the type that was named in brackets.
pub(super) fn type_of(name: &str, span: Span) -> Result<Value, Failure> {
    let short = name
        .strip_prefix("System.")
        .unwrap_or(name)
        .to_ascii_lowercase();
    let kind = match short.as_str() {
        "convert" => "System.Convert",
        "environment" => "System.Environment",
        "io.file" => "System.IO.File",
        "text.encoding" => "System.Text.Encoding",
        "string" => "System.String",
        _ => {
            return Err(Failure {
                target: name.to_owned(),
                target_type: "TypeName".into(),
                ..Failure::runtime(
                    &format!("Unable to find type [{name}]."),
                    "TypeNotFound",
                    span,
                )
            });
        }
    };
    let encodings = ["UTF8", "ASCII", "Unicode"].map(|name| {
        let kind = match name {
            "UTF8" => "System.Text.UTF8Encoding",
            "ASCII" => "System.Text.ASCIIEncoding",
            _ => "System.Text.UnicodeEncoding",
        };
        (name, Value::record(kind, kind, View::List, []))
    });
    let fields = if kind == "System.Text.Encoding" {
        encodings.to_vec()
    } else {
        Vec::new()
    };
    Ok(Value::record(kind, kind, View::List, fields))
}

pub(super) fn call(
    shell: &mut Shell<'_, '_>,
    on: &Value,
    name: &str,
    arguments: &[Value],
    span: Span,
) -> Result<Value, Failure> {
    let method = name.to_ascii_lowercase();
    let found = match on {
        Value::Null => {
            return Err(Failure::runtime(
                "You cannot call a method on a null-valued expression.",
                "InvokeMethodOnNull",
                span,
            ));
        }
        Value::Text(text) => on_text(text, &method, arguments),
        _ => None,
    };
    if let Some(value) = found {
        return Ok(value);
    }
    let done = match on.type_name() {
        "System.Convert" => convert(&method, arguments),
        "System.Environment" => environment(shell, &method, arguments),
        "System.IO.File" => file(shell, &method, arguments),
        kind if kind.starts_with("System.Text.") => text_encoding(kind, &method, arguments),
        _ => None,
    };
    match done {
        Some(Ok(value)) => Ok(value),
        Some(Err(why)) => {
            let count = arguments.len();
            let message =
                format!("Exception calling \"{name}\" with \"{count}\" argument(s): \"{why}\"");
            Err(Failure {
                category: "NotSpecified",
                exception: "MethodInvocationException",
                ..Failure::runtime(&message, "DotNetMethodException", span)
            })
        }
        None if method == "tostring" => Ok(on.text().into()),
        None => {
            let message = format!(
                "Method invocation failed because [{}] does not contain a method named '{name}'.",
                on.type_name()
            );
            Err(Failure {
                target: name.to_owned(),
                target_type: "String".into(),
                ..Failure::runtime(&message, "MethodNotFound", span)
            })
        }
    }
}

fn on_text(text: &str, method: &str, arguments: &[Value]) -> Option<Value> {
    let words: Vec<String> = arguments.iter().map(Value::text).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Some(match (method, words.as_slice()) {
        ("trim", []) => text.trim().into(),
        ("trimstart", []) => text.trim_start().into(),
        ("trimend", []) => text.trim_end().into(),
        ("toupper", []) => text.to_uppercase().into(),
        ("tolower", []) => text.to_lowercase().into(),
        ("tostring", []) => text.into(),
        ("replace", [from, to]) if !from.is_empty() => text.replace(from, to).into(),
        ("startswith", [head]) => Value::Bool(text.starts_with(head)),
        ("endswith", [tail]) => Value::Bool(text.ends_with(tail)),
        ("contains", [part]) => Value::Bool(text.contains(part)),
        ("split", [marks]) => {
            Value::List(text.split(|c| marks.contains(c)).map(Value::from).collect())
        }
        ("substring", [from, rest @ ..]) => {
            let from: usize = from.parse().ok()?;
            let length: usize = match rest {
                [] => usize::MAX,
                [length] => length.parse().ok()?,
                _ => return None,
            };
            let part: String = text.chars().skip(from).take(length).collect();
            part.into()
        }
        _ => return None,
    })
}

type Done = Option<Result<Value, String>>;

fn bytes_of(value: &Value) -> Vec<u8> {
    match value {
        Value::Bytes(bytes) => bytes.to_vec(),
        other => other
            .clone()
            .items()
            .iter()
            .filter_map(|one| u8::try_from(one.number()?).ok())
            .collect(),
    }
}

fn convert(method: &str, arguments: &[Value]) -> Done {
    match (method, arguments) {
        ("tobase64string", [bytes]) => {
            Some(Ok(BASE64.encode(bytes_of(bytes)).into()))
        }
        ("frombase64string", [text]) => Some(
            BASE64
                .decode(text.text())
                .map(|bytes| Value::Bytes(bytes.into()))
                .map_err(|_| "The input is not a valid Base-64 string as it contains a non-base 64 character, more than two padding characters, or an illegal character among the padding characters. ".to_owned()),
        ),
        _ => None,
    }
}

fn text_encoding(kind: &str, method: &str, arguments: &[Value]) -> Done {
    let encoding = match kind {
        "System.Text.UTF8Encoding" => Encoding::Utf8,
        "System.Text.ASCIIEncoding" => Encoding::Ascii,
        "System.Text.UnicodeEncoding" => Encoding::Unicode,
        _ => return None,
    };
    match (method, arguments) {
        ("getbytes", [text]) => {
            let bytes = encoding.encode(&text.text(), false);
            Some(Ok(Value::Bytes(bytes.into())))
        }
        ("getstring", [bytes]) => {
            let mut bytes = bytes_of(bytes);
            if encoding == Encoding::Unicode {
                bytes.splice(0..0, [0xff, 0xfe]);
            }
            Some(Ok(encoding::decode(&bytes).into()))
        }
        _ => None,
    }
}

fn environment(shell: &mut Shell<'_, '_>, method: &str, arguments: &[Value]) -> Done {
    let variable = |name: &Value| Variable {
        environment: true,
        name: name.text(),
    };
    match (method, arguments) {
        ("getenvironmentvariable", [name, ..]) => Some(Ok(shell.variable(&variable(name)))),
        ("setenvironmentvariable", [name, value, ..]) => {
            shell.set(&variable(name), value.clone());
            Some(Ok(Value::Null))
        }
        _ => None,
    }
}

fn file(shell: &mut Shell<'_, '_>, method: &str, arguments: &[Value]) -> Done {
    let (path, rest) = arguments.split_first()?;
    let path = shell.io.path(&path.text());
    let shown = shell.shown_path(&path);
    let user = shell.io.login.user.clone();
    let now = shell.io.sys.now();
    let content = match (method, rest) {
        ("exists", []) => return Some(Ok(Value::Bool(shell.io.host.fs.exists(&path)))),
        ("readalltext" | "readallbytes", []) => {
            return Some(match shell.io.host.fs.read(&path, &user) {
                Ok(bytes) if method == "readalltext" => Ok(encoding::decode(&bytes).into()),
                Ok(bytes) => Ok(Value::Bytes(bytes)),
                Err(hsmlab_shell::fs::FsError::NotFound) => {
                    Err(format!("Could not find file '{shown}'."))
                }
                Err(error) => Err(file_words(error, &shown)),
            });
        }
        // .NET writes UTF-8 without a byte order mark unless told otherwise.
        ("writealltext", [text]) => text.text().into_bytes(),
        ("writeallbytes", [bytes]) => bytes_of(bytes),
        _ => return None,
    };
    let written = shell.io.host.fs.write(&path, content, &user, now);
    Some(
        written
            .map(|()| Value::Null)
            .map_err(|error| file_words(error, &shown)),
    )
}
