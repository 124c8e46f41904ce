import { isBadCheck, isBadModel, type Step } from "./steps.ts";

/** Something in a run that did not go well, and the line where it can be seen. */
export interface Failure {
  /** Of the line. */
  readonly id: string;
  readonly name: string;
  /** `failed`, `was lost`, `has 2 failed checks`. */
  readonly how: string;
  /** The message that says most; `null` when there is none. */
  readonly why: string | null;
}

type Timed = Failure & { readonly at: number };

/** Steps that failed, then steps that went well and have failed checks; each in the order in which it happened. */
export function failuresOf(steps: readonly Step[]): readonly Failure[] {
  const [failed, checked]: [Timed[], Timed[]] = [[], []];
  for (const step of steps) {
    const checks = step.checks.filter(isBadCheck);
    if (step.failed) failed.push({ ...failedStep(step), at: step.last.start + (step.last.seconds ?? 0) });
    else if (checks.length > 0) checked.push({ ...failedChecks(step), at: Math.min(...checks.map((check) => check.at)) });
  }
  return [failed, checked].flatMap((some) => some.sort((one, other) => one.at - other.at));
}

function failedStep(step: Step): Failure {
  const model = step.models.find((each) => isBadModel(each) && each.message !== null);
  const how = step.last.status === "lost" ? "was lost" : "failed";
  // A tool's own words are a heap of text; the model that broke says it in one line, and so stands first.
  const why = [model ? `${model.name}: ${model.message}` : null, step.last.error].filter((each) => each !== null);
  return { id: `step:${step.key}`, name: step.key, how, why: why.join("; ") || null };
}

function failedChecks(step: Step): Failure {
  const checks = step.checks.filter(isBadCheck);
  const how = checks.length === 1 ? "has a failed check" : `has ${checks.length} failed checks`;
  return { id: `step:${step.key}`, name: step.key, how, why: checks.map((check) => check.name).join(", ") };
}
