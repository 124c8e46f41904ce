import type { GraphCheck, GraphTable } from "./graph.ts";
import type { IconName } from "../format/Icon.tsx";

/** How a status or an outcome looks; `tone` names a pair of colours in tokens.css. */
export interface Look {
  readonly label: string;
  readonly icon: IconName;
  readonly tone: "success" | "failure" | "warning" | "running" | "quiet";
}

const LOOKS: Readonly<Record<string, Look>> = {
  success: { label: "success", icon: "check", tone: "success" },
  failure: { label: "failed", icon: "cross", tone: "failure" },
  lost: { label: "lost", icon: "question", tone: "failure" },
  canceled: { label: "canceled", icon: "minus", tone: "warning" },
  skipped: { label: "skipped", icon: "minus", tone: "quiet" },
  no_data: { label: "no data", icon: "minus", tone: "quiet" },
  queued: { label: "queued", icon: "clock", tone: "running" },
  started: { label: "running", icon: "clock", tone: "running" },
  retry: { label: "retried", icon: "retry", tone: "warning" },
  pass: { label: "passed", icon: "check", tone: "success" },
  warn: { label: "warned", icon: "warn", tone: "warning" },
  fail: { label: "failed", icon: "cross", tone: "failure" },
  error: { label: "error", icon: "cross", tone: "failure" },
  "": { label: "not run", icon: "minus", tone: "quiet" },
};

/** The look of a run's, a table's or a check's status; what is not known here is shown as it is said. */
export function lookOf(status: string): Look {
  return (Object.hasOwn(LOOKS, status) ? LOOKS[status] : undefined) ?? { label: status, icon: "question", tone: "quiet" };
}

export interface CheckCounts {
  readonly failed: number;
  readonly warned: number;
}

/** How many checks of the table failed or warned last time. */
export function checkCounts(table: GraphTable): CheckCounts {
  const failed = table.checks.filter(hasFailed).length;
  return { failed, warned: table.checks.filter((check) => check.outcome === "warn").length };
}

export function hasFailed(check: GraphCheck): boolean {
  return check.outcome === "fail" || check.outcome === "error";
}
