// This file uses TCP and UDP of WASI 0.3 over loopback, as client and as server,
// and looks up names. The arguments are the names of checks.
//
// build: --crate-type cdylib

#[path = "lib/check.rs"]
mod check;
#[path = "lib/tasks.rs"]
mod tasks;

use check::{Checks, Outcome};
use tasks::{join, join_all};
use wasip3::cli::environment;
use wasip3::sockets::ip_name_lookup::{self, resolve_addresses};
use wasip3::sockets::types::{
    ErrorCode, IpAddress, IpAddressFamily as Family, IpSocketAddress as Address, Ipv4SocketAddress,
    Ipv6SocketAddress, TcpSocket, UdpSocket,
};
use wasip3::wit_bindgen::StreamReader;
use wasip3::wit_stream;

struct Sockets;

wasip3::cli::command::export!(Sockets);

const FAMILIES: [Family; 2] = [Family::Ipv4, Family::Ipv6];

impl wasip3::exports::cli::run::Guest for Sockets {
    async fn run() -> Result<(), ()> {
        let mut checks = Checks::new(environment::get_arguments().into_iter().skip(1));
        checks.run("tcp", tcp()).await;
        checks.run("tcp with 4 MiB", tcp_large()).await;
        checks.run("tcp at once", tcp_at_once()).await;
        checks.run("tcp early ends", tcp_early_ends()).await;
        checks.run("tcp states", tcp_states()).await;
        checks.run("tcp options", tcp_options()).await;
        checks.run("udp", udp()).await;
        checks.run("udp states", udp_states()).await;
        checks.run("names", names()).await;
        checks.end()
    }
}

fn loopback(family: Family, port: u16) -> Address {
    match family {
        Family::Ipv4 => Address::Ipv4(Ipv4SocketAddress { port, address: (127, 0, 0, 1) }),
        Family::Ipv6 => Address::Ipv6(Ipv6SocketAddress {
            port,
            flow_info: 0,
            address: (0, 0, 0, 0, 0, 0, 0, 1),
            scope_id: 0,
        }),
    }
}

fn port(address: &Address) -> u16 {
    match address {
        Address::Ipv4(a) => a.port,
        Address::Ipv6(a) => a.port,
    }
}

fn text(address: &Address) -> String {
    format!("{address:?}")
}

/// A listener that has a port, and the stream of what connects to it.
struct Listener {
    socket: TcpSocket,
    address: Address,
    coming: StreamReader<TcpSocket>,
}

fn listen(family: Family) -> Outcome<Listener> {
    let socket = TcpSocket::create(family)?;
    socket.bind(loopback(family, 0))?;
    let address = socket.get_local_address()?;
    let coming = socket.listen()?;
    Ok(Listener { socket, address, coming })
}

async fn pair(family: Family) -> Outcome<(TcpSocket, TcpSocket)> {
    let mut listener = listen(family)?;
    let client = TcpSocket::create(family)?;
    let (server, connected) = join(listener.coming.next(), client.connect(listener.address)).await;
    connected?;
    Ok((client, server.ok_or("no connection came")?))
}

async fn send(socket: &TcpSocket, bytes: Vec<u8>) -> Result<(), ErrorCode> {
    let (mut tx, rx) = wit_stream::new();
    let sent = socket.send(rx);
    tx.write_all(bytes).await;
    drop(tx);
    sent.await
}

async fn receive(socket: &TcpSocket) -> Result<Vec<u8>, ErrorCode> {
    let (stream, done) = socket.receive();
    let bytes = stream.collect().await;
    done.await.map(|()| bytes)
}

/// echo sends back what comes until the peer has no more.
async fn echo(socket: TcpSocket) -> Outcome {
    let (stream, done) = socket.receive();
    socket.send(stream).await?;
    done.await?;
    Ok(())
}

async fn tcp() -> Outcome {
    for family in FAMILIES {
        let (client, server) = pair(family).await?;
        check!(text(&client.get_remote_address()?), text(&server.get_local_address()?));
        check!(text(&client.get_local_address()?), text(&server.get_remote_address()?));
        let (echoed, answer) = join(echo(server), async {
            let (sent, got) = join(send(&client, b"hello".to_vec()), receive(&client)).await;
            sent.and(got)
        })
        .await;
        echoed?;
        check!(answer?, b"hello");
    }
    Ok(())
}

async fn tcp_large() -> Outcome {
    let bytes: Vec<u8> = (0..4u32 << 20).map(|i| (i % 241) as u8).collect();
    let (client, server) = pair(Family::Ipv4).await?;
    let (echoed, answer) = join(echo(server), async {
        let (sent, got) = join(send(&client, bytes.clone()), receive(&client)).await;
        sent.and(got)
    })
    .await;
    echoed?;
    check!(answer? == bytes);
    Ok(())
}

// Many clients at a time, each of which is served while the others wait.
async fn tcp_at_once() -> Outcome {
    const N: usize = 50;
    let Listener { socket, address, mut coming } = listen(Family::Ipv4)?;
    let mut serve = async || -> Outcome {
        let mut accepted = Vec::new();
        while accepted.len() < N {
            accepted.push(coming.next().await.ok_or("the listener has ended")?);
        }
        join_all(accepted.into_iter().map(echo)).await.into_iter().collect::<Outcome<Vec<_>>>()?;
        Ok(())
    };
    let ask = async |i: usize| -> Outcome {
        let client = TcpSocket::create(Family::Ipv4)?;
        client.connect(address).await?;
        let text = format!("client {i}").into_bytes();
        let (sent, got) = join(send(&client, text.clone()), receive(&client)).await;
        sent?;
        check!(got?, text);
        Ok(())
    };
    let (served, asked) = join(serve(), join_all((0..N).map(ask))).await;
    served?;
    asked.into_iter().collect::<Outcome<Vec<_>>>()?;
    check!(socket.get_is_listening());
    Ok(())
}

async fn tcp_early_ends() -> Outcome {
    // The end of one direction is not the end of the other.
    let (client, server) = pair(Family::Ipv4).await?;
    send(&client, b"question".to_vec()).await?;
    check!(receive(&server).await?, b"question");
    send(&server, b"answer".to_vec()).await?;
    check!(receive(&client).await?, b"answer");
    // Streams outlive their socket.
    let (client, server) = pair(Family::Ipv4).await?;
    let (stream, done) = client.receive();
    drop(client);
    send(&server, b"late".to_vec()).await?;
    drop(server);
    check!(stream.collect().await, b"late");
    done.await?;
    // Who wants nothing gets nothing, and that is no error.
    let (client, server) = pair(Family::Ipv4).await?;
    let (stream, done) = client.receive();
    drop(stream);
    done.await?;
    drop(server);
    // A listener's stream goes, and with it what has connected.
    let Listener { socket, address, coming } = listen(Family::Ipv4)?;
    drop(coming);
    let late = TcpSocket::create(Family::Ipv4)?;
    late.connect(address).await?;
    drop(socket);
    Ok(())
}

async fn tcp_states() -> Outcome {
    let socket = TcpSocket::create(Family::Ipv4)?;
    is!(socket.get_local_address(), Err(ErrorCode::InvalidState));
    is!(socket.get_remote_address(), Err(ErrorCode::InvalidState));
    is!(socket.get_address_family(), Family::Ipv4);
    is!(send(&socket, vec![1]).await, Err(ErrorCode::InvalidState));
    is!(receive(&socket).await, Err(ErrorCode::InvalidState));
    is!(socket.bind(loopback(Family::Ipv6, 0)), Err(ErrorCode::InvalidArgument));
    socket.bind(loopback(Family::Ipv4, 0))?;
    is!(socket.bind(loopback(Family::Ipv4, 0)), Err(ErrorCode::InvalidState));
    let free = socket.get_local_address()?;
    check!(port(&free) > 0);
    drop(socket);
    let socket = TcpSocket::create(Family::Ipv4)?;
    is!(socket.connect(free).await, Err(ErrorCode::ConnectionRefused));
    let listener = listen(Family::Ipv4)?;
    is!(listener.socket.listen(), Err(ErrorCode::InvalidState));
    is!(listener.socket.connect(free).await, Err(ErrorCode::InvalidState));
    let other = TcpSocket::create(Family::Ipv4)?;
    is!(other.bind(listener.address), Err(ErrorCode::AddressInUse));
    let (client, _server) = pair(Family::Ipv4).await?;
    is!(client.connect(free).await, Err(ErrorCode::InvalidState));
    send(&client, vec![1]).await?;
    is!(send(&client, vec![1]).await, Err(ErrorCode::InvalidState));
    Ok(())
}

async fn tcp_options() -> Outcome {
    let socket = TcpSocket::create(Family::Ipv4)?;
    is!(socket.set_listen_backlog_size(0), Err(ErrorCode::InvalidArgument));
    socket.set_listen_backlog_size(5)?;
    socket.set_keep_alive_enabled(true)?;
    check!(socket.get_keep_alive_enabled()?);
    socket.set_keep_alive_idle_time(30_000_000_000)?;
    check!(socket.get_keep_alive_idle_time()?, 30_000_000_000);
    is!(socket.set_keep_alive_interval(0), Err(ErrorCode::InvalidArgument));
    socket.set_keep_alive_interval(7_000_000_000)?;
    check!(socket.get_keep_alive_interval()?, 7_000_000_000);
    socket.set_keep_alive_count(3)?;
    check!(socket.get_keep_alive_count()?, 3);
    socket.set_hop_limit(33)?;
    check!(socket.get_hop_limit()?, 33);
    socket.set_receive_buffer_size(65536)?;
    check!(socket.get_receive_buffer_size()?, 65536);
    socket.set_send_buffer_size(65536)?;
    check!(socket.get_send_buffer_size()?, 65536);
    Ok(())
}

async fn udp() -> Outcome {
    for family in FAMILIES {
        let server = UdpSocket::create(family)?;
        server.bind(loopback(family, 0))?;
        let address = server.get_local_address()?;
        let client = UdpSocket::create(family)?;
        client.connect(address)?;
        for size in [0, 1, 1000] {
            let ping = vec![b'x'; size];
            let (got, sent) = join(server.receive(), client.send(ping.clone(), None)).await;
            sent?;
            let (bytes, from) = got?;
            check!(bytes, ping);
            check!(text(&from), text(&client.get_local_address()?));
            let (got, sent) = join(client.receive(), server.send(ping.clone(), Some(from))).await;
            sent?;
            check!(got?.0, ping);
        }
    }
    Ok(())
}

async fn udp_states() -> Outcome {
    let socket = UdpSocket::create(Family::Ipv4)?;
    is!(socket.receive().await, Err(ErrorCode::InvalidState));
    is!(socket.get_local_address(), Err(ErrorCode::InvalidState));
    is!(socket.send(vec![1], None).await, Err(ErrorCode::InvalidArgument));
    is!(socket.disconnect(), Err(ErrorCode::InvalidState));
    is!(socket.connect(loopback(Family::Ipv4, 0)), Err(ErrorCode::InvalidArgument));
    socket.connect(loopback(Family::Ipv4, 9))?;
    check!(port(&socket.get_remote_address()?), 9);
    socket.disconnect()?;
    is!(socket.get_remote_address(), Err(ErrorCode::InvalidState));
    is!(socket.set_unicast_hop_limit(0), Err(ErrorCode::InvalidArgument));
    socket.set_unicast_hop_limit(9)?;
    check!(socket.get_unicast_hop_limit()?, 9);
    Ok(())
}

async fn names() -> Outcome {
    let four = resolve_addresses("127.0.0.1".to_string()).await?;
    is!(&four[..], [IpAddress::Ipv4((127, 0, 0, 1))]);
    let six = resolve_addresses("::1".to_string()).await?;
    is!(&six[..], [IpAddress::Ipv6((0, 0, 0, 0, 0, 0, 0, 1))]);
    let local = resolve_addresses("localhost".to_string()).await?;
    check!(!local.is_empty());
    let bad = resolve_addresses("not a name".to_string()).await;
    is!(bad, Err(ip_name_lookup::ErrorCode::InvalidArgument));
    check!(resolve_addresses("none.invalid".to_string()).await.is_err());
    Ok(())
}
