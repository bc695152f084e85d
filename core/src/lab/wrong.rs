//! Wrong attempts: ```` ```wrong name="two VPCs" red=one-vpc ````. Proofs play them; learners never see
//! them.

use super::directive::{Directive, HOST_MARK};
use super::parse::{Fence, error};
use super::{Command, LabError, Step, WRONGS_MAX, Wrong};

/// Reads a block; `None` if its first line is invalid.
pub(super) fn read(fence: &Fence, errors: &mut Vec<LabError>) -> Option<Wrong> {
    // The block's first line is above its text.
    let line = fence.line - 1;
    let mut wrong = Wrong {
        name: String::new(),
        commands: Vec::new(),
        after_solution: false,
        red: Vec::new(),
        line,
    };
    let mut host = None;
    for (key, value) in attributes(&fence.info) {
        match (key, value) {
            ("name", value) => value.clone_into(&mut wrong.name),
            ("on", value) => host = Some(value.to_owned()),
            ("after", "solution") => wrong.after_solution = true,
            ("red", value) => wrong.red = value.split(',').map(str::to_owned).collect(),
            _ => {
                errors.push(error(
                    line,
                    format!(
                        "“{key}={value}” is none of name=\"…\", on=HOST, after=solution and red=CHECK"
                    ),
                ));
                return None;
            }
        }
    }
    if wrong.name.is_empty() {
        errors.push(error(
            line,
            "a wrong attempt needs a name: ```wrong name=\"what is wrong\"",
        ));
        return None;
    }
    wrong.commands = commands(fence, host, errors);
    Some(wrong)
}

/// Splits a block's first line into `key=value` and `key="a value"`; a word without `=` has an empty
/// value.
fn attributes(info: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = info
        .split_once(char::is_whitespace)
        .map_or("", |(_, rest)| rest.trim_start());
    while !rest.is_empty() {
        let (key, value, tail) = attribute(rest);
        found.push((key, value));
        rest = tail.trim_start();
    }
    found
}

/// Splits off the first attribute of a text: returns key, value, and the remaining text.
fn attribute(text: &str) -> (&str, &str, &str) {
    let end = text
        .find(|c: char| c == '=' || c.is_whitespace())
        .unwrap_or(text.len());
    let (key, rest) = text.split_at(end);
    let Some(rest) = rest.strip_prefix('=') else {
        return (key, "", rest);
    };
    if let Some((value, tail)) = rest
        .strip_prefix('"')
        .and_then(|quoted| quoted.split_once('"'))
    {
        return (key, value, tail);
    }
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let (value, tail) = rest.split_at(end);
    (key, value, tail)
}

/// Splits the lines into commands, one for each sequence of lines on one host.
fn commands(fence: &Fence, host: Option<String>, errors: &mut Vec<LabError>) -> Vec<Command> {
    let mut commands = vec![Command {
        on: host,
        text: String::new(),
    }];
    for (at, line) in fence.text.lines().enumerate() {
        if let Some(host) = line.strip_prefix(HOST_MARK) {
            commands.push(Command {
                on: Some(host.trim().to_owned()),
                text: String::new(),
            });
            continue;
        }
        if let Some(Err(what)) = Directive::read(line) {
            errors.push(error(fence.line + at, what));
        }
        if let Some(last) = commands.last_mut() {
            last.text.push_str(line);
            last.text.push('\n');
        }
    }
    commands.retain(|command| !command.text.trim().is_empty());
    commands
}

/// Checks the ids of a step's checks, and that wrong attempts name only existing ones.
pub(super) fn check_step(step: &Step, errors: &mut Vec<LabError>) {
    let ids = |end: usize| {
        step.checks
            .iter()
            .take(end)
            .filter_map(|check| check.id.as_deref())
    };
    for (index, check) in step.checks.iter().enumerate() {
        if let Some(id) = &check.id
            && ids(index).any(|other| other == id)
        {
            let what = format!("the check id “{id}” is used twice in the step");
            errors.push(error(check.line, what));
        }
    }
    if step.wrongs.len() > WRONGS_MAX {
        let count = step.wrongs.len();
        let what = format!("the step has {count} wrong attempts; the limit is {WRONGS_MAX}");
        errors.push(error(step.line, what));
    }
    for (index, wrong) in step.wrongs.iter().enumerate() {
        for id in &wrong.red {
            if !ids(step.checks.len()).any(|known| known == id) {
                let what = format!("the step has no check with the id “{id}”");
                errors.push(error(wrong.line, what));
            }
        }
        if step.wrongs[..index]
            .iter()
            .any(|other| other.name == wrong.name)
        {
            let what = format!("the name “{}” is used twice in the step", wrong.name);
            errors.push(error(wrong.line, what));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::Lab;

    const LAB: &str = "+++\nformat = 1\nid = \"a\"\ntitle = \"A\"\n+++\n## One {#one}\nDo it.\n\n```check\nid = \"there\"\nrun = \"ls a\"\nstatus = 0\n```\n\n```wrong name=\"another file\" on=client-1 red=there\ntouch b\n#@ cloudshell\n#! pass 5\ntouch c\n```\n\n```wrong name=spoilt after=solution\nrm a\n```\n";

    fn command(on: &str, text: &str) -> Command {
        Command {
            on: Some(on.into()),
            text: text.into(),
        }
    }

    #[test]
    fn a_block_has_a_name_hosts_and_the_checks_that_must_fail() {
        let lab = Lab::parse(LAB).unwrap();
        let step = &lab.steps[0];
        assert_eq!(
            step.wrongs[0],
            Wrong {
                name: "another file".into(),
                commands: vec![
                    command("client-1", "touch b\n"),
                    command("cloudshell", "#! pass 5\ntouch c\n"),
                ],
                after_solution: false,
                red: vec!["there".into()],
                line: 15,
            }
        );
        let second = &step.wrongs[1];
        assert_eq!(second.name, "spoilt");
        assert!(second.after_solution && second.red.is_empty());
        assert_eq!(step.checks[0].id.as_deref(), Some("there"));
    }

    #[test]
    fn a_wrong_attempt_is_no_part_of_what_learners_read_or_of_the_solution() {
        let lab = Lab::parse(LAB).unwrap();
        assert!(lab.steps[0].solution.is_empty());
        assert_eq!(lab.steps[0].body.len(), 1);
        assert!(!format!("{:?}", lab.steps[0].body).contains("touch"));
    }

    #[test]
    fn each_fault_of_a_block_names_its_line() {
        for (from, to, line) in [
            ("name=\"another file\" ", "", 15),
            ("red=there", "red=elsewhere", 15),
            ("red=there", "read=there", 15),
            ("after=solution", "after=all", 22),
            ("name=spoilt", "name=\"another file\"", 22),
            ("#! pass 5", "#! pass", 18),
            (
                "```\n\n```wrong name=s",
                "```\n\n```check\nid = \"there\"\nrun = \"x\"\nstatus = 0\n```\n\n```wrong name=s",
                23,
            ),
        ] {
            let source = LAB.replacen(from, to, 1);
            assert_ne!(source, LAB, "{from}");
            let errors = Lab::parse(&source).unwrap_err();
            assert_eq!(errors[0].line, line, "{from} -> {to}: {errors:?}");
            assert_eq!(errors.len(), 1, "{from} -> {to}: {errors:?}");
        }
    }

    #[test]
    fn a_block_outside_of_a_step_is_refused() {
        let block = "```wrong name=a\nb\n```\n";
        let before = LAB.replacen("## One", &format!("{block}## One"), 1);
        assert_eq!(Lab::parse(&before).unwrap_err()[0].line, 7);
        let after = format!("{LAB}## End {{#outro}}\n{block}");
        assert_eq!(Lab::parse(&after).unwrap_err().len(), 1);
    }

    #[test]
    fn attributes_may_be_quoted() {
        for (info, wanted) in [
            ("wrong", vec![]),
            ("wrong a=b", vec![("a", "b")]),
            ("wrong  a=\"b c\"  d=e ", vec![("a", "b c"), ("d", "e")]),
            ("wrong a=\"b", vec![("a", "\"b")]),
            ("wrong a b=", vec![("a", ""), ("b", "")]),
            ("wrong =", vec![("", "")]),
        ] {
            assert_eq!(attributes(info), wanted, "{info}");
        }
    }
}
