//! Key pairs: created by EC2, or imported.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand_core::Rng as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::compute::KeyPair;
use super::compute::ssh_key::{KeyType, SshPublicKey, fingerprint_made};
use super::compute::{made, ppk};
use super::compute_error as refuse;
use super::error::Ec2Error;
use super::filters::{self, Filter, one};
use super::service::{Call, Row, operation};
use super::tags::{self, TagSpecification};
use hsmlab_crypto::keyfile::{self, KeyForm};
use hsmlab_crypto::keys::{KeyKind, PrivateKey};

/// The operations of this file.
pub(super) const OPERATIONS: &[Row] = &[
    operation!("CreateKeyPair", create),
    operation!("ImportKeyPair", import),
    operation!("DeleteKeyPair", &delete),
    operation!("DescribeKeyPairs", &describe),
];

/// The most key pairs of a region ("Amazon EC2 service quotas": 5,000).
const KEY_PAIRS_MAX: usize = 5000;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CreateRequest {
    key_name: String,
    key_type: Option<String>,
    key_format: Option<String>,
    tag_specifications: Vec<TagSpecification>,
}

fn check_name(call: &Call<'_, '_>, name: &str) -> Result<(), Ec2Error> {
    // CreateKeyPair: "Up to 255 ASCII characters. Can't include leading or trailing spaces."
    if name.is_empty() || name.len() > 255 || !name.is_ascii() || name.trim() != name {
        return Err(Ec2Error::value(
            name,
            "KeyName",
            "Key names are up to 255 ASCII characters without leading or trailing spaces.",
        ));
    }
    if call.region.compute.key_pairs.contains_key(name) {
        return Err(refuse::key_pair_taken(name));
    }
    if call.region.compute.key_pairs.len() >= KEY_PAIRS_MAX {
        return Err(Ec2Error::LimitExceeded {
            code: "ResourceLimitExceeded",
            message: "The maximum number of key pairs has been reached.".into(),
        });
    }
    Ok(())
}

fn create(call: &mut Call<'_, '_>, request: CreateRequest) -> Result<Value, Ec2Error> {
    let name = request.key_name;
    check_name(call, &name)?;
    let tags = tags::check_specifications(&request.tag_specifications, "key-pair")?;
    let in_ppk = request.key_format.as_deref() == Some("ppk");
    let id = call.env.ids.ec2("key");
    let mut rng = call.env.seed.stream(&format!("ec2 key pair/{id}"));
    let (public_key, fingerprint, material) = if request.key_type.as_deref() == Some("ed25519") {
        let mut secret = [0_u8; 32];
        rng.fill_bytes(&mut secret);
        let public_key = made::public_key(&secret);
        let fingerprint = public_key.sha256();
        let material = if in_ppk {
            ppk::ed25519(&secret, &name)
        } else {
            made::openssh(&secret, rng.next_u32())
        };
        (public_key, fingerprint, material)
    } else {
        let key = PrivateKey::generate(KeyKind::Rsa(2048), &mut rng)
            .map_err(|error| Ec2Error::Undecodable(error.to_string()))?;
        let public_key = SshPublicKey::of_rsa(&key.public_key())
            .ok_or_else(|| Ec2Error::Undecodable("no RSA key".into()))?;
        let material = if in_ppk {
            ppk::rsa(&key, &name)
        } else {
            keyfile::to_pem(&key, KeyForm::Traditional)
                .trim_end()
                .to_owned()
        };
        (public_key, fingerprint_made(&key), material)
    };
    let pair = KeyPair {
        id: id.clone(),
        name: name.clone(),
        fingerprint: fingerprint.clone(),
        public_key,
        created: call.now(),
    };
    call.region.compute.key_pairs.insert(name.clone(), pair);
    tags::put(call.region, &id, tags);
    let mut answer = json!({
        "KeyPairId": id,
        "KeyName": name,
        "KeyFingerprint": fingerprint,
        "KeyMaterial": material,
    });
    add_tags(call, &mut answer, &id);
    Ok(answer)
}

fn add_tags(call: &Call<'_, '_>, answer: &mut Value, id: &str) {
    let tags = tags::list(call.region, id);
    if !tags.is_empty() {
        answer["Tags"] = serde_json::to_value(tags).unwrap_or_default();
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ImportRequest {
    key_name: String,
    public_key_material: String,
    tag_specifications: Vec<TagSpecification>,
}

fn import(call: &mut Call<'_, '_>, request: ImportRequest) -> Result<Value, Ec2Error> {
    let name = request.key_name;
    check_name(call, &name)?;
    let tags = tags::check_specifications(&request.tag_specifications, "key-pair")?;
    let bytes = STANDARD.decode(&request.public_key_material).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let public_key = text.and_then(|text| SshPublicKey::parse(&text));
    let public_key = public_key.ok_or_else(refuse::key_format)?;
    // ImportKeyPair: "Supported lengths: 1024, 2048, and 4096".
    if public_key.key_type() == Some(KeyType::Rsa)
        && !matches!(public_key.modulus_bits(), Some(1024 | 2048 | 4096))
    {
        return Err(refuse::key_length());
    }
    let id = call.env.ids.ec2("key");
    let fingerprint = public_key.fingerprint_imported();
    let pair = KeyPair {
        id: id.clone(),
        name: name.clone(),
        fingerprint: fingerprint.clone(),
        public_key,
        created: call.now(),
    };
    call.region.compute.key_pairs.insert(name.clone(), pair);
    tags::put(call.region, &id, tags);
    let mut answer = json!({ "KeyFingerprint": fingerprint, "KeyName": name, "KeyPairId": id });
    add_tags(call, &mut answer, &id);
    Ok(answer)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DeleteRequest {
    key_name: Option<String>,
    key_pair_id: Option<String>,
}

fn delete(call: &mut Call<'_, '_>, request: &DeleteRequest) -> Result<Value, Ec2Error> {
    let pairs = &call.region.compute.key_pairs;
    let found = match (&request.key_name, &request.key_pair_id) {
        (Some(name), _) => pairs.get(name),
        (None, Some(id)) => {
            let found = pairs.values().find(|pair| pair.id == *id);
            Some(found.ok_or_else(|| refuse::key_pair_id_unknown(id))?)
        }
        (None, None) => return Err(Ec2Error::Missing("KeyName")),
    };
    // An unknown name is no error: the requested state is already reached.
    let Some(pair) = found.cloned() else {
        return Ok(json!({ "Return": true }));
    };
    call.region.compute.key_pairs.remove(&pair.name);
    call.region.tags.remove(&pair.id);
    Ok(json!({ "Return": true, "KeyPairId": pair.id }))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DescribeRequest {
    key_names: Vec<String>,
    key_pair_ids: Vec<String>,
    include_public_key: bool,
    filters: Vec<Filter>,
}

fn describe(call: &mut Call<'_, '_>, request: &DescribeRequest) -> Result<Value, Ec2Error> {
    let names = ["key-pair-id", "fingerprint", "key-name"];
    filters::check_names(&request.filters, &names)?;
    let region = &*call.region;
    let pairs = &region.compute.key_pairs;
    for name in &request.key_names {
        if !pairs.contains_key(name) {
            return Err(refuse::key_pair_unknown(name));
        }
    }
    for id in &request.key_pair_ids {
        if !pairs.values().any(|pair| pair.id == *id) {
            return Err(refuse::key_pair_id_unknown(id));
        }
    }
    let all = request.key_names.is_empty() && request.key_pair_ids.is_empty();
    let shown = pairs.values().filter(|pair| {
        (all || request.key_names.contains(&pair.name) || request.key_pair_ids.contains(&pair.id))
            && filters::passes(
                region.tags.get(&pair.id),
                &request.filters,
                |name| match name {
                    "key-pair-id" => one(&pair.id),
                    "fingerprint" => one(&pair.fingerprint),
                    _ => one(&pair.name),
                },
            )
    });
    let list: Vec<Value> = shown
        .map(|pair| {
            let mut shape = json!({
                "KeyPairId": pair.id,
                "KeyType": pair.public_key.key_type().map_or("rsa", KeyType::name),
                "Tags": tags::list(region, &pair.id),
                "CreateTime": super::instances::timestamp(pair.created),
                "KeyName": pair.name,
                "KeyFingerprint": pair.fingerprint,
            });
            if request.include_public_key {
                shape["PublicKey"] = pair.public_key.line(&pair.name).into();
            }
            shape
        })
        .collect();
    Ok(json!({ "KeyPairs": list }))
}
