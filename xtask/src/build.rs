//! Builds `dist/`: the page as static files that any web server can host below any path.

use std::path::Path;

use crate::setup::{Needs, setup};
use xtask::shell::{command, finish, root, run, say};

/// Where Trunk puts what it builds (Trunk.toml).
const DIST: &str = "dist";

/// What the page may weigh, in bytes after gzip: the wasm and JavaScript of the page itself. A ratchet
/// just above what it weighs now, and below the target of 250 KB (README.md, "Figures").
const APP_BYTES_MAX: u64 = 242 * 1024;
/// The same for the worker's wasm and JavaScript; the target is 1,600 KB.
const WORKER_BYTES_MAX: u64 = 2_170 * 1024;
/// The same for what of it is loaded before the first prompt: the target of 900 KB.
const FIRST_BYTES_MAX: u64 = 900_000;

/// Builds, checks and measures.
///
/// # Errors
/// What failed.
pub(crate) fn build() -> Result<(), String> {
    setup(Needs::Build)?;
    // Trunk reads NO_COLOR as a boolean and refuses "1".
    let mut trunk = command("trunk", &["build", "--release"]);
    trunk.env_remove("NO_COLOR");
    finish(&mut trunk)?;
    check_wasm()?;
    say("Compressing dist/ (gzip and Brotli).");
    run(
        "cargo",
        &["run", "--quiet", "--package", "xtask-pack", "--", DIST],
    )?;
    sizes()
}

/// Serves the page at <http://127.0.0.1:8080> and rebuilds it when a source changes. It is built for
/// development: larger than what [`build`] makes, and rebuilt in a fraction of the time.
///
/// # Errors
/// What failed.
pub(crate) fn serve() -> Result<(), String> {
    say("The lab will be at http://127.0.0.1:8080. First: the tools that it is built with.");
    setup(Needs::Build)?;
    say("Building the page and the simulated world (minutes the first time). Ctrl-C ends it.");
    // Not the profile of `build`: a change must be seen soon, and a local download costs nothing.
    let mut trunk = command("trunk", &["serve"]);
    trunk.env_remove("NO_COLOR");
    finish(&mut trunk)
}

/// An engine must accept each module: optimizers have made ones that none does.
fn check_wasm() -> Result<(), String> {
    let script = "const fs=require('fs');for(const f of fs.readdirSync('dist'))if(f.endsWith('.wasm'))new WebAssembly.Module(fs.readFileSync('dist/'+f))";
    run("node", &["-e", script])
}

fn sizes() -> Result<(), String> {
    let (mut app, mut worker, mut first) = (0, 0, 0);
    let dist = root().join(DIST);
    let files = std::fs::read_dir(&dist).map_err(|error| error.to_string())?;
    let mut names: Vec<String> = files
        .flatten()
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".wasm") || name.ends_with(".js"))
        .collect();
    names.sort();
    for name in names {
        let [gzip, brotli] = [
            packed(&dist.join(format!("{name}.gz")))?,
            packed(&dist.join(format!("{name}.br")))?,
        ];
        if name.contains("worker") {
            worker += gzip;
            if !name.starts_with("worker_rest") {
                first += gzip;
            }
        } else {
            app += gzip;
        }
        let [gzip, brotli] = [gzip, brotli].map(|bytes| bytes.div_ceil(1024));
        say(&format!("{name}: {gzip} KB gzip, {brotli} KB brotli"));
    }
    say(&format!(
        "page {} KB gzip of {}, worker {} KB of {}, of these before the first prompt {} of {}",
        app.div_ceil(1024),
        APP_BYTES_MAX / 1024,
        worker.div_ceil(1024),
        WORKER_BYTES_MAX / 1024,
        first.div_ceil(1024),
        FIRST_BYTES_MAX / 1024
    ));
    if app > APP_BYTES_MAX || worker > WORKER_BYTES_MAX || first > FIRST_BYTES_MAX {
        return Err("the page or the worker has outgrown its budget (xtask/src/build.rs)".into());
    }
    Ok(())
}

/// The bytes of a compressed copy.
fn packed(path: &Path) -> Result<u64, String> {
    std::fs::metadata(path)
        .map(|file| file.len())
        .map_err(|error| format!("{}: {error}", path.display()))
}
