//! Help, the parser's refusals, and completion with Tab.

use expect_test::expect;
use hsmlab_shell::process::Input;
use hsmlab_tool_sdk5::cloudhsm_cli;

use crate::cli::{Desk, check};

#[test]
fn help_has_claps_format_at_every_level() {
    let mut desk = Desk::activated();
    let mut said = desk.cli(
        "interactive",
        &[
            "help",
            "help key replicate",
            "cluster mtls",
            "help crypto sign ml-dsa",
            "crypto sign ml-dsa -h",
            "cluster mtls set-enforcement --level some",
            "crypto sing ecdsa",
            "key replicate --filter attr.label=k",
            "hsm-info",
            "quit",
        ],
    );
    said += &desk.cli("-V", &[]);
    said += &desk.cli("user replicate --help", &[]);
    said += &desk.cli("usr list", &[]);
    check(
        &said,
        &expect![[r#"
            aws-cloudhsm > help
            Usage: <COMMAND>

            Commands:
              cluster  Manage your cluster
              crypto   Perform Cryptographic operations
              key      Manage keys
              login    Login to your cluster
              logout   Logout of your cluster
              quorum   Manage M of N authentication for services
              user     Manage users
              quit     Exit the application
              help     Print this message or the help of the given subcommand(s)
            aws-cloudhsm > help key replicate
            Replicate a key from a source to a destination cluster

            Usage: key replicate --filter [<FILTER>...] --source-cluster-id <SOURCE_CLUSTER_ID> --destination-cluster-id <DESTINATION_CLUSTER_ID>

            Options:
                  --filter [<FILTER>...]
                      Key reference (e.g. key-reference=0xabc) or space separated list of key attributes in the form of attr.KEY_ATTRIBUTE_NAME=KEY_ATTRIBUTE_VALUE to select matching key on the source cluster
                  --source-cluster-id <SOURCE_CLUSTER_ID>
                      Source cluster ID
                  --destination-cluster-id <DESTINATION_CLUSTER_ID>
                      Destination cluster ID
              -h, --help
                      Print help
            aws-cloudhsm > cluster mtls
            Set and get the mtls policy of the cluster

            Usage: cluster mtls <COMMAND>

            Commands:
              deregister-trust-anchor  Deregister a trust anchor for mtls
              get-enforcement          Get the status of mtls enforcement in the cluster
              list-trust-anchors       List all trust anchors for mtls
              register-trust-anchor    Register a trust anchor for mtls
              set-enforcement          Set mtls enforcement policy in the cluster
              help                     Print this message or the help of the given subcommand(s)

            Options:
              -h, --help  Print help
            aws-cloudhsm > help crypto sign ml-dsa
            Signs data with a ML-DSA private key

            Usage: crypto sign ml-dsa [OPTIONS] --key-filter [<KEY_FILTER>...] --data-type <DATA_TYPE> <--data-path <DATA_PATH>|--data <DATA>>

            Options:
                  --cluster-id <CLUSTER_ID>        Unique Id to choose which of the clusters in the config file to run the operation against. If not provided, will fall back to the value provided when interactive mode was started, or error
                  --key-filter [<KEY_FILTER>...]   Key reference (e.g. key-reference=0xabc) or space separated list of key attributes in the form of attr.KEY_ATTRIBUTE_NAME=KEY_ATTRIBUTE_VALUE to select a matching key
                  --data-type <DATA_TYPE>          The type of data passed in, either raw or external-mu [possible values: raw, external-mu]
                  --hash-function <HASH_FUNCTION>  Hash function [possible values: shake256]
                  --data-path <DATA_PATH>          The path to the file containing the data
                  --data <DATA>                    Base64 Encoded data
                  --approval <APPROVAL>            Filepath of signed quorum token file to approve operation
              -h, --help                           Print help
            aws-cloudhsm > crypto sign ml-dsa -h
            Signs data with a ML-DSA private key

            Usage: crypto sign ml-dsa [OPTIONS] --key-filter [<KEY_FILTER>...] --data-type <DATA_TYPE> <--data-path <DATA_PATH>|--data <DATA>>

            Options:
                  --cluster-id <CLUSTER_ID>        Unique Id to choose which of the clusters in the config file to run the operation against. If not provided, will fall back to the value provided when interactive mode was started, or error
                  --key-filter [<KEY_FILTER>...]   Key reference (e.g. key-reference=0xabc) or space separated list of key attributes in the form of attr.KEY_ATTRIBUTE_NAME=KEY_ATTRIBUTE_VALUE to select a matching key
                  --data-type <DATA_TYPE>          The type of data passed in, either raw or external-mu [possible values: raw, external-mu]
                  --hash-function <HASH_FUNCTION>  Hash function [possible values: shake256]
                  --data-path <DATA_PATH>          The path to the file containing the data
                  --data <DATA>                    Base64 Encoded data
                  --approval <APPROVAL>            Filepath of signed quorum token file to approve operation
              -h, --help                           Print help
            aws-cloudhsm > cluster mtls set-enforcement --level some
            error: invalid value 'some' for '--level <LEVEL>'
              [possible values: none, cluster]

            For more information, try '--help'.
            aws-cloudhsm > crypto sing ecdsa
            error: unrecognized subcommand 'sing'

              tip: a similar subcommand exists: 'sign'

            Usage: crypto <COMMAND>

            For more information, try '--help'.
            aws-cloudhsm > key replicate --filter attr.label=k
            error: the following required arguments were not provided:
              --source-cluster-id <SOURCE_CLUSTER_ID>
              --destination-cluster-id <DESTINATION_CLUSTER_ID>

            Usage: key replicate --filter [<FILTER>...] --source-cluster-id <SOURCE_CLUSTER_ID> --destination-cluster-id <DESTINATION_CLUSTER_ID>

            For more information, try '--help'.
            aws-cloudhsm > hsm-info
            error: unrecognized subcommand 'hsm-info'

            Usage: <COMMAND>

            For more information, try 'help'.
            aws-cloudhsm > quit
            [0]
            cloudhsm-cli 5.18.0
            [0]
            Replicate a user from a source to a destination cluster

            Usage: cloudhsm-cli user replicate --username <USERNAME> --role <ROLE> --source-cluster-id <SOURCE_CLUSTER_ID> --destination-cluster-id <DESTINATION_CLUSTER_ID>

            Options:
                  --username <USERNAME>
                      Username of the user to replicate

                  --role <ROLE>
                      Role the user has in the cluster

                      Possible values:
                      - crypto-user: A CryptoUser has the ability to manage and use keys
                      - admin:       An Admin has the ability to manage user accounts

                  --source-cluster-id <SOURCE_CLUSTER_ID>
                      Source cluster ID

                  --destination-cluster-id <DESTINATION_CLUSTER_ID>
                      Destination cluster ID

              -h, --help
                      Print help (see a summary with '-h')
            [0]
            error: unrecognized subcommand 'usr'

              tip: a similar subcommand exists: 'user'

            Usage: cloudhsm-cli <COMMAND>

            For more information, try '--help'.
            [2]
        "#]],
    );
}

#[test]
fn completion_of_values_and_known_names() {
    let words =
        |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
    let complete = |line: &str, last: &str| cloudhsm_cli::complete(&words(line), last).join(" ");
    assert_eq!(
        complete("cloudhsm-cli cluster mtls", "re"),
        "register-trust-anchor"
    );
    assert_eq!(
        complete("cloudhsm-cli cluster mtls set-enforcement --level", ""),
        "cluster none"
    );
    assert_eq!(
        complete("cloudhsm-cli key list --filter", "attr.key"),
        "attr.key-length-bytes= attr.key-type="
    );
    // A second condition, and the options after it.
    let line = "cloudhsm-cli key list --filter attr.class=secret-key";
    assert_eq!(
        complete(line, "attr.w"),
        "attr.wrap-with-trusted= attr.wrap="
    );
    assert_eq!(complete(line, "--v"), "--verbose");
    assert_eq!(
        complete("cloudhsm-cli crypto sign ml-dsa --data-type", ""),
        "external-mu raw"
    );
    assert_eq!(
        complete("cloudhsm-cli user delete --username", ""),
        "--approval --cluster-id --help --role"
    );

    let mut desk = Desk::two_hsms();
    desk.cli(
        "key generate-symmetric aes --label seen --key-length-bytes 32",
        &[],
    );
    let mut process = cloudhsm_cli::start(&["cloudhsm-cli".into(), "interactive".into()]);
    desk.resume(&mut process, Input::Start, None);
    let login = "login --username alice --role crypto-user --password password2";
    for line in [login, "key list", "user list"] {
        desk.resume(&mut process, Input::Line(line.into()), None);
    }
    assert_eq!(
        process.complete("key delete --filter attr.label=s"),
        ["attr.label=seen"]
    );
    assert_eq!(process.complete("key share --username al"), ["alice"]);
    assert_eq!(process.complete("cluster ac"), ["activate"]);
}
