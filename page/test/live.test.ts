import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { FORMAT, type Graph } from "../src/data/graph.ts";
import type { LiveOptions } from "../src/data/live.ts";
import { Letters } from "../src/live/Letters.ts";
import { LiveFollower } from "../src/live/LiveFollower.ts";

const OPTIONS: LiveOptions = {
  graph_url: "/api/graph",
  events_url: "/api/changes",
  retry_url: "/api/dead/retry",
  drop_url: "/api/dead/drop",
  token: "t",
  server: "s1",
  version: "v1",
};

class FakeEvents extends EventTarget {
  readonly CLOSED = 2;
  readyState = 1;
  closed = false;
  close() {
    this.closed = true;
  }
  tell(version: string, more: object = {}) {
    const data = JSON.stringify({ server: "s1", version, trouble: null, ...more });
    this.dispatchEvent(new MessageEvent("state", { data }));
  }
  fail(readyState: number) {
    this.readyState = readyState;
    this.dispatchEvent(new Event("error"));
  }
}

/** A server, its events, and a page that follows it; time moves when told. */
function world(t: { after: (done: () => void) => void }) {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  t.after(() => mock.timers.reset());
  const it = {
    version: "v1",
    up: true,
    asked: [] as string[],
    shown: [] as Graph[],
    events: [] as FakeEvents[],
    format: FORMAT,
  };
  const fetch = async (_url: unknown, init?: RequestInit) => {
    const said = new Headers(init?.headers).get("If-None-Match") ?? "";
    it.asked.push(said);
    if (!it.up) throw new TypeError("Failed to fetch");
    if (said === `W/"${it.version}"`) return new Response(null, { status: 304 });
    return Response.json({ format: it.format, title: it.version }, { headers: { ETag: `W/"${it.version}"` } });
  };
  const openEvents = () => {
    const opened = new FakeEvents();
    it.events.push(opened);
    return opened as unknown as EventSource;
  };
  const follower = new LiveFollower(OPTIONS, (graph) => it.shown.push(graph), { fetch, openEvents, now: Date.now });
  follower.start();
  const pass = async (ms: number) => {
    mock.timers.tick(ms);
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    await new Promise(setImmediate);
  };
  return { it, follower, pass, newest: () => it.events.at(-1) as FakeEvents };
}

test("what the server already gave is not asked for again", async (t) => {
  const { it, follower, pass, newest } = world(t);

  newest().tell("v1");
  await pass(5000);

  assert.deepEqual(it.asked, []);
  assert.equal(follower.current().connection, "live");
});

test("a new version is fetched and shown", async (t) => {
  const { it, follower, pass, newest } = world(t);
  await pass(2000);

  it.version = "v2";
  newest().tell("v2");
  await pass(0);

  assert.deepEqual(it.shown.map((graph) => graph.title), ["v2"]);
  assert.equal(follower.current().updatedAt, Date.now());
});

test("many changes are few fetches, and the last one is not missed", async (t) => {
  const { it, pass, newest } = world(t);

  for (let number = 2; number < 40; number += 1) {
    it.version = `v${number}`;
    newest().tell(it.version);
    await pass(100);
  }
  await pass(1000);

  assert.ok(it.asked.length < 8, `${it.asked.length} fetches`);
  assert.equal(it.shown.at(-1)?.title, "v39");
});

test("without events it asks now and then, and says when nobody answers", async (t) => {
  const { it, follower, pass, newest } = world(t);
  const seen: string[] = [];
  follower.watch(() => seen.push(follower.current().connection));
  newest().tell("v1");

  it.up = false;
  newest().fail(0);
  await pass(3000);
  it.up = true;
  it.version = "v2";
  await pass(3000);
  newest().tell("v2");
  await pass(0);
  const asked = it.asked.length;
  await pass(30_000);

  assert.deepEqual(seen.filter((each, at) => each !== seen[at - 1]), ["live", "lost", "polling", "live"]);
  assert.equal(it.shown.at(-1)?.title, "v2");
  assert.equal(it.asked.length, asked);
});

test("a stream that the server refused is opened again", async (t) => {
  const { it, pass, newest } = world(t);

  newest().fail(2);
  await pass(10_000);

  assert.equal(it.events.length, 2);
});

test("a hidden page lets go, and catches up when it is seen", async (t) => {
  const { it, follower, pass, newest } = world(t);
  newest().tell("v1");

  follower.stop();
  it.version = "v2";
  await pass(60_000);
  const whileHidden = it.asked.length;
  follower.start();
  newest().tell("v2");
  await pass(0);

  assert.equal(it.events[0]?.closed, true);
  assert.equal(whileHidden, 0);
  assert.equal(it.shown.at(-1)?.title, "v2");
});

test("another server, or another format, asks to load the page again", async (t) => {
  const { it, follower, pass, newest } = world(t);

  newest().tell("v1", { server: "s2" });
  const restarted = follower.current().restarted;
  newest().tell("v1");
  const back = follower.current().restarted;
  it.version = "v2";
  it.format = FORMAT + 1;
  newest().tell("v2");
  await pass(1000);

  assert.deepEqual([restarted, back, follower.current().restarted], [true, false, true]);
  assert.deepEqual(it.shown, []);
});

test("what became of a retry is said in words", async () => {
  const sent: { url: string; init: RequestInit | undefined }[] = [];
  const answers = [
    Response.json({ queued: 2, relay: true }),
    Response.json({ queued: 1, relay: false }),
    Response.json({ queued: 0, relay: true }),
    Response.json({ error: "the page is from before" }, { status: 403 }),
    Response.json({ dropped: 3, relay: false }),
  ];
  let changed = 0;
  const fetch = async (url: unknown, init?: RequestInit) => {
    sent.push({ url: String(url), init });
    const answer = answers.shift();
    if (answer === undefined) throw new TypeError("Failed to fetch");
    return answer;
  };
  const letters = new Letters(OPTIONS, () => (changed += 1), fetch);

  const said = [await letters.retry({ all: true }), await letters.retry({ consumer: "bus" }), await letters.retry({ all: true })];
  const refused = await letters.retry({ all: true });
  const dropped = await letters.drop({ all: true });
  const gone = await letters.drop({ all: true });

  assert.match(said[0]?.text ?? "", /^2 dead letters queued; the relay delivers/);
  assert.match(said[1]?.text ?? "", /^1 dead letter queued; no relay runs/);
  assert.match(said[2]?.text ?? "", /somebody was faster/);
  assert.deepEqual([refused.ok, refused.text], [false, "Not done: the page is from before."]);
  assert.equal(dropped.text, "Gave up on 3 dead letters.");
  assert.equal(gone.ok, false);
  assert.equal(new Headers(sent[0]?.init?.headers).get("X-Phlo-Hooks-Token"), "t");
  assert.equal(sent[1]?.init?.body, '{"consumer":"bus"}');
  assert.ok(changed >= 4);
});
