//! Compressed copies of the files of `dist/`, for hosts that can serve them: `NAME.br` and `NAME.gz`.
//! They depend on the contents only, so two builds have the same.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use flate2::Compression;
use flate2::write::GzEncoder;

/// The files that become smaller, by their endings.
const ENDINGS: &[&str] = &[
    "css", "html", "js", "json", "md", "svg", "toml", "txt", "wasm",
];

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        return failed("name a folder");
    };
    match pack(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "xtask-pack: {error}");
    ExitCode::FAILURE
}

/// Writes the compressed copies next to all files of a folder and its folders.
///
/// # Errors
/// A file cannot be read or written.
fn pack(folder: &Path) -> Result<(), String> {
    let said = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(said)? {
        let path = entry.map_err(said)?.path();
        if path.is_dir() {
            pack(&path)?;
            continue;
        }
        let Some(ending) = path.extension().and_then(|ending| ending.to_str()) else {
            continue;
        };
        if !ENDINGS.contains(&ending) {
            continue;
        }
        let bytes = std::fs::read(&path).map_err(said)?;
        let copy = |copy: &str| path.with_extension(format!("{ending}.{copy}"));
        std::fs::write(copy("gz"), gzip(&bytes).map_err(said)?).map_err(said)?;
        std::fs::write(copy("br"), brotli(&bytes).map_err(said)?).map_err(said)?;
    }
    Ok(())
}

/// The header names no file and no time.
fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn brotli(mut bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 24,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut bytes, &mut packed, &parameters)?;
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn what_is_packed_comes_out_again_and_is_the_same_each_time() {
        let bytes = "let wasm = await fetch(name);\n".repeat(500).into_bytes();
        let (gz, br) = (gzip(&bytes).expect("gzip"), brotli(&bytes).expect("brotli"));
        assert!(gz.len() < bytes.len() / 10 && br.len() < gz.len());
        let mut plain = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(&gz[..]);
        decoder.read_to_end(&mut plain).expect("gunzip");
        assert_eq!(plain, bytes);
        plain.clear();
        brotli::BrotliDecompress(&mut &br[..], &mut plain).expect("unbrotli");
        assert_eq!(plain, bytes);
        assert_eq!(gzip(&bytes).expect("gzip"), gz);
        assert_eq!(brotli(&bytes).expect("brotli"), br);
    }
}
