//! The outside world: names and addresses of the documentation ranges.

use crate::world::Ip;

/// A server outside.
#[derive(Debug)]
pub(crate) struct Outside {
    pub(crate) name: &'static str,
    pub(crate) ip: Ip,
    pub(crate) tls: bool,
}

const fn tls(name: &'static str, last: u8) -> Outside {
    Outside { name, ip: Ip::new(192, 0, 2, last), tls: true }
}

const fn plain(name: &'static str, last: u8) -> Outside {
    Outside { name, ip: Ip::new(192, 0, 2, last), tls: false }
}

/// What people look at.
pub(crate) static PAGES: [Outside; 40] = [
    tls("www.morgenposten.example", 11),
    tls("static.morgenposten.example", 12),
    tls("www.havnenytt.example", 13),
    tls("www.shipbroker-weekly.example", 14),
    tls("search.lookabout.example", 15),
    tls("maps.lookabout.example", 16),
    tls("fonts.lookabout.example", 17),
    tls("video.lookabout.example", 18),
    tls("www.classification-society.example", 19),
    tls("portal.classification-society.example", 20),
    tls("www.propellerworks.example", 21),
    tls("catalogue.valves-and-pumps.example", 22),
    tls("www.steelprices.example", 23),
    tls("www.northbank.example", 24),
    tls("login.northbank.example", 25),
    tls("cdn.widgetry.example", 26),
    tls("img.widgetry.example", 27),
    tls("analytics.countwise.example", 28),
    tls("ads.countwise.example", 29),
    tls("www.travelfjords.example", 30),
    tls("booking.travelfjords.example", 31),
    tls("www.encyclopedia.example", 32),
    tls("upload.encyclopedia.example", 33),
    tls("forum.navalarchitects.example", 34),
    tls("www.nordvik-software.example", 35),
    tls("docs.nordvik-software.example", 36),
    tls("webmail.familymail.example", 37),
    tls("social.circleof.example", 38),
    tls("media.circleof.example", 39),
    tls("www.recipes-from-home.example", 40),
    tls("www.tidetables.example", 41),
    tls("music.humalong.example", 42),
    plain("www.harbourmaster.example", 43),
    plain("weather.coastwatch.example", 44),
    plain("radar.coastwatch.example", 45),
    plain("www.oldfashioned-engineers.example", 46),
    plain("news.shipyards.example", 47),
    plain("ocsp.northpoint-trust.example", 48),
    plain("crl.northpoint-trust.example", 49),
    plain("www.lunchmenu.example", 50),
];

/// A cloud drive to which people upload their own files.
pub(crate) static CLOUD_DRIVE: Outside = tls("drive.sharebox.example", 60);
/// Updates of the operating system, fetched with BITS.
pub(crate) static WINDOWS_UPDATE: Outside = plain("download.windowsupdate.example", 70);
/// Signatures of the virus scanner, fetched with BITS.
pub(crate) static DEFENDER_UPDATE: Outside = plain("definitions.defenderupdate.example", 71);
/// The vendor's updater asks it once an hour.
pub(crate) static CAD_UPDATE: Outside = tls("updates.nordvik-software.example", 72);
/// Mail exchangers of others.
pub(crate) static MAIL_SERVERS: [Ip; 6] = [
    Ip::new(192, 0, 2, 101),
    Ip::new(192, 0, 2, 117),
    Ip::new(192, 0, 2, 140),
    Ip::new(192, 0, 2, 163),
    Ip::new(203, 0, 113, 12),
    Ip::new(203, 0, 113, 31),
];

/// Where the intruders log on from.
pub(crate) const ATTACKER: Ip = Ip::new(203, 0, 113, 77);
/// Where their tools come from.
pub(crate) static TOOL_SERVER: Outside =
    Outside { name: "cdn-update.example", ip: Ip::new(203, 0, 113, 140), tls: false };
pub(crate) const C2_NAME: &str = "news.fjord-weather.example";
pub(crate) const C2: Ip = Ip::new(198, 51, 100, 23);
/// Where the other intruders keep their program and have documents sent: it has no name.
pub(crate) static BARE_SERVER: Outside =
    Outside { name: "203.0.113.199", ip: Ip::new(203, 0, 113, 199), tls: false };
/// What that program asks.
pub(crate) static VIEWER_SERVER: Outside =
    Outside { name: "share.paper-viewer.example", ip: Ip::new(198, 51, 100, 142), tls: true };
/// Where the archives go.
pub(crate) const DROP: Ip = Ip::new(198, 51, 100, 61);
