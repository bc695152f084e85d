//! Runs the workload: worker threads, retries and reports.

use std::net::IpAddr;

use super::arguments::Rate;
use super::operation::Operation;
use super::plan::Plan;
use super::report::Counts;
use super::texts;
use hsmlab_client::Link;
use hsmlab_client::cluster::ClientError;
use hsmlab_client::pool::{Pool, Sent};
use hsmlab_proto::message::{Answer, Command, Fault, Reply};
use hsmlab_shell::job::{Job, Next, Seen, Turn};
use hsmlab_sim::SimTime;

/// The most operations of one run: every operation is really executed, and the simulated time can
/// skip ahead by months.
const OPERATIONS_MAX: u32 = 100_000;
/// The most attempts for one request. Guess: the SDK's number of retries is not published.
const ATTEMPTS_MAX: u32 = 10;
/// The SDK's delay before it retries a request once all HSMs were busy or lost. It doubles each
/// time, up to a maximum number of doublings. Guess: not published.
const BACK_OFF_US: u64 = 100_000;
const DOUBLINGS_MAX: u32 = 3;
/// The number of steps over which the pauses of the threads are spread.
const SPREAD: u64 = 64;
/// The pause of a thread of the sample application after an error.
const REST_US: u64 = 100_000;
/// The delay behind the rate after which a thread skips requests.
const BEHIND_US: u64 = 1_000_000;
const SECOND_US: u64 = 1_000_000;

/// The application.
#[derive(Clone)]
pub(super) struct Load {
    plan: Plan,
    pool: Pool,
    threads: Vec<Thread>,
    start_us: u64,
    /// The time at which the next request is due by the rate.
    next_us: u64,
    report_us: u64,
    /// The number of started requests.
    begun: u32,
    interval: Counts,
    /// The previous interval.
    last: Counts,
    total: Counts,
    seen: Seen,
    printed: String,
    /// The totals as JSON, if they have changed since the last turn.
    report_file: Option<String>,
    last_error: Option<String>,
    ended: Option<i32>,
}

/// A thread: idle from an instant on, or working on a request.
#[derive(Clone)]
struct Thread {
    free_us: u64,
    request: Option<Request>,
}

/// A request, with all its attempts.
#[derive(Clone)]
struct Request {
    command: Command,
    begun_us: u64,
    attempts: u32,
    /// The number of rounds in which all HSMs were tried.
    rounds: u32,
    tried: Vec<IpAddr>,
    state: State,
}

#[derive(Clone)]
enum State {
    /// Sent at this instant.
    Sent(Box<Sent>, u64),
    /// Waiting to be retried at this instant.
    Waiting(u64),
}

impl Request {
    fn due_us(&self) -> u64 {
        match &self.state {
            State::Sent(sent, _) => sent.done_us,
            State::Waiting(until) => *until,
        }
    }
}

impl Load {
    pub(super) fn new(plan: Plan, pool: Pool, now_us: u64) -> Self {
        let thread = Thread {
            free_us: now_us,
            request: None,
        };
        Self {
            threads: (0..plan.threads).map(|_| thread.clone()).collect(),
            start_us: now_us,
            next_us: now_us,
            report_us: now_us.saturating_add(u64::from(plan.interval) * SECOND_US),
            begun: 0,
            interval: Counts::default(),
            last: Counts::default(),
            total: Counts::default(),
            seen: Seen::default(),
            printed: String::new(),
            report_file: None,
            last_error: None,
            ended: None,
            plan,
            pool,
        }
    }

    /// The first lines of the output.
    pub(super) fn header(&self) -> String {
        self.plan.header(self.pool.addresses(), self.pool.retries())
    }

    /// The instant after which no further request starts.
    fn end_us(&self) -> u64 {
        let seconds = self.plan.seconds.map(u64::from);
        seconds.map_or(u64::MAX, |seconds| self.start_us + seconds * SECOND_US)
    }

    fn begins_more(&self) -> bool {
        self.begun < OPERATIONS_MAX && self.next_us < self.end_us()
    }

    /// The instant at which the next request can start.
    fn next_begin_us(&self) -> u64 {
        if !self.begins_more() {
            return u64::MAX;
        }
        let idle = self.threads.iter().filter(|one| one.request.is_none());
        let free_us = idle.map(|thread| thread.free_us).min();
        free_us.map_or(u64::MAX, |free_us| free_us.max(self.next_us))
    }

    /// The next instant at which there is work.
    fn due_us(&self) -> u64 {
        let at_work = self.threads.iter().filter_map(|one| one.request.as_ref());
        let due_us = at_work
            .map(Request::due_us)
            .chain([self.next_begin_us(), self.pool.next_us(), self.report_us])
            .min()
            .unwrap_or(u64::MAX);
        if self.is_idle() {
            due_us.min(self.end_us())
        } else {
            due_us
        }
    }

    fn is_idle(&self) -> bool {
        self.threads.iter().all(|thread| thread.request.is_none())
    }

    /// Does the work that is due at an instant.
    fn step(&mut self, at_us: u64, link: &mut dyn Link) {
        for number in 0..self.threads.len() {
            let thread = self.threads.get_mut(number);
            let request = thread
                .and_then(|thread| thread.request.take_if(|request| request.due_us() <= at_us));
            if let Some(request) = request {
                self.go_on(number, request, at_us, link);
            }
        }
        self.pool.tend(at_us, link);
        self.hurry(at_us);
        if self.next_begin_us() <= at_us {
            self.begin(at_us, link);
        }
        if self.report_us <= at_us {
            self.report(at_us);
            self.report_us += u64::from(self.plan.interval) * SECOND_US;
        }
        let enough = self.begun >= OPERATIONS_MAX;
        if self.is_idle() && (enough || at_us >= self.end_us()) {
            self.finish(at_us, link);
            if enough {
                self.printed.push_str(texts::ENOUGH);
            }
        }
    }

    /// Marks the requests on lost connections as lost now.
    fn hurry(&mut self, at_us: u64) {
        for thread in &mut self.threads {
            if let Some(Request {
                state: State::Sent(sent, _),
                ..
            }) = &mut thread.request
                && !self.pool.holds(sent)
            {
                sent.done_us = sent.done_us.min(at_us);
            }
        }
    }

    fn begin(&mut self, at_us: u64, link: &mut dyn Link) {
        let free = |thread: &Thread| thread.request.is_none() && thread.free_us <= at_us;
        let Some(number) = self.threads.iter().position(free) else {
            return;
        };
        self.begun += 1;
        self.next_us = match self.plan.rate {
            Rate::Max => at_us,
            Rate::PerSecond(rate) => {
                let period = SECOND_US / u64::from(rate.max(1));
                (self.next_us + period).max(at_us.saturating_sub(BEHIND_US))
            }
        };
        let Plan {
            operation,
            key,
            label,
            ..
        } = &self.plan;
        let request = Request {
            command: operation.command(*key, label, self.begun),
            begun_us: at_us,
            attempts: 0,
            rounds: 0,
            tried: Vec::new(),
            state: State::Waiting(at_us),
        };
        if *operation == Operation::GenerateAes && !self.pool.can_make_keys() {
            self.fail(number, &ClientError::Unavailable(None), at_us);
            return;
        }
        self.send(number, request, at_us, link);
    }

    fn send(&mut self, number: usize, mut request: Request, at_us: u64, link: &mut dyn Link) {
        request.attempts += 1;
        let sent = self
            .pool
            .send(&request.command, &request.tried, at_us, link);
        match sent {
            Some(sent) => {
                request.state = State::Sent(Box::new(sent), at_us);
                if let Some(thread) = self.threads.get_mut(number) {
                    thread.request = Some(request);
                }
            }
            None => self.again(number, request, &ClientError::Disconnected, at_us, link),
        }
    }

    /// Handles a request that has its answer or must be sent again.
    fn go_on(&mut self, number: usize, mut request: Request, at_us: u64, link: &mut dyn Link) {
        let State::Sent(sent, sent_us) = &request.state else {
            return self.send(number, request, at_us, link);
        };
        let (sent, sent_us) = (Sent::clone(sent), *sent_us);
        let address = sent.address;
        let answer: Option<Answer> = self.pool.settle(sent, at_us, link);
        match answer {
            Some(Ok(reply)) => {
                let end_us = match reply {
                    Reply::Key(key) if self.plan.operation == Operation::GenerateAes => {
                        self.pool.spread(key.handle, address, at_us, link)
                    }
                    _ => at_us,
                };
                let waited = end_us.saturating_sub(request.begun_us);
                let took = at_us.saturating_sub(sent_us);
                self.interval.done(address, took, waited);
                self.total.done(address, took, waited);
                self.seen.operations += 1;
                self.seen.latency_us = self.seen.latency_us.saturating_add(waited);
                self.free(number, end_us);
            }
            // An HSM may not have a new key yet (User Guide, "working-client-sync").
            Some(Err(fault @ (Fault::Busy | Fault::NoSuchKey))) => {
                request.tried.push(address);
                self.again(number, request, &fault.into(), at_us, link);
            }
            Some(Err(fault)) => self.fail(number, &fault.into(), at_us),
            None => {
                request.tried.push(address);
                self.again(number, request, &ClientError::Disconnected, at_us, link);
            }
        }
    }

    /// Retries after a temporary failure: at once on another HSM, or later if there is none.
    fn again(
        &mut self,
        number: usize,
        mut request: Request,
        why: &ClientError,
        at_us: u64,
        link: &mut dyn Link,
    ) {
        if !self.pool.retries() || request.attempts >= ATTEMPTS_MAX {
            return self.fail(number, why, at_us);
        }
        self.interval.retries += 1;
        self.total.retries += 1;
        if self.pool.has_other(&request.tried, at_us) {
            return self.send(number, request, at_us, link);
        }
        // All have been tried: start over after a pause that differs from thread to thread.
        request.tried.clear();
        let base = BACK_OFF_US << request.rounds.min(DOUBLINGS_MAX);
        request.rounds += 1;
        let spread = u64::try_from(number).unwrap_or_default() % SPREAD;
        let pause = base + base * spread / SPREAD;
        request.state = State::Waiting(at_us.saturating_add(pause));
        if let Some(thread) = self.threads.get_mut(number) {
            thread.request = Some(request);
        }
    }

    /// Reports an error to the application.
    fn fail(&mut self, number: usize, why: &ClientError, at_us: u64) {
        self.interval.errors += 1;
        self.total.errors += 1;
        self.seen.errors += 1;
        let call = self.plan.operation.call();
        self.last_error = Some(format!("{call}: {}", texts::cause(why)));
        self.free(number, at_us.saturating_add(REST_US));
    }

    fn free(&mut self, number: usize, from_us: u64) {
        if let Some(thread) = self.threads.get_mut(number) {
            thread.request = None;
            thread.free_us = from_us;
        }
    }

    fn report(&mut self, at_us: u64) {
        let line = self.interval.line(at_us, self.pool.addresses());
        self.printed.push_str(&line);
        if let Some(error) = self.last_error.take() {
            self.printed.push_str(&format!("          {error}\n"));
        }
        self.last = std::mem::take(&mut self.interval);
        self.keep(at_us, false);
    }

    /// Keeps the totals for the report file.
    fn keep(&mut self, at_us: u64, ended: bool) {
        let micros = at_us.saturating_sub(self.start_us);
        let operation = self.plan.operation.name();
        self.report_file = Some(self.total.json(operation, micros, &self.last, ended));
    }

    fn finish(&mut self, at_us: u64, link: &mut dyn Link) {
        if self.interval.operations + self.interval.errors > 0 {
            self.report(at_us);
        }
        let micros = at_us.saturating_sub(self.start_us);
        let summary = self.total.summary(micros);
        self.printed.push_str(&summary);
        self.keep(at_us, true);
        self.pool.close(link);
        self.ended = Some(i32::from(self.total.errors > 0));
    }

    fn turn(&mut self) -> Turn {
        Turn {
            printed: std::mem::take(&mut self.printed),
            report: self.report_file.take(),
            next: match self.ended {
                Some(status) => Next::Ended(status),
                None => Next::At(SimTime::from_unix_ms(self.due_us() / 1000)),
            },
            seen: std::mem::take(&mut self.seen),
        }
    }
}

impl Job for Load {
    fn run(&mut self, link: &mut dyn Link) -> Turn {
        // All microseconds of the current millisecond.
        let until_us = link
            .now()
            .unix_ms()
            .saturating_mul(1000)
            .saturating_add(999);
        while self.ended.is_none() {
            let at_us = self.due_us();
            if at_us > until_us {
                break;
            }
            self.step(at_us, link);
        }
        self.turn()
    }

    fn end(&mut self, link: &mut dyn Link) -> Turn {
        if self.ended.is_none() {
            self.finish(link.now().unix_ms().saturating_mul(1000), link);
        }
        self.turn()
    }

    fn boxed_clone(&self) -> Box<dyn Job> {
        Box::new(self.clone())
    }
}
