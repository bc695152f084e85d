//! The guide's procedure for client certificates ("getting-started-setup-mtls"), typed on an instance with
//! its own `openssl`, and the events that the policies survive.

use hsmlab_tests::learner::{CLI, Learner};

#[test]
fn a_client_shows_the_certificate_that_openssl_made() {
    let mut learner = Learner::in_active_cluster();
    learner.does(&format!(
        r#"export CLOUDHSM_ROLE=admin CLOUDHSM_PIN=admin:Admin-Pass-1
        openssl genrsa -out mtls_ca_root_1.key 2048
        openssl req -new -x509 -days 9130 -key mtls_ca_root_1.key -out mtls_ca_root_1.crt -subj "/CN=Clients"
        {CLI} cluster mtls register-trust-anchor --path mtls_ca_root_1.crt
        openssl genrsa -out ssl-client.key 2048
        openssl req -new -sha256 -key ssl-client.key -out ssl-client.csr -subj "/CN=client-1"
        openssl x509 -req -days 1826 -in ssl-client.csr -CA mtls_ca_root_1.crt -CAkey mtls_ca_root_1.key -CAcreateserial -out ssl-client.crt
        cat ssl-client.crt mtls_ca_root_1.crt > ssl-client.pem
        sudo cp ssl-client.pem ssl-client.key /opt/cloudhsm/etc/"#
    ));
    let refused = learner.fails(&format!(
        "{CLI} cluster mtls set-enforcement --level cluster"
    ));
    assert!(
        refused.contains("Current connection must be mtls"),
        "{refused}"
    );
    learner.does(&format!(
        "sudo cp /opt/cloudhsm/etc/cloudhsm-cli.cfg before.cfg
        sudo /opt/cloudhsm/bin/configure-cli --client-cert-hsm-tls-file /opt/cloudhsm/etc/ssl-client.pem --client-key-hsm-tls-file /opt/cloudhsm/etc/ssl-client.key
        sudo chmod 644 /opt/cloudhsm/etc/ssl-client.key
        {CLI} cluster mtls set-enforcement --level cluster"
    ));
    let level = learner.does(&format!("{CLI} cluster mtls get-enforcement"));
    assert!(level.contains("\"cluster\""), "{level}");
    // The second HSM is made from the first one's backup, policies included.
    learner.at("cloudshell").does(
        "aws cloudhsmv2 create-hsm --cluster-id $CLUSTER --availability-zone us-east-1b
        wait",
    );
    let anchors = learner
        .at("client-1")
        .does(&format!("{CLI} cluster mtls list-trust-anchors"));
    assert!(
        anchors.contains("\"cluster-coverage\": \"full\""),
        "{anchors}"
    );
    let level = learner.does(&format!("{CLI} cluster mtls get-enforcement"));
    assert!(level.contains("\"cluster\""), "{level}");
    // Without the paths no client gets in.
    learner.does("sudo cp before.cfg /opt/cloudhsm/etc/cloudhsm-cli.cfg");
    let out = learner.fails(&format!("{CLI} user list"));
    assert!(out.contains("HSM is disconnected"), "{out}");
}
