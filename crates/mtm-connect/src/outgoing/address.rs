//! Which addresses may be reached.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Only what hangs on the same cable, or the machine's host, answers there.
    #[error("{0} is a link-local address; services of the hosting platform answer there")]
    LinkLocal(IpAddr),
    /// A hosting platform's own service answers there.
    #[error("{0} is the address of a hosting platform's metadata service")]
    Metadata(IpAddr),
    /// Not one machine's address.
    #[error("{0} is not the address of one machine")]
    NotOne(IpAddr),
}

/// Metadata services outside the link-local ranges.
const METADATA_V4: [Ipv4Addr; 2] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16)];
const METADATA_V6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254),
    Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254),
];

/// Refuses what must not be reached. Private and loopback addresses may.
pub(crate) fn admit(address: IpAddr) -> Result<(), Refused> {
    // An IPv4 address in the clothes of IPv6 is that address.
    let plain = match address {
        IpAddr::V6(v6) => embedded(v6).map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    };
    let (link_local, metadata, not_one) = match plain {
        IpAddr::V4(v4) => (
            v4.is_link_local(),
            METADATA_V4.contains(&v4),
            // All of 0.0.0.0/8 means this machine to some systems and nobody to others.
            v4.octets()[0] == 0 || v4.is_multicast() || v4.is_broadcast(),
        ),
        IpAddr::V6(v6) => (
            v6.is_unicast_link_local(),
            METADATA_V6.contains(&v6),
            v6.is_unspecified() || v6.is_multicast(),
        ),
    };
    match (link_local, metadata, not_one) {
        (true, _, _) => Err(Refused::LinkLocal(address)),
        (_, true, _) => Err(Refused::Metadata(address)),
        (_, _, true) => Err(Refused::NotOne(address)),
        _ => Ok(()),
    }
}

/// The IPv4 address that an IPv6 address leads to: mapped, or through a translator (NAT64, 6to4).
fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    if let Some(mapped) = v6.to_ipv4_mapped() {
        return Some(mapped);
    }
    let octets = v6.octets();
    let v4 = |at: usize| Ipv4Addr::new(octets[at], octets[at + 1], octets[at + 2], octets[at + 3]);
    match v6.segments() {
        [0x64, 0xff9b, 0 | 1, 0, 0, 0, ..] => Some(v4(12)),
        // The old way of writing one, which is not this machine or nobody.
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 || low > 1 => Some(v4(12)),
        [0x2002, ..] => Some(v4(2)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str) -> Result<(), Refused> {
        admit(address.parse().unwrap())
    }

    #[test]
    fn private_networks_and_this_machine_may_be_reached() {
        for address in ["10.1.2.3", "192.168.0.9", "172.16.4.1", "127.0.0.1", "::1", "fd12::9"] {
            assert_eq!(check(address), Ok(()), "{address}");
        }
        for address in ["203.0.113.9", "2001:db8::1", "100.64.0.1"] {
            assert_eq!(check(address), Ok(()), "{address}");
        }
    }

    #[test]
    fn link_local_addresses_and_metadata_services_may_not_in_any_clothes() {
        for address in [
            "169.254.169.254",
            "169.254.0.1",
            "fe80::1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "64:ff9b:1::a9fe:a9fe",
            "::169.254.169.254",
        ] {
            let refused = check(address).unwrap_err();
            assert!(matches!(refused, Refused::LinkLocal(_)), "{address}: {refused}");
        }
        for address in [
            "100.100.100.200",
            "168.63.129.16",
            "fd00:ec2::254",
            "fd20:ce::254",
            "::ffff:100.100.100.200",
        ] {
            let refused = check(address).unwrap_err();
            assert!(matches!(refused, Refused::Metadata(_)), "{address}: {refused}");
        }
    }

    #[test]
    fn what_is_not_one_machine_is_refused() {
        for address in ["0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "::", "ff02::1"] {
            assert!(matches!(check(address), Err(Refused::NotOne(_))), "{address}");
        }
    }
}
