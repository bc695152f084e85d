//! What Trunk's build needs after Trunk: the page's wasm and script smaller (`xtask/page.mjs`), the worker's
//! wasm smaller and in two files (`xtask/worker.mjs`), and names with a hash of the contents for the files that
//! Trunk leaves without one, the worker's. So a page
//! never meets a worker of another version, and a host may tell browsers to keep these files forever.
//!
//! Trunk runs this before it puts a build in place (the hook in Trunk.toml), for `serve` too.

use std::path::Path;

use xtask::shell::{command, finish, target_folder};

/// What the worker loads after the first prompt. A build for development has one file with everything.
const REST: &str = "worker_rest.wasm";

/// The files, and the file that names each as `./NAME`. What names others comes after them: its contents,
/// and so its own name, depend on theirs.
const FILES: &[(&str, &str)] = &[
    ("worker_bg.wasm", "start_worker.js"),
    (REST, "start_worker.js"),
    ("worker.js", "start_worker.js"),
    ("start_worker.js", "index.html"),
];

/// Renames the files of the build that Trunk is making.
///
/// # Errors
/// A file is missing, or nothing names it.
pub(crate) fn hook() -> Result<(), String> {
    let folder = std::env::var_os("TRUNK_STAGING_DIR")
        .ok_or("this is Trunk's hook: run `cargo xtask build` or `cargo xtask serve`")?;
    let folder = Path::new(&folder);
    if std::env::var_os("TRUNK_PROFILE").is_some_and(|profile| profile == "release") {
        let made = target_folder()?.join("wasm-bindgen/release");
        for script in ["xtask/page.mjs", "xtask/worker.mjs"] {
            finish(command("node", &[]).args([Path::new(script), &made, folder]))?;
        }
    } else {
        let start = folder.join("start_worker.js");
        let said = |error: std::io::Error| format!("{}: {error}", start.display());
        let text = std::fs::read_to_string(&start).map_err(said)?;
        std::fs::write(&start, text.replace(&format!("./{REST}"), "")).map_err(said)?;
    }
    rename(folder)
}

fn rename(folder: &Path) -> Result<(), String> {
    for (file, namer) in FILES {
        if *file == REST && !folder.join(file).exists() {
            continue;
        }
        let said = |error: std::io::Error| format!("{file}, {namer}: {error}");
        let bytes = std::fs::read(folder.join(file)).map_err(said)?;
        let name = hashed(file, &bytes);
        let text = std::fs::read_to_string(folder.join(namer)).map_err(said)?;
        let (old, new) = (format!("./{file}"), format!("./{name}"));
        if !text.contains(&old) {
            return Err(format!("{namer} does not name {old} (xtask/src/names.rs)"));
        }
        std::fs::write(folder.join(namer), text.replace(&old, &new)).map_err(said)?;
        std::fs::rename(folder.join(file), folder.join(name)).map_err(said)?;
    }
    Ok(())
}

/// `worker_bg.wasm` as `worker-0123456789abcdef_bg.wasm`, as Trunk names the page's files.
fn hashed(file: &str, bytes: &[u8]) -> String {
    let ending = ["_bg.wasm", ".wasm", ".js"]
        .into_iter()
        .find(|ending| file.ends_with(ending))
        .unwrap_or_default();
    let stem = &file[..file.len() - ending.len()];
    format!("{stem}-{:016x}{ending}", fnv1a(bytes))
}

/// FNV-1a with 64 bits: against chance, not against an adversary.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(name: &str, wasm: &str) -> Vec<(String, String)> {
        let folder = std::env::temp_dir().join(format!("hsmlab-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let put = |file: &str, text: &str| std::fs::write(folder.join(file), text).expect("a file");
        put("worker_bg.wasm", wasm);
        put("worker_rest.wasm", "rest");
        put("worker.js", "hello");
        put(
            "start_worker.js",
            "run('./worker.js', './worker_bg.wasm', './worker_rest.wasm')",
        );
        put(
            "index.html",
            "new Worker('./start_worker.js'); 'start_worker.js is missing'",
        );
        rename(&folder).expect("renamed");
        assert!(rename(&folder).is_err(), "the files are gone");
        let mut files: Vec<_> = std::fs::read_dir(&folder)
            .expect("a folder")
            .flatten()
            .map(|file| {
                let text = std::fs::read_to_string(file.path()).expect("text");
                (file.file_name().to_string_lossy().into_owned(), text)
            })
            .collect();
        std::fs::remove_dir_all(&folder).expect("removed");
        files.sort();
        files
    }

    #[test]
    fn a_change_of_the_wasm_changes_each_name_on_the_way_to_it() {
        let one = build("one", "a");
        let other = build("other", "b");
        let [html, start, script, wasm, rest] = &one[..] else {
            panic!("{one:?}");
        };
        assert_eq!(script.0, "worker-a430d84680aabd0b.js");
        assert_eq!(wasm.0, "worker-af63dc4c8601ec8c_bg.wasm");
        let wanted = format!("run('./{}', './{}', './{}')", script.0, wasm.0, rest.0);
        assert_eq!(start.1, wanted);
        let wanted = format!("new Worker('./{}'); 'start_worker.js is missing'", start.0);
        assert_eq!(html.1, wanted);
        assert_eq!(other[2], *script);
        assert_ne!(other[1].0, start.0);
        assert_ne!(other[3].0, wasm.0);
        assert_eq!(other[4], *rest);
    }
}
