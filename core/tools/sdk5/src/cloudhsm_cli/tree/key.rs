//! `key`: generate, import, share, wrap, list and delete.

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgAction, Command};

use super::arguments::{filter, group, hash, leaf, many, mgf, number, option, role, with_data};
use super::quorum::{approval, key_values};
use hsmlab_proto::pure::ParameterSet;

fn label(name: &'static str, help: &'static str) -> Arg {
    option(name, "LABEL", help).required(true)
}

fn session() -> Arg {
    Arg::new("session").long("session").action(ArgAction::SetTrue).help(
        "Creates a session key that exists only in the current session. The key cannot be recovered \
         after the session ends",
    )
}

fn attributes(name: &'static str) -> Arg {
    many(
        name,
        "KEY_ATTRIBUTES",
        "Space separated list of key attributes to set for the generated key in the form of \
         KEY_ATTRIBUTE_NAME=KEY_ATTRIBUTE_VALUE",
    )
}

fn share_with() -> Arg {
    many(
        "share-crypto-users",
        "SHARE_CRYPTO_USERS",
        "Space separated list of Crypto User usernames to share the key with",
    )
}

fn generate_symmetric() -> Command {
    let mut command = group("generate-symmetric", "Generate a symmetric key");
    for (name, about) in [
        ("aes", "Generate an AES key"),
        ("generic-secret", "Generate a generic secret key"),
    ] {
        command = command.subcommand(
            leaf(name, about)
                .arg(label("label", "Label for the key"))
                .arg(session())
                .arg(share_with())
                .args(key_values(false))
                .arg(
                    number(
                        "key-length-bytes",
                        "KEY_LENGTH_BYTES",
                        "Key length in bytes",
                    )
                    .required(true),
                )
                .arg(attributes("attributes")),
        );
    }
    command
}

fn generate_pair() -> Command {
    let pair = |name, about| {
        leaf(name, about)
            .arg(
                option(
                    "public-label",
                    "PUBLIC_LABEL",
                    "Label for the public key",
                )
                .required(true),
            )
            .arg(
                option(
                    "private-label",
                    "PRIVATE_LABEL",
                    "Label for the private key",
                )
                .required(true),
            )
            .arg(session().help(
                "Creates a session key pair that exists only in the current session. The key cannot \
                 be recovered after the session ends",
            ))
            .arg(share_with())
            .args(key_values(true))
            .arg(attributes("public-attributes").value_name("PUBLIC_KEY_ATTRIBUTES"))
            .arg(attributes("private-attributes").value_name("PRIVATE_KEY_ATTRIBUTES"))
    };
    group(
        "generate-asymmetric-pair",
        "Generate an asymmetric key pair",
    )
    .subcommand(
        pair(
            "ec",
            "Generate an Elliptic-Curve Cryptography (ECC) key pair",
        )
        .arg(
            option(
                "curve",
                "CURVE",
                "Elliptic curve used to generate the key pair",
            )
            .required(true)
            .value_parser(PossibleValuesParser::new([
                "prime256v1",
                "secp256r1",
                "secp224r1",
                "secp384r1",
                "secp256k1",
                "secp521r1",
                "ed25519",
            ])),
        ),
    )
    .subcommand(
        pair("ml-dsa", "Generate an ML-DSA key pair").arg(
            option("mldsa-algorithm", "MLDSA_ALGORITHM", "ML-DSA algorithm")
                .required(true)
                .value_parser(PossibleValuesParser::new(
                    ParameterSet::ALL.map(ParameterSet::name),
                )),
        ),
    )
    .subcommand(
        pair("rsa", "Generate an RSA key pair")
            .arg(
                number(
                    "modulus-size-bits",
                    "MODULUS_SIZE_BITS",
                    "Modulus size in bits used to generate the RSA key pair",
                )
                .required(true),
            )
            .arg(
                option(
                    "public-exponent",
                    "PUBLIC_EXPONENT",
                    "Public exponent used to generate the RSA key pair",
                )
                .value_parser(clap::value_parser!(u64))
                .required(true),
            ),
    )
}

/// The wrapping mechanisms and their options.
const WRAPPING: [(&str, &str, bool, bool); 8] = [
    ("aes-gcm", "AES-GCM", true, false),
    ("aes-no-pad", "AES-NO-PAD", false, false),
    ("aes-pkcs5-pad", "AES-PKCS5-PAD", false, false),
    ("aes-zero-pad", "AES-ZERO-PAD", false, false),
    ("cloudhsm-aes-gcm", "CLOUDHSM-AES-GCM", true, false),
    ("rsa-aes", "RSA-AES", false, true),
    ("rsa-oaep", "RSA-OAEP", false, true),
    ("rsa-pkcs", "RSA-PKCS", false, false),
];

fn mechanism_arguments(mut command: Command, gcm: bool, rsa: bool) -> Command {
    if gcm {
        command = command
            .arg(
                number(
                    "tag-length-bits",
                    "TAG_LENGTH_BITS",
                    "AES GCM tag length in bits",
                )
                .required(true),
            )
            .arg(option(
                "aad",
                "AAD",
                "AES GCM Additional Authenticated Data (AAD) value, in hex",
            ));
    }
    if rsa {
        command = command.arg(hash()).arg(mgf());
    }
    command
}

fn wrap() -> Command {
    let mut command = group("wrap", "Wrap a key");
    for (name, title, gcm, rsa) in WRAPPING {
        let leaf = leaf(name, "").about(format!("Wrap a key with the {title} mechanism"));
        command = command.subcommand(mechanism_arguments(
            leaf.arg(filter("payload-filter").required(true))
                .arg(approval("payload-approval"))
                .arg(approval("wrapping-approval"))
                .arg(filter("wrapping-filter").required(true))
                .arg(option(
                    "path",
                    "PATH",
                    "The path to the binary file where the wrapped key data will be saved",
                )),
            gcm,
            rsa,
        ));
    }
    command
}

fn unwrap() -> Command {
    let mut command = group("unwrap", "Unwrap a key");
    for (name, title, gcm, rsa) in WRAPPING {
        let mut leaf = with_data(
            leaf(name, "")
                .about(format!("Unwrap a key with the {title} mechanism"))
                .arg(filter("filter").required(true))
                .arg(
                    option(
                        "key-type-class",
                        "KEY_TYPE_CLASS",
                        "Key type and class of wrapped key",
                    )
                    .required(true)
                    .value_parser(PossibleValuesParser::new([
                        "aes",
                        "des3",
                        "ec-private",
                        "generic-secret",
                        "rsa-private",
                    ])),
                )
                .arg(label("label", "Label for the unwrapped key"))
                .arg(session())
                .arg(share_with())
                .args(key_values(false))
                .arg(approval("approval"))
                .arg(attributes("attributes")),
        );
        if name == "aes-gcm" {
            leaf =
                leaf.arg(option("iv", "IV", "Initial value used to wrap, in hex").required(true));
        }
        command = command.subcommand(mechanism_arguments(leaf, gcm, rsa));
    }
    command
}

pub(super) fn key() -> Command {
    let share = |name, about| {
        leaf(name, about)
            .arg(filter("filter").required(true))
            .arg(
                option(
                    "username",
                    "USERNAME",
                    "A username with which the key will be shared",
                )
                .required(true),
            )
            .arg(role(true))
            .arg(approval("approval"))
    };
    group("key", "Manage keys")
        .subcommand(
            leaf("delete", "Delete a key from the HSM cluster").arg(filter("filter").required(true)),
        )
        .subcommand(generate_pair())
        .subcommand(
            leaf(
                "generate-file",
                "Generate a key file from a key in the HSM cluster. This command does not export \
                 any private key data from the HSM",
            )
            .arg(
                option("encoding", "ENCODING", "Encoding format for the key file")
                    .required(true)
                    .value_parser(PossibleValuesParser::new(encodings())),
            )
            .arg(option("path", "PATH", "Filepath where the key file will be written").required(true))
            .arg(filter("filter").required(true)),
        )
        .subcommand(generate_symmetric())
        .subcommand(
            group("import", "Import a key").subcommand(
                leaf("pem", "Import a key from a PEM file")
                    .arg(option("path", "PATH", "Path where the key is located in PEM format").required(true))
                    .arg(label("label", "Label for the imported key"))
                    .args(key_values(false))
                    .arg(
                        option("key-type-class", "KEY_TYPE_CLASS", "Key type and class of the imported key")
                            .required(true)
                            .value_parser(PossibleValuesParser::new(["ec-public", "rsa-public"])),
                    )
                    .arg(attributes("attributes")),
            ),
        )
        .subcommand(
            leaf("list", "List keys owned and shared with the current user, in addition to all public keys in the cluster")
                .arg(filter("filter"))
                .arg(
                    number("max-items", "MAX_ITEMS", "The total number of items to return in the command's output")
                        .default_value("10"),
                )
                .arg(number("starting-token", "STARTING_TOKEN", "A token to specify where to start paginating"))
                .arg(
                    Arg::new("verbose").short('v').long("verbose").action(ArgAction::SetTrue).help(
                        "If included, prints all attributes and key information for each matched key",
                    ),
                ),
        )
        .subcommand(super::replicate::key())
        .subcommand(
            leaf("set-attribute", "Set an attribute of a key")
                .arg(filter("filter").required(true))
                .arg(approval("approval"))
                .arg(
                    option("name", "KEY_ATTRIBUTE", "Name of attribute to be set")
                        .required(true)
                        .value_parser(PossibleValuesParser::new(settable())),
                )
                .arg(option("value", "VALUE", "Attribute value to be set").required(true).num_args(1..)),
        )
        .subcommand(share("share", "Share a key with another Crypto User in the HSM cluster"))
        .subcommand(share("unshare", "Unshare a key with another Crypto User in the HSM cluster"))
        .subcommand(unwrap())
        .subcommand(wrap())
}

/// The forms of a key file, with their help texts.
fn encodings() -> [PossibleValue; 3] {
    [
        (
            "reference-pem",
            "PEM formatted key reference (supports private keys)",
        ),
        ("pem", "PEM format (supports public keys)"),
        // Guess: the guide's help pages do not list this one yet.
        (
            "cloudhsm-reference-pem",
            "PEM formatted key reference (supports Ed25519 and ML-DSA private keys)",
        ),
    ]
    .map(|(name, help)| PossibleValue::new(name).help(help))
}

fn settable() -> Vec<&'static str> {
    let flags = hsmlab_proto::key::Flag::ALL.iter().map(|(_, name)| *name);
    flags
        .chain(["id", "label", "unwrap-template", "wrap-template"])
        .collect()
}
