//! `cloudhsm_mgmt_util` and the daemon of Client SDK 3 as a learner uses them.

use expect_test::expect;
use hsmlab_core::programs::SOFTWARE;
use hsmlab_hsm::ApplianceSpec;
use hsmlab_shell::process::{Input, Process, Step};
use hsmlab_tool_sdk3::cmu;

use crate::cli::Desk;
use crate::world::{customer_ca, initialized, initialized_type, spec};

const CONFIG: &str = "/opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg";
const ANCHOR: &str = "/opt/cloudhsm/etc/customerCA.crt";

/// Runs a program; `lines` answer its questions; `(wait)` marks that they ended before it did.
pub fn run(desk: &mut Desk, mut process: Box<dyn Process>, lines: &[&str]) -> String {
    let mut lines = lines.iter();
    let (mut transcript, mut step) = desk.resume(&mut process, Input::Start, None);
    while let Step::Read { prompt, echo } = &step {
        transcript += prompt;
        let Some(line) = lines.next() else {
            transcript += "(wait)\n";
            break;
        };
        transcript += if *echo { line } else { "" };
        transcript += "\n";
        let (text, next) = desk.resume(&mut process, Input::Line((*line).into()), None);
        transcript += &text;
        step = next;
    }
    if let Step::Exit(status) = step {
        transcript += &format!("[{status}]\n");
    }
    transcript
}

pub fn unix(desk: &mut Desk, line: &str) -> String {
    let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let process = SOFTWARE.find(&argv[0]).unwrap().start(&argv);
    run(desk, process, &[])
}

pub fn cmu(desk: &mut Desk, lines: &[&str]) -> String {
    let argv = ["cloudhsm_mgmt_util".to_owned(), CONFIG.to_owned()];
    run(desk, cmu::start(&argv), lines)
}

fn hsm1(hsm_id: &str) -> ApplianceSpec {
    ApplianceSpec {
        hsm_type: "hsm1.medium".into(),
        ..spec(hsm_id)
    }
}

/// Makes an initialized cluster of hsm1.medium with configured tools.
pub fn desk() -> Desk {
    let (world, _, ca) = initialized_type("hsm1.medium");
    let mut desk = Desk::new(world);
    put(&mut desk, ANCHOR, &ca);
    desk.tool("configure -a 10.0.1.10");
    desk
}

fn put(desk: &mut Desk, path: &str, text: &str) {
    let now = desk.world.now;
    desk.host
        .fs
        .write(path, text.as_bytes(), "root", now)
        .unwrap();
}

pub fn read(desk: &Desk, path: &str) -> String {
    String::from_utf8(desk.host.fs.read(path, "root").unwrap().to_vec()).unwrap()
}

/// Adds another HSM from a backup of the first.
pub fn join(desk: &mut Desk, hsm_id: &str) {
    let image = desk.world.fleet.backup("hsm-1", desk.world.now).unwrap();
    desk.world
        .fleet
        .restore(&hsm1(hsm_id), &image, desk.world.now)
        .unwrap();
    desk.world.address(hsm_id);
}

/// Makes an activated cluster of that many HSMs with the crypto user alice; both tools are configured.
pub fn activated(hsms: usize) -> Desk {
    let mut desk = desk();
    let said = cmu(
        &mut desk,
        &[
            "loginHSM PRECO admin password",
            "changePswd PRECO admin Admin-Pass-1",
            "y",
            "createUser CU alice Alice-Pass-1",
            "y",
            "quit",
        ],
    );
    assert!(said.contains("createUser success"), "{said}");
    for number in 2..=hsms {
        join(&mut desk, &format!("hsm-{number}"));
    }
    desk.tool("configure --cmu 10.0.1.10");
    desk
}

#[test]
fn activation_as_the_older_course_has_it() {
    let mut desk = desk();
    let said = cmu(
        &mut desk,
        &[
            "listUsers",
            "loginHSM PRECO admin password",
            "changePswd PRECO admin Admin-Pass-1",
            "maybe",
            "y",
            "listUsers",
            "logoutHSM",
            "loginHSM CO admin Admin-Pass-1",
            "createUser CU alice -hpswd",
            "Alice-Pass-1",
            "y",
            "info server 0",
            "deleteUser CU alice",
            "loginStatus",
            "quit",
        ],
    );
    assert!(desk.world.fleet.status("hsm-1").unwrap().activated);
    assert_eq!(desk.world.fleet.status("hsm-1").unwrap().connections, 0);
    expect![[r#"
        Connecting to the server(s), it may take time
        depending on the server(s) load, please wait...

        Connecting to server '10.0.1.10': hostname '10.0.1.10', port 2225...
        Connected to server '10.0.1.10': hostname '10.0.1.10', port 2225.
        E2E enabled on server 0(10.0.1.10)
        aws-cloudhsm>listUsers
        Users on server 0(10.0.1.10):
        Number of users found:2

            User Id             User Type       User Name                          MofnPubKey    LoginFailureCnt         2FA
                 1              PRECO           admin                                    NO               0               NO
                 2              AU              app_user                                 NO               0               NO
        aws-cloudhsm>loginHSM PRECO admin password
        loginHSM success on server 0(10.0.1.10)
        aws-cloudhsm>changePswd PRECO admin Admin-Pass-1
        *************************CAUTION********************************
        This is a CRITICAL operation, should be done on all nodes in the
        cluster. AWS does NOT synchronize these changes automatically with the 
        nodes on which this operation is not executed or failed, please 
        ensure this operation is executed on all nodes in the cluster.  
        ****************************************************************

        Do you want to continue(y/n)?maybe
        Invalid option, please type 'y' or 'n'

        Do you want to continue(y/n)?y
        Changing password for admin(PRECO) on 1 nodes
        changePswd success on server 0(10.0.1.10)
        aws-cloudhsm>listUsers
        Users on server 0(10.0.1.10):
        Number of users found:2

            User Id             User Type       User Name                          MofnPubKey    LoginFailureCnt         2FA
                 1              CO              admin                                    NO               0               NO
                 2              AU              app_user                                 NO               0               NO
        aws-cloudhsm>logoutHSM
        logoutHSM success on server 0(10.0.1.10)
        aws-cloudhsm>loginHSM CO admin Admin-Pass-1
        loginHSM success on server 0(10.0.1.10)
        aws-cloudhsm>createUser CU alice -hpswd
        Enter password:
        *************************CAUTION********************************
        This is a CRITICAL operation, should be done on all nodes in the
        cluster. AWS does NOT synchronize these changes automatically with the 
        nodes on which this operation is not executed or failed, please 
        ensure this operation is executed on all nodes in the cluster.  
        ****************************************************************

        Do you want to continue(y/n)?y
        Creating User alice(CU) on 1 nodes
        createUser success on server 0(10.0.1.10)
        aws-cloudhsm>info server 0
        Id      Name                    Hostname         Port   State           Partition               LoginState
        0       10.0.1.10               10.0.1.10       2225    Connected       hsm-1                   Logged in as 'admin(CO)'
        aws-cloudhsm>deleteUser CU alice
        Deleting user alice(CU) on 1 nodes
        deleteUser success on server 0(10.0.1.10)
        aws-cloudhsm>loginStatus
        Server 0(10.0.1.10): Logged in as 'admin(CO)'
        aws-cloudhsm>quit

        disconnecting from servers, please wait...
        [0]
    "#]].assert_eq(&said);
}

#[test]
fn lines_of_a_heredoc_answer_the_questions() {
    let mut desk = desk();
    let argv = ["cloudhsm_mgmt_util".to_owned(), CONFIG.to_owned()];
    let mut process = cmu::start(&argv);
    let script = "loginHSM PRECO admin password\nchangePswd PRECO admin Admin-Pass-1\ny\nquit\n";
    let (said, step) = desk.resume(&mut process, Input::Start, Some(script));
    assert_eq!(step, Step::Exit(0));
    assert!(
        said.contains("changePswd success on server 0(10.0.1.10)"),
        "{said}"
    );
    assert!(desk.world.fleet.status("hsm-1").unwrap().activated);
}

#[test]
fn without_a_trust_anchor_and_with_a_foreign_one() {
    let mut desk = desk();
    let right = read(&desk, ANCHOR);
    desk.host.fs.remove(ANCHOR, "root").unwrap();
    let argv = ["cloudhsm_mgmt_util".to_owned(), CONFIG.to_owned()];
    let mut process = cmu::start(&argv);
    let (mut said, _) = desk.resume(&mut process, Input::Start, None);
    let mut line =
        |desk: &mut Desk, text: &str| desk.resume(&mut process, Input::Line(text.into()), None).0;
    said += &line(&mut desk, "listUsers");
    let csr = desk.world.fleet.identity("hsm-1").unwrap().cluster_csr;
    let (foreign, _) = customer_ca(2, &csr, desk.world.now);
    put(&mut desk, ANCHOR, &foreign);
    said += &line(&mut desk, "enable_e2e");
    put(&mut desk, ANCHOR, &right);
    said += &line(&mut desk, "enable_e2e");
    expect![[r#"
        Connecting to the server(s), it may take time
        depending on the server(s) load, please wait...

        Connecting to server '10.0.1.10': hostname '10.0.1.10', port 2225...
        Connected to server '10.0.1.10': hostname '10.0.1.10', port 2225.
        /opt/cloudhsm/etc/customerCA.crt,
        partition owner certificate not exist at given path
        Server 0(10.0.1.10) is in unencrypted mode now...
        running in limited commands mode
        Error: partition owner certificate doesn't exist at given path.
        Failed to create client ssl ctx
        E2E Session failed: E2E setup failed
        Enabling E2E failed
        No server is connected with E2E enabled
        Certificate ERROR: [certificate signature failure]
        Server 0(10.0.1.10) is in unencrypted mode now...
        running in limited commands mode
        E2E Session failed: E2E setup failed
        Enabling E2E failed
        E2E enabled on server 0(10.0.1.10)
    "#]]
    .assert_eq(&said);
}

#[test]
fn refusals() {
    let mut desk = activated(1);
    let said = cmu(
        &mut desk,
        &[
            "loginHSM",
            "loginHSM XX admin Admin-Pass-1",
            "loginHSM CU admin Admin-Pass-1",
            "loginHSM CO admin Wrong-Pass-1",
            "createUser CU bob Bob-Pass-1",
            "y",
            "I",
            "loginHSM CO admin Admin-Pass-1",
            "loginHSM CO admin Admin-Pass-1",
            "createUser CU bob short",
            "n",
            "createUser CU bob short",
            "y",
            "what",
            "R",
            "I",
            "createUser CU alice Alice-Pass-2",
            "y",
            "B",
            "deleteUser CU nobody",
            "I",
            "createUser CU",
            "setAttribute 5 999 1",
            "getAttribute 5 3",
            "shareKey x y 1",
            "syncUser 3 0",
            "server 7",
            "server 0",
            "syncUser 3 0",
            "getCert",
            "getCert root.crt 3",
            "getCert root.crt 4",
            "exit",
            "setMValue 3 2",
            "nonsense",
            "",
            "help shareKey",
        ],
    );
    expect![[r#"
        Connecting to the server(s), it may take time
        depending on the server(s) load, please wait...

        Connecting to server '10.0.1.10': hostname '10.0.1.10', port 2225...
        Connected to server '10.0.1.10': hostname '10.0.1.10', port 2225.
        E2E enabled on server 0(10.0.1.10)
        aws-cloudhsm>loginHSM
        Usage: loginHSM <user-type> <user-name> <password |-hpswd> [-2fa </path/to/authdata>]
        aws-cloudhsm>loginHSM XX admin Admin-Pass-1
        Invalid user type
        aws-cloudhsm>loginHSM CU admin Admin-Pass-1
        loginHSM failed: HSM Error: This user doesn't exist
        loginHSM failed on server 0(10.0.1.10)
        aws-cloudhsm>loginHSM CO admin Wrong-Pass-1
        loginHSM failed: RET_USER_LOGIN_FAILURE
        loginHSM failed on server 0(10.0.1.10)
        aws-cloudhsm>createUser CU bob Bob-Pass-1
        *************************CAUTION********************************
        This is a CRITICAL operation, should be done on all nodes in the
        cluster. AWS does NOT synchronize these changes automatically with the 
        nodes on which this operation is not executed or failed, please 
        ensure this operation is executed on all nodes in the cluster.  
        ****************************************************************

        Do you want to continue(y/n)?y
        Creating User bob(CU) on 1 nodes
        createUser failed: HSM Error: No user is logged in
        createUser failed on server 0(10.0.1.10)

        Retry/rollBack/Ignore?(R/B/I):I
        aws-cloudhsm>loginHSM CO admin Admin-Pass-1
        loginHSM success on server 0(10.0.1.10)
        aws-cloudhsm>loginHSM CO admin Admin-Pass-1
        loginHSM failed: HSM Error: A user is already logged in
        loginHSM failed on server 0(10.0.1.10)
        aws-cloudhsm>createUser CU bob short
        *************************CAUTION********************************
        This is a CRITICAL operation, should be done on all nodes in the
        cluster. AWS does NOT synchronize these changes automatically with the 
        nodes on which this operation is not executed or failed, please 
        ensure this operation is executed on all nodes in the cluster.  
        ****************************************************************

        Do you want to continue(y/n)?n
        aws-cloudhsm>createUser CU bob short
        *************************CAUTION********************************
        This is a CRITICAL operation, should be done on all nodes in the
        cluster. AWS does NOT synchronize these changes automatically with the 
        nodes on which this operation is not executed or failed, please 
        ensure this operation is executed on all nodes in the cluster.  
        ****************************************************************

        Do you want to continue(y/n)?y
        Creating User bob(CU) on 1 nodes
        createUser failed: HSM Error: Invalid password length
        createUser failed on server 0(10.0.1.10)

        Retry/rollBack/Ignore?(R/B/I):what
        Retry/rollBack/Ignore?(R/B/I):R
        createUser failed: HSM Error: Invalid password length
        createUser failed on server 0(10.0.1.10)

        Retry/rollBack/Ignore?(R/B/I):I
        aws-cloudhsm>createUser CU alice Alice-Pass-2
        *************************CAUTION********************************
        This is a CRITICAL operation, should be done on all nodes in the
        cluster. AWS does NOT synchronize these changes automatically with the 
        nodes on which this operation is not executed or failed, please 
        ensure this operation is executed on all nodes in the cluster.  
        ****************************************************************

        Do you want to continue(y/n)?y
        Creating User alice(CU) on 1 nodes
        createUser failed: HSM Error: This user already exists
        createUser failed on server 0(10.0.1.10)

        Retry/rollBack/Ignore?(R/B/I):B
        aws-cloudhsm>deleteUser CU nobody
        Deleting user nobody(CU) on 1 nodes
        deleteUser failed: HSM Error: This user doesn't exist
        deleteUser failed on server 0(10.0.1.10)

        Retry/rollBack/Ignore?(R/B/I):I
        aws-cloudhsm>createUser CU
        Usage: createUser <user-type> <user-name> <password |-hpswd> [-2fa </path/to/authdata>]
        aws-cloudhsm>setAttribute 5 999 1
        Invalid attribute id 999
        aws-cloudhsm>getAttribute 5 3
        getAttribute failed: HSM Error: Invalid User Type.
        aws-cloudhsm>shareKey x y 1
        Usage: shareKey <key handle> <user id> <(share/unshare key?) 1/0>
        aws-cloudhsm>syncUser 3 0
        syncUser is allowed in server mode only
        aws-cloudhsm>server 7
        Invalid server number
        aws-cloudhsm>server 0

        Server is in 'E2' mode...
        server0> syncUser 3 0
        Invalid server number
        server0> getCert
        Usage: getCert <file-name> <certificate-type>
        server0> getCert root.crt 3
        Invalid certificate type
        server0> getCert root.crt 4
        getCert Success
        server0> exit
        aws-cloudhsm>setMValue 3 2
        hsmlab: this lab's cloudhsm_mgmt_util does not have setMValue
        aws-cloudhsm>nonsense
        Unknown command: nonsense. Type help for the list of commands
        aws-cloudhsm>
        aws-cloudhsm>help shareKey
        Shares or unshares a key

        Usage: shareKey <key handle> <user id> <(share/unshare key?) 1/0>
        aws-cloudhsm>(wait)
    "#]]
    .assert_eq(&said);
    assert_eq!(read(&desk, ANCHOR), read(&desk, "/home/ec2-user/root.crt"));
}

#[test]
fn wrong_passwords_lock_and_a_new_password_unlocks() {
    let mut desk = activated(1);
    let wrong = ["loginHSM CU alice Wrong-Pass-1"; 6];
    let lines = [
        wrong.as_slice(),
        &["loginHSM CU alice Alice-Pass-1", "listUsers"],
    ]
    .concat();
    let said = cmu(&mut desk, &lines);
    assert_eq!(said.matches("RET_USER_LOGIN_FAILURE").count(), 7, "{said}");
    assert!(
        said.contains("alice                                    NO               6"),
        "{said}"
    );
    let said = cmu(
        &mut desk,
        &[
            "loginHSM CO admin Admin-Pass-1",
            "changePswd CU alice Alice-Pass-2",
            "y",
            "logoutHSM",
            "loginHSM CU alice Alice-Pass-2",
            "changePswd CU alice Alice-Pass-3",
            "y",
            "listUsers",
        ],
    );
    assert_eq!(said.matches("changePswd success").count(), 2, "{said}");
    assert!(
        said.contains("alice                                    NO               0"),
        "{said}"
    );
}

#[test]
fn a_stale_configuration_puts_users_out_of_step_and_sync_user_repairs_them() {
    let mut desk = activated(1);
    join(&mut desk, "hsm-2");
    // The file still names only the first HSM.
    let said = cmu(
        &mut desk,
        &[
            "loginHSM CO admin Admin-Pass-1",
            "createUser CU bob Bob-Pass-1",
            "y",
        ],
    );
    assert!(said.contains("Creating User bob(CU) on 1 nodes"), "{said}");
    desk.tool("configure --cmu 10.0.1.10");
    let said = cmu(
        &mut desk,
        &[
            "listUsers",
            "loginHSM CO admin Admin-Pass-1",
            "server 0",
            "syncUser 4 1",
            "exit",
            "listUsers",
            "findAllKeys 3 1",
            "quit",
        ],
    );
    expect![[r#"
        Connecting to the server(s), it may take time
        depending on the server(s) load, please wait...

        Connecting to server '10.0.1.10': hostname '10.0.1.10', port 2225...
        Connected to server '10.0.1.10': hostname '10.0.1.10', port 2225.

        Connecting to server '10.0.1.11': hostname '10.0.1.11', port 2225...
        Connected to server '10.0.1.11': hostname '10.0.1.11', port 2225.
        E2E enabled on server 0(10.0.1.10)
        E2E enabled on server 1(10.0.1.11)
        aws-cloudhsm>listUsers
        Users on server 0(10.0.1.10):
        Number of users found:4

            User Id             User Type       User Name                          MofnPubKey    LoginFailureCnt         2FA
                 1              CO              admin                                    NO               0               NO
                 2              AU              app_user                                 NO               0               NO
                 3              CU              alice                                    NO               0               NO
                 4              CU              bob                                      NO               0               NO
        Users on server 1(10.0.1.11):
        Number of users found:3

            User Id             User Type       User Name                          MofnPubKey    LoginFailureCnt         2FA
                 1              CO              admin                                    NO               0               NO
                 2              AU              app_user                                 NO               0               NO
                 3              CU              alice                                    NO               0               NO
        aws-cloudhsm>loginHSM CO admin Admin-Pass-1
        loginHSM success on server 0(10.0.1.10)
        loginHSM success on server 1(10.0.1.11)
        aws-cloudhsm>server 0

        Server is in 'E2' mode...
        server0> syncUser 4 1
        ExtractMaskedObject: 0x0 !
        InsertMaskedObject: 0x0 !
        syncUser success
        server0> exit
        aws-cloudhsm>listUsers
        Users on server 0(10.0.1.10):
        Number of users found:4

            User Id             User Type       User Name                          MofnPubKey    LoginFailureCnt         2FA
                 1              CO              admin                                    NO               0               NO
                 2              AU              app_user                                 NO               0               NO
                 3              CU              alice                                    NO               0               NO
                 4              CU              bob                                      NO               0               NO
        Users on server 1(10.0.1.11):
        Number of users found:4

            User Id             User Type       User Name                          MofnPubKey    LoginFailureCnt         2FA
                 1              CO              admin                                    NO               0               NO
                 2              AU              app_user                                 NO               0               NO
                 3              CU              alice                                    NO               0               NO
                 4              CU              bob                                      NO               0               NO
        aws-cloudhsm>findAllKeys 3 1
        Keys on server 0(10.0.1.10):
        Number of keys found 0
        number of keys matched from start index 0::0

        findAllKeys success on server 0(10.0.1.10)

        Keys on server 1(10.0.1.11):
        Number of keys found 0
        number of keys matched from start index 0::0

        findAllKeys success on server 1(10.0.1.11)

        aws-cloudhsm>quit

        disconnecting from servers, please wait...
        [0]
    "#]].assert_eq(&said);
    let said = cmu(&mut desk, &["loginHSM CU bob Bob-Pass-1"]);
    assert_eq!(said.matches("loginHSM success").count(), 2, "{said}");
}

#[test]
fn the_daemon_saves_the_addresses_that_it_finds() {
    let mut desk = activated(2);
    desk.tool("configure -a 10.0.1.11");
    let mut said = desk.tool("configure -m");
    desk.login.user = "ec2-user".into();
    said += &unix(&mut desk, "service cloudhsm-client start");
    desk.login.user = "root".into();
    said += &unix(&mut desk, "service cloudhsm-client status");
    said += &unix(&mut desk, "service cloudhsm-client start");
    said += &read(&desk, "/opt/cloudhsm/daemon/1/cluster.info");
    said += &desk.tool("configure -m -i 1");
    said += &unix(&mut desk, "systemctl status cloudhsm-client");
    said += &unix(&mut desk, "systemctl is-active cloudhsm-client");
    said += &unix(&mut desk, "service cloudhsm-client stop");
    said += &unix(&mut desk, "service httpd start");
    expect![[r#"
        Unable to open /opt/cloudhsm/daemon/1/cluster.info
        Redirecting to /bin/systemctl start cloudhsm-client.service
        Failed to start cloudhsm-client.service: Interactive authentication required.
        See system logs and 'systemctl status cloudhsm-client.service' for details.
        [1]
        ● cloudhsm-client.service - AWS CloudHSM client
           Loaded: loaded (/etc/systemd/system/cloudhsm-client.service; enabled; vendor preset: disabled)
           Active: inactive (dead)
        Redirecting to /bin/systemctl status cloudhsm-client.service
        [3]
        Redirecting to /bin/systemctl start cloudhsm-client.service
        [0]
        {
          "servers": [
            {
              "hostname": "10.0.1.10",
              "port": 2223
            },
            {
              "hostname": "10.0.1.11",
              "port": 2223
            }
          ]
        }
        Updating server config in /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg
        ● cloudhsm-client.service - AWS CloudHSM client
           Loaded: loaded (/etc/systemd/system/cloudhsm-client.service; enabled; vendor preset: disabled)
           Active: active (running) since Tue 2026-11-24 10:00:00 UTC
         Main PID: 2517 (cloudhsm_client)
           CGroup: /system.slice/cloudhsm-client.service
                   └─2517 /opt/cloudhsm/bin/cloudhsm_client /opt/cloudhsm/etc/cloudhsm_client.cfg

        Nov 24 10:00:00 ip-10-0-1-30 cloudhsm_client[2517]: 2026-11-24T10:00:00Z liquidSecurity INF: connected, the cluster has 2 server(s)
        [0]
        active
        [0]
        Redirecting to /bin/systemctl stop cloudhsm-client.service
        [0]
        Redirecting to /bin/systemctl start httpd.service
        Failed to start httpd.service: Unit httpd.service not found.
        [5]
    "#]].assert_eq(&said);
    let config = read(&desk, CONFIG);
    assert_eq!(
        config.matches("\"hostname\": \"10.0.1.1").count(),
        2,
        "{config}"
    );
}

#[test]
fn the_daemon_looks_for_the_old_addresses() {
    let mut desk = activated(1);
    unix(&mut desk, "service cloudhsm-client start");
    unix(&mut desk, "service cloudhsm-client stop");
    join(&mut desk, "hsm-2");
    desk.world.fleet.destroy("hsm-1");
    desk.world.hsms.remove(0);
    desk.tool("configure -a 10.0.1.11");
    unix(&mut desk, "service cloudhsm-client start");
    let before = unix(&mut desk, "journalctl -u cloudhsm-client -n 1");
    desk.host
        .fs
        .remove("/opt/cloudhsm/daemon/1/cluster.info", "root")
        .unwrap();
    unix(&mut desk, "service cloudhsm-client restart");
    let after = unix(&mut desk, "journalctl -u cloudhsm-client -n 1");
    expect![[r#"
        Nov 24 10:00:30 ip-10-0-1-30 cloudhsm_client[2517]: 2026-11-24T10:00:30Z liquidSecurity ERR: server 10.0.1.10: connection timed out, trying again in 3 seconds
        [0]
        Nov 24 10:00:30 ip-10-0-1-30 cloudhsm_client[2517]: 2026-11-24T10:00:30Z liquidSecurity INF: connected, the cluster has 1 server(s)
        [0]
    "#]].assert_eq(&(before + &after));
}

#[test]
fn never_configured() {
    let (world, _, _) = initialized_type("hsm1.medium");
    let mut desk = Desk::new(world);
    let mut said = unix(&mut desk, "service cloudhsm-client start");
    said += &unix(&mut desk, "service cloudhsm-client status");
    said += &cmu(&mut desk, &[]);
    put(&mut desk, CONFIG, "{");
    said += &cmu(&mut desk, &[]);
    desk.tool("configure -a 10.9.9.9");
    said += &cmu(&mut desk, &["listUsers", "quit"]);
    expect![[r#"
        Redirecting to /bin/systemctl start cloudhsm-client.service
        [0]
        ● cloudhsm-client.service - AWS CloudHSM client
           Loaded: loaded (/etc/systemd/system/cloudhsm-client.service; enabled; vendor preset: disabled)
           Active: failed (Result: exit-code)

        Nov 24 10:00:00 ip-10-0-1-30 cloudhsm_client[2517]: 2026-11-24T10:00:00Z liquidSecurity ERR: server hostname '' is not valid: run configure -a
        Redirecting to /bin/systemctl status cloudhsm-client.service
        [3]
        Invalid server hostname in config file /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg
        [1]
        Failed to parse config file /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg
        [1]
        Connecting to the server(s), it may take time
        depending on the server(s) load, please wait...

        Connecting to server '10.9.9.9': hostname '10.9.9.9', port 2225...
        Failed to connect to server '10.9.9.9': Connection timed out
        aws-cloudhsm>listUsers
        No server is connected with E2E enabled
        aws-cloudhsm>quit

        disconnecting from servers, please wait...
        [0]
    "#]].assert_eq(&said);
}

#[test]
fn an_hsm2m_does_not_speak_with_it() {
    let (world, _, ca) = initialized();
    let mut desk = Desk::new(world);
    put(&mut desk, ANCHOR, &ca);
    desk.tool("configure -a 10.0.1.10");
    let said = cmu(&mut desk, &["loginHSM PRECO admin password", "quit"]);
    expect![[r#"
        Connecting to the server(s), it may take time
        depending on the server(s) load, please wait...

        Connecting to server '10.0.1.10': hostname '10.0.1.10', port 2225...
        Connected to server '10.0.1.10': hostname '10.0.1.10', port 2225.
        Version mismatch: the server does not support this client's version
        Server 0(10.0.1.10) is in unencrypted mode now...
        running in limited commands mode
        E2E Session failed: E2E setup failed
        Enabling E2E failed
        aws-cloudhsm>loginHSM PRECO admin password
        No server is connected with E2E enabled
        aws-cloudhsm>quit

        disconnecting from servers, please wait...
        [0]
    "#]]
    .assert_eq(&said);
    unix(&mut desk, "service cloudhsm-client start");
    let said = unix(&mut desk, "journalctl -u cloudhsm-client");
    assert!(
        said.contains("does not support this client's version"),
        "{said}"
    );
}

#[test]
fn a_custom_client_certificate() {
    let mut desk = desk();
    let refused = desk.tool("configure --ssl --pkey ssl-client.key --cert ssl-client.crt");
    assert!(refused.contains("No such file"), "{refused}");
    put(&mut desk, "/home/ec2-user/ssl-client.key", "key");
    put(&mut desk, "/home/ec2-user/ssl-client.crt", "certificate");
    desk.tool("configure --ssl --pkey ssl-client.key --cert ssl-client.crt");
    // It remains when the addresses change.
    desk.tool("configure -a 10.0.1.11");
    for file in [CONFIG, "/opt/cloudhsm/etc/cloudhsm_client.cfg"] {
        let text = read(&desk, file);
        assert!(
            text.contains("\"pkey\": \"/home/ec2-user/ssl-client.key\""),
            "{text}"
        );
        assert!(text.contains("10.0.1.11"), "{text}");
    }
}
