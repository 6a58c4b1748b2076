//! Logs of services are told by their fields, and their core columns come from the fields that each way of exporting them has.

#![allow(clippy::unwrap_used, reason = "a test")]

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use onus_event::{BatchBuilder, CoreColumns};
use onus_source::{Fields, Names, Value};

/// A record with these fields: its table, whether it has a time, and its core columns of text.
fn core(pairs: &[(&str, &str)]) -> (String, bool, Vec<(String, String)>) {
    let (mut names, mut builder) = (Names::default(), BatchBuilder::default());
    let fields =
        Fields::from_pairs(pairs.iter().map(|(name, value)| (*name, Value::Text(value))), &mut names);
    builder.push(0, &fields, &mut names);
    let batch = builder.finish(&names).next().unwrap().unwrap();
    let stored = CoreColumns::default().add(&batch, 0).unwrap();
    let text = |place: usize| {
        let column = stored.column(place).as_dictionary_opt::<Int32Type>()?;
        let key = column.key(0)?;
        Some((
            stored.schema().field(place).name().clone(),
            column.values().as_string::<i32>().value(key).to_owned(),
        ))
    };
    let texts = (0..stored.num_columns()).filter_map(text).collect();
    (batch.shape.table.clone(), batch.timestamps.is_valid(0), texts)
}

#[track_caller]
fn assert_told(pairs: &[(&str, &str)], table: &str, expected: &[(&str, &str)]) {
    let (told, has_time, columns) = core(pairs);
    assert_eq!(told, table, "{pairs:?}");
    assert!(has_time, "{pairs:?}");
    for (name, value) in expected {
        let column = ((*name).to_owned(), (*value).to_owned());
        assert!(columns.contains(&column), "{name}={value} of {pairs:?}: {columns:?}");
    }
}

const WHO: (&str, &str) = ("user_name", "anna@corp.example");
const FROM: (&str, &str) = ("source_ip", "192.0.2.9");

#[test]
fn audit_log_of_microsoft_365() {
    let of_service = [
        ("CreationTime", "2026-03-01T10:00:00"),
        ("Operation", "New-InboxRule"),
        ("Workload", "Exchange"),
        ("OrganizationId", "o-1"),
        ("UserId", "anna@corp.example"),
        ("ClientIP", "192.0.2.9:50123"),
    ];
    let expected = [
        WHO,
        FROM,
        ("event_action", "New-InboxRule"),
        ("cloud_service", "Exchange"),
        ("cloud_account_id", "o-1"),
    ];
    assert_told(&of_service, "m365_audit", &expected);
    let of_workspace = [
        ("TimeGenerated", "2026-03-01T10:00:00Z"),
        ("Operation", "MailItemsAccessed"),
        ("OfficeWorkload", "Exchange"),
        ("UserId", "anna@corp.example"),
        ("ClientIP", ""),
        ("Client_IPAddress", "192.0.2.9"),
    ];
    assert_told(&of_workspace, "m365_audit", &[WHO, FROM, ("cloud_service", "Exchange")]);
}

#[test]
fn logs_of_entra() {
    let audit = [
        ("TimeGenerated", "2026-03-01T10:00:00Z"),
        ("OperationName", "Update application"),
        ("LoggedByService", "Core Directory"),
        ("Category", "ApplicationManagement"),
        ("InitiatedBy.user.userPrincipalName", "anna@corp.example"),
    ];
    assert_told(&audit, "entra_audit", &[WHO, ("event_action", "Update application")]);
    let audit_of_graph = [
        ("activityDateTime", "2026-03-01T10:00:00Z"),
        ("activityDisplayName", "Update application"),
        ("loggedByService", "Core Directory"),
        ("initiatedBy.user.userPrincipalName", "anna@corp.example"),
        ("initiatedBy.user.ipAddress", "192.0.2.9"),
    ];
    assert_told(&audit_of_graph, "entra_audit", &[WHO, FROM, ("event_action", "Update application")]);
    let audit_as_streamed = [
        ("time", "2026-03-01T10:00:00Z"),
        ("operationName", "Update application"),
        ("category", "AuditLogs"),
        ("properties.initiatedBy.user.userPrincipalName", "anna@corp.example"),
    ];
    assert_told(&audit_as_streamed, "entra_audit", &[WHO]);
    let sign_in = [
        ("TimeGenerated", "2026-03-01T10:00:00Z"),
        ("Category", "SignInLogs"),
        ("UserPrincipalName", "anna@corp.example"),
        ("IPAddress", "192.0.2.9"),
        ("AppDisplayName", "Mail"),
        ("OperationName", "Sign-in activity"),
    ];
    let expected = [WHO, FROM, ("cloud_service", "Mail"), ("event_action", "sign_in")];
    assert_told(&sign_in, "entra_signin", &expected);
    let sign_in_as_streamed = [
        ("time", "2026-03-01T10:00:00Z"),
        ("category", "NonInteractiveUserSignInLogs"),
        ("operationName", "Sign-in activity"),
        ("callerIpAddress", "192.0.2.9"),
        ("properties.userPrincipalName", "anna@corp.example"),
    ];
    assert_told(&sign_in_as_streamed, "entra_signin", &[WHO, FROM]);
    let sign_in_of_graph = [
        ("createdDateTime", "2026-03-01T10:00:00Z"),
        ("appDisplayName", "Mail"),
        ("conditionalAccessStatus", "success"),
        ("userPrincipalName", "anna@corp.example"),
        ("ipAddress", "192.0.2.9"),
    ];
    assert_told(&sign_in_of_graph, "entra_signin", &[WHO, FROM]);
    let risk = [
        ("activityDateTime", "2026-03-01T10:00:00Z"),
        ("riskEventType", "unlikelyTravel"),
        ("userPrincipalName", "anna@corp.example"),
        ("ipAddress", "192.0.2.9"),
    ];
    assert_told(&risk, "entra_risk", &[WHO, FROM, ("event_action", "unlikelyTravel")]);
}

#[test]
fn activity_log_of_azure() {
    let workspace = [
        ("TimeGenerated", "2026-03-01T10:00:00Z"),
        ("OperationNameValue", "MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE"),
        ("Caller", "anna@corp.example"),
        ("CallerIpAddress", "192.0.2.9"),
        ("SubscriptionId", "s-1"),
    ];
    assert_told(&workspace, "azure_activity", &[WHO, FROM, ("cloud_account_id", "s-1")]);
    let streamed = [
        ("time", "2026-03-01T10:00:00Z"),
        ("operationName", "MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE"),
        ("category", "Write"),
        ("resourceId", "/SUBSCRIPTIONS/S-1"),
        ("identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", "anna@corp.example"),
        ("callerIpAddress", "192.0.2.9"),
    ];
    let expected = [WHO, FROM, ("event_action", "MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE")];
    assert_told(&streamed, "azure_activity", &expected);
}

#[test]
fn advanced_hunting_of_defender() {
    let program = r"C:\Windows\System32\cmd.exe";
    let process = [
        ("Timestamp", "2026-03-01T10:00:00Z"),
        ("DeviceName", "ws1.corp.example"),
        ("ActionType", "ProcessCreated"),
        ("FolderPath", program),
        ("ProcessCommandLine", "cmd /c whoami"),
        ("AccountName", "anna"),
        ("InitiatingProcessFolderPath", r"C:\a.exe"),
    ];
    let expected = [
        ("host_name", "ws1.corp.example"),
        ("user_name", "anna"),
        ("process_executable", program),
        ("process_command_line", "cmd /c whoami"),
        ("process_parent_executable", r"C:\a.exe"),
    ];
    assert_told(&process, "defender_process", &expected);
    for (action, table, path) in [
        ("FileCreated", "defender_file", "file_path"),
        ("FileDeleted", "defender_file_delete", "file_path"),
        ("ImageLoaded", "defender_image", "file_path"),
    ] {
        let pairs = [
            ("TimeGenerated", "2026-03-01T10:00:00Z"),
            ("DeviceName", "ws1.corp.example"),
            ("ActionType", action),
            ("FolderPath", r"C:\b.dll"),
            ("InitiatingProcessFolderPath", program),
        ];
        assert_told(&pairs, table, &[(path, r"C:\b.dll"), ("process_executable", program)]);
    }
    let streamed = [
        ("time", "2026-03-01T10:00:00Z"),
        ("category", "AdvancedHunting-DeviceProcessEvents"),
        ("properties.ActionType", "ProcessCreated"),
        ("properties.DeviceName", "ws1.corp.example"),
        ("properties.FolderPath", program),
    ];
    let expected = [("host_name", "ws1.corp.example"), ("process_executable", program)];
    assert_told(&streamed, "defender_process", &expected);
    let connection = [
        ("Timestamp", "2026-03-01T10:00:00Z"),
        ("DeviceName", "ws1.corp.example"),
        ("ActionType", "ConnectionSuccess"),
        ("RemoteIP", "192.0.2.9"),
        ("InitiatingProcessFolderPath", program),
    ];
    assert_told(&connection, "defender_network", &[("destination_ip", "192.0.2.9")]);
    assert_eq!(core(&[("DeviceName", "ws1.corp.example"), ("ActionType", "LdapSearch")]).0, "json");
}

#[test]
fn other_services() {
    let cloudtrail = [
        ("eventTime", "2026-03-01T10:00:00Z"),
        ("eventSource", "s3.amazonaws.com"),
        ("eventName", "GetObject"),
        ("sourceIPAddress", "192.0.2.9"),
        ("userIdentity.userName", "anna@corp.example"),
    ];
    let expected = [WHO, FROM, ("event_action", "GetObject"), ("cloud_service", "s3.amazonaws.com")];
    assert_told(&cloudtrail, "aws_cloudtrail", &expected);
    let gcp = [
        ("timestamp", "2026-03-01T10:00:00Z"),
        ("protoPayload.methodName", "storage.buckets.delete"),
        ("protoPayload.serviceName", "storage.googleapis.com"),
        ("protoPayload.authenticationInfo.principalEmail", "anna@corp.example"),
        ("protoPayload.requestMetadata.callerIp", "192.0.2.9"),
    ];
    assert_told(&gcp, "gcp_audit", &[WHO, FROM, ("event_action", "storage.buckets.delete")]);
    let okta = [
        ("published", "2026-03-01T10:00:00Z"),
        ("eventType", "user.session.start"),
        ("displayMessage", "User login to Okta"),
        ("actor.alternateId", "anna@corp.example"),
        ("client.ipAddress", "192.0.2.9"),
    ];
    assert_told(&okta, "okta", &[WHO, FROM, ("event_action", "user.session.start")]);
    let kubernetes = [
        ("requestReceivedTimestamp", "2026-03-01T10:00:00Z"),
        ("auditID", "a-1"),
        ("verb", "create"),
        ("objectRef.resource", "pods"),
        ("user.username", "anna@corp.example"),
        ("sourceIPs", "192.0.2.9"),
    ];
    assert_told(
        &kubernetes,
        "kubernetes_audit",
        &[WHO, FROM, ("event_action", "create"), ("cloud_service", "pods")],
    );
    let github = [
        ("@timestamp", "2026-03-01T10:00:00Z"),
        ("_document_id", "d-1"),
        ("action", "repo.create"),
        ("actor", "anna@corp.example"),
    ];
    assert_told(&github, "github_audit", &[WHO, ("event_action", "repo.create")]);
    let bitbucket = [
        ("timestamp", "2026-03-01T10:00:00Z"),
        ("auditType.category", "Security"),
        ("auditType.action", "Unauthorized access to a resource"),
        ("author.name", "anna@corp.example"),
        ("source", "192.0.2.9"),
    ];
    assert_told(&bitbucket, "bitbucket_audit", &[WHO, FROM]);
    let canary = [
        ("utc_time", "2026-03-01 10:00:00.5"),
        ("logtype", "12001"),
        ("node_id", "canary-1"),
        ("src_host", "192.0.2.9"),
    ];
    assert_told(&canary, "opencanary", &[FROM, ("host_name", "canary-1")]);
}

#[test]
fn addresses_lose_their_port_alone() {
    for (said, address) in [
        ("192.0.2.9", "192.0.2.9"),
        ("192.0.2.9:443", "192.0.2.9"),
        ("2001:db8::9", "2001:db8::9"),
        ("[2001:db8::9]", "2001:db8::9"),
        ("[2001:db8::9]:443", "2001:db8::9"),
        ("[2001:db8::9", "[2001:db8::9"),
        ("192.0.2.9\n198.51.100.7", "192.0.2.9"),
    ] {
        let fields = [
            ("CreationTime", "2026-03-01T10:00:00"),
            ("Operation", "a"),
            ("OfficeWorkload", "b"),
            ("ClientIP", said),
        ];
        assert_told(&fields, "m365_audit", &[("source_ip", address)]);
    }
}

#[test]
fn what_lacks_a_field_that_tells_it_is_no_log_of_the_service() {
    for pairs in [
        &[("Operation", "New-InboxRule"), ("Workload", "Exchange")][..],
        &[("category", "Administrative"), ("operationName", "a")],
        &[("Category", "Process Create"), ("OperationName", "a")],
        &[("eventType", "alert"), ("timestamp", "2026-03-01T10:00:00Z")],
        &[("action", "allowed")],
    ] {
        assert_eq!(core(pairs).0, "json", "{pairs:?}");
    }
    let windows = [("Channel", "Security"), ("EventID", "4688"), ("Operation", "a"), ("OfficeWorkload", "b")];
    assert_eq!(core(&windows).0, "windows_security_4688");
}
