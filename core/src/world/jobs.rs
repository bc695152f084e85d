//! Jobs: background programs on a host that act as time passes, each at its own time.

use std::collections::BTreeMap;

use super::World;
use super::hosts::is_cloudshell;
use hsmlab_aws::ec2::compute::InstanceState;
use hsmlab_shell::Sys as _;
use hsmlab_shell::job::{Job, News, Next, Turn};
use hsmlab_sim::SimTime;

/// Maximum number of jobs at one time.
const JOBS_MAX: usize = 16;
/// Maximum size of a job's unread output: beyond that the latest lines are kept.
const OUTPUT_BYTES_MAX: usize = 64 * 1024;

/// All jobs, by number.
#[derive(Clone, Default)]
pub(super) struct Jobs {
    next: u64,
    all: BTreeMap<u64, Entry>,
}

#[derive(Clone)]
struct Entry {
    host: String,
    /// `None` while it runs, and after it has ended.
    job: Option<Box<dyn Job>>,
    due: SimTime,
    printed: String,
    report: Option<String>,
    ended: Option<i32>,
}

impl Entry {
    /// Records the result of a job's turn; returns whether there is news.
    fn record(&mut self, turn: &Turn, now: SimTime) -> bool {
        self.printed.push_str(&turn.printed);
        if self.printed.len() > OUTPUT_BYTES_MAX {
            let from = self.printed.len() - OUTPUT_BYTES_MAX;
            let bytes = self.printed.as_bytes();
            let cut = bytes.iter().skip(from).position(|byte| *byte == b'\n');
            self.printed = cut
                .and_then(|cut| self.printed.get(from + cut + 1..))
                .unwrap_or_default()
                .to_owned();
        }
        if turn.report.is_some() {
            self.report.clone_from(&turn.report);
        }
        match turn.next {
            // Never twice at the same time: otherwise time could not advance.
            Next::At(at) => self.due = at.max(now + hsmlab_sim::SimDuration::from_ms(1)),
            Next::Ended(status) => self.ended = Some(status),
        }
        !turn.printed.is_empty() || self.ended.is_some()
    }
}

impl Jobs {
    /// Returns the job that is due first, and when.
    pub(super) fn next_due(&self) -> Option<(SimTime, u64)> {
        self.all
            .iter()
            .filter(|(_, entry)| entry.ended.is_none())
            .map(|(number, entry)| (entry.due, *number))
            .min()
    }

    fn take_news(&mut self, number: u64) -> Option<News> {
        let entry = self.all.get_mut(&number)?;
        let news = News {
            printed: std::mem::take(&mut entry.printed),
            report: entry.report.take(),
            ended: entry.ended,
        };
        if news.ended.is_some() {
            self.all.remove(&number);
        }
        Some(news)
    }
}

/// The result of a job's turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// It printed something, or ended.
    pub(super) news: bool,
    /// It ended.
    pub(super) ended: bool,
}

impl World {
    /// Starts a job on a host.
    pub(super) fn add_job(&mut self, host: &str, job: Box<dyn Job>) -> Option<u64> {
        if self.jobs.all.len() >= JOBS_MAX {
            return None;
        }
        self.jobs.next += 1;
        let number = self.jobs.next;
        let entry = Entry {
            host: host.to_owned(),
            job: Some(job),
            due: self.now,
            printed: String::new(),
            report: None,
            ended: None,
        };
        self.jobs.all.insert(number, entry);
        Some(number)
    }

    /// Returns the news of a job.
    pub(super) fn news_of_job(&mut self, number: u64) -> Option<News> {
        self.jobs.take_news(number)
    }

    /// Runs a job's work that is due now.
    pub(super) fn run_job(&mut self, number: u64) -> Told {
        self.with_job(number, |job, link| job.run(link))
    }

    /// Ends a job.
    pub(super) fn stop_job(&mut self, number: u64) -> Option<News> {
        self.with_job(number, |job, link| job.end(link));
        let mut news = self.jobs.take_news(number)?;
        self.jobs.all.remove(&number);
        news.ended = news.ended.or(Some(0));
        Some(news)
    }

    fn with_job(
        &mut self,
        number: u64,
        act: impl FnOnce(&mut dyn Job, &mut dyn hsmlab_client::Link) -> Turn,
    ) -> Told {
        let Some(entry) = self.jobs.all.get_mut(&number) else {
            return Told::default();
        };
        let Some(mut job) = entry.job.take() else {
            return Told::default();
        };
        let host = entry.host.clone();
        if !self.can_work(&host) {
            // Its terminal is lost too: no one asks for its news.
            self.fabric.close_host(&mut self.fleet, &host);
            self.jobs.all.remove(&number);
            return Told {
                news: true,
                ended: true,
            };
        }
        let turn = {
            let mut link = self.link(&host);
            act(&mut *job, &mut *link)
        };
        self.note_seen(turn.seen);
        let now = self.now;
        let Some(entry) = self.jobs.all.get_mut(&number) else {
            return Told::default();
        };
        let news = entry.record(&turn, now);
        let ended = entry.ended.is_some();
        if !ended {
            entry.job = Some(job);
        }
        Told { news, ended }
    }

    /// True if a host is running and its zone is available.
    fn can_work(&self, host: &str) -> bool {
        is_cloudshell(host)
            || (self.lost_zone_of(host).is_none()
                && self
                    .instance(host)
                    .is_some_and(|(_, instance)| instance.state == InstanceState::Running))
    }
}
