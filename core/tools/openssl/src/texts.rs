//! The program's messages, worded as in OpenSSL 3.0.

use hsmlab_crypto::pem::PemError;
use hsmlab_shell::fs::FsError;

/// The thread number at the start of each line of the error stack. In OpenSSL it differs from run to run;
/// here it is constant.
const THREAD: &str = "4007B9A1FC7F0000";

/// The last line of every failure to get a pass phrase.
pub(super) const PASSWORD: &str = "Error getting password\n";

/// Formats a line of the error stack.
pub(super) fn stack(
    code: &str,
    library: &str,
    function: &str,
    reason: &str,
    place: &str,
) -> String {
    format!("{THREAD}:error:{code}:{library}:{function}:{reason}:{place}\n")
}

pub(super) fn invalid_command(name: &str) -> String {
    format!("Invalid command '{name}'; type \"help\" for a list.\n")
}

/// The errno, which is the number in `error:80000002`.
fn errno(error: FsError) -> u32 {
    match error {
        FsError::NotFound => 2,
        FsError::PermissionDenied => 13,
        FsError::Exists => 17,
        FsError::NotAFolder => 20,
        FsError::IsAFolder => 21,
        FsError::NoSpace => 28,
        FsError::NotEmpty => 39,
    }
}

fn system_line(error: FsError, function: &str, place: &str, call: &str) -> String {
    let code = format!("{:08X}", 0x8000_0000 | errno(error));
    stack(
        &code,
        "system library",
        function,
        error.text(),
        &format!("{place}:{call}"),
    )
}

fn bio_lines(path: &str, error: FsError, mode: &str) -> String {
    let call = format!("calling fopen({path}, {mode})");
    let mut out = system_line(error, "BIO_new_file", "crypto/bio/bss_file.c:67", &call);
    if error == FsError::NotFound {
        out += &stack(
            "10000080",
            "BIO routines",
            "BIO_new_file",
            "no such file",
            "crypto/bio/bss_file.c:75:",
        );
    } else {
        out += &stack(
            "10080002",
            "BIO routines",
            "BIO_new_file",
            "system lib",
            "crypto/bio/bss_file.c:77:",
        );
    }
    out
}

pub(super) fn cannot_read(path: &str, error: FsError) -> String {
    format!(
        "Can't open \"{path}\" for reading, {}\n{}",
        error.text(),
        bio_lines(path, error, "r")
    )
}

pub(super) fn cannot_write(path: &str, error: FsError) -> String {
    format!(
        "Can't open \"{path}\" for writing, {}\n{}",
        error.text(),
        bio_lines(path, error, "w")
    )
}

pub(super) fn cannot_write_private(command: &str, path: &str, error: FsError) -> String {
    format!(
        "{command}: Can't open \"{path}\" for writing, {}\n",
        error.text()
    )
}

/// The error of the store, which loads keys and certificates, for a file that it cannot open.
pub(super) fn store_cannot_open(what: &str, path: &str, error: FsError) -> String {
    let mut out = format!("Could not open file or uri for loading {what} from {path}\n");
    out += &stack(
        "16000069",
        "STORE routines",
        "ossl_store_get0_loader_int",
        "unregistered scheme",
        "crypto/store/store_register.c:237:scheme=file",
    );
    let place = "providers/implementations/storemgmt/file_store.c:268";
    out + &system_line(error, "file_open", place, &format!("calling stat({path})"))
}

/// The error of the store for a file without a usable object; `found` reports whether the file has another
/// PEM object.
pub(super) fn store_cannot_read(what: &str, path: &str, found: bool) -> String {
    let mut out = format!("Could not read {what} from {path}\n");
    if found {
        out += &unsupported_object();
    }
    out
}

fn unsupported_object() -> String {
    stack(
        "1608010C",
        "STORE routines",
        "ossl_store_handle_load_result",
        "unsupported",
        "crypto/store/store_result.c:149:",
    )
}

pub(super) fn bad_decrypt(what: &str, path: &str, empty: bool) -> String {
    let mut out = format!("Could not read {what} from {path}\n");
    out += &unsupported_object();
    out += &stack(
        "1C800064",
        "Provider routines",
        "ossl_cipher_unpadblock",
        "bad decrypt",
        "providers/implementations/ciphers/ciphercommon_block.c:124:",
    );
    let hint = if empty {
        "empty password"
    } else {
        "maybe wrong password"
    };
    out + &stack(
        "11800074",
        "PKCS12 routines",
        "PKCS12_pbe_crypt_ex",
        "pkcs12 cipherfinal error",
        &format!("crypto/pkcs12/p12_decr.c:89:{hint}"),
    )
}

/// The PEM error where a request (or another single object) was expected.
pub(super) fn pem(error: PemError, expecting: &str) -> String {
    match error {
        PemError::NoStartLine => stack(
            "0480006C",
            "PEM routines",
            "get_name",
            "no start line",
            &format!("crypto/pem/pem_lib.c:760:Expecting: {expecting}"),
        ),
        PemError::BadEndLine => stack(
            "04800066",
            "PEM routines",
            "get_header_and_data",
            "bad end line",
            "crypto/pem/pem_lib.c:828:",
        ),
        PemError::BadBase64 => stack(
            "04800064",
            "PEM routines",
            "PEM_read_bio_ex",
            "bad base64 decode",
            "crypto/pem/pem_lib.c:943:",
        ),
    }
}

/// The decoding error for bytes that are not the expected structure.
pub(super) fn asn1() -> String {
    stack(
        "0680007B",
        "asn1 encoding routines",
        "asn1_check_tlen",
        "header too long",
        "crypto/asn1/tasn_dec.c:1184:",
    )
}

pub(super) fn key_mismatch() -> String {
    stack(
        "05800074",
        "x509 certificate routines",
        "X509_check_private_key",
        "key values mismatch",
        "crypto/x509/x509_cmp.c:405:",
    )
}

pub(super) fn pass_phrases_differ() -> String {
    format!("Verify failure\n{}", prompt_stack())
}

pub(super) fn pass_phrase_too_short() -> String {
    let first = stack(
        "14000065",
        "UI routines",
        "UI_set_result_ex",
        "result too small",
        "crypto/ui/ui_lib.c:911:You must type in 4 to 1024 characters",
    );
    first + &prompt_stack()
}

fn prompt_stack() -> String {
    let mut out = stack(
        "1400006B",
        "UI routines",
        "UI_process",
        "processing error",
        "crypto/ui/ui_lib.c:573:while reading strings",
    );
    out += &stack(
        "0480006D",
        "PEM routines",
        "PEM_def_callback",
        "problems getting password",
        "crypto/pem/pem_lib.c:62:",
    );
    out += &stack(
        "07880109",
        "common libcrypto routines",
        "do_ui_passphrase",
        "interrupted or cancelled",
        "crypto/passphrase.c:184:",
    );
    out + &stack(
        "1C80009F",
        "Provider routines",
        "p8info_to_encp8",
        "unable to get passphrase",
        "providers/implementations/encode_decode/encode_key2any.c:115:",
    )
}

pub(super) fn unsupported_fetch(name: &str) -> String {
    stack(
        "0308010C",
        "digital envelope routines",
        "inner_evp_generic_fetch",
        "unsupported",
        &format!(
            "crypto/evp/evp_fetch.c:386:Global default library context, Algorithm ({name} : 0), Properties (<null>)"
        ),
    )
}

pub(super) fn string_length(too_long: bool, bound: usize) -> String {
    let (code, reason, name) = if too_long {
        ("06800097", "string too long", "maxsize")
    } else {
        ("06800098", "string too short", "minsize")
    };
    stack(
        code,
        "asn1 encoding routines",
        "ASN1_mbstring_ncopy",
        reason,
        &format!("crypto/asn1/a_mbstr.c:118:{name}={bound}"),
    )
}

pub(super) fn trust_file_unreadable(path: &str, error: FsError) -> String {
    let last = stack(
        "05880002",
        "x509 certificate routines",
        "X509_load_cert_crl_file_ex",
        "system lib",
        "crypto/x509/by_file.c:229:",
    );
    format!(
        "Error loading file {path}\n{}{last}",
        bio_lines(path, error, "r")
    )
}

pub(super) fn trust_file_empty(path: &str) -> String {
    let line = stack(
        "05800088",
        "x509 certificate routines",
        "X509_load_cert_crl_file_ex",
        "no certificate or crl found",
        "crypto/x509/by_file.c:252:",
    );
    format!("Error loading file {path}\n{line}")
}

pub(super) fn cannot_read_serial(path: &str, error: FsError) -> String {
    format!("{path}: {}\n{}", error.text(), bio_lines(path, error, "r"))
}

pub(super) fn cannot_read_digest(path: &str, error: FsError) -> String {
    let place = "crypto/bio/bss_file.c:308";
    let line = system_line(
        error,
        "file_ctrl",
        place,
        &format!("calling fopen({path}, r)"),
    );
    let last = stack(
        "10080002",
        "BIO routines",
        "file_ctrl",
        "system lib",
        "crypto/bio/bss_file.c:311:",
    );
    format!("{path}: {}\n{line}{last}", error.text())
}

pub(super) fn cannot_read_signature(path: &str, error: FsError) -> String {
    format!(
        "Error opening signature file {path}\n{}",
        bio_lines(path, error, "rb")
    )
}

pub(super) fn bad_rsa_signature() -> String {
    let first = stack(
        "02000068",
        "rsa routines",
        "ossl_rsa_verify",
        "bad signature",
        "crypto/rsa/rsa_sign.c:430:",
    );
    first
        + &stack(
            "1C880004",
            "Provider routines",
            "rsa_verify",
            "RSA lib",
            "providers/implementations/signature/rsa_sig.c:774:",
        )
}

/// The error of `verify` for a signature by another key. For RSA (`Some`) the flag is true if the
/// signature, as a number, is larger than the modulus.
pub(super) fn signature_failure(too_large: Option<bool>) -> String {
    let mut out = String::new();
    if let Some(too_large) = too_large {
        let (library, function) = ("rsa routines", "rsa_ossl_public_decrypt");
        if too_large {
            let reason = "data too large for modulus";
            out += &stack(
                "02000084",
                library,
                function,
                reason,
                "crypto/rsa/rsa_ossl.c:561:",
            );
        } else {
            let padding = "RSA_padding_check_PKCS1_type_1";
            let place = "crypto/rsa/rsa_pk1.c:75:";
            out += &stack("0200008A", library, padding, "invalid padding", place);
            let reason = "padding check failed";
            out += &stack(
                "02000072",
                library,
                function,
                reason,
                "crypto/rsa/rsa_ossl.c:598:",
            );
        }
        let place = "providers/implementations/signature/rsa_sig.c:774:";
        out += &stack(
            "1C880004",
            "Provider routines",
            "rsa_verify",
            "RSA lib",
            place,
        );
    }
    let place = "crypto/asn1/a_verify.c:217:";
    out + &stack(
        "06880006",
        "asn1 encoding routines",
        "ASN1_item_verify_ctx",
        "EVP lib",
        place,
    )
}

/// The error for a request where a certificate was expected.
pub(super) fn request_instead(what: &str, path: &str) -> String {
    let decoder = stack(
        "1E08010C",
        "DECODER routines",
        "OSSL_DECODER_from_bio",
        "unsupported",
        "crypto/encode_decode/decoder_lib.c:103:No supported data to decode. Input structure: Certificate",
    );
    format!(
        "Could not read {what} from {path}\n{}{decoder}{}",
        unsupported_object(),
        unsupported_object()
    )
}

pub(super) fn unknown_curve() -> String {
    let line = stack(
        "0800008D",
        "elliptic curve routines",
        "group_new_from_name",
        "invalid curve",
        "crypto/ec/ec_lib.c:1486:",
    );
    format!("unable to generate key\n{line}")
}

/// Formats a line of the library's X.509 v3 part.
fn v3(code: &str, function: &str, reason: &str, place: &str) -> String {
    stack(code, "X509 V3 routines", function, reason, place)
}

pub(super) fn unknown_extension() -> String {
    v3(
        "11000082",
        "do_ext_nconf",
        "unknown extension name",
        "crypto/x509/v3_conf.c:88:",
    )
}

pub(super) fn invalid_boolean(name: &str, value: &str) -> String {
    let place = format!("crypto/x509/v3_utl.c:289:name={name}, value={value}");
    v3(
        "11000068",
        "X509V3_get_value_bool",
        "invalid boolean string",
        &place,
    )
}

pub(super) fn invalid_number(name: &str, value: &str) -> String {
    let place = format!("crypto/x509/v3_utl.c:304:name={name}, value={value}");
    v3(
        "11000078",
        "X509V3_get_value_int",
        "bn dec2bn error",
        &place,
    )
}

pub(super) fn invalid_name(name: &str, value: &str) -> String {
    let place = format!("crypto/x509/v3_bcons.c:83:name={name}, value={value}");
    v3("1100006A", "v2i_BASIC_CONSTRAINTS", "invalid name", &place)
}

pub(super) fn unknown_bit(word: &str) -> String {
    let place = format!("crypto/x509/v3_bitst.c:82:{word}");
    v3(
        "1100006F",
        "v2i_ASN1_BIT_STRING",
        "unknown bit string argument",
        &place,
    )
}

pub(super) fn unknown_object(word: &str) -> String {
    let first = stack(
        "04000067",
        "object identifier routines",
        "OBJ_txt2obj",
        "unknown object name",
        "crypto/objects/obj_dat.c:372:",
    );
    let place = format!("crypto/x509/v3_extku.c:94:{word}");
    first
        + &v3(
            "1100006E",
            "v2i_EXTENDED_KEY_USAGE",
            "invalid object identifier",
            &place,
        )
}

pub(super) fn unsupported_option(name: &str) -> String {
    let place = format!("crypto/x509/v3_san.c:626:name={name}");
    v3(
        "11000075",
        "v2i_GENERAL_NAME_ex",
        "unsupported option",
        &place,
    )
}

pub(super) fn bad_address(value: &str) -> String {
    let place = format!("crypto/x509/v3_san.c:558:value={value}");
    v3("11000076", "a2i_GENERAL_NAME", "bad ip address", &place)
}

pub(super) fn illegal_hex_digit() -> String {
    stack(
        "078C0102",
        "common libcrypto routines",
        "hexstr2buf_sep",
        "illegal hex digit",
        "crypto/o_str.c:150:",
    )
}

/// The errors of `openssl engine` for an engine that does not exist.
pub(super) fn no_such_engine(id: &str) -> String {
    load_failure(&format!("{ENGINES}/{id}.so"))
        + &stack(
            "13000074",
            "engine routines",
            "ENGINE_by_id",
            "no such engine",
            &format!("crypto/engine/eng_list.c:430:id={id}"),
        )
}

/// The error of `-engine` for an engine that does not exist.
pub(super) fn invalid_engine(id: &str) -> String {
    format!(
        "Invalid engine \"{id}\"\n{}{}",
        no_such_engine(id),
        load_failure(&format!("lib{id}.so"))
    )
}

/// The folder where OpenSSL 3 looks for engines on Red Hat's systems.
const ENGINES: &str = "/usr/lib64/engines-3";

fn load_failure(file: &str) -> String {
    let (library, reason) = ("DSO support routines", "could not load the shared library");
    let missing = "cannot open shared object file: No such file or directory";
    let place = format!("crypto/dso/dso_dlfcn.c:118:filename({file}): {file}: {missing}");
    stack("12800067", library, "dlfcn_load", reason, &place)
        + &stack(
            "12800067",
            library,
            "DSO_load",
            reason,
            "crypto/dso/dso_lib.c:152:",
        )
        + &stack(
            "13000084",
            "engine routines",
            "dynamic_load",
            "dso not found",
            "crypto/engine/eng_dyn.c:442:",
        )
}

/// A failure of `CloudHSM`'s engine. Guess: its codes and messages are not published.
pub(super) fn engine(why: &str) -> String {
    stack("8000000F", "CloudHSM", "cloudhsm_engine", why, "engine:0:")
}
