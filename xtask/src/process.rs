//! Running one program: its output live on the terminal, in a log file and in memory, and an end to waiting.
//!
//! Each program runs in a process group of its own, so that whatever it started ends with it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context;

use crate::environment;

/// How long output is awaited after the program itself has ended: something that left the group may hold the pipe.
const PIPE_GRACE: Duration = Duration::from_secs(10);

/// A program to run.
pub(crate) struct Job {
    program: PathBuf,
    arguments: Vec<String>,
    folder: Option<PathBuf>,
    variables: Vec<(String, PathBuf)>,
    timeout: Duration,
}

/// How a program ended, and what it said.
pub(crate) struct Ran {
    /// Why it counts as failed; `None` where it ended with code 0.
    pub(crate) failure: Option<String>,
    /// Standard output and standard error, line by line as they came.
    pub(crate) lines: Vec<String>,
}

impl Job {
    /// A program with its arguments; it may take half an hour.
    pub(crate) fn new(program: impl Into<PathBuf>, arguments: &[&str]) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            folder: None,
            variables: Vec::new(),
            timeout: Duration::from_mins(30),
        }
    }

    /// Runs in `folder` instead of the workspace.
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_path_buf());
        self
    }

    /// Adds an environment variable.
    pub(crate) fn with(mut self, name: &str, value: impl Into<PathBuf>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// Kills the program's whole group after this time. Not a measure of speed: only an end to a hang.
    pub(crate) fn at_most(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The line that a person would type.
    pub(crate) fn line(&self) -> String {
        let program = self.program.file_name().unwrap_or(self.program.as_os_str()).to_string_lossy();
        let line = std::iter::once(program.as_ref()).chain(self.arguments.iter().map(String::as_str));
        line.collect::<Vec<_>>().join(" ")
    }

    /// Runs the program to its end, showing its output and writing it to `log`.
    pub(crate) fn run(&self, log: &Path) -> anyhow::Result<Ran> {
        let log = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = self.command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot start `{}`", self.line()))?;
        let heard = Arc::new(Mutex::new(Heard { log, lines: Vec::new() }));
        let (done, readers) = mpsc::channel();
        listen(child.stdout.take().expect("stdout is piped"), std::io::stdout(), &heard, done.clone());
        listen(child.stderr.take().expect("stderr is piped"), std::io::stderr(), &heard, done);
        let failure = self.wait(child);
        // Nothing is ever sent: the channel closes when both readers have reached the end.
        let _ = readers.recv_timeout(PIPE_GRACE);
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Ran { failure, lines: std::mem::take(&mut heard.lines) })
    }

    /// Runs the program silently; its output where it ended with code 0.
    pub(crate) fn answer(&self) -> Option<String> {
        let output = self.command().stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null()).process_group(0);
        for name in environment::cargo_leftovers() {
            command.env_remove(name);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }

    /// Waits for the end, or makes it; then ends what the program left running.
    fn wait(&self, mut child: Child) -> Option<String> {
        let group = child.id();
        let (ended, end) = mpsc::channel();
        thread::spawn(move || ended.send(child.wait()));
        let failure = match end.recv_timeout(self.timeout) {
            Ok(Ok(status)) if status.success() => None,
            Ok(Ok(status)) => Some(format!("`{}` ended with {status}", self.line())),
            Ok(Err(error)) => Some(format!("`{}` could not be waited for: {error}", self.line())),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                Some(format!("`{}` was killed after {} minutes", self.line(), self.timeout.as_secs() / 60))
            }
        };
        kill_group(group);
        failure
    }
}

/// What a program said so far.
struct Heard {
    log: File,
    lines: Vec<String>,
}

fn listen<R, W>(from: R, mut to: W, heard: &Arc<Mutex<Heard>>, done: mpsc::Sender<()>)
where
    R: Read + Send + 'static,
    W: Write + Send + 'static,
{
    let heard = Arc::clone(heard);
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut bytes = Vec::new();
        while from.read_until(b'\n', &mut bytes).is_ok_and(|length| length > 0) {
            // A closed terminal or a full disk must not stop the reading, or the program would hang on its pipe.
            let _ = to.write_all(&bytes).and_then(|()| to.flush());
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = heard.log.write_all(&bytes);
            heard.lines.push(String::from_utf8_lossy(&bytes).trim_end().to_owned());
            bytes.clear();
        }
        drop(done);
    });
}

/// Ends every process of the group; none may be left, which is as good.
fn kill_group(group: u32) {
    let _ = Command::new("kill")
        .args(["-KILL", "--", &format!("-{group}")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, script: &str, timeout: Duration) -> Ran {
        let log = std::env::temp_dir().join(format!("xtask-{}-{name}.log", std::process::id()));
        let ran = Job::new("sh", &["-c", script]).at_most(timeout).run(&log).unwrap();
        let logged = std::fs::read_to_string(&log).unwrap();
        std::fs::remove_file(&log).unwrap();
        assert_eq!(logged.lines().count(), ran.lines.len());
        ran
    }

    #[test]
    fn both_outputs_are_heard_and_the_code_is_told() {
        let ran = run("both", "echo out; echo err >&2; exit 3", Duration::from_mins(1));
        assert_eq!(
            ran.failure.as_deref(),
            Some("`sh -c echo out; echo err >&2; exit 3` ended with exit status: 3")
        );
        let mut lines = ran.lines;
        lines.sort();
        assert_eq!(lines, ["err", "out"]);
    }

    #[test]
    fn a_hang_ends_with_everything_it_started() {
        let ran = run("hang", "sleep 600 & echo started; sleep 600", Duration::from_secs(2));
        assert!(ran.failure.is_some_and(|reason| reason.contains("was killed")));
        assert_eq!(ran.lines, ["started"]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_left_behind_ends_with_the_program() {
        let ran = run("left", "sleep 600 & echo $!", Duration::from_mins(1));
        assert_eq!(ran.failure, None);
        let stat = format!("/proc/{}/stat", ran.lines[0]);
        // Its death is certain but not instant, and a dead process may wait as a zombie for a slow parent.
        let is_dead = || std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
        let died = (0..500).any(|_| {
            is_dead() || {
                thread::sleep(Duration::from_millis(20));
                false
            }
        });
        assert!(died, "{stat} is still there");
    }

    #[test]
    fn a_missing_program_is_an_error_not_a_panic() {
        let log = std::env::temp_dir().join(format!("xtask-{}-missing.log", std::process::id()));
        assert!(Job::new("no-such-program-here", &[]).run(&log).is_err());
        assert_eq!(Job::new("no-such-program-here", &[]).answer(), None);
        std::fs::remove_file(log).unwrap();
    }
}
