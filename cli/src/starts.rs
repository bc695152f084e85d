//! `hsmlab starts`: the prepared starts of the page's labs and worlds
//! ([`hsmlab_core::session::starts`]).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hsmlab_core::lab::prove::{Flaw, Proof};
use hsmlab_core::session::Session;
use hsmlab_core::session::starts::Starts;
use hsmlab_protocol::request::Worlds;
use hsmlab_protocol::{Event, Request};
use hsmlab_sim::Seed;
use serde_json::Value;

use crate::worlds;

/// The number of prepared seeds: few enough for a small file, and enough that two learners next to each
/// other seldom have the same world.
const SEEDS: u64 = 16;

/// Options of `hsmlab starts`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder of the named worlds. The labs are in the folder next to it, labs; starts.json is written
    /// to this folder.
    #[arg(default_value = "static/worlds", value_name = "FOLDER")]
    folder: PathBuf,
}

/// Writes `starts.json`.
pub(crate) fn starts(arguments: &Arguments) -> ExitCode {
    let file = arguments.folder.join("starts.json");
    let written = search(&arguments.folder).and_then(|starts| {
        let text = serde_json::to_string(&starts).map_err(|error| error.to_string())?;
        // One prime a line: a readable difference where a lab changes.
        let text = text.replace(",\"", ",\n\"") + "\n";
        std::fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("hsmlab: {what}");
            ExitCode::from(1)
        }
    }
}

/// Whether a file has the prepared starts.
pub(crate) fn is_starts(file: &Path) -> bool {
    file.ends_with("starts.json")
}

/// Proves `starts.json`: no lab or world needs a search that it could have spared.
pub(crate) fn prove(file: &Path) -> Proof {
    let stale = stale(file).unwrap_or_else(|what| vec![what]);
    Proof {
        flaws: stale
            .into_iter()
            .map(|what| Flaw { line: 1, what })
            .collect(),
        ..Proof::default()
    }
}

/// What is wrong with a file of prepared starts.
fn stale(file: &Path) -> Result<Vec<String>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let starts = Starts::read(&text).ok_or("this is no file of prepared starts")?;
    let folder = file.parent().unwrap_or(file);
    let beginnings = beginnings(folder)?;
    let mut all = Vec::new();
    for number in 1..=starts.seeds {
        let drawn = draws(&starts, Seed::from_number(number));
        for (name, request) in &beginnings {
            let mut session = Session::with_saved_primes();
            let began = session.handle(with(request, drawn, Some(text.clone())));
            if let Some(Event::Failed { what, .. }) = began
                .iter()
                .find(|event| matches!(event, Event::Failed { .. }))
            {
                return Err(format!("{name}: {what}"));
            }
            let searches = session.prime_searches();
            if searches > 0 {
                all.push(format!(
                    "{name} with seed {number} searches for {searches} primes: run hsmlab starts"
                ));
            }
        }
    }
    Ok(all)
}

/// Builds each lab's and world's beginning with each seed.
fn search(folder: &Path) -> Result<Starts, String> {
    let beginnings = beginnings(folder)?;
    let mut primes = BTreeMap::new();
    for number in 1..=SEEDS {
        for (name, request) in &beginnings {
            let mut session = Session::new();
            session.handle(with(request, Seed::from_number(number), None));
            let saved = session
                .handle(Request::Save)
                .into_iter()
                .find_map(|event| match event {
                    Event::Saved { save } => serde_json::from_str::<Value>(&save).ok(),
                    _ => None,
                })
                .ok_or_else(|| format!("{name} cannot be started"))?;
            let found = saved.get("primes").cloned().unwrap_or_default();
            let found: Vec<(String, u32)> = serde_json::from_value(found).unwrap_or_default();
            primes.extend(found);
        }
    }
    Ok(Starts {
        seeds: SEEDS,
        primes,
    })
}

/// The start of each lab and world, by its id; [`with`] gives it a seed.
fn beginnings(folder: &Path) -> Result<Vec<(String, Request)>, String> {
    let all = worlds::read(folder)?;
    let begin = |lab: Option<String>, world: Option<String>, worlds: Worlds| Request::Start {
        seed: Seed::from_number(0),
        lab,
        world,
        worlds,
        starts: None,
    };
    let labs = worlds::read(&folder.join("../labs"))?;
    let labs = labs
        .into_iter()
        .map(|(id, text)| (id, begin(Some(text), None, all.clone())));
    let named = all
        .keys()
        .map(|id| (id.clone(), begin(None, Some(id.clone()), all.clone())));
    Ok(labs.chain(named).collect())
}

/// A seed whose start has this prepared seed.
fn draws(starts: &Starts, prepared: Seed) -> Seed {
    let mut drawn = (0..).map(Seed::from_number);
    drawn
        .find(|drawn| starts.seed(drawn) == prepared)
        .unwrap_or(prepared)
}

/// A start with a drawn seed and the text of the prepared starts.
fn with(request: &Request, drawn: Seed, prepared: Option<String>) -> Request {
    let mut request = request.clone();
    if let Request::Start { seed, starts, .. } = &mut request {
        *seed = drawn;
        *starts = prepared;
    }
    request
}
