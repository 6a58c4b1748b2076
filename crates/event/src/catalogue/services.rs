//! Logs of services in the cloud and of programs that write JSON, each told by fields that it has; those of Microsoft stand beside
//! this. Sources: CloudTrail's record reference, the System Log API of Okta, the audit logs of Google Cloud, Kubernetes, GitHub and
//! Bitbucket, OpenCanary.

use super::{CoreMap, defender, microsoft};
use crate::derive::Derive::{Address, Said};

/// The log of a service.
pub(crate) struct Service {
    /// What people call it.
    pub(crate) name: &'static str,
    /// Its table.
    pub(crate) table: &'static str,
    pub(crate) product: &'static str,
    pub(crate) services: &'static [&'static str],
    pub(crate) categories: &'static [&'static str],
    /// A record is of this log if it has all fields of one of these sets.
    pub(crate) told_by: &'static [&'static [Told]],
    /// What happened, where no field says so.
    pub(crate) action: &'static str,
    /// Names that Sigma's rules use, for those of the log.
    pub(crate) aliases: &'static [(&'static str, &'static str)],
    pub(crate) core: &'static [&'static [CoreMap]],
}

/// A field that tells a log, and the values with which it does, whatever their letter case; with none, it need only be there.
pub(crate) type Told = (&'static str, &'static [&'static str]);

/// The first that fits counts.
pub(crate) const SERVICES: &[Service] = &[
    Service {
        name: "AWS CloudTrail",
        table: "aws_cloudtrail",
        product: "aws",
        services: &["cloudtrail"],
        categories: &[],
        told_by: &[&[("eventSource", &[]), ("eventName", &[])]],
        action: "aws_cloudtrail",
        aliases: &[],
        core: &[&[
            ("event_action", "eventName", Said),
            ("user_name", "userIdentity.userName", Said),
            ("user_name", "userIdentity.arn", Said),
            ("source_ip", "sourceIPAddress", Said),
            ("cloud_account_id", "recipientAccountId", Said),
            ("cloud_region", "awsRegion", Said),
            ("cloud_service", "eventSource", Said),
        ]],
    },
    microsoft::M365_AUDIT,
    microsoft::ENTRA_RISK,
    microsoft::ENTRA_SIGNIN,
    microsoft::ENTRA_AUDIT,
    microsoft::AZURE_ACTIVITY,
    defender::PROCESS,
    defender::FILE,
    defender::FILE_DELETE,
    defender::IMAGE,
    defender::NETWORK,
    Service {
        name: "Google Cloud audit logs",
        table: "gcp_audit",
        product: "gcp",
        services: &["gcp.audit"],
        categories: &[],
        told_by: &[
            &[("protoPayload.methodName", &[]), ("protoPayload.serviceName", &[])],
            &[("data.protoPayload.methodName", &[]), ("data.protoPayload.serviceName", &[])],
        ],
        action: "gcp_audit",
        aliases: &[
            ("gcp.audit.method_name", "protoPayload.methodName"),
            ("gcp.audit.method_name", "data.protoPayload.methodName"),
            ("data.protoPayload.methodName", "protoPayload.methodName"),
            ("data.protoPayload.serviceName", "protoPayload.serviceName"),
            ("data.protoPayload.logName", "logName"),
            ("data.protoPayload.resource.type", "resource.type"),
            ("data.protoPayload.authorizationInfo.permission", "protoPayload.authorizationInfo"),
            ("protoPayload.serviceName", "data.protoPayload.serviceName"),
        ],
        core: &[&[
            ("event_action", "protoPayload.methodName", Said),
            ("event_action", "data.protoPayload.methodName", Said),
            ("user_name", "protoPayload.authenticationInfo.principalEmail", Said),
            ("user_name", "data.protoPayload.authenticationInfo.principalEmail", Said),
            ("source_ip", "protoPayload.requestMetadata.callerIp", Address),
            ("source_ip", "data.protoPayload.requestMetadata.callerIp", Address),
            ("cloud_account_id", "resource.labels.project_id", Said),
            ("cloud_account_id", "data.resource.labels.project_id", Said),
            ("cloud_region", "resource.labels.location", Said),
            ("cloud_service", "protoPayload.serviceName", Said),
            ("cloud_service", "data.protoPayload.serviceName", Said),
        ]],
    },
    Service {
        name: "Okta system log",
        table: "okta",
        product: "okta",
        services: &["okta"],
        categories: &[],
        told_by: &[
            &[("eventType", &[]), ("legacyEventType", &[])],
            &[("eventType", &[]), ("displayMessage", &[]), ("published", &[])],
        ],
        action: "okta",
        aliases: &[],
        core: &[&[
            ("event_action", "eventType", Said),
            ("user_name", "actor.alternateId", Said),
            ("source_ip", "client.ipAddress", Address),
            ("cloud_region", "client.geographicalContext.country", Said),
        ]],
    },
    Service {
        name: "Kubernetes audit log",
        table: "kubernetes_audit",
        product: "kubernetes",
        services: &["audit"],
        categories: &["application"],
        told_by: &[&[("auditID", &[]), ("verb", &[])]],
        action: "kubernetes_audit",
        aliases: &[
            ("apiGroup", "objectRef.apiGroup"),
            ("capabilities", "requestObject.spec.containers"),
            ("hostPath", "requestObject.spec.volumes"),
        ],
        core: &[&[
            ("event_action", "verb", Said),
            ("user_name", "user.username", Said),
            ("source_ip", "sourceIPs", Address),
            ("url", "requestURI", Said),
            ("cloud_service", "objectRef.resource", Said),
        ]],
    },
    Service {
        name: "GitHub audit log",
        table: "github_audit",
        product: "github",
        services: &["audit"],
        categories: &[],
        told_by: &[&[("_document_id", &[]), ("action", &[])]],
        action: "github_audit",
        aliases: &[],
        core: &[&[
            ("event_action", "action", Said),
            ("user_name", "actor", Said),
            ("source_ip", "actor_ip", Address),
            ("cloud_account_id", "org", Said),
        ]],
    },
    Service {
        name: "Bitbucket audit log",
        table: "bitbucket_audit",
        product: "bitbucket",
        services: &["audit"],
        categories: &[],
        told_by: &[&[("auditType.category", &[]), ("auditType.action", &[])]],
        action: "bitbucket_audit",
        aliases: &[],
        core: &[&[
            ("event_action", "auditType.action", Said),
            ("user_name", "author.name", Said),
            ("source_ip", "source", Address),
        ]],
    },
    Service {
        name: "OpenCanary",
        table: "opencanary",
        product: "opencanary",
        services: &[],
        categories: &["application"],
        told_by: &[&[("logtype", &[]), ("node_id", &[])]],
        action: "opencanary",
        aliases: &[],
        core: &[&[
            ("host_name", "node_id", Said),
            ("user_name", "logdata.USERNAME", Said),
            ("source_ip", "src_host", Said),
            ("source_port", "src_port", Said),
            ("destination_ip", "dst_host", Said),
            ("destination_port", "dst_port", Said),
        ]],
    },
];
