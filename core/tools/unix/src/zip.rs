//! Zip archives with uncompressed files, and `unzip` (PKWARE APPNOTE 6.3.10).

use super::options;
use hsmlab_shell::process::Io;

const LOCAL: &[u8; 4] = b"PK\x03\x04";
const CENTRAL: &[u8; 4] = b"PK\x01\x02";
const END: &[u8; 4] = b"PK\x05\x06";
/// 1 January 2015, in the form of MS-DOS.
const DATE: u16 = (2015 - 1980) << 9 | 1 << 5 | 1;
/// The method of a file without compression.
const STORED: u16 = 0;

/// An archive of one stored file.
#[must_use]
pub fn archive(name: &str, content: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let name_length = u16::try_from(name.len()).unwrap_or(u16::MAX);
    // Version, flags, method, time, date, checksum, sizes and the length of the name: the same in
    // both headers.
    let mut common = Vec::new();
    for number in [10, 0, STORED, 0, DATE] {
        common.extend_from_slice(&u16::to_le_bytes(number));
    }
    common.extend_from_slice(&crc32(content).to_le_bytes());
    common.extend_from_slice(&length(content).to_le_bytes());
    common.extend_from_slice(&length(content).to_le_bytes());
    common.extend_from_slice(&name_length.to_le_bytes());
    common.extend_from_slice(&[0; 2]);

    let mut bytes = LOCAL.to_vec();
    bytes.extend_from_slice(&common);
    bytes.extend_from_slice(name.as_bytes());
    bytes.extend_from_slice(content);
    let directory = length(&bytes);
    bytes.extend_from_slice(CENTRAL);
    bytes.extend_from_slice(&10_u16.to_le_bytes());
    bytes.extend_from_slice(&common);
    // No comment, disk 0, no attributes, and the local header at the beginning.
    bytes.extend_from_slice(&[0; 14]);
    bytes.extend_from_slice(name.as_bytes());
    let directory_length = length(&bytes) - directory;
    bytes.extend_from_slice(END);
    bytes.extend_from_slice(&[0, 0, 0, 0, 1, 0, 1, 0]);
    bytes.extend_from_slice(&directory_length.to_le_bytes());
    bytes.extend_from_slice(&directory.to_le_bytes());
    bytes.extend_from_slice(&[0; 2]);
    bytes
}

/// A file of an archive.
struct Entry {
    name: String,
    content: Vec<u8>,
}

/// The stored files of an archive, from its local headers; `None` if it is not such an archive.
fn entries(bytes: &[u8]) -> Option<Vec<Entry>> {
    let u16_at = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let u32_at = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let mut all = Vec::new();
    let mut at = 0;
    while bytes.get(at..at + 4)? == LOCAL {
        let size = usize::try_from(u32_at(at + 18)?).ok()?;
        let name_length = usize::from(u16_at(at + 26)?);
        let extra = usize::from(u16_at(at + 28)?);
        let from = at + 30 + name_length + extra;
        let name = String::from_utf8_lossy(bytes.get(at + 30..at + 30 + name_length)?).into_owned();
        let content = bytes.get(from..from.checked_add(size)?)?.to_vec();
        if u16_at(at + 8)? != STORED || crc32(&content) != u32_at(at + 14)? {
            return None;
        }
        all.push(Entry { name, content });
        at = from + size;
    }
    (bytes.get(at..at + 4)? == CENTRAL).then_some(all)
}

/// The checksum of zip archives (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

pub(super) fn unzip(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (flags, values, words) = options(argv, "d");
    let Some(&given) = words.first() else {
        io.out("UnZip 6.00 of 20 April 2009, by Info-ZIP.\n\nUsage: unzip [-o] [-d exdir] file[.zip]\n");
        return 0;
    };
    let found = [given.to_owned(), format!("{given}.zip")]
        .into_iter()
        .find_map(|path| Some((io.read_file(&path).ok()?, path)));
    let Some((bytes, path)) = found else {
        io.err(format!(
            "unzip:  cannot find or open {given}, {given}.zip or {given}.ZIP.\n"
        ));
        return 9;
    };
    io.out(format!("Archive:  {path}\n"));
    let Some(all) = entries(&bytes) else {
        io.err(format!(
            "  End-of-central-directory signature not found.  Either this file is not\n  a zipfile, or it \
             constitutes one disk of a multi-part archive.  In the\n  latter case the central directory and \
             zipfile comment will be found on\n  the last disk(s) of this archive.\nunzip:  cannot find \
             zipfile directory in one of {given} or\n        {given}.zip, and cannot find {given}.ZIP, period.\n"
        ));
        return 9;
    };
    let folder = values
        .iter()
        .find(|(letter, _)| *letter == 'd')
        .map(|(_, folder)| *folder);
    for entry in all {
        let target = folder.map_or_else(
            || entry.name.clone(),
            |folder| format!("{}/{}", folder.trim_end_matches('/'), entry.name),
        );
        if io.read_file(&target).is_ok() && !flags.contains('o') {
            // The real program's output without an answer.
            io.err(format!(
                "replace {target}? [y]es, [n]o, [A]ll, [N]one, [r]ename:  NULL\n\
                 (EOF or read error, treating as \"[N]one\" ...)\n"
            ));
            continue;
        }
        if let Err(error) = io.write_file(&target, entry.content) {
            io.err(format!(
                "error:  cannot create {target}\n        {}\n",
                error.text()
            ));
            return 50;
        }
        io.out(format!(" extracting: {target:<22}  \n"));
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_holds_its_file() {
        let bytes = archive("a.txt", b"123456789");
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let all = entries(&bytes).unwrap();
        assert_eq!(
            (all[0].name.as_str(), all[0].content.as_slice()),
            ("a.txt", &b"123456789"[..])
        );
        for cut in 0..bytes.len() {
            let _ = entries(&bytes[..cut]);
        }
        assert!(entries(b"-----BEGIN CERTIFICATE-----").is_none());
    }
}
