//! Zeek logs: which log type an entry is, and its fields.

use super::CoreMap;
use crate::derive::Derive::{Copy, Join};

/// In JSON without a stated log type, the fields that only this type has together.
pub(crate) const SIGNATURES: &[(&str, &[&str])] = &[
    ("conn", &["conn_state", "uid"]),
    ("dns", &["qtype_name", "query"]),
    ("dns", &["trans_id", "uid"]),
    ("http", &["trans_depth", "uid"]),
    ("http", &["method", "uri", "uid"]),
    ("ssl", &["cipher", "uid"]),
    ("ssl", &["server_name", "uid"]),
    ("ssh", &["auth_success", "uid"]),
    ("files", &["fuid", "mime_type"]),
    ("smb_files", &["action", "uid"]),
    ("dce_rpc", &["operation", "endpoint"]),
    ("kerberos", &["request_type", "uid"]),
    ("rdp", &["cookie", "uid"]),
];

/// Rules written for proxies, DNS servers and firewalls also fit what Zeek sees of the same traffic.
pub(crate) const CATEGORIES: &[(&str, &[&str])] =
    &[("http", &["proxy"]), ("dns", &["dns"]), ("conn", &["firewall"])];

/// Other spellings of fields, by exporters of the JSON form, and names that generic rules use.
pub(crate) const ALIASES: &[(&str, &str)] = &[
    ("id.orig_h", "id_orig_h"),
    ("id.orig_p", "id_orig_p"),
    ("id.resp_h", "id_resp_h"),
    ("id.resp_p", "id_resp_p"),
    ("src_ip", "id.orig_h"),
    ("src_ip", "id_orig_h"),
    ("dst_ip", "id.resp_h"),
    ("dst_ip", "id_resp_h"),
    ("src_port", "id.orig_p"),
    ("dst_port", "id.resp_p"),
    ("dst_port", "id_resp_p"),
    ("c-uri", "uri"),
    ("cs-uri", "uri"),
    ("c-useragent", "user_agent"),
    ("cs-host", "host"),
    ("r-dns", "host"),
    ("cs-method", "method"),
    ("cs-referrer", "referrer"),
    ("cs-username", "username"),
    ("sc-status", "status_code"),
    ("cs-bytes", "request_body_len"),
    ("sc-bytes", "response_body_len"),
];

/// Core columns of every Zeek log.
pub(crate) const CORE: &[CoreMap] = &[
    ("source_ip", "id.orig_h", Copy),
    ("source_ip", "id_orig_h", Copy),
    ("source_port", "id.orig_p", Copy),
    ("source_port", "id_orig_p", Copy),
    ("destination_ip", "id.resp_h", Copy),
    ("destination_ip", "id_resp_h", Copy),
    ("destination_port", "id.resp_p", Copy),
    ("destination_port", "id_resp_p", Copy),
    ("network_protocol", "service", Copy),
    ("network_protocol", "proto", Copy),
    ("source_bytes", "orig_bytes", Copy),
    ("destination_bytes", "resp_bytes", Copy),
    ("destination_domain", "query", Copy),
    ("destination_domain", "server_name", Copy),
    ("destination_domain", "host", Copy),
    ("url", "uri", Join("host")),
    ("user_name", "username", Copy),
    ("user_name", "client", Copy),
    ("file_path", "filename", Copy),
    ("file_path", "name", Copy),
    ("hash_md5", "md5", Copy),
    ("hash_sha1", "sha1", Copy),
    ("hash_sha256", "sha256", Copy),
];
