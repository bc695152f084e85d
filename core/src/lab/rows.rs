//! The commands of a block, one by one: each command that a learner runs is one row.

use super::directive::Directive;
use crate::programs::SOFTWARE;
use hsmlab_protocol::text::Row;
use hsmlab_shell::software::Read;
use hsmlab_shell::syntax;

/// Splits a block in a language into rows; empty if the language has no commands.
pub(super) fn rows(language: &str, text: &str) -> Vec<Row> {
    let windows = match language {
        "sh" | "bash" | "shell" | "console" => false,
        "powershell" => true,
        _ => return Vec::new(),
    };
    let mut rows = Vec::new();
    let mut open = String::new();
    for line in text.lines() {
        if open.is_empty() {
            if line.trim().is_empty() {
                continue;
            }
            if let Some(row) = no_command(line) {
                rows.push(row);
                continue;
            }
        } else {
            open.push('\n');
        }
        open.push_str(line);
        if !continues(&open, windows) {
            rows.push(command(&mut open));
        }
    }
    // An incomplete command is shown as it is.
    if !open.is_empty() {
        rows.push(command(&mut open));
    }
    rows
}

/// Returns the text of a block as typed: an answer is the answering line.
pub(super) fn typed(text: &str, rows: &[Row]) -> String {
    if !rows.iter().any(|row| matches!(row, Row::Answer { .. })) {
        return text.to_owned();
    }
    let lines = rows.iter().map(|row| match row {
        Row::Command { text } | Row::Answer { text, .. } | Row::Remark { text } => text.as_str(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn command(open: &mut String) -> Row {
    Row::Command {
        text: std::mem::take(open),
    }
}

/// Parses an answer or a remark; `None` is a command.
fn no_command(line: &str) -> Option<Row> {
    if let Some(Ok(Directive::Answer { prompt, text })) = Directive::read(line) {
        return Some(Row::Answer { prompt, text });
    }
    line.trim_start().starts_with('#').then(|| Row::Remark {
        text: line.to_owned(),
    })
}

/// True if the shell waits for another line.
fn continues(text: &str, windows: bool) -> bool {
    if windows {
        return matches!((SOFTWARE.windows_shell.read)(text), Read::Incomplete);
    }
    let backslashes = text.len() - text.trim_end_matches('\\').len();
    let incomplete = matches!(
        syntax::parse(&format!("{text}\n")),
        Err(syntax::SyntaxError::Incomplete)
    );
    incomplete || backslashes % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(language: &str, text: &str) -> Vec<String> {
        let rows = rows(language, text).into_iter();
        rows.map(|row| match row {
            Row::Command { text } => text,
            Row::Answer { prompt, text } => format!("{prompt}|{text}"),
            Row::Remark { text } => format!("!{text}"),
        })
        .collect()
    }

    #[test]
    fn each_command_is_a_row() {
        assert_eq!(commands("sh", "A=1\n\nls -l\n"), ["A=1", "ls -l"]);
        assert_eq!(commands("json", "{\n}"), [""; 0]);
    }

    #[test]
    fn a_command_of_several_lines_is_one_row() {
        for text in [
            "aws ec2 create-vpc \\\n  --cidr-block 10.0.0.0/16",
            "echo 'a\nb'",
            "cat > f <<EOF\nls\n\n# no remark\nEOF",
            "for i in 1 2; do\n  echo $i\ndone",
        ] {
            assert_eq!(commands("sh", &format!("{text}\nls")), [text, "ls"]);
        }
        let here = "@'\na\n'@ | Set-Content x";
        let text = format!("cd C:\\\n{here}");
        assert_eq!(commands("powershell", &text), ["cd C:\\", here]);
    }

    #[test]
    fn answers_and_remarks_are_not_commands() {
        let text = "cloudhsm-cli interactive\n#? Enter password: Pass-1\n# Look.\nquit";
        let expected = [
            "cloudhsm-cli interactive",
            "Enter password:|Pass-1",
            "!# Look.",
            "quit",
        ];
        assert_eq!(commands("sh", text), expected);
        let rows = rows("sh", text);
        assert_eq!(
            typed(text, &rows),
            "cloudhsm-cli interactive\nPass-1\n# Look.\nquit"
        );
    }

    #[test]
    fn invalid_and_incomplete_commands_are_still_shown() {
        assert_eq!(commands("sh", "(.\\a.exe).b\nx"), ["(.\\a.exe).b", "x"]);
        assert_eq!(commands("sh", "echo 'a\nb"), ["echo 'a\nb"]);
    }
}
