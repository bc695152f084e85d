//! Configuration files (`openssl.cnf`), and each system's default file.

use std::collections::BTreeMap;

use super::context::{Context, Done};
use super::texts;
use hsmlab_shell::host::Os;

/// A configuration: sections of names and values, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    sections: BTreeMap<String, Vec<(String, String)>>,
}

impl Config {
    /// Parses a configuration. Invalid lines are skipped, as comments are.
    pub(super) fn parse(text: &str) -> Self {
        let mut config = Self::default();
        let mut section = "default".to_owned();
        config.sections.insert(section.clone(), Vec::new());
        for line in text.replace("\\\n", "").lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if let Some(name) = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                section = name.trim().to_owned();
                config.sections.entry(section.clone()).or_default();
            } else if let Some((name, value)) = line.split_once('=') {
                let value = config.expand(value.trim().trim_matches('"'), &section);
                let entry = (name.trim().to_owned(), value);
                config
                    .sections
                    .entry(section.clone())
                    .or_default()
                    .push(entry);
            }
        }
        config
    }

    /// Replaces `$name` and `${name}` with values defined above.
    fn expand(&self, value: &str, section: &str) -> String {
        let mut out = String::new();
        let mut rest = value;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let braced = after
                .strip_prefix('{')
                .and_then(|after| after.split_once('}'));
            let end = after
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(after.len());
            let (name, after) = braced.unwrap_or_else(|| after.split_at(end));
            let found = self
                .get(section, name)
                .or_else(|| self.get("default", name));
            out.push_str(found.unwrap_or_default());
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// Returns a section's entries.
    pub(super) fn section(&self, name: &str) -> Option<&[(String, String)]> {
        self.sections.get(name).map(Vec::as_slice)
    }

    /// Returns the last value of a name in a section.
    pub(super) fn get(&self, section: &str, name: &str) -> Option<&str> {
        let entries = self.sections.get(section)?;
        entries
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Reads the configuration that `-config` names, otherwise the system's own.
pub(super) fn load(cx: &mut Context<'_, '_>, path: Option<&str>) -> Done<Config> {
    if let Some(path) = path {
        return match cx.io.read_file(path) {
            Ok(bytes) => Ok(Config::parse(&String::from_utf8_lossy(&bytes))),
            Err(error) => cx.fail(&texts::cannot_read(path, error)),
        };
    }
    let installed = match cx.io.host.os {
        Os::Ubuntu2404 | Os::Ubuntu2204 => "/usr/lib/ssl/openssl.cnf",
        _ => "/etc/pki/tls/openssl.cnf",
    };
    let named = cx.io.login.variable("OPENSSL_CONF").map(str::to_owned);
    let path = named.unwrap_or_else(|| installed.to_owned());
    Ok(match cx.io.read_file(&path) {
        Ok(bytes) => Config::parse(&String::from_utf8_lossy(&bytes)),
        Err(_) => Config::parse(shipped(cx.io.host.os)),
    })
}

/// The parts of a system's `openssl.cnf` that `req` reads.
pub(super) const fn shipped(os: Os) -> &'static str {
    match os {
        Os::AmazonLinux2023 | Os::AmazonLinux2 | Os::Rhel9 | Os::Rhel8 => RED_HAT,
        Os::Ubuntu2404 | Os::Ubuntu2204 | Os::WindowsServer2022 => UPSTREAM,
    }
}

const UPSTREAM: &str = "\
[ req ]
default_bits = 2048
default_keyfile = privkey.pem
distinguished_name = req_distinguished_name
attributes = req_attributes
x509_extensions = v3_ca
string_mask = utf8only
[ req_distinguished_name ]
countryName = Country Name (2 letter code)
countryName_default = AU
countryName_min = 2
countryName_max = 2
stateOrProvinceName = State or Province Name (full name)
stateOrProvinceName_default = Some-State
localityName = Locality Name (eg, city)
0.organizationName = Organization Name (eg, company)
0.organizationName_default = Internet Widgits Pty Ltd
organizationalUnitName = Organizational Unit Name (eg, section)
commonName = Common Name (e.g. server FQDN or YOUR name)
commonName_max = 64
emailAddress = Email Address
emailAddress_max = 64
[ req_attributes ]
challengePassword = A challenge password
challengePassword_min = 4
challengePassword_max = 20
unstructuredName = An optional company name
[ v3_req ]
basicConstraints = CA:FALSE
keyUsage = nonRepudiation, digitalSignature, keyEncipherment
[ usr_cert ]
basicConstraints = CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid,issuer
[ v3_ca ]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always,issuer
basicConstraints = critical,CA:true
";

/// Amazon Linux and Red Hat ship different defaults.
const RED_HAT: &str = "\
[ req ]
default_bits = 2048
default_md = sha256
default_keyfile = privkey.pem
distinguished_name = req_distinguished_name
attributes = req_attributes
x509_extensions = v3_ca
string_mask = utf8only
[ req_distinguished_name ]
countryName = Country Name (2 letter code)
countryName_default = XX
countryName_min = 2
countryName_max = 2
stateOrProvinceName = State or Province Name (full name)
localityName = Locality Name (eg, city)
localityName_default = Default City
0.organizationName = Organization Name (eg, company)
0.organizationName_default = Default Company Ltd
organizationalUnitName = Organizational Unit Name (eg, section)
commonName = Common Name (eg, your name or your server's hostname)
commonName_max = 64
emailAddress = Email Address
emailAddress_max = 64
[ req_attributes ]
challengePassword = A challenge password
challengePassword_min = 4
challengePassword_max = 20
unstructuredName = An optional company name
[ v3_req ]
basicConstraints = CA:FALSE
keyUsage = nonRepudiation, digitalSignature, keyEncipherment
[ usr_cert ]
basicConstraints = CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid,issuer
[ v3_ca ]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always,issuer
basicConstraints = critical,CA:true
";
