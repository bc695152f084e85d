//! Archives as `tar` and `gzip` make them.

use std::io::{Cursor, Read, Write};

use flate2::{Compression, GzBuilder};
use hsmlab_sim::SimTime;
use tar::{Archive, Builder, EntryType, Header};

/// The largest size of what an archive unpacks to, in bytes: a limit of the lab.
const UNPACKED_MAX: u64 = 16 * 1024 * 1024;

/// A file or a folder of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path.
    pub path: String,
    /// Its bytes; `None` for a folder.
    pub content: Option<Vec<u8>>,
    /// Its permission bits, as `0o644`.
    pub mode: u16,
    /// The name of its owner.
    pub owner: String,
    /// Its last change.
    pub modified: SimTime,
}

/// A tar archive (GNU's format); `None` if a path or an owner's name is too long for it.
#[must_use]
pub fn pack(entries: &[Entry]) -> Option<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    for entry in entries {
        let content = entry.content.as_deref().unwrap_or_default();
        let mut header = Header::new_gnu();
        header.set_entry_type(if entry.content.is_some() {
            EntryType::Regular
        } else {
            EntryType::Directory
        });
        header.set_mode(u32::from(entry.mode));
        header.set_mtime(entry.modified.unix_seconds());
        header.set_size(content.len().try_into().ok()?);
        // The lab's users have no numbers.
        header.set_uid(0);
        header.set_gid(0);
        header.set_username(&entry.owner).ok()?;
        header.set_groupname(&entry.owner).ok()?;
        archive
            .append_data(&mut header, &entry.path, content)
            .ok()?;
    }
    archive.into_inner().ok()
}

/// The entries of a tar archive; `None` if the bytes are none. Links and devices are left out.
#[must_use]
pub fn unpack(bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut archive = Archive::new(Cursor::new(bytes));
    let mut all = Vec::new();
    for entry in archive.entries().ok()? {
        let mut entry = entry.ok()?;
        let kind = entry.header().entry_type();
        if !kind.is_file() && !kind.is_dir() {
            continue;
        }
        let mut content = Vec::new();
        entry.read_to_end(&mut content).ok()?;
        let header = entry.header();
        all.push(Entry {
            path: String::from_utf8_lossy(&entry.path_bytes()).into_owned(),
            content: kind.is_file().then_some(content),
            mode: u16::try_from(header.mode().ok()? & 0o7777).ok()?,
            owner: header.username().ok()?.unwrap_or("root").to_owned(),
            modified: SimTime::from_unix_ms(header.mtime().ok()?.saturating_mul(1000)),
        });
    }
    Some(all)
}

/// Compresses as `gzip` does; the time is a part of the result.
#[must_use]
pub fn compress(bytes: &[u8], now: SimTime) -> Vec<u8> {
    let seconds = u32::try_from(now.unix_seconds()).unwrap_or_default();
    let mut writer = GzBuilder::new()
        .mtime(seconds)
        .write(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    let _ = writer.write_all(bytes);
    writer.finish().unwrap_or_default()
}

/// True if the bytes begin as those of `gzip` do (RFC 1952, 2.3.1).
#[must_use]
pub fn is_compressed(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Undoes [`compress`]; `None` if the bytes are damaged, or unpack to more than 16 MiB.
#[must_use]
pub fn decompress(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    let mut reader = flate2::read::GzDecoder::new(bytes).take(UNPACKED_MAX + 1);
    reader.read_to_end(&mut all).ok()?;
    (all.len() as u64 <= UNPACKED_MAX).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, content: Option<&[u8]>) -> Entry {
        Entry {
            path: path.to_owned(),
            content: content.map(<[u8]>::to_vec),
            mode: 0o640,
            owner: "ec2-user".to_owned(),
            modified: SimTime::from_unix_ms(1_700_000_000_000),
        }
    }

    #[test]
    fn what_was_packed_is_unpacked() {
        let all = [entry("a/", None), entry("a/b.txt", Some(b"hello\n"))];
        let bytes = compress(&pack(&all).unwrap(), SimTime::from_unix_ms(0));
        assert!(is_compressed(&bytes));
        assert_eq!(unpack(&decompress(&bytes).unwrap()).unwrap(), all);
    }

    #[test]
    fn damaged_archives_are_refused() {
        assert_eq!(unpack(&[b'x'; 2048]), None);
        let mut bytes = compress(b"hello", SimTime::from_unix_ms(0));
        bytes.truncate(12);
        assert_eq!(decompress(&bytes), None);
    }

    #[test]
    fn the_machines_tar_reads_it() {
        let path = std::env::temp_dir().join("hsmlab-archive-test.tar.gz");
        let bytes = pack(&[entry("a/b.txt", Some(b"hello\n"))]).unwrap();
        std::fs::write(&path, compress(&bytes, SimTime::from_unix_ms(0))).unwrap();
        let listed = std::process::Command::new("tar")
            .args(["-xzOf", path.to_str().unwrap(), "a/b.txt"])
            .output()
            .unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(listed.stdout, b"hello\n");
    }
}
