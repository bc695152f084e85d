//! `~/.aws/config` and `~/.aws/credentials`: profiles and their settings.

use super::paramfile::Files;

/// The settings of one section: name and value, in the file's order.
type Settings = Vec<(String, String)>;

/// The two files combined, as the CLI reads them.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The sections of the configuration file by profile name.
    profiles: Vec<(String, Settings)>,
    /// The sections of the credentials file.
    credentials: Vec<(String, Settings)>,
}

/// The paths of the files: `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE`, or the home folder.
#[must_use]
pub fn paths(files: &Files<'_>) -> (String, String) {
    let config = files
        .variable("AWS_CONFIG_FILE")
        .unwrap_or_else(|| "~/.aws/config".into());
    let credentials = files
        .variable("AWS_SHARED_CREDENTIALS_FILE")
        .unwrap_or_else(|| "~/.aws/credentials".into());
    (config, credentials)
}

impl Config {
    /// Reads the files; a missing file counts as empty.
    #[must_use]
    pub fn read(files: &Files<'_>) -> Self {
        let (config, credentials) = paths(files);
        let text = |path: &str| {
            let bytes = files.bytes(path).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let mut profiles = Vec::new();
        for (name, settings) in sections(&text(&config)) {
            match name.strip_prefix("profile ") {
                Some(profile) => profiles.push((unquoted(profile), settings)),
                None if name == "default" => profiles.push((name, settings)),
                None => {}
            }
        }
        Self {
            profiles,
            credentials: sections(&text(&credentials)),
        }
    }

    /// True if either file has the profile.
    #[must_use]
    pub fn has_profile(&self, profile: &str) -> bool {
        self.profiles
            .iter()
            .chain(&self.credentials)
            .any(|(name, _)| name == profile)
    }

    /// The names of all profiles, those of the configuration file first.
    #[must_use]
    pub fn profile_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in self.profiles.iter().chain(&self.credentials) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }

    /// Returns a setting of a profile. The credentials file has precedence over the configuration file.
    #[must_use]
    pub fn get(&self, profile: &str, setting: &str) -> Option<&str> {
        let of = |sections: &'_ [(String, Settings)]| -> Option<usize> {
            sections.iter().position(|(name, _)| name == profile)
        };
        for sections in [&self.credentials, &self.profiles] {
            let Some((_, settings)) = of(sections).and_then(|at| sections.get(at)) else {
                continue;
            };
            if let Some((_, value)) = settings.iter().rev().find(|(name, _)| name == setting) {
                return Some(value);
            }
        }
        None
    }
}

fn unquoted(name: &str) -> String {
    name.trim().trim_matches(['"', '\'']).to_owned()
}

/// Parses the sections of an INI file.
fn sections(text: &str) -> Vec<(String, Settings)> {
    let mut sections: Vec<(String, Settings)> = Vec::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = trimmed
            .strip_prefix('[')
            .and_then(|rest| rest.split(']').next())
        {
            sections.push((name.trim().to_owned(), Vec::new()));
        } else if let (Some((_, settings)), Some((name, value))) =
            (sections.last_mut(), trimmed.split_once('='))
        {
            let indented = line.starts_with([' ', '\t']);
            // An indented line belongs to the setting above it (`s3 =`), which the lab does not use.
            if !indented {
                settings.push((name.trim().to_lowercase(), value.trim().to_owned()));
            }
        }
    }
    sections
}

/// Returns the text of an INI file with a setting changed or added; the rest is unchanged.
#[must_use]
pub fn with_setting(text: &str, section: &str, setting: &str, value: &str) -> String {
    let header = format!("[{section}]");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let entry = format!("{setting} = {value}");
    let Some(start) = lines.iter().position(|line| line.trim() == header) else {
        lines.push(header);
        lines.push(entry);
        return lines.join("\n") + "\n";
    };
    let end = lines
        .iter()
        .skip(start + 1)
        .position(|line| line.trim_start().starts_with('['))
        .map_or(lines.len(), |offset| start + 1 + offset);
    let known = lines.iter().take(end).skip(start + 1).position(|line| {
        line.split_once('=')
            .is_some_and(|(name, _)| name.trim() == setting)
    });
    match known {
        Some(offset) => {
            if let Some(line) = lines.get_mut(start + 1 + offset) {
                *line = entry;
            }
        }
        None => {
            let mut at = end;
            while at > start + 1 && lines.get(at - 1).is_some_and(|line| line.trim().is_empty()) {
                at -= 1;
            }
            lines.insert(at, entry);
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_changed_in_place() {
        let text = with_setting("", "default", "region", "us-west-2");
        assert_eq!(text, "[default]\nregion = us-west-2\n");
        let text = with_setting(&text, "profile b", "output", "text");
        let text = with_setting(&text, "default", "region", "eu-west-1");
        let text = with_setting(&text, "default", "output", "yaml");
        assert_eq!(
            text,
            "[default]\nregion = eu-west-1\noutput = yaml\n[profile b]\noutput = text\n"
        );
        assert_eq!(sections(&text).len(), 2);
    }
}
