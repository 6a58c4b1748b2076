//! In: a time-stamp token (RFC 3161), the bytes that it is said to be over, and the authorities that are trusted.
//! Out: the time at which these bytes existed ([`VerifiedTime`]), or the class of what does not hold
//! ([`TokenProblem`]); queries to authorities. Invariant: no I/O, no clock, no panic; a verified time is made by
//! the verifying code only. Specification: `docs/spec/time.md` (RFC 3161, RFC 5816, RFC 5652, RFC 5280).

mod algorithm;
mod chain;
mod query;
mod token;
mod verify;
mod walk;

pub use chain::{Authority, AuthorityError};
pub use query::{check_answer, query, token_of};
pub use verify::{VerifiedTime, stated_time, verify};

/// Most bytes of a token.
pub const TOKEN_BYTES: usize = 65_536;

/// Why a token counts for nothing, one variant a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TokenProblem {
    /// Not a token in its one form.
    #[error("not a time-stamp token: {0}")]
    NotAToken(&'static str),
    /// The authority refused.
    #[error("the authority did not grant it (status {0})")]
    NotGranted(u8),
    /// It is over other bytes.
    #[error("the token is over other bytes")]
    OtherBytes,
    /// It answers another query.
    #[error("the token answers another query")]
    OtherNonce,
    /// The signer's certificate is neither in it nor in the policy.
    #[error(
        "neither the token nor the policy has its signer's certificate; ask with certReq, or name that certificate as an authority"
    )]
    NoCertificate,
    /// A signature, digest or attribute does not hold.
    #[error("the token's signature does not hold")]
    BadSignature,
    /// An algorithm that is not supported here.
    #[error("the token is signed with an algorithm that is not supported")]
    Unsupported,
    /// The signer's certificate is not one for time stamps alone.
    #[error("the token is signed with a certificate that is not for time stamps")]
    NotForTimeStamping,
    /// No chain leads to a trusted authority.
    #[error("the token is of an authority that the policy does not name")]
    UnknownAuthority,
    /// A certificate of the chain was not valid at the token's time.
    #[error("a certificate was not valid at the token's time")]
    Expired,
}

impl TokenProblem {
    /// The name of the class, as in docs/spec/time.md.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::NotAToken(_) => "NotAToken",
            Self::NotGranted(_) => "NotGranted",
            Self::OtherBytes => "OtherBytes",
            Self::OtherNonce => "OtherNonce",
            Self::NoCertificate => "NoCertificate",
            Self::BadSignature => "BadSignature",
            Self::Unsupported => "Unsupported",
            Self::NotForTimeStamping => "NotForTimeStamping",
            Self::UnknownAuthority => "UnknownAuthority",
            Self::Expired => "Expired",
        }
    }
}
