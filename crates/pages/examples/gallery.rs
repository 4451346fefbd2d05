//! Writes every page, in every state, language and theme, as a file: `cargo run -p pages --example gallery -- OUTDIR`.
//!
//! Serve the folder (`python3 -m http.server -d OUTDIR`) and look at each page at 320 and 1280 pixels.

use std::{error::Error, fs, path::Path};

use pages::{Brand, Frame, Preferences, Renderer, samples};
use protocol::Locale;
use web::Theme;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: gallery OUTDIR")?;
    let folder = Path::new(&folder);
    let renderer = Renderer::new(Brand::default())?;
    fs::create_dir_all(folder.join("assets"))?;
    for (href, content) in renderer.assets() {
        fs::write(folder.join(href.trim_start_matches('/')), content)?;
    }
    for (name, view) in samples::all() {
        for locale in [Locale::En, Locale::ZhCn] {
            for theme in [Theme::Auto, Theme::Light, Theme::Dark] {
                let preferences = Some(Preferences { token: "0".repeat(64), return_to: "/".to_owned() });
                let page = renderer.render(&Frame { locale, theme, preferences }, &view)?;
                fs::write(folder.join(format!("{name}.{}.{}.html", locale.tag(), theme.as_str())), page)?;
            }
        }
    }
    Ok(())
}
