//! Programs that use the network.

use std::net::IpAddr;

use super::options;
use hsmlab_client::LinkError;
use hsmlab_shell::builtins::{Shell, ssh_check};
use hsmlab_shell::process::Io;
use hsmlab_sim::SimDuration;

/// The time that curl and wget wait for a connection without an answer: Linux's default
/// (tcp_syn_retries 6: about 130 s).
const CONNECT_TIMEOUT: SimDuration = SimDuration::from_seconds(130);

/// The host name in a URL.
pub fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or_default()
}

/// Downloads a URL from the simulated Internet.
pub fn fetch(url: &str, io: &mut Io<'_>) -> Result<Vec<u8>, Fetch> {
    let host = io.host.id.clone();
    if !io.sys.has_internet(&host) {
        io.sys.sleep(CONNECT_TIMEOUT);
        return Err(Fetch::TimedOut);
    }
    if host_of(url) == "checkip.amazonaws.com" {
        let address = io.sys.public_address(&host).ok_or(Fetch::TimedOut)?;
        return Ok(format!("{address}\n").into_bytes());
    }
    if !io.sys.has_host(host_of(url)) {
        return Err(Fetch::UnknownHost);
    }
    io.sys.download(url).ok_or(Fetch::NotFound)
}

/// The reason that a download failed.
pub enum Fetch {
    /// Nothing answered in time.
    TimedOut,
    /// The name has no address.
    UnknownHost,
    /// The server answered 404.
    NotFound,
}

pub(super) fn curl(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (flags, values, words) = options(argv, "oHXmw");
    let Some(url) = words.first() else {
        io.err("curl: (2) no URL specified\ncurl: try 'curl --help' for more information\n");
        return 2;
    };
    let name = host_of(url).to_owned();
    match fetch(url, io) {
        Ok(bytes) => {
            let target = match values.iter().find(|(letter, _)| *letter == 'o') {
                Some((_, path)) => Some((*path).to_owned()),
                None if flags.contains('O') => url.rsplit('/').next().map(str::to_owned),
                None => None,
            };
            match target {
                Some(path) => {
                    if let Err(error) = io.write_file(&path, bytes) {
                        io.err(format!(
                            "curl: (23) Failure writing output to destination: {}\n",
                            error.text()
                        ));
                        return 23;
                    }
                }
                None => io.stdout.extend_from_slice(&bytes),
            }
            0
        }
        Err(Fetch::TimedOut) => {
            io.err(format!("curl: (28) Failed to connect to {name} port 443 after 130000 ms: Connection timed out\n"));
            28
        }
        Err(Fetch::UnknownHost) => {
            io.err(format!("curl: (6) Could not resolve host: {name}\n"));
            6
        }
        Err(Fetch::NotFound) if flags.contains('f') => {
            io.err("curl: (22) The requested URL returned error: 404\n");
            22
        }
        Err(Fetch::NotFound) => {
            io.out("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>\n");
            0
        }
    }
}

pub(super) fn wget(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (flags, values, words) = options(argv, "OP");
    let quiet = flags.contains('q');
    let Some(url) = words.first() else {
        io.err("wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n");
        return 1;
    };
    let name = host_of(url).to_owned();
    let file = values
        .iter()
        .find(|(letter, _)| *letter == 'O')
        .map_or_else(
            || url.rsplit('/').next().unwrap_or("index.html").to_owned(),
            |(_, path)| (*path).to_owned(),
        );
    let at = io.sys.now();
    let stamp = format!("--{}--", &at.to_string()[..19].replace('T', " "));
    match fetch(url, io) {
        Ok(bytes) => {
            let size = bytes.len();
            if let Err(error) = io.write_file(&file, bytes) {
                io.err(format!(
                    "{file}: {}\n\nCannot write to ‘{file}’ (Success).\n",
                    error.text()
                ));
                return 3;
            }
            if quiet {
                return 0;
            }
            io.err(format!(
                "{stamp}  {url}\nResolving {name}... done\nConnecting to {name}|:443... connected.\n\
                 HTTP request sent, awaiting response... 200 OK\nLength: {size} [binary/octet-stream]\n\
                 Saving to: ‘{file}’\n\n‘{file}’ saved [{size}/{size}]\n\n"
            ));
            0
        }
        Err(Fetch::TimedOut) => {
            io.err(format!(
                "{stamp}  {url}\nConnecting to {name}|:443... failed: Connection timed out.\n"
            ));
            4
        }
        Err(Fetch::UnknownHost) => {
            io.err(format!("{stamp}  {url}\nResolving {name} ({name})... failed: Name or service not known.\nwget: unable to resolve host address ‘{name}’\n"));
            4
        }
        Err(Fetch::NotFound) if quiet => 8,
        Err(Fetch::NotFound) => {
            io.err(format!("{stamp}  {url}\nHTTP request sent, awaiting response... 404 Not Found\n{} ERROR 404: Not Found.\n\n", &at.to_string()[..19].replace('T', " ")));
            8
        }
    }
}

pub(super) fn nc(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (_, _, words) = options(argv, "w");
    let [address, port] = words.as_slice() else {
        io.err("Ncat: You must specify a host to connect to. QUITTING.\n");
        return 2;
    };
    let (Ok(ip), Ok(port)) = (address.parse::<IpAddr>(), port.parse::<u16>()) else {
        io.err(format!(
            "Ncat: Could not resolve hostname \"{address}\": Name or service not known. QUITTING.\n"
        ));
        return 2;
    };
    let host = io.host.id.clone();
    let connected = {
        let mut link = io.sys.link(&host);
        let connected = link.connect(ip, port);
        if let Ok(connection) = connected {
            link.close(connection);
        }
        connected
    };
    match connected {
        Ok(_) => {
            io.err(format!(
                "Ncat: Version 7.93 ( https://nmap.org/ncat )\nNcat: Connected to {ip}:{port}.\n"
            ));
            0
        }
        Err(LinkError::TimedOut) => {
            io.err("Ncat: TIMEOUT.\n");
            1
        }
        Err(_) => {
            io.err("Ncat: Connection refused.\n");
            1
        }
    }
}

/// `ping`: an HSM's interface does not answer ping, nor do instances whose security groups have no
/// ICMP rule. The lab supports only TCP, and the message states that.
pub(super) fn ping(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (_, values, words) = options(argv, "cWi");
    let Some(address) = words.first() else {
        io.err("ping: usage error: Destination address required\n");
        return 1;
    };
    let count: u64 = values
        .iter()
        .find(|(l, _)| *l == 'c')
        .and_then(|(_, v)| v.parse().ok())
        .unwrap_or(4)
        .min(100);
    io.sys.sleep(SimDuration::from_seconds(count));
    io.out(format!(
        "PING {address} ({address}) 56(84) bytes of data.\n\n--- {address} ping statistics ---\n\
         {count} packets transmitted, 0 received, 100% packet loss, time {}ms\n\n",
        count.saturating_sub(1) * 1024
    ));
    io.err("hsmlab: HSMs do not answer ping. Test the port instead: nc -zv ADDRESS 2223\n");
    1
}

pub(super) fn scp(argv: &[String], io: &mut Io<'_>) -> i32 {
    let (_, values, words) = options(argv, "iPo");
    let key = values
        .iter()
        .find(|(letter, _)| *letter == 'i')
        .map(|(_, path)| *path);
    let Some((target, sources)) = words
        .split_last()
        .filter(|(_, sources)| !sources.is_empty())
    else {
        io.err("usage: scp [-i identity_file] source ... target\n");
        return 1;
    };
    let mut status = 0;
    for source in sources {
        let result = match (remote(source), remote(target)) {
            (None, Some((user, address, path))) => push(key, source, user, address, path, io),
            (Some((user, address, path)), None) => pull(key, user, address, path, target, io),
            _ => Err("scp: one side must be local and the other remote".to_owned()),
        };
        if let Err(message) = result {
            io.err(format!("{message}\nscp: Connection closed\n"));
            status = 255;
        }
    }
    status
}

/// Splits `user@address:path` into its parts.
fn remote(text: &str) -> Option<(&str, &str, &str)> {
    let (host, path) = text.split_once(':')?;
    let (user, address) = host.split_once('@').unwrap_or(("", host));
    (!host.contains('/')).then_some((user, address, path))
}

fn checked(
    key: Option<&str>,
    user: &str,
    address: &str,
    io: &mut Io<'_>,
) -> Result<(String, String), String> {
    let user = if user.is_empty() {
        io.login.user.clone()
    } else {
        user.to_owned()
    };
    let mut out = Vec::new();
    let host = ssh_check(
        key,
        &user,
        address,
        &mut Shell {
            host: &mut *io.host,
            login: &mut *io.login,
            sys: &mut *io.sys,
            out: &mut out,
            err: &mut *io.stderr,
            voice: String::new(),
            user: None,
            has_terminal: false,
        },
    )?;
    Ok((host, user))
}

fn push(
    key: Option<&str>,
    source: &str,
    user: &str,
    address: &str,
    path: &str,
    io: &mut Io<'_>,
) -> Result<(), String> {
    let bytes = io
        .read_file(source)
        .map_err(|error| format!("scp: stat local \"{source}\": {}", error.text()))?;
    let (id, user) = checked(key, user, address, io)?;
    let name = source.rsplit('/').next().unwrap_or(source);
    let (mut host, login) = io
        .sys
        .check_out(&id, &user)
        .ok_or("scp: the host went away")?;
    let mut to = hsmlab_shell::fs::resolve(
        &login.cwd,
        &login.home(),
        if path.is_empty() { "." } else { path },
    );
    if host
        .fs
        .node(&to)
        .is_some_and(|node| node.kind == hsmlab_shell::fs::NodeKind::Folder)
    {
        to = format!("{}/{name}", to.trim_end_matches('/'));
    }
    let now = io.sys.now();
    let size = bytes.len();
    let written = host.fs.write(&to, bytes, &user, now);
    io.sys.check_in(host);
    written.map_err(|error| format!("scp: dest open \"{path}\": {}", error.text()))?;
    io.out(format!("{name:<40} 100% {size:>5}   1.2MB/s   00:00\n"));
    Ok(())
}

fn pull(
    key: Option<&str>,
    user: &str,
    address: &str,
    path: &str,
    target: &str,
    io: &mut Io<'_>,
) -> Result<(), String> {
    let (id, user) = checked(key, user, address, io)?;
    let (host, login) = io
        .sys
        .check_out(&id, &user)
        .ok_or("scp: the host went away")?;
    let from = hsmlab_shell::fs::resolve(&login.cwd, &login.home(), path);
    let read = host.fs.read(&from, &user);
    io.sys.check_in(host);
    let bytes = read.map_err(|error| format!("scp: {path}: {}", error.text()))?;
    let name = from.rsplit('/').next().unwrap_or_default().to_owned();
    let mut to = io.path(target);
    if io
        .host
        .fs
        .node(&to)
        .is_some_and(|node| node.kind == hsmlab_shell::fs::NodeKind::Folder)
    {
        to = format!("{}/{name}", to.trim_end_matches('/'));
    }
    let size = bytes.len();
    io.write_file(&to, bytes)
        .map_err(|error| format!("scp: open local \"{target}\": {}", error.text()))?;
    io.out(format!("{name:<40} 100% {size:>5}   1.2MB/s   00:00\n"));
    Ok(())
}
