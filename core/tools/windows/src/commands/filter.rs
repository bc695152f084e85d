//! Cmdlets that filter and sort a pipeline: by script blocks, properties or patterns.

use super::{Cmdlet, Output, Parameter, files};
use crate::call::Call;
use crate::encoding;
use crate::evaluate::{equal, like, member, pattern};
use crate::run::Shell;
use crate::value::Value;

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet {
        name: "Where-Object",
        parameters: &[
            Parameter::at("FilterScript").must(),
            Parameter::at("Value"),
            Parameter::switch("EQ", &[]),
            Parameter::switch("NE", &[]),
            Parameter::switch("Like", &[]),
            Parameter::switch("NotLike", &[]),
            Parameter::switch("Match", &[]),
            Parameter::switch("NotMatch", &[]),
        ],
        run: where_object,
    },
    Cmdlet {
        name: "ForEach-Object",
        parameters: &[Parameter::at("Process").must()],
        run: for_each,
    },
    Cmdlet {
        name: "Sort-Object",
        parameters: &[
            Parameter::rest("Property"),
            Parameter::switch("Descending", &[]),
            Parameter::switch("Unique", &[]),
        ],
        run: sort,
    },
    Cmdlet {
        name: "Select-String",
        parameters: &[
            Parameter::at("Pattern").must(),
            Parameter::at("Path"),
            Parameter::one("InputObject", &[]),
            Parameter::switch("SimpleMatch", &[]),
            Parameter::switch("CaseSensitive", &[]),
            Parameter::switch("NotMatch", &[]),
            Parameter::switch("Quiet", &[]),
        ],
        run: select_string,
    },
];

fn where_object(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let mut kept = Vec::new();
    let values = call.input.clone().unwrap_or_default();
    if let Some(script) = call.script("FilterScript").cloned() {
        for value in values {
            shell.present.push(value.clone());
            let holds = shell.block(&script.0);
            shell.present.pop();
            if Value::from_items(holds?).is_true() {
                kept.push(value);
            }
        }
        return Ok(kept);
    }
    let name = call.text("FilterScript").unwrap_or_default();
    let wanted = call.value("Value").cloned();
    for value in values {
        let field = member(&value, &name);
        let text = field.text();
        let like_wanted = || {
            wanted
                .as_ref()
                .is_some_and(|wanted| like(&text, &wanted.text()))
        };
        let matches_wanted = || match &wanted {
            Some(wanted) => pattern(&wanted.text(), call.span).map(|wanted| wanted.is_match(&text)),
            None => Ok(false),
        };
        let holds = if call.flag("Like") {
            like_wanted()
        } else if call.flag("NotLike") {
            !like_wanted()
        } else if call.flag("Match") {
            matches_wanted()?
        } else if call.flag("NotMatch") {
            !matches_wanted()?
        } else if call.flag("NE") {
            !wanted.as_ref().is_some_and(|wanted| equal(&field, wanted))
        } else {
            match &wanted {
                Some(wanted) => equal(&field, wanted),
                None => field.is_true(),
            }
        };
        if holds {
            kept.push(value);
        }
    }
    Ok(kept)
}

fn for_each(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let mut all = Vec::new();
    let values = call.input.clone().unwrap_or_default();
    let Some(script) = call.script("Process").cloned() else {
        let name = call.text("Process").unwrap_or_default();
        return Ok(values
            .iter()
            .flat_map(|value| member(value, &name).items())
            .collect());
    };
    for value in values {
        shell.present.push(value);
        let done = shell.block(&script.0);
        shell.present.pop();
        all.extend(done?);
    }
    Ok(all)
}

fn sort(_: &mut Shell<'_, '_>, call: &Call) -> Output {
    let names = call.texts("Property");
    let mut values = call.input.clone().unwrap_or_default();
    let key = |value: &Value| -> Vec<(i64, String)> {
        let fields = if names.is_empty() {
            vec![value.clone()]
        } else {
            names.iter().map(|name| member(value, name)).collect()
        };
        fields
            .iter()
            .map(|field| match field {
                Value::Int(number) => (*number, String::new()),
                other => (0, other.text().to_lowercase()),
            })
            .collect()
    };
    values.sort_by_key(|value| key(value));
    if call.flag("Unique") {
        values.dedup_by_key(|value| key(value));
    }
    if call.flag("Descending") {
        values.reverse();
    }
    Ok(values)
}

fn select_string(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let wanted = call.text("Pattern").unwrap_or_default();
    let simple = call.flag("SimpleMatch");
    let cased = call.flag("CaseSensitive");
    let source = if simple {
        regex_lite::escape(&wanted)
    } else {
        wanted
    };
    let source = if cased {
        format!("(?-i){source}")
    } else {
        source
    };
    let expression = pattern(&source, call.span)?;
    let fits = |text: &str| expression.is_match(text) != call.flag("NotMatch");
    let mut lines: Vec<String> = Vec::new();
    let mut names = call.texts("Path");
    let values = match call.value("InputObject") {
        Some(value) => Some(value.clone().items()),
        None => call.input.clone(),
    };
    if let Some(values) = values.filter(|_| names.is_empty()) {
        for value in values {
            let text = value.text();
            // The contents of a file that is piped in are searched.
            match (&value, member(&value, "FullName")) {
                (Value::Record(_), Value::Text(path)) => names.push(path),
                _ => lines.extend(text.lines().filter(|line| fits(line)).map(str::to_owned)),
            }
        }
    }
    for name in names {
        for path in files::expand(shell, &name) {
            let shown = shell.shown_path(&path);
            let Ok(bytes) = shell.io.host.fs.read(&path, &shell.io.login.user) else {
                shell.report(&call.no_path(&shown));
                continue;
            };
            let short = path.rsplit('/').next().unwrap_or(&path).to_owned();
            let text = encoding::decode(&bytes);
            let found = text.lines().enumerate().filter(|(_, line)| fits(line));
            lines.extend(found.map(|(at, line)| format!("{short}:{}:{line}", at + 1)));
        }
    }
    if call.flag("Quiet") {
        return Ok(vec![Value::Bool(!lines.is_empty())]);
    }
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    Ok(lines.into_iter().map(Value::Text).collect())
}
