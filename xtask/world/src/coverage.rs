//! `cargo xtask coverage`: docs/coverage.md, the lab's operations and errors compared with AWS's and moto's.
//!
//! AWS's side comes from the models, the lab's from its handler tables and the texts of its errors, and
//! moto's from `tests/data/moto.tsv`. A test of core checks that each operation has a handler.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use hsmlab_api::model::{self, Kind, Service};
use hsmlab_aws::services;

use xtask::shell::{root, say};

/// The file of the table.
const FILE: &str = "docs/coverage.md";

/// Commands of the CLI that no service has.
const OWN_COMMANDS: &[&str] = &["help", "wait", "wizard"];

/// An offered service and the files with its error codes.
struct Source {
    name: &'static str,
    /// The files of core/aws/src that name its codes.
    files: &'static [&'static str],
    /// The codes that the API front end returns in its name: those of `wire` and of IAM's refusals.
    door: &'static [&'static str],
}

const SOURCES: &[Source] = &[
    Source {
        name: "cloudhsmv2",
        files: &["cloudhsmv2/error.rs", "cloudhsmv2/error/texts.rs"],
        door: &[
            "AccessDeniedException",
            "MissingAuthenticationTokenException",
            "UnrecognizedClientException",
        ],
    },
    Source {
        name: "ec2",
        files: &[
            "ec2.rs",
            "ec2/error.rs",
            "ec2/error/network.rs",
            "ec2/compute_error.rs",
            "ec2/insights.rs",
            "ec2/key_pairs.rs",
            "ec2/routes.rs",
        ],
        door: &["AuthFailure", "DryRunOperation", "UnauthorizedOperation"],
    },
    Source {
        name: "iam",
        files: &["iam/error.rs"],
        door: &[
            "AccessDenied",
            "InvalidClientTokenId",
            "MissingAuthenticationToken",
        ],
    },
    Source {
        name: "sts",
        files: &["sts.rs"],
        door: &[
            "AccessDenied",
            "InvalidClientTokenId",
            "MissingAuthenticationToken",
        ],
    },
];

/// The arguments of `cargo xtask coverage`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only check that the file is up to date.
    #[arg(long)]
    check: bool,
}

/// Writes the file, or reports that it is out of date.
///
/// # Errors
/// The file cannot be written, or is out of date.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    if arguments.check {
        return check();
    }
    let path = root().join(FILE);
    fs::write(&path, text()?).map_err(|error| format!("{}: {error}", path.display()))?;
    say(&format!("{FILE} is made"));
    Ok(())
}

/// Checks that the file is up to date.
///
/// # Errors
/// The file is out of date.
pub(crate) fn check() -> Result<(), String> {
    let current = fs::read_to_string(root().join(FILE)).unwrap_or_default();
    if current == text()? {
        Ok(())
    } else {
        Err(format!("{FILE} is out of date: cargo xtask coverage"))
    }
}

/// Names by kind (`operation`, `error`) and service.
type Names = BTreeMap<(String, String), BTreeSet<String>>;

fn text() -> Result<String, String> {
    let moto = moto()?;
    let mut text = String::from(
        "# Coverage\n\nWhat the lab has of the four services that it offers, compared with AWS and moto 5.2.5 \
         (Python's mock of AWS).\n`cargo xtask coverage` makes this file; `cargo xtask test` says when it \
         is out of date.\n\n",
    );
    summary(&mut text, &moto)?;
    members(&mut text)?;
    for source in SOURCES {
        let service = service(source.name)?;
        operations(&mut text, service, &moto);
        errors(&mut text, service, &codes(source, service)?, &moto);
    }
    Ok(text)
}

fn summary(text: &mut String, moto: &Names) -> Result<(), String> {
    *text += "| service | operations of AWS | HSM Lab | moto | error codes that the model declares | HSM Lab | moto |\n\
              | --- | --: | --: | --: | --: | --: | --: |\n";
    for source in SOURCES {
        let name = source.name;
        let service = service(name)?;
        let declared = declared(service);
        let own = codes(source, service)?;
        let shared = |codes: &BTreeSet<String>| declared.intersection(codes).count();
        let theirs = names(moto, "error", name);
        let (ours, theirs) = if declared.is_empty() {
            (own.len(), theirs.len())
        } else {
            (shared(&own), shared(theirs))
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {ours} | {theirs} |",
            service.full_name,
            all_operations(service),
            service.operations.len(),
            names(moto, "operation", name).len(),
            if declared.is_empty() {
                "none".into()
            } else {
                declared.len().to_string()
            },
        );
    }
    *text += "\nOperations of AWS: those of ";
    let _ = write!(text, "{}", model::catalog().source);
    *text += ". moto's CloudHSM V2 has clusters and backups, but no HSMs, no certificates and no intermediate \
              states.\nThe error codes are those of the operations that the lab offers; EC2's model declares \
              none, so all codes that occur are counted.\nmoto's codes of CloudHSM V2 lack the prefix CloudHsm.\n\n";
    Ok(())
}

/// Counts the unused members of requests and answers.
fn members(text: &mut String) -> Result<(), String> {
    let list = read(&root().join("tests/data/unused-members.tsv"))?;
    let rows: Vec<Vec<&str>> = list
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
        .collect();
    *text += "Members of requests and answers that the lab does not use are listed in \
              `tests/data/unused-members.tsv`, each with its reason:\n\n| service | of requests | of answers |\n\
              | --- | --: | --: |\n";
    for Source { name, .. } in SOURCES {
        let count = |side: &str| {
            rows.iter()
                .filter(|row| row.starts_with(&[name, side]))
                .count()
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} |",
            service(name)?.full_name,
            count("request"),
            count("answer")
        );
    }
    *text += "\nCloudHSM V2 uses all but `PreCoPassword`, which AWS does not show either.\n";
    Ok(())
}

fn operations(text: &mut String, service: &Service, moto: &Names) {
    let theirs = names(moto, "operation", &service.cli_name);
    let _ = writeln!(
        text,
        "\n## {}\n\n| operation | moto |\n| --- | --- |",
        service.full_name
    );
    for operation in &service.operations {
        let mark = if theirs.contains(&operation.cli_name) {
            "yes"
        } else {
            "no"
        };
        let _ = writeln!(text, "| `{}` | {mark} |", operation.cli_name);
    }
    let known: BTreeSet<&str> = service
        .operations
        .iter()
        .map(|operation| operation.name.as_str())
        .collect();
    let row = services::service(&service.cli_name);
    let handlers = row.map_or_else(Vec::new, |row| (row.operations)());
    let more: Vec<String> = handlers
        .iter()
        .filter(|name| !known.contains(*name))
        .map(|name| format!("`{name}`"))
        .collect();
    if !more.is_empty() {
        let _ = writeln!(
            text,
            "\nHandlers that wait for their models (`core/models/selection.txt`): {}.",
            more.join(", ")
        );
    }
}

fn errors(text: &mut String, service: &Service, own: &BTreeSet<String>, moto: &Names) {
    let declared = declared(service);
    let theirs = names(moto, "error", &service.cli_name);
    let mark = |is: bool| if is { "yes" } else { "no" };
    let _ = writeln!(
        text,
        "\nErrors of {}:\n\n| code | declared by the model | HSM Lab | moto |\n| --- | --- | --- | --- |",
        service.full_name
    );
    for code in declared.union(own) {
        let _ = writeln!(
            text,
            "| {code} | {} | {} | {} |",
            mark(declared.contains(code)),
            mark(own.contains(code)),
            mark(theirs.contains(code))
        );
    }
}

fn service(name: &str) -> Result<&'static Service, String> {
    model::service(name).ok_or_else(|| format!("the models have no {name}"))
}

/// Counts AWS's operations. The CLI has one command per operation, except for its own commands and
/// for two of EC2 that it replaces.
fn all_operations(service: &Service) -> usize {
    let own = service
        .commands
        .iter()
        .filter(|name| OWN_COMMANDS.contains(&name.as_str()))
        .count();
    let replaced = if service.cli_name == "ec2" { 2 } else { 0 };
    service.commands.len() - own + replaced
}

fn declared(service: &Service) -> BTreeSet<String> {
    let errors = service
        .operations
        .iter()
        .flat_map(|operation| &operation.errors);
    let codes = errors.filter_map(|shape| match &service.shape(*shape).kind {
        Kind::Structure(structure) => Some(structure.error.as_ref()?.code.clone()),
        _ => None,
    });
    codes.collect()
}

/// The error codes that a service's files name: texts in the form of a code at the place of a code,
/// behind `code:` or as the first of several values.
fn codes(source: &Source, service: &Service) -> Result<BTreeSet<String>, String> {
    let aws = root().join("core/aws/src");
    let mut codes = BTreeSet::new();
    for file in source.files {
        let text = read(&aws.join(file))?;
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let parts: Vec<&str> = code.split('"').collect();
        for pair in parts.windows(3) {
            let [before, text, after] = pair else {
                continue;
            };
            let before = before.trim_end();
            let placed = ["code:", "(", "=>", "=> {"]
                .iter()
                .any(|end| before.ends_with(end));
            let followed = after.starts_with([',', '.']) || after.trim_start().starts_with('}');
            if placed && followed && is_code(text) && service.operation(text).is_none() {
                codes.insert((*text).to_owned());
            }
        }
    }
    let mut door = String::new();
    for file in [
        "wire/refusals.rs",
        "iam/evaluate.rs",
        "ec2.rs",
        "ec2/permissions.rs",
    ] {
        door += &read(&aws.join(file))?;
    }
    for code in source.door {
        if !door.contains(&format!("\"{code}\"")) {
            return Err(format!(
                "the door no longer gives {code}: correct xtask/world/src/coverage.rs"
            ));
        }
        codes.insert((*code).to_owned());
    }
    Ok(codes)
}

/// True for texts like `InvalidVpcID.NotFound`: at least two capitalised words.
fn is_code(text: &str) -> bool {
    let capitals = text.chars().filter(char::is_ascii_uppercase).count();
    capitals >= 2
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.chars().any(|c| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
        && text != "NotOfferedByHsmLab"
}

/// Reads moto's operations and errors.
fn moto() -> Result<Names, String> {
    let mut moto = Names::new();
    for line in read(&root().join("tests/data/moto.tsv"))?
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        if let [kind, service, name] = line.split('\t').collect::<Vec<_>>()[..] {
            moto.entry((kind.to_owned(), service.to_owned()))
                .or_default()
                .insert(name.to_owned());
        }
    }
    Ok(moto)
}

fn names<'n>(names: &'n Names, kind: &str, service: &str) -> &'n BTreeSet<String> {
    static NONE: BTreeSet<String> = BTreeSet::new();
    names
        .get(&(kind.to_owned(), service.to_owned()))
        .unwrap_or(&NONE)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
