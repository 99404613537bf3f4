//! Asking the web address of a stored command.
//!
//! Time and size are bounded, redirects are not followed, and addresses inside the own network are
//! refused unless the configuration names them: whoever may make a command must not be able to
//! make the server fetch what only the server can reach.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use futures::StreamExt as _;
use reqwest::{Url, header};
use wasmoat_model::{AppError, Command, CommandArgs, CommandResponse};
use wasmoat_runtime::CallContext;

use crate::Core;

/// Longest answer, in bytes.
const RESPONSE_LIMIT: usize = 1024 * 1024;

fn failed(trigger: &str, reason: impl std::fmt::Display) -> AppError {
    let text = format!("Command with a trigger of '{trigger}' failed.");
    AppError::new("ExecuteCommand", "api.command.execute_command.failed.app_error", 500, text).detail(reason)
}

impl Core {
    pub(super) async fn ask_custom_command(
        &self,
        _cx: &CallContext,
        command: &Command,
        args: &CommandArgs,
        message: &str,
    ) -> Result<CommandResponse, AppError> {
        let form = self.form(command, args, message).await?;
        let url = Url::parse(&command.url).map_err(|error| failed(&command.trigger, error))?;
        let client = self.outgoing_client(&url).await.map_err(|reason| failed(&command.trigger, reason))?;
        let request = if command.method == "G" {
            client.get(url).query(&form)
        } else {
            let body: String = Url::parse_with_params("http://form/", &form)
                .map(|url| url.query().unwrap_or_default().to_owned())
                .map_err(|error| failed(&command.trigger, error))?;
            client.post(url).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
        };
        let answer = request
            .header(header::ACCEPT, "application/json")
            .header(header::AUTHORIZATION, format!("Token {}", command.token))
            .send()
            .await
            .map_err(|error| failed(&command.trigger, error.without_url()))?;
        let status = answer.status();
        let json = answer
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json"));
        let body = read(answer).await.map_err(|reason| failed(&command.trigger, reason))?;
        if !status.is_success() {
            let text = format!("Command with a trigger of '{}' returned response {status}.", command.trigger);
            return Err(AppError::new(
                "ExecuteCommand",
                "api.command.execute_command.failed_resp.app_error",
                500,
                text,
            ));
        }
        if json {
            return serde_json::from_str(&body).map_err(|error| failed(&command.trigger, error));
        }
        Ok(CommandResponse { text: body, ..CommandResponse::default() })
    }

    async fn form(
        &self,
        command: &Command,
        args: &CommandArgs,
        message: &str,
    ) -> Result<Vec<(&'static str, String)>, AppError> {
        let channel = self.get_channel(&args.channel_id).await?;
        let team = self.get_team(&args.team_id).await?;
        let user = self.get_user(&args.user_id).await?;
        Ok(vec![
            ("token", command.token.clone()),
            ("team_id", team.id),
            ("team_domain", team.name),
            ("channel_id", channel.id),
            ("channel_name", channel.name),
            ("user_id", user.id),
            ("user_name", user.username),
            ("command", format!("/{}", command.trigger)),
            ("text", message.to_owned()),
            ("root_id", args.root_id.clone()),
            ("trigger_id", args.trigger_id.clone()),
        ])
    }

    /// A client that can reach this address and no other, unless it may not be reached.
    pub(crate) async fn outgoing_client(&self, url: &Url) -> Result<reqwest::Client, String> {
        let host = url.host_str().ok_or("the address has no host")?.trim_matches(['[', ']']).to_owned();
        let port = url.port_or_known_default().ok_or("the address has no port")?;
        let config = self.config.get();
        let allowed = config.text("ServiceSettings.AllowedUntrustedInternalConnections").to_owned();
        let seconds = u64::try_from(config.number("ServiceSettings.OutgoingIntegrationRequestsTimeout")).unwrap_or(30);
        drop(config);
        let found =
            tokio::net::lookup_host((host.as_str(), port)).await.map_err(|error| format!("`{host}`: {error}"))?;
        let addresses: Vec<SocketAddr> = found.filter(|address| may_reach(&host, address.ip(), &allowed)).collect();
        if addresses.is_empty() {
            return Err(format!(
                "`{host}` is inside the own network; setting `ServiceSettings.AllowedUntrustedInternalConnections` can allow it"
            ));
        }
        crate::tls::install();
        // Resolved once: a name must not become another address after it was checked.
        reqwest::Client::builder()
            .resolve_to_addrs(&host, &addresses)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(seconds))
            .build()
            .map_err(|error| error.to_string())
    }
}

/// The body of an answer, up to a limit.
pub(crate) async fn read(answer: reqwest::Response) -> Result<String, String> {
    let mut body = Vec::new();
    let mut stream = answer.bytes_stream();
    while let Some(chunk) = stream.next().await {
        body.extend_from_slice(&chunk.map_err(|error| error.without_url().to_string())?);
        if body.len() > RESPONSE_LIMIT {
            return Err(format!("the answer is longer than {RESPONSE_LIMIT} bytes"));
        }
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// Whether an address is a public one, or is named by the setting: as a host, an address or a
/// network like `10.0.0.0/8`, separated by spaces or commas.
fn may_reach(host: &str, address: IpAddr, allowed: &str) -> bool {
    let address = address.to_canonical();
    is_public(address)
        || allowed
            .split([' ', ','])
            .filter(|entry| !entry.is_empty())
            .any(|entry| entry.eq_ignore_ascii_case(host) || in_network(address, entry))
}

fn in_network(address: IpAddr, network: &str) -> bool {
    let (base, bits) = network.split_once('/').map_or((network, None), |(base, bits)| (base, Some(bits)));
    let Ok(base) = base.parse::<IpAddr>() else { return false };
    let width: u32 = if base.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Ok(width), str::parse::<u32>);
    let Some(shift) = bits.ok().and_then(|bits| width.checked_sub(bits)) else { return false };
    // All bits shifted out: nothing is left that could differ.
    match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            u32::from(base).checked_shr(shift) == u32::from(address).checked_shr(shift)
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => {
            u128::from(base).checked_shr(shift) == u128::from(address).checked_shr(shift)
        }
        _ => false,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let special = a == 0 || a >= 240 || (a == 192 && b == 0 && c == 0) || (a == 198 && matches!(b, 18 | 19));
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || shared
        || special)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let local = (first & 0xfe00) == 0xfc00 || (first & 0xffc0) == 0xfe80;
    // Addresses that stand for IPv4 ones, or lead to them.
    let mapped =
        first == 0 || (first == 0x64 && second == 0xff9b) || first == 0x2002 || (first == 0x2001 && second < 0x200);
    let documentation = first == 0x2001 && second == 0xdb8;
    !(address.is_loopback() || address.is_unspecified() || address.is_multicast() || local || mapped || documentation)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(address: &str, allowed: &str) -> bool {
        may_reach("intranet", address.parse().unwrap(), allowed)
    }

    #[test]
    fn the_own_network_is_out_of_reach() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
        ] {
            assert!(!reach(address, ""), "{address}");
        }
        for address in ["93.184.216.34", "2606:2800:220:1::1"] {
            assert!(reach(address, ""), "{address}");
        }
    }

    #[test]
    fn the_setting_opens_hosts_addresses_and_networks() {
        assert!(reach("10.1.2.3", "10.0.0.0/8"));
        assert!(!reach("10.1.2.3", "10.0.0.0/33"), "no network");
        assert!(!reach("192.168.0.1", "10.0.0.0/8"));
        assert!(reach("127.0.0.1", "other, 127.0.0.1"));
        assert!(reach("127.0.0.1", "Intranet"));
        assert!(reach("fd00::7", "fd00::/8"));
        assert!(!reach("127.0.0.1", "elsewhere"));
    }
}
