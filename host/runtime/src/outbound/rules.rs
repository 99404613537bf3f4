//! Which hosts a plugin may ask: the lines of `wasmoat.hosts`, parsed once.

use std::{fmt, net::IpAddr, str::FromStr};

use url::{Host, Url};

use super::address::{self, Reach};

/// One host that an admin allowed a plugin to ask: `[private:][http://]host[:port]`.
///
/// | rule | allows |
/// | --- | --- |
/// | `api.example.org` | `https` to this host, on port 443 |
/// | `api.example.org:8443` | `https` on this port, and on no other |
/// | `*.example.org` | every host below the domain, not the domain itself |
/// | `*` | every public host |
/// | `http://api.example.org` | plain `http`, on port 80; `https` has to be allowed beside it |
/// | `10.1.2.3:8443`, `[fd12::1]` | this very address, private or not, where the URL has it as an address |
/// | `private:wiki.corp.example` | the same host where its name leads into a private network |
/// | `private:http://localhost:11434` | plain `http` to this machine, on this port |
///
/// A name must lead to public addresses, all of them, unless its rule is `private:`. Then it may
/// also lead to loopback, private, shared (CGNAT) and unique local addresses, and still not to
/// link-local addresses and those that give out a cloud's metadata: these can be written as an
/// address only. `private:` needs a name: nobody means all private hosts.
///
/// Names are compared as DNS has them: in lower case, and international ones in their ASCII form.
/// A name with a dot at its end is a different name and matches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRule {
    scheme: Scheme,
    hosts: Hosts,
    port: u16,
    private: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Hosts {
    Any,
    /// Every name below this one.
    Below(String),
    Name(String),
    Address(IpAddr),
}

/// `https` or `http`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Https,
    Http,
}

impl Scheme {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }

    const fn port(self) -> u16 {
        match self {
            Self::Https => 443,
            Self::Http => 80,
        }
    }
}

/// A rule that means nothing, or more than it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "host `{rule}`: {reason}; a rule is like `api.example.org`, `*.example.org:8443`, `http://example.org` or `private:localhost:8443`"
)]
pub struct HostRuleError {
    /// As it was written.
    pub rule: String,
    /// What is wrong.
    pub reason: &'static str,
}

/// Longest rule: a DNS name has 253 characters.
const RULE_BYTES: usize = 300;

impl FromStr for HostRule {
    type Err = HostRuleError;

    fn from_str(text: &str) -> Result<Self, HostRuleError> {
        parse(text).map_err(|reason| HostRuleError { rule: text.chars().take(RULE_BYTES).collect(), reason })
    }
}

fn parse(text: &str) -> Result<HostRule, &'static str> {
    if text.len() > RULE_BYTES {
        return Err("it is too long");
    }
    let (private, rest) = text.strip_prefix("private:").map_or((false, text), |rest| (true, rest));
    let (scheme, rest) = match (rest.strip_prefix("http://"), rest.strip_prefix("https://")) {
        (Some(rest), _) => (Scheme::Http, rest),
        (None, Some(rest)) => (Scheme::Https, rest),
        (None, None) => (Scheme::Https, rest),
    };
    if rest.contains(|c: char| c.is_whitespace() || c.is_control() || "/\\?#@%".contains(c)) {
        return Err("it is a host with a port at most: no path, query, user or escape");
    }
    let hosts = match rest.strip_prefix('*') {
        Some(port) if port.is_empty() || port.starts_with(':') => {
            if private {
                return Err("`private:` needs a name");
            }
            // Any name will do to read the port.
            let port = port_of(&url_of(scheme, &format!("any{port}"))?)?;
            return Ok(HostRule { scheme, hosts: Hosts::Any, port, private });
        }
        Some(below) => Some(below.strip_prefix('.').ok_or("a `*` stands alone or before a dot")?),
        None => None,
    };
    let url = url_of(scheme, hosts.unwrap_or(rest))?;
    let port = port_of(&url)?;
    let hosts = match (url.host().ok_or("it is no host")?, hosts) {
        (Host::Domain(name), below) => {
            let name = checked(name)?;
            if below.is_some() { Hosts::Below(name) } else { Hosts::Name(name) }
        }
        (_, Some(_)) => return Err("there is nothing below an address"),
        (Host::Ipv4(v4), None) => Hosts::Address(IpAddr::V4(v4)),
        (Host::Ipv6(v6), None) => Hosts::Address(address::carried(IpAddr::V6(v6))),
    };
    if let Hosts::Address(ip) = hosts {
        if private {
            return Err("an address needs no `private:`: it grants what it is");
        }
        if matches!(address::reach(ip), Reach::Special("unspecified" | "multicast")) {
            return Err("this is the address of no host");
        }
    }
    Ok(HostRule { scheme, hosts, port, private })
}

/// The URL standard's parser, the same that reads a request's URL.
fn url_of(scheme: Scheme, host: &str) -> Result<Url, &'static str> {
    Url::parse(&format!("{}://{host}", scheme.name())).map_err(|_no_url| "it is no host")
}

fn checked(name: &str) -> Result<String, &'static str> {
    if name.contains('*') {
        return Err("a `*` stands alone or before a dot");
    }
    if name.split('.').any(str::is_empty) {
        return Err("a name has no empty part");
    }
    Ok(name.to_owned())
}

fn port_of(url: &Url) -> Result<u16, &'static str> {
    url.port_or_known_default().filter(|port| *port != 0).ok_or("a port is a number from 1 to 65535")
}

impl fmt::Display for HostRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.private {
            formatter.write_str("private:")?;
        }
        if self.scheme == Scheme::Http {
            formatter.write_str("http://")?;
        }
        match &self.hosts {
            Hosts::Any => formatter.write_str("*")?,
            Hosts::Below(name) => write!(formatter, "*.{name}")?,
            Hosts::Name(name) => formatter.write_str(name)?,
            Hosts::Address(IpAddr::V4(ip)) => write!(formatter, "{ip}")?,
            Hosts::Address(IpAddr::V6(ip)) => write!(formatter, "[{ip}]")?,
        }
        if self.port == self.scheme.port() { Ok(()) } else { write!(formatter, ":{}", self.port) }
    }
}

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) scheme: Scheme,
    pub(super) host: Host<String>,
    pub(super) port: u16,
}

impl Target {
    /// `None` where it is no `http` or `https` URL with a host.
    pub(super) fn of(url: &Url) -> Option<Self> {
        let scheme = match url.scheme() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            _ => return None,
        };
        let host = match url.host()? {
            Host::Domain("") => return None,
            Host::Ipv6(v6) => match address::carried(IpAddr::V6(v6)) {
                IpAddr::V4(v4) => Host::Ipv4(v4),
                IpAddr::V6(v6) => Host::Ipv6(v6),
            },
            other => other.to_owned(),
        };
        let port = url.port_or_known_default().filter(|port| *port != 0)?;
        Some(Self { scheme, host, port })
    }

    pub(super) const fn address(&self) -> Option<IpAddr> {
        match self.host {
            Host::Ipv4(v4) => Some(IpAddr::V4(v4)),
            Host::Ipv6(v6) => Some(IpAddr::V6(v6)),
            Host::Domain(_) => None,
        }
    }

    /// The rule that would allow it.
    pub(super) fn as_rule(&self) -> String {
        let scheme = if self.scheme == Scheme::Http { "http://" } else { "" };
        format!("{scheme}{self}")
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.host)?;
        if self.port == self.scheme.port() { Ok(()) } else { write!(formatter, ":{}", self.port) }
    }
}

/// To which addresses a rule lets a request go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grant {
    /// Public ones.
    Public,
    /// Public and private ones.
    Private,
    /// The one in the rule.
    Address,
}

impl Grant {
    /// Why an address is not allowed; `None` where it is.
    pub(super) fn refuses(self, address: IpAddr) -> Option<&'static str> {
        match (self, address::reach(address)) {
            (Self::Address, _) | (_, Reach::Public) | (Self::Private, Reach::Private(_)) => None,
            (_, Reach::Private(kind) | Reach::Special(kind)) => Some(kind),
        }
    }
}

/// All rules of a plugin.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules(Vec<HostRule>);

impl Rules {
    pub(super) fn new<'a>(rules: impl IntoIterator<Item = &'a String>) -> Result<Self, HostRuleError> {
        Ok(Self(rules.into_iter().map(|rule| rule.parse()).collect::<Result<_, _>>()?))
    }

    /// What the rules grant a target, the widest of those that fit; `None` where none does.
    pub(super) fn grant(&self, target: &Target) -> Option<Grant> {
        self.0.iter().filter_map(|rule| rule.grant(target)).max()
    }
}

impl HostRule {
    fn grant(&self, target: &Target) -> Option<Grant> {
        if (self.scheme, self.port) != (target.scheme, target.port) {
            return None;
        }
        let by_name = if self.private { Grant::Private } else { Grant::Public };
        match (&self.hosts, &target.host) {
            (Hosts::Any, _) => Some(Grant::Public),
            (Hosts::Name(name), Host::Domain(host)) => (name == host).then_some(by_name),
            (Hosts::Below(name), Host::Domain(host)) => is_below(host, name).then_some(by_name),
            (Hosts::Address(ip), Host::Ipv4(_) | Host::Ipv6(_)) => {
                (target.address() == Some(*ip)).then_some(Grant::Address)
            }
            _ => None,
        }
    }
}

fn is_below(host: &str, name: &str) -> bool {
    host.strip_suffix(name).and_then(|sub| sub.strip_suffix('.')).is_some_and(|sub| !sub.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(rules: &[&str]) -> Rules {
        Rules::new(&rules.iter().map(|&rule| rule.to_owned()).collect::<Vec<_>>()).unwrap()
    }

    fn grant(allowed: &[&str], url: &str) -> Option<Grant> {
        rules(allowed).grant(&Target::of(&Url::parse(url).unwrap()).unwrap())
    }

    #[test]
    fn a_rule_is_written_as_it_is_read() {
        for (text, shown) in [
            ("api.example.org", "api.example.org"),
            ("API.Example.ORG:443", "api.example.org"),
            ("https://api.example.org:8443", "api.example.org:8443"),
            ("http://api.example.org:80", "http://api.example.org"),
            ("http://api.example.org:443", "http://api.example.org:443"),
            ("*.example.org:8443", "*.example.org:8443"),
            ("*", "*"),
            ("http://*:8080", "http://*:8080"),
            ("private:http://localhost:11434", "private:http://localhost:11434"),
            ("10.0.0.1", "10.0.0.1"),
            ("0x0a000001", "10.0.0.1"),
            ("[::1]:8080", "[::1]:8080"),
            ("[::ffff:10.0.0.1]", "10.0.0.1"),
            ("bücher.example", "xn--bcher-kva.example"),
        ] {
            let rule: HostRule = text.parse().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(rule.to_string(), shown);
            assert_eq!(rule.to_string().parse::<HostRule>().unwrap(), rule, "{shown}");
        }
    }

    #[test]
    fn a_rule_that_means_nothing_is_refused() {
        for text in [
            "",
            "https://",
            "private:",
            "private:*",
            "private:10.0.0.1",
            "private:private:x",
            "*x.example.org",
            "a.*.example.org",
            "*.*.example.org",
            "*.",
            "*.10.0.0.1",
            "example.org.",
            "a..example.org",
            "example.org/path",
            "user@example.org",
            "example.org:0",
            "example.org:65536",
            "example.org:*",
            "ftp://example.org",
            "exam ple.org",
            "example.org?x",
            "example%2eorg",
            "0.0.0.0",
            "[::]",
            "224.0.0.1",
            "[::1",
        ] {
            let parsed = text.parse::<HostRule>();
            let Err(error) = parsed else { panic!("`{text}` was taken for {parsed:?}") };
            assert_eq!(error.rule, text);
        }
    }

    #[test]
    fn a_host_is_allowed_with_its_scheme_and_port() {
        let allowed = ["api.example.org", "http://plain.example.org:8080"];
        assert_eq!(grant(&allowed, "https://api.example.org/x?y"), Some(Grant::Public));
        assert_eq!(grant(&allowed, "https://API.example.org:443/"), Some(Grant::Public));
        assert_eq!(grant(&allowed, "http://plain.example.org:8080/"), Some(Grant::Public));
        for url in [
            "http://api.example.org/",
            "https://api.example.org:8443/",
            "https://example.org/",
            "https://x.api.example.org/",
            "https://plain.example.org:8080/",
            "http://plain.example.org/",
        ] {
            assert_eq!(grant(&allowed, url), None, "{url}");
        }
    }

    #[test]
    fn tricks_with_a_host_name_match_nothing() {
        let allowed = ["api.example.org", "*.example.com"];
        for url in [
            "https://api.example.org.evil.org/",
            "https://api.example.org@evil.org/",
            "https://evil.org\\@api.example.org/",
            "https://evil.org/api.example.org",
            "https://evil.org?api.example.org",
            "https://evil.org#@api.example.org",
            "https://api.example.org./",
            "https://xapi.example.org/",
            "https://evilexample.com/",
            "https://example.com/",
            "https://.example.com/",
            "https://a.example.com./",
            // A Cyrillic letter, and a dot that is none.
            "https://\u{430}pi.example.org/",
            "https://api\u{2024}example.org/",
        ] {
            let Ok(parsed) = Url::parse(url) else { continue };
            assert_eq!(rules(&allowed).grant(&Target::of(&parsed).unwrap()), None, "{url}");
        }
        assert_eq!(grant(&allowed, "https://a.b.example.com/"), Some(Grant::Public));
        // Full-width letters are the same name to everybody.
        assert_eq!(grant(&allowed, "https://\u{ff41}pi.example.org/"), Some(Grant::Public));
    }

    #[test]
    fn an_address_is_allowed_in_all_its_forms_or_in_none() {
        let forms =
            ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"];
        for form in forms {
            let url = format!("https://{form}/");
            assert_eq!(grant(&["127.0.0.1"], &url), Some(Grant::Address), "{form}");
            assert_eq!(
                grant(&["127.0.0.2", "api.example.org", "*.0.0.example", "private:localhost"], &url),
                None,
                "{form}"
            );
            // Every public host is allowed, and the address is refused where it is looked at.
            assert_eq!(grant(&["*"], &url), Some(Grant::Public), "{form}");
        }
        assert_eq!(Grant::Public.refuses("127.0.0.1".parse().unwrap()), Some("loopback"));
    }

    #[test]
    fn a_private_rule_stops_before_metadata() {
        let ip = |text: &str| text.parse().unwrap();
        for allowed in ["10.0.0.1", "127.0.0.1", "::1", "fd12::1", "100.64.0.1", "8.8.8.8"] {
            assert_eq!(Grant::Private.refuses(ip(allowed)), None, "{allowed}");
        }
        for refused in ["169.254.169.254", "fd00:ec2::254", "fe80::1", "0.0.0.0", "224.0.0.1", "192.0.2.1"] {
            assert!(Grant::Private.refuses(ip(refused)).is_some(), "{refused}");
        }
        assert_eq!(Grant::Address.refuses(ip("169.254.169.254")), None);
    }

    #[test]
    fn the_widest_rule_counts() {
        assert_eq!(grant(&["*", "private:a.example.org"], "https://a.example.org/"), Some(Grant::Private));
        assert_eq!(grant(&["private:a.example.org", "*"], "https://a.example.org/"), Some(Grant::Private));
    }
}
