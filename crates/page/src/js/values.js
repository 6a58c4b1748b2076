// Where a value stands: the same tool on several hosts, and the earliest of the cited records (docs/spec/claim.md).

const SERVICE_FIELDS = ["ServiceName", "TaskName"];
const HASHES = ["md5", "sha1", "sha256", "imphash"];

function columnsOf(property, value) {
  switch (property) {
    case "hash": {
      const kind = value.includes(":") ? asciiLower(value.slice(0, value.indexOf(":"))) : "";
      return HASHES.includes(kind) ? [`hash_${kind}`] : [];
    }
    case "executable": return ["process_executable"];
    case "file_name": return ["process_executable", "file_path"];
    case "command_line": return ["process_command_line"];
    case "address": return ["source_ip", "destination_ip"];
    case "domain": return ["destination_domain"];
    case "account": return ["user_name"];
    default: return [];
  }
}

function sameProperty(property, found, value) {
  switch (property) {
    case "hash": return value.includes(":") && sameFolded(found, value.slice(value.indexOf(":") + 1));
    case "file_name": return sameFolded(found.split(/[\\/]/).at(-1), value);
    case "command_line": return found === value;
    case "address": return sameAddress(found, value);
    default: return sameFolded(found, value);
  }
}

/** The value stands in the record. */
function mustBear(event, property, value) {
  const found = [];
  const missing = [];
  for (const column of columnsOf(property, value)) {
    const text = event.column(column);
    if (text === undefined) missing.push(...event.fieldsOf(column));
    else found.push(text);
  }
  for (const field of property === "service" ? SERVICE_FIELDS : []) {
    if (event.has(field)) found.push(event.field(field));
    else missing.push(field);
  }
  if (found.some((text) => sameProperty(property, text, value))) return;
  if (!event.whole && missing.length) lacks(event, property, missing);
  differs(found.length ? `${event.name} has ${property} ${found[0]}, not ${value}` : `${event.name} has no ${property}`);
}

function sameTool(params, events) {
  const hosts = new Set(params.hosts.map(asciiLower));
  if (hosts.size < 2) differs("it names fewer than two hosts");
  const without = new Set(hosts);
  for (const event of events) {
    const host = asciiLower(columnOf(event, "host_name"));
    if (!hosts.has(host)) differs(`${event.name} is of the host ${host}, which is not named`);
    mustBear(event, params.property, params.value);
    without.delete(host);
  }
  if (without.size) differs(`no cited record is of the host ${[...without].sort()[0]}`);
}

function firstSeen(params, events) {
  let earliest = null;
  let cited = false;
  for (const event of events) {
    mustBear(event, params.property, params.value);
    const time = timeOf(event);
    if (!earliest || time < earliest.time) earliest = { time, name: event.name };
    if (event.index !== params.record) continue;
    cited = true;
    if (params.host !== undefined) mustBeOf(event, params.host);
    mustBeAt(event, params.time);
  }
  if (!cited) differs(`record ${params.record} is not cited`);
  if (earliest.time < params.time) differs(`${earliest.name} is earlier`);
}
