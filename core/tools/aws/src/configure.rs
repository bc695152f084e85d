//! `aws configure`: prompts for the settings, and `set`, `get`, `list`, `list-profiles`.

use super::argparse::{Ended, OptionSpec, Parser, Positional};
use super::config::{self, Config};
use super::credentials;
use super::failure::Problem;
use super::globals::Globals;
use super::paramfile::Files;
use hsmlab_shell::process::{Answers, Io, Question};

/// The sub-commands of the CLI; the lab has the first four.
const COMMANDS: [&str; 11] = [
    "list",
    "get",
    "set",
    "list-profiles",
    "add-model",
    "import",
    "sso",
    "sso-session",
    "mfa-login",
    "export-credentials",
    "agent-toolkit",
];

/// The settings that are stored in the credentials file.
const SECRET: [&str; 4] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
];

/// The settings that `aws configure` prompts for, with their prompts.
const ASKED: [(&str, &str); 5] = [
    ("aws_access_key_id", "AWS Access Key ID"),
    ("aws_secret_access_key", "AWS Secret Access Key"),
    ("aws_session_token", "AWS Session Token"),
    ("region", "Default region name"),
    ("output", "Default output format"),
];

/// The reason why `aws configure` did not finish.
pub enum Stopped {
    /// A prompt waits for its answer.
    Asks(Question),
    /// A refusal.
    Refused(Problem),
}

/// Runs `aws configure` with the words after it; returns the exit status.
///
/// # Errors
/// An open prompt, or a refusal.
pub fn run(
    words: &[String],
    globals: &Globals,
    io: &mut Io<'_>,
    answers: &mut Answers,
) -> Result<i32, Stopped> {
    let mut parser = Parser::default();
    let choices = COMMANDS.to_vec();
    parser.set_positional(Positional {
        name: "subcommand",
        optional: true,
        choices,
    });
    let found = parser
        .parse(words)
        .map_err(|ended| Stopped::Refused(usage(ended)))?;
    match found.positional.as_deref() {
        None if !found.rest.is_empty() => {
            Err(Stopped::Refused(Problem::UnknownOptions(found.rest)))
        }
        None => ask(globals, io, answers).map(|()| 0).map_err(Stopped::Asks),
        Some("set") => set(&found.rest, globals, io).map_err(Stopped::Refused),
        Some("get") => get(&found.rest, globals, io).map_err(Stopped::Refused),
        Some("list") => {
            let text = list(globals, io);
            io.out(text);
            Ok(0)
        }
        Some("list-profiles") => {
            let config = Config::read(&Files::of(io));
            let text: String = config
                .profile_names()
                .iter()
                .map(|name| format!("{name}\n"))
                .collect();
            io.out(text);
            Ok(0)
        }
        Some(other) => Err(Stopped::Refused(Problem::General(format!(
            "HSM Lab does not offer 'aws configure {other}'."
        )))),
    }
}

fn usage(ended: Ended) -> Problem {
    match ended {
        Ended::Refused(message) => Problem::Usage(message),
        Ended::Version => Problem::General(String::new()),
    }
}

/// Parses the words that a sub-command requires.
fn needed<const N: usize>(words: &[String], wanted: [&str; N]) -> Result<[String; N], Problem> {
    let mut parser = Parser::default();
    for flag in ["--sso-session", "--services"] {
        parser.add(OptionSpec::new(flag));
    }
    let found = parser.parse(words).map_err(usage)?;
    let (plain, unknown): (Vec<String>, Vec<String>) = found
        .rest
        .into_iter()
        .partition(|word| !word.starts_with("--"));
    let missing: Vec<&str> = wanted.iter().skip(plain.len()).copied().collect();
    if !missing.is_empty() {
        return Err(Problem::Usage(format!(
            "the following arguments are required: {}",
            missing.join(", ")
        )));
    }
    if plain.len() > N || !unknown.is_empty() {
        let mut rest = unknown;
        rest.extend(plain.into_iter().skip(N));
        return Err(Problem::UnknownOptions(rest));
    }
    let mut plain = plain.into_iter();
    Ok(std::array::from_fn(|_| plain.next().unwrap_or_default()))
}

fn profile(globals: &Globals) -> String {
    globals.profile.clone().unwrap_or_else(|| "default".into())
}

/// Splits a setting's name into the plain name and the profile.
fn scoped(name: &str, globals: &Globals) -> (String, String) {
    if let Some(setting) = name.strip_prefix("default.") {
        return ("default".into(), setting.to_owned());
    }
    if let Some((named, setting)) = name
        .strip_prefix("profile.")
        .and_then(|rest| rest.split_once('.'))
    {
        return (named.to_owned(), setting.to_owned());
    }
    (profile(globals), name.to_owned())
}

fn set(words: &[String], globals: &Globals, io: &mut Io<'_>) -> Result<i32, Problem> {
    let [name, value] = needed(words, ["varname", "value"])?;
    let (profile, setting) = scoped(&name, globals);
    write(io, &profile, &setting, &value)?;
    Ok(0)
}

fn get(words: &[String], globals: &Globals, io: &mut Io<'_>) -> Result<i32, Problem> {
    let [name] = needed(words, ["varname"])?;
    let (profile, setting) = scoped(&name, globals);
    let value = {
        let config = Config::read(&Files::of(io));
        config.get(&profile, &setting).map(str::to_owned)
    };
    match value {
        Some(value) => {
            io.out(format!("{value}\n"));
            Ok(0)
        }
        None => Ok(1),
    }
}

fn write(io: &mut Io<'_>, profile: &str, setting: &str, value: &str) -> Result<(), Problem> {
    let (path, section) = {
        let files = Files::of(io);
        let (config, credentials) = config::paths(&files);
        if SECRET.contains(&setting) {
            (files.expand(&credentials), profile.to_owned())
        } else if profile == "default" {
            (files.expand(&config), profile.to_owned())
        } else {
            (files.expand(&config), format!("profile {profile}"))
        }
    };
    let path = io.path(&path);
    let text = io
        .host
        .fs
        .read(&path, &io.login.user)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default();
    let now = io.sys.now();
    if let Some((folder, _)) = path.rsplit_once('/') {
        io.host.fs.make_folders(folder, &io.login.user, now);
    }
    let text = config::with_setting(&text, &section, setting, value);
    let refused =
        |error: hsmlab_shell::fs::FsError| Problem::General(format!("{}: '{path}'", error.text()));
    io.host
        .fs
        .write(&path, text.into_bytes(), &io.login.user, now)
        .map_err(refused)?;
    io.host
        .fs
        .set_mode(&path, 0o600, &io.login.user)
        .map_err(refused)
}

fn masked(value: &str) -> String {
    let tail: String = value
        .chars()
        .rev()
        .take(4)
        .collect::<Vec<char>>()
        .into_iter()
        .rev()
        .collect();
    format!("****************{tail}")
}

fn ask(globals: &Globals, io: &mut Io<'_>, answers: &mut Answers) -> Result<(), Question> {
    let profile = profile(globals);
    let config = Config::read(&Files::of(io));
    let known = |setting: &str| config.get(&profile, setting).map(str::to_owned);
    if ASKED.iter().all(|(setting, _)| known(setting).is_none()) {
        io.out(
            "\nTip: You can deliver temporary credentials to the AWS CLI using your AWS Console session \
             by running the command 'aws login'.\n\n",
        );
    }
    let mut given: Vec<(&str, String)> = Vec::new();
    for (setting, prompt) in ASKED {
        let current = known(setting);
        if setting == "aws_session_token" {
            let key = given.iter().find(|(name, _)| *name == "aws_access_key_id");
            let temporary = key.map(|(_, key)| key.starts_with("ASIA"));
            if !temporary.unwrap_or(current.is_some()) {
                continue;
            }
        }
        let shown = match &current {
            Some(value) if SECRET.contains(&setting) => masked(value),
            Some(value) => value.clone(),
            None => "None".into(),
        };
        let answer = answers.ask(format!("{prompt} [{shown}]: "), true)?;
        if !answer.is_empty() && Some(&answer) != current.as_ref() {
            given.push((setting, answer));
        }
    }
    for (setting, value) in given {
        if let Err(problem) = write(io, &profile, setting, &value) {
            let style = super::errors::ErrorStyle {
                columns: 80,
                color: false,
            };
            let failure = problem.say(globals.cli_error_format, &style);
            io.err(failure.stderr);
        }
    }
    Ok(())
}

fn list(globals: &Globals, io: &mut Io<'_>) -> String {
    let by_host = io.sys.instance_credentials(&io.host.id);
    let io = &*io;
    let files = Files::of(io);
    let config = Config::read(&files);
    let mut text = row("NAME", "VALUE", "TYPE", "LOCATION");
    let not_set = || ("<not set>".to_owned(), "None".to_owned(), "None".to_owned());
    let by_variable = |name: &str| {
        files
            .variable(name)
            .map(|value| (value, "env".to_owned(), name.to_owned()))
    };
    let profile_row = by_variable("AWS_PROFILE").or_else(|| {
        globals
            .profile
            .clone()
            .map(|profile| (profile, "manual".into(), "--profile".into()))
    });
    let (value, kind, place) = profile_row.unwrap_or_else(not_set);
    text += &row("profile", &value, &kind, &place);
    let found = credentials::find(globals, &config, &files, by_host, &io.host.id)
        .ok()
        .flatten();
    for name in ["access_key", "secret_key"] {
        let (value, kind) = match &found {
            Some(found) => {
                // The lab's own credentials have no secret whose last characters could be shown.
                let shown = if name == "access_key" {
                    &found.access_key_id
                } else {
                    ""
                };
                (masked(shown), found.method.to_owned())
            }
            None => ("<not set>".into(), "None".into()),
        };
        text += &row(
            name,
            &value,
            &kind,
            if found.is_some() { "" } else { "None" },
        );
    }
    let in_file = config.get(&profile(globals), "region").map(|region| {
        (
            region.to_owned(),
            "config-file".to_owned(),
            config::paths(&files).0,
        )
    });
    let region = by_variable("AWS_REGION")
        .or_else(|| by_variable("AWS_DEFAULT_REGION"))
        .or(in_file)
        .unwrap_or_else(not_set);
    text + &row("region", &region.0, &region.1, &region.2)
}

fn row(name: &str, value: &str, kind: &str, place: &str) -> String {
    format!("{name:<10} : {value:<24} : {kind:<16} : {place}\n")
}
