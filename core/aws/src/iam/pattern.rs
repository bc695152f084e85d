//! ARNs in the patterns of the policy language.

use hsmlab_sim::wildcard;

/// True if the ARN `text` matches `pattern` part by part: a wildcard does not match a colon, except
/// in the sixth part, which holds all the rest. A pattern with fewer parts is matched as a whole.
#[must_use]
pub fn arn(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    let given: Vec<&str> = text.splitn(6, ':').collect();
    if parts.len() < 6 || given.len() < 6 {
        return wildcard::matches(pattern, text);
    }
    parts
        .iter()
        .zip(&given)
        .all(|(part, given)| wildcard::matches(part, given))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_of_an_arn_stays_in_its_part() {
        let cluster = "arn:aws:cloudhsm:us-east-1:111122223333:cluster/cluster-a";
        assert!(arn("arn:aws:cloudhsm:*:111122223333:cluster/*", cluster));
        assert!(arn("arn:aws:cloudhsm:*", cluster));
        assert!(!arn("arn:aws:cloudhsm:us-west-2:*:cluster/*", cluster));
        // A wildcard in one part does not match into the next part.
        assert!(!arn("arn:aws:cloudhsm:us*:cluster/*:x", cluster));
    }
}
