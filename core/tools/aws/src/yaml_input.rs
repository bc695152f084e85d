//! `--cli-input-yaml`: parses YAML as the CLI does.

use yaml_rust2::{Yaml, YamlLoader};

use super::py::Py;

/// The longest run of blanks and markers at the start of a line. Nested blocks are indented, so this
/// limits the depth.
const INDENT_MAX: usize = 400;

/// Parses one YAML document; `None` if there is none, or more than one.
#[must_use]
pub fn load(text: &str) -> Option<Py> {
    let too_deep = |line: &str| {
        line.chars()
            .take_while(|c| c.is_whitespace() || "-?:".contains(*c))
            .count()
            > INDENT_MAX
    };
    if text.lines().any(too_deep) {
        return None;
    }
    let documents = YamlLoader::load_from_str(text).ok()?;
    match documents.as_slice() {
        [] => Some(Py::None),
        [document] => convert(document),
        _ => None,
    }
}

fn convert(value: &Yaml) -> Option<Py> {
    Some(match value {
        Yaml::Null => Py::None,
        Yaml::Boolean(value) => Py::Bool(*value),
        Yaml::Integer(number) => Py::Int(i128::from(*number)),
        Yaml::Real(text) => Py::Float(text.parse().ok()?),
        Yaml::String(text) if is_date(text) => Py::Date("datetime.date", text.clone()),
        Yaml::String(text) => Py::str(text),
        Yaml::Array(items) => Py::List(items.iter().map(convert).collect::<Option<_>>()?),
        Yaml::Hash(entries) => {
            let mut map = Py::Dict(Vec::new());
            for (key, value) in entries {
                let key = match convert(key)? {
                    Py::Str(text) => text,
                    other => other.display(),
                };
                map.set(&key, convert(value)?);
            }
            map
        }
        Yaml::Alias(_) | Yaml::BadValue => return None,
    })
}

/// True if a plain text is a date by YAML 1.2 as the CLI's parser has it: `2026-01-05`.
fn is_date(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '9' } else { c })
        .collect();
    shape == "9999-99-99"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_and_depth_is_bounded() {
        let read = |text: &str| load(text).map(|value| value.repr());
        assert_eq!(
            read("A: 1\nB: [x, true]\n").as_deref(),
            Some("{'A': 1, 'B': ['x', True]}")
        );
        assert_eq!(read("A: 2026-01-05").as_deref(), Some("{'A': 2026-01-05}"));
        assert_eq!(read("A: [1").as_deref(), None);
        assert_eq!(read(&"- ".repeat(100_000)), None);
        assert_eq!(read(&"[".repeat(100_000)), None);
    }
}
