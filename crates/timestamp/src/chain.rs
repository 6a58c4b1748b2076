//! From a signer's certificate to a trusted one (RFC 5280, as far as docs/spec/time.md asks).

use der::asn1::ObjectIdentifier;
use der::{Decode, Encode, Tag};
use x509_cert::Certificate;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier};

use crate::walk::{Element, context, one};
use crate::{TokenProblem, algorithm};

/// Certificates of a chain.
const MAX_CHAIN: usize = 8;
/// Signatures that are checked before a chain is given up.
const MAX_CHECKS: usize = 64;
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");

type Result<T> = std::result::Result<T, TokenProblem>;

/// A certificate beside the bytes that it was read from.
#[derive(Debug, Clone)]
pub(crate) struct Cert {
    pub(crate) der: Vec<u8>,
    pub(crate) certificate: Certificate,
}

impl Cert {
    pub(crate) fn parse(der: &[u8]) -> Option<Self> {
        Some(Self { der: der.to_vec(), certificate: Certificate::from_der(der).ok()? })
    }

    /// Whether it is the one that a signer names.
    pub(crate) fn is(&self, signer: &Element<'_>) -> bool {
        let tbs = self.certificate.tbs_certificate();
        if signer.tag == context(0, false) {
            let own = tbs.get_extension::<SubjectKeyIdentifier>().ok().flatten();
            return own.is_some_and(|(_, id)| id.0.as_bytes() == signer.content);
        }
        let Ok(parts) = signer.parts(Tag::Sequence) else { return false };
        match parts.as_slice() {
            [issuer, serial] => {
                tbs.issuer().to_der().is_ok_and(|own| own == issuer.whole)
                    && tbs.serial_number().to_der().is_ok_and(|own| own == serial.whole)
            }
            _ => false,
        }
    }

    /// Whether it may sign time stamps, and nothing else.
    pub(crate) fn is_for_time_stamps(&self) -> bool {
        let tbs = self.certificate.tbs_certificate();
        let purposes = tbs.get_extension::<ExtendedKeyUsage>();
        let alone = matches!(purposes, Ok(Some((true, ExtendedKeyUsage(all)))) if all == [TIME_STAMPING]);
        let usage = match tbs.get_extension::<KeyUsage>() {
            Ok(Some((_, usage))) => usage.digital_signature() || usage.non_repudiation(),
            Ok(None) => true,
            Err(_) => false,
        };
        alone && usage && self.known_extensions()
    }

    /// Whether it may sign a certificate with so many authorities between that one and the signer.
    fn may_issue(&self, between: usize) -> bool {
        let tbs = self.certificate.tbs_certificate();
        let authority = match tbs.get_extension::<BasicConstraints>() {
            Ok(Some((_, constraints))) => {
                constraints.ca
                    && constraints.path_len_constraint.is_none_or(|most| between <= usize::from(most))
            }
            _ => false,
        };
        let usage = match tbs.get_extension::<KeyUsage>() {
            Ok(Some((_, usage))) => usage.key_cert_sign(),
            Ok(None) => true,
            Err(_) => false,
        };
        authority && usage && self.known_extensions()
    }

    fn known_extensions(&self) -> bool {
        let known = [BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE];
        let extensions = self.certificate.tbs_certificate().extensions();
        extensions.is_none_or(|all| all.iter().all(|one| !one.critical || known.contains(&one.extn_id)))
    }

    fn valid_at(&self, time: i64) -> bool {
        let validity = self.certificate.tbs_certificate().validity();
        let [from, to] =
            [validity.not_before, validity.not_after].map(|time| time.to_unix_duration().as_secs());
        u64::try_from(time).is_ok_and(|time| (from..=to).contains(&time))
    }

    /// Whether `issuer` signed this certificate.
    fn issued_by(&self, issuer: &Self) -> bool {
        let names = self.certificate.tbs_certificate().issuer().to_der().ok();
        if names.is_none() || names != issuer.certificate.tbs_certificate().subject().to_der().ok() {
            return false;
        }
        // The bytes as they stand: writing a certificate again might change them.
        let Some(parts) = one(&self.der).and_then(|whole| whole.parts(Tag::Sequence)).ok() else {
            return false;
        };
        let [signed, algorithm, _] = parts.as_slice() else { return false };
        let stated = self.certificate.tbs_certificate().signature().to_der();
        let Some(signature) = self.certificate.signature().as_bytes() else { return false };
        let key = issuer.certificate.tbs_certificate().subject_public_key_info();
        let oid = self.certificate.signature_algorithm().oid;
        stated.is_ok_and(|inner| inner == algorithm.whole)
            && algorithm::verify(key, oid, None, signed.whole, signature).is_ok()
    }
}

/// A time-stamp authority that is trusted.
#[derive(Debug, Clone)]
pub struct Authority {
    name: String,
    root: Cert,
}

/// A certificate that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one certificate in PEM")]
pub struct AuthorityError;

impl Authority {
    /// Of one certificate in PEM; `name` is for people.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn from_pem(name: &str, pem: &str) -> std::result::Result<Self, AuthorityError> {
        let (label, der) = der::pem::decode_vec(pem.trim().as_bytes()).map_err(|_| AuthorityError)?;
        match Cert::parse(&der) {
            Some(root) if label == "CERTIFICATE" => Ok(Self { name: name.to_owned(), root }),
            _ => Err(AuthorityError),
        }
    }

    /// The name for people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn certificate(&self) -> &Cert {
        &self.root
    }
}

impl PartialEq for Authority {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.root.der == other.root.der
    }
}

impl Eq for Authority {}

/// Finds a chain from `signer` to an authority, valid at `time`.
pub(crate) fn lead<'a>(
    signer: &Cert,
    carried: &[Cert],
    authorities: &'a [Authority],
    time: i64,
) -> Result<&'a Authority> {
    let mut search = Search { carried, authorities, time, checks: 0, expired: false };
    match search.from(&mut vec![signer]) {
        Some(authority) => Ok(authority),
        None if search.expired => Err(TokenProblem::Expired),
        None => Err(TokenProblem::UnknownAuthority),
    }
}

struct Search<'a, 'c> {
    carried: &'c [Cert],
    authorities: &'a [Authority],
    time: i64,
    checks: usize,
    /// A chain was found in which a certificate was not valid at the time.
    expired: bool,
}

impl<'a, 'c> Search<'a, 'c> {
    fn from(&mut self, chain: &mut Vec<&'c Cert>) -> Option<&'a Authority> {
        let last = *chain.last()?;
        let between = chain.len() - 1;
        let authorities = self.authorities;
        for authority in authorities {
            let root = &authority.root;
            let same = root.der == last.der;
            if same || (chain.len() < MAX_CHAIN && root.may_issue(between) && self.issued(last, root)) {
                if root.valid_at(self.time) && chain.iter().all(|one| one.valid_at(self.time)) {
                    return Some(authority);
                }
                self.expired = true;
            }
        }
        // Room for one more, and for the authority after it.
        if chain.len() + 1 >= MAX_CHAIN {
            return None;
        }
        for next in self.carried {
            let new = chain.iter().all(|one| one.der != next.der);
            if new && next.may_issue(between) && self.issued(last, next) {
                chain.push(next);
                if let Some(authority) = self.from(chain) {
                    return Some(authority);
                }
                chain.pop();
            }
        }
        None
    }

    /// Whether one certificate issued another; gives up after many.
    fn issued(&mut self, certificate: &Cert, issuer: &Cert) -> bool {
        self.checks += 1;
        self.checks <= MAX_CHECKS && certificate.issued_by(issuer)
    }
}
