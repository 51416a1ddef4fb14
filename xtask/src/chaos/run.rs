//! One run: start, load, kill, start, judge; then everything once more, and the figures.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::arguments::{Plan, Sabotage};
use super::book::{Book, Lines, RULES, Rule, audit_breach};
use super::http::{Http, Request, Target, encode};
use super::operator::{Operator, Service};
use super::person::Person;
use super::place::Place;
use super::random::Random;
use super::time::now;
use super::worker::{Look, Scene, TENANT, Tools, Worker};

/// Callers of each kind.
const PEOPLE: usize = 5;
const OPERATORS: usize = 3;
const SERVICES: usize = 2;
/// Every so many cycles the data is copied and checked.
const COPY_EVERY: u32 = 10;
/// Bytes that may be in the log right after a start, which folds what the kill left.
const MOST_LOG: u64 = 1024 * 1024;
/// Breaches that are printed.
const SHOWN: usize = 20;
/// A run that finds more has found enough.
const ENOUGH: usize = 200;

/// What a checker that is worth anything sees when acknowledged writes are lost.
const SEEN_AFTER_LOSS: [Rule; 4] =
    [Rule::AuditIsComplete, Rule::ChangeHolds, Rule::SessionHolds, Rule::TokenLives];

/// What a run came to.
pub(crate) struct Outcome {
    plan: Plan,
    lines: Lines,
    kills: u32,
    early_kills: u32,
    starts: Vec<Duration>,
    stop: Option<Duration>,
    took: Duration,
}

/// Runs a plan.
pub(crate) fn run(plan: &Plan, binary: &Path, root: &Path) -> anyhow::Result<Outcome> {
    let mut place = Place::new(&plan.folder(root), binary)?;
    let (address, _) = place.start()?;
    let mut scene = place.plant(address)?;
    // What was planted is no longer in the log, so that it can be lost without it.
    place.stop()?;
    scene.server = Target::Tcp(place.start()?.0);
    let book = Arc::new(Book::default());
    let tools = |number| Tools::new(number, plan.seed, &book, &scene);
    let mut workers: Vec<Box<dyn Worker>> = Vec::new();
    workers.extend((0..PEOPLE).map(|n| Box::new(Person::new(tools(n))) as Box<dyn Worker>));
    workers.extend((0..OPERATORS).map(|n| Box::new(Operator::new(tools(PEOPLE + n))) as Box<dyn Worker>));
    workers.extend((0..SERVICES).map(|n| Box::new(Service::new(tools(100 + n))) as Box<dyn Worker>));
    let mut stage = Stage {
        plan: plan.clone(),
        random: Random::new(plan.seed, 0),
        place,
        book,
        scene,
        workers,
        bar: bar(plan.cycles),
        kills: 0,
        early_kills: 0,
        starts: Vec::new(),
        told: 0,
    };
    let began = now();
    let stop = stage.play()?;
    stage.bar.finish_and_clear();
    Ok(Outcome {
        plan: plan.clone(),
        lines: stage.book.snapshot(),
        kills: stage.kills,
        early_kills: stage.early_kills,
        starts: stage.starts,
        stop,
        took: began.elapsed(),
    })
}

fn bar(cycles: u32) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{bar:30} {pos}/{len} cycles  {elapsed} of about {duration}  {msg}");
    ProgressBar::new(u64::from(cycles)).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

struct Stage {
    plan: Plan,
    random: Random,
    place: Place,
    book: Arc<Book>,
    scene: Scene,
    workers: Vec<Box<dyn Worker>>,
    bar: ProgressBar,
    kills: u32,
    early_kills: u32,
    starts: Vec<Duration>,
    /// Breaches that were told already.
    told: usize,
}

impl Stage {
    fn play(&mut self) -> anyhow::Result<Option<Duration>> {
        for cycle in 1..=self.plan.cycles {
            self.load_and_kill();
            if self.plan.sabotage == Sabotage::LoseLog {
                self.place.lose_log()?;
            }
            if !self.start_again() {
                return Ok(None);
            }
            let look = if cycle == self.plan.cycles { Look::Everything } else { Look::Recent };
            self.check(look);
            if cycle % COPY_EVERY == 0 || cycle == self.plan.cycles {
                self.copy(cycle);
            }
            let breaches = self.book.snapshot().breaches.len();
            self.bar.set_message(format!("{breaches} breaches"));
            self.bar.inc(1);
            if !std::io::stderr().is_terminal() && cycle % 50 == 0 {
                eprintln!("chaos: {cycle} of {} cycles, {breaches} breaches", self.plan.cycles);
            }
            if self.plan.sabotage == Sabotage::Nothing {
                self.tell_breaches();
            }
            if breaches >= ENOUGH {
                break;
            }
        }
        self.check_audit();
        let stopped = self.place.stop();
        let verdict = stopped.as_ref().map(drop).map_err(|error| format!("when asked to stop: {error:#}"));
        self.book.judge(Rule::EndsOnlyWhenKilled, verdict);
        if self.plan.sabotage == Sabotage::Nothing {
            self.check_backup();
        }
        Ok(stopped.ok())
    }

    /// A long run tells at once what it found.
    fn tell_breaches(&mut self) {
        let breaches = self.book.snapshot().breaches;
        for (rule, evidence) in breaches.iter().skip(self.told) {
            self.bar.suspend(|| eprintln!("chaos: {rule:?}: {evidence}"));
        }
        self.told = breaches.len();
    }

    /// All callers at once, until the server is killed under them.
    fn load_and_kill(&mut self) {
        let time = Duration::from_millis(30 + self.random.below(1500));
        let (book, place) = (&self.book, &mut self.place);
        thread::scope(|scope| {
            for worker in &mut self.workers {
                scope.spawn(move || {
                    while !book.is_dying.load(Ordering::SeqCst) {
                        worker.work();
                    }
                });
            }
            thread::sleep(time);
            book.is_dying.store(true, Ordering::SeqCst);
            let killed = place.kill().map_err(|error| format!("{error:#}"));
            book.judge(Rule::EndsOnlyWhenKilled, killed);
        });
        self.kills += 1;
    }

    /// Starts the server; now and then it is killed while it starts, and once more.
    fn start_again(&mut self) -> bool {
        while self.random.happens(15) {
            let time = Duration::from_millis(self.random.below(120));
            let killed = self.place.spawn().map(drop).and_then(|()| {
                thread::sleep(time);
                self.place.kill()
            });
            self.early_kills += 1;
            self.book.judge(
                Rule::EndsOnlyWhenKilled,
                killed.map_err(|error| format!("while starting: {error:#}")),
            );
        }
        let started = self.place.start();
        self.book.judge(
            Rule::EndsOnlyWhenKilled,
            started.as_ref().map(drop).map_err(|error| format!("after a kill: {error:#}")),
        );
        let Ok((address, took)) = started else { return false };
        self.starts.push(took);
        let size = self.place.log_size();
        let grown = format!("a start leaves {size} bytes in the log: it grows from kill to kill");
        self.book.judge(Rule::DataIsSound, if size < MOST_LOG { Ok(()) } else { Err(grown) });
        self.scene.server = Target::Tcp(address);
        self.book.is_dying.store(false, Ordering::SeqCst);
        for worker in &mut self.workers {
            worker.meet(&self.scene);
        }
        true
    }

    fn check(&mut self, look: Look) {
        thread::scope(|scope| {
            for worker in &mut self.workers {
                scope.spawn(move || worker.check(look));
            }
        });
    }

    /// Copies the data while the server runs. The copy has the same pages, and is checked whole.
    fn copy(&mut self, cycle: u32) {
        let file = self.place.folder().join(format!("copy-{cycle}.db"));
        let made = self.place.command(&["backup", &file.display().to_string()]);
        let verdict = made.map(drop).map_err(|error| format!("cycle {cycle}: {error:#}"));
        self.book.judge(Rule::DataIsSound, verdict);
        // The latest one is restored at the end.
        if cycle != self.plan.cycles {
            let _ = std::fs::remove_file(file);
        }
    }

    /// Restores the last copy into a new place, and asks it everything.
    fn check_backup(&mut self) {
        let file = self.place.folder().join(format!("copy-{}.db", self.plan.cycles));
        let verdict = self.restore(&file).map_err(|error| format!("{error:#}"));
        self.book.judge(Rule::BackupIsWhole, verdict);
    }

    fn restore(&mut self, file: &Path) -> anyhow::Result<()> {
        self.place.move_to("restored")?;
        self.place.command(&["restore", &file.display().to_string()])?;
        let (address, _) = self.place.start().context("the restored data")?;
        self.scene.server = Target::Tcp(address);
        self.scene.socket = Target::Socket(self.place.folder().join("restored").join("admin.sock"));
        for worker in &mut self.workers {
            worker.meet(&self.scene);
        }
        let before = self.book.snapshot().breaches.len();
        self.check(Look::Everything);
        self.check_audit();
        let after = self.book.snapshot().breaches.len();
        self.place.stop()?;
        anyhow::ensure!(after == before, "{} breaches in the restored data", after - before);
        Ok(())
    }

    /// Reads the whole audit log and compares.
    fn check_audit(&mut self) {
        let found = match self.audit_lines() {
            Ok(found) => found,
            Err(error) => {
                self.book
                    .judge(Rule::AuditIsComplete, Err(format!("the audit log cannot be read: {error:#}")));
                return;
            }
        };
        for (key, counts) in &self.book.snapshot().audit {
            let found = found.get(key).copied().unwrap_or_default();
            self.book.judge(Rule::AuditIsComplete, audit_breach(key, *counts, found));
        }
    }

    fn audit_lines(&self) -> anyhow::Result<BTreeMap<(String, String), u64>> {
        let mut http = Http::new(self.scene.socket.clone());
        let (mut found, mut cursor) = (BTreeMap::new(), String::new());
        loop {
            let path = format!("/admin/v1/tenants/{TENANT}/audit?limit=1000{cursor}");
            let answer = http.ask(&Request { method: "GET", path: &path, headers: &[], body: "" })?;
            anyhow::ensure!(answer.status == 200, "{} {}", answer.status, answer.body);
            let page = answer.json();
            for line in page["items"].as_array().into_iter().flatten() {
                let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
                *found.entry((text("action"), text("target"))).or_default() += 1;
            }
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={}", encode(next)),
                None => return Ok(found),
            }
        }
    }
}

impl Outcome {
    /// Whether the run found what it should: nothing, or under sabotage something.
    pub(crate) fn is_as_expected(&self, plan: &Plan) -> bool {
        match plan.sabotage {
            Sabotage::Nothing => {
                self.lines.breaches.is_empty() && RULES.iter().all(|(rule, _)| self.looked_at(*rule) > 0)
            }
            Sabotage::LoseLog => SEEN_AFTER_LOSS.iter().all(|rule| self.breaches_of(*rule) > 0),
        }
    }

    fn breaches_of(&self, rule: Rule) -> usize {
        self.lines.breaches.iter().filter(|(broken, _)| *broken == rule).count()
    }

    fn looked_at(&self, rule: Rule) -> u64 {
        self.lines.checks.get(&rule).copied().unwrap_or_default()
    }

    /// For people.
    pub(crate) fn report(&self) -> String {
        let mut out = format!(
            "chaos: {} kills under load and {} while starting, seed {}, {} s\n",
            self.kills,
            self.early_kills,
            self.plan.seed,
            self.took.as_secs()
        );
        let mut starts = self.starts.clone();
        starts.sort();
        if let (Some(last), Some(half)) = (starts.last(), starts.get(starts.len() / 2)) {
            let _ = writeln!(
                out,
                "  start after a kill: median {} ms, longest {} ms",
                half.as_millis(),
                last.as_millis()
            );
        }
        if let Some(stop) = self.stop {
            let _ = writeln!(out, "  stop when asked: {} ms", stop.as_millis());
        }
        out += "\n  operation              told    unknown  turned away\n";
        for (name, [told, unknown, away]) in &self.lines.operations {
            let _ = writeln!(out, "  {name:<20} {told:>7} {unknown:>10} {away:>12}");
        }
        out += "\n  checked   breaches  rule\n";
        for (rule, words) in RULES {
            let breaches = self.breaches_of(rule);
            let _ = writeln!(out, "  {:>7} {breaches:>10}  {words}", self.looked_at(rule));
        }
        for (rule, evidence) in self.lines.breaches.iter().take(SHOWN) {
            let _ = write!(out, "\n  {rule:?}: {evidence}");
        }
        if self.lines.breaches.len() > SHOWN {
            let _ = write!(out, "\n  and {} more", self.lines.breaches.len() - SHOWN);
        }
        out
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let rules: Vec<_> = RULES
            .iter()
            .map(|(rule, words)| {
                let breaches: Vec<_> = self
                    .lines
                    .breaches
                    .iter()
                    .filter(|(broken, _)| broken == rule)
                    .map(|(_, text)| text)
                    .collect();
                json!({ "rule": words, "checked": self.looked_at(*rule), "breaches": breaches })
            })
            .collect();
        json!({
            "kills": self.kills,
            "kills_while_starting": self.early_kills,
            "seed": self.plan.seed,
            "seconds": self.took.as_secs(),
            "operations": self.lines.operations,
            "rules": rules,
        })
    }
}
