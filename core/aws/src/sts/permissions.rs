//! The condition keys of the operations (Service Authorization Reference, "Actions, resources, and
//! condition keys for AWS Security Token Service").

/// The members of an `AssumeRole` request that set condition keys, each with its key.
pub(super) const ASSUME_ROLE_KEYS: [(&str, &str); 2] = [
    ("ExternalId", "sts:ExternalId"),
    ("RoleSessionName", "sts:RoleSessionName"),
];
