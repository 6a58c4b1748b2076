//! Networks in CIDR notation, IPv4 and IPv6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network: an address and how many of its leading bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Cidr {
    network: IpAddr,
    prefix: u32,
}

impl Cidr {
    /// Reads `address/bits`, or an address alone. Host bits may be set; they do not count.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, bits)) => (address.parse::<IpAddr>().ok()?, Some(bits.parse::<u32>().ok()?)),
            None => (text.trim().parse::<IpAddr>().ok()?, None),
        };
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(width);
        (prefix <= width).then_some(Self { network: address, prefix })
    }

    pub(crate) fn prefix(&self) -> u32 {
        self.prefix
    }

    /// Whether the address lies in the network. An IPv4 address written as IPv6 (`::ffff:192.0.2.1`)
    /// also counts as the IPv4 address that it is.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.holds(address) || (address.is_ipv6() && self.holds(address.to_canonical()))
    }

    fn holds(&self, address: IpAddr) -> bool {
        match (self.network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = 32 - self.prefix;
                let head = |a: Ipv4Addr| a.to_bits().checked_shr(shift).unwrap_or(0);
                head(network) == head(address)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let shift = 128 - self.prefix;
                let head = |a: Ipv6Addr| a.to_bits().checked_shr(shift).unwrap_or(0);
                head(network) == head(address)
            }
            _ => false,
        }
    }
}

/// Reads an address as logs write it: perhaps with a zone (`fe80::1%4`), brackets, or spaces around.
pub(crate) fn parse_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    // Most values are no addresses: look at the first bytes before the parser does.
    if !text.bytes().next().is_some_and(|b| b.is_ascii_hexdigit() || b == b':' || b == b'[') {
        return None;
    }
    let text = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_addresses_of_the_network() {
        for (network, address, expected) in [
            ("192.0.2.0/24", "192.0.2.77", true),
            ("192.0.2.0/24", "192.0.3.1", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("192.0.2.7/32", "192.0.2.7", true),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("2001:db8::/32", "2001:DB8:1::5", true),
            ("2001:db8::/32", "2001:db9::5", false),
            ("::/0", "2001:db8::1", true),
            ("fe80::/10", "fe80::1%4", true),
            ("::1/128", "::1", true),
            ("192.0.2.0/24", "192.0.2.77x", false),
        ] {
            let got = parse_address(address).is_some_and(|a| Cidr::parse(network).unwrap().contains(a));
            assert_eq!(got, expected, "{address} in {network}");
        }
        assert!(Cidr::parse("192.0.2.0/33").is_none());
        assert!(Cidr::parse("example/8").is_none());
    }
}
