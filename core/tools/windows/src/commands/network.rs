//! Downloads and connection tests.

use std::net::IpAddr;

use super::{Cmdlet, Output, Parameter};
use crate::call::{Call, file_words};
use crate::failure::Failure;
use crate::run::Shell;
use crate::value::{Value, View};
use hsmlab_client::LinkError;
use hsmlab_tool_unix::network::{Fetch, fetch, host_of};

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet {
        name: "Invoke-WebRequest",
        parameters: REQUEST,
        run: |shell, call| request(shell, call, true),
    },
    Cmdlet {
        name: "Invoke-RestMethod",
        parameters: REQUEST,
        run: |shell, call| request(shell, call, false),
    },
    Cmdlet {
        name: "Test-NetConnection",
        parameters: &[
            Parameter::at("ComputerName"),
            Parameter::one("Port", &["RemotePort"]),
            Parameter::one("InformationLevel", &[]),
        ],
        run: test,
    },
];

const REQUEST: &[Parameter] = &[
    Parameter::at("Uri").must(),
    Parameter::one("OutFile", &[]),
    Parameter::one("Method", &[]),
    Parameter::switch("UseBasicParsing", &[]),
];

fn request(shell: &mut Shell<'_, '_>, call: &Call, whole: bool) -> Output {
    let url = call.text("Uri").unwrap_or_default();
    let full = if url.contains("://") {
        url
    } else {
        format!("http://{url}")
    };
    let bytes = fetch(&full, shell.io).map_err(|why| {
        let message = match why {
            Fetch::TimedOut => "Unable to connect to the remote server".to_owned(),
            Fetch::UnknownHost => {
                format!(
                    "The remote name could not be resolved: '{}'",
                    host_of(&full)
                )
            }
            Fetch::NotFound => "The remote server returned an error: (404) Not Found.".to_owned(),
        };
        call.failure(
            &message,
            "InvalidOperation",
            ("System.Net.HttpWebRequest", "HttpWebRequest"),
            "WebException",
            "WebCmdletWebResponseException",
        )
    })?;
    if let Some(name) = call.text("OutFile") {
        return save(shell, call, &name, bytes);
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if !whole {
        return Ok(vec![text.trim_end().into()]);
    }
    let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let kind = "Microsoft.PowerShell.Commands.HtmlWebResponseObject";
    Ok(vec![Value::record(
        kind,
        kind,
        View::List,
        [
            ("StatusCode", Value::Int(200)),
            ("StatusDescription", "OK".into()),
            ("Content", text.into()),
            ("RawContentLength", Value::Int(length)),
        ],
    )])
}

fn save(shell: &mut Shell<'_, '_>, call: &Call, name: &str, bytes: Vec<u8>) -> Output {
    let path = shell.io.path(name);
    let shown = shell.shown_path(&path);
    shell.io.write_file(name, bytes).map_err(|error| {
        call.failure(
            &file_words(error, &shown),
            "NotSpecified",
            ("", ""),
            "DirectoryNotFoundException",
            "System.IO.DirectoryNotFoundException",
        )
    })?;
    Ok(Vec::new())
}

/// The host's own address, taken from the name that EC2 gives the host.
pub(super) fn own_address(name: &str) -> Option<IpAddr> {
    name.strip_prefix("ip-")?.replace('-', ".").parse().ok()
}

/// `Test-NetConnection` (module NetTCPIP). It can only test a port: nothing in the lab answers ping.
fn test(shell: &mut Shell<'_, '_>, call: &Call) -> Output {
    let name = call
        .text("ComputerName")
        .unwrap_or_else(|| "internetbeacon.msedge.net".into());
    let quiet = call
        .text("InformationLevel")
        .is_some_and(|level| level.eq_ignore_ascii_case("Quiet"));
    let warn = |shell: &mut Shell<'_, '_>, text: String| {
        shell.io.out(format!("WARNING: {text}\n"));
    };
    let port = match call.value("Port") {
        None => None,
        Some(value) => Some(port_of(call, value)?),
    };
    let Ok(address) = name.parse::<IpAddr>() else {
        warn(shell, format!("Name resolution of {name} failed"));
        return Ok(if quiet {
            vec![Value::Bool(false)]
        } else {
            Vec::new()
        });
    };
    let Some(port) = port else {
        warn(
            shell,
            format!("Ping to {name} failed with status: TimedOut"),
        );
        let own = own_address(&shell.io.host.name).map(|own| own.to_string());
        return Ok(result(&name, address, None, own, quiet));
    };
    let host = shell.io.host.id.clone();
    let open = {
        let mut link = shell.io.sys.link(&host);
        match link.connect(address, port) {
            Ok(connection) => {
                link.close(connection);
                true
            }
            Err(LinkError::TimedOut | LinkError::Refused | LinkError::Reset) => false,
        }
    };
    if !open {
        warn(shell, format!("TCP connect to ({name} : {port}) failed"));
        warn(
            shell,
            format!("Ping to {name} failed with status: TimedOut"),
        );
    }
    let own = own_address(&shell.io.host.name).map(|own| own.to_string());
    Ok(result(&name, address, Some((port, open)), own, quiet))
}

fn port_of(call: &Call, value: &Value) -> Result<u16, Failure> {
    let text = value.text();
    text.trim().parse().ok().filter(|port| *port > 0).ok_or_else(|| {
        call.failure(
            &format!("Cannot bind parameter 'Port'. Cannot convert value \"{text}\" to type \"System.Int32\". Error: \"Input string was not in a correct format.\""),
            "InvalidArgument",
            ("", ""),
            "ParameterBindingException",
            "CannotConvertArgumentNoMessage",
        )
    })
}

fn result(
    name: &str,
    address: IpAddr,
    tried: Option<(u16, bool)>,
    own: Option<String>,
    quiet: bool,
) -> Vec<Value> {
    let open = tried.is_some_and(|(_, open)| open);
    if quiet {
        return vec![Value::Bool(open)];
    }
    let mut fields = vec![
        ("ComputerName", Value::from(name)),
        ("RemoteAddress", address.to_string().into()),
    ];
    if let Some((port, _)) = tried {
        fields.push(("RemotePort", Value::Int(port.into())));
    }
    // Guess: EC2's images give the adapter this name; some add a number.
    fields.push(("InterfaceAlias", "Ethernet".into()));
    fields.push(("SourceAddress", own.map_or(Value::Null, Value::Text)));
    if !open {
        fields.push(("PingSucceeded", Value::Bool(false)));
        fields.push(("PingReplyDetails (RTT)", "0 ms".into()));
    }
    if tried.is_some() {
        fields.push(("TcpTestSucceeded", Value::Bool(open)));
    }
    vec![Value::record(
        "TestNetConnectionResult",
        "TestNetConnectionResult",
        View::List,
        fields,
    )]
}
