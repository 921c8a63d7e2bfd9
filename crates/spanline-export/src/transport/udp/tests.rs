//! Datagrams on the loopback interface, and an agent that is not there.

use super::*;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(20))
}

/// A socket that listens, and a transport to it.
fn pair() -> (UdpSocket, UdpTransport) {
    let agent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = agent.local_addr().unwrap().to_string();
    (agent, UdpTransport::new(&address, 1).unwrap())
}

fn receive(agent: &UdpSocket) -> Vec<u8> {
    agent
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut bytes = vec![0; MAX_DATAGRAM];
    let length = agent.recv(&mut bytes).unwrap();
    bytes.truncate(length);
    bytes
}

#[test]
fn addresses_in_every_form() {
    for (address, expected) in [
        ("agent", Some("UDP agent:6831")),
        ("agent:1", Some("UDP agent:1")),
        ("udp://agent", Some("UDP agent:6831")),
        ("UDP://agent:65535/", Some("UDP agent:65535")),
        ("127.0.0.1:7", Some("UDP 127.0.0.1:7")),
        ("[::1]", Some("UDP [::1]:6831")),
        ("[::1]:7", Some("UDP [::1]:7")),
        (
            "jaeger-agent.tracing.svc",
            Some("UDP jaeger-agent.tracing.svc:6831"),
        ),
        ("", None),
        (":6831", None),
        ("agent:", None),
        ("agent:0", None),
        ("agent:65536", None),
        ("agent:+1", None),
        ("agent:1:2", None),
        ("::1", None),
        ("[::1", None),
        ("[agent]:1", None),
        ("me:canary@agent", None),
        ("http://agent", None),
        ("agent/path", None),
        ("a b", None),
    ] {
        match UdpTransport::new(address, 6831) {
            Ok(transport) => assert_eq!(Some(transport.target()), expected, "{address}"),
            Err(error) => {
                assert_eq!(None, expected, "{address}");
                assert!(!error.to_string().contains("canary"), "{error}");
            }
        }
    }
}

#[test]
fn one_request_is_one_datagram() {
    let (agent, mut transport) = pair();
    let large = vec![7; 65_000];
    for body in [&b"one"[..], b"two", &large] {
        transport.send(body, soon()).unwrap();
        assert_eq!(receive(&agent), body);
    }
}

#[test]
fn names_are_looked_up_late() {
    let agent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = agent.local_addr().unwrap().port();
    let mut transport = UdpTransport::new("localhost", port).unwrap();
    // Whether `localhost` is ::1 as well, where nobody listens, and whether that is said first, is up to
    // the machine.
    transport.send(b"x", soon()).unwrap();
    assert_eq!(receive(&agent), b"x");
    let mut nowhere = UdpTransport::new("no-such-host.invalid", 1).unwrap();
    assert!(matches!(
        nowhere.send(b"x", soon()),
        Err(SendError::Unreachable(_))
    ));
}

/// A transport to a name whose addresses `ask` knows.
fn transport_finding(ask: fn(&str, u16) -> io::Result<Vec<SocketAddr>>) -> UdpTransport {
    let mut transport = UdpTransport::new("agent.test", 6831).unwrap();
    transport.lookup = Lookup::with(ask);
    transport
}

/// A socket that hears one peer alone: datagrams of others are refused, and its port stays taken.
fn nobody() -> UdpSocket {
    let nobody = UdpSocket::bind("127.0.0.1:0").unwrap();
    nobody.connect("127.0.0.1:9").unwrap();
    nobody
}

/// Of `localhost` with both, and an agent that listens on IPv4 only.
#[test]
fn addresses_of_ipv4_come_first() {
    static PORT: AtomicU16 = AtomicU16::new(0);
    let agent = UdpSocket::bind("127.0.0.1:0").unwrap();
    PORT.store(agent.local_addr().unwrap().port(), Relaxed);
    let mut transport = transport_finding(|_, _| {
        let port = PORT.load(Relaxed);
        Ok(vec![
            (Ipv6Addr::LOCALHOST, port).into(),
            (Ipv4Addr::LOCALHOST, port).into(),
        ])
    });
    for body in [b"1", b"2"] {
        transport.send(body, soon()).unwrap();
        assert_eq!(receive(&agent), body);
    }
}

#[test]
fn a_datagram_that_found_nobody_goes_to_the_next_address_and_so_do_those_behind_it() {
    static PORTS: [AtomicU16; 3] = [const { AtomicU16::new(0) }; 3];
    let (nobody, neither) = (nobody(), nobody());
    let agent = UdpSocket::bind("127.0.0.1:0").unwrap();
    for (port, socket) in PORTS.iter().zip([&nobody, &neither, &agent]) {
        port.store(socket.local_addr().unwrap().port(), Relaxed);
    }
    let mut transport = transport_finding(|_, _| {
        let ports = PORTS.iter().map(|port| port.load(Relaxed));
        Ok(ports.map(|port| ([127, 0, 0, 1], port).into()).collect())
    });
    agent.set_nonblocking(true).unwrap();
    // A machine that is very busy may learn of a refusal with the next datagram only.
    let arrives = (0..20).any(|_| {
        transport.send(b"x", soon()).unwrap();
        agent.recv(&mut [0]).is_ok()
    });
    assert!(arrives, "nobody tried the last address");
    agent.set_nonblocking(false).unwrap();
    for body in [b"1", b"2"] {
        transport.send(body, soon()).unwrap();
        assert_eq!(receive(&agent), body);
    }
    // The address that works is kept when the name is looked up again.
    transport.lookup.forget();
    transport.socket = None;
    transport.send(b"3", soon()).unwrap();
    assert_eq!(receive(&agent), b"3");
    assert_eq!(transport.addresses[0], agent.local_addr().unwrap());
    drop(agent);
    let mut refused = (0..20).map(|_| transport.send(b"x", soon()));
    assert!(
        refused.any(|sent| matches!(sent, Err(SendError::Datagram(_)))),
        "nobody listened at any address, and nobody noticed"
    );
}

#[test]
fn an_agent_that_is_gone_costs_one_look_up_a_batch() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    static PORT: AtomicU16 = AtomicU16::new(0);
    let nobody = nobody();
    PORT.store(nobody.local_addr().unwrap().port(), Relaxed);
    let mut transport = transport_finding(|_, _| {
        ASKED.fetch_add(1, Relaxed);
        Ok(vec![([127, 0, 0, 1], PORT.load(Relaxed)).into()])
    });
    for batch in 1..=3 {
        let deadline = soon();
        let sent: Vec<_> = (0..50).map(|_| transport.send(b"x", deadline)).collect();
        assert!(sent.iter().any(Result::is_err), "nobody noticed");
        let asked = ASKED.load(Relaxed);
        assert!(asked <= batch + 1, "asked {asked} times in {batch} batches");
    }
    // It has moved, and the next batch finds it.
    let agent = UdpSocket::bind("127.0.0.1:0").unwrap();
    PORT.store(agent.local_addr().unwrap().port(), Relaxed);
    let deadline = soon();
    for _ in 0..50 {
        let _ = transport.send(b"x", deadline);
    }
    assert_eq!(receive(&agent), b"x");
}

#[test]
fn a_datagram_the_network_does_not_take_costs_itself() {
    let (agent, mut transport) = pair();
    let error = transport.send(&[0; MAX_DATAGRAM + 1], soon()).unwrap_err();
    assert!(matches!(error, SendError::Datagram(_)), "{error:?}");
    assert!(error.concerns_this_request_only());
    transport.send(b"next", soon()).unwrap();
    assert_eq!(receive(&agent), b"next");
}

#[test]
fn an_agent_that_is_gone_is_noticed_and_found_again() {
    let (agent, mut transport) = pair();
    let address = agent.local_addr().unwrap();
    drop(agent);
    // On the loopback interface each datagram learns by itself that it has found nobody.
    let mut refused = 0;
    for _ in 0..20 {
        match transport.send(b"x", soon()) {
            Ok(()) => {}
            Err(SendError::Datagram(error)) => {
                assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
                refused += 1;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!(refused > 0, "nobody listened, and nobody noticed");
    let agent = UdpSocket::bind(address).unwrap();
    transport.socket = None;
    transport.send(b"back", soon()).unwrap();
    assert_eq!(receive(&agent), b"back");
}

/// An agent on another machine says so late that nobody listens. Here another handle of the transport's
/// own socket sends the datagram that is refused, so that the transport hears of it with its next one.
#[test]
fn a_datagram_that_hears_of_an_earlier_one_is_sent_after_all() {
    for _ in 0..20 {
        let (agent, mut transport) = pair();
        let address = agent.local_addr().unwrap();
        transport.send(b"1", soon()).unwrap();
        drop(agent);
        let first = transport.socket.as_ref().unwrap().0.try_clone().unwrap();
        first.send(b"lost").unwrap();
        let Ok(agent) = UdpSocket::bind(address) else {
            continue; // somebody else has taken the port
        };
        match transport.send(b"2", soon()) {
            Ok(()) => assert_eq!(receive(&agent), b"2"),
            Err(SendError::Datagram(_)) => continue, // so late that it was heard behind this one
            Err(error) => panic!("{error:?}"),
        }
        let second = &transport.socket.as_ref().unwrap().0;
        if second.local_addr().unwrap() != first.local_addr().unwrap() {
            return;
        }
    }
    panic!("no datagram was refused");
}

#[test]
fn a_twin_has_a_socket_of_its_own() {
    let (agent, mut transport) = pair();
    transport.send(b"parent", soon()).unwrap();
    let mut twin = transport.twin().unwrap();
    assert!(
        twin.socket.is_none(),
        "nothing is opened before it is needed"
    );
    twin.send(b"child", soon()).unwrap();
    assert_eq!(
        [receive(&agent), receive(&agent)],
        [&b"parent"[..], b"child"]
    );
    let port = |transport: &UdpTransport| {
        let (socket, _) = transport.socket.as_ref().unwrap();
        socket.local_addr().unwrap()
    };
    assert_ne!(port(&transport), port(&twin));
}

#[test]
fn an_agent_that_moves_is_followed() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    static PORT: AtomicU16 = AtomicU16::new(0);
    let [old, new] = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
    let port = |agent: &UdpSocket| agent.local_addr().unwrap().port();
    let mut transport = UdpTransport::new("agent.test", 6831).unwrap();
    transport.lookup = Lookup::with(|host, port| {
        assert_eq!((host, port), ("agent.test", 6831));
        ASKED.fetch_add(1, Relaxed);
        Ok(vec![([127, 0, 0, 1], PORT.load(Relaxed)).into()])
    });
    PORT.store(port(&old), Relaxed);
    for body in [b"1", b"2"] {
        transport.send(body, soon()).unwrap();
        assert_eq!(receive(&old), body);
    }
    assert_eq!(ASKED.load(Relaxed), 1);
    PORT.store(port(&new), Relaxed);
    drop(old);
    // One datagram finds nobody and learns of it, and the next one asks anew.
    let mut lost = 0;
    while transport.send(b"lost", soon()).is_ok() {
        lost += 1;
        assert!(lost < 20, "nobody listened, and nobody noticed");
    }
    transport.send(b"3", soon()).unwrap();
    assert_eq!(receive(&new), b"3");
    assert_eq!(ASKED.load(Relaxed), 2);
}

#[test]
fn after_the_deadline_nothing_is_sent() {
    let (agent, mut transport) = pair();
    let passed = Deadline::after(Duration::ZERO);
    assert!(matches!(
        transport.send(b"x", passed),
        Err(SendError::DeadlinePassed)
    ));
    transport.send(b"y", soon()).unwrap();
    assert_eq!(receive(&agent), b"y");
}

#[test]
fn a_socket_is_renewed_after_a_while() {
    let (agent, mut transport) = pair();
    transport.send(b"x", soon()).unwrap();
    let port = |transport: &UdpTransport| {
        let (socket, _) = transport.socket.as_ref().unwrap();
        socket.local_addr().unwrap().port()
    };
    let first = port(&transport);
    transport.send(b"x", soon()).unwrap();
    assert_eq!(port(&transport), first);
    let (_, since) = transport.socket.as_mut().unwrap();
    let Some(long_ago) = Instant::now().checked_sub(BELIEVED) else {
        return; // a machine that has just started
    };
    *since = long_ago;
    // Kept open, so that its port is not given to the next one.
    let old = transport.socket.as_ref().unwrap().0.try_clone().unwrap();
    transport.send(b"x", soon()).unwrap();
    assert_ne!(port(&transport), first);
    drop((old, agent));
}
