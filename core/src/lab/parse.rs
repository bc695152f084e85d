//! Parses a lab file; every error names its line.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::directive::Directive;
use super::{
    CHECKS_MAX, Check, Command, Condition, FORMAT, LAB_BYTES_MAX, Lab, LabError, Reason, STEPS_MAX,
    Start, Step, markdown, query, start, wrong,
};
use hsmlab_sim::SimTime;

/// The front matter, as the author writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    format: u32,
    id: String,
    title: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    minutes: u32,
    date: Option<String>,
    region: Option<String>,
    world: Option<String>,
    #[serde(default)]
    set: BTreeMap<String, String>,
    /// Metadata for people and tools; parsed so that a misspelt name is found.
    #[serde(default)]
    #[expect(
        dead_code,
        reason = "kept in the file for authors; nothing in a session needs it"
    )]
    revision: u32,
    #[serde(default)]
    #[expect(dead_code, reason = "as above")]
    level: String,
    #[serde(default)]
    #[expect(dead_code, reason = "as above")]
    status: String,
    #[serde(default)]
    #[expect(dead_code, reason = "as above")]
    sources: Vec<Source>,
}

/// The front matter of a lab or of a world.
pub(super) trait FrontMatter: DeserializeOwned {
    /// The newest format that is read.
    const FORMAT: u32;
    /// What the file is, in a word.
    const WHAT: &'static str;
    /// The format that the file names.
    fn format(&self) -> u32;
}

impl FrontMatter for Front {
    const FORMAT: u32 = FORMAT;
    const WHAT: &'static str = "lab";

    fn format(&self) -> u32 {
        self.format
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "kept in the file for authors")]
struct Source {
    title: String,
    url: String,
    checked: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCheck {
    id: Option<String>,
    run: String,
    on: Option<String>,
    pass: Option<String>,
    contains: Option<String>,
    status: Option<i32>,
    #[serde(default)]
    because: Vec<RawReason>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReason {
    when: Option<String>,
    contains: Option<String>,
    status: Option<i32>,
    say: String,
    about: Option<String>,
}

/// A fenced block that is not prose.
pub(super) struct Fence {
    pub(super) info: String,
    pub(super) text: String,
    /// The line of its first line of text, from 1 on.
    pub(super) line: usize,
}

pub(super) fn parse(source: &str) -> Result<Lab, Vec<LabError>> {
    if source.len() > LAB_BYTES_MAX {
        return Err(vec![error(
            1,
            format!(
                "the file has {} bytes; the limit is {LAB_BYTES_MAX}",
                source.len()
            ),
        )]);
    }
    let lines: Vec<&str> = source.lines().collect();
    let (front, body_start): (Front, usize) = front_matter(&lines)?;
    let mut errors = Vec::new();
    let date = front.date.as_deref().and_then(|text| {
        let parsed = SimTime::parse_rfc3339(text);
        if parsed.is_none() {
            let line = line_of(&lines, "date");
            errors.push(error(
                line,
                format!("“{text}” is not a date and time; write it as 2026-11-24T10:00:00Z"),
            ));
        }
        parsed
    });
    let mut lab = Lab {
        id: front.id,
        title: front.title,
        topic: front.topic,
        summary: front.summary,
        minutes: front.minutes,
        date,
        region: front.region,
        start: Start {
            world: front.world,
            set: front.set,
            line: line_of(&lines, "world"),
        },
        setup: Vec::new(),
        intro: Rc::default(),
        steps: Vec::new(),
        outro: Rc::default(),
    };
    for section in sections(&lines, body_start) {
        section_into(&mut lab, &lines, section, &mut errors);
    }
    start::check_set(&lab.start.set, &lines, &mut errors);
    check_whole(&lab, &lines, &mut errors);
    if errors.is_empty() {
        Ok(lab)
    } else {
        errors.sort_by_key(|error| error.line);
        Err(errors)
    }
}

fn check_whole(lab: &Lab, lines: &[&str], errors: &mut Vec<LabError>) {
    if !is_plain(&lab.id) {
        errors.push(error(
            line_of(lines, "id"),
            format!("the id “{}” may contain only a-z, 0-9 and hyphens", lab.id),
        ));
    }
    if lab.steps.is_empty() {
        errors.push(error(
            lines.len().max(1),
            "the lab has no step: begin one with “## Title {#id}”",
        ));
    }
    if lab.steps.len() > STEPS_MAX {
        errors.push(error(
            1,
            format!(
                "the lab has {} steps; the limit is {STEPS_MAX}",
                lab.steps.len()
            ),
        ));
    }
    for (index, step) in lab.steps.iter().enumerate() {
        if !is_plain(&step.id) {
            errors.push(error(
                step.line,
                format!(
                    "the step id “{}” may contain only a-z, 0-9 and hyphens",
                    step.id
                ),
            ));
        }
        if lab.steps[..index].iter().any(|other| other.id == step.id) {
            errors.push(error(step.line, format!("duplicate step id “{}”", step.id)));
        }
        // A check that cannot be parsed has its own error.
        let next = lab
            .steps
            .get(index + 1)
            .map_or(usize::MAX, |next| next.line);
        let complained = errors
            .iter()
            .any(|error| (step.line..next).contains(&error.line));
        if step.checks.is_empty() && !complained {
            errors.push(error(
                step.line,
                format!(
                    "the step “{}” has no check: the lab cannot tell when it is done",
                    step.title
                ),
            ));
        }
        if step.checks.len() > CHECKS_MAX {
            errors.push(error(
                step.line,
                format!(
                    "the step has {} checks; the limit is {CHECKS_MAX}",
                    step.checks.len()
                ),
            ));
        }
        // A check that cannot be parsed leaves a gap in the list of ids.
        if !complained {
            wrong::check_step(step, errors);
        }
    }
}

/// Whether an id has a-z, 0-9 and hyphens only.
pub(super) fn is_plain(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !id.is_empty() && id.chars().all(plain)
}

pub(super) fn error(line: usize, what: impl Into<String>) -> LabError {
    LabError {
        line,
        what: what.into(),
    }
}

/// Finds the line of a key of the front matter.
pub(super) fn line_of(lines: &[&str], key: &str) -> usize {
    lines
        .iter()
        .position(|line| {
            line.strip_prefix(key)
                .is_some_and(|rest| rest.trim_start().starts_with('='))
        })
        .map_or(1, |at| at + 1)
}

pub(super) fn front_matter<T: FrontMatter>(lines: &[&str]) -> Result<(T, usize), Vec<LabError>> {
    if lines.first().map(|line| line.trim_end()) != Some("+++") {
        return Err(vec![error(
            1,
            format!(
                "a {} begins with a line “+++” and its front matter in TOML",
                T::WHAT
            ),
        )]);
    }
    let Some(end) = lines
        .iter()
        .skip(1)
        .position(|line| line.trim_end() == "+++")
    else {
        return Err(vec![error(1, "the front matter has no closing line “+++”")]);
    };
    let text = lines[1..=end].join("\n");
    let format = toml::from_str::<toml::Table>(&text)
        .ok()
        .and_then(|table| table.get("format").and_then(toml::Value::as_integer));
    if format.is_some_and(|format| format > i64::from(T::FORMAT)) {
        return Err(vec![error(
            line_of(lines, "format"),
            format!(
                "the {} is of format {}; this version reads up to {}: get a newer HSM Lab",
                T::WHAT,
                format.unwrap_or(0),
                T::FORMAT
            ),
        )]);
    }
    let front: T = toml::from_str(&text).map_err(|problem| vec![toml_error(&problem, &text, 2)])?;
    if front.format() == 0 {
        return Err(vec![error(
            line_of(lines, "format"),
            "format numbers start at 1",
        )]);
    }
    Ok((front, end + 2))
}

/// Places a TOML error at its line; `first` is the line of the file on which the text begins.
fn toml_error(problem: &toml::de::Error, text: &str, first: usize) -> LabError {
    let Range { start, .. } = problem.span().unwrap_or(0..0);
    let line = text
        .get(..start)
        .map_or(0, |before| before.matches('\n').count());
    error(first + line, problem.message().trim().to_owned())
}

/// Splits the lines (from 0 on) into sections: the introduction, then one per heading.
fn sections(lines: &[&str], start: usize) -> Vec<Range<usize>> {
    let mut starts = vec![start.min(lines.len())];
    let mut fence: Option<&str> = None;
    for (at, line) in lines.iter().enumerate().skip(start) {
        let mark = fence_mark(line);
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if mark.len() >= open.len() && line.trim() == mark => {
                fence = None
            }
            _ => {}
        }
        if fence.is_none() && line.starts_with("## ") {
            starts.push(at);
        }
    }
    starts.push(lines.len());
    starts.windows(2).map(|pair| pair[0]..pair[1]).collect()
}

/// Returns the backquotes that open or close a fenced block.
fn fence_mark(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let length = line.len() - line.trim_start_matches('`').len();
    (length >= 3).then(|| &line[..length])
}

fn section_into(lab: &mut Lab, lines: &[&str], range: Range<usize>, errors: &mut Vec<LabError>) {
    // A lab may begin with its first step: then it has no introduction.
    if range.is_empty() {
        return;
    }
    let is_step = lines
        .get(range.start)
        .is_some_and(|line| line.starts_with("## "));
    let content = if is_step {
        range.start + 1..range.end
    } else {
        range.clone()
    };
    let (prose, fences) = split(lines, content, errors);
    let blocks = Rc::new(markdown::blocks(&prose));
    if !is_step {
        lab.intro = blocks;
        for fence in fences {
            match fence.info.split_whitespace().next() {
                Some("setup") => {
                    check_directives(&fence, true, errors);
                    lab.setup.push(command(&fence));
                }
                _ => errors.push(error(
                    fence.line,
                    "only “setup” blocks are possible before the first step",
                )),
            }
        }
        return;
    }
    let heading = lines[range.start].trim_start_matches('#').trim();
    let (title, id) = match heading
        .rsplit_once("{#")
        .and_then(|(title, id)| Some((title.trim(), id.strip_suffix('}')?)))
    {
        Some((title, id)) => (title.to_owned(), id.to_owned()),
        None => (heading.to_owned(), slug(heading)),
    };
    if id == "outro" {
        lab.outro = blocks;
        for fence in fences.iter().filter(|fence| !shown(&fence.info)) {
            errors.push(error(
                fence.line,
                "the outro is not a step: it cannot have a set-up, solution, check or hint",
            ));
        }
        return;
    }
    let mut step = Step {
        id,
        title,
        body: blocks,
        solution: Vec::new(),
        checks: Vec::new(),
        hints: Vec::new(),
        wrongs: Vec::new(),
        line: range.start + 1,
    };
    for fence in fences {
        match fence.info.split_whitespace().next() {
            Some("sh" | "powershell" | "solution") => {
                check_directives(&fence, !shown(&fence.info), errors);
                step.solution.push(command(&fence));
            }
            Some("wrong") => step.wrongs.extend(wrong::read(&fence, errors)),
            Some("hint") => step.hints.push(Rc::new(markdown::blocks(&fence.text))),
            Some("check") => match check(&fence) {
                Ok(check) => step.checks.push(check),
                Err(problem) => errors.push(problem),
            },
            _ => {}
        }
    }
    lab.steps.push(step);
}

fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Splits a section into prose and meaningful fenced blocks. Visible blocks also stay in the prose:
/// `sh` is both.
pub(super) fn split(
    lines: &[&str],
    range: Range<usize>,
    errors: &mut Vec<LabError>,
) -> (String, Vec<Fence>) {
    let (mut prose, mut fences) = (String::new(), Vec::new());
    let mut at = range.start;
    while at < range.end {
        let line = lines[at];
        let Some(mark) = fence_mark(line) else {
            prose.push_str(line);
            prose.push('\n');
            at += 1;
            continue;
        };
        let info = line.trim_start()[mark.len()..].trim().to_owned();
        let end = (at + 1..range.end)
            .find(|index| {
                let line = lines[*index].trim();
                fence_mark(line) == Some(line) && line.len() >= mark.len()
            })
            .unwrap_or_else(|| {
                errors.push(error(
                    at + 1,
                    format!("the block that begins here has no closing line “{mark}”"),
                ));
                range.end
            });
        let text = lines[at + 1..end].join("\n");
        let kind = info
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned();
        let hidden = matches!(
            kind.as_str(),
            "setup" | "solution" | "check" | "hint" | "wrong"
        );
        if !hidden {
            for line in &lines[at..(end + 1).min(range.end)] {
                prose.push_str(line);
                prose.push('\n');
            }
        }
        let runs =
            hidden || (shown(&info) && !info.split_whitespace().any(|word| word == "example"));
        if runs {
            fences.push(Fence {
                info,
                text,
                line: at + 2,
            });
        }
        at = end + 1;
    }
    (prose, fences)
}

/// True if a block of commands is visible.
fn shown(info: &str) -> bool {
    matches!(info.split_whitespace().next(), Some("sh" | "powershell"))
}

pub(super) fn command(fence: &Fence) -> Command {
    let on = fence
        .info
        .split_whitespace()
        .find_map(|word| word.strip_prefix("on="))
        .map(str::to_owned);
    Command {
        on,
        text: fence.text.clone(),
    }
}

/// Rejects directives in visible blocks: a learner inserts these into a terminal, which treats a
/// directive as a comment.
pub(super) fn check_directives(fence: &Fence, allowed: bool, errors: &mut Vec<LabError>) {
    for (at, line) in fence.text.lines().enumerate() {
        match Directive::read(line) {
            None => {}
            Some(Err(what)) => errors.push(error(fence.line + at, what)),
            Some(Ok(Directive::Answer { .. })) => {}
            Some(Ok(_)) if allowed => {}
            Some(Ok(_)) => errors.push(error(
                fence.line + at,
                "a terminal treats this line as a comment: put it into a “solution” block",
            )),
        }
    }
}

fn check(fence: &Fence) -> Result<Check, LabError> {
    let raw: RawCheck = toml::from_str(&fence.text)
        .map_err(|problem| toml_error(&problem, &fence.text, fence.line))?;
    let pass = condition(raw.pass, raw.contains, raw.status, fence)?.ok_or_else(|| {
        error(
            fence.line,
            "a check needs one of “pass”, “contains” and “status”",
        )
    })?;
    let mut reasons = Vec::new();
    for reason in raw.because {
        if let Some(expression) = &reason.about {
            checked(expression, fence)?;
        }
        for expression in placeholders(&reason.say) {
            checked(expression, fence)?;
        }
        reasons.push(Reason {
            when: condition(reason.when, reason.contains, reason.status, fence)?,
            say: reason.say,
            about: reason.about,
        });
    }
    Ok(Check {
        id: raw.id,
        command: Command {
            on: raw.on,
            text: raw.run,
        },
        pass,
        reasons,
        line: fence.line,
    })
}

/// Returns the expressions in braces in a reason's sentence.
fn placeholders(say: &str) -> Vec<&str> {
    say.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(expression, _)| expression))
        .collect()
}

fn condition(
    expression: Option<String>,
    contains: Option<String>,
    status: Option<i32>,
    fence: &Fence,
) -> Result<Option<Condition>, LabError> {
    match (expression, contains, status) {
        (None, None, None) => Ok(None),
        (Some(expression), None, None) => {
            checked(&expression, fence)?;
            Ok(Some(Condition::Query(expression)))
        }
        (None, Some(text), None) => Ok(Some(Condition::Contains(text))),
        (None, None, Some(status)) => Ok(Some(Condition::Status(status))),
        _ => Err(error(
            fence.line,
            "a condition must be only one of a JMESPath expression, “contains” and “status”",
        )),
    }
}

fn checked(expression: &str, fence: &Fence) -> Result<(), LabError> {
    let line = fence.line
        + fence
            .text
            .lines()
            .position(|line| line.contains(expression))
            .unwrap_or(0);
    query::check(expression).map_err(|problem| {
        error(
            line,
            format!("the JMESPath expression “{expression}” is wrong: {problem}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAB: &str = "+++\nformat = 1\nid = \"a\"\ntitle = \"A\"\n+++\nIntro.\n\n```setup\naws x\n```\n\n## One {#one}\nDo:\n\n```sh on=client-1\nls\n```\n\n```check\nrun = \"aws ec2 describe-vpcs\"\npass = \"Vpcs\"\n[[because]]\nsay = \"none\"\n```\n\n```hint\nTry *this*.\n```\n\n## Two\n```solution\nb\n```\n```check\nrun = \"x\"\nstatus = 0\n```\n\n## The end {#outro}\nBye.\n";

    #[test]
    fn a_lab_is_read() {
        let lab = Lab::parse(LAB).unwrap();
        assert_eq!(
            lab.steps
                .iter()
                .map(|step| step.id.as_str())
                .collect::<Vec<_>>(),
            ["one", "two"]
        );
        assert_eq!(lab.setup[0].text, "aws x");
        assert_eq!(
            lab.steps[0].solution,
            [Command {
                on: Some("client-1".into()),
                text: "ls".into()
            }]
        );
        assert_eq!(lab.steps[0].hints.len(), 1);
        assert_eq!(lab.steps[1].checks[0].pass, Condition::Status(0));
        assert_eq!(
            (lab.intro.len(), lab.outro.len(), lab.steps[0].body.len()),
            (1, 1, 2)
        );
    }

    #[test]
    fn each_fault_names_its_line() {
        for (from, to, line) in [
            ("+++\nformat", "format", 1),
            ("format = 1", "format = 2", 2),
            ("title = \"A\"", "titel = \"A\"", 4),
            ("title = \"A\"", "title = ", 4),
            ("id = \"a\"", "id = \"A b\"", 3),
            ("pass = \"Vpcs\"", "pass = \"Vpcs[\"", 21),
            ("pass = \"Vpcs\"", "bass = \"Vpcs\"", 21),
            ("pass = \"Vpcs\"", "pass = \"Vpcs\"\nstatus = 0", 20),
            ("status = 0", "", 35),
            ("```solution\nb", "```solution\nb\n#! fualt x", 33),
            ("\nls\n", "\nls\n#! fault fail-hsm\n", 17),
            ("\nls\n", "\nls\n#? no prompt\n", 17),
            ("## Two", "## Two {#one}", 30),
        ] {
            let source = LAB.replacen(from, to, 1);
            assert_ne!(source, LAB, "{from}");
            let errors = Lab::parse(&source).unwrap_err();
            assert_eq!(errors[0].line, line, "{from} -> {to}: {errors:?}");
        }
    }

    #[test]
    fn no_text_panics() {
        for text in [
            "",
            "+++",
            "+++\n+++",
            "+++\nformat = 1\n+++\n## x\n```",
            "+++\r\nformat = 1\r\n+++",
        ] {
            assert!(Lab::parse(text).is_err(), "{text:?}");
        }
    }
}
