//! Advanced hunting of Defender XDR (`DeviceProcessEvents` and others), by `ActionType`: as it is exported, and as it is streamed, with
//! all fields below `properties`. Source: the schema of advanced hunting.

use super::CoreMap;
use super::services::Service;
use crate::derive::Derive::Said;

/// The process that did it.
const BY_PROCESS: &[CoreMap] = &[
    ("host_name", "DeviceName", Said),
    ("host_name", "properties.DeviceName", Said),
    ("user_name", "InitiatingProcessAccountName", Said),
    ("user_name", "properties.InitiatingProcessAccountName", Said),
    ("user_domain", "InitiatingProcessAccountDomain", Said),
    ("user_domain", "properties.InitiatingProcessAccountDomain", Said),
    ("process_executable", "InitiatingProcessFolderPath", Said),
    ("process_executable", "properties.InitiatingProcessFolderPath", Said),
    ("process_command_line", "InitiatingProcessCommandLine", Said),
    ("process_command_line", "properties.InitiatingProcessCommandLine", Said),
];

/// A file.
const OF_FILE: &[CoreMap] =
    &[("file_path", "FolderPath", Said), ("file_path", "properties.FolderPath", Said)];

const HASHES: &[CoreMap] = &[
    ("hash_md5", "MD5", Said),
    ("hash_md5", "properties.MD5", Said),
    ("hash_sha1", "SHA1", Said),
    ("hash_sha1", "properties.SHA1", Said),
    ("hash_sha256", "SHA256", Said),
    ("hash_sha256", "properties.SHA256", Said),
];

/// These names of fields, and those of the process that did it.
macro_rules! and_by_process {
    ($($own:expr),* $(,)?) => {
        &[
            $($own,)*
            ("Image", "InitiatingProcessFolderPath"),
            ("Image", "properties.InitiatingProcessFolderPath"),
            ("CommandLine", "InitiatingProcessCommandLine"),
            ("CommandLine", "properties.InitiatingProcessCommandLine"),
            ("ProcessId", "InitiatingProcessId"),
            ("ProcessId", "properties.InitiatingProcessId"),
            ("User", "InitiatingProcessAccountName"),
            ("User", "properties.InitiatingProcessAccountName"),
            ("Computer", "DeviceName"),
            ("Computer", "properties.DeviceName"),
            ("LogonId", "InitiatingProcessLogonId"),
            ("LogonId", "properties.InitiatingProcessLogonId"),
        ]
    };
}

const CONNECTIONS: &[&str] =
    &["ConnectionSuccess", "ConnectionAttempt", "ConnectionFailed", "ConnectionFound", "ConnectionRequest"];

/// Processes that began.
pub(crate) const PROCESS: Service = Service {
    name: "Defender XDR: processes",
    table: "defender_process",
    product: "windows",
    services: &[],
    categories: &["process_creation"],
    told_by: &[
        &[("ActionType", &["ProcessCreated"]), ("DeviceName", &[])],
        &[("properties.ActionType", &["ProcessCreated"]), ("properties.DeviceName", &[])],
    ],
    action: "process_creation",
    aliases: &[
        ("Image", "FolderPath"),
        ("Image", "properties.FolderPath"),
        ("CommandLine", "ProcessCommandLine"),
        ("CommandLine", "properties.ProcessCommandLine"),
        ("OriginalFileName", "ProcessVersionInfoOriginalFileName"),
        ("OriginalFileName", "properties.ProcessVersionInfoOriginalFileName"),
        ("Product", "ProcessVersionInfoProductName"),
        ("Product", "properties.ProcessVersionInfoProductName"),
        ("Company", "ProcessVersionInfoCompanyName"),
        ("Company", "properties.ProcessVersionInfoCompanyName"),
        ("Description", "ProcessVersionInfoFileDescription"),
        ("Description", "properties.ProcessVersionInfoFileDescription"),
        ("FileVersion", "ProcessVersionInfoProductVersion"),
        ("FileVersion", "properties.ProcessVersionInfoProductVersion"),
        ("IntegrityLevel", "ProcessIntegrityLevel"),
        ("IntegrityLevel", "properties.ProcessIntegrityLevel"),
        ("ParentImage", "InitiatingProcessFolderPath"),
        ("ParentImage", "properties.InitiatingProcessFolderPath"),
        ("ParentCommandLine", "InitiatingProcessCommandLine"),
        ("ParentCommandLine", "properties.InitiatingProcessCommandLine"),
        ("ParentProcessId", "InitiatingProcessId"),
        ("ParentProcessId", "properties.InitiatingProcessId"),
        ("User", "AccountName"),
        ("User", "properties.AccountName"),
        ("Computer", "DeviceName"),
        ("Computer", "properties.DeviceName"),
        ("ProcessId", "properties.ProcessId"),
        ("SHA256", "properties.SHA256"),
        ("SHA1", "properties.SHA1"),
        ("MD5", "properties.MD5"),
    ],
    core: &[
        &[
            ("host_name", "DeviceName", Said),
            ("host_name", "properties.DeviceName", Said),
            ("user_name", "AccountName", Said),
            ("user_name", "properties.AccountName", Said),
            ("user_domain", "AccountDomain", Said),
            ("user_domain", "properties.AccountDomain", Said),
            ("process_executable", "FolderPath", Said),
            ("process_executable", "properties.FolderPath", Said),
            ("process_command_line", "ProcessCommandLine", Said),
            ("process_command_line", "properties.ProcessCommandLine", Said),
            ("process_parent_executable", "InitiatingProcessFolderPath", Said),
            ("process_parent_executable", "properties.InitiatingProcessFolderPath", Said),
            ("process_parent_command_line", "InitiatingProcessCommandLine", Said),
            ("process_parent_command_line", "properties.InitiatingProcessCommandLine", Said),
        ],
        HASHES,
        &[("logon_id", "LogonId", Said), ("logon_id", "properties.LogonId", Said)],
    ],
};

/// Files that were written or renamed.
pub(crate) const FILE: Service = Service {
    name: "Defender XDR: files",
    table: "defender_file",
    product: "windows",
    services: &[],
    categories: &["file_event"],
    told_by: &[
        &[("ActionType", &["FileCreated", "FileModified", "FileRenamed"]), ("DeviceName", &[])],
        &[
            ("properties.ActionType", &["FileCreated", "FileModified", "FileRenamed"]),
            ("properties.DeviceName", &[]),
        ],
    ],
    action: "file_event",
    aliases: and_by_process![("TargetFilename", "FolderPath"), ("TargetFilename", "properties.FolderPath"),],
    core: &[BY_PROCESS, OF_FILE, HASHES],
};

/// Files that were deleted.
pub(crate) const FILE_DELETE: Service = Service {
    name: "Defender XDR: deleted files",
    table: "defender_file_delete",
    product: "windows",
    services: &[],
    categories: &["file_delete"],
    told_by: &[
        &[("ActionType", &["FileDeleted"]), ("DeviceName", &[])],
        &[("properties.ActionType", &["FileDeleted"]), ("properties.DeviceName", &[])],
    ],
    action: "file_delete",
    aliases: and_by_process![("TargetFilename", "FolderPath"), ("TargetFilename", "properties.FolderPath"),],
    core: &[BY_PROCESS, OF_FILE, HASHES],
};

/// Libraries that were loaded.
pub(crate) const IMAGE: Service = Service {
    name: "Defender XDR: loaded images",
    table: "defender_image",
    product: "windows",
    services: &[],
    categories: &["image_load"],
    told_by: &[
        &[("ActionType", &["ImageLoaded"]), ("DeviceName", &[])],
        &[("properties.ActionType", &["ImageLoaded"]), ("properties.DeviceName", &[])],
    ],
    action: "image_load",
    aliases: and_by_process![("ImageLoaded", "FolderPath"), ("ImageLoaded", "properties.FolderPath"),],
    core: &[BY_PROCESS, OF_FILE, HASHES],
};

/// Connections.
pub(crate) const NETWORK: Service = Service {
    name: "Defender XDR: connections",
    table: "defender_network",
    product: "windows",
    services: &[],
    categories: &["network_connection"],
    told_by: &[
        &[("ActionType", CONNECTIONS), ("DeviceName", &[])],
        &[("properties.ActionType", CONNECTIONS), ("properties.DeviceName", &[])],
    ],
    action: "network_connection",
    aliases: and_by_process![
        ("DestinationIp", "RemoteIP"),
        ("DestinationIp", "properties.RemoteIP"),
        ("DestinationPort", "RemotePort"),
        ("DestinationPort", "properties.RemotePort"),
        ("DestinationHostname", "RemoteUrl"),
        ("DestinationHostname", "properties.RemoteUrl"),
        ("SourceIp", "LocalIP"),
        ("SourceIp", "properties.LocalIP"),
        ("SourcePort", "LocalPort"),
        ("SourcePort", "properties.LocalPort"),
    ],
    core: &[
        BY_PROCESS,
        &[
            ("source_ip", "LocalIP", Said),
            ("source_ip", "properties.LocalIP", Said),
            ("source_port", "LocalPort", Said),
            ("source_port", "properties.LocalPort", Said),
            ("destination_ip", "RemoteIP", Said),
            ("destination_ip", "properties.RemoteIP", Said),
            ("destination_port", "RemotePort", Said),
            ("destination_port", "properties.RemotePort", Said),
            ("destination_domain", "RemoteUrl", Said),
            ("destination_domain", "properties.RemoteUrl", Said),
        ],
    ],
};
