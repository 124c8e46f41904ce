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

/** What failed, in the order in which it failed; checks count for themselves only in a step that went well. */
export function failuresOf(steps: readonly Step[]): readonly Failure[] {
  const found: (Failure & { readonly at: number })[] = [];
  for (const step of steps) {
    const checks = step.checks.filter(isBadCheck);
    if (step.failed) found.push({ ...failedStep(step), at: step.last.start + (step.last.seconds ?? 0) });
    else if (checks.length > 0) found.push({ ...failedChecks(step), at: Math.min(...checks.map((check) => check.at)) });
  }
  return found.sort((one, other) => one.at - other.at);
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
