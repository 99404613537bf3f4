//! `cargo xtask serve`: a development server from a fresh clone.

use anyhow::Result;
use clap::Args;

use crate::guests::{self, Which};
use crate::process::Run;
use crate::project::Project;

#[derive(Args)]
pub struct Options {
    /// Passed on to `wasmoat serve`, for example `--listen 0.0.0.0:8065`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Builds the plugins and the server, then becomes `wasmoat serve --dev`.
pub fn run(project: &Project, options: &Options) -> Result<()> {
    guests::build(project, Which::Plugins)?;
    Run::cargo().args(["build", "-p", "wasmoat-cli"]).folder(&project.root).run()?;
    eprintln!("{}", notice(&options.args));
    Run::new(server(project)).args(["serve", "--dev"]).args(&options.args).become_it()
}

/// The program that `cargo build -p wasmoat-cli` leaves.
pub fn server(project: &Project) -> std::path::PathBuf {
    project.target.join("debug").join(format!("wasmoat{}", std::env::consts::EXE_SUFFIX))
}

fn notice(args: &[String]) -> String {
    format!(
        "\nThe server listens on http://{}; stop it with Ctrl-C.\n\
         --dev: uploads and sign-up are open, enabling a plugin grants what it asks for, logs are text.\n\
         Never run it so where strangers can reach it. The plugins are in target/plugins/.\n",
        address(args)
    )
}

/// The address that the arguments name, or the default of `wasmoat serve`.
fn address(args: &[String]) -> &str {
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--listen" {
            return args.next().map_or("", |address| address);
        }
        if let Some(address) = arg.strip_prefix("--listen=") {
            return address;
        }
    }
    "127.0.0.1:8065"
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn the_notice_names_the_address_that_is_used() {
        let args = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(address(&args(&[])), "127.0.0.1:8065");
        assert_eq!(address(&args(&["--data", "x", "--listen", "[::1]:1"])), "[::1]:1");
        assert_eq!(address(&args(&["--listen=0.0.0.0:80"])), "0.0.0.0:80");
    }
}
