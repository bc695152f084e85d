//! Dependencies that a package must not have, by whatever way.

use std::collections::{BTreeMap, BTreeSet};

use xtask::shell::output;

/// A package, a crate that it must not pull in, and why.
type Edge = (&'static str, &'static str, &'static str);

/// The forbidden edges.
const FORBIDDEN: &[Edge] = &[
    ("hsmlab-core", "getrandom", "chance comes from the seed"),
    ("hsmlab-core", "js-sys", "the world knows no browser"),
    ("hsmlab-core", "wasm-bindgen", "the world knows no browser"),
    ("hsmlab-core", "web-sys", "the world knows no browser"),
    (
        "hsmlab-web",
        "hsmlab-core",
        "the page knows the protocol, not the world",
    ),
    (
        "hsmlab-web",
        "hsmlab-crypto",
        "no cryptography is linked into the page",
    ),
    (
        "hsmlab-shell",
        "hsmlab-aws",
        "hosts and programs know services by their models only",
    ),
    (
        "hsmlab-tool-aws",
        "hsmlab-aws",
        "the command knows services by their models only",
    ),
    (
        "hsmlab-client",
        "hsmlab-hsm",
        "a client reaches an appliance by bytes only",
    ),
    (
        "xtask",
        "hsmlab-core",
        "`cargo xtask serve` must start at once in a fresh clone",
    ),
];

/// The forbidden edges that are there.
pub(super) fn breaches() -> Vec<String> {
    forbidden_edges(FORBIDDEN, dependencies)
}

/// The forbidden edges that are there, of a table and what gives a package's dependencies.
fn forbidden_edges(
    table: &[Edge],
    dependencies: impl Fn(&str) -> Result<BTreeSet<String>, String>,
) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut known = BTreeMap::new();
    for (package, forbidden, why) in table {
        let found = known
            .entry(*package)
            .or_insert_with(|| dependencies(package));
        match found {
            Ok(names) if names.contains(*forbidden) => breaches.push(format!(
                "{package} must not pull in {forbidden}: {why}. See `cargo {} -i {forbidden}`",
                tree(package).join(" ")
            )),
            Ok(_) => {}
            Err(error) => breaches.push(format!("{package}: {error}")),
        }
    }
    breaches
}

fn tree(package: &str) -> Vec<&str> {
    let wasm = "wasm32-unknown-unknown";
    vec!["tree", "-p", package, "-e", "normal", "--target", wasm]
}

/// The names of all crates that a package pulls in for the browser, tests left out.
///
/// # Errors
/// That `cargo tree` does not name the package, for example because there is none.
fn dependencies(package: &str) -> Result<BTreeSet<String>, String> {
    let mut arguments = tree(package);
    arguments.extend([
        "--offline",
        "--locked",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let printed = output("cargo", &arguments).unwrap_or_default();
    let names = names(&printed);
    if names.contains(package) {
        Ok(names)
    } else {
        Err(format!("`cargo {}` failed", arguments.join(" ")))
    }
}

/// The first word of each line of `name v1.2.3 (place)`.
fn names(printed: &str) -> BTreeSet<String> {
    printed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_edge_is_a_breach() {
        let table = [("page", "world", "too large"), ("page", "clock", "none")];
        let printed = "page v0.1.0 (/x/page)\nyew v0.23.0\nworld v0.1.0 (/x/world)\n";
        let breaches = forbidden_edges(&table, |_| Ok(names(printed)));
        assert_eq!(breaches.len(), 1);
        assert!(breaches[0].starts_with("page must not pull in world: too large."));
    }

    #[test]
    fn a_package_without_a_tree_is_a_breach() {
        let table = [("pag", "world", "too large")];
        let breaches = forbidden_edges(&table, |_| Err("no such package".into()));
        assert_eq!(breaches, ["pag: no such package"]);
        assert!(dependencies("no-such-package").is_err());
    }
}
