//! Key generation with `pkcs11-tool`.

use super::{Done, Run, Stop, fatal, names};
use hsmlab_client::cryptoki::KeyTemplate;
use hsmlab_proto::key::{Flag, KeyType, Template};
use hsmlab_proto::message::PairKind;
use hsmlab_shell::process::Io;

/// The public exponent of the tool's RSA keys.
const EXPONENT: u64 = 65_537;

/// Parses a number like C's `atol`: the leading digits, or 0 if there are none.
fn leading_number(text: &str) -> u32 {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

/// The rest of a text after a prefix, ignoring case.
pub(super) fn after<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (front, rest) = text.split_at_checked(prefix.len())?;
    front.eq_ignore_ascii_case(prefix).then_some(rest)
}

impl Run {
    /// True if keys may be used for this: from the option, or from the default if no usage was
    /// given.
    pub(super) fn usage(&self, name: &str, by_default: bool) -> bool {
        let none = !["sign", "decrypt", "derive", "wrap"]
            .iter()
            .any(|usage| self.options.has(&format!("usage-{usage}")));
        self.options.has(&format!("usage-{name}")) || (by_default && none)
    }

    pub(super) fn template(&self, flags: Vec<(Flag, bool)>) -> Template {
        Template {
            label: self.options.value("label").unwrap_or_default().to_owned(),
            id: self.id.clone(),
            flags,
            ..Template::default()
        }
    }

    /// The flags whose conditions hold.
    pub(super) fn flags(conditions: &[(bool, &[Flag])]) -> Vec<(Flag, bool)> {
        let flags = conditions.iter().filter(|(holds, _)| *holds);
        flags
            .flat_map(|(_, flags)| flags.iter().map(|flag| (*flag, true)))
            .collect()
    }

    /// `--keygen`.
    pub(super) fn generate_key(&mut self, io: &mut Io<'_>) -> Done {
        // The tool's own default is AES without a length, which no library accepts.
        let typed = self.options.value("key-type").unwrap_or_default();
        let (key_type, form, length) = if let Some(length) = after(typed, "AES:") {
            (KeyType::Aes, "AES", leading_number(length))
        } else if let Some(length) = after(typed, "GENERIC:") {
            (KeyType::GenericSecret, "GENERIC", leading_number(length))
        } else if ["DES:", "DES3:"]
            .iter()
            .any(|name| after(typed, name).is_some())
        {
            return fatal("Generate Key mechanism not supported\n");
        } else {
            return fatal(format!("Unknown key type {typed}"));
        };
        if length == 0 {
            return fatal(format!(
                "Unknown key type {typed}, expecting {form}:<nbytes>"
            ));
        }
        let mut flags = vec![
            (Flag::Sensitive, self.options.has("sensitive")),
            (Flag::Extractable, self.options.has("extractable")),
            (Flag::Derive, self.options.has("usage-derive")),
        ];
        flags.extend(Self::flags(&[
            (self.usage("decrypt", true), &[Flag::Encrypt, Flag::Decrypt]),
            (self.usage("wrap", false), &[Flag::Wrap, Flag::Unwrap]),
            (self.usage("sign", false), &[Flag::Sign, Flag::Verify]),
        ]));
        let asked = KeyTemplate {
            private: Some(self.options.has("private")),
            template: self.template(flags),
        };
        let key = self.call(io, "C_GenerateKey", |token, link| {
            token.generate_key(key_type, length, &asked, link)
        })?;
        io.out("Key generated:\n");
        self.show(io, &key);
        Ok(())
    }

    /// `--keypairgen`.
    pub(super) fn generate_pair(&mut self, io: &mut Io<'_>) -> Done {
        let typed = self
            .options
            .value("key-type")
            .unwrap_or("RSA:1024")
            .to_owned();
        let (mut public, mut private) = (Vec::new(), Vec::new());
        let sign = self.usage("sign", true);
        public.extend(Self::flags(&[(sign, &[Flag::Verify])]));
        private.extend(Self::flags(&[(sign, &[Flag::Sign])]));
        let kind = if let Some(bits) = after(&typed, "RSA:") {
            let bits = leading_number(bits);
            if bits == 0 {
                return fatal(format!(
                    "Unknown key pair type {typed}, expecting RSA:<nbytes>"
                ));
            }
            let decrypt = self.usage("decrypt", true);
            let wrap = self.usage("wrap", false);
            public.extend(Self::flags(&[
                (decrypt, &[Flag::Encrypt]),
                (wrap, &[Flag::Wrap]),
            ]));
            private.extend(Self::flags(&[
                (decrypt, &[Flag::Decrypt]),
                (wrap, &[Flag::Unwrap]),
            ]));
            PairKind::Rsa {
                bits,
                exponent: EXPONENT,
            }
        } else if let Some(name) = after(&typed, "EC:") {
            let Some(curve) = names::curve_named(name) else {
                return unknown_curve(io, name);
            };
            let derive = self.usage("derive", true);
            let decrypt = self.options.has("usage-decrypt");
            public.extend(Self::flags(&[
                (derive, &[Flag::Derive]),
                (decrypt, &[Flag::Encrypt]),
            ]));
            private.extend(Self::flags(&[
                (derive, &[Flag::Derive]),
                (decrypt, &[Flag::Decrypt]),
            ]));
            PairKind::Ec(curve)
        } else {
            return fatal(format!("Unknown key pair type {typed}"));
        };
        private.push((Flag::Sensitive, true));
        private.extend(Self::flags(&[(
            self.options.has("extractable"),
            &[Flag::Extractable],
        )]));
        let public = KeyTemplate {
            private: Some(self.options.has("private")),
            template: self.template(public),
        };
        let private = KeyTemplate {
            private: Some(true),
            template: self.template(private),
        };
        let (public, private) = self.call(io, "C_GenerateKeyPair", |token, link| {
            token.generate_pair(kind, &public, &private, link)
        })?;
        io.out("Key pair generated:\n");
        self.show(io, &private);
        self.show(io, &public);
        Ok(())
    }
}

fn unknown_curve(io: &mut Io<'_>, name: &str) -> Done {
    io.err(
        "EC key parameters may be specified by their canonic name or object identifier. Possible \
         values are:\n",
    );
    for (known, curve) in names::CURVES {
        io.err(format!("{known} ({})\n", curve.oid()));
    }
    Err(Stop::Fatal(format!("Unknown EC key parameter '{name}'")))
}
