//! `hsm-load`: the lab's sample application. It uses keys in the HSMs at a steady rate and reports
//! the results, as an application with the PKCS#11 library of Client SDK 5 would see them.

mod arguments;
mod load;
mod operation;
mod plan;
mod report;
mod texts;

use self::arguments::Arguments;
use self::load::Load;
use self::operation::Operation;
use self::plan::Plan;
use hsmlab_client::Link;
use hsmlab_client::cluster::{ClientError, Cluster, ClusterKey};
use hsmlab_client::config::{ClusterConfig, Config};
use hsmlab_client::pool::Pool;
use hsmlab_proto::Secret;
use hsmlab_proto::key::Term;
use hsmlab_proto::message::Command;
use hsmlab_proto::role::Role;
use hsmlab_shell::job::News;
use hsmlab_shell::process::{Input, Io, Process, Step};
use hsmlab_sim::SimDuration;
use hsmlab_tool_software::configure::{identity, places};

/// The command's name.
pub const NAME: &str = "hsm-load";

/// Creates the process, with its arguments, the program's name first.
#[must_use]
pub fn start(argv: &[String]) -> Box<dyn Process> {
    Box::new(HsmLoad {
        argv: argv.to_vec(),
        job: None,
        report: None,
    })
}

/// Candidates for the last word of a command line.
#[must_use]
pub fn complete(words: &[String], last: &str) -> Vec<String> {
    arguments::complete(words, last)
}

#[derive(Clone)]
struct HsmLoad {
    argv: Vec<String>,
    job: Option<u64>,
    /// The file for the totals.
    report: Option<String>,
}

/// The reason that it did not start: a text for standard error, and the exit status.
struct Failure(String, i32);

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self(text, 1)
    }
}

impl Process for HsmLoad {
    fn resume(&mut self, io: &mut Io<'_>, input: Input) -> Step {
        match input {
            Input::Start => match self.begin(io) {
                Ok(step) => step,
                Err(Failure(text, status)) => {
                    io.err(text);
                    Step::Exit(status)
                }
            },
            Input::Interrupt => {
                let news = self.job.take().and_then(|job| io.sys.end_job(job));
                self.tell(io, news.unwrap_or_default());
                Step::Exit(130)
            }
            Input::Line(_) | Input::End => self.tick(io),
        }
    }

    fn tick(&mut self, io: &mut Io<'_>) -> Step {
        let Some(news) = self.job.and_then(|job| io.sys.job_news(job)) else {
            return Step::Exit(1);
        };
        let ended = news.ended;
        self.tell(io, news);
        match ended {
            Some(status) => Step::Exit(status),
            None => Step::Run,
        }
    }

    fn boxed_clone(&self) -> Box<dyn Process> {
        Box::new(self.clone())
    }
}

impl HsmLoad {
    /// Prints the job's output, and writes its totals.
    fn tell(&self, io: &mut Io<'_>, news: News) {
        io.out(news.printed);
        if let (Some(path), Some(report)) = (&self.report, news.report)
            && let Err(error) = io.write_file(path, report.into_bytes())
        {
            io.err(texts::no_report(path, error.text()));
        }
    }

    fn begin(&mut self, io: &mut Io<'_>) -> Result<Step, Failure> {
        // The arguments can contain the PIN: they are not kept.
        let argv = std::mem::take(&mut self.argv);
        let arguments = match Arguments::parse(&argv) {
            Ok(arguments) => arguments,
            Err(error) => {
                let text = error.render().to_string();
                if error.use_stderr() {
                    return Err(Failure(text, error.exit_code()));
                }
                io.out(text);
                return Ok(Step::Exit(0));
            }
        };
        if !io.tty && arguments.seconds.is_none() {
            return Err(Failure(texts::NEEDS_SECONDS.into(), 2));
        }
        if let Some(path) = &arguments.report {
            io.write_file(path, Vec::new())
                .map_err(|error| texts::no_report(path, error.text()))?;
            self.report = Some(path.clone());
        }
        let load = Self::open(io, &arguments)?;
        io.out(load.header());
        let host = io.host.id.clone();
        let job = io.sys.start_job(&host, Box::new(load));
        self.job = Some(job.ok_or_else(|| texts::TOO_MANY.to_owned())?);
        if io.tty {
            return Ok(Step::Run);
        }
        // Not at a terminal: time passes until the job has ended.
        loop {
            io.sys.sleep(SimDuration::from_seconds(1));
            let step = self.tick(io);
            if step != Step::Run {
                return Ok(step);
            }
        }
    }

    /// The first steps of an application: initialize the library, log in, find its key.
    fn open(io: &mut Io<'_>, arguments: &Arguments) -> Result<Load, Failure> {
        let config = configuration(io)?;
        // Without a trust anchor, no certificate is trusted.
        let anchors = read(io, &config.hsm_ca_file).map_err(|why| texts::initialize(&why))?;
        let identity = identity::load(io, &config).map_err(|why| texts::initialize(&why))?;
        let login = login(io, arguments)?;
        let host = io.host.id.clone();
        let mut link = io.sys.link(&host);
        let link = &mut *link;
        let mut cluster =
            Cluster::connect_as(&config, &anchors, identity.as_ref(), link, &mut Vec::new())
                .map_err(|error| texts::connect(&error))?;
        let ready = prepare(&mut cluster, &login, arguments, link);
        let (key, made) = match ready {
            Ok(ready) => ready,
            Err(text) => {
                cluster.close(link);
                return Err(text.into());
            }
        };
        let now_us = link.now().unix_ms().saturating_mul(1000);
        let plan = Plan {
            operation: arguments.operation,
            key: key.map(|key| key.info.handle),
            label: arguments.label().to_owned(),
            made,
            rate: arguments.rate,
            threads: arguments.threads,
            seconds: arguments.seconds,
            interval: arguments.interval,
        };
        let pool = Pool::new(cluster, config, anchors, identity, login, now_us);
        Ok(Load::new(plan, pool, now_us))
    }
}

/// Logs in, and finds or creates the key; returns true if it was created.
fn prepare(
    cluster: &mut Cluster,
    login: &Command,
    arguments: &Arguments,
    link: &mut dyn Link,
) -> Result<(Option<ClusterKey>, bool), String> {
    cluster
        .login(login, link)
        .map_err(|error| texts::call("C_Login", &error))?;
    let operation = arguments.operation;
    if operation == Operation::GenerateAes {
        return Ok((None, false));
    }
    if arguments.new {
        let call = operation.generate_call();
        let (from, command) = (None, operation.generate(arguments.label()));
        let made = cluster
            .make_keys(from, &command, false, link)
            .map_err(|error| texts::call(call, &error))?;
        let key = made.into_iter().find(|key| operation.takes(&key.info));
        return key
            .map(|key| (Some(key), true))
            .ok_or_else(|| texts::call(call, &ClientError::NoKey));
    }
    let terms = [Term::Attribute("label".into(), arguments.label().into())];
    let found = cluster
        .find(&terms, link)
        .map_err(|error| texts::call("C_FindObjects", &error))?;
    let of_label = found.len();
    let key = found.into_iter().find(|key| operation.takes(&key.info));
    let key = key.ok_or_else(|| texts::no_key(arguments.label(), operation, of_label))?;
    cluster
        .check_available(&key, link.now())
        .map_err(|error| texts::call(operation.call(), &error))?;
    Ok((Some(key), false))
}

/// The library and its configuration.
fn configuration(io: &Io<'_>) -> Result<ClusterConfig, Failure> {
    let library = format!("{}/lib/libcloudhsm_pkcs11.so", places::root(io.host.os));
    if !io.host.fs.exists(&library) {
        return Err(texts::no_library(&library).into());
    }
    let text =
        read(io, &places::config(io.host.os, "pkcs11")).map_err(|why| texts::initialize(&why))?;
    let config = Config::parse(&text).map_err(|error| texts::config(&error))?;
    // The library has one slot for each cluster; the application takes the first.
    let mut clusters = config.clusters.into_iter();
    let first = clusters.next();
    first.ok_or_else(|| texts::config(&hsmlab_client::config::ConfigError::Shape).into())
}

fn read(io: &Io<'_>, path: &str) -> Result<String, String> {
    match io.read_file(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => Err(format!("{path}: {}", error.text())),
    }
}

/// The PIN has the library's form, `user:password` (User Guide, "pkcs11-pin").
fn login(io: &Io<'_>, arguments: &Arguments) -> Result<Command, Failure> {
    let exported = io.login.exported.contains("CLOUDHSM_PIN");
    let variable = io.login.variable("CLOUDHSM_PIN").filter(|_| exported);
    let given = arguments.pin.as_ref().map(|pin| pin.as_str());
    let pin = given.or(variable);
    let pin = pin.ok_or_else(|| Failure(texts::NO_PIN.into(), 2))?;
    let (username, password) = pin
        .split_once(':')
        .ok_or_else(|| Failure(texts::BAD_PIN.into(), 1))?;
    Ok(Command::Login {
        username: username.to_owned(),
        role: Role::CryptoUser,
        password: Secret::new(password),
    })
}
