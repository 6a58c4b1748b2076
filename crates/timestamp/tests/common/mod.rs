//! A real time-stamp authority, run by `openssl ts`, with certificates made for the occasion.

#![allow(
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "for tests"
)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// An authority in a folder of its own: a root, and a certificate that signs time stamps.
pub struct Tsa {
    pub folder: tempfile::TempDir,
}

/// How to make one.
pub struct Making<'a> {
    /// Options of `openssl req` that make a key: `rsa:2048`, or an elliptic curve.
    pub key: &'a [&'a str],
    /// Extended key usage of the signing certificate.
    pub usage: &'a str,
    /// Days that the signing certificate is valid, from its first second on.
    pub days: &'a str,
    /// Hash of the ESS certificate id.
    pub ess: &'a str,
    /// Hash of the signature.
    pub digest: &'a str,
    /// An authority between root and signer.
    pub between: bool,
    /// Basic constraints of that authority.
    pub constraints: &'a str,
}

pub const RSA: &[&str] = &["-newkey", "rsa:2048"];
pub const P256: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
pub const P384: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"];
pub const USAGE: &str = "critical,timeStamping";

impl Default for Making<'_> {
    fn default() -> Self {
        Self {
            key: RSA,
            usage: USAGE,
            days: "3650",
            ess: "sha256",
            digest: "sha256",
            between: false,
            constraints: "critical,CA:TRUE",
        }
    }
}

/// Whether `openssl` is there; in CI it must be.
pub fn openssl_is_there(test: &str) -> bool {
    let there = Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success());
    assert!(there || std::env::var_os("CI").is_none(), "{test}: no openssl");
    if !there {
        eprintln!("skipped: {test}: no openssl");
    }
    there
}

impl Tsa {
    pub fn make(making: &Making<'_>) -> Self {
        let tsa = Self { folder: tempfile::tempdir().unwrap() };
        tsa.root("root", making.key);
        let issuer = if making.between {
            tsa.certificate(
                "between",
                making.key,
                &format!("basicConstraints={}\nkeyUsage=critical,keyCertSign\n", making.constraints),
                "3650",
                "root",
            );
            "between"
        } else {
            "root"
        };
        let usage = if making.usage.is_empty() {
            String::new()
        } else {
            format!("extendedKeyUsage={}\n", making.usage)
        };
        let extensions = format!("basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n{usage}");
        tsa.certificate("signer", making.key, &extensions, making.days, issuer);
        let chain: String = ["root", "between"]
            .iter()
            .filter_map(|name| fs::read_to_string(tsa.path(&format!("{name}.crt"))).ok())
            .collect();
        fs::write(tsa.path("chain.pem"), chain).unwrap();
        fs::write(tsa.path("serial"), "01\n").unwrap();
        let config = format!(
            "[tsa]\ndefault_tsa=t\n[t]\nserial={}\ncrypto_device=builtin\nsigner_cert={}\nsigner_key={}\ncerts={}\n\
             signer_digest={}\ndefault_policy=1.2.3.4.1\ndigests=sha256,sha384,sha512,sha1\naccuracy=secs:1,millisecs:500\n\
             ordering=no\ntsa_name=no\ness_cert_id_chain=no\ness_cert_id_alg={}\n",
            tsa.path("serial").display(),
            tsa.path("signer.crt").display(),
            tsa.path("signer.key").display(),
            tsa.path("chain.pem").display(),
            making.digest,
            making.ess
        );
        fs::write(tsa.path("tsa.cnf"), config).unwrap();
        tsa
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The root in PEM.
    pub fn root_pem(&self) -> String {
        fs::read_to_string(self.path("root.crt")).unwrap()
    }

    /// The answer to a query, as the authority gives it.
    pub fn answer(&self, query: &[u8]) -> Vec<u8> {
        fs::write(self.path("q.tsq"), query).unwrap();
        self.run(&["ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q.tsq", "-out", "r.tsr"]);
        fs::read(self.path("r.tsr")).unwrap()
    }

    pub fn run(&self, arguments: &[&str]) {
        let output =
            Command::new("openssl").args(arguments).current_dir(self.folder.path()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn root(&self, name: &str, key: &[&str]) {
        let (key_file, certificate) = (format!("{name}.key"), format!("{name}.crt"));
        let mut arguments = vec![
            "req",
            "-x509",
            "-nodes",
            "-days",
            "3650",
            "-subj",
            "/O=Test/CN=Root",
            "-keyout",
            &key_file,
            "-out",
            &certificate,
        ];
        arguments.extend(key);
        self.run(&arguments);
    }

    fn certificate(&self, name: &str, key: &[&str], extensions: &str, days: &str, issuer: &str) {
        fs::write(self.path("ext.cnf"), extensions).unwrap();
        let [key_file, request, certificate] = ["key", "csr", "crt"].map(|end| format!("{name}.{end}"));
        let subject = format!("/O=Test/CN={name}");
        let mut arguments = vec!["req", "-nodes", "-subj", &subject, "-keyout", &key_file, "-out", &request];
        arguments.extend(key);
        self.run(&arguments);
        let [issuer_certificate, issuer_key] = ["crt", "key"].map(|end| format!("{issuer}.{end}"));
        self.run(&[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            &issuer_certificate,
            "-CAkey",
            &issuer_key,
            "-CAcreateserial",
            "-days",
            days,
            "-extfile",
            "ext.cnf",
            "-out",
            &certificate,
        ]);
    }
}
