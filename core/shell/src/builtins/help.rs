//! `help`: lists what the lab's terminal offers.

use super::names::NAMES;
use super::{Control, Shell};
use crate::lookup;

/// `help` gives an overview; `help NAME` describes one name.
pub(super) fn help(arguments: &[&str], shell: &mut Shell<'_>) -> Control {
    match arguments.first() {
        None => {
            let text = overview(shell);
            shell.out.extend_from_slice(text.as_bytes());
            Control::Status(0)
        }
        Some(name) => about(name, shell),
    }
}

/// Builtins that only the lab has, or that have an extra function in the lab.
const OWN: &[(&str, &str)] = &[
    (
        "wait",
        "wait: lets simulated time pass until nothing is in progress. Each change is printed with its time.",
    ),
    (
        "explain",
        "explain [ADDRESS PORT]: shows the path of a connection, hop by hop, and the rule that refuses it. Without an address: the last connection from this host.",
    ),
    (
        "history",
        "history [N]: lists the lines that you typed here. history -c forgets them. The arrow keys and Ctrl-R search them.",
    ),
];

fn overview(shell: &Shell<'_>) -> String {
    let mut programs = lookup::names(shell.host, shell.login);
    programs.sort();
    programs.dedup();
    let mut text = String::from(
        "hsmlab: this terminal is bash on a simulated host. The commands are the same as on AWS.

  aws SERVICE help     shows the help of the AWS CLI; aws cloudhsmv2 create-cluster help
  wait                 lets simulated time pass until nothing is in progress
  explain              shows why the last connection worked or was refused
  ssh -i KEY USER@IP   logs in to an instance; exit logs out
  help NAME            describes a command

Keys: Tab completes, the arrow keys and Ctrl-R find earlier lines, Ctrl-C stops, Ctrl-D ends the input,
Ctrl-L clears. A line that ends with \\ continues on the next one.

Programs on this host:
",
    );
    text.push_str(&columns(&programs));
    text.push_str("\nBuilt into the shell:\n");
    let builtins: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    text.push_str(&columns(&builtins));
    text
}

fn about(name: &str, shell: &mut Shell<'_>) -> Control {
    let own = OWN.iter().find(|(known, _)| *known == name);
    let text = if let Some((_, text)) = own {
        format!("hsmlab: {text}\n")
    } else if NAMES.contains(&name) {
        format!("hsmlab: {name} is built into the shell and works as in bash.\n")
    } else if let Some(path) = lookup::on_path(shell.host, shell.login, name) {
        let hint = if name == "aws" { "aws help" } else { "--help" };
        format!("hsmlab: {name} is the program {path}. Try {hint} for its help.\n")
    } else {
        let text = format!("{}help: no help topics match `{name}'.\n", shell.voice);
        shell.err.extend_from_slice(text.as_bytes());
        return Control::Status(1);
    };
    shell.out.extend_from_slice(text.as_bytes());
    Control::Status(0)
}

/// Names in columns, within the width of a terminal.
fn columns(names: &[String]) -> String {
    const WIDTH: usize = 96;
    let mut text = String::new();
    let mut line = String::from(" ");
    for name in names {
        if line.len() + name.len() + 1 > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = String::from(" ");
        }
        line.push(' ');
        line.push_str(name);
    }
    text + &line + "\n"
}
