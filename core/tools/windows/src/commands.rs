//! The lab's cmdlets, with their parameters and aliases (the modules Microsoft.PowerShell.Management,
//! Microsoft.PowerShell.Utility and NetTCPIP of Windows PowerShell 5.1).

mod content;
mod credentials;
mod files;
mod filter;
mod installer;
mod items;
mod json;
mod network;
mod objects;
pub(super) mod programs;
mod services;
mod system;

use super::call::Call;
use super::failure::Failure;
use super::run::Shell;
use super::value::Value;

pub(super) type Output = Result<Vec<Value>, Failure>;

/// A cmdlet.
pub(super) struct Cmdlet {
    pub(super) name: &'static str,
    pub(super) parameters: &'static [Parameter],
    pub(super) run: fn(&mut Shell<'_, '_>, &Call) -> Output,
}

/// The values that a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// None: the parameter is a switch.
    Nothing,
    One,
    /// All positional values that are left.
    Rest,
}

/// A parameter of a cmdlet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) aliases: &'static [&'static str],
    pub(super) takes: Takes,
    pub(super) positional: bool,
    pub(super) mandatory: bool,
    pub(super) piped: bool,
}

impl Parameter {
    pub(super) const fn one(name: &'static str, aliases: &'static [&'static str]) -> Self {
        Self {
            name,
            aliases,
            takes: Takes::One,
            positional: false,
            mandatory: false,
            piped: false,
        }
    }

    pub(super) const fn switch(name: &'static str, aliases: &'static [&'static str]) -> Self {
        Self {
            takes: Takes::Nothing,
            ..Self::one(name, aliases)
        }
    }

    /// A positional parameter.
    pub(super) const fn at(name: &'static str) -> Self {
        Self {
            positional: true,
            ..Self::one(name, &[])
        }
    }

    /// A parameter that takes all positional values that are left.
    pub(super) const fn rest(name: &'static str) -> Self {
        Self {
            takes: Takes::Rest,
            ..Self::at(name)
        }
    }

    /// Makes the parameter mandatory.
    pub(super) const fn must(self) -> Self {
        Self {
            mandatory: true,
            ..self
        }
    }

    /// Lets the parameter take its value from the pipeline.
    pub(super) const fn piped(self) -> Self {
        Self {
            piped: true,
            ..self
        }
    }
}

const TABLES: [&[Cmdlet]; 10] = [
    files::CMDLETS,
    items::CMDLETS,
    content::CMDLETS,
    objects::CMDLETS,
    filter::CMDLETS,
    json::CMDLETS,
    network::CMDLETS,
    services::CMDLETS,
    system::CMDLETS,
    installer::CMDLETS,
];

/// Aliases of Windows PowerShell 5.1 (about_Aliases, `Get-Alias`), and `mkdir`, `md` and `help`, which are
/// functions there.
const ALIASES: &[(&str, &str)] = &[
    ("%", "ForEach-Object"),
    ("?", "Where-Object"),
    ("ac", "Add-Content"),
    ("cat", "Get-Content"),
    ("cd", "Set-Location"),
    ("cd..", "Set-Location"),
    ("cd\\", "Set-Location"),
    ("chdir", "Set-Location"),
    ("copy", "Copy-Item"),
    ("cp", "Copy-Item"),
    ("cpi", "Copy-Item"),
    ("curl", "Invoke-WebRequest"),
    ("del", "Remove-Item"),
    ("dir", "Get-ChildItem"),
    ("echo", "Write-Output"),
    ("erase", "Remove-Item"),
    ("fl", "Format-List"),
    ("foreach", "ForEach-Object"),
    ("ft", "Format-Table"),
    ("gc", "Get-Content"),
    ("gci", "Get-ChildItem"),
    ("gcm", "Get-Command"),
    ("ghy", "Get-History"),
    ("gi", "Get-Item"),
    ("gl", "Get-Location"),
    ("gsv", "Get-Service"),
    ("h", "Get-History"),
    ("help", "Get-Help"),
    ("history", "Get-History"),
    ("irm", "Invoke-RestMethod"),
    ("iwr", "Invoke-WebRequest"),
    ("ls", "Get-ChildItem"),
    ("man", "Get-Help"),
    ("md", "mkdir"),
    ("measure", "Measure-Object"),
    ("mi", "Move-Item"),
    ("move", "Move-Item"),
    ("mv", "Move-Item"),
    ("ni", "New-Item"),
    ("pwd", "Get-Location"),
    ("rd", "Remove-Item"),
    ("ren", "Rename-Item"),
    ("ri", "Remove-Item"),
    ("rm", "Remove-Item"),
    ("rmdir", "Remove-Item"),
    ("rni", "Rename-Item"),
    ("sasv", "Start-Service"),
    ("saps", "Start-Process"),
    ("sc", "Set-Content"),
    ("select", "Select-Object"),
    ("sl", "Set-Location"),
    ("sleep", "Start-Sleep"),
    ("sls", "Select-String"),
    ("sort", "Sort-Object"),
    ("spsv", "Stop-Service"),
    ("start", "Start-Process"),
    ("tee", "Tee-Object"),
    ("tnc", "Test-NetConnection"),
    ("type", "Get-Content"),
    ("wget", "Invoke-WebRequest"),
    ("where", "Where-Object"),
    ("write", "Write-Output"),
];

fn all() -> impl Iterator<Item = &'static Cmdlet> {
    TABLES.iter().flat_map(|table| table.iter())
}

/// Returns the cmdlet that an alias names.
pub(super) fn alias(name: &str) -> Option<&'static str> {
    ALIASES
        .iter()
        .find(|(alias, _)| alias.eq_ignore_ascii_case(name))
        .map(|(_, cmdlet)| *cmdlet)
}

/// Finds a cmdlet by its name or an alias.
pub(super) fn find(name: &str) -> Option<&'static Cmdlet> {
    let name = alias(name).unwrap_or(name);
    all().find(|cmdlet| cmdlet.name.eq_ignore_ascii_case(name))
}

/// Returns the names of all cmdlets, in order.
pub(super) fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = all().map(|cmdlet| cmdlet.name).collect();
    names.sort_unstable();
    names
}
