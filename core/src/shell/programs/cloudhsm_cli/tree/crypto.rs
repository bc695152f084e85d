//! `crypto sign` and `crypto verify`.

use clap::builder::PossibleValuesParser;
use clap::{ArgGroup, Command};

use super::arguments::{filter, group, hash, leaf, mgf, number, option, with_data};
use super::quorum::approval;

fn sign_arguments(command: Command, pss: bool) -> Command {
    let command = with_data(
        command
            .arg(filter("key-filter").required(true))
            .arg(hash())
            .arg(
                option(
                    "data-type",
                    "DATA_TYPE",
                    "The type of data passed in, either raw or digest",
                )
                .value_parser(PossibleValuesParser::new(["raw", "digest"]))
                .default_value("raw"),
            ),
    );
    if !pss {
        return command;
    }
    command
        .arg(mgf())
        .arg(number("salt-length", "SALT_LENGTH", "The salt length").required(true))
}

pub(super) fn crypto() -> Command {
    let mechanisms = [
        (
            "ecdsa",
            "Sign with the ECDSA mechanism",
            "Verify with the ECDSA mechanism",
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
    let mut sign = group("sign", "Perform a signature operation");
    let mut verify = group("verify", "Perform a verification operation");
    for (name, sign_about, verify_about) in mechanisms {
        let pss = name == "rsa-pkcs-pss";
        sign =
            sign.subcommand(sign_arguments(leaf(name, sign_about), pss).arg(approval("approval")));
        verify = verify.subcommand(
            sign_arguments(leaf(name, verify_about), pss)
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
