//! What the wasm of the page and of the worker consists of: bytes by crate, and the largest functions.
//!
//! wasm-opt drops the names of functions, so this reads the modules that Trunk hands to it. They are a
//! tenth larger than what is downloaded, in much the same proportions.

use std::collections::BTreeMap;

use xtask::shell::{say, target_folder};

/// How many rows each table has.
const ROWS_MAX: usize = 40;

/// Prints the tables for both modules.
///
/// # Errors
/// A module is missing or cannot be read.
pub(crate) fn print() -> Result<(), String> {
    let folder = target_folder()?.join("wasm-bindgen/release");
    for file in ["app_bg.wasm", "worker_bg.wasm"] {
        let path = folder.join(file);
        let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let module = module(&bytes).ok_or_else(|| format!("{}: damaged", path.display()))?;
        say(&tables(file, &module));
    }
    Ok(())
}

/// The sizes in a module, in bytes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Module {
    code: usize,
    data: usize,
    /// Each function with a body: its name, the bytes of its body.
    functions: Vec<(String, usize)>,
}

fn module(bytes: &[u8]) -> Option<Module> {
    let mut reader = Reader(bytes.strip_prefix(b"\0asm\x01\0\0\0")?);
    let mut module = Module::default();
    let (mut imported, mut bodies, mut names) = (0, Vec::new(), BTreeMap::new());
    while !reader.0.is_empty() {
        let id = reader.byte()?;
        let mut section = reader.part()?;
        match id {
            0 if section.part()?.0 == b"name" => names = function_names(section)?,
            2 => imported = imported_functions(section)?,
            10 => {
                module.code = section.0.len();
                for _ in 0..section.number()? {
                    bodies.push(section.part()?.0.len());
                }
            }
            11 => module.data = section.0.len(),
            _ => {}
        }
    }
    let named = bodies.into_iter().enumerate().map(|(at, size)| {
        let name = names.remove(&(imported + at));
        (name.unwrap_or_else(|| "(no name)".into()), size)
    });
    module.functions = named.collect();
    Some(module)
}

/// The name section's second part: the names of functions by their numbers.
fn function_names(mut section: Reader<'_>) -> Option<BTreeMap<usize, String>> {
    let mut names = BTreeMap::new();
    while !section.0.is_empty() {
        let id = section.byte()?;
        let mut part = section.part()?;
        if id != 1 {
            continue;
        }
        for _ in 0..part.number()? {
            let at = part.number()?;
            let name = String::from_utf8_lossy(part.part()?.0).into_owned();
            names.insert(at, name);
        }
    }
    Some(names)
}

/// How many of the imports are functions: their numbers come before those with bodies.
fn imported_functions(mut section: Reader<'_>) -> Option<usize> {
    let mut functions = 0;
    for _ in 0..section.number()? {
        section.part()?;
        section.part()?;
        match section.byte()? {
            0 => {
                section.number()?;
                functions += 1;
            }
            1 => {
                section.byte()?;
                section.limits()?;
            }
            2 => section.limits()?,
            3 | 4 => {
                section.byte()?;
                section.byte()?;
            }
            _ => return None,
        }
    }
    Some(functions)
}

/// Reads WebAssembly's numbers and byte strings.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// An unsigned LEB128 number.
    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// So many bytes as a number before them says.
    fn part(&mut self) -> Option<Reader<'a>> {
        let length = self.number()?;
        let (part, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(Reader(part))
    }

    fn limits(&mut self) -> Option<()> {
        let flags = self.byte()?;
        self.number()?;
        if flags & 1 == 1 {
            self.number()?;
        }
        Some(())
    }
}

fn tables(file: &str, module: &Module) -> String {
    let kb = |bytes: usize| bytes.div_ceil(1024);
    let mut text = format!(
        "\n{file} before wasm-opt: code {} KB, data {} KB\n",
        kb(module.code),
        kb(module.data)
    );
    let mut table = |title: &str, key: &dyn Fn(&str) -> Option<String>| {
        let mut rows: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for (name, size) in &module.functions {
            if let Some(key) = key(name) {
                let row = rows.entry(key).or_default();
                *row = (row.0 + size, row.1 + 1);
            }
        }
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_by_key(|(_, (size, _))| std::cmp::Reverse(*size));
        text += &format!("\n   bytes     % functions  {title}\n");
        for (key, (size, count)) in rows.iter().take(ROWS_MAX) {
            let permille = size * 1000 / module.code.max(1);
            let (whole, tenth) = (permille / 10, permille % 10);
            text += &format!("{size:8} {whole:3}.{tenth} {count:9}  {key}\n");
        }
    };
    table("crate", &|name| Some(home(name, 1)));
    table("module of the lab's own crates", &|name| {
        Some(home(name, 2)).filter(|home| home.starts_with("hsmlab"))
    });
    table("function, all its copies together", &|name| {
        Some(bare(name))
    });
    text
}

/// A function's name without the hashes that tell its copies, and crates of the same name, apart.
fn bare(name: &str) -> String {
    let hex = |text: &str| text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let name = match name.rsplit_once("::h") {
        Some((bare, hash)) if hex(hash) => bare,
        _ => name,
    };
    let mut parts = name.split('[');
    let mut bare = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(']') {
            Some((hash, after)) if hex(hash) => bare += after,
            _ => bare += &format!("[{part}"),
        }
    }
    bare
}

/// The crate that a function belongs to, or as many steps of its path: that of the type whose method it
/// is, else that of the trait. What is dropped counts, not who drops it. Generic code belongs to the
/// crate that wrote it: its name does not say for whom it was compiled.
fn home(name: &str, steps: usize) -> String {
    let name = bare(name);
    let mut rest = name
        .strip_prefix("core::ptr::drop_in_place")
        .unwrap_or(&name);
    loop {
        rest = rest.trim_start_matches(['<', '&', '*', '(', '[', ' ']);
        let prefixes = ["mut ", "const ", "dyn ", "impl "];
        match prefixes.iter().find_map(|prefix| rest.strip_prefix(prefix)) {
            Some(after) => rest = after,
            None => break,
        }
    }
    let end = rest
        .find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
        .unwrap_or(rest.len());
    let path: Vec<&str> = rest[..end]
        .split("::")
        .filter(|step| !step.is_empty())
        .collect();
    if path.len() > 1 {
        return path[..steps.min(path.len())].join("::");
    }
    match rest.split_once(" as ") {
        Some((_, of_trait)) => home(of_trait, steps),
        None => "(none)".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_read() {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        // Imports: a memory and a function.
        bytes.extend(b"\x02\x0e\x02\x01e\x01m\x02\x00\x01\x01e\x01f\x00\x00");
        // Two bodies, of 2 and 3 bytes.
        bytes.extend(b"\x0a\x08\x02\x02\x00\x0b\x03\x00\x01\x0b");
        // Their names, and the import's.
        bytes.extend(b"\x00\x13\x04name\x01\x0c\x03\x00\x01f\x01\x01a\x02\x03b::");
        let read = module(&bytes).expect("a module");
        assert_eq!(read.code, 8);
        assert_eq!(read.functions, [("a".into(), 2), ("b::".into(), 3)]);
        assert_eq!(module(&bytes[..bytes.len() - 1]), None);
        assert_eq!(module(b"\x7fELF"), None);
    }

    #[test]
    fn a_functions_home_is_the_type_or_the_trait() {
        let homes = [
            (
                "hsmlab_core::aws::ec2::run::h0123456789abcdef",
                "hsmlab_core::aws",
            ),
            (
                "<hsmlab_core::hsm::Key as core::fmt::Debug>::fmt::h0123456789abcdef",
                "hsmlab_core::hsm",
            ),
            (
                "core::ptr::drop_in_place<alloc::vec::Vec<u8>>",
                "alloc::vec",
            ),
            (
                "<&mut dyn serde::ser::Map as core::fmt::Write>::write",
                "serde::ser",
            ),
            ("<T as alloc::string::ToString>::to_string", "alloc::string"),
            (
                "<dlmalloc[e24a27700634d609]::System as core[c5930c85a12de822]::Clone>::clone",
                "dlmalloc::System",
            ),
            ("memcpy", "(none)"),
        ];
        for (name, wanted) in homes {
            assert_eq!(home(name, 2), wanted);
        }
        assert_eq!(bare("a::b::h0123456789abcdef"), "a::b");
        assert_eq!(bare("a::b::<[u8; 4]>::hash"), "a::b::<[u8; 4]>::hash");
    }
}
