//! Which addresses are the Internet's, and what the others are.
//!
//! From IANA's registries of special-purpose addresses. An IPv6 address that carries an IPv4 one
//! (mapped, NAT64, 6to4) is what it carries: the packet would arrive there. What is in no list is
//! public only where it is global unicast, so that a new block is refused until somebody looked.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::LazyLock,
};

use ipnet::{IpNet, Ipv6Net};

/// Whom an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Anybody's: the Internet.
    Public,
    /// Of the machine or the network that the server is in; the text says which kind.
    Private(&'static str),
    /// No place for a server of anybody, or one that gives out the machine's own secrets.
    Special(&'static str),
}

use Reach::{Private, Special};

/// Blocks that are not public; the first that fits counts.
const BLOCKS: &[(&str, Reach)] = &[
    ("0.0.0.0/8", Special("unspecified")),
    ("10.0.0.0/8", Private("private")),
    ("100.100.100.200/32", Special("metadata")),
    ("100.64.0.0/10", Private("shared (CGNAT)")),
    ("127.0.0.0/8", Private("loopback")),
    // Azure's agent of the machine, outside of every special block.
    ("168.63.129.16/32", Special("metadata")),
    ("169.254.169.254/32", Special("metadata")),
    ("169.254.0.0/16", Special("link-local")),
    ("172.16.0.0/12", Private("private")),
    ("192.0.0.0/24", Special("reserved")),
    ("192.0.2.0/24", Special("documentation")),
    ("192.88.99.0/24", Special("reserved")),
    ("192.168.0.0/16", Private("private")),
    ("198.18.0.0/15", Special("benchmarking")),
    ("198.51.100.0/24", Special("documentation")),
    ("203.0.113.0/24", Special("documentation")),
    ("224.0.0.0/4", Special("multicast")),
    ("240.0.0.0/4", Special("reserved")),
    ("::/128", Special("unspecified")),
    ("::1/128", Private("loopback")),
    ("2001::/23", Special("reserved")),
    ("2001:db8::/32", Special("documentation")),
    ("3fff::/20", Special("documentation")),
    ("fd00:ec2::254/128", Special("metadata")),
    ("fd20:ce::254/128", Special("metadata")),
    ("fc00::/7", Private("unique local")),
    ("fe80::/10", Special("link-local")),
    ("fec0::/10", Special("site-local")),
    ("ff00::/8", Special("multicast")),
];

static TABLE: LazyLock<Vec<(IpNet, Reach)>> = LazyLock::new(|| {
    // The test below holds that every line parses.
    BLOCKS.iter().filter_map(|(block, reach)| Some((block.parse().ok()?, *reach))).collect()
});

/// Global unicast, all that was given out of IPv6 so far.
static GLOBAL: LazyLock<Option<Ipv6Net>> = LazyLock::new(|| "2000::/3".parse().ok());

/// What an address is.
pub(super) fn reach(address: IpAddr) -> Reach {
    let address = carried(address);
    if let Some((_, reach)) = TABLE.iter().find(|(block, _)| block.contains(&address)) {
        return *reach;
    }
    match address {
        IpAddr::V4(_) => Reach::Public,
        IpAddr::V6(v6) if GLOBAL.is_some_and(|global| global.contains(&v6)) => Reach::Public,
        IpAddr::V6(_) => Special("reserved"),
    }
}

/// The IPv4 address that an IPv6 one leads to, or the address itself.
pub(super) fn carried(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    embedded(v6).map_or(address, IpAddr::V4)
}

fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let last = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match v6.segments() {
        // Mapped, and translated by SIIT.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => Some(last(high, low)),
        // Compatible, long deprecated; `::` and `::1` are their own.
        [0, 0, 0, 0, 0, 0, high, low] if (high, low) != (0, 0) && (high, low) != (0, 1) => Some(last(high, low)),
        // NAT64.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(last(high, low)),
        // 6to4.
        [0x2002, high, low, ..] => Some(last(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> Reach {
        reach(address.parse().unwrap())
    }

    #[test]
    fn every_line_of_the_table_is_a_block() {
        assert_eq!(TABLE.len(), BLOCKS.len());
        assert!(GLOBAL.is_some());
    }

    #[test]
    fn what_is_not_the_internets_is_told_by_its_kind() {
        for (address, expected) in [
            ("0.0.0.0", Special("unspecified")),
            ("10.255.0.1", Private("private")),
            ("100.64.0.1", Private("shared (CGNAT)")),
            ("100.100.100.200", Special("metadata")),
            ("127.8.9.1", Private("loopback")),
            ("168.63.129.16", Special("metadata")),
            ("169.254.169.254", Special("metadata")),
            ("169.254.0.1", Special("link-local")),
            ("172.31.255.255", Private("private")),
            ("192.168.1.1", Private("private")),
            ("192.0.0.192", Special("reserved")),
            ("192.0.2.1", Special("documentation")),
            ("198.19.0.1", Special("benchmarking")),
            ("224.0.0.1", Special("multicast")),
            ("255.255.255.255", Special("reserved")),
            ("::", Special("unspecified")),
            ("::1", Private("loopback")),
            ("fd00:ec2::254", Special("metadata")),
            ("fd12::1", Private("unique local")),
            ("fe80::1", Special("link-local")),
            ("ff02::1", Special("multicast")),
            ("2001:db8::1", Special("documentation")),
            ("2001::1", Special("reserved")),
            ("3fff::1", Special("documentation")),
            ("100::1", Special("reserved")),
            ("64:ff9b:1::7f00:1", Special("reserved")),
            ("4000::1", Special("reserved")),
        ] {
            assert_eq!(of(address), expected, "{address}");
        }
    }

    #[test]
    fn an_address_inside_an_address_is_what_counts() {
        for address in ["::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::ffff:0:127.0.0.1"] {
            assert_eq!(of(address), Private("loopback"), "{address}");
        }
        assert_eq!(of("::ffff:169.254.169.254"), Special("metadata"));
        assert_eq!(of("64:ff9b::808:808"), Reach::Public);
    }

    #[test]
    fn the_internet_is_public() {
        for address in ["8.8.8.8", "172.32.0.1", "100.63.255.255", "2606:4700::1111", "2a00:1450::1"] {
            assert_eq!(of(address), Reach::Public, "{address}");
        }
    }
}
