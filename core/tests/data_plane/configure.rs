//! The configure tools.

use expect_test::expect;
use hsmlab_client::config::{Config, ConfigError};

use crate::cli::Desk;
use crate::world::{CLUSTER, World, spec};

fn config(desk: &Desk, component: &str) -> String {
    let path = format!("/opt/cloudhsm/etc/cloudhsm-{component}.cfg");
    String::from_utf8(desk.host.fs.read(&path, "root").unwrap().to_vec()).unwrap()
}

#[test]
fn settings_accumulate_and_the_last_addresses_win() {
    let mut desk = Desk::new(World::new());
    let unconfigured = Config::parse(&config(&desk, "cli"));
    assert_eq!(
        unconfigured,
        Err(ConfigError::Hostname("%%HSM_IP_ADDRESS%%".into()))
    );
    assert_eq!(desk.tool("configure-cli -a 10.0.1.12"), "");
    assert_eq!(desk.tool("configure-cli -a 10.0.1.13 10.0.2.7"), "");
    assert_eq!(
        desk.tool("configure-cli --disable-key-availability-check --log-level debug"),
        ""
    );
    expect![[r#"
        {
          "clusters": [
            {
              "type": "hsm1",
              "cluster": {
                "hsm_ca_file": "/opt/cloudhsm/etc/customerCA.crt",
                "servers": [
                  {
                    "hostname": "10.0.1.13",
                    "port": 2223,
                    "enable": true
                  },
                  {
                    "hostname": "10.0.2.7",
                    "port": 2223,
                    "enable": true
                  }
                ],
                "options": {
                  "disable_key_availability_check": true
                }
              }
            }
          ],
          "logging": {
            "log_type": "file",
            "log_file": "/opt/cloudhsm/run/cloudhsm-cli.log",
            "log_level": "debug",
            "log_interval": "daily"
          }
        }
    "#]]
    .assert_eq(&config(&desk, "cli"));
    let parsed = Config::parse(&config(&desk, "cli")).unwrap();
    assert_eq!(parsed.clusters[0].servers.len(), 2);
    assert!(parsed.clusters[0].disable_key_availability_check);
    desk.tool("configure-cli --enable-key-availability-check");
    assert!(
        !Config::parse(&config(&desk, "cli")).unwrap().clusters[0].disable_key_availability_check
    );
    // Each component has its own file.
    assert!(config(&desk, "pkcs11").contains("%%HSM_IP_ADDRESS%%"));
}

#[test]
fn addresses_of_a_cluster_come_from_the_api() {
    let mut desk = Desk::new(World::new());
    let now = desk.world.now;
    desk.world.fleet.create(&spec("hsm-1"), now);
    desk.world.address("hsm-1");
    let line = format!("configure-pkcs11 --cluster-id {CLUSTER}");
    assert_eq!(desk.tool(&line), "No credentials in the property bag\n");
    desk.login
        .variables
        .insert("AWS_ACCESS_KEY_ID".into(), "AKIAX".into());
    desk.login.exported.insert("AWS_ACCESS_KEY_ID".into());
    assert_eq!(desk.tool(&line), "");
    let parsed = Config::parse(&config(&desk, "pkcs11")).unwrap();
    assert_eq!(parsed.clusters[0].cluster_id.as_deref(), Some(CLUSTER));
    assert_eq!(parsed.clusters[0].servers[0].0.to_string(), "10.0.1.10");
}

#[test]
fn invalid_arguments_are_refused() {
    let mut desk = Desk::new(World::new());
    let mut said = desk.tool("configure-cli update -a 10.0.0.1");
    said += &desk.tool("configure-cli -a 10.0.0.1 -a 10.0.0.2");
    said += &desk.tool("configure-cli -a nowhere");
    said += &desk.tool("configure-cli --hsm-ca-cert /nowhere.crt");
    desk.login.user = "ec2-user".into();
    said += &desk.tool("configure-cli -a 10.0.0.1");
    expect![[r#"
        error: unrecognized subcommand 'update'

        Usage: configure-cli [OPTIONS] [COMMAND]

        For more information, try '--help'.
        error: the argument '-a <HSM ENI IP>...' cannot be used multiple times

        Usage: configure-cli [OPTIONS] [COMMAND]

        For more information, try '--help'.
        error: invalid value 'nowhere' for '-a <HSM ENI IP>...': invalid IP address syntax

        For more information, try '--help'.
        Failed to access file /nowhere.crt: No such file or directory
        Failed to write /opt/cloudhsm/etc/cloudhsm-cli.cfg: Permission denied
    "#]]
    .assert_eq(&said);
}

#[test]
fn configure_of_client_sdk_3() {
    let mut desk = Desk::new(World::new());
    expect![[r#"
        Updating server config in /opt/cloudhsm/etc/cloudhsm_client.cfg
        Updating server config in /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg
    "#]]
    .assert_eq(&desk.tool("configure -a 10.10.4.20"));
    let management = desk
        .host
        .fs
        .read("/opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg", "root")
        .unwrap();
    assert!(String::from_utf8_lossy(&management).contains("\"hostname\": \"10.10.4.20\""));
}
