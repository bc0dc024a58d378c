//! Addresses: which of them a webhook may not lead to, so that nobody reaches through the service what only it can.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of address it is, where it is not one of the public internet.
pub fn refusal(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => refusal_v4(address),
        IpAddr::V6(address) => refusal_v6(address),
    }
}

/// IANA's registry of special-purpose IPv4 addresses, with multicast and what is reserved.
fn refusal_v4(address: Ipv4Addr) -> Option<&'static str> {
    let special = match address.octets() {
        [0, ..] => "an unspecified",
        [10, ..] | [192, 168, ..] => "a private",
        [172, second, ..] if (16..32).contains(&second) => "a private",
        [100, second, ..] if (64..128).contains(&second) => "a carrier's private",
        [127, ..] => "a loopback",
        // Clouds answer here about the machine, its credentials included.
        [169, 254, ..] => "a link-local",
        [192, 0, 0, _] | [192, 31, 196, _] | [192, 52, 193, _] | [192, 175, 48, _] => "a protocol's",
        [192, 88, 99, _] => "a relay's",
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => "a documentation",
        [198, 18 | 19, ..] => "a benchmark's",
        [first, ..] if first >= 240 => "a reserved",
        [first, ..] if first >= 224 => "a multicast",
        _ => return None,
    };
    Some(special)
}

/// Nothing but global unicast is public; in that, what is special, and what leads to an IPv4 address.
fn refusal_v6(address: Ipv6Addr) -> Option<&'static str> {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return refusal_v4(mapped);
    }
    let special = match address.segments() {
        // NAT64: the last 32 bits are where it leads.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            return refusal_v4(Ipv4Addr::new(a, b, c, d));
        }
        [0, 0, 0, 0, 0, 0, 0, 0] => "an unspecified",
        [0, 0, 0, 0, 0, 0, 0, 1] => "a loopback",
        [first, ..] if first & 0xfe00 == 0xfc00 => "a private",
        [first, ..] if first & 0xffc0 == 0xfe80 => "a link-local",
        [first, ..] if first & 0xff00 == 0xff00 => "a multicast",
        [0x2001, 0xdb8, ..] => "a documentation",
        [0x3fff, second, ..] if second < 0x1000 => "a documentation",
        [0x2001, second, ..] if second < 0x200 => "a protocol's",
        [0x2002, ..] => "a relay's",
        [first, ..] if first & 0xe000 == 0x2000 => return None,
        _ => "a reserved",
    };
    Some(special)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_service_can_reach_is_refused() {
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            let address: IpAddr = text.parse().expect("an address");
            assert!(refusal(address).is_some(), "{text}");
        }
    }

    #[test]
    fn public_addresses_are_not() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2606:4700::1111",
            "2a00:1450::1",
        ] {
            let address: IpAddr = text.parse().expect("an address");
            assert_eq!(refusal(address), None, "{text}");
        }
    }
}
