// Applies for a certificate, waits while the application is pending, and prints the outcome as JSON.
//
//   node apply.js --address localhost:7443 --ca ca.crt --cert client.crt --key client.key \
//     --kind cr.cedula_juridica --id 3-101-123456 --facts '{"head_count":"7","sector":"food"}'
//
// Further options: --name NAME, --language es|en, --request-id UUID (to repeat an application),
// --within SECONDS (how long to wait for a pending application; 0 if absent: do not wait).
// Prints {"application": ..., "certificate": ...}; a refusal is an answer, not an error.
// A failed call prints {"error": {"code", "message", "reason"}} and exits 1.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import grpc from "@grpc/grpc-js";
import protoLoader from "@grpc/proto-loader";

const TEXT_FACTS = new Set(["name", "sector", "zone"]);
const CALL_SECONDS = 10;
const ATTEMPTS = 5;

const required = ["address", "ca", "cert", "key", "kind", "id"];
const optional = { facts: "{}", name: "", language: "es", "request-id": "", within: "0" };

function readOptions() {
  const options = Object.fromEntries([...required, ...Object.keys(optional)].map((name) => [name, { type: "string" }]));
  const { values } = parseArgs({ options, strict: true });
  const missing = required.filter((name) => !values[name]);
  if (missing.length > 0) throw new Error(`missing: ${missing.map((name) => `--${name}`).join(", ")}`);
  return { ...optional, ...values };
}

// The released contract as one descriptor set, so that no google/api files are needed here.
function loadContract() {
  const released = readFileSync(new URL("../../baseline.binpb", import.meta.url));
  const definition = protoLoader.loadFileDescriptorSetFromBuffer(released, {
    keepCase: true,
    longs: String,
    enums: String,
    bytes: String,
    oneofs: true,
  });
  const contract = grpc.loadPackageDefinition(definition);
  return contract.certsvc.v1.CertificateService;
}

function toFact([name, value]) {
  // Numbers travel as decimal text: a JavaScript number would round large amounts.
  return TEXT_FACTS.has(name) ? { name, text: value } : { name, number: { value: String(value) } };
}

const deadline = (seconds) => ({ deadline: Date.now() + seconds * 1000 });

function call(client, method, request) {
  return new Promise((resolve, reject) => {
    client[method](request, deadline(CALL_SECONDS), (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

// UNAVAILABLE and RESOURCE_EXHAUSTED may be repeated; the request_id makes sure that it stays one application.
async function callAgain(client, method, request) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call(client, method, request);
    } catch (error) {
      const again = [grpc.status.UNAVAILABLE, grpc.status.RESOURCE_EXHAUSTED].includes(error.code);
      if (!again || attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt * (0.5 + Math.random())));
    }
  }
}

async function settled(client, application, language, within) {
  if (application.state !== "STATE_PENDING" || within <= 0) return application;
  let newest = application;
  try {
    const changes = client.WatchApplication({ name: application.name, language_code: language }, deadline(within));
    for await (const change of changes) newest = change.application;
  } catch (error) {
    // Still pending at the end of our patience: it goes on by itself and can be asked for later.
    if (error.code !== grpc.status.DEADLINE_EXCEEDED) throw error;
  }
  return newest;
}

// ErrorInfo.reason is for programs; it travels in a binary trailer as google.rpc.Status.
function reasonOf(error) {
  const [details] = error.metadata?.get("grpc-status-details-bin") ?? [];
  const found = details && /type\.googleapis\.com\/google\.rpc\.ErrorInfo/.exec(details.toString("latin1"));
  if (!found) return "";
  // Any.value follows the type name: tag 0x12, its length, then ErrorInfo, whose first field (tag 0x0a) is the reason.
  let at = found.index + found[0].length + 1;
  while (details[at] & 0x80) at += 1;
  at += 1;
  return details[at] === 0x0a ? details.toString("utf8", at + 2, at + 2 + details[at + 1]) : "";
}

async function main() {
  const options = readOptions();
  const credentials = grpc.credentials.createSsl(
    readFileSync(options.ca),
    readFileSync(options.key),
    readFileSync(options.cert),
  );
  const CertificateService = loadContract();
  const client = new CertificateService(options.address, credentials);
  try {
    const { application } = await callAgain(client, "IssueCertificate", {
      enterprise: { identifiers: [{ kind: options.kind, value: options.id }], name: options.name },
      declared_facts: Object.entries(JSON.parse(options.facts)).map(toFact),
      request_id: options["request-id"] || randomUUID(),
      language_code: options.language,
    });
    const outcome = await settled(client, application, options.language, Number(options.within));
    const certificate = outcome.certificate
      ? await callAgain(client, "GetCertificate", { name: outcome.certificate.name })
      : null;
    process.stdout.write(`${JSON.stringify({ application: outcome, certificate })}\n`);
  } finally {
    client.close();
  }
}

main().catch((error) => {
  const told = { code: grpc.status[error.code] ?? "", message: error.details ?? error.message, reason: reasonOf(error) };
  process.stdout.write(`${JSON.stringify({ error: told })}\n`);
  process.exitCode = 1;
});
