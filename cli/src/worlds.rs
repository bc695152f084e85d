//! The folder of named worlds.

use std::path::{Path, PathBuf};

use hsmlab_protocol::request::Worlds;

/// Where the worlds are in a checkout.
const FOLDER: &str = "static/worlds";

/// The folder of worlds: the one that was asked for, or the one next to the folder of a lab, or that of
/// a checkout.
pub(crate) fn folder(asked: Option<&Path>, lab: Option<&Path>) -> PathBuf {
    let beside = lab.and_then(|lab| Some(lab.parent()?.join("../worlds")));
    let beside = beside.filter(|folder| folder.is_dir());
    asked
        .map(Path::to_path_buf)
        .or(beside)
        .unwrap_or_else(|| FOLDER.into())
}

/// Reads all worlds of a folder; a folder that does not exist has none.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn read(folder: &Path) -> Result<Worlds, String> {
    let mut worlds = Worlds::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(worlds);
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|ending| ending == "md") {
            let text = std::fs::read_to_string(&path)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            let id = path.file_stem().unwrap_or_default().to_string_lossy();
            worlds.insert(id.into_owned(), text);
        }
    }
    Ok(worlds)
}
