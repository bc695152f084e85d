//! The tool's output about HSMs, users and codes.

use super::generate::failed;
use super::options::{Options, Spec, number, text};
use super::session::{Session, code, returned};
use super::transfer::write;
use crate::shared::{attributes, codes, info, user_type};
use hsmlab_proto::message::{Command, Reply};
use hsmlab_proto::sdk3::{CertificateKind, Sdk3Command, Sdk3Reply};
use hsmlab_shell::process::Io;

/// `getCert`.
pub(super) const CERTIFICATE: Spec = Spec {
    name: "getCert",
    what: "Gets a certificate that the HSM keeps.",
    options: &[&[
        text(
            "-f",
            "file name",
            "Output file",
            "specifies the file to write the certificate to",
        ),
        number(
            "-s",
            "certificate type",
            "Certificate type",
            "specifies the certificate: 1 = manufacturer root, 2 = manufacturer hardware, 4 = customer root, 8 = cluster (customer root), 16 = cluster (manufacturer)",
        ),
    ]],
};
/// `Error2String`.
pub(super) const ERROR: Spec = Spec {
    name: "Error2String",
    what: "Converts Error codes to Strings.",
    options: &[&[text(
        "-r",
        "response code",
        "Response code",
        "specifies the code, in hex",
    )]],
};

/// `listUsers`: of one HSM.
pub(super) fn users(session: &mut Session, io: &mut Io<'_>) {
    let function = "Cfm3ListUsers";
    let users = match session.users(io) {
        Ok(users) => users,
        Err(code) => return failed(io, function, &code, &[]),
    };
    let mut text = format!(
        "\n        Number Of Users found {}\n\n        {:<12}{:<12}{:<16}{:<20}{:<14}{:<24}2FA\n",
        users.len(),
        "Index",
        "User ID",
        "User Type",
        "User Name",
        "MofnPubKey",
        "LoginFailureCnt"
    );
    for (at, user) in users.iter().enumerate() {
        text += &format!(
            "        {:<8}{:>10}      {:<16}{:<26}{:<3}{:>15}               NO\n",
            at + 1,
            user.id,
            user_type(user.role),
            user.username,
            "NO",
            user.failures
        );
    }
    text += &format!("\n        {}", returned(function, &code(Some(&Ok(())))));
    io.out(text);
}

/// `getHSMInfo`: of one HSM.
pub(super) fn hsm(session: &mut Session, io: &mut Io<'_>) {
    let keys = match session.one(io, &Command::Sdk3(Sdk3Command::Hello)) {
        Ok((_, Reply::Sdk3(Sdk3Reply::Hello { keys, .. }))) => keys,
        _ => 0,
    };
    match session.one(io, &Command::Info) {
        Ok((_, Reply::Info(hsm))) => io.out(format!("\n{}", info::block(&hsm, keys))),
        Ok(_) => {}
        Err((code, _)) => failed(io, "Cfm3GetHSMInfo", &code, &[]),
    }
}

/// `getPartitionInfo`. Guess: the guide does not show it.
pub(super) fn partition(session: &mut Session, io: &mut Io<'_>) {
    match session.one(io, &Command::Sdk3(Sdk3Command::Hello)) {
        Ok((_, Reply::Sdk3(Sdk3Reply::Hello { hsm_id, keys }))) => io.out(format!(
            "\n        {:<21}:{hsm_id}\n        {:<21}:{keys}\n",
            "Partition", "Keys"
        )),
        Ok(_) => {}
        Err((code, _)) => failed(io, "Cfm3GetPartitionInfo", &code, &[]),
    }
}

/// `loginStatus`: the text is that of the utility's public source.
pub(super) fn login_status(session: &Session, io: &mut Io<'_>) {
    io.out(match session.login {
        Some(user_type) => format!("\n        {user_type} has logged-in\n"),
        None => "\n        No user has logged-in\n".to_owned(),
    });
}

/// `getCert`.
pub(super) fn certificate(session: &mut Session, io: &mut Io<'_>, options: &Options) {
    let Some(kind) = options.number("-s").and_then(CertificateKind::of) else {
        return io.out("\n\tError: Invalid certificate type specified.\n");
    };
    let command = Command::Sdk3(Sdk3Command::Certificate(kind));
    match session.one(io, &command) {
        Ok((_, Reply::Sdk3(Sdk3Reply::Certificate(pem)))) => {
            if write(io, options.text("-f"), pem.as_bytes()) {
                io.out(format!("\nCfm3GetCert() returned 0 :{}\n", codes::SUCCESS));
            }
        }
        Ok(_) => {}
        Err(((number, text), _)) => {
            io.out(format!("\nCfm3GetCert() returned {number} :{text}\n"));
        }
    }
}

/// `Error2String`.
pub(super) fn error(io: &mut Io<'_>, options: &Options) {
    let given = options.text("-r");
    let digits = given.strip_prefix("0x").unwrap_or(given);
    match u32::from_str_radix(digits, 16) {
        Ok(number) => {
            let text = codes::text(number);
            // Guess: the text for a number without a meaning.
            let text = text.unwrap_or_else(|| "HSM Error: Unknown error".to_owned());
            io.out(format!("\n        Error Code {number:x} maps to {text}\n"));
        }
        Err(_) => io.out("\n\tError: Invalid response code (-r) specified.\n"),
    }
}

/// `listAttributes`.
pub(super) fn attributes(io: &mut Io<'_>) {
    io.out(format!(
        "\nDescription\n===========\nThe following are all of the possible attribute values for getAttributes.\n\n{}",
        attributes::listing()
    ));
}

/// The output of `help` and of the start ("`key_mgmt_util-help`").
pub(super) const HELP: &str = "
Help Commands Available:

Syntax: <command> -h


   Command               Description
   =======               ===========

   exit                   Exits this application
   help                   Displays this information

        Configuration and Admin Commands
   getHSMInfo             Gets the HSM Information
   getPartitionInfo       Gets the Partition Information
   listUsers              Lists all users of a partition
   loginStatus            Gets the Login Information
   loginHSM               Login to the HSM
   logoutHSM              Logout from the HSM

        M of N commands
   getToken               Initiate an MxN service and get Token
   delToken               delete Token(s)
   approveToken           Approves an MxN service
   listTokens             List all Tokens in the current partition

        Key Generation Commands

        Asymmetric Keys:
   genRSAKeyPair          Generates an RSA Key Pair
   genDSAKeyPair          Generates a DSA Key Pair
   genECCKeyPair          Generates an ECC Key Pair

        Symmetric Keys:
   genPBEKey              Generates a PBE DES3 key
   genSymKey              Generates a Symmetric keys

        Key Import/Export Commands
   createPublicKey        Creates an RSA public key
   importPubKey           Imports RSA/DSA/EC Public key
   exportPubKey           Exports RSA/DSA/EC Public key
   importPrivateKey       Imports RSA/DSA/EC private key
   exportPrivateKey       Exports RSA/DSA/EC private key
   imSymKey               Imports a Symmetric key
   exSymKey               Exports a Symmetric key
   wrapKey                Wraps a key from from HSM using the specified handle
   unWrapKey              UnWraps a key into HSM using the specified handle

        Key Management Commands
   deleteKey              Delete Key
   setAttribute           Sets an attribute of an object
   getKeyInfo             Get Key Info about shared users/sessions
   findKey                Find Key
   findSingleKey          Find single Key
   getAttribute           Reads an attribute from an object

        Certificate Setup Commands
   getCert                Gets Partition Certificates stored on HSM

        Key Transfer Commands
   insertMaskedObject     Inserts a masked object
   extractMaskedObject    Extracts a masked object

        Management Crypto Commands
   sign                   Generates a signature
   verify                 Verifies a signature
   aesWrapUnwrap          Does NIST AES Wrap/Unwrap

        Helper Commands
   Error2String           Converts Error codes to Strings
                          save key handle in fake PEM format
   getCaviumPrivKey       Saves an RSA private key handle
                          in fake PEM format
   IsValidKeyHandlefile   Checks if private key file has
                          an HSM key handle or a real key
   listAttributes         List all attributes for getAttributes
   listECCCurveIds        List HSM supported ECC CurveIds

";
