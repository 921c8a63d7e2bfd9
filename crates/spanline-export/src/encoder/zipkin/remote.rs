//! `remoteEndpoint`: whom a client or producer span talks to.
//!
//! The OpenTelemetry specification ranks the attributes that tell ("OpenTelemetry to Zipkin
//! Transformation", "Remote endpoint"); the first one present wins. An address that is no IP
//! address, or an empty name, counts as absent.

use crate::encoder::buffer::Cursor;
use crate::encoder::text::{Level, Text, put_u64};
use spanline_core::record::{Item, RawRecord, Tag};
use std::io::Write as _;
use std::net::IpAddr;

/// What an attribute says about the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// Its name.
    Name,
    /// Its address; the other attribute has the port.
    Address { port: &'static [u8] },
}

/// The attributes in the order of their rank.
const RANKED: [(&[u8], Says); 11] = [
    (b"peer.service", Says::Name),
    (b"server.address", Says::Name),
    (b"net.peer.name", Says::Name),
    (
        b"network.peer.address",
        Says::Address {
            port: b"network.peer.port",
        },
    ),
    (b"server.socket.domain", Says::Name),
    (
        b"server.socket.address",
        Says::Address {
            port: b"server.socket.port",
        },
    ),
    (b"net.sock.peer.name", Says::Name),
    (
        b"net.sock.peer.addr",
        Says::Address {
            port: b"net.sock.peer.port",
        },
    ),
    (b"peer.hostname", Says::Name),
    (b"peer.address", Says::Name),
    (b"db.name", Says::Name),
];

/// Puts `,"remoteEndpoint":{…}` if any attribute tells. The cursor goes through registers.
#[inline(never)]
pub(super) fn put_remote_endpoint<'o>(mut to: Cursor<'o>, record: RawRecord<'_>) -> Cursor<'o> {
    let mut best: Option<(usize, Endpoint<'_>)> = None;
    for item in record.items().filter(|item| item.tag == Tag::String) {
        let Some(rank) = rank(item.key) else { continue };
        if best.as_ref().is_some_and(|(known, _)| *known < rank) {
            continue;
        }
        if let Some(endpoint) = Endpoint::read(rank, &item) {
            best = Some((rank, endpoint));
        }
    }
    if let Some((_, endpoint)) = best {
        endpoint.put(&mut to, record);
    }
    to
}

/// The place of a key in [`RANKED`]. Only four first letters lead to the table.
#[inline]
fn rank(key: &[u8]) -> Option<usize> {
    match key.first() {
        Some(b'p' | b's' | b'n' | b'd') => RANKED.iter().position(|(ranked, _)| *ranked == key),
        _ => None,
    }
}

/// A peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint<'a> {
    Name(&'a [u8]),
    Address { ip: IpAddr, port: &'static [u8] },
}

impl<'a> Endpoint<'a> {
    fn read(rank: usize, item: &Item<'a>) -> Option<Endpoint<'a>> {
        match RANKED.get(rank)?.1 {
            Says::Name if item.value.is_empty() => None,
            Says::Name => Some(Endpoint::Name(item.value)),
            Says::Address { port } => {
                let text = std::str::from_utf8(item.value).ok()?;
                let ip: IpAddr = text.parse().ok()?;
                Some(Endpoint::Address {
                    ip: ip.to_canonical(),
                    port,
                })
            }
        }
    }

    fn put(&self, to: &mut Cursor<'_>, record: RawRecord<'_>) {
        match self {
            Endpoint::Name(name) => {
                to.put_bytes(br#","remoteEndpoint":{"serviceName":""#);
                Text::inside(to, name);
                to.put_bytes(br#""}"#);
            }
            Endpoint::Address { ip, port } => {
                to.put_bytes(match ip {
                    IpAddr::V4(_) => br#","remoteEndpoint":{"ipv4":""#,
                    IpAddr::V6(_) => br#","remoteEndpoint":{"ipv6":""#,
                });
                put_ip(to, *ip);
                to.put_bytes(b"\"");
                if let Some(port) = find_port(record, port) {
                    to.put_bytes(br#","port":"#);
                    put_u64(to, port.into());
                }
                to.put_bytes(b"}");
            }
        }
    }
}

fn put_ip(to: &mut Cursor<'_>, ip: IpAddr) {
    let mut text = [0; LONGEST_IP];
    let mut rest = text.as_mut_slice();
    // Nothing is longer than the text has room for.
    let _ = write!(rest, "{ip}");
    let written = LONGEST_IP - rest.len();
    to.put_bytes(text.get(..written).unwrap_or_default());
}

/// Eight groups of four digits, or six and a dotted quad, as IPv6 may be written (RFC 4291, 2.2).
const LONGEST_IP: usize = 45;

/// A port from an integer or decimal text; never 0, which means "unknown" to Zipkin.
fn find_port(record: RawRecord<'_>, key: &[u8]) -> Option<u16> {
    let item = record
        .items()
        .find(|item| item.key == key && item.tag.is_attribute())?;
    let port: u16 = match item.tag {
        Tag::I64 => i64::from_le_bytes(*item.value.first_chunk()?)
            .try_into()
            .ok()?,
        Tag::String => std::str::from_utf8(item.value).ok()?.parse().ok()?,
        _ => return None,
    };
    (port != 0).then_some(port)
}

#[cfg(test)]
mod tests;
