// The scenario of tests/clients, with @hey-api/openapi-ts.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import process from "node:process";

import { patientFetch, timesWaited } from "./patient.js";
import { client } from "./remit/client.gen.js";
import * as remit from "./remit/index.js";
import type { BoardNode, Measure, MeasureDocument, Outcome, Preview, Problem } from "./remit/index.js";

const { REMIT_URL: baseUrl = "", REMIT_TOKEN: token = "", REMIT_NAME: name = "" } = process.env;

client.setConfig({ baseUrl, auth: () => token, fetch: patientFetch });

class Refused extends Error {
  constructor(readonly problem: Problem) {
    const places = problem.errors?.map(({ pointer, code, detail }) => `${pointer}: ${detail} (${code})`) ?? [];
    super([`${problem.status} ${problem.code}: ${problem.detail}`, ...places].join("\n  "));
  }
}

type Answer<T> = { data?: T; error?: Problem; response?: Response };

/** The body of an answer; a problem is thrown. Nothing here asks for a dry run, whose answer is a preview, or for none. */
const wanted = <T>({ data, error, response }: Answer<T>): Exclude<T, Preview | void> => {
  // Without a response, what is called an error here is what the network threw.
  if (error) throw response ? new Refused(error) : error;
  assert(data !== undefined, "an answer without a body");
  return data as Exclude<T, Preview | void>;
};

/** What names the state that was read. */
const etagOf = ({ response }: { response?: Response }): string => response?.headers.get("ETag") ?? "";

const create = async (): Promise<{ outcome: Outcome; theme: string }> => {
  const theme = wanted(await remit.createTheme({ body: { title: `Safer roads (${name})` } })).id;
  // One key for one intention: sent again after an answer was lost, it makes nothing twice.
  const request = {
    headers: { "Idempotency-Key": randomUUID() },
    body: { title: `Fewer people die (${name})`, theme_id: theme, start_on: "2026-01-01", due_on: "2035-12-31" },
  };
  const outcome = wanted(await remit.createOutcome(request));
  const again = wanted(await remit.createOutcome(request));
  assert.equal(again.id, outcome.id);
  assert.equal(outcome.state, "draft");
  return { outcome, theme };
};

const measure = async (id: string, key: string, body: Partial<MeasureDocument>): Promise<void> => {
  const request = { path: { id }, body: { key, name: key, kind: "monitor" as const, ...body } };
  assert.equal(wanted(await remit.createMeasure(request)).key, key);
};

const push = async (key: string): Promise<void> => {
  const body = [
    { measure: key, observed_at: "2026-01-31", value: 190 },
    { measure: key, observed_at: "2026-02-28", value: 150 },
  ];
  assert.equal(wanted(await remit.recordObservations({ body })).accepted, 2);
  // Whoever is not sure sends the same again.
  const again = wanted(await remit.recordObservations({ body }));
  assert.deepEqual([again.accepted, again.unchanged], [0, 2]);
};

/** An active outcome has someone accountable and someone responsible: here a role, and who holds it. */
const activate = async (id: string): Promise<void> => {
  const from = "2026-01-01";
  const role = wanted(await remit.createRole({ body: { title: `Head of road safety (${name})` } })).id;
  const person = wanted(await remit.createPerson({ body: { name: `Ada (${name})` } })).id;
  const assignment = { path: { id: role }, body: { person_id: person, from } };
  wanted(await remit.createAssignment(assignment));
  for (const part of ["accountable", "responsible"] as const) {
    const responsibility = { path: { id }, body: { part, role_id: role, from } };
    wanted(await remit.createOutcomeResponsibility(responsibility));
  }
  const activation = { path: { id }, body: { effective_from: from } };
  assert.equal(wanted(await remit.activateOutcome(activation)).state, "active");
};

const find = (nodes: BoardNode[], id: string): BoardNode | undefined => {
  for (const node of nodes) {
    const found = node.id === id ? node : find(node.children ?? [], id);
    if (found) return found;
  }
  return undefined;
};

const readBoard = async (id: string, theme: string): Promise<void> => {
  const answer = await remit.getBoard({ query: { theme } });
  const board = wanted(answer);
  const node = find([...board.themes.flatMap(({ outcomes }) => outcomes), ...board.unaligned], id);
  assert.equal(node?.progress, 50);
  assert.equal(node.accountable?.person?.name, `Ada (${name})`);
  assert.equal(node.measures?.[0]?.latest?.value, 150);
  // Unchanged, the board is not sent again.
  const unchanged = await remit.getBoard({ query: { theme }, headers: { "If-None-Match": etagOf(answer) } });
  assert.equal(unchanged.response?.status, 304);
};

/** Every measure of an outcome, page by page. */
async function* measuresOf(outcome: string): AsyncGenerator<Measure> {
  let after: string | undefined;
  do {
    const page = wanted(await remit.listMeasures({ query: { outcome, limit: 2, after } }));
    yield* page.data;
    after = page.next ?? undefined;
  } while (after !== undefined);
}

/** Changes the title of what is read; where it has changed meanwhile, reads it anew. */
const rename = async (id: string, title: string, etag?: string): Promise<number> => {
  for (let conflicts = 0; ; conflicts += 1) {
    etag ??= etagOf(await remit.getOutcome({ path: { id } }));
    const answer = await remit.updateOutcome({ path: { id }, headers: { "If-Match": etag }, body: { title } });
    if (answer.error?.code !== "precondition_failed") {
      assert.equal(wanted(answer).title, title);
      return conflicts;
    }
    assert.equal(answer.error.status, 412);
    etag = undefined;
  }
};

const breakBounds = async (): Promise<void> => {
  const { error, response } = await remit.createOutcome({ body: { title: "x".repeat(201), weight: -1 } });
  assert.equal(response?.status, 422);
  assert.equal(error?.code, "invalid");
  // Every field that is wrong, at once.
  const pointers = error.errors?.map(({ pointer }) => pointer).sort();
  assert.deepEqual(pointers, ["/title", "/weight"]);
};

const { outcome, theme } = await create();
const key = `clients.${name}.deaths`;
await measure(outcome.id, key, { kind: "decrease", baseline: 200, target: 100, every: "month" });
await measure(outcome.id, `clients.${name}.injuries`, {});
await measure(outcome.id, `clients.${name}.speed`, {});
await push(key);
await activate(outcome.id);
await readBoard(outcome.id, theme);

const keys: string[] = [];
for await (const { key } of measuresOf(outcome.id)) keys.push(key);
assert.deepEqual(keys.sort(), [`clients.${name}.deaths`, `clients.${name}.injuries`, `clients.${name}.speed`]);

const stale = etagOf(await remit.getOutcome({ path: { id: outcome.id } }));
assert.equal(await rename(outcome.id, `Fewer people die on the roads (${name})`, stale), 0);
assert.equal(await rename(outcome.id, `Nobody dies on the roads (${name})`, stale), 1);
await breakBounds();

console.log(`created, pushed, read, paged; 412 and 422 handled; waited ${timesWaited()} times`);
