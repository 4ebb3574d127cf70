// This file calls what the other programs do not need of WASI 0.3, and looks at the
// answers. The arguments are the names of checks; without any, all are made.
//
// build: --crate-type cdylib

#[path = "lib/check.rs"]
mod check;
#[path = "lib/tasks.rs"]
mod tasks;
#[path = "lib/web.rs"]
mod web;

use check::{Checks, Outcome};
use wasip3::cli::{environment, terminal_stderr, terminal_stdin, terminal_stdout};
use wasip3::filesystem::preopens;
use wasip3::filesystem::types::{
    Advice, DescriptorFlags as Flags, ErrorCode as FileError, Instant, NewTimestamp,
    OpenFlags as Open, PathFlags,
};
use wasip3::http::types::{
    Fields, HeaderError, Method, Request, RequestOptions, RequestOptionsError,
};
use wasip3::sockets::types::{ErrorCode as NetError, IpAddressFamily, UdpSocket};
use wasip3::wit_future;

struct Surface;

wasip3::cli::command::export!(Surface);

impl wasip3::exports::cli::run::Guest for Surface {
    async fn run() -> Result<(), ()> {
        let mut checks = Checks::new(environment::get_arguments().into_iter().skip(1));
        checks.run("program", program()).await;
        checks.run("files", files()).await;
        checks.run("datagrams", datagrams()).await;
        checks.run("fields", fields()).await;
        checks.run("options", options()).await;
        checks.run("messages", messages()).await;
        checks.end()
    }
}

async fn program() -> Outcome {
    check!(environment::get_initial_cwd(), None);
    check!(terminal_stdin::get_terminal_stdin().is_none());
    check!(terminal_stdout::get_terminal_stdout().is_none());
    check!(terminal_stderr::get_terminal_stderr().is_none());
    Ok(())
}

async fn files() -> Outcome {
    let (dir, _) = preopens::get_directories().into_iter().next().ok_or("no directory")?;
    let none = PathFlags::empty();
    let file = dir.open_at(none, "file".into(), Open::CREATE, Flags::WRITE).await?;
    for advice in [Advice::Normal, Advice::Sequential, Advice::WillNeed, Advice::NoReuse] {
        file.advise(0, 100, advice).await?;
    }
    is!(dir.advise(0, 0, Advice::Normal).await, Err(FileError::BadDescriptor));
    let hash = dir.metadata_hash_at(none, "file".into()).await?;
    let same = file.metadata_hash().await?;
    check!((hash.lower, hash.upper), (same.lower, same.upper));
    is!(dir.metadata_hash_at(none, "nothing".into()).await, Err(FileError::NoEntry));
    let at = |seconds| NewTimestamp::Timestamp(Instant { seconds, nanoseconds: 5 });
    dir.set_times_at(none, "file".into(), at(42), at(-69)).await?;
    let stat = file.stat().await?;
    let time = |i: Option<Instant>| i.map(|i| (i.seconds, i.nanoseconds));
    check!(time(stat.data_access_timestamp), Some((42, 5)));
    check!(time(stat.data_modification_timestamp), Some((-69, 5)));
    let now = dir.set_times_at(none, "file".into(), NewTimestamp::NoChange, NewTimestamp::Now);
    now.await?;
    let stat = file.stat().await?;
    check!(time(stat.data_access_timestamp), Some((42, 5)));
    check!(time(stat.data_modification_timestamp) > Some((1_000_000_000, 0)));
    is!(
        dir.set_times_at(none, "nothing".into(), at(1), at(1)).await,
        Err(FileError::NoEntry)
    );
    dir.unlink_file_at("file".into()).await?;
    Ok(())
}

async fn datagrams() -> Outcome {
    for family in [IpAddressFamily::Ipv4, IpAddressFamily::Ipv6] {
        let socket = UdpSocket::create(family)?;
        check!(socket.get_address_family(), family);
        is!(socket.set_receive_buffer_size(0), Err(NetError::InvalidArgument));
        is!(socket.set_send_buffer_size(0), Err(NetError::InvalidArgument));
        socket.set_receive_buffer_size(65536)?;
        socket.set_send_buffer_size(65536)?;
        check!(socket.get_receive_buffer_size()?, 65536);
        check!(socket.get_send_buffer_size()?, 65536);
    }
    Ok(())
}

async fn fields() -> Outcome {
    let f = Fields::new();
    f.append("Color", b"red")?;
    f.append("color", b"blue")?;
    f.set("size", &[b"1".to_vec(), b"2".to_vec()])?;
    check!(f.has("COLOR") && !f.has("shape"));
    check!(f.get("color"), vec![b"red".to_vec(), b"blue".to_vec()]);
    let copy = f.clone();
    check!(f.get_and_delete("Size")?, vec![b"1".to_vec(), b"2".to_vec()]);
    f.delete("color")?;
    check!(f.copy_all().is_empty());
    check!(copy.copy_all().len(), 4);
    check!(copy.copy_all()[1], ("Color".to_string(), b"blue".to_vec()));
    is!(copy.append("no name", b""), Err(HeaderError::InvalidSyntax));
    is!(copy.set("host", &[b"x".to_vec()]), Err(HeaderError::Forbidden));
    is!(copy.delete(""), Err(HeaderError::InvalidSyntax));
    Ok(())
}

async fn options() -> Outcome {
    let o = RequestOptions::new();
    check!(o.get_connect_timeout(), None);
    check!(o.get_first_byte_timeout(), None);
    check!(o.get_between_bytes_timeout(), None);
    o.set_connect_timeout(Some(1))?;
    o.set_first_byte_timeout(Some(u64::MAX))?;
    o.set_between_bytes_timeout(Some(3))?;
    let copy = o.clone();
    o.set_connect_timeout(None)?;
    check!(o.get_connect_timeout(), None);
    check!(copy.get_connect_timeout(), Some(1));
    check!(copy.get_first_byte_timeout(), Some(u64::MAX));
    check!(copy.get_between_bytes_timeout(), Some(3));
    let (_, end) = wit_future::new(|| Ok(None));
    let (request, _sent) = Request::new(Fields::new(), None, end, Some(copy));
    let kept = request.get_options().ok_or("no options")?;
    check!(kept.get_connect_timeout(), Some(1));
    is!(kept.set_connect_timeout(None), Err(RequestOptionsError::Immutable));
    Ok(())
}

// Messages that are not sent can be looked at, and their bodies read by who made
// them. A program that reads its own future of trailers traps.
async fn messages() -> Outcome {
    let (_, end) = wit_future::new(|| Ok(None));
    let (request, _sent) = Request::new(web::fields(&[("a", "b")])?, None, end, None);
    is!(request.get_method(), Method::Get);
    check!(request.set_method(&Method::Other("FIND".into())).is_ok());
    check!(matches!(request.get_method(), Method::Other(m) if m == "FIND"));
    check!(request.get_options().is_none());
    let headers = request.get_headers();
    check!(web::text(&headers), "a: b\n");
    is!(headers.append("c", b"d"), Err(HeaderError::Immutable));
    drop(headers);
    let (body, trailers) = web::body(request);
    check!(body.collect().await.is_empty());
    drop(trailers);

    let (response, mut tx, _end) = web::response(404, &[("e", "f")])?;
    check!(response.get_status_code(), 404);
    is!(response.set_status_code(99), Err(()));
    check!(web::text(&response.get_headers()), "e: f\n");
    let (body, trailers) = web::response_body(response);
    let (rest, text) = tasks::join(
        async move { tx.write_all(b"some text".to_vec()).await },
        body.collect(),
    )
    .await;
    check!(rest.is_empty());
    check!(text, b"some text");
    drop(trailers);
    Ok(())
}
