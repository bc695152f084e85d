//! Sessions on one host, as they appear on the screen.

use expect_test::expect;

use super::read;
use hsmlab_shell::host::Os;
use hsmlab_shell::software::{Read, Software};
use hsmlab_shell::testing::Bench;
use hsmlab_sim::SimTime;

static SOFTWARE: Software = Software {
    programs: &[
        &hsmlab_tool_unix::PROGRAMS,
        &hsmlab_tool_software::configure::PROGRAMS,
    ],
    windows_shell: &super::SHELL,
};

fn bench() -> Bench {
    let now = SimTime::parse_rfc3339("2026-11-24T10:05:00Z").unwrap();
    Bench::new(Os::WindowsServer2022, now, 5, &SOFTWARE)
}

/// Runs lines; returns the screen, with each line's output below its prompt.
fn session(bench: &mut Bench, lines: &str) -> String {
    let mut screen = String::new();
    let mut pending = String::new();
    for line in lines.lines() {
        let prompt = if pending.is_empty() {
            super::prompt(&bench.login.cwd)
        } else {
            super::SHELL.continuation.to_owned()
        };
        screen.push_str(&format!("{prompt}{line}\n"));
        if !pending.is_empty() {
            pending.push('\n');
        }
        pending.push_str(line);
        match read(&pending) {
            Read::Empty => {}
            Read::Incomplete => continue,
            Read::Wrong(text) => screen.push_str(&text),
            Read::Script(script) => {
                let ran = bench.run(script, None, &[]);
                screen.push_str(&ran.stdout);
                screen.push_str(&ran.stderr);
            }
        }
        pending.clear();
    }
    screen
}

#[test]
fn folders_and_files() {
    let seen = session(
        &mut bench(),
        r#"cd C:\
mkdir certs
Set-Content certs\a.txt 'one','two'
type C:\CERTS\A.TXT
copy certs\a.txt certs\b.txt; dir certs -Name
ren certs\b.txt c.txt
(Get-Content certs\c.txt).Count
del certs\a.txt
rm certs
rm -r certs
dir certs
cd "\Program Files"
cd nowhere"#,
    );
    expect![[r#"
        PS C:\Users\learner> cd C:\
        PS C:\> mkdir certs


            Directory: C:\


        Mode                 LastWriteTime         Length Name
        ----                 -------------         ------ ----
        d-----        11/24/2026  10:05 AM                certs


        PS C:\> Set-Content certs\a.txt 'one','two'
        PS C:\> type C:\CERTS\A.TXT
        one
        two
        PS C:\> copy certs\a.txt certs\b.txt; dir certs -Name
        a.txt
        b.txt
        PS C:\> ren certs\b.txt c.txt
        PS C:\> (Get-Content certs\c.txt).Count
        2
        PS C:\> del certs\a.txt
        PS C:\> rm certs
        rm : The item at C:\certs has children and the Recurse parameter was not specified: add -Recurse.
        At line:1 char:1
        + rm certs
        + ~~~~~~~~
            + CategoryInfo          : InvalidOperation: (C:\certs:String) [Remove-Item], PSInvalidOperationException
            + FullyQualifiedErrorId : InvalidOperation,Microsoft.PowerShell.Commands.RemoveItemCommand

        PS C:\> rm -r certs
        PS C:\> dir certs
        dir : Cannot find path 'C:\certs' because it does not exist.
        At line:1 char:1
        + dir certs
        + ~~~~~~~~~
            + CategoryInfo          : ObjectNotFound: (C:\certs:String) [Get-ChildItem], ItemNotFoundException
            + FullyQualifiedErrorId : PathNotFound,Microsoft.PowerShell.Commands.GetChildItemCommand

        PS C:\> cd "\Program Files"
        PS C:\Program Files> cd nowhere
        cd : Cannot find path 'C:\Program Files\nowhere' because it does not exist.
        At line:1 char:1
        + cd nowhere
        + ~~~~~~~~~~
            + CategoryInfo          : ObjectNotFound: (C:\Program Files\nowhere:String) [Set-Location], ItemNotFoundException
            + FullyQualifiedErrorId : PathNotFound,Microsoft.PowerShell.Commands.SetLocationCommand

    "#]].assert_eq(&seen);
}

#[test]
fn variables_quotes_and_operators() {
    let seen = session(
        &mut bench(),
        r#"$ip = '10.0.1.5'
echo "to $ip`n$($ip.Length) 'x'" 'no $ip' plain$ip a,b
$env:CLOUDHSM_ROLE = "admin"; $env:cloudhsm_role
dir env:CLOUDHSM*
1 + 2 * 3
'a','b' -join '-'
"cluster-1" -like 'CLUSTER-*'; 'x' -eq 'y'; !$false
'a b c' -split ' ' | Where-Object { $_ -ne 'b' } | ForEach-Object { "<$_>" }
$x += 1; $x += 2; $x
[Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes('abc123'))
('{"data":{"users":[{"username":"alice"},{"username":"bob"}]}}' | ConvertFrom-Json).data.users.username
echo one `
two
cat nothing 2>$null; $?
whoami; $LASTEXITCODE"#,
    );
    expect![[r#"
        PS C:\Users\learner> $ip = '10.0.1.5'
        PS C:\Users\learner> echo "to $ip`n$($ip.Length) 'x'" 'no $ip' plain$ip a,b
        to 10.0.1.5
        8 'x'
        no $ip
        plain10.0.1.5
        a
        b
        PS C:\Users\learner> $env:CLOUDHSM_ROLE = "admin"; $env:cloudhsm_role
        admin
        PS C:\Users\learner> dir env:CLOUDHSM*

        Name                           Value
        ----                           -----
        CLOUDHSM_ROLE                  admin


        PS C:\Users\learner> 1 + 2 * 3
        7
        PS C:\Users\learner> 'a','b' -join '-'
        a-b
        PS C:\Users\learner> "cluster-1" -like 'CLUSTER-*'; 'x' -eq 'y'; !$false
        True
        False
        True
        PS C:\Users\learner> 'a b c' -split ' ' | Where-Object { $_ -ne 'b' } | ForEach-Object { "<$_>" }
        <a>
        <c>
        PS C:\Users\learner> $x += 1; $x += 2; $x
        3
        PS C:\Users\learner> [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes('abc123'))
        YWJjMTIz
        PS C:\Users\learner> ('{"data":{"users":[{"username":"alice"},{"username":"bob"}]}}' | ConvertFrom-Json).data.users.username
        alice
        bob
        PS C:\Users\learner> echo one `
        >> two
        one
        two
        PS C:\Users\learner> cat nothing 2>$null; $?
        False
        PS C:\Users\learner> whoami; $LASTEXITCODE
        ec2amaz-llehsdu\learner
        0
    "#]].assert_eq(&seen);
}

#[test]
fn here_strings_and_encodings() {
    let mut bench = bench();
    let seen = session(
        &mut bench,
        "@'\n-----BEGIN CERTIFICATE-----\nMIIB$x\n'@ | Set-Content ca.crt\ncat ca.crt\n'é' > wide.txt\n(Get-Item wide.txt).Length\ncat wide.txt\n'more' >> wide.txt\nGet-Content wide.txt | Select-String MORE\necho x | Out-File -Encoding ascii x.txt; dir x.txt | select Length",
    );
    expect![[r#"
        PS C:\Users\learner> @'
        >> -----BEGIN CERTIFICATE-----
        >> MIIB$x
        >> '@ | Set-Content ca.crt
        PS C:\Users\learner> cat ca.crt
        -----BEGIN CERTIFICATE-----
        MIIB$x
        PS C:\Users\learner> 'é' > wide.txt
        PS C:\Users\learner> (Get-Item wide.txt).Length
        8
        PS C:\Users\learner> cat wide.txt
        é
        PS C:\Users\learner> 'more' >> wide.txt
        PS C:\Users\learner> Get-Content wide.txt | Select-String MORE
        more
        PS C:\Users\learner> echo x | Out-File -Encoding ascii x.txt; dir x.txt | select Length


        Length : 3


    "#]]
    .assert_eq(&seen);
    assert_eq!(
        bench.file("ca.crt").unwrap(),
        b"-----BEGIN CERTIFICATE-----\r\nMIIB$x\r\n"
    );
    assert!(
        bench
            .file("wide.txt")
            .unwrap()
            .starts_with(&[0xff, 0xfe, 0xe9, 0])
    );
}

#[test]
fn errors_print_as_in_windows_powershell() {
    let seen = session(
        &mut bench(),
        r#"configure-cli -a 10.0.1.5
"C:\Program Files\Amazon\CloudHSM\bin\configure-cli.exe" -a 10.0.1.5
& "C:\Program Files\Amazon\CloudHSM\bin\configure-cli.exe" -a 10.0.1.5
sudo yum install x
Get-Content missing.txt
Get-Content -Pathx y
Set-Location D:\
Start-Process nothing.exe
cat a && cat b
dir |
| Out-Null
echo (1
+ 1))
if ($true) { 1 }
& $nothing
[Nothing]::Do()
$null.Trim()
'abc'.Nothing()
Get-Service nothing
Invoke-WebRequest
net start nothing"#,
    );
    expect![[r#"
        PS C:\Users\learner> configure-cli -a 10.0.1.5
        configure-cli : The term 'configure-cli' is not recognized as the name of a cmdlet, function,
        script file, or operable program. Check the spelling of the name, or if a path was included, verify
        that the path is correct and try again.
        At line:1 char:1
        + configure-cli -a 10.0.1.5
        + ~~~~~~~~~~~~~
            + CategoryInfo          : ObjectNotFound: (configure-cli:String) [], CommandNotFoundException
            + FullyQualifiedErrorId : CommandNotFoundException

        PS C:\Users\learner> "C:\Program Files\Amazon\CloudHSM\bin\configure-cli.exe" -a 10.0.1.5
        At line:1 char:58
        + "C:\Program Files\Amazon\CloudHSM\bin\configure-cli.exe" -a 10.0.1.5
        +                                                          ~~
        Unexpected token '-a' in expression or statement.
            + CategoryInfo          : ParserError: (:) [], ParentContainsErrorRecordException
            + FullyQualifiedErrorId : UnexpectedToken

        PS C:\Users\learner> & "C:\Program Files\Amazon\CloudHSM\bin\configure-cli.exe" -a 10.0.1.5
        C:\Program Files\Amazon\CloudHSM\bin\configure-cli.exe : The term 'C:\Program
        Files\Amazon\CloudHSM\bin\configure-cli.exe' is not recognized as the name of a cmdlet, function,
        script file, or operable program. Check the spelling of the name, or if a path was included, verify
        that the path is correct and try again.
        At line:1 char:3
        + & "C:\Program Files\Amazon\CloudHSM\bin\configure-cli.exe" -a 10.0.1. ...
        +   ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
            + CategoryInfo          : ObjectNotFound: (C:\Program File...nfigure-cli.exe:String) [], CommandNotFoundException
            + FullyQualifiedErrorId : CommandNotFoundException

        PS C:\Users\learner> sudo yum install x
        sudo : The term 'sudo' is not recognized as the name of a cmdlet, function, script file, or
        operable program. Check the spelling of the name, or if a path was included, verify that the path
        is correct and try again.
        At line:1 char:1
        + sudo yum install x
        + ~~~~
            + CategoryInfo          : ObjectNotFound: (sudo:String) [], CommandNotFoundException
            + FullyQualifiedErrorId : CommandNotFoundException

        PS C:\Users\learner> Get-Content missing.txt
        Get-Content : Cannot find path 'C:\Users\learner\missing.txt' because it does not exist.
        At line:1 char:1
        + Get-Content missing.txt
        + ~~~~~~~~~~~~~~~~~~~~~~~
            + CategoryInfo          : ObjectNotFound: (C:\Users\learner\missing.txt:String) [Get-Content], ItemNotFoundException
            + FullyQualifiedErrorId : PathNotFound,Microsoft.PowerShell.Commands.GetContentCommand

        PS C:\Users\learner> Get-Content -Pathx y
        Get-Content : A parameter cannot be found that matches parameter name 'Pathx'.
        At line:1 char:13
        + Get-Content -Pathx y
        +             ~~~~~~
            + CategoryInfo          : InvalidArgument: (:) [Get-Content], ParameterBindingException
            + FullyQualifiedErrorId : NamedParameterNotFound,Microsoft.PowerShell.Commands.GetContentCommand

        PS C:\Users\learner> Set-Location D:\
        Set-Location : Cannot find drive. A drive with the name 'D' does not exist.
        At line:1 char:1
        + Set-Location D:\
        + ~~~~~~~~~~~~~~~~
            + CategoryInfo          : ObjectNotFound: (D:String) [Set-Location], DriveNotFoundException
            + FullyQualifiedErrorId : DriveNotFound,Microsoft.PowerShell.Commands.SetLocationCommand

        PS C:\Users\learner> Start-Process nothing.exe
        Start-Process : This command cannot be run due to the error: The system cannot find the file
        specified.
        At line:1 char:1
        + Start-Process nothing.exe
        + ~~~~~~~~~~~~~~~~~~~~~~~~~
            + CategoryInfo          : InvalidOperation: (:) [Start-Process], InvalidOperationException
            + FullyQualifiedErrorId : InvalidOperationException,Microsoft.PowerShell.Commands.StartProcessCommand

        PS C:\Users\learner> cat a && cat b
        At line:1 char:7
        + cat a && cat b
        +       ~~
        The token '&&' is not a valid statement separator in this version.
            + CategoryInfo          : ParserError: (:) [], ParentContainsErrorRecordException
            + FullyQualifiedErrorId : InvalidEndOfLine

        PS C:\Users\learner> dir |
        >> | Out-Null
        At line:1 char:6
        + dir |
        +      ~
        An empty pipe element is not allowed.
            + CategoryInfo          : ParserError: (:) [], ParentContainsErrorRecordException
            + FullyQualifiedErrorId : EmptyPipeElement

        PS C:\Users\learner> echo (1
        >> + 1))
        At line:2 char:1
        + + 1))
        + ~
        Missing closing ')' in expression.
            + CategoryInfo          : ParserError: (:) [], ParentContainsErrorRecordException
            + FullyQualifiedErrorId : MissingEndParenthesisInExpression

        PS C:\Users\learner> if ($true) { 1 }
        At line:1 char:1
        + if ($true) { 1 }
        + ~~
        The lab's PowerShell has no 'if' statement: type the commands one after the other.
            + CategoryInfo          : ParserError: (:) [], ParentContainsErrorRecordException
            + FullyQualifiedErrorId : NotInHsmLab

        PS C:\Users\learner> & $nothing
        The expression after '&' in a pipeline element produced an object that was not valid. It must
        result in a command name, a script block, or a CommandInfo object.
        At line:1 char:3
        + & $nothing
        +   ~~~~~~~~
            + CategoryInfo          : InvalidOperation: (:) [], RuntimeException
            + FullyQualifiedErrorId : BadExpression

        PS C:\Users\learner> [Nothing]::Do()
        Unable to find type [Nothing].
        At line:1 char:1
        + [Nothing]::Do()
        + ~~~~~~~~~
            + CategoryInfo          : InvalidOperation: (Nothing:TypeName) [], RuntimeException
            + FullyQualifiedErrorId : TypeNotFound

        PS C:\Users\learner> $null.Trim()
        You cannot call a method on a null-valued expression.
        At line:1 char:1
        + $null.Trim()
        + ~~~~~~~~~~~~
            + CategoryInfo          : InvalidOperation: (:) [], RuntimeException
            + FullyQualifiedErrorId : InvokeMethodOnNull

        PS C:\Users\learner> 'abc'.Nothing()
        Method invocation failed because [System.String] does not contain a method named 'Nothing'.
        At line:1 char:1
        + 'abc'.Nothing()
        + ~~~~~~~~~~~~~~~
            + CategoryInfo          : InvalidOperation: (Nothing:String) [], RuntimeException
            + FullyQualifiedErrorId : MethodNotFound

        PS C:\Users\learner> Get-Service nothing
        Get-Service : Cannot find any service with service name 'nothing'.
        At line:1 char:1
        + Get-Service nothing
        + ~~~~~~~~~~~~~~~~~~~
            + CategoryInfo          : ObjectNotFound: (nothing:String) [Get-Service], ServiceCommandException
            + FullyQualifiedErrorId : NoServiceFoundForGivenName,Microsoft.PowerShell.Commands.GetServiceCommand

        PS C:\Users\learner> Invoke-WebRequest
        Invoke-WebRequest : Cannot process command because of one or more missing mandatory parameters:
        Uri.
        At line:1 char:1
        + Invoke-WebRequest
        + ~~~~~~~~~~~~~~~~~
            + CategoryInfo          : InvalidArgument: (:) [Invoke-WebRequest], ParameterBindingException
            + FullyQualifiedErrorId : MissingMandatoryParameter,Microsoft.PowerShell.Commands.InvokeWebRequestCommand

        PS C:\Users\learner> net start nothing
        The service name is invalid.

        More help is available by typing NET HELPMSG 2185.

    "#]].assert_eq(&seen);
}

#[test]
fn incomplete_input_asks_for_more_lines() {
    for text in [
        "'a", "\"a", "@'\na", "(1 +", "echo a |", "echo `", "$(", "{ a", "@(1,", "$x =",
    ] {
        assert!(matches!(read(text), Read::Incomplete), "{text}");
    }
}

#[test]
fn no_text_panics_or_overflows() {
    let mut seed = 7_u64;
    let alphabet: Vec<char> = "ab1 $({[\"'`@|;&>,.-:=\n)}]\\é#%".chars().collect();
    for _ in 0..4000 {
        let mut text = String::new();
        for _ in 0..24 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            text.push(alphabet[(seed >> 33) as usize % alphabet.len()]);
        }
        if let Read::Script(script) = read(&text) {
            bench().run(script, None, &[]);
        }
    }
    let deep = "(".repeat(100_000);
    assert!(matches!(read(&deep), Read::Wrong(_)));
    assert!(matches!(read(&"$(".repeat(100_000)), Read::Wrong(_)));
    assert!(matches!(read(&"!".repeat(100_000)), Read::Wrong(_)));
}

#[test]
fn programs_split_their_arguments_as_windows_does() {
    use super::native::{join, split};
    assert_eq!(
        split(r#"a "b c" d\"e "f\\" g\h"#),
        ["a", "b c", "d\"e", "f\\", r"g\h"]
    );
    let words = ["x".to_owned(), r#"{"a": 1}"#.to_owned()];
    // Quotes inside are lost, as in Windows PowerShell 5.1.
    assert_eq!(split(&join(&words)), ["x", "{a: 1}"]);
}
