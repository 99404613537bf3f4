//! `wasmoat login` and `wasmoat signup`: getting a token, and keeping it.

use console::Term;
use serde::Deserialize;
use serde_json::json;

use crate::failure::Failure;
use crate::remote::{Client, Credentials, Server};
use crate::terminal::{self, ask, ask_password, password_from_stdin, plain_line};

/// Arguments of `wasmoat login`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = LOGIN_EXAMPLES)]
pub struct Login {
    #[command(flatten)]
    server: Server,

    /// Username or e-mail address; asked for when it is missing
    #[arg(long, value_name = "ID")]
    login_id: Option<String>,

    #[command(flatten)]
    password: Password,
}

const LOGIN_EXAMPLES: &str = "\
The token is stored in the user's configuration folder (~/.config/wasmoat/credentials.json),
readable by the user alone, and used for this server only. It ends with the session.

Examples:
  Log in to the server on this machine; the password is asked for:
      wasmoat login --login-id admin

  Log in from a script:
      wasmoat login --server https://chat.example.org --login-id admin --password-stdin < password

  Do without: a personal access token in the environment needs no login:
      WASMOAT_TOKEN=... wasmoat plugin list --server https://chat.example.org";

/// Arguments of `wasmoat signup`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = SIGNUP_EXAMPLES)]
pub struct Signup {
    #[command(flatten)]
    server: Server,

    /// E-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: String,

    /// Username: letters, digits, `.`, `-` and `_`
    #[arg(long, value_name = "NAME")]
    username: String,

    #[command(flatten)]
    password: Password,
}

const SIGNUP_EXAMPLES: &str = "\
The first account of a server becomes its system administrator.

Examples:
      wasmoat signup --email admin@example.org --username admin
      wasmoat signup --email admin@example.org --username admin --password-stdin < password";

#[derive(Debug, clap::Args)]
struct Password {
    /// Read the password from standard input instead of asking for it
    #[arg(long)]
    password_stdin: bool,
}

impl Login {
    /// Logs in and stores the token.
    pub async fn run(self) -> Result<(), Failure> {
        let login_id = match self.login_id {
            Some(login_id) => login_id,
            None => ask("Username or e-mail address", "--login-id", Term::read_line)?,
        };
        warn_of_plain_http(&self.server);
        let password = self.password.get()?;
        log_in(&self.server, &self.server.connect()?, &login_id, &password).await
    }
}

impl Signup {
    /// Makes the account, logs in and stores the token.
    pub async fn run(self) -> Result<(), Failure> {
        warn_of_plain_http(&self.server);
        let password = self.password.get()?;
        let client = self.server.connect()?;
        let account = json!({ "email": self.email, "username": self.username, "password": password });
        client.post("users", &account).await?;
        terminal::print(&format!("made the account `{}`", self.username))?;
        log_in(&self.server, &client, &self.username, &password).await
    }
}

impl Password {
    fn get(&self) -> Result<String, Failure> {
        if self.password_stdin { password_from_stdin() } else { ask_password("Password") }
    }
}

fn warn_of_plain_http(server: &Server) {
    if server.is_exposed() {
        let text = format!("the password travels to {} unencrypted; use https where you can", server.address());
        terminal::note(&format!("{} {text}", terminal::bold("warning:")));
    }
}

#[derive(Deserialize)]
struct User {
    username: String,
}

async fn log_in(server: &Server, client: &Client, login_id: &str, password: &str) -> Result<(), Failure> {
    let credentials = Credentials::read()?;
    let body = json!({ "login_id": login_id, "password": password });
    let response = client.post("users/login", &body).await?;
    let token = response.headers().get("Token").and_then(|token| token.to_str().ok()).map(str::to_owned);
    let token = token.ok_or_else(|| {
        Failure::new(format!("the server at {} gave no token", server.address()))
            .hint("check that --server names a Wasmoat server")
    })?;
    let username = match response.json::<User>().await {
        Ok(user) => plain_line(&user.username),
        Err(_) => login_id.to_owned(),
    };
    let path = credentials.store(server.address(), &username, &token)?;
    terminal::print(&format!("logged in to {} as `{username}`; token stored in {}", server.address(), path.display()))?;
    Ok(())
}
