// Rung 3: two sensors that do not depend on each other show it (docs/spec/claim.md, "Rung 3, corroborated").

const CORROBORATED_WITHIN = 300n * MICROS;

/** The sensor of a record: {network} or {host}; undefined if it has none. */
function sensorOf(event) {
  if (event.kind.startsWith("zeek_")) return { network: "zeek" };
  if (event.kind.startsWith("w3c_proxy")) return { network: "proxy" };
  const host = IN_WINDOWS_FORM.test(event.kind) ? event.column("host_name") : undefined;
  return host === undefined ? undefined : { host: asciiLower(host) };
}

function areIndependent(one, other) {
  if (one.network !== undefined && one.network === other.network) return false;
  return one.host === undefined || other.host === undefined || !isNameOf(one.host, other.host);
}

function anyIndependent(sensors) {
  return sensors.some((one, at) => sensors.slice(at + 1).some((other) => areIndependent(one, other)));
}

/** Whether a claim that holds is borne out by two sensors; `compute` throws an outcome where it does not hold. */
function isCorroborated(kind, params, events, compute) {
  if (kind === "movement") {
    const gap = params.departed - params.arrived;
    const shared = params.account !== undefined || (params.address !== undefined && params.port !== undefined);
    if (!shared || (gap < 0n ? -gap : gap) > CORROBORATED_WITHIN) return false;
    const sensors = events.map(sensorOf);
    return !sensors.includes(undefined) && anyIndependent(sensors);
  }
  if (kind !== "bytes_sent" && (kind !== "connection" || params.from === undefined)) return false;
  const parts = new Map();
  for (const event of events) {
    const sensor = sensorOf(event);
    if (!sensor) continue;
    const key = JSON.stringify(sensor);
    if (!parts.has(key)) parts.set(key, { sensor, events: [] });
    parts.get(key).events.push(event);
  }
  return anyIndependent([...parts.values()].filter((part) => holds(compute, part.events)).map((part) => part.sensor));
}

function holds(compute, events) {
  try {
    compute(events);
    return true;
  } catch (outcome) {
    if (outcome instanceof Outcome) return false;
    throw outcome;
  }
}
