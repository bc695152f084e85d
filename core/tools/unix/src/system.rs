//! Programs that report on the host and its time.

use hsmlab_shell::duration::duration;
use hsmlab_shell::host::Os;
use hsmlab_shell::process::Io;
use hsmlab_sim::SimDuration;

pub(super) fn date(argv: &[String], io: &mut Io<'_>) -> i32 {
    let unknown = argv.iter().skip(1).find(|word| {
        !word.starts_with('+') && !matches!(word.as_str(), "-u" | "--utc" | "--universal")
    });
    if let Some(word) = unknown {
        io.err(format!(
            "hsmlab: this lab's date does not have ‘{word}’, only +FORMAT and -u\n"
        ));
        return 1;
    }
    let at = io.sys.now().to_utc();
    let format = argv.iter().find_map(|word| word.strip_prefix('+'));
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    let month = at.month().to_string();
    let weekday = at.weekday().to_string();
    let text = match format {
        Some(format) => format
            .replace("%F", "%Y-%m-%d")
            .replace("%T", "%H:%M:%S")
            .replace("%Y", &format!("{:04}", at.year()))
            .replace("%m", &format!("{:02}", u8::from(at.month())))
            .replace("%d", &format!("{:02}", at.day()))
            .replace("%H", &format!("{hour:02}"))
            .replace("%M", &format!("{minute:02}"))
            .replace("%S", &format!("{second:02}"))
            .replace("%s", &io.sys.now().unix_seconds().to_string())
            .replace("%Z", "UTC"),
        None => format!(
            "{} {} {:>2} {hour:02}:{minute:02}:{second:02} UTC {}",
            &weekday[..3],
            &month[..3],
            at.day(),
            at.year()
        ),
    };
    io.out(format!("{text}\n"));
    0
}

pub(super) fn env(argv: &[String], io: &mut Io<'_>) -> i32 {
    if let Some(name) = argv.get(1).filter(|_| argv[0].ends_with("printenv")) {
        return match io.login.variable(name).map(str::to_owned) {
            Some(value) => {
                io.out(format!("{value}\n"));
                0
            }
            None => 1,
        };
    }
    let lines: Vec<String> = io
        .login
        .variables
        .iter()
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect();
    for line in lines {
        io.out(line);
    }
    0
}

pub(super) fn hostname(_: &[String], io: &mut Io<'_>) -> i32 {
    let name = io.host.name.clone();
    io.out(format!("{name}\n"));
    0
}

pub(super) fn id(_: &[String], io: &mut Io<'_>) -> i32 {
    let user = io.login.user.clone();
    let number = if user == "root" { 0 } else { 1000 };
    io.out(format!(
        "uid={number}({user}) gid={number}({user}) groups={number}({user})\n"
    ));
    0
}

pub(super) fn sleep(argv: &[String], io: &mut Io<'_>) -> i32 {
    let mut total = SimDuration::default();
    for word in argv.iter().skip(1) {
        match duration(word) {
            Some(span) => total = total + span,
            None => {
                io.err(format!("sleep: invalid time interval ‘{word}’\nTry 'sleep --help' for more information.\n"));
                return 1;
            }
        }
    }
    if argv.len() < 2 {
        io.err("sleep: missing operand\nTry 'sleep --help' for more information.\n");
        return 1;
    }
    io.sleep(total);
    0
}

pub(super) fn uname(argv: &[String], io: &mut Io<'_>) -> i32 {
    let machine = io.host.architecture.rpm();
    let text = if argv.iter().any(|word| word == "-a") {
        let kernel = match io.host.os {
            Os::Ubuntu2404 => "6.8.0-1021-aws".to_owned(),
            Os::Ubuntu2204 => "6.8.0-1040-aws".to_owned(),
            Os::Rhel9 => format!("5.14.0-503.11.1.el9_5.{machine}"),
            Os::Rhel8 => format!("4.18.0-553.el8_10.{machine}"),
            Os::AmazonLinux2 => format!("5.10.245-243.979.amzn2.{machine}"),
            Os::AmazonLinux2023 | Os::WindowsServer2022 => {
                format!("6.1.147-172.266.amzn2023.{machine}")
            }
        };
        format!(
            "Linux {} {kernel} #1 SMP {machine} GNU/Linux\n",
            io.host.name
        )
    } else if argv.iter().any(|word| word == "-m") {
        format!("{machine}\n")
    } else {
        "Linux\n".to_owned()
    };
    io.out(text);
    0
}

pub(super) fn whoami(_: &[String], io: &mut Io<'_>) -> i32 {
    let user = io.login.user.clone();
    io.out(format!("{user}\n"));
    0
}
