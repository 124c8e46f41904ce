import assert from "node:assert/strict";
import { test } from "node:test";

import type { GraphModel, GraphRun, GraphStep, RunCheck } from "../src/data/graph.ts";
import { percent, tickLabel, ticks } from "../src/runs/axis.ts";
import { failuresOf } from "../src/runs/failures.ts";
import { marksOf, rowsOf, type Wish } from "../src/runs/rows.ts";
import { lengthOf, looseChecks, stepsOf, summaryOf } from "../src/runs/steps.ts";

const WISH: Wish = { order: "start", troubled: false, search: "", expanded: new Set() };

function step(key: string, start: number, seconds: number | null, more: Partial<GraphStep> = {}): GraphStep {
  return { key, attempt: 1, status: "success", start, seconds, tables: [], models: [], error: null, url: null, ...more };
}

function check(name: string, outcome: string, at: number, more: Partial<RunCheck> = {}): RunCheck {
  return { name, outcome, at, table: null, step: null, severity: null, message: null, ...more };
}

function model(name: string, more: Partial<GraphModel> = {}): GraphModel {
  return { name, status: "success", table: null, start: 0, seconds: 1, rows: null, message: null, ...more };
}

function run(steps: readonly GraphStep[], more: Partial<GraphRun> = {}): GraphRun {
  const about = { id: "r", job: "j", status: "success", started_at: "2026-11-21T09:00:00Z", seconds: 10 as number | null };
  const rest = { queued_seconds: null, launcher: null, partition: null, code_location: null, error: null, url: null, events: 0 };
  return { ...about, ...rest, steps, checks: [], ...more };
}

test("attempts of one step are one line, and the last one says how it ended", () => {
  const steps = stepsOf(
    run([step("b", 5, 1), step("a", 4, 2, { attempt: 2 }), step("a", 1, 2, { status: "retry", error: "no" })]),
    10,
  );

  assert.deepEqual(steps.map((each) => each.key), ["a", "b"]);
  assert.deepEqual(steps[0]?.attempts.map((each) => each.attempt), [1, 2]);
  assert.equal(steps[0]?.failed, false);
  assert.equal(steps[0]?.seconds, 4);
});

test("a step that runs is as long as it has run, a lost one has no length", () => {
  const steps = stepsOf(run([step("a", 2, null, { status: "started" }), step("b", 3, null, { status: "lost" })]), 12);

  assert.deepEqual(steps.map((each) => each.seconds), [10, 0]);
});

test("a run's length covers everything in it", () => {
  const late = run([step("a", 0, 3)], { seconds: 10, checks: [check("c", "pass", 14)] });
  const open = run([step("a", 0, 3)], { seconds: null, status: "started" });

  assert.equal(lengthOf(late, 99), 14);
  assert.equal(lengthOf(open, 42), 42);
  assert.ok(lengthOf(run([], { seconds: 0 }), 0) > 0);
});

test("what failed is told in its order, steps before checks, with the words that say most", () => {
  const broken = step("dbt", 1, 8, {
    status: "failure",
    error: "the tool failed with code 1",
    models: [model("fine"), model("bad", { status: "failure", message: "no column x" })],
  });
  const checks = [check("one", "fail", 2, { step: "load" }), check("two", "error", 3, { step: "load" }), check("ok", "warn", 3, { step: "load" })];
  const failures = failuresOf(stepsOf(run([broken, step("load", 0, 3), step("gone", 5, null, { status: "lost", error: "died" })], { checks }), 10));

  assert.deepEqual(
    failures.map(({ id, how, why }) => [id, how, why]),
    [
      ["step:gone", "was lost", "died"],
      ["step:dbt", "failed", "bad: no column x; the tool failed with code 1"],
      ["step:load", "has 2 failed checks", "one, two"],
    ],
  );
});

test("a step that was tried again and went well is no failure", () => {
  const steps = stepsOf(run([step("a", 0, 1, { status: "retry", error: "no" }), step("a", 2, 1, { attempt: 2 })]), 5);

  assert.deepEqual(failuresOf(steps), []);
  assert.deepEqual(rowsOf(steps, [], { ...WISH, troubled: true }).map((row) => row.id), ["step:a"]);
});

test("models stand below their step when it is opened, or one of them is searched for", () => {
  const steps = stepsOf(run([step("dbt", 0, 3, { models: [model("orders"), model("customers")] }), step("load", 0, 1)]), 5);

  const closed = rowsOf(steps, [], WISH).map((row) => row.kind);
  const open = rowsOf(steps, [], { ...WISH, expanded: new Set(["dbt"]) }).map((row) => row.kind);
  const found = rowsOf(steps, [], { ...WISH, search: "CUST" }).map((row) => row.id);

  assert.deepEqual(closed, ["step", "step"]);
  assert.deepEqual(open, ["step", "model", "model", "step"]);
  assert.deepEqual(found, ["step:dbt", "model:dbt:0:customers"]);
});

test("the longest come first when asked, models too", () => {
  const models = [model("quick", { seconds: 1 }), model("slow", { seconds: 2 })];
  const steps = stepsOf(run([step("a", 0, 1), step("b", 1, 5, { models }), step("c", 2, 3)]), 9);

  const rows = rowsOf(steps, [], { ...WISH, order: "longest", expanded: new Set(["b"]) });

  assert.deepEqual(rows.map((row) => (row.kind === "model" ? row.model.name : row.id)), ["step:b", "slow", "quick", "step:c", "step:a"]);
});

test("only what has trouble is left when asked", () => {
  const models = [model("fine"), model("tested", { table: 3 })];
  const checks = [check("c", "fail", 2, { step: "dbt", table: 3 })];
  const steps = stepsOf(run([step("dbt", 0, 3, { models }), step("load", 0, 1)], { checks }), 5);

  const rows = rowsOf(steps, [], { ...WISH, troubled: true, expanded: new Set(["dbt"]) });

  assert.deepEqual(rows.map((row) => row.id), ["step:dbt", "model:dbt:1:tested"]);
});

test("checks of no step have a line of their own", () => {
  const loose = looseChecks(run([step("a", 0, 1)], { checks: [check("x", "pass", 1), check("y", "pass", 1, { step: "gone" }), check("z", "pass", 1, { step: "a" })] }));

  assert.deepEqual(loose.map((each) => each.name), ["x", "y"]);
  assert.deepEqual(rowsOf([], loose, WISH).map((row) => row.kind), ["checks"]);
});

test("checks that would cover each other are one mark, the worst on top", () => {
  const marks = marksOf([check("far", "pass", 9), check("a", "pass", 1), check("b", "fail", 1.01), check("c", "warn", 1.02)], 10, 500);

  assert.deepEqual(marks.map((mark) => mark.map((each) => each.name)), [["b", "c", "a"], ["far"]]);
});

test("a run is summed up by its steps' last attempts", () => {
  const steps = [step("a", 0, 1, { status: "retry" }), step("a", 2, 1, { attempt: 2, status: "failure" }), step("b", 0, 1)];
  const sum = summaryOf(run(steps, { checks: [check("c", "warn", 1), check("d", "error", 1), check("e", "pass", 1)] }));

  assert.deepEqual(sum, { steps: 2, failed: 1, retries: 1, checks: 3, checksFailed: 1, checksWarned: 1 });
});

test("an axis has round numbers, and never more lines than asked for", () => {
  for (const length of [0.001, 0.7, 3, 59, 61, 5000, 90_000, 900_000]) {
    const lines = ticks(length, 8);
    assert.ok(lines.length <= 9 && lines.length >= 2, `${length}: ${lines.length}`);
    assert.ok(lines.every((line) => line <= length * 1.001));
  }
  assert.deepEqual(ticks(60, 6), [0, 10, 20, 30, 40, 50, 60]);
  assert.deepEqual([0, 0.25, 5, 90, 7500].map(tickLabel), ["0", "250 ms", "5 s", "1:30", "2:05:00"]);
  assert.deepEqual([-1, 5, 20].map((at) => percent(at, 10)), [0, 50, 100]);
});
