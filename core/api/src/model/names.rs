//! Names: the conversion from the models' `CamelCase` to the command line's `kebab-case`.

/// Converts a model name to its command-line form like botocore's `xform_name(name, "-")`:
/// `CreateVpc` becomes `create-vpc`, `DBInstanceARNs` becomes `db-instance-arns`.
#[must_use]
pub fn xform_name(name: &str) -> String {
    if name.contains('-') {
        return name.to_owned();
    }
    let split = split_plural_acronym(name);
    let words = end_caps(&first_caps(&split));
    words.to_lowercase()
}

/// Converts `ResourceARNs` to `Resource-arns`: two or more capitals with a final `s` are one word.
fn split_plural_acronym(name: &str) -> String {
    let Some(stem) = name.strip_suffix('s') else {
        return name.to_owned();
    };
    let capitals = stem
        .chars()
        .rev()
        .take_while(char::is_ascii_uppercase)
        .count();
    if capitals < 2 {
        return name.to_owned();
    }
    let (before, acronym) = stem.split_at(stem.len() - capitals);
    format!("{before}-{}s", acronym.to_lowercase())
}

/// Replaces `(.)([A-Z][a-z]+)` by `\1-\2`.
fn first_caps(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let mut text = String::new();
    let mut index = 0;
    while index < chars.len() {
        text.push(at(index));
        if at(index + 1).is_ascii_uppercase() && at(index + 2).is_ascii_lowercase() {
            text.push('-');
            text.push(at(index + 1));
            index += 2;
            while at(index).is_ascii_lowercase() {
                text.push(at(index));
                index += 1;
            }
        } else {
            index += 1;
        }
    }
    text
}

/// Replaces `([a-z0-9])([A-Z])` by `\1-\2`.
fn end_caps(name: &str) -> String {
    let mut text = String::new();
    let mut before = '\0';
    for now in name.chars() {
        if now.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            text.push('-');
        }
        text.push(now);
        before = now;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::xform_name;

    #[test]
    fn names_become_what_the_command_line_has() {
        for (name, expected) in [
            ("CreateVpc", "create-vpc"),
            ("DescribeInstances", "describe-instances"),
            ("Ipv6CidrBlock", "ipv6-cidr-block"),
            ("EbsOptimized", "ebs-optimized"),
            ("SriovNetSupport", "sriov-net-support"),
            ("PolicySourceArn", "policy-source-arn"),
            ("ContextKeyARNs", "context-key-arns"),
            ("CreateSAMLProvider", "create-saml-provider"),
            ("EnableDnsHostnames", "enable-dns-hostnames"),
            ("ListMFADevices", "list-mfa-devices"),
            ("KMSKeyId", "kms-key-id"),
            ("TargetKeyId", "target-key-id"),
            ("EC2TagFilters", "ec2-tag-filters"),
            ("StateMessage", "state-message"),
            ("MACAddress", "mac-address"),
            ("UnhealthyHSMs", "unhealthy-hsms"),
            ("getLogEvents", "get-log-events"),
            ("OKActions", "ok-actions"),
        ] {
            assert_eq!(xform_name(name), expected, "{name}");
        }
    }
}
