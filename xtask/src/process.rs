//! Running other programs: shown before they run, failures named by what was run.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead as _, BufReader, ErrorKind, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// A program to run.
pub struct Run {
    command: Command,
    shown: Vec<String>,
    quiet: bool,
}

impl Run {
    /// A program by name or path.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        let name = Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned();
        Self { command: Command::new(program), shown: vec![name], quiet: false }
    }

    /// The cargo that runs this program, as a person would run it. What it has told this program of
    /// its package must not be told on: build scripts look at it, and whatever stands on `ring` would
    /// be compiled anew each time that a person's cargo and this one take turns.
    pub fn cargo() -> Self {
        let cargo = Self::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
        let of_this_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        let told = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        told.filter(|name| of_this_package(name)).fold(cargo, |cargo, name| cargo.without_env(&name))
    }

    /// Adds one argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.shown.push(arg.as_ref().to_string_lossy().into_owned());
        self.command.arg(arg);
        self
    }

    /// Adds arguments.
    pub fn args<A: AsRef<OsStr>>(self, args: impl IntoIterator<Item = A>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes an environment variable away.
    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Runs in this folder.
    pub fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Does not show what is run.
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// Runs it on this terminal; an error unless it succeeds.
    pub fn run(mut self) -> Result<()> {
        self.announce();
        let status = self.command.status().with_context(|| self.cannot_start())?;
        if !status.success() {
            bail!("`{}` failed ({status})", self.shown.join(" "));
        }
        Ok(())
    }

    /// Runs it and returns what it printed.
    pub fn output(mut self) -> Result<String> {
        self.announce();
        let output = self.command.stderr(Stdio::inherit()).output().with_context(|| self.cannot_start())?;
        if !output.status.success() {
            bail!("`{}` failed ({})", self.shown.join(" "), output.status);
        }
        String::from_utf8(output.stdout).context("the output is not UTF-8")
    }

    /// Runs it, passing each line that it prints on to `each` and, unless it is quiet, to the
    /// terminal; true when it succeeded.
    pub fn lines(mut self, mut each: impl FnMut(&str)) -> Result<bool> {
        self.announce();
        let mut child = self.command.stdout(Stdio::piped()).spawn().with_context(|| self.cannot_start())?;
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).split(b'\n') {
                let line = line?;
                let line = String::from_utf8_lossy(&line);
                if !self.quiet {
                    println!("{line}");
                }
                each(&line);
            }
        }
        Ok(child.wait()?.success())
    }

    /// Whether the program is there: it starts and succeeds, and prints nowhere.
    pub fn succeeds(mut self) -> Result<bool> {
        match self.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status() {
            Ok(status) => Ok(status.success()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error).with_context(|| self.cannot_start()),
        }
    }

    /// Becomes the program, so that signals reach it and nothing stands between. Returns only
    /// when that fails, or after the program has ended where a process can't be replaced.
    pub fn become_it(mut self) -> Result<()> {
        self.announce();
        #[cfg(unix)]
        {
            let error = std::os::unix::process::CommandExt::exec(&mut self.command);
            Err(error).with_context(|| self.cannot_start())
        }
        #[cfg(not(unix))]
        {
            self.quiet = true;
            self.run()
        }
    }

    fn announce(&self) {
        if !self.quiet {
            let (dim, normal) = if io::stderr().is_terminal() { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
            eprintln!("     {dim}$ {}{normal}", self.shown.join(" "));
        }
    }

    fn cannot_start(&self) -> String {
        format!("cannot start `{}`", self.shown.join(" "))
    }
}

/// Finds a program on the `PATH`.
pub fn find(program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(&name)).find(|path| path.is_file())
}
