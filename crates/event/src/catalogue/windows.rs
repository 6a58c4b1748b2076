//! Windows event logs: channels, event types and fields.

use super::CoreMap;
use crate::derive::Derive::{Copy, Domain, HashPart, User};

/// The short name of the one channel that is not of Windows.
pub(crate) const LINUX_SYSMON: &str = "linux_sysmon";

/// What the tables of a channel begin with.
pub(crate) fn tables_of(short: &str) -> String {
    if short == LINUX_SYSMON { format!("{short}_") } else { format!("windows_{short}_") }
}

/// The channel of a table, and the rest of the table's name, which is the event ID.
pub(crate) fn channel_of(table: &str) -> Option<(&str, &str)> {
    let (short, id) = table.rsplit_once('_')?;
    Some((short.strip_prefix("windows_").or_else(|| Some(short).filter(|short| *short == LINUX_SYSMON))?, id))
}

/// Channel → (short name for tables, Sigma services).
pub(crate) const CHANNELS: &[(&str, &str, &[&str])] = &[
    ("Security", "security", &["security"]),
    ("System", "system", &["system"]),
    ("Application", "application", &["application"]),
    ("Microsoft-Windows-Sysmon/Operational", "sysmon", &["sysmon"]),
    // Sysmon for Linux writes its events in the form of those of Windows.
    ("Linux-Sysmon/Operational", LINUX_SYSMON, &["sysmon"]),
    ("Windows PowerShell", "powershell_classic", &["powershell-classic"]),
    ("Microsoft-Windows-PowerShell/Operational", "powershell", &["powershell"]),
    ("PowerShellCore/Operational", "powershell", &["powershell"]),
    ("Microsoft-Windows-TaskScheduler/Operational", "taskscheduler", &["taskscheduler"]),
    ("Microsoft-Windows-WMI-Activity/Operational", "wmi", &["wmi"]),
    ("Microsoft-Windows-Windows Defender/Operational", "windefend", &["windefend"]),
    ("Microsoft-Windows-Windows Defender/WHC", "windefend", &["windefend"]),
    ("Microsoft-Windows-DNS-Client/Operational", "dns_client", &["dns-client"]),
    ("Microsoft-Windows-DNS Client Events/Operational", "dns_client", &["dns-client"]),
    ("DNS Server", "dns_server", &["dns-server"]),
    ("Microsoft-Windows-DNS-Server/Audit", "dns_server_audit", &["dns-server-audit"]),
    ("Microsoft-Windows-DNS-Server/Analytical", "dns_server_analytic", &["dns-server-analytic"]),
    ("Microsoft-Windows-DriverFrameworks-UserMode/Operational", "driver_framework", &["driver-framework"]),
    ("Microsoft-Windows-NTLM/Operational", "ntlm", &["ntlm"]),
    ("Microsoft-Windows-LDAP-Client/Debug", "ldap", &["ldap"]),
    ("Microsoft-Windows-AppLocker/MSI and Script", "applocker", &["applocker"]),
    ("Microsoft-Windows-AppLocker/EXE and DLL", "applocker", &["applocker"]),
    ("Microsoft-Windows-AppLocker/Packaged app-Deployment", "applocker", &["applocker"]),
    ("Microsoft-Windows-AppLocker/Packaged app-Execution", "applocker", &["applocker"]),
    ("Microsoft-Windows-CodeIntegrity/Operational", "codeintegrity", &["codeintegrity-operational"]),
    ("Microsoft-Windows-Bits-Client/Operational", "bits_client", &["bits-client"]),
    ("Microsoft-Windows-SmbClient/Security", "smbclient_security", &["smbclient-security"]),
    ("Microsoft-Windows-SmbClient/Connectivity", "smbclient_connectivity", &["smbclient-connectivity"]),
    ("Microsoft-Windows-SMBServer/Connectivity", "smbserver_connectivity", &["smbserver-connectivity"]),
    ("Microsoft-Windows-Windows Firewall With Advanced Security/Firewall", "firewall_as", &["firewall-as"]),
    ("MSExchange Management", "msexchange_management", &["msexchange-management"]),
    ("Microsoft-ServiceBus-Client/Admin", "servicebus_client", SERVICEBUS),
    ("Microsoft-ServiceBus-Client/Operational", "servicebus_client", SERVICEBUS),
    ("Microsoft-Windows-PrintService/Admin", "printservice_admin", &["printservice-admin"]),
    ("Microsoft-Windows-PrintService/Operational", "printservice_operational", &["printservice-operational"]),
    (
        "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
        "terminalservices_local",
        &["terminalservices-localsessionmanager"],
    ),
    (
        "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
        "terminalservices_remote",
        &[],
    ),
    ("Microsoft-Windows-Security-Mitigations/Kernel Mode", "security_mitigations", &["security-mitigations"]),
    ("Microsoft-Windows-Security-Mitigations/User Mode", "security_mitigations", &["security-mitigations"]),
    ("Microsoft-Windows-Diagnosis-Scripted/Operational", "diagnosis_scripted", &["diagnosis-scripted"]),
    ("Microsoft-Windows-Shell-Core/Operational", "shell_core", &["shell-core"]),
    ("OpenSSH/Operational", "openssh", &["openssh"]),
    ("Microsoft-Windows-VHDMP-Operational", "vhdmp", &["vhdmp"]),
    ("Microsoft-Windows-VHDMP/Operational", "vhdmp", &["vhdmp"]),
    ("Microsoft-Windows-AppXDeploymentServer/Operational", "appxdeployment", &["appxdeployment-server"]),
    ("Microsoft-Windows-AppModel-Runtime/Admin", "appmodel_runtime", &["appmodel-runtime"]),
    ("Microsoft-Windows-AppxPackaging/Operational", "appxpackaging", &["appxpackaging-om"]),
    ("Microsoft-Windows-CAPI2/Operational", "capi2", &["capi2"]),
    ("Microsoft-Windows-LSA/Operational", "lsa", &["lsa-server"]),
    (
        "Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
        "certificate_client",
        &["certificateservicesclient-lifecycle-system"],
    ),
    ("Microsoft-IIS-Configuration/Operational", "iis_configuration", &["iis-configuration"]),
    ("Microsoft-Windows-Kernel-EventTracing/Admin", "kernel_event_tracing", &["kernel-event-tracing"]),
    ("Microsoft-Windows-Kernel-EventTracing", "kernel_event_tracing", &["kernel-event-tracing"]),
    ("Microsoft-Windows-Kernel-ShimEngine/Operational", "kernel_shimengine", &["kernel-shimengine"]),
    ("Microsoft-Windows-Kernel-ShimEngine/Diagnostic", "kernel_shimengine", &["kernel-shimengine"]),
    (
        "Microsoft-Windows-Application-Experience/Program-Telemetry",
        "application_experience",
        &["application-experience"],
    ),
    (
        "Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant",
        "application_experience",
        &["application-experience"],
    ),
    ("Microsoft-Windows-BitLocker/BitLocker Management", "bitlocker", &["bitlocker"]),
    ("Microsoft-Windows-DHCP-Server/Operational", "dhcp_server", &["dhcp"]),
    ("Microsoft-Windows-Hyper-V-Worker", "hyper_v_worker", &["hyper-v-worker"]),
    ("Microsoft-Windows-Hyper-V-Worker-Admin", "hyper_v_worker", &["hyper-v-worker"]),
    ("Microsoft-Windows-Ntfs/Operational", "ntfs", &["ntfs"]),
    ("Microsoft-Windows-SENSE/Operational", "sense", &["sense"]),
];

/// Rules have it under its old and its new name.
const SERVICEBUS: &[&str] = &["servicebus-client", "microsoft-servicebus-client"];

/// (channel's short name, event ID) → (what happened, further Sigma categories).
pub(crate) const EVENTS: &[(&str, i64, &str, &[&str])] = &[
    ("sysmon", 1, "process_creation", &["process_creation"]),
    ("sysmon", 2, "file_change", &["file_change"]),
    ("sysmon", 3, "network_connection", &["network_connection"]),
    ("sysmon", 4, "sysmon_status", &["sysmon_status"]),
    ("sysmon", 5, "process_termination", &["process_termination"]),
    ("sysmon", 6, "driver_load", &["driver_load"]),
    ("sysmon", 7, "image_load", &["image_load"]),
    ("sysmon", 8, "create_remote_thread", &["create_remote_thread"]),
    ("sysmon", 9, "raw_access_thread", &["raw_access_thread"]),
    ("sysmon", 10, "process_access", &["process_access"]),
    ("sysmon", 11, "file_event", &["file_event"]),
    ("sysmon", 12, "registry_event", &["registry_event"]),
    ("sysmon", 13, "registry_set", &["registry_set", "registry_event"]),
    ("sysmon", 14, "registry_rename", &["registry_rename", "registry_event"]),
    ("sysmon", 15, "create_stream_hash", &["create_stream_hash"]),
    ("sysmon", 16, "sysmon_status", &["sysmon_status"]),
    ("sysmon", 17, "pipe_created", &["pipe_created"]),
    ("sysmon", 18, "pipe_connected", &["pipe_created"]),
    ("sysmon", 19, "wmi_event", &["wmi_event"]),
    ("sysmon", 20, "wmi_event", &["wmi_event"]),
    ("sysmon", 21, "wmi_event", &["wmi_event"]),
    ("sysmon", 22, "dns_query", &["dns_query"]),
    ("sysmon", 23, "file_delete", &["file_delete"]),
    ("sysmon", 24, "clipboard_capture", &["clipboard_capture", "clipboard_change"]),
    ("sysmon", 25, "process_tampering", &["process_tampering"]),
    ("sysmon", 26, "file_delete_detected", &["file_delete_detected", "file_delete"]),
    ("sysmon", 27, "file_block_executable", &["file_block_executable"]),
    ("sysmon", 28, "file_block_shredding", &["file_block_shredding"]),
    ("sysmon", 29, "file_executable_detected", &["file_executable_detected"]),
    ("sysmon", 255, "sysmon_error", &["sysmon_error"]),
    (LINUX_SYSMON, 1, "process_creation", &["process_creation"]),
    (LINUX_SYSMON, 3, "network_connection", &["network_connection"]),
    (LINUX_SYSMON, 4, "sysmon_status", &["sysmon_status"]),
    (LINUX_SYSMON, 5, "process_termination", &["process_termination"]),
    (LINUX_SYSMON, 9, "raw_access_thread", &["raw_access_thread"]),
    (LINUX_SYSMON, 11, "file_event", &["file_event", "file_create"]),
    (LINUX_SYSMON, 16, "sysmon_status", &["sysmon_status"]),
    (LINUX_SYSMON, 23, "file_delete", &["file_delete"]),
    ("security", 1102, "log_cleared", &[]),
    ("security", 4624, "logon", &[]),
    ("security", 4625, "logon_failed", &[]),
    ("security", 4634, "logoff", &[]),
    ("security", 4647, "logoff", &[]),
    ("security", 4648, "logon_explicit", &[]),
    ("security", 4656, "object_access", &[]),
    ("security", 4657, "registry_set", &["registry_set", "registry_event"]),
    ("security", 4663, "object_access", &[]),
    ("security", 4672, "privileged_logon", &[]),
    ("security", 4688, "process_creation", &["process_creation"]),
    ("security", 4689, "process_termination", &[]),
    ("security", 4697, "service_installed", &[]),
    ("security", 4698, "task_created", &[]),
    ("security", 4699, "task_deleted", &[]),
    ("security", 4702, "task_updated", &[]),
    ("security", 4719, "audit_policy_changed", &[]),
    ("security", 4720, "user_created", &[]),
    ("security", 4726, "user_deleted", &[]),
    ("security", 4728, "group_member_added", &[]),
    ("security", 4732, "group_member_added", &[]),
    ("security", 4756, "group_member_added", &[]),
    ("security", 4768, "kerberos_ticket", &[]),
    ("security", 4769, "kerberos_service_ticket", &[]),
    ("security", 4771, "kerberos_failed", &[]),
    ("security", 4776, "credential_validation", &[]),
    ("security", 5140, "share_access", &[]),
    ("security", 5145, "share_file_access", &[]),
    ("security", 5156, "network_connection", &[]),
    ("system", 104, "log_cleared", &[]),
    ("system", 7036, "service_state", &[]),
    ("system", 7045, "service_installed", &[]),
    ("powershell", 4103, "ps_module", &["ps_module"]),
    ("powershell", 4104, "ps_script", &["ps_script"]),
    ("powershell_classic", 400, "ps_classic_start", &["ps_classic_start"]),
    ("powershell_classic", 600, "ps_classic_provider_start", &["ps_classic_provider_start"]),
    ("powershell_classic", 800, "ps_classic_script", &["ps_classic_script"]),
    ("security", 4778, "logon", &[]),
    ("security", 4779, "logoff", &[]),
    ("terminalservices_local", 21, "logon", &[]),
    ("terminalservices_local", 24, "logoff", &[]),
    ("terminalservices_local", 25, "logon", &[]),
    ("terminalservices_remote", 1149, "logon", &[]),
    ("taskscheduler", 106, "task_created", &[]),
    ("taskscheduler", 200, "task_started", &[]),
    ("windefend", 1116, "malware_detected", &["antivirus"]),
    ("windefend", 1117, "malware_action", &["antivirus"]),
];

/// Sysmon 12 says by `EventType` which registry change it is: (text, variant, category).
pub(crate) const REGISTRY_VARIANTS: &[(&str, &str, &str)] = &[
    ("CreateKey", "create", "registry_add"),
    ("CreateValue", "create", "registry_add"),
    ("DeleteKey", "delete", "registry_delete"),
    ("DeleteValue", "delete", "registry_delete"),
];

/// Names by which rules ask for what is otherwise named in some layouts.
pub(crate) const ALIASES: &[(&str, &str)] = &[
    ("Provider_Name", "SourceName"),
    ("Provider_Name", "ProviderName"),
    ("Provider_Name", "Provider"),
    ("Computer", "Hostname"),
    ("Computer", "ComputerName"),
    ("EventID", "event.code"),
    ("EventID", "event_id"),
    ("Channel", "log_name"),
    ("Computer", "computer_name"),
    ("Provider_Name", "source_name"),
    ("EventRecordID", "RecordNumber"),
    ("EventRecordID", "record_number"),
];

/// The same for the process events of the Security channel.
pub(crate) const SECURITY_ALIASES: &[(&str, &str)] = &[
    ("Provider_Name", "SourceName"),
    ("Provider_Name", "ProviderName"),
    ("Computer", "Hostname"),
    ("Computer", "ComputerName"),
    ("EventID", "event.code"),
    ("EventID", "event_id"),
    ("Channel", "log_name"),
    ("Computer", "computer_name"),
    ("Provider_Name", "source_name"),
    ("Image", "NewProcessName"),
    ("ParentImage", "ParentProcessName"),
    ("User", "SubjectUserName"),
    ("LogonId", "SubjectLogonId"),
    ("IntegrityLevel", "MandatoryLabel"),
];

/// The same for registry changes of the Security channel (4657).
pub(crate) const REGISTRY_ALIASES: &[(&str, &str)] = &[
    ("Provider_Name", "SourceName"),
    ("Computer", "Hostname"),
    ("EventID", "event.code"),
    ("EventID", "event_id"),
    ("Channel", "log_name"),
    ("Computer", "computer_name"),
    ("Provider_Name", "source_name"),
    ("Image", "ProcessName"),
    ("TargetObject", "ObjectName"),
    ("Details", "NewValue"),
    ("User", "SubjectUserName"),
];

/// The same for Defender's detections.
pub(crate) const DEFENDER_ALIASES: &[(&str, &str)] = &[
    ("Provider_Name", "SourceName"),
    ("Computer", "Hostname"),
    ("EventID", "event.code"),
    ("EventID", "event_id"),
    ("Channel", "log_name"),
    ("Computer", "computer_name"),
    ("Provider_Name", "source_name"),
    ("Signature", "Threat Name"),
    ("Signature", "ThreatName"),
    ("Filename", "Path"),
];

/// Core columns of every Windows event.
pub(crate) const CORE: &[CoreMap] = &[
    ("host_name", "Computer", Copy),
    ("host_name", "Hostname", Copy),
    ("host_name", "ComputerName", Copy),
    ("host_name", "computer_name", Copy),
    ("host_name", "host.name", Copy),
];

/// Core columns of Sysmon events.
pub(crate) const CORE_SYSMON: &[CoreMap] = &[
    ("user_name", "User", User),
    ("user_domain", "User", Domain),
    ("user_name", "SourceUser", User),
    ("user_domain", "SourceUser", Domain),
    ("process_entity_id", "ProcessGuid", Copy),
    ("process_entity_id", "SourceProcessGUID", Copy),
    ("process_entity_id", "SourceProcessGuid", Copy),
    ("process_executable", "Image", Copy),
    ("process_executable", "SourceImage", Copy),
    ("process_command_line", "CommandLine", Copy),
    ("process_parent_entity_id", "ParentProcessGuid", Copy),
    ("process_parent_executable", "ParentImage", Copy),
    ("process_parent_command_line", "ParentCommandLine", Copy),
    ("file_path", "TargetFilename", Copy),
    ("file_path", "ImageLoaded", Copy),
    ("file_path", "PipeName", Copy),
    ("hash_md5", "Hashes", HashPart("MD5")),
    ("hash_sha1", "Hashes", HashPart("SHA1")),
    ("hash_sha256", "Hashes", HashPart("SHA256")),
    ("hash_imphash", "Hashes", HashPart("IMPHASH")),
    ("registry_path", "TargetObject", Copy),
    ("source_ip", "SourceIp", Copy),
    ("source_port", "SourcePort", Copy),
    ("destination_ip", "DestinationIp", Copy),
    ("destination_port", "DestinationPort", Copy),
    ("destination_domain", "DestinationHostname", Copy),
    ("destination_domain", "QueryName", Copy),
    ("network_protocol", "Protocol", Copy),
];

/// And of those of Windows. On Linux this is the number of the account.
pub(crate) const CORE_SYSMON_LOGON: &[CoreMap] = &[("logon_id", "LogonId", Copy)];

/// And of those of Linux: the session that auditd counts.
pub(crate) const CORE_LINUX_SYSMON: &[CoreMap] = &[("logon_id", "TerminalSessionId", Copy)];

/// Core columns of Security events in which the target is the account that acts (logons).
pub(crate) const CORE_LOGON: &[CoreMap] = &[
    ("user_name", "TargetUserName", Copy),
    ("user_domain", "TargetDomainName", Copy),
    ("logon_id", "TargetLogonId", Copy),
    ("source_ip", "IpAddress", Copy),
    ("source_port", "IpPort", Copy),
    ("process_executable", "ProcessName", Copy),
];

/// Core columns of the other Security events.
pub(crate) const CORE_SECURITY: &[CoreMap] = &[
    ("user_name", "SubjectUserName", Copy),
    ("user_domain", "SubjectDomainName", Copy),
    ("user_name", "TargetUserName", Copy),
    ("user_domain", "TargetDomainName", Copy),
    ("logon_id", "SubjectLogonId", Copy),
    ("process_executable", "NewProcessName", Copy),
    ("process_executable", "ProcessName", Copy),
    ("process_executable", "Application", Copy),
    ("process_command_line", "CommandLine", Copy),
    ("process_parent_executable", "ParentProcessName", Copy),
    ("registry_path", "ObjectName", Copy),
    ("file_path", "RelativeTargetName", Copy),
    ("file_path", "ServiceFileName", Copy),
    ("source_ip", "IpAddress", Copy),
    ("source_ip", "SourceAddress", Copy),
    ("source_port", "IpPort", Copy),
    ("source_port", "SourcePort", Copy),
    ("destination_ip", "DestAddress", Copy),
    ("destination_port", "DestPort", Copy),
];

/// Core columns of sessions that are taken up again or left (Security 4778, 4779), which name no subject.
pub(crate) const CORE_SESSION: &[CoreMap] = &[
    ("user_name", "AccountName", Copy),
    ("user_domain", "AccountDomain", Copy),
    ("logon_id", "LogonID", Copy),
    ("source_ip", "ClientAddress", Copy),
];

/// Core columns of Remote Desktop: sessions, and who got as far as a logon.
pub(crate) const CORE_TERMINAL: &[CoreMap] = &[
    ("user_name", "User", User),
    ("user_domain", "User", Domain),
    ("source_ip", "Address", Copy),
    ("user_name", "Param1", Copy),
    ("user_domain", "Param2", Copy),
    ("source_ip", "Param3", Copy),
];

/// Core columns of the other channels.
pub(crate) const CORE_OTHER: &[CoreMap] = &[
    ("user_name", "SubjectUserName", Copy),
    ("user_domain", "SubjectDomainName", Copy),
    ("file_path", "ImagePath", Copy),
    ("file_path", "Path", Copy),
    ("destination_domain", "QueryName", Copy),
    ("url", "url", Copy),
];
