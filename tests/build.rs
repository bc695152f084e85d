//! Lists the files of `static/worlds/`, so that tests have them in a browser too.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/worlds");
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries = std::fs::read_dir(&folder)?;
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "md"));
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let id = file.file_stem().unwrap_or_default();
        let _ = writeln!(list, "    ({:?}, include_str!({:?})),", id.display(), file);
    }
    list.push_str("]\n");
    let out = std::env::var_os("OUT_DIR").unwrap_or_default();
    std::fs::write(Path::new(&out).join("worlds.rs"), list)
}
