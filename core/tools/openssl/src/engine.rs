//! OpenSSL's engines: `openssl engine`, the option `-engine`, and `CloudHSM`'s engine, which signs with
//! keys of the cluster and creates RSA keys there (User Guide, "openssl-library").

use super::context::{Context, Done};
use super::options::{Command, HELP, Opt, Parsed, Unknown, flag, value};
use super::texts;
use hsmlab_client::cluster::ClusterKey;
use hsmlab_client::cryptoki::KeyTemplate;
use hsmlab_client::cryptoki::operation::Signing;
use hsmlab_client::reference::{self, Reference};
use hsmlab_crypto::curves;
use hsmlab_crypto::keys::{KeyKind, SignatureAlgorithm};
use hsmlab_proto::Secret;
use hsmlab_proto::key::{Flag, SignMechanism, Template, Term};
use hsmlab_proto::message::PairKind;
use hsmlab_tool_software::component::{self, Library, NoLibrary};

/// The engine's id.
const ID: &str = "cloudhsm";
/// The engine's component of Client SDK 5.
const COMPONENT: &str = "dyn";
/// The package that installs the engine.
const PACKAGE: &str = "cloudhsm-dyn";
/// The variables with `user:password`; the second is the variable of SDK 3 (User Guide,
/// "openssl5-install").
const PINS: [&str; 2] = ["CLOUDHSM_PIN", "n3fips_password"];
/// The public exponent of the engine's RSA keys.
const EXPONENT: u64 = 65_537;

/// `-engine`.
pub(super) const ENGINE_OPTION: Opt = value("engine", "Use engine e, possibly a hardware device");

/// `openssl engine`.
pub(super) const ENGINE: Command = Command {
    name: "engine",
    usage: "engine [options] engine...",
    unknown: Unknown::Nothing,
    options: &[
        HELP,
        flag("t", "Check that specified engine is available"),
        flag("tt", "Display error trace for unavailable engines"),
        flag("c", "List the capabilities of specified engine"),
    ],
    run: engine,
};

fn engine(cx: &mut Context<'_, '_>, parsed: &Parsed) -> Done {
    if parsed.rest.is_empty() {
        cx.out("(dynamic) Dynamic engine loading support\n");
        return Ok(());
    }
    let mut missing = false;
    for id in parsed.rest.clone() {
        if id == "dynamic" {
            cx.out("(dynamic) Dynamic engine loading support\n");
            if parsed.has("t") || parsed.has("tt") {
                cx.out("     [ unavailable ]\n");
            }
            continue;
        }
        if !installed(cx, &id) {
            cx.err(&texts::no_such_engine(&id));
            missing = true;
            continue;
        }
        cx.out("(cloudhsm) CloudHSM OpenSSL Engine\n");
        if parsed.has("c") {
            cx.out(" [RSA, EC]\n");
        }
        if parsed.has("t") || parsed.has("tt") {
            match open(cx) {
                Ok(mut library) => {
                    library.close(cx.io);
                    cx.out("     [ available ]\n");
                }
                Err(why) => {
                    cx.out("     [ unavailable ]\n");
                    if parsed.has("tt") {
                        cx.out(&texts::engine(&why));
                    }
                }
            }
        }
    }
    if missing {
        return cx.fail("");
    }
    Ok(())
}

fn installed(cx: &Context<'_, '_>, id: &str) -> bool {
    id == ID && cx.io.host.packages.contains(PACKAGE)
}

/// Handles `-engine` before a command: reports whether the engine exists. Without one OpenSSL continues
/// in software.
pub(super) fn set(cx: &mut Context<'_, '_>, parsed: &Parsed) {
    let Some(id) = parsed.value("engine") else {
        return;
    };
    let id = id.to_owned();
    if !installed(cx, &id) {
        cx.err(&texts::invalid_engine(&id));
        return;
    }
    // Without a PIN or a configuration the engine does not start. An unreachable HSM shows only when a key is
    // used. Guess: the real engine connects as it starts.
    let why = match pin(cx) {
        None => Some(NO_PIN.to_owned()),
        Some(_) => match component::configuration(cx.io, COMPONENT) {
            Err(NoLibrary::Config(why) | NoLibrary::Connection(why)) => Some(why),
            Ok(_) => None,
        },
    };
    match why {
        None => {
            cx.engine = true;
            cx.err(&format!("Engine \"{ID}\" set.\n"));
        }
        Some(why) => {
            cx.err(&format!("Can't use that engine\n{}", texts::engine(&why)));
        }
    }
}

// Guess: the engine's own messages are not published.
const NO_PIN: &str = "CLOUDHSM_PIN is not set";

/// Returns `user:password` from the environment.
fn pin(cx: &Context<'_, '_>) -> Option<Secret> {
    PINS.iter()
        .find(|name| cx.io.login.exported.contains(**name))
        .and_then(|name| cx.io.login.variable(name))
        .map(|pin| Secret::new(pin.as_bytes()))
}

/// Connects and logs in, or returns the reason for the failure.
fn open(cx: &mut Context<'_, '_>) -> Result<Library, String> {
    let pin = pin(cx).ok_or(NO_PIN)?;
    let mut library = match Library::open(cx.io, COMPONENT) {
        Ok(library) => library,
        Err(NoLibrary::Config(why) | NoLibrary::Connection(why)) => return Err(why),
    };
    match library.with(cx.io, |token, link| token.login(&pin, link)) {
        Ok(()) => Ok(library),
        Err(rv) => {
            library.close(cx.io);
            Err(format!("Failed to log in: {rv}"))
        }
    }
}

/// Signs a digest with the key that a reference file names; returns the signature in OpenSSL's format.
pub(super) fn sign_digest(
    cx: &mut Context<'_, '_>,
    key: &Reference,
    algorithm: SignatureAlgorithm,
    digest: &[u8],
) -> Result<Vec<u8>, String> {
    let mechanism = match algorithm {
        SignatureAlgorithm::RsaPkcs1(hash) => SignMechanism::RsaPkcs { hash },
        SignatureAlgorithm::RsaPss { hash, salt_bytes } => SignMechanism::RsaPss {
            hash,
            mgf: hash,
            salt_bytes,
        },
        SignatureAlgorithm::Ecdsa(hash) => SignMechanism::Ecdsa {
            hash,
            weak_hash: false,
        },
    };
    let mut library = open(cx)?;
    let terms = [
        Term::Reference(key.handle),
        Term::Attribute("class".into(), "private-key".into()),
    ];
    let signed = library.with(cx.io, |token, link| {
        let found: Vec<ClusterKey> = token.find(&terms, link)?;
        match found.into_iter().next() {
            Some(found) => token
                .sign(&found, Signing::Digest(mechanism), digest, link)
                .map(Some),
            None => Ok(None),
        }
    });
    library.close(cx.io);
    let signature = signed
        .map_err(|rv| format!("Failed to sign: {rv}"))?
        .ok_or("The key of the reference file was not found")?;
    match key.public.kind() {
        KeyKind::Ec(curve) => curves::signature_to_der(curve, &signature)
            .ok_or_else(|| "The signature is malformed".to_owned()),
        KeyKind::Rsa(_) => Ok(signature),
    }
}

/// Creates an RSA key pair in the cluster; returns the reference file of its private key.
pub(super) fn generate_rsa(cx: &mut Context<'_, '_>, bits: u32) -> Result<String, String> {
    let mut library = open(cx)?;
    let template = |flags: &[Flag]| KeyTemplate {
        private: None,
        template: Template {
            flags: flags.iter().map(|flag| (*flag, true)).collect(),
            ..Template::default()
        },
    };
    // Guess: the engine gives its keys every use that an RSA key allows.
    let public = template(&[Flag::Verify, Flag::Encrypt]);
    let private = template(&[Flag::Sign, Flag::Decrypt]);
    let kind = PairKind::Rsa {
        bits,
        exponent: EXPONENT,
    };
    let made = library.with(cx.io, |token, link| {
        token.generate_pair(kind, &public, &private, link)
    });
    library.close(cx.io);
    let (_, private) = made.map_err(|rv| format!("Failed to generate a key pair: {rv}"))?;
    reference::to_pem(private.info.handle, &private.info.attributes)
        .ok_or_else(|| "The key is malformed".to_owned())
}
