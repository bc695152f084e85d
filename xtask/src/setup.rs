//! Installation of the tools: installs missing ones and reports it.

use xtask::shell::{command, finish, output, root, run, say};

/// Must be the version of the wasm-bindgen crate: the two speak a private format.
const WASM_BINDGEN: &str = "0.2.130";
/// The newest Trunk that builds with the pinned toolchain.
const TRUNK: &str = "0.21.14";

/// The newest cargo-machete that builds with the pinned toolchain.
const MACHETE: &str = "0.9.2";

/// The tools that a task needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Tools to build the page.
    Build,
    /// Tools to build the page and drive it in a browser.
    Browser,
}

/// Installs missing tools.
///
/// # Errors
/// The tool that could not be installed, and the remedy.
pub(crate) fn setup(needs: Needs) -> Result<(), String> {
    let targets = output("rustup", &["target", "list", "--installed"]).unwrap_or_default();
    if !targets.contains("wasm32-unknown-unknown") {
        say("Installing the wasm32-unknown-unknown target (rustup).");
        run("rustup", &["target", "add", "wasm32-unknown-unknown"]).map_err(|error| {
            format!("{error}\nInstall rustup from https://rustup.rs, then try again.")
        })?;
    }
    cargo_tool(
        "wasm-bindgen",
        &["--version"],
        WASM_BINDGEN,
        &["wasm-bindgen-cli", "--version", WASM_BINDGEN],
        2,
    )?;
    cargo_tool(
        "trunk",
        &["--version"],
        TRUNK,
        &["trunk", "--version", TRUNK, "--locked"],
        5,
    )?;
    node_packages()?;
    if needs == Needs::Browser {
        browser()?;
        if output("openssl", &["version"]).is_none() {
            system_packages(&["openssl"], "openssl, which the tests compare with")?;
        }
    }
    Ok(())
}

/// Installs cargo-machete, which finds dead dependencies, where it is lacking.
///
/// # Errors
/// It could not be installed, and what to do about it.
pub(crate) fn machete() -> Result<(), String> {
    cargo_tool(
        "cargo-machete",
        &["--version"],
        MACHETE,
        &["cargo-machete", "--version", MACHETE, "--locked"],
        1,
    )
}

fn cargo_tool(
    name: &str,
    ask: &[&str],
    version: &str,
    install: &[&str],
    minutes: u32,
) -> Result<(), String> {
    if output(name, ask)
        .is_some_and(|printed| printed.split_whitespace().any(|word| word == version))
    {
        return Ok(());
    }
    say(&format!(
        "Installing {name} {version} with cargo (about {minutes} minutes, once)."
    ));
    let mut cargo = command("cargo", &["install"]);
    // The tools are built outside this workspace's target folder, with low optimisation: they run for
    // seconds.
    cargo
        .args(install)
        .env_remove("CARGO_TARGET_DIR")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    finish(&mut cargo).map_err(|error| {
        format!(
            "{error}\n{name} {version} is needed. Without network access, put it on PATH by hand."
        )
    })
}

/// wasm-opt (binaryen), terser, playwright-core and axe-core, in the versions of package.json.
fn node_packages() -> Result<(), String> {
    if output("node", &["--version"]).is_none() {
        return Err("Node.js 18 or newer is needed: install it from https://nodejs.org or with your system's packages.".into());
    }
    let marker = root().join("node_modules/.hsmlab");
    let wanted =
        std::fs::read_to_string(root().join("package.json")).map_err(|error| error.to_string())?;
    if std::fs::read_to_string(&marker).is_ok_and(|had| had == wanted) {
        return Ok(());
    }
    say("Installing wasm-opt, terser, playwright-core and axe-core into node_modules (npm).");
    run(
        "npm",
        &["install", "--no-audit", "--no-fund", "--no-package-lock"],
    )?;
    std::fs::write(marker, wanted).map_err(|error| error.to_string())
}

fn browser() -> Result<(), String> {
    let there = |name: &str| output(name, &["--version"]).is_some();
    if there("chromium") && there("chromedriver") {
        return Ok(());
    }
    system_packages(
        &["chromium", "chromium-driver"],
        "Chromium and its driver, for the tests in a real browser",
    )
}

fn system_packages(names: &[&str], what: &str) -> Result<(), String> {
    let by_hand = format!("Install {what}: sudo apt-get install {}", names.join(" "));
    let is_root = output("id", &["-u"]).as_deref() == Some("0");
    if !is_root || output("apt-get", &["--version"]).is_none() {
        return Err(by_hand);
    }
    say(&format!("Installing {what} (apt-get)."));
    // A failed update is not fatal: the existing lists may be good enough.
    let _ = run("apt-get", &["update", "-qq"]);
    let mut install = command(
        "apt-get",
        &["install", "-y", "-qq", "--no-install-recommends"],
    );
    install.args(names).env("DEBIAN_FRONTEND", "noninteractive");
    finish(&mut install).map_err(|error| format!("{error}\n{by_hand}"))
}
