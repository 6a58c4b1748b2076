// What a kind of claim reads of an event, and how it is compared (docs/spec/claim.md and readings.json).

/** How a found text is compared with the stated one. */
const COMPARE = {
  exact: (found, stated) => found === stated,
  folded: sameFolded,
  address: sameAddress,
  number: (found, stated) => signedNumber(trimmed(found)) === stated,
  atLeast: (found, stated) => {
    const number = signedNumber(trimmed(found));
    return number !== null && (number < 0n ? 0n : number) >= stated;
  },
  hash: (found, stated) => {
    const at = stated.indexOf(":");
    if (at < 0) return false;
    const [kind, hex] = [stated.slice(0, at), stated.slice(at + 1)];
    const parts = found.split(",").filter((part) => part.includes("="));
    return parts.some((part) => {
      const split = part.indexOf("=");
      return sameFolded(trimmed(part.slice(0, split)), kind) && sameFolded(trimmed(part.slice(split + 1)), hex);
    });
  },
  account: (found, stated) =>
    sameFolded(stated.includes("\\") ? found : found.slice(found.lastIndexOf("\\") + 1), stated),
};

/** By kind: how each property is compared. */
const STATED = {
  process: {
    executable: "folded", command_line: "exact", parent: "folded", account: "account", hash: "hash",
    logon_id: "folded",
  },
  logon: { account: "account", from: "address", logon_type: "number", logon_id: "folded" },
  persistence: { name: "folded", command: "exact", account: "account", runs_as: "account" },
  credential_access: { target: "folded", executable: "folded", access: "folded", account: "account" },
  connection: {
    from: "address", from_port: "number", to: "address", to_port: "number", domain: "folded", executable: "folded",
    account: "account", sent_at_least: "atLeast",
  },
  file: { path: "folded", executable: "folded", account: "account", from: "address", hash: "hash" },
};
const VARIANT = {
  logon: (params) => String(params.failed),
  persistence: (params) => params.mechanism,
  file: (params) => params.action,
};

/** How a kind of claim reads the event. */
function readingOf(event, kind, variant) {
  const found = READINGS.readings.find(
    (reading) => reading.kind === kind && reading.event === event.kind && reading.variant === variant,
  );
  if (!found) {
    if (!event.whole && event.untold().length) lacks(event, "shape", []);
    differs(`${event.name} is of the kind ${event.kind}, of which no claim of the kind ${kind} ${variant} speaks`);
  }
  if (found.when) {
    const [field, wanted] = found.when;
    const text = event.field(field) ?? lacks(event, field, [field]);
    if (!sameFolded(text, wanted)) differs(`${event.name} has ${field} ${text}, not ${wanted}`);
  }
  return found;
}

/** A property of the event: of the first of its sources of which the record has a field. */
function propertyOf(event, reading, name) {
  const sources = reading.properties[name];
  if (!sources) differs(`${event.name} is of the kind ${reading.event}, which shows no ${name}`);
  const source = sources.find(([, ...fields]) => fields.some((field) => event.has(field)));
  if (!source) lacks(event, name, sources.flatMap(([, ...fields]) => fields));
  return readSource(event, source, name);
}

function readSource(event, [how, one, other], name) {
  const need = (field) => event.field(field) ?? lacks(event, field, [field]);
  switch (how) {
    case "account": {
      const user = need(other);
      const domain = event.field(one);
      if (domain === undefined && !event.whole) lacks(event, one, [one]);
      return domain === undefined || domain === "" || domain === "-" ? user : `${domain}\\${user}`;
    }
    case "share": {
      const share = need(one);
      return `${share}\\${need(other)}`;
    }
    case "task":
      return taskCommand(need(one)) ?? differs(`${event.name} has no ${name}`);
    case "replication": {
      const rights = asciiLower(need(one));
      const named = READINGS.replication.some((right) => rights.includes(right));
      return named ? READINGS.replicated : differs(`${event.name} has no ${name}`);
    }
    default:
      return need(one);
  }
}

/** The command of a task's XML, and its arguments after a space. */
function taskCommand(xml) {
  const element = (name) => {
    const [open, close] = [`<${name}>`, `</${name}>`];
    const from = xml.indexOf(open);
    const to = from < 0 ? -1 : xml.indexOf(close, from + open.length);
    return to < 0 ? undefined : xml.slice(from + open.length, to);
  };
  const [command, more] = [element("Command"), element("Arguments")];
  return command === undefined || more === undefined ? command : `${command} ${more}`;
}
