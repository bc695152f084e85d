//! `cargo xtask models DATA`: the service models, generated from botocore's data as the lab's compact file.
//!
//! DATA is the `botocore/data` folder of an unpacked wheel of PyPI's botocore. The AWS CLI 2.36.7 contains
//! version 1.43.55: `pip download --no-deps botocore==1.43.55`, then unzip. `core/models/selection.txt`
//! lists the services and operations that are used.

mod selection;
mod service;

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use hsmlab_api::model::Catalog;
use serde_json::Value;

/// The arguments of `cargo xtask models`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder botocore/data of an unpacked botocore wheel.
    data: PathBuf,
    /// The name of the models' source in the file.
    #[arg(long, default_value = "botocore 1.43.55")]
    source: String,
    /// Also write the models as readable JSON here.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// Makes `core/models/models.json.gz`.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/models");
    let selection = selection::read(&folder.join("selection.txt"))?;
    let mut catalog = Catalog {
        source: arguments.source.clone(),
        ..Catalog::default()
    };
    catalog.commands = commands(&arguments.data, &selection.commands)?;
    for chosen in &selection.services {
        catalog
            .services
            .push(service::convert(&arguments.data, chosen)?);
    }
    let json = serde_json::to_vec(&catalog).map_err(|error| error.to_string())?;
    if let Some(path) = &arguments.json {
        let pretty = serde_json::to_vec_pretty(&catalog).map_err(|error| error.to_string())?;
        fs::write(path, pretty).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let mut encoder = flate2::GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), flate2::Compression::best());
    encoder
        .write_all(&json)
        .map_err(|error| error.to_string())?;
    let packed = encoder.finish().map_err(|error| error.to_string())?;
    let path = folder.join("models.json.gz");
    fs::write(&path, &packed).map_err(|error| format!("{}: {error}", path.display()))?;
    report(&catalog, json.len(), packed.len());
    Ok(())
}

fn report(catalog: &Catalog, json: usize, packed: usize) {
    let mut text = String::new();
    for service in &catalog.services {
        text += &format!(
            "{:12} {:4} operations of {:4}, {:4} shapes\n",
            service.cli_name,
            service.operations.len(),
            service.commands.len(),
            service.shapes.len()
        );
    }
    text += &format!("{json} bytes of JSON, {packed} packed\n");
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Makes the CLI's top-level commands: one per service, with the CLI's own changes.
fn commands(data: &Path, changes: &selection::Changes) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(data).map_err(|error| format!("{}: {error}", data.display()))?;
    let mut names = BTreeSet::new();
    for entry in entries {
        let entry = entry.map_err(|error| error.to_string())?;
        if entry.path().is_dir() {
            names.insert(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(changes.apply(names))
}

/// Reads `name` of a service, compressed or not; `None` if there is no such file.
fn read_json(data: &Path, service: &str, name: &str) -> Result<Option<Value>, String> {
    let folder = data.join(service);
    let entries =
        fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let newest = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .max();
    let Some(version) = newest else {
        return Err(format!("{}: no version", folder.display()));
    };
    for (suffix, packed) in [(".json.gz", true), (".json", false)] {
        let path = version.join(format!("{name}{suffix}"));
        if !path.exists() {
            continue;
        }
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut json = Vec::new();
        if packed {
            let mut decoder = flate2::read::GzDecoder::new(bytes.as_slice());
            decoder
                .read_to_end(&mut json)
                .map_err(|error| format!("{}: {error}", path.display()))?;
        } else {
            json = bytes;
        }
        let value = serde_json::from_slice(&json)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        return Ok(Some(value));
    }
    Ok(None)
}
