// A claim in words, made from its parameters alone (docs/spec/claim.md, "Sentences").

function grouped(number) {
  return number.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `4.1 GB (4,100,000,000 bytes)`, rounded down. */
function bytesInWords(count) {
  const full = `${grouped(count)} ${count === 1n ? "byte" : "bytes"}`;
  const units = [[10n ** 12n, "TB"], [10n ** 9n, "GB"], [10n ** 6n, "MB"], [10n ** 3n, "kB"]];
  const found = units.find(([size]) => count >= size);
  if (!found) return full;
  const [size, unit] = found;
  return `${count / size}.${(count % size) / (size / 10n)} ${unit} (${full})`;
}

function recordsInWords(cites) {
  if (cites.length === 0) return "no record";
  if (cites.length === 1) return `record ${cites[0]}`;
  if (cites.length > 5) return `${grouped(cites.length)} records`;
  return `the records ${cites.slice(0, -1).join(", ")} and ${cites.at(-1)}`;
}

const PROPERTY_WORDS = {
  hash: "hash", executable: "program", file_name: "file name", command_line: "command line",
  service: "service or task", address: "address", domain: "domain name", account: "account",
};
const FILE_WORDS = {
  created: "was made or written over", deleted: "was deleted", redated: "was given another time of creation",
  loaded: "was loaded", opened: "was opened", opened_over_share: "was opened over a share",
};
const PERSISTENCE_WORDS = {
  service: "service", task: "scheduled task", wmi: "part of a WMI subscription", registry: "registry value",
};

/** The words, if the value is stated. */
function given(value, words) {
  return value === undefined ? "" : words;
}

const SENTENCES = {
  rule_match: (p, cites) => `The rule “${p.rule_title}” (${p.rule_id}) matches ${recordsInWords(cites)}.`,
  correlation: (p, cites) => `The correlation “${p.rule_title}” (${p.rule_id}) fires over ${recordsInWords(cites)}.`,
  process: (p) =>
    `On ${p.host} at ${writeMoment(p.time)}, ${p.executable} was started` +
    given(p.parent, ` by ${p.parent}`) + given(p.account, ` as ${p.account}`) +
    given(p.logon_id, ` in the session ${p.logon_id}`) + given(p.hash, ` with the hash ${p.hash}`) +
    given(p.command_line, `, with the command line “${p.command_line}”`) + ".",
  logon: (p) =>
    `At ${writeMoment(p.time)}, ${p.account} ${p.failed ? "failed to log on to" : "logged on to"} ${p.host}` +
    given(p.from, ` from ${p.from}`) + given(p.logon_type, ` (logon type ${p.logon_type})`) +
    given(p.logon_id, ` in the session ${p.logon_id}`) + ".",
  persistence: (p) =>
    `On ${p.host} at ${writeMoment(p.time)}, the ${PERSISTENCE_WORDS[p.mechanism]} ${p.name} was set up` +
    given(p.account, ` by ${p.account}`) + given(p.runs_as, ` to run as ${p.runs_as}`) +
    given(p.command, `, which holds “${p.command}”`) + ".",
  credential_access: (p) =>
    `On ${p.host} at ${writeMoment(p.time)}, ${p.target} was opened` +
    given(p.executable, ` by ${p.executable}`) + given(p.account, ` as ${p.account}`) +
    given(p.access, ` with the access ${p.access}`) + ".",
  connection: (p) =>
    (p.host === undefined ? "At" : `On ${p.host} at`) +
    ` ${writeMoment(p.time)}${given(p.within, `, give or take ${p.within} s`)}, ${p.executable ?? "something"} connected` + given(p.account, ` as ${p.account}`) +
    given(p.from, ` from ${p.from}`) + given(p.from_port, ` port ${p.from_port}`) + given(p.to, ` to ${p.to}`) +
    given(p.to_port, ` port ${p.to_port}`) +
    given(p.domain, ` ${p.to === undefined ? "to" : "by"} the name ${p.domain}`) +
    (p.sent_at_least === undefined ? "" : ` and sent at least ${bytesInWords(p.sent_at_least)}`) + ".",
  file: (p) =>
    `On ${p.host} at ${writeMoment(p.time)}, ${p.path} ${FILE_WORDS[p.action]}` +
    given(p.executable, ` by ${p.executable}`) + given(p.account, ` as ${p.account}`) +
    given(p.from, ` from ${p.from}`) + given(p.hash, ` with the hash ${p.hash}`) + ".",
  movement: (p) =>
    `From ${p.from} to ${p.to}: record ${p.departure} on ${p.from} is of ${writeMoment(p.departed)}, ` +
    `record ${p.arrival} on ${p.to} of ${writeMoment(p.arrived)}` +
    given(p.target, `; the first names ${p.target}`) + given(p.address, `; both have the address ${p.address}`) +
    given(p.port, ` port ${p.port}`) +
    given(p.to_address, `; both have the address of the other side ${p.to_address}`) +
    given(p.account, `; both have the account ${p.account}`) + ".",
  bytes_sent: (p) =>
    `At least ${bytesInWords(p.at_least)} went from ${p.from} to ${p.to} ` +
    `between ${writeMoment(p.from_time)} and ${writeMoment(p.to_time)}.`,
  sequence: (p) => `On ${p.host}, the event of record ${p.first} came before that of record ${p.then}.`,
  order: (p) => {
    const steps = p.records.slice(0, p.hosts.length).map((record, at) => `record ${record} (${p.hosts[at]})`);
    const apart = p.apart ? `, with at least ${p.apart} seconds between neighbours of different hosts` : "";
    return `In this order, each event before the next: ${steps.join(", ")}${apart}.`;
  },
  same_tool: (p) =>
    `The ${PROPERTY_WORDS[p.property]} ${p.value} stands in records of ${p.hosts.join(" and ")}.`,
  first_seen: (p) =>
    `The ${PROPERTY_WORDS[p.property]} ${p.value} was seen${given(p.host, ` on ${p.host}`)} at ` +
    `${writeMoment(p.time)} (record ${p.record}), and in no cited record earlier.`,
  whole: (p, cites) => {
    const what = `the ${PROPERTY_WORDS[p.property]} ${p.value}`;
    const cited = recordsInWords(cites);
    const count = `${grouped(cites.length)} ${cites.length === 1 ? "record" : "records"}`;
    return {
      only: `Of all records, ${what} stands in ${cited} only.`,
      no_other: `The${what.slice(3)} stands in records of no other host than ${cited}.`,
      in_total: `In total, ${what} stands in ${count}.`,
      first_of_all: `The first of all records with ${what} is among these: ${cited}.`,
    }[p.quantifier];
  },
};

function sentenceOf(kind, params, cites) {
  return SENTENCES[kind](params, cites);
}
