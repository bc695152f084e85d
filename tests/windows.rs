//! A Windows host through the public protocol: the guided lab's own lines, both generations of the client,
//! and common mistakes of a learner.

#![allow(clippy::unwrap_used, reason = "a test's helper panics with the reason")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use expect_test::expect;
use hsmlab_core::lab::Lab;
use hsmlab_core::session::drive::Played;
use hsmlab_protocol::event::Stream;
use hsmlab_protocol::view::StepState;
use hsmlab_protocol::{Event, Request};
use hsmlab_tests::learner::Learner;
use hsmlab_tests::worlds::in_lab;

const LAB: &str = include_str!("../static/labs/windows.md");
const BIN: &str = r"C:\Program Files\Amazon\CloudHSM\bin";
const DOWNLOADS: &str = "https://s3.amazonaws.com/cloudhsmv2-software/CloudHsmClient/Windows";

/// Makes a learner in the lab's world after its first `steps` steps.
fn after(steps: usize) -> Learner {
    let lab = Lab::parse(LAB).unwrap();
    let mut driver = in_lab(1, LAB);
    for step in lab.steps.iter().take(steps) {
        for command in &step.solution {
            let host = command.on.as_deref().unwrap_or("cloudshell");
            let terminal = driver.terminal(host).unwrap();
            for line in command.text.lines() {
                if driver.directive(terminal, line).is_none() {
                    driver.line(terminal, line);
                }
            }
        }
    }
    Learner {
        driver,
        terminal: 1,
    }
}

fn all(played: &Played) -> String {
    [Stream::Stdout, Stream::Stderr]
        .map(|stream| played.text(stream))
        .concat()
}

/// Returns each line followed by its output.
fn session(learner: &mut Learner, lines: &str) -> String {
    let mut screen = String::new();
    for line in lines.lines() {
        let played = learner.types(line);
        screen.push_str(&format!("> {line}\n{}", all(&played)));
    }
    screen
}

#[test]
fn the_lab_is_solved_by_its_own_lines() {
    let lab = Lab::parse(LAB).unwrap();
    let mut driver = in_lab(1, LAB);
    driver.solve(&lab).unwrap();
    let undone: Vec<_> = driver
        .lab()
        .steps
        .iter()
        .filter(|step| step.state != StepState::Done)
        .collect();
    assert!(undone.is_empty(), "{undone:?}");
}

#[test]
fn a_terminal_needs_remote_desktop_from_the_learners_address() {
    let mut learner = after(1);
    learner.at("cloudshell").does(
        "aws ec2 revoke-security-group-ingress --group-id $OWN --protocol tcp --port 3389 --cidr $(curl -s https://checkip.amazonaws.com)/32
        aws ec2 authorize-security-group-ingress --group-id $OWN --protocol tcp --port 22 --cidr $(curl -s https://checkip.amazonaws.com)/32",
    );
    let host = learner.does(
        "aws ec2 describe-instances --filters Name=tag:Name,Values=win-1 --query 'Reservations[0].Instances[0].InstanceId' --output text",
    );
    let played = learner.driver.send(Request::OpenTerminal {
        host: host.trim().to_owned(),
    });
    let why = played.refusal().unwrap();
    assert!(why.contains("RDP to") && why.contains("TCP 3389"), "{why}");
}

/// The lines that install the packages, right and wrong.
fn installation() -> String {
    format!(
        r#"wget {DOWNLOADS}/AWSCloudHSMCLI-latest.msi
wget {DOWNLOADS}/AWSCloudHSMCLX-latest.msi -Outfile C:\x.msi
Invoke-WebRequest -Uri https://nowhere.example.com/x -OutFile x
wget {DOWNLOADS}/AWSCloudHSMCLI-latest.msi -Outfile C:\missing\cli.msi
wget {DOWNLOADS}/AWSCloudHSMCLI-latest.msi -Outfile C:\AWSCloudHSMCLI-latest.msi
(Start-Process msiexec.exe -ArgumentList '/i C:\wrong.msi /quiet /log C:\wrong.txt' -Wait -PassThru).ExitCode
type C:\wrong.txt
Start-Process msiexec.exe -ArgumentList '/i C:\AWSCloudHSMCLI-latest.msi /quiet /norestart /log C:\client-install.txt' -Wait
type C:\client-install.txt
wmic product get name,version
cd "{BIN}"
dir
configure-cli.exe -a 10.0.1.20
.\configure-cli.exe -a 10.0.1.20
type C:\ProgramData\Amazon\CloudHSM\cloudhsm-cli.cfg
aws --version
wget https://awscli.amazonaws.com/AWSCLIV2.msi -Outfile C:\AWSCLIV2.msi
Start-Process msiexec.exe -ArgumentList '/i C:\AWSCLIV2.msi /quiet' -Wait
& "C:\Program Files\Amazon\AWSCLIV2\aws.exe" --version
exit"#
    )
}

#[test]
fn installation_and_what_it_brings() {
    let mut learner = after(1);
    let seen = session(learner.at("win-1"), &installation());
    expect![[r#"
        > wget https://s3.amazonaws.com/cloudhsmv2-software/CloudHsmClient/Windows/AWSCloudHSMCLI-latest.msi


        StatusCode        : 200
        StatusDescription : OK
        Content           : HSMLAB-PACKAGE
        name=cloudhsm-cli
        version=5.18.0
        system=windows
        architecture=x86_64
        RawContentLength  : 83


        > wget https://s3.amazonaws.com/cloudhsmv2-software/CloudHsmClient/Windows/AWSCloudHSMCLX-latest.msi -Outfile C:\x.msi
        wget : The remote server returned an error: (404) Not Found.
        At line:1 char:1
        + wget https://s3.amazonaws.com/cloudhsmv2-software/CloudHsmClient/Wind ...
        + ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
            + CategoryInfo          : InvalidOperation: (System.Net.HttpWebRequest:HttpWebRequest) [Invoke-WebRequest], WebException
            + FullyQualifiedErrorId : WebCmdletWebResponseException,Microsoft.PowerShell.Commands.InvokeWebRequestCommand

        > Invoke-WebRequest -Uri https://nowhere.example.com/x -OutFile x
        Invoke-WebRequest : The remote name could not be resolved: 'nowhere.example.com'
        At line:1 char:1
        + Invoke-WebRequest -Uri https://nowhere.example.com/x -OutFile x
        + ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
            + CategoryInfo          : InvalidOperation: (System.Net.HttpWebRequest:HttpWebRequest) [Invoke-WebRequest], WebException
            + FullyQualifiedErrorId : WebCmdletWebResponseException,Microsoft.PowerShell.Commands.InvokeWebRequestCommand

        > wget https://s3.amazonaws.com/cloudhsmv2-software/CloudHsmClient/Windows/AWSCloudHSMCLI-latest.msi -Outfile C:\missing\cli.msi
        wget : Could not find a part of the path 'C:\missing\cli.msi'.
        At line:1 char:1
        + wget https://s3.amazonaws.com/cloudhsmv2-software/CloudHsmClient/Wind ...
        + ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
            + CategoryInfo          : NotSpecified: (:) [Invoke-WebRequest], DirectoryNotFoundException
            + FullyQualifiedErrorId : System.IO.DirectoryNotFoundException,Microsoft.PowerShell.Commands.InvokeWebRequestCommand

        > wget https://s3.amazonaws.com/cloudhsmv2-software/CloudHsmClient/Windows/AWSCloudHSMCLI-latest.msi -Outfile C:\AWSCloudHSMCLI-latest.msi
        > (Start-Process msiexec.exe -ArgumentList '/i C:\wrong.msi /quiet /log C:\wrong.txt' -Wait -PassThru).ExitCode
        1619
        > type C:\wrong.txt
        === Logging started: 12/1/2026  10:11:23 ===
        MSI (s) (A4:10) [10:11:23:000]: This installation package could not be opened. Verify that the package exists and that you can access it, or contact the application vendor to verify that this is a valid Windows Installer package.

        === Logging stopped: 12/1/2026  10:11:23 ===
        > Start-Process msiexec.exe -ArgumentList '/i C:\AWSCloudHSMCLI-latest.msi /quiet /norestart /log C:\client-install.txt' -Wait
        > type C:\client-install.txt
        === Logging started: 12/1/2026  10:11:23 ===
        Action start 10:11:23: INSTALL.
        Action ended 10:11:31: INSTALL. Return value 1.
        MSI (s) (A4:10) [10:11:31:000]: Product: AWS CloudHSM CLI -- Installation completed successfully.

        MSI (s) (A4:10) [10:11:31:000]: Windows Installer installed the product. Product Name: AWS CloudHSM CLI. Product Version: 5.18.0. Product Language: 1033. Manufacturer: Amazon Web Services. Installation success or error status: 0.

        === Logging stopped: 12/1/2026  10:11:31 ===
        > wmic product get name,version
        Name               Version
        AWS CloudHSM CLI   5.18.0
        Amazon SSM Agent   3.3.3050.0
        aws-cfn-bootstrap  2.0.35

        > cd "C:\Program Files\Amazon\CloudHSM\bin"
        > dir


            Directory: C:\Program Files\Amazon\CloudHSM\bin


        Mode                 LastWriteTime         Length Name
        ----                 -------------         ------ ----
        -a----         12/1/2026  10:11 AM              5 cli_info.exe
        -a----         12/1/2026  10:11 AM              5 cloudhsm-cli.exe
        -a----         12/1/2026  10:11 AM              5 configure-cli.exe


        > configure-cli.exe -a 10.0.1.20
        configure-cli.exe : The term 'configure-cli.exe' is not recognized as the name of a cmdlet,
        function, script file, or operable program. Check the spelling of the name, or if a path was
        included, verify that the path is correct and try again.
        At line:1 char:1
        + configure-cli.exe -a 10.0.1.20
        + ~~~~~~~~~~~~~~~~~
            + CategoryInfo          : ObjectNotFound: (configure-cli.exe:String) [], CommandNotFoundException
            + FullyQualifiedErrorId : CommandNotFoundException


        Suggestion [3,General]: The command configure-cli.exe was not found, but does exist in the current location. Windows PowerShell does not load commands from the current location by default. If you trust this command, instead type: ".\configure-cli.exe". See "get-help about_Command_Precedence" for more details.
        > .\configure-cli.exe -a 10.0.1.20
        > type C:\ProgramData\Amazon\CloudHSM\cloudhsm-cli.cfg
        {
          "clusters": [
            {
              "type": "hsm1",
              "cluster": {
                "hsm_ca_file": "C:\\ProgramData\\Amazon\\CloudHSM\\customerCA.crt",
                "servers": [
                  {
                    "hostname": "10.0.1.20",
                    "port": 2223,
                    "enable": true
                  }
                ]
              }
            }
          ],
          "logging": {
            "log_type": "file",
            "log_file": "C:\\Program Files\\Amazon\\CloudHSM\\cloudhsm-cli.log",
            "log_level": "info",
            "log_interval": "daily"
          }
        }
        > aws --version
        aws : The term 'aws' is not recognized as the name of a cmdlet, function, script file, or operable
        program. Check the spelling of the name, or if a path was included, verify that the path is correct
        and try again.
        At line:1 char:1
        + aws --version
        + ~~~
            + CategoryInfo          : ObjectNotFound: (aws:String) [], CommandNotFoundException
            + FullyQualifiedErrorId : CommandNotFoundException

        > wget https://awscli.amazonaws.com/AWSCLIV2.msi -Outfile C:\AWSCLIV2.msi
        > Start-Process msiexec.exe -ArgumentList '/i C:\AWSCLIV2.msi /quiet' -Wait
        > & "C:\Program Files\Amazon\AWSCLIV2\aws.exe" --version
        aws-cli/2.36.7 Python/3.13.11 Windows/2022Server exe/AMD64
        > exit
    "#]].assert_eq(&seen);
    // A window opened later finds the AWS CLI on the PATH.
    let version = learner.at("win-1").does("aws --version");
    assert!(version.starts_with("aws-cli/2."), "{version}");
}

#[test]
fn other_libraries() {
    let mut learner = after(1);
    learner.at("win-1");
    for (msi, tool) in [("PKCS11", "pkcs11"), ("JCE", "jce"), ("KSP", "ksp")] {
        let lines = format!(
            r#"wget {DOWNLOADS}/AWSCloudHSM{msi}-latest.msi -Outfile C:\{msi}.msi
            Start-Process msiexec.exe -ArgumentList '/i C:\{msi}.msi /quiet' -Wait
            & "{BIN}\configure-{tool}.exe" -a 10.0.1.20"#
        );
        learner.does(&lines);
        let config = learner.does(&format!(
            r"type C:\ProgramData\Amazon\CloudHSM\cloudhsm-{tool}.cfg"
        ));
        assert!(config.contains("10.0.1.20"), "{config}");
    }
    learner.fails(r#"& "C:\Program Files\Amazon\CloudHSM\bin\configure-dyn.exe" -a 10.0.1.20"#);
}

#[test]
fn the_network_decides_and_the_test_of_the_port_tells() {
    let mut learner = after(3);
    let configure = format!(r#"& "{BIN}\configure-cli.exe" -a 10.0.1.20"#);
    let seen = session(
        learner.at("win-1"),
        &format!(
            "{configure}\nTest-NetConnection 10.0.1.20 -Port 2223\n& \"{BIN}\\cloudhsm-cli.exe\" user list\n$LASTEXITCODE"
        ),
    );
    expect![[r#"
        > & "C:\Program Files\Amazon\CloudHSM\bin\configure-cli.exe" -a 10.0.1.20
        > Test-NetConnection 10.0.1.20 -Port 2223
        WARNING: TCP connect to (10.0.1.20 : 2223) failed
        WARNING: Ping to 10.0.1.20 failed with status: TimedOut


        ComputerName           : 10.0.1.20
        RemoteAddress          : 10.0.1.20
        RemotePort             : 2223
        InterfaceAlias         : Ethernet
        SourceAddress          : 10.0.1.185
        PingSucceeded          : False
        PingReplyDetails (RTT) : 0 ms
        TcpTestSucceeded       : False


        > & "C:\Program Files\Amazon\CloudHSM\bin\cloudhsm-cli.exe" user list
        {
          "error_code": 1,
          "data": "Failed to initialize hsm1 context"
        }
        > $LASTEXITCODE
        1
    "#]]
    .assert_eq(&seen);
    learner.at("cloudshell").does(
        "HSM_SG=$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].SecurityGroup' --output text)
        aws ec2 modify-instance-attribute --instance-id $INSTANCE --groups $OWN $HSM_SG",
    );
    let seen = session(
        learner.at("win-1"),
        "tnc 10.0.1.20 -Port 2223\n(tnc 10.0.1.20 -Port 2223).TcpTestSucceeded\ntnc 10.0.1.20 -Port x\nipconfig\nhostname",
    );
    expect![[r#"
        > tnc 10.0.1.20 -Port 2223


        ComputerName     : 10.0.1.20
        RemoteAddress    : 10.0.1.20
        RemotePort       : 2223
        InterfaceAlias   : Ethernet
        SourceAddress    : 10.0.1.185
        TcpTestSucceeded : True


        > (tnc 10.0.1.20 -Port 2223).TcpTestSucceeded
        True
        > tnc 10.0.1.20 -Port x
        tnc : Cannot bind parameter 'Port'. Cannot convert value "x" to type "System.Int32". Error: "Input
        string was not in a correct format."
        At line:1 char:1
        + tnc 10.0.1.20 -Port x
        + ~~~~~~~~~~~~~~~~~~~~~
            + CategoryInfo          : InvalidArgument: (:) [Test-NetConnection], ParameterBindingException
            + FullyQualifiedErrorId : CannotConvertArgumentNoMessage,Microsoft.PowerShell.Commands.TestNetConnectionCommand

        > ipconfig

        Windows IP Configuration


        Ethernet adapter Ethernet:

           IPv4 Address. . . . . . . . . . . : 10.0.1.185
           Subnet Mask . . . . . . . . . . . : 255.255.255.0
           Default Gateway . . . . . . . . . : 10.0.1.1
        > hostname
        EC2AMAZ-E79DACC
    "#]].assert_eq(&seen);
}

#[test]
fn certificates_that_arrive_in_other_ways() {
    let mut learner = after(2);
    learner.at("cloudshell").does(
        "HSM_SG=$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].SecurityGroup' --output text)
        aws ec2 modify-instance-attribute --instance-id $INSTANCE --groups $OWN $HSM_SG",
    );
    let certificate = learner.does("cat customerCA.crt");
    let info = format!("& \"{BIN}\\cloudhsm-cli.exe\" cluster hsm-info");
    learner
        .at("win-1")
        .does(&format!("& \"{BIN}\\configure-cli.exe\" -a 10.0.1.20"));
    // Without the certificate, and in UTF-16, as `>` writes.
    let missing = learner.fails(&info);
    assert!(missing.contains("error_code"), "{missing}");
    learner.types("@'");
    for line in certificate.lines() {
        learner.types(line);
    }
    learner.types(r"'@ > C:\ProgramData\Amazon\CloudHSM\customerCA.crt");
    learner.fails(&info);
    // Uploaded to the terminal's folder, and copied.
    let terminal = learner.terminal;
    let played = learner.driver.send(Request::Upload {
        terminal,
        name: "customerCA.crt".into(),
        content: BASE64.encode(&certificate),
    });
    assert_eq!(played.refusal(), None);
    learner.does(r"copy customerCA.crt C:\ProgramData\Amazon\CloudHSM");
    let told = learner.does(&info);
    assert!(told.contains("\"error_code\": 0"), "{told}");
}

/// Returns the program that the diagram shows on an instance after a line.
fn program(played: &Played) -> Option<String> {
    let diagrams = played.events.iter().filter_map(|event| match event {
        Event::View(change) => change.diagram.as_deref(),
        _ => None,
    });
    let subnets = diagrams.last()?.vpcs.iter().flat_map(|vpc| &vpc.subnets);
    let mut interfaces = subnets.flat_map(|subnet| &subnet.interfaces);
    interfaces.find_map(|interface| interface.instance.clone()?.program)
}

#[test]
fn the_diagram_names_the_program_that_powershell_runs() {
    let mut learner = after(6);
    learner.at("win-1");
    for line in [
        format!("& \"{BIN}\\cloudhsm-cli.exe\" interactive"),
        r".\cloudhsm-cli.exe interactive".to_owned(),
    ] {
        let played = learner.types(&line);
        assert_eq!(program(&played).as_deref(), Some("cloudhsm-cli"), "{line}");
        let played = learner.types("quit");
        assert_eq!(program(&played), None, "{line}");
    }
}

#[test]
fn interactive_mode_asks_unseen_and_can_be_left() {
    let mut learner = after(4);
    let tool = format!("& \"{BIN}\\cloudhsm-cli.exe\" interactive");
    learner.at("win-1").types(&tool);
    let played = learner.types("login --username admin --role admin");
    assert!(played.refusal().is_none());
    let terminal = learner.terminal;
    learner.driver.send(Request::Interrupt { terminal });
    // PowerShell's prompt is back.
    assert_eq!(learner.does("echo back"), "back\n");
    // An unclosed quote waits for more input, and Ctrl-C cancels it.
    learner.types("echo \"open");
    learner.driver.send(Request::Interrupt { terminal });
    assert_eq!(learner.does("echo closed"), "closed\n");
}

#[test]
fn single_commands_and_pipes() {
    let mut learner = after(6);
    let seen = session(
        learner.at("win-1"),
        r#"(.\cloudhsm-cli.exe user list | ConvertFrom-Json).data.users | Format-Table username,role
.\cloudhsm-cli.exe user list | Select-String username
.\cloudhsm-cli.exe user list | findstr alice
$env:CLOUDHSM_PIN = "admin:wrong-password"
.\cloudhsm-cli.exe user create --username bob --role crypto-user --password Bob-Pass-1
$?
'user list','quit' | .\cloudhsm-cli.exe interactive | findstr bob
$env:CLOUDHSM_ROLE = "crypto-user"; $env:CLOUDHSM_PIN = "alice:Alice-Pass-1"
.\configure-cli.exe --disable-key-availability-check
.\cloudhsm-cli.exe key generate-symmetric aes --label from-windows --key-length-bytes 32 > key.json
(.\cloudhsm-cli.exe key list --filter attr.label=from-windows | ConvertFrom-Json).data.total_key_count
del env:CLOUDHSM_PIN
Test-Path env:CLOUDHSM_PIN"#,
    );
    expect![[r#"
        > (.\cloudhsm-cli.exe user list | ConvertFrom-Json).data.users | Format-Table username,role

        username role
        -------- ----
        admin    admin
        alice    crypto-user
        app_user internal(APPLIANCE_USER)


        > .\cloudhsm-cli.exe user list | Select-String username
                "username": "admin",
                "username": "alice",
                "username": "app_user",
        > .\cloudhsm-cli.exe user list | findstr alice
                "username": "alice",
        > $env:CLOUDHSM_PIN = "admin:wrong-password"
        > .\cloudhsm-cli.exe user create --username bob --role crypto-user --password Bob-Pass-1
        {
          "error_code": 1,
          "data": "Incorrect authentication credentials"
        }
        > $?
        False
        > 'user list','quit' | .\cloudhsm-cli.exe interactive | findstr bob
        > $env:CLOUDHSM_ROLE = "crypto-user"; $env:CLOUDHSM_PIN = "alice:Alice-Pass-1"
        > .\configure-cli.exe --disable-key-availability-check
        > .\cloudhsm-cli.exe key generate-symmetric aes --label from-windows --key-length-bytes 32 > key.json
        > (.\cloudhsm-cli.exe key list --filter attr.label=from-windows | ConvertFrom-Json).data.total_key_count
        1
        > del env:CLOUDHSM_PIN
        > Test-Path env:CLOUDHSM_PIN
        False
    "#]].assert_eq(&seen);
}

#[test]
fn client_sdk_3_is_a_service() {
    let mut learner = after(3);
    learner.at("win-1").does(&format!(
        r"wget {DOWNLOADS}/AWSCloudHSMClient-latest.msi -Outfile C:\AWSCloudHSMClient-latest.msi
        Start-Process msiexec.exe -ArgumentList '/i C:\AWSCloudHSMClient-latest.msi /quiet /norestart' -Wait"
    ));
    let seen = session(
        &mut learner,
        &format!(
            r#"Get-Service AWSCloudHSMClient
net.exe start AWSCloudHSMClient
& "{BIN}\configure.exe" -a 10.0.1.20
net.exe start AWSCloudHSMClient
net.exe start AWSCloudHSMClient
(Get-Service AWSCloudHSMClient).Status
Restart-Service AWSCloudHSMClient
net.exe stop AWSCloudHSMClient
net.exe stop AWSCloudHSMClient
Start-Service AWSCloudHSMClient
type C:\ProgramData\Amazon\CloudHSM\data\cloudhsm_client.cfg | findstr hostname"#
        ),
    );
    expect![[r#"
        > Get-Service AWSCloudHSMClient

        Status   Name               DisplayName
        ------   ----               -----------
        Stopped  AWSCloudHSMClient  AWSCloudHSMClient


        > net.exe start AWSCloudHSMClient
        The AWSCloudHSMClient service is starting.
        The AWSCloudHSMClient service could not be started.

        More help is available by typing NET HELPMSG 3523.

        > & "C:\Program Files\Amazon\CloudHSM\bin\configure.exe" -a 10.0.1.20
        Updating server config in C:\ProgramData\Amazon\CloudHSM\data\cloudhsm_client.cfg
        Updating server config in C:\ProgramData\Amazon\CloudHSM\data\cloudhsm_mgmt_util.cfg
        > net.exe start AWSCloudHSMClient
        The AWSCloudHSMClient service is starting.
        The AWSCloudHSMClient service was started successfully.

        > net.exe start AWSCloudHSMClient
        The requested service has already been started.

        More help is available by typing NET HELPMSG 2182.

        > (Get-Service AWSCloudHSMClient).Status
        Running
        > Restart-Service AWSCloudHSMClient
        > net.exe stop AWSCloudHSMClient
        The AWSCloudHSMClient service is stopping.
        The AWSCloudHSMClient service was stopped successfully.

        > net.exe stop AWSCloudHSMClient
        The AWSCloudHSMClient service is not started.

        More help is available by typing NET HELPMSG 3521.

        > Start-Service AWSCloudHSMClient
        > type C:\ProgramData\Amazon\CloudHSM\data\cloudhsm_client.cfg | findstr hostname
            "hostname": "10.0.1.20",
    "#]]
    .assert_eq(&seen);
}

#[test]
fn client_sdk_3_reaches_an_older_cluster() {
    // A month that has a Windows image too.
    let lab = include_str!("../static/labs/sdk3.md").replace("2023-05-01T", "2023-07-01T");
    let mut learner = Learner {
        driver: in_lab(1, &lab),
        terminal: 1,
    };
    let certificate = learner
        .does(
            r#"OWN=$(aws ec2 describe-security-groups --filters Name=group-name,Values=client --query 'SecurityGroups[0].GroupId' --output text)
            HSM_SG=$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].SecurityGroup' --output text)
            SUBNET=$(aws cloudhsmv2 describe-clusters --query 'Clusters[0].SubnetMapping."us-east-1a"' --output text)
            aws ec2 authorize-security-group-ingress --group-id $OWN --protocol tcp --port 3389 --cidr $(curl -s https://checkip.amazonaws.com)/32
            IMAGE=$(aws ec2 describe-images --owners amazon --filters 'Name=name,Values=Windows_Server-2022-*' --query 'Images[0].ImageId' --output text)
            aws ec2 run-instances --image-id $IMAGE --instance-type t3.medium --key-name lab --subnet-id $SUBNET --security-group-ids $OWN $HSM_SG --associate-public-ip-address --tag-specifications 'ResourceType=instance,Tags=[{Key=Name,Value=win-1}]'
            wait
            cat customerCA.crt"#,
        );
    let address = learner
        .does("aws cloudhsmv2 describe-clusters --query 'Clusters[0].Hsms[0].EniIp' --output text");
    learner.at("win-1").types("@'");
    for line in certificate.lines() {
        learner.types(line);
    }
    learner.does(&format!(
        r#"'@ | Set-Content ca.crt
        wget {DOWNLOADS}/AWSCloudHSMClient-latest.msi -Outfile C:\AWSCloudHSMClient-latest.msi
        Start-Process msiexec.exe -ArgumentList '/i C:\AWSCloudHSMClient-latest.msi /quiet /norestart' -Wait
        copy ca.crt C:\ProgramData\Amazon\CloudHSM\customerCA.crt
        & "{BIN}\configure.exe" -a {}
        net.exe start AWSCloudHSMClient
        & "{BIN}\configure.exe" -m
        cd "{BIN}""#,
        address.trim()
    ));
    let tool =
        r".\cloudhsm_mgmt_util.exe C:\ProgramData\Amazon\CloudHSM\data\cloudhsm_mgmt_util.cfg";
    let told = all(&learner.types(tool));
    assert!(told.contains("E2E enabled on server 0"), "{told}");
    learner.types("quit");
    let tool = r".\key_mgmt_util.exe singlecmd loginHSM -u CU -s nobody -p Nobody-Pass-1 findKey";
    let told = all(&learner.types(tool));
    assert!(!told.contains("Daemon socket connection error"), "{told}");
    learner.does("net.exe stop AWSCloudHSMClient");
    let told = all(&learner.types(tool));
    assert!(told.contains("Daemon socket connection error"), "{told}");
}

#[test]
fn tab_completes_commands_parameters_and_paths() {
    let mut learner = after(2);
    let terminal = learner.at("win-1").terminal;
    let mut complete = |text: &str| {
        let played = learner.driver.send(Request::Complete {
            terminal,
            text: text.to_owned(),
            cursor: text.len(),
        });
        played
            .events
            .into_iter()
            .find_map(|event| match event {
                hsmlab_protocol::Event::Completions {
                    from, candidates, ..
                } => Some((from, candidates)),
                _ => None,
            })
            .unwrap()
    };
    assert_eq!(complete("test-net"), (0, vec!["Test-NetConnection".into()]));
    assert_eq!(
        complete("Test-NetConnection 10.0.1.20 -p").1,
        ["-Port"].map(str::to_owned)
    );
    assert_eq!(complete(r"dir C:\Prog").1.len(), 3);
    assert_eq!(
        complete("& \"C:\\Program Files\\Amazon\\CloudHSM\\bin\\conf").1,
        ["\"C:\\Program Files\\Amazon\\CloudHSM\\bin\\configure-cli.exe\""].map(str::to_owned)
    );
    let tool = "& \"C:\\Program Files\\Amazon\\CloudHSM\\bin\\cloudhsm-cli.exe\" cluster hsm";
    assert_eq!(complete(tool).1, ["hsm-info"].map(str::to_owned));
}
