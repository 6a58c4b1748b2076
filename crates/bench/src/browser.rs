//! Pages in Chromium: how long one takes from its request until it is done.
//!
//! A server of this process gives out the page and a second one around it, which waits and reports the time.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};
use std::{env, thread};

use crate::Result;

/// Shows the page in a frame; measured is from its request until it is done and laid out.
const HARNESS: &str = "<!doctype html><meta charset=utf-8><body><script>
const begin = performance.now();
function look(frame) {
  const page = frame.contentDocument;
  if (!(DONE)) return setTimeout(look, 5, frame);
  const height = page.documentElement.getBoundingClientRect().height;
  const said = Math.round(performance.now() - begin) + ' ms, ' + page.querySelectorAll('*').length +
    ' elements, ' + Math.round(height) + ' pixels high';
  fetch('/measured?' + encodeURIComponent(said));
}
</script><iframe src=/page width=1280 height=900 onload=look(this)></iframe>";

/// A page that takes longer than this takes too long.
const MOST: Duration = Duration::from_secs(120);

/// Chromium, as `CHROMIUM` names it or as it lies on the PATH.
pub(crate) fn find() -> Result<PathBuf> {
    let named = env::var_os("CHROMIUM").map(PathBuf::from);
    let found = || {
        let path = env::var_os("PATH")?;
        env::split_paths(&path)
            .flat_map(|folder| ["chromium", "google-chrome"].map(|name| folder.join(name)))
            .find(|file| file.exists())
    };
    named.or_else(found).ok_or_else(|| "no Chromium: install it, or name it in CHROMIUM".into())
}

/// Has Chromium show a page until `done`, JavaScript about `page`, is true; says how long it took and how large it is.
pub(crate) fn measure(browser: &Path, page: &Path, done: &str) -> Result<String> {
    let profile = tempfile::Builder::new().prefix("onus-bench-").tempdir()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut running = Running(
        Command::new(browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--remote-debugging-port=0"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!("http://{}/", listener.local_addr()?))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?,
    );
    let (harness, content) = (HARNESS.replace("DONE", done).into_bytes(), fs::read(page)?);
    let (tell, told) = channel();
    thread::spawn(move || serve(&listener, &Arc::new([harness, content]), &tell));
    let begun = Instant::now();
    while begun.elapsed() < MOST && running.0.try_wait()?.is_none() {
        if let Ok(measured) = told.recv_timeout(Duration::from_millis(50)) {
            return Ok(measured);
        }
    }
    Err(format!("Chromium did not get {} done", page.display()).into())
}

/// Gives out both pages until something was measured. A browser keeps connections in hand, so each has a thread.
fn serve(listener: &TcpListener, pages: &Arc<[Vec<u8>; 2]>, tell: &Sender<String>) {
    for stream in listener.incoming().flatten() {
        let (pages, tell) = (Arc::clone(pages), tell.clone());
        thread::spawn(move || {
            if let Ok(Some(measured)) = answer(stream, &pages) {
                let _ = tell.send(measured);
            }
        });
    }
}

/// Gives what is asked for, or takes what was measured.
fn answer(mut stream: TcpStream, [harness, page]: &[Vec<u8>; 2]) -> io::Result<Option<String>> {
    let mut asked = String::new();
    BufReader::new(&stream).read_line(&mut asked)?;
    let path = asked.split(' ').nth(1).unwrap_or_default();
    if let Some(measured) = path.strip_prefix("/measured?") {
        return Ok(Some(measured.replace("%20", " ").replace("%2C", ",")));
    }
    let (status, body) = match path {
        "/" => ("200 OK", harness.as_slice()),
        "/page" => ("200 OK", page.as_slice()),
        _ => ("404 Not Found", &[][..]),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(body)?;
    Ok(None)
}

/// Ends with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
