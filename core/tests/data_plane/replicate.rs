//! Several clusters in one configuration, and replication of users and keys from one to its clone.

use expect_test::expect;

use crate::cli::{Desk, check};
use crate::world::{CLONE, CLUSTER, spec};

const TO_CLONE: &str =
    "--source-cluster-id cluster-aaaaaaaaaaa --destination-cluster-id cluster-bbbbbbbbbbb";

/// Makes two HSMs with alice, and a clone with two HSMs from before bob; both are configured.
fn desk() -> Desk {
    let mut desk = Desk::two_hsms();
    let now = desk.world.now;
    let image = desk.world.fleet.backup("hsm-1", now).unwrap();
    for hsm in ["clone-1", "clone-2"] {
        desk.world.fleet.restore(&spec(hsm), &image, now).unwrap();
        desk.world.address(hsm);
    }
    desk.act_as("admin", "admin:password1");
    desk.cli(
        "user create --username bob --role crypto-user --password password3",
        &[],
    );
    desk.set("AWS_ACCESS_KEY_ID", "AKIAX");
    assert_eq!(
        desk.tool(&format!("configure-cli --cluster-id {CLUSTER}")),
        ""
    );
    assert_eq!(
        desk.tool(&format!("configure-cli add-cluster --cluster-id {CLONE}")),
        ""
    );
    desk
}

#[test]
fn commands_need_the_id_of_one_of_several_clusters() {
    let mut desk = desk();
    let mut said = desk.cli("interactive", &[]);
    said += &desk.cli("user list", &[]);
    said += &desk.cli("user list --cluster-id cluster-ccccccccccc", &[]);
    said += &desk.tool("configure-cli -a 10.0.1.10");
    said += &desk.tool(&format!("configure-cli add-cluster --cluster-id {CLONE}"));
    said += &desk.tool("configure-cli remove-cluster --cluster-id cluster-ccccccccccc");
    check(
        &said,
        &expect![[r#"
        {
          "error_code": 1,
          "data": "Multiple clusters provided in configuration file. Please specify `cluster-id`"
        }
        [1]
        {
          "error_code": 1,
          "data": "Multiple clusters provided in configuration file. Please specify `cluster-id`"
        }
        [1]
        {
          "error_code": 1,
          "data": "The cluster id is not in the configuration file"
        }
        [1]
        The configuration holds more than one cluster. Use add-cluster and remove-cluster
        Cluster cluster-bbbbbbbbbbb is already in the configuration
        Cluster cluster-ccccccccccc is not in the configuration
    "#]],
    );
    let users = |text: &str| text.matches("\"username\"").count();
    assert_eq!(
        users(&desk.cli(&format!("user list --cluster-id {CLUSTER}"), &[])),
        4
    );
    assert_eq!(
        users(&desk.cli(&format!("user list --cluster-id {CLONE}"), &[])),
        3
    );
    assert_eq!(
        desk.tool(&format!(
            "configure-cli remove-cluster --cluster-id {CLONE}"
        )),
        ""
    );
    assert_eq!(users(&desk.cli("user list", &[])), 4);
}

#[test]
fn logged_in_to_both_in_one_session() {
    let mut desk = desk();
    let login = "login --username admin --role admin --password password1";
    let transcript = desk.cli(
        &format!("interactive --cluster-id {CLUSTER}"),
        &[
            login,
            &format!("user replicate --username bob --role crypto-user {TO_CLONE}"),
            &format!("{login} --cluster-id {CLONE}"),
            &format!("user replicate --username bob --role crypto-user {TO_CLONE}"),
            // The session still belongs to the first cluster.
            "logout",
            &format!("logout --cluster-id {CLONE}"),
            "quit",
        ],
    );
    check(
        &transcript,
        &expect![[r#"
        aws-cloudhsm > login --username admin --role admin --password password1
        {
          "error_code": 0,
          "data": {
            "username": "admin",
            "role": "admin"
          }
        }
        admin@cluster-aaaaaaaaaaa > user replicate --username bob --role crypto-user --source-cluster-id cluster-aaaaaaaaaaa --destination-cluster-id cluster-bbbbbbbbbbb
        {
          "error_code": 1,
          "data": "A user must be logged in to run this command"
        }
        admin@cluster-aaaaaaaaaaa > login --username admin --role admin --password password1 --cluster-id cluster-bbbbbbbbbbb
        {
          "error_code": 0,
          "data": {
            "username": "admin",
            "role": "admin"
          }
        }
        admin@cluster-aaaaaaaaaaa > user replicate --username bob --role crypto-user --source-cluster-id cluster-aaaaaaaaaaa --destination-cluster-id cluster-bbbbbbbbbbb
        {
          "error_code": 0,
          "data": {
            "user": {
              "username": "bob",
              "role": "crypto-user",
              "locked": "false",
              "mfa": [],
              "quorum": [],
              "cluster-coverage": "full"
            },
            "message": "Successfully replicated user"
          }
        }
        admin@cluster-aaaaaaaaaaa > logout
        {
          "error_code": 0,
          "data": "Logout successful"
        }
        admin@cluster-bbbbbbbbbbb > logout --cluster-id cluster-bbbbbbbbbbb
        {
          "error_code": 0,
          "data": "Logout successful"
        }
        aws-cloudhsm > quit
        [0]
    "#]],
    );
    for hsm in ["hsm-1", "hsm-2", "clone-1", "clone-2"] {
        let status = desk.world.fleet.status(hsm).unwrap();
        assert_eq!((status.users, status.connections), (4, 0), "{hsm}");
    }
    // With the password of the first cluster.
    desk.act_as("crypto-user", "bob:password3");
    let said = desk.cli(&format!("key list --cluster-id {CLONE}"), &[]);
    assert!(said.ends_with("[0]\n"), "{said}");
}

fn destination(desk: &mut Desk, role: &str, pin: &str) {
    desk.set("DESTINATION_CLOUDHSM_ROLE", role);
    desk.set("DESTINATION_CLOUDHSM_PIN", pin);
}

#[test]
fn inconsistent_and_missing_users_are_not_replicated() {
    let mut desk = desk();
    destination(&mut desk, "admin", "admin:password1");
    let replicate = |desk: &mut Desk, name: &str, role: &str| {
        desk.cli(
            &format!("user replicate --username {name} --role {role} {TO_CLONE}"),
            &[],
        )
    };
    let mut said = replicate(&mut desk, "nobody", "crypto-user");
    // A different user of that name at the destination, and then the wrong role.
    desk.cli(
        &format!(
            "user create --username bob --role admin --password password4 --cluster-id {CLONE}"
        ),
        &[],
    );
    said += &replicate(&mut desk, "bob", "crypto-user");
    said += &replicate(&mut desk, "bob", "admin");
    // A user whom one HSM of the source does not know: it was restored from an older image.
    let now = desk.world.now;
    let image = desk.world.fleet.backup("clone-1", now).unwrap();
    desk.world
        .fleet
        .restore(&spec("hsm-3"), &image, now)
        .unwrap();
    desk.world.address("hsm-3");
    desk.cli(
        &format!("user delete --username bob --role admin --cluster-id {CLONE}"),
        &[],
    );
    said += &replicate(&mut desk, "bob", "crypto-user");
    // As a crypto user, and without a login at the destination.
    desk.act_as("crypto-user", "alice:password2");
    said += &replicate(&mut desk, "alice", "crypto-user");
    desk.act_as("admin", "admin:password1");
    destination(&mut desk, "crypto-user", "alice:password2");
    said += &replicate(&mut desk, "alice", "crypto-user");
    check(
        &said,
        &expect![[r#"
        {
          "error_code": 1,
          "data": "Specified user does not exist"
        }
        [1]
        {
          "error_code": 1,
          "data": "User replicate failed on 2 of 2 connections"
        }
        [1]
        {
          "error_code": 1,
          "data": "Specified user does not exist"
        }
        [1]
        {
          "error_code": 1,
          "data": "Specified user is inconsistent across the cluster"
        }
        [1]
        {
          "error_code": 1,
          "data": "An Admin must be logged in to run this command"
        }
        [1]
        {
          "error_code": 1,
          "data": "An Admin must be logged in to run this command"
        }
        [1]
    "#]],
    );
}

#[test]
fn keys_follow_with_owner_sharers_and_attributes() {
    let mut desk = desk();
    let name = |line: &str| format!("{line} --cluster-id {CLUSTER}");
    desk.act_as("crypto-user", "alice:password2");
    desk.cli(
        &name(
            "key generate-symmetric aes --label k --key-length-bytes 32 --share-crypto-users bob \
             --attributes extractable=false encrypt=true",
        ),
        &[],
    );
    let replicate = format!("key replicate --filter attr.label=k {TO_CLONE}");
    let mut said = String::new();
    // The destination does not have bob yet.
    destination(&mut desk, "crypto-user", "alice:password2");
    said += &desk.cli(&replicate, &[]);
    desk.act_as("admin", "admin:password1");
    destination(&mut desk, "admin", "admin:password1");
    desk.cli(
        &format!("user replicate --username bob --role crypto-user {TO_CLONE}"),
        &[],
    );
    desk.act_as("crypto-user", "alice:password2");
    destination(&mut desk, "crypto-user", "alice:password2");
    let done = desk.cli(&replicate, &[]);
    assert!(
        done.contains("\"message\": \"Successfully replicated key\""),
        "{done}"
    );
    assert!(done.contains("\"username\": \"bob\"") && done.contains("\"encrypt\": true"));
    // A repetition changes nothing; an administrator may do it too, a sharer may not.
    assert_eq!(desk.cli(&replicate, &[]), done);
    desk.act_as("crypto-user", "bob:password3");
    destination(&mut desk, "crypto-user", "bob:password3");
    said += &desk.cli(&replicate, &[]);
    desk.act_as("admin", "admin:password1");
    destination(&mut desk, "admin", "admin:password1");
    assert!(
        desk.cli(&replicate, &[])
            .contains("Successfully replicated key")
    );
    // The replica is changed: now it differs.
    desk.act_as("crypto-user", "alice:password2");
    desk.cli(
        &format!(
            "key set-attribute --filter attr.label=k --name label --value j --cluster-id {CLONE}"
        ),
        &[],
    );
    destination(&mut desk, "crypto-user", "alice:password2");
    said += &desk.cli(&replicate, &[]);
    said += &desk.cli(
        &format!("key replicate --filter attr.label=nothing {TO_CLONE}"),
        &[],
    );
    check(
        &said,
        &expect![[r#"
        {
          "error_code": 1,
          "data": "Key replicate failed on 2 of 2 connections"
        }
        [1]
        {
          "error_code": 1,
          "data": "Only the owner of the key can perform this operation"
        }
        [1]
        {
          "error_code": 1,
          "data": "Key replicate failed on 2 of 2 connections"
        }
        [1]
        {
          "error_code": 1,
          "data": "Key selection criteria matched 0 keys. Refine selection criteria to select a single key."
        }
        [1]
    "#]],
    );
}

#[test]
fn a_key_that_one_hsm_lacks_is_not_replicated() {
    let mut desk = desk();
    let now = desk.world.now;
    let before = desk.world.fleet.backup("hsm-1", now).unwrap();
    desk.act_as("crypto-user", "alice:password2");
    desk.cli(
        &format!(
            "key generate-symmetric aes --label k --key-length-bytes 32 --cluster-id {CLUSTER}"
        ),
        &[],
    );
    desk.world
        .fleet
        .restore(&spec("hsm-3"), &before, now)
        .unwrap();
    desk.world.address("hsm-3");
    destination(&mut desk, "crypto-user", "alice:password2");
    let said = desk.cli(
        &format!("key replicate --filter attr.label=k {TO_CLONE}"),
        &[],
    );
    assert!(
        said.contains("The selected key is not synchronized throughout the cluster"),
        "{said}"
    );
}
