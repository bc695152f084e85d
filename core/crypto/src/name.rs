//! Distinguished names (X.501), including multi-valued RDNs, printed like OpenSSL 3.0.

use super::der::{self, DerError, Reader, tag};
use super::oids;

/// A distinguished name: its RDNs in encoding order.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// The RDNs; one with several attributes is multi-valued.
    pub rdns: Vec<Vec<Attribute>>,
}

/// One attribute of an RDN.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attribute {
    /// The type's identifier, for example `2.5.4.3`.
    pub oid: String,
    /// The string type's tag.
    pub tag: u8,
    /// The value's bytes in that string type.
    pub value: Vec<u8>,
}

/// The format of a printed name (`-nameopt`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameStyle {
    /// OpenSSL 3.0's default: `C = US, CN = x`.
    OneLine,
    /// The old form: `/C=US/CN=x`.
    Compat,
    /// RFC 2253: reversed, `CN=x,C=US`.
    Rfc2253,
    /// One attribute per line, indented by four.
    Multiline,
}

impl Attribute {
    /// Makes an attribute with the string type that OpenSSL chooses: PrintableString for country, serial
    /// number and qualifier, IA5String for mail addresses and domain components, otherwise UTF8String.
    #[must_use]
    pub fn new(oid: &str, value: &str) -> Self {
        let tag = match oid {
            oids::COUNTRY | oids::SERIAL_NUMBER | oids::DN_QUALIFIER => tag::PRINTABLE_STRING,
            oids::EMAIL | oids::DOMAIN_COMPONENT => tag::IA5_STRING,
            _ => tag::UTF8_STRING,
        };
        Self {
            oid: oid.to_owned(),
            tag,
            value: value.as_bytes().to_vec(),
        }
    }

    /// The value as text.
    #[must_use]
    pub fn text(&self) -> String {
        decode_string(self.tag, &self.value)
    }

    fn to_der(&self) -> Vec<u8> {
        let oid = der::oid(&self.oid).unwrap_or_default();
        der::sequence(&[&oid, &der::tlv(self.tag, &self.value)])
    }
}

/// Decodes a string value with this tag; bytes that fit no character are replaced.
#[must_use]
pub fn decode_string(string_tag: u8, value: &[u8]) -> String {
    match string_tag {
        tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING => {
            String::from_utf8_lossy(value).into_owned()
        }
        tag::BMP_STRING => {
            let units: Vec<u16> = value
                .chunks_exact(2)
                .map(|pair| pair.iter().fold(0, |n, &byte| (n << 8) | u16::from(byte)))
                .collect();
            String::from_utf16_lossy(&units)
        }
        _ => value.iter().map(|&byte| char::from(byte)).collect(),
    }
}

impl Name {
    /// Makes a name of single-valued RDNs, given as `("CN", "x")` pairs: short or long names, or dotted
    /// identifiers. Unknown types are omitted.
    #[must_use]
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        let rdns = pairs
            .iter()
            .filter_map(|pair| attribute(pair).map(|it| vec![it]))
            .collect();
        Self { rdns }
    }

    /// Makes a name whose RDNs may have several attributes each.
    #[must_use]
    pub fn of_sets(sets: &[&[(&str, &str)]]) -> Self {
        let rdns = sets
            .iter()
            .map(|set| set.iter().filter_map(attribute).collect())
            .collect();
        Self { rdns }
    }

    /// Reads the content of an `RDNSequence` at the position of `reader`.
    ///
    /// # Errors
    /// Malformed.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, DerError> {
        let mut rdns = Vec::new();
        let mut sequence = reader.inside(tag::SEQUENCE)?;
        while !sequence.is_empty() {
            let mut set = sequence.inside(tag::SET)?;
            let mut rdn = Vec::new();
            while !set.is_empty() {
                let mut pair = set.inside(tag::SEQUENCE)?;
                let oid = pair.oid()?;
                let value = pair.any()?;
                pair.end()?;
                rdn.push(Attribute {
                    oid,
                    tag: value.tag,
                    value: value.content.to_vec(),
                });
            }
            if rdn.is_empty() {
                return Err(DerError::BadValue("RelativeDistinguishedName"));
            }
            rdns.push(rdn);
        }
        Ok(Self { rdns })
    }

    /// Encodes the `RDNSequence`, the attributes of an RDN in DER's order.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let sets: Vec<Vec<u8>> = self
            .rdns
            .iter()
            .map(|rdn| der::set_of(rdn.iter().map(Attribute::to_der).collect()))
            .collect();
        der::tlv(tag::SEQUENCE, &sets.concat())
    }

    /// True if it has no RDNs.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// The value of the first attribute of a type.
    #[must_use]
    pub fn get(&self, oid: &str) -> Option<String> {
        self.rdns
            .iter()
            .flatten()
            .find(|it| it.oid == oid)
            .map(Attribute::text)
    }

    /// True if a verifier treats two names as the same (RFC 5280, 7.1): string types, case and runs of
    /// blanks do not matter.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }

    /// Returns the encoding that OpenSSL compares and hashes (`x509_name_canon`): text as UTF-8,
    /// lower-cased, blanks folded; the SETs without the outer SEQUENCE.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let set = |rdn: &Vec<Attribute>| {
            let parts = rdn.iter().map(|attribute| {
                let text = attribute.text();
                let folded = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
                let (tag, value) = match attribute.tag {
                    tag::UTF8_STRING
                    | tag::PRINTABLE_STRING
                    | tag::IA5_STRING
                    | tag::TELETEX_STRING
                    | tag::UNIVERSAL_STRING
                    | tag::BMP_STRING => {
                        (tag::UTF8_STRING, folded.to_ascii_lowercase().into_bytes())
                    }
                    other => (other, attribute.value.clone()),
                };
                Attribute {
                    oid: attribute.oid.clone(),
                    tag,
                    value,
                }
                .to_der()
            });
            der::set_of(parts.collect())
        };
        self.rdns.iter().map(set).collect::<Vec<_>>().concat()
    }

    /// The name as text.
    #[must_use]
    pub fn to_text(&self, style: NameStyle) -> String {
        match style {
            NameStyle::OneLine => self.join(", ", " + ", |it| {
                format!("{} = {}", oids::short_name(&it.oid), quoted(&it.text()))
            }),
            NameStyle::Compat => {
                let mut out = String::new();
                for rdn in &self.rdns {
                    for (at, it) in rdn.iter().enumerate() {
                        out.push(if at == 0 { '/' } else { '+' });
                        out.push_str(&format!("{}={}", oids::short_name(&it.oid), plain(it)));
                    }
                }
                out
            }
            NameStyle::Rfc2253 => {
                let mut backwards = self.clone();
                backwards.rdns.reverse();
                backwards.rdns.iter_mut().for_each(|rdn| rdn.reverse());
                backwards.join(",", "+", |it| {
                    format!("{}={}", oids::short_name(&it.oid), escaped(&it.text()))
                })
            }
            NameStyle::Multiline => {
                let width = 25;
                let lines: Vec<String> = self
                    .rdns
                    .iter()
                    .map(|rdn| {
                        let parts: Vec<String> = rdn
                            .iter()
                            .map(|it| {
                                let name = oids::long_name(&it.oid);
                                format!("{name:<width$} = {}", control(&it.text()))
                            })
                            .collect();
                        format!("    {}", parts.join(" + "))
                    })
                    .collect();
                lines.join("\n")
            }
        }
    }

    fn join(&self, between: &str, within: &str, show: impl Fn(&Attribute) -> String) -> String {
        let rdns: Vec<String> = self
            .rdns
            .iter()
            .map(|rdn| rdn.iter().map(&show).collect::<Vec<_>>().join(within))
            .collect();
        rdns.join(between)
    }
}

impl std::fmt::Display for Name {
    /// Formats the name in OpenSSL 3.0's default form.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_text(NameStyle::OneLine))
    }
}

fn attribute((name, value): &(&str, &str)) -> Option<Attribute> {
    let oid = oids::by_name(name).map(|entry| entry.dotted);
    let oid = oid.or_else(|| der::oid(name).is_some().then_some(*name))?;
    Some(Attribute::new(oid, value))
}

/// Formats a value like `XN_FLAG_ONELINE`: RFC 2253's special characters cause quotes, control
/// characters and bytes beyond ASCII are written as hexadecimal escapes.
fn quoted(text: &str) -> String {
    let special = |c: char| matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';');
    let needs = text.chars().any(|c| special(c) && c != '"' && c != '\\')
        || text.starts_with([' ', '#'])
        || text.ends_with(' ');
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            0x20..=0x7e => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\{byte:02X}")),
        }
    }
    if needs { format!("\"{out}\"") } else { out }
}

/// Adds RFC 2253 escapes.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    let last = text.len().saturating_sub(1);
    for (at, byte) in text.bytes().enumerate() {
        let edge = (byte == b' ' && (at == 0 || at == last)) || (byte == b'#' && at == 0);
        match byte {
            b',' | b'+' | b'"' | b'\\' | b'<' | b'>' | b';' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            _ if edge => {
                out.push('\\');
                out.push(char::from(byte));
            }
            0x20..=0x7e => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\{byte:02X}")),
        }
    }
    out
}

fn control(text: &str) -> String {
    text.chars()
        .flat_map(|c| if c.is_control() { vec!['.'] } else { vec![c] })
        .collect()
}

/// Formats a value like `X509_NAME_oneline`: bytes outside ASCII as `\xC3`.
fn plain(attribute: &Attribute) -> String {
    let mut out = String::new();
    for &byte in &attribute.value {
        match byte {
            0x20..=0x7e => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hsm2m() -> Name {
        Name::of_sets(&[
            &[
                ("C", "US"),
                ("ST", "CA"),
                ("OU", "LS2"),
                ("L", "SanJose"),
                ("O", "Marvell"),
            ],
            &[("CN", "HSM:RCN2345B07362:PARTN:25, for FIPS mode")],
        ])
    }

    #[test]
    fn hsm2m_subject_prints_as_openssl_prints_it() {
        for (style, text) in [
            (
                NameStyle::OneLine,
                "C = US + ST = CA + OU = LS2 + L = SanJose + O = Marvell, CN = \"HSM:RCN2345B07362:PARTN:25, for FIPS mode\"",
            ),
            (
                NameStyle::Compat,
                "/C=US+ST=CA+OU=LS2+L=SanJose+O=Marvell/CN=HSM:RCN2345B07362:PARTN:25, for FIPS mode",
            ),
            (
                NameStyle::Rfc2253,
                "CN=HSM:RCN2345B07362:PARTN:25\\, for FIPS mode,O=Marvell+L=SanJose+OU=LS2+ST=CA+C=US",
            ),
        ] {
            assert_eq!(hsm2m().to_text(style), text);
        }
    }

    #[test]
    fn names_match_whatever_the_case_and_string_type() {
        let mut other = Name::of(&[("O", "ACME   Corp "), ("CN", "x")]);
        other.rdns[0][0].tag = tag::PRINTABLE_STRING;
        assert!(other.matches(&Name::of(&[("O", "acme corp"), ("CN", "X")])));
        assert!(!other.matches(&Name::of(&[("CN", "X"), ("O", "acme corp")])));
    }

    proptest! {
        #[test]
        fn round_trip(values in proptest::collection::vec(".{0,20}", 1..6)) {
            let rdn: Vec<Attribute> = values.iter().map(|it| Attribute::new(oids::COMMON_NAME, it)).collect();
            let name = Name { rdns: vec![rdn.clone(), rdn] };
            let der = name.to_der();
            let read = Name::read(&mut Reader::new(&der)).unwrap();
            prop_assert_eq!(read.to_der(), der);
            prop_assert!(read.matches(&name));
            for style in [NameStyle::OneLine, NameStyle::Compat, NameStyle::Rfc2253, NameStyle::Multiline] {
                let _ = read.to_text(style);
            }
        }
    }
}
