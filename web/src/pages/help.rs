//! The help page.

use hsmlab_html::html;
use yew::{Html, component};

use crate::components::header::header;
use crate::hooks::use_title::use_title;
use crate::routes::HOME;

/// The keys of a terminal.
const KEYS: [(&str, &str); 12] = [
    ("Enter", "run the line; Shift+Enter starts a new line"),
    ("Tab", "complete commands, options, ids and file names"),
    ("↑ ↓", "step through the history"),
    ("Ctrl+R", "search the history; again for an older match"),
    ("Ctrl+C", "copy the selection; without one, interrupt"),
    ("Ctrl+D", "end of input: leave a program or the session"),
    ("Ctrl+L", "clear the screen"),
    ("Ctrl+A, Ctrl+E", "move to the start or end of the line"),
    ("Ctrl+U, Ctrl+K", "delete to the start or end of the line"),
    (
        "Ctrl+W",
        "delete a word (unless the browser uses this key itself)",
    ),
    ("Ctrl+Y", "insert the deleted text again"),
    ("Shift+Tab", "leave the terminal"),
];

/// The help page.
#[component]
pub fn Help() -> Html {
    use_title("Help");
    html! {
        <div class="page">
            { header(None, Html::default(), Html::default()) }
            <main class="prose-page">
                <h1>{ "How to use HSM Lab" }</h1>
                <p>
                    { "HSM Lab is a working model of AWS CloudHSM inside this page. Type the \
                       commands that you would type on AWS, and read the answers that AWS would give. The \
                       cryptography is real. Nothing leaves your browser, and nothing costs anything." }
                </p>
                <h2>{ "A lab" }</h2>
                <p>
                    { "The lab ticks a step off automatically: it checks what you have built, not how \
                       you did it. “Insert” puts a command into the right terminal, and opens that \
                       terminal if necessary; you run it. “Not yet” says what is still missing, and \
                       “Show on the diagram” shows where. After the last step a summary shows your time, \
                       commands and hints, and leads to the next lab." }
                </p>
                <h2>{ "The terminal" }</h2>
                <p>
                    { "A line that ends with a backslash continues on the next one, typed or pasted. A \
                       program that reads what you type, such as cat, reads until Ctrl+D. Scripts run. \
                       Type help for a list of the commands, and explain to see why a connection \
                       works or is refused." }
                </p>
                <h2>{ "Time" }</h2>
                <p>
                    { "On AWS, creating an HSM takes minutes. The simulated clock runs faster than a \
                       real one. In the bar at the bottom, choose its speed, pause it, or skip to the \
                       next event." }
                </p>
                <h2>{ "The diagram" }</h2>
                <p>
                    { "A column is an availability zone. At the top is the VPC that AWS owns, with the \
                       HSMs. Below are your VPCs, with the network interfaces; the HSMs are reachable \
                       only through these. A dashed outline surrounds the members of a security group. \
                       Click any part to see what the API knows about it. A line shows the last \
                       connection: “ok” or “refused”, or “was ok” if a rule has changed since. \
                       “Outline” shows the same as text." }
                </p>
                <h2>{ "Faults and traffic" }</h2>
                <p>
                    { "“Faults” breaks hardware, networks and zones on purpose; the inspector and a \
                       zone's name offer the faults of one part. “Traffic” shows requests, errors and \
                       latency over time; its dot is visible while an application sends requests." }
                </p>
                <h2>{ "Files" }</h2>
                <p>
                    { "“Upload” puts files into the terminal's folder; you can also drop them on the \
                       terminal. “Download” fetches a file by its path. So you can sign a certificate \
                       with your own OpenSSL, outside this page." }
                </p>
                <h2>{ "Saving" }</h2>
                <p>
                    { "This browser saves your work automatically and restores it when you return. \
                       The menu of a lab exports it as a file, imports one, or starts over. You can bring \
                       back once the work that an import or a fresh start replaced. Only one tab at a time \
                       works on a lab; another can take over, and continues with all the work." }
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
