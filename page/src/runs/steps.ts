import type { GraphModel, GraphRun, GraphStep, RunCheck } from "../data/graph.ts";

/** One step of a run: its attempts in order, and the checks that it ran. */
export interface Step {
  readonly key: string;
  /** In time; the last one decides how the step ended. */
  readonly attempts: readonly [GraphStep, ...GraphStep[]];
  readonly last: GraphStep;
  readonly start: number;
  /** Seconds of all attempts together. */
  readonly seconds: number;
  readonly models: readonly GraphModel[];
  readonly checks: readonly RunCheck[];
  readonly failed: boolean;
  /** Its checks or models that did not pass. */
  readonly troubles: number;
}

/** What stands on a run besides its steps. */
export interface RunSummary {
  readonly steps: number;
  readonly failed: number;
  readonly retries: number;
  readonly checksFailed: number;
  readonly checksWarned: number;
  readonly checks: number;
}

const BAD: ReadonlySet<string> = new Set(["failure", "lost"]);
const BAD_CHECK: ReadonlySet<string> = new Set(["fail", "error"]);
const BAD_MODEL: ReadonlySet<string> = new Set(["failure", "error", "fail"]);

export function isBad(status: string): boolean {
  return BAD.has(status);
}

export function isBadCheck(check: RunCheck): boolean {
  return BAD_CHECK.has(check.outcome);
}

export function isBadModel(model: GraphModel): boolean {
  return BAD_MODEL.has(model.status);
}

/** Whether the run goes on, as far as is known. */
export function isOpen(run: GraphRun): boolean {
  return run.seconds === null && (run.status === "started" || run.status === "queued");
}

/** The steps of a run in the order in which they began. */
export function stepsOf(run: GraphRun, now: number): readonly Step[] {
  const attempts = new Map<string, GraphStep[]>();
  for (const step of run.steps) {
    const known = attempts.get(step.key);
    if (known) known.push(step);
    else attempts.set(step.key, [step]);
  }
  const checks = new Map<string, RunCheck[]>();
  for (const check of run.checks) {
    if (check.step === null) continue;
    const known = checks.get(check.step);
    if (known) known.push(check);
    else checks.set(check.step, [check]);
  }
  const steps = [...attempts].map(([key, all]) => stepOf(key, all, checks.get(key) ?? [], now));
  return steps.sort((one, other) => one.start - other.start || (one.key < other.key ? -1 : 1));
}

function stepOf(key: string, all: GraphStep[], checks: readonly RunCheck[], now: number): Step {
  const sorted = all.sort((one, other) => one.attempt - other.attempt || one.start - other.start);
  const attempts = sorted as [GraphStep, ...GraphStep[]];
  const last = sorted.at(-1) ?? attempts[0];
  const models = sorted.flatMap((attempt) => attempt.models);
  return {
    key,
    attempts,
    last,
    start: Math.min(...sorted.map((attempt) => attempt.start)),
    seconds: sorted.reduce((sum, attempt) => sum + secondsOf(attempt, now), 0),
    models,
    checks,
    failed: isBad(last.status),
    troubles: checks.filter((check) => check.outcome !== "pass" && check.outcome !== "skipped").length + models.filter(isBadModel).length,
  };
}

/** How long an attempt took; up to now while it runs, nothing when it never said. */
export function secondsOf(attempt: GraphStep, now: number): number {
  if (attempt.seconds !== null) return attempt.seconds;
  return attempt.status === "started" ? Math.max(0, now - attempt.start) : 0;
}

/** Checks that belong to no step that the run has. */
export function looseChecks(run: GraphRun): readonly RunCheck[] {
  const keys = new Set(run.steps.map((step) => step.key));
  return run.checks.filter((check) => check.step === null || !keys.has(check.step));
}

/** Seconds from the run's start to the end of its last part. */
export function lengthOf(run: GraphRun, now: number): number {
  const ends = run.steps.map((step) => step.start + secondsOf(step, now));
  const marks = run.checks.map((check) => check.at);
  let longest = run.seconds ?? (isOpen(run) ? now : 0);
  for (const end of ends) longest = Math.max(longest, end);
  for (const mark of marks) longest = Math.max(longest, mark);
  return Math.max(longest, 0.001);
}

export function summaryOf(run: GraphRun): RunSummary {
  const last = new Map<string, GraphStep>();
  for (const step of run.steps) {
    const known = last.get(step.key);
    if (!known || known.attempt <= step.attempt) last.set(step.key, step);
  }
  return {
    steps: last.size,
    failed: [...last.values()].filter((step) => isBad(step.status)).length,
    retries: run.steps.length - last.size,
    checks: run.checks.length,
    checksFailed: run.checks.filter(isBadCheck).length,
    checksWarned: run.checks.filter((check) => check.outcome === "warn").length,
  };
}
