// The parameters of each kind of claim (docs/spec/claim.md): which there are, of which type, and which may be left out.

const TYPES = {
  text: (value) => (typeof value === "string" ? value : undefined),
  flag: (value) => (typeof value === "boolean" ? value : undefined),
  time: (value) => readMoment(value) ?? undefined,
  u64: (value) => paramNumber(value, 2n ** 64n),
  u32: (value) => (typeof value === "number" ? paramNumber(value, 2n ** 32n) : undefined),
  u16: (value) => (typeof value === "number" ? paramNumber(value, 2n ** 16n) : undefined),
  texts: (value) => (Array.isArray(value) && value.every((text) => typeof text === "string") ? value : undefined),
  numbers: (value) => {
    const all = Array.isArray(value) ? value.map(TYPES.u64) : [undefined];
    return all.includes(undefined) ? undefined : all;
  },
};

function paramNumber(value, limit) {
  try {
    const number = wholeNumber(value, "");
    return number < limit ? number : undefined;
  } catch {
    return undefined;
  }
}

function oneOf(...words) {
  return (value) => (words.includes(value) ? value : undefined);
}

const MECHANISM = oneOf("service", "task", "wmi", "registry");
const ACTION = oneOf("created", "deleted", "redated", "loaded", "opened", "opened_over_share");
const PROPERTY = oneOf("hash", "executable", "file_name", "command_line", "service", "address", "domain", "account");
const QUANTIFIER = oneOf("only", "no_other", "in_total", "first_of_all");

/** By kind: the parameters that must be there, and those that may be left out. */
const PARAMS = {
  rule_match: [{ rule_id: "text", rule_title: "text", rule_digest: "text" }, { placeholders: "text" }],
  correlation: [
    { rule_id: "text", rule_title: "text", rule_digest: "text", base_digests: "texts" }, { placeholders: "text" },
  ],
  process: [
    { host: "text", time: "time", executable: "text" },
    { command_line: "text", parent: "text", account: "text", hash: "text", logon_id: "text" },
  ],
  logon: [
    { host: "text", time: "time", account: "text", failed: "flag" },
    { from: "text", logon_type: "u32", logon_id: "text" },
  ],
  persistence: [
    { host: "text", time: "time", mechanism: MECHANISM, name: "text" },
    { command: "text", account: "text", runs_as: "text" },
  ],
  credential_access: [
    { host: "text", time: "time", target: "text" }, { executable: "text", access: "text", account: "text" },
  ],
  connection: [
    { time: "time" },
    {
      host: "text", from: "text", from_port: "u16", to: "text", to_port: "u16", domain: "text", executable: "text",
      account: "text", sent_at_least: "u64", within: "u64",
    },
  ],
  file: [
    { host: "text", time: "time", action: ACTION, path: "text" },
    { executable: "text", account: "text", from: "text", hash: "text" },
  ],
  movement: [
    { from: "text", to: "text", departure: "u64", departed: "time", arrival: "u64", arrived: "time" },
    { address: "text", port: "u16", to_address: "text", target: "text", account: "text" },
  ],
  bytes_sent: [{ from: "text", to: "text", at_least: "u64", from_time: "time", to_time: "time" }, {}],
  sequence: [{ host: "text", first: "u64", then: "u64" }, {}],
  order: [{ records: "numbers", hosts: "texts", apart: "u64" }, {}],
  same_tool: [{ property: PROPERTY, value: "text", hosts: "texts" }, {}],
  first_seen: [{ property: PROPERTY, value: "text", record: "u64", time: "time" }, { host: "text" }],
  whole: [{ quantifier: QUANTIFIER, property: PROPERTY, value: "text" }, {}],
};

/** The parameters with their values read; a claim whose parameters are not its kind's own differs. */
function readParams(kind, params) {
  const [required, optional] = PARAMS[kind];
  const all = { ...required, ...optional };
  const out = {};
  for (const name of Object.keys(params)) {
    if (!Object.hasOwn(all, name)) differs(`its parameters name no computation: ${name} is unknown`);
  }
  for (const [name, type] of Object.entries(all)) {
    const given = Object.hasOwn(params, name) ? params[name] : undefined;
    if (given === undefined || (given === null && Object.hasOwn(optional, name))) {
      if (Object.hasOwn(required, name)) differs(`its parameters name no computation: ${name} is missing`);
      continue;
    }
    const value = (typeof type === "string" ? TYPES[type] : type)(given);
    if (value === undefined) differs(`its parameters name no computation: ${name} is not what it must be`);
    out[name] = value;
  }
  return out;
}
