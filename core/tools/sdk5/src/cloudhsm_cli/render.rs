//! Replies as the tool prints them: JSON indented by two spaces, members in the guide's order.

use serde_json::{Map, Value, json};

use hsmlab_client::cluster::{ClusterKey, ClusterUser, Registered};
use hsmlab_proto::key::{Attributes, Class, Flag, KeyType, PublicPart};
use hsmlab_proto::message::HsmInfo;
use hsmlab_proto::pure::PurePublic;

/// The envelope of a success.
pub(super) fn success(data: &Value) -> String {
    envelope(0, data)
}

/// The envelope of a failure.
pub(super) fn failure(text: &str) -> String {
    envelope(1, &Value::from(text))
}

fn envelope(code: u8, data: &Value) -> String {
    let value = json!({ "error_code": code, "data": data });
    let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
    text.push('\n');
    text
}

/// A handle: 16 hexadecimal digits.
pub(super) fn reference(handle: u64) -> String {
    format!("0x{handle:016x}")
}

pub(super) fn coverage(everywhere: bool) -> &'static str {
    if everywhere { "full" } else { "inconsistent" }
}

/// One entry of `user list`.
pub(super) fn user(user: &ClusterUser) -> Value {
    json!({
        "username": user.username,
        "role": user.role.map_or("inconsistent", hsmlab_proto::role::Role::text),
        "locked": match user.locked {
            Some(true) => "true",
            Some(false) => "false",
            None => "inconsistent",
        },
        "mfa": strategies(user.mfa),
        "quorum": strategies(user.quorum),
        "cluster-coverage": coverage(user.everywhere),
    })
}

fn strategies(registered: Registered) -> Value {
    let status = match registered {
        Registered::No => return json!([]),
        Registered::Yes => "enabled",
        Registered::Inconsistent => "inconsistent",
    };
    json!([{ "strategy": "token-sign", "status": status }])
}

/// One entry of `cluster hsm-info`.
pub(super) fn hsm(info: &HsmInfo) -> Value {
    let fips = if info.fips {
        "2 [FIPS mode with single factor authentication]"
    } else {
        "0 [non-FIPS mode with single factor authentication]"
    };
    json!({
        "vendor": info.vendor,
        "model": info.model,
        "serial-number": info.serial_number,
        "hardware-version-major": info.hardware_version.0,
        "hardware-version-minor": info.hardware_version.1,
        "firmware-version-major": info.firmware_version.0,
        "firmware-version-minor": info.firmware_version.1,
        "firmware-build-number": info.firmware_version.2,
        "firmware-id": info.firmware_id,
        "fips-state": fips,
    })
}

/// All visible data of a key.
pub(super) fn key(key: &ClusterKey) -> Value {
    let info = &key.info;
    let shared: Vec<Value> = info
        .shared
        .iter()
        .map(|name| json!({ "username": name, "key-coverage": coverage(key.everywhere) }))
        .collect();
    json!({
        "key-reference": reference(info.handle),
        "key-info": {
            "key-owners": [{ "username": info.owner, "key-coverage": coverage(key.everywhere) }],
            "shared-users": shared,
            "key-quorum-values": {
                "manage-key-quorum-value": info.quorum.map_or(0, |values| values.manage),
                "use-key-quorum-value": info.quorum.map_or(0, |values| values.usage),
            },
            "cluster-coverage": coverage(key.everywhere),
        },
        "attributes": attributes(&info.attributes),
    })
}

/// A key's reference and label: the short form of `key list`.
pub(super) fn short_key(key: &ClusterKey) -> Value {
    json!({
        "key-reference": reference(key.info.handle),
        "attributes": { "label": key.info.attributes.label },
    })
}

fn attributes(attributes: &Attributes) -> Value {
    let hex = |bytes: &[u8]| Value::from(format!("0x{}", hex::encode(bytes)));
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
    put("key-type", attributes.key_type.text().into());
    put("label", attributes.label.clone().into());
    put("id", hex(&attributes.id));
    if let Some(check_value) = attributes.check_value
        && attributes.key_type != KeyType::GenericSecret
    {
        put("check-value", hex(&check_value));
    }
    put("class", attributes.class.text().into());
    for (flag, name) in Flag::ALL {
        put(name, attributes.flags.has(flag).into());
        if let (Flag::Private, Some(PublicPart::Pure(PurePublic::MlDsa(set, _)))) =
            (flag, &attributes.public)
        {
            put("mldsa-algorithm", set.name().into());
        }
    }
    put("key-length-bytes", attributes.key_length_bytes.into());
    match &attributes.public {
        Some(PublicPart::Rsa { modulus, exponent }) => {
            put("public-exponent", hex(exponent));
            put("modulus", hex(modulus));
            put("modulus-size-bits", (modulus.len() * 8).into());
        }
        Some(PublicPart::Ec { curve, point }) => {
            put("ec-point", hex(point));
            put("curve", hsmlab_proto::key::curve_text(*curve).into());
        }
        Some(PublicPart::Pure(PurePublic::Ed25519(point))) => {
            put("ec-point", hex(point));
            put("curve", "ed25519".into());
        }
        // The samples show only the algorithm of an ML-DSA key.
        Some(PublicPart::Pure(PurePublic::MlDsa(..))) | None => {}
    }
    Value::Object(map)
}

/// The reply to a generated pair.
pub(super) fn pair(keys: &[ClusterKey]) -> Value {
    let find = |class| {
        keys.iter()
            .find(|key| key.info.attributes.class == class)
            .map(key)
    };
    json!({ "public_key": find(Class::PublicKey), "private_key": find(Class::PrivateKey) })
}
