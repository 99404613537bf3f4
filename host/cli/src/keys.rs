//! `wasmoat keys …`: keys that plugins are signed with.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use minisign::KeyPair;

use crate::failure::Failure;
use crate::private_file;
use crate::terminal::{self, ask_password, password_from_stdin};

/// Where a script puts the password of a key.
const PASSWORD_VARIABLE: &str = "WASMOAT_KEY_PASSWORD";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a key to sign plugins with
    Generate(Generate),
}

/// Arguments of `wasmoat keys generate`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Generate {
    /// Name of the key: writes NAME.key, which is secret, and NAME.pub
    #[arg(value_name = "NAME", default_value = "wasmoat")]
    name: PathBuf,

    /// Keep the secret key without a password
    #[arg(long, conflicts_with = "password_stdin")]
    no_password: bool,

    #[command(flatten)]
    password: Password,
}

const EXAMPLES: &str = "\
The files are those of minisign (https://jedisct1.github.io/minisign/). Keep NAME.key to yourself.
A server trusts NAME.pub when the file lies in the folder of its configuration and stands in
PluginSettings.SignaturePublicKeyFiles.

Environment:
  WASMOAT_KEY_PASSWORD is the key's password where nobody can be asked.

Examples:
      wasmoat keys generate ada
      wasmoat plugin sign word-filter.wasm --key ada.key";

/// How the password of a key comes in.
#[derive(Debug, clap::Args)]
pub struct Password {
    /// Read the key's password from standard input instead of asking for it
    #[arg(long)]
    password_stdin: bool,
}

impl Password {
    /// The password of a key that is there.
    pub fn get(&self, key: &Path) -> Result<String, Failure> {
        self.given(&format!("Password of {}", key.display()))
    }

    fn given(&self, question: &str) -> Result<String, Failure> {
        match from_environment() {
            _ if self.password_stdin => password_from_stdin(),
            Some(password) => Ok(password),
            None => ask_password(question),
        }
    }

    /// The password of a new key, asked for twice.
    fn choose(&self) -> Result<String, Failure> {
        let password = self.given("Password of the new key")?;
        let typed = !self.password_stdin && from_environment().is_none();
        if typed && ask_password("The same again")? != password {
            return Err(Failure::new("the two passwords differ"));
        }
        Ok(password)
    }
}

fn from_environment() -> Option<String> {
    std::env::var(PASSWORD_VARIABLE).ok().filter(|password| !password.is_empty())
}

/// Runs a command.
pub fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Generate(args) => generate(&args),
    }
}

fn generate(args: &Generate) -> Result<(), Failure> {
    let (secret, public) = (with_ending(&args.name, "key"), with_ending(&args.name, "pub"));
    for path in [&secret, &public] {
        if path.exists() {
            return Err(Failure::new(format!("{} is there already", path.display()))
                .hint("a key is never written over; choose another name"));
        }
    }
    let pair = if args.no_password {
        KeyPair::generate_unencrypted_keypair()
    } else {
        KeyPair::generate_encrypted_keypair(Some(args.password.choose()?))
    };
    let failed = |error: minisign::PError| Failure::new(format!("cannot make the key: {error}"));
    let pair = pair.map_err(failed)?;
    let public_text = pair.pk.to_box().map_err(failed)?.to_string();
    let secret_text = pair.sk.to_box(None).map_err(failed)?.to_string();
    write(&secret, &secret_text)?;
    write(&public, &public_text)?;
    terminal::print(&format!("made {} and {}", secret.display(), public.display()))?;
    Ok(())
}

/// The path with an ending more, whatever dots are in its name.
pub fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let written = private_file::create(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())))
}
