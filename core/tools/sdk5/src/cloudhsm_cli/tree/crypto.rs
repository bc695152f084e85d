//! `crypto sign` and `crypto verify`.

use clap::builder::PossibleValuesParser;
use clap::{ArgGroup, Command};

use super::arguments::{filter, group, hash, leaf, mgf, number, option, with_data};
use super::quorum::approval;

/// The mechanisms with the titles of their help pages.
const MECHANISMS: [(&str, &str, &str); 6] = [
    (
        "ecdsa",
        "Sign with the ECDSA mechanism",
        "Verify with the ECDSA mechanism",
    ),
    (
        "ed25519",
        "Sign with the Ed25519 mechanism",
        "Verify with the Ed25519 mechanism",
    ),
    (
        "ed25519ph",
        "Sign with the Ed25519ph mechanism",
        "Verify with the Ed25519ph mechanism",
    ),
    (
        "ml-dsa",
        "Signs data with a ML-DSA private key",
        "Verifies a signature with a ML-DSA public key",
    ),
    (
        "rsa-pkcs",
        "Sign with the RSA-PKCS mechanism",
        "Verify with the RSA-PKCS mechanism",
    ),
    (
        "rsa-pkcs-pss",
        "Sign with the RSA-PKCS-PSS mechanism",
        "Verify with the RSA-PKCS-PSS mechanism",
    ),
];

fn sign_arguments(command: Command, mechanism: &str) -> Command {
    let command = command.arg(filter("key-filter").required(true));
    let data_type = |help: &'static str, values: [&'static str; 2]| {
        option("data-type", "DATA_TYPE", help).value_parser(PossibleValuesParser::new(values))
    };
    let raw_or_digest = || {
        data_type(
            "The type of data passed in, either raw or digest",
            ["raw", "digest"],
        )
    };
    let fixed_hash = |name: &'static str| {
        option("hash-function", "HASH_FUNCTION", "Hash function")
            .value_parser(PossibleValuesParser::new([name]))
    };
    let command = match mechanism {
        "ed25519" => command,
        // Guess: the help's list of hash functions is not known; Ed25519ph has only this one.
        "ed25519ph" => command
            .arg(raw_or_digest().required(true))
            .arg(fixed_hash("sha512").required(true)),
        "ml-dsa" => command
            .arg(
                data_type(
                    "The type of data passed in, either raw or external-mu",
                    ["raw", "external-mu"],
                )
                .required(true),
            )
            // Guess: it is optional; the guide's samples give it.
            .arg(fixed_hash("shake256")),
        _ => command
            .arg(hash())
            .arg(raw_or_digest().default_value("raw")),
    };
    let command = with_data(command);
    if mechanism == "rsa-pkcs-pss" {
        command
            .arg(mgf())
            .arg(number("salt-length", "SALT_LENGTH", "The salt length").required(true))
    } else {
        command
    }
}

pub(super) fn crypto() -> Command {
    let mut sign = group("sign", "Perform a signature operation");
    let mut verify = group("verify", "Perform a verification operation");
    for (name, sign_about, verify_about) in MECHANISMS {
        sign =
            sign.subcommand(sign_arguments(leaf(name, sign_about), name).arg(approval("approval")));
        verify = verify.subcommand(
            sign_arguments(leaf(name, verify_about), name)
                .arg(option(
                    "signature-path",
                    "SIGNATURE_PATH",
                    "The path to where the signature is located",
                ))
                .arg(option(
                    "signature",
                    "SIGNATURE",
                    "Base64 encoded signature to be verified",
                ))
                .group(
                    ArgGroup::new("the signature")
                        .args(["signature-path", "signature"])
                        .required(true),
                ),
        );
    }
    group("crypto", "Perform Cryptographic operations")
        .subcommand(sign)
        .subcommand(verify)
}
