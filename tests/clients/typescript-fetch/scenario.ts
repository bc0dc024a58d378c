// The scenario of tests/clients, with openapi-typescript and openapi-fetch.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import process from "node:process";

import createClient from "openapi-fetch";

import { patientFetch, timesWaited } from "./patient.js";
import type { components, paths } from "./remit.js";

type Schemas = components["schemas"];

const { REMIT_URL: baseUrl = "", REMIT_TOKEN: token = "", REMIT_NAME: name = "" } = process.env;

// The media types that are wanted: the board, for one, is answered as CSV too, which is no object to the compiler.
type Media = "application/json" | "application/vnd.remit.preview+json" | "application/problem+json";

const remit = createClient<paths, Media>({
  baseUrl,
  headers: { Authorization: `Bearer ${token}` },
  fetch: patientFetch,
});

class Refused extends Error {
  constructor(readonly problem: Schemas["Problem"]) {
    const places = problem.errors?.map(({ pointer, code, detail }) => `${pointer}: ${detail} (${code})`) ?? [];
    super([`${problem.status} ${problem.code}: ${problem.detail}`, ...places].join("\n  "));
  }
}

/** The body of an answer; a problem is thrown. What is no dry run is not answered by a preview. */
const wanted = <T>({ data, error }: { data?: T; error?: Schemas["Problem"] }): Exclude<T, Schemas["Preview"]> => {
  if (error) throw new Refused(error);
  assert(data !== undefined, "an answer without a body");
  return data as Exclude<T, Schemas["Preview"]>;
};

/** What names the state that was read. */
const etagOf = ({ response }: { response: Response }): string => response.headers.get("ETag") ?? "";

const create = async (): Promise<{ outcome: Schemas["Outcome"]; theme: string }> => {
  const theme = wanted(await remit.POST("/v1/themes", { body: { title: `Safer roads (${name})` } })).id;
  // One key for one intention: sent again after an answer was lost, it makes nothing twice.
  const request = {
    params: { header: { "Idempotency-Key": randomUUID() } },
    body: { title: `Fewer people die (${name})`, theme_id: theme, start_on: "2026-01-01", due_on: "2035-12-31" },
  };
  const outcome = wanted(await remit.POST("/v1/outcomes", request));
  const again = wanted(await remit.POST("/v1/outcomes", request));
  assert.equal(again.id, outcome.id);
  assert.equal(outcome.state, "draft");
  return { outcome, theme };
};

const measure = async (id: string, key: string, body: Partial<Schemas["MeasureDocument"]>): Promise<void> => {
  const request = { params: { path: { id } }, body: { key, name: key, kind: "monitor" as const, ...body } };
  assert.equal(wanted(await remit.POST("/v1/outcomes/{id}/measures", request)).key, key);
};

const push = async (key: string): Promise<void> => {
  const body = [
    { measure: key, observed_at: "2026-01-31", value: 190 },
    { measure: key, observed_at: "2026-02-28", value: 150 },
  ];
  assert.equal(wanted(await remit.POST("/v1/observations", { body })).accepted, 2);
  // Whoever is not sure sends the same again.
  const again = wanted(await remit.POST("/v1/observations", { body }));
  assert.deepEqual([again.accepted, again.unchanged], [0, 2]);
};

/** An active outcome has someone accountable and someone responsible: here a role, and who holds it. */
const activate = async (id: string): Promise<void> => {
  const from = "2026-01-01";
  const role = wanted(await remit.POST("/v1/roles", { body: { title: `Head of road safety (${name})` } })).id;
  const person = wanted(await remit.POST("/v1/people", { body: { name: `Ada (${name})` } })).id;
  const assignment = { params: { path: { id: role } }, body: { person_id: person, from } };
  wanted(await remit.POST("/v1/roles/{id}/assignments", assignment));
  for (const part of ["accountable", "responsible"] as const) {
    const responsibility = { params: { path: { id } }, body: { part, role_id: role, from } };
    wanted(await remit.POST("/v1/outcomes/{id}/responsibilities", responsibility));
  }
  const activation = { params: { path: { id } }, body: { effective_from: from } };
  assert.equal(wanted(await remit.POST("/v1/outcomes/{id}/activate", activation)).state, "active");
};

const find = (nodes: Schemas["BoardNode"][], id: string): Schemas["BoardNode"] | undefined => {
  for (const node of nodes) {
    const found = node.id === id ? node : find(node.children ?? [], id);
    if (found) return found;
  }
  return undefined;
};

const readBoard = async (id: string, theme: string): Promise<void> => {
  const answer = await remit.GET("/v1/board", { params: { query: { theme } } });
  const board = wanted(answer);
  const node = find([...board.themes.flatMap(({ outcomes }) => outcomes), ...board.unaligned], id);
  assert.equal(node?.progress, 50);
  assert.equal(node.accountable?.person?.name, `Ada (${name})`);
  assert.equal(node.measures?.[0]?.latest?.value, 150);
  // Unchanged, the board is not sent again.
  const params = { query: { theme }, header: { "If-None-Match": etagOf(answer) } };
  const unchanged = await remit.GET("/v1/board", { params });
  assert.equal(unchanged.response.status, 304);
};

/** Every measure of an outcome, page by page. */
async function* measuresOf(outcome: string): AsyncGenerator<Schemas["Measure"]> {
  let after: string | undefined;
  do {
    const page = wanted(await remit.GET("/v1/measures", { params: { query: { outcome, limit: 2, after } } }));
    yield* page.data;
    after = page.next ?? undefined;
  } while (after !== undefined);
}

/** Changes the title of what is read; where it has changed meanwhile, reads it anew. */
const rename = async (id: string, title: string, etag?: string): Promise<number> => {
  for (let conflicts = 0; ; conflicts += 1) {
    etag ??= etagOf(await remit.GET("/v1/outcomes/{id}", { params: { path: { id } } }));
    const answer = await remit.PATCH("/v1/outcomes/{id}", {
      params: { path: { id }, header: { "If-Match": etag } },
      body: { title },
    });
    if (answer.error?.code !== "precondition_failed") {
      assert.equal(wanted(answer).title, title);
      return conflicts;
    }
    assert.equal(answer.error.status, 412);
    etag = undefined;
  }
};

const breakBounds = async (): Promise<void> => {
  const { error, response } = await remit.POST("/v1/outcomes", { body: { title: "x".repeat(201), weight: -1 } });
  assert.equal(response.status, 422);
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

const stale = etagOf(await remit.GET("/v1/outcomes/{id}", { params: { path: { id: outcome.id } } }));
assert.equal(await rename(outcome.id, `Fewer people die on the roads (${name})`, stale), 0);
assert.equal(await rename(outcome.id, `Nobody dies on the roads (${name})`, stale), 1);
await breakBounds();

console.log(`created, pushed, read, paged; 412 and 422 handled; waited ${timesWaited()} times`);
