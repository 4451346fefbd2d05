//! Temporary.
#[tokio::main]
async fn main() {
    platform::crypto::install_crypto_provider();
    jwks::install_jwt_provider();
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("try") => {
            let options = dev::TrialOptions { issuer: args.next(), headless: true };
            match dev::trial::run(options).await {
                Ok(r) => println!("{}", r.is_success()),
                Err(e) => println!("ERR {e}"),
            }
        }
        _ => {
            let port = args.next().and_then(|p| p.parse().ok()).unwrap_or(8080);
            if let Err(e) = dev::run(dev::DevOptions { port, memory: true, ..Default::default() }).await {
                println!("ERR {e}")
            }
        }
    }
}
