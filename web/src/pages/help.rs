//! How to use the page.

use yew::{Html, component, html};

use crate::components::header::header;
use crate::hooks::use_title::use_title;
use crate::routes::HOME;

/// The keys of a terminal.
const KEYS: [(&str, &str); 12] = [
    ("Enter", "run the line; Shift+Enter goes on in a new one"),
    ("Tab", "complete commands, options, ids and file names"),
    ("↑ ↓", "walk through the history"),
    ("Ctrl+R", "search the history; again for an older match"),
    ("Ctrl+C", "copy what is selected, else interrupt"),
    ("Ctrl+D", "end of input: leave a program, or the session"),
    ("Ctrl+L", "clear the screen"),
    ("Ctrl+A, Ctrl+E", "to the start, to the end of the line"),
    ("Ctrl+U, Ctrl+K", "delete to the start, to the end"),
    (
        "Ctrl+W",
        "delete a word (where the browser leaves it to us)",
    ),
    ("Ctrl+Y", "put back what was deleted"),
    ("Shift+Tab", "leave the terminal"),
];

/// How to use the page.
#[component]
pub fn Help() -> Html {
    use_title("Help");
    html! {
        <div class="page">
            { header(None, Html::default(), Html::default()) }
            <main class="prose-page">
                <h1>{ "How to use HSM Lab" }</h1>
                <p>
                    { "HSM Lab is a working model of AWS CloudHSM inside this page. What you type is \
                       what you would type on AWS; what comes back is what AWS would answer. The \
                       cryptography is real. Nothing leaves your browser, and nothing costs anything." }
                </p>
                <h2>{ "A lab" }</h2>
                <p>
                    { "The steps tick themselves: each looks at what you have built, not at how you \
                       did it. “Insert” puts a command on the line of the terminal that it is for, and \
                       opens that terminal if need be; you run it. “Not yet” says what is still missing, \
                       and “Show on the diagram” where. After the last step a summary shows your time, \
                       commands and hints, and leads to the next lab." }
                </p>
                <h2>{ "The terminal" }</h2>
                <p>
                    { "A line that ends with a backslash continues on the next one, typed or pasted. A \
                       program that reads what you type, such as cat, reads until Ctrl+D. Scripts run. \
                       Type help to see which commands there are, and explain to see why a connection \
                       works or is refused." }
                </p>
                <h2>{ "Time" }</h2>
                <p>
                    { "On AWS an HSM takes minutes to come up. The simulated clock runs faster than \
                       yours: choose its speed below, stop it, or skip to the next event." }
                </p>
                <h2>{ "The diagram" }</h2>
                <p>
                    { "A column is an availability zone. Above is the VPC that AWS owns, with the HSMs; \
                       below are yours, with the network interfaces through which alone the HSMs are \
                       reached. A dashed outline is a security group around its members. Click any part \
                       to see what the API knows of it. A line shows the last connection as it is now: \
                       “was ok” means that a rule has changed since. “Outline” shows the same as text." }
                </p>
                <h2>{ "Faults and traffic" }</h2>
                <p>
                    { "“Faults” breaks hardware, networks and zones on purpose; the inspector and a \
                       zone's name offer those of one part. “Traffic” shows requests, errors and latency \
                       as time runs; its dot is there while an application asks the HSMs for work." }
                </p>
                <h2>{ "Files" }</h2>
                <p>
                    { "“Upload”, or dropping files on a terminal, puts them into its folder; “Download” \
                       fetches one by its path. So a certificate can be signed with your own OpenSSL, \
                       outside of this page." }
                </p>
                <h2>{ "Saving" }</h2>
                <p>
                    { "Your work is saved in this browser as you go and found again when you come back. \
                       The menu of a lab exports it as a file, imports one, and starts over; what an import or \
                       a fresh start replaces can be brought back once. One tab works on a lab at a time: \
                       another one can take over, and goes on with all its work." }
                </p>
                <h2>{ "Keys of a terminal" }</h2>
                <table>
                    <thead><tr><th>{ "Key" }</th><th>{ "What it does" }</th></tr></thead>
                    <tbody>
                        for (key, what) in KEYS {
                            <tr key={key}><td><kbd>{ key }</kbd></td><td>{ what }</td></tr>
                        }
                    </tbody>
                </table>
                <p><a href={HOME}>{ "All labs" }</a></p>
            </main>
        </div>
    }
}
