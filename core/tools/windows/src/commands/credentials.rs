//! `cmdkey`: Windows Credential Manager on the command line (Windows Commands, "cmdkey"; the output
//! as in public transcripts of Windows Server).

use hsmlab_shell::host::Credential;
use hsmlab_shell::process::Io;

const USAGE: &str = "The command line parameters are incorrect.\n";

/// `cmdkey`.
pub(super) fn cmdkey(argv: &[String], io: &mut Io<'_>) -> i32 {
    let options: Vec<(String, &str)> = argv
        .iter()
        .skip(1)
        .filter_map(|word| word.strip_prefix('/').or_else(|| word.strip_prefix('-')))
        .map(|word| word.split_once(':').unwrap_or((word, "")))
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect();
    let value = |name: &str| {
        let mut all = options.iter();
        all.find(|(option, _)| option == name)
            .map(|(_, value)| *value)
    };
    let known = ["list", "delete", "generic", "add", "user", "pass", "p"];
    if let Some((name, _)) = options.iter().find(|(name, _)| !known.contains(&&**name)) {
        io.err(format!("hsmlab: this lab's cmdkey does not have /{name}\n"));
        return 1;
    }
    if let Some(target) = value("generic").or_else(|| value("add")) {
        let (Some(user), Some(password)) = (value("user"), value("pass").or_else(|| value("p")))
        else {
            io.err(format!("\n{USAGE}\n"));
            return 1;
        };
        let credential = Credential {
            user: user.to_owned(),
            password: password.to_owned(),
        };
        io.host.credentials.insert(target.to_owned(), credential);
        io.out("\nCMDKEY: Credential added successfully.\n\n");
        return 0;
    }
    if let Some(target) = value("delete") {
        if io.host.credentials.remove(target).is_none() {
            io.err("\nCMDKEY: Element not found.\n\n");
            return 1;
        }
        io.out("\nCMDKEY: Credential deleted successfully.\n\n");
        return 0;
    }
    let Some(wanted) = value("list") else {
        io.err(format!("\n{USAGE}\n"));
        return 1;
    };
    list(wanted, io);
    0
}

/// Prints the credentials: all, or those of one target.
fn list(wanted: &str, io: &mut Io<'_>) {
    let mut text = if wanted.is_empty() {
        "\nCurrently stored credentials:\n\n".to_owned()
    } else {
        format!("\nCurrently stored credentials for {wanted}:\n\n")
    };
    let mut none = true;
    for (target, credential) in &io.host.credentials {
        if wanted.is_empty() || wanted == target {
            none = false;
            text += &format!(
                "    Target: LegacyGeneric:target={target}\n    Type: Generic \n    User: {}\n    \
                 Local machine persistence\n\n",
                credential.user
            );
        }
    }
    if none {
        text += "* NONE *\n\n";
    }
    io.out(text);
}
