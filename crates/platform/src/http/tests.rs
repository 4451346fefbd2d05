//! Tests of the outbound client against a listener of our own.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::crypto::install_crypto_provider;

/// Answers every connection with `reply` and then closes it; gives the address.
async fn server(reply: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0_u8; 1024];
            let _read = socket.read(&mut request).await;
            if reply.is_empty() {
                // Silence: keep the connection until the other side gives up.
                let _read = socket.read(&mut request).await;
            } else {
                let _written = socket.write_all(reply).await;
            }
        }
    });
    format!("http://{address}/")
}

fn quick() -> Client {
    install_crypto_provider();
    client(HttpLimits { total_timeout: Duration::from_millis(200), ..HttpLimits::default() }).unwrap()
}

#[tokio::test]
async fn redirect_is_an_answer_and_is_not_followed() {
    let url = server(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/inside\r\ncontent-length: 0\r\n\r\n").await;
    let answer = quick().get(url).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 302);
}

#[tokio::test]
async fn silent_server_is_given_up_at_the_limit() {
    let url = server(b"").await;
    let error = quick().get(url).send().await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
}

#[tokio::test]
async fn body_is_read_up_to_its_limit_and_not_beyond() {
    let url = server(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789").await;
    let answer = quick().get(&url).send().await.unwrap();
    assert_eq!(read_body(answer, 10).await.unwrap(), b"0123456789");
    let answer = quick().get(&url).send().await.unwrap();
    assert!(matches!(read_body(answer, 9).await, Err(HttpError::TooLong { limit: 9 })));
}

#[tokio::test]
async fn body_without_a_length_is_limited_too() {
    let url =
        server(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n").await;
    let answer = quick().get(&url).send().await.unwrap();
    assert!(matches!(read_body(answer, 9).await, Err(HttpError::TooLong { limit: 9 })));
}
