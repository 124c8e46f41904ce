import type { GraphModel, RunCheck } from "../data/graph.ts";
import { isBadCheck, isBadModel, type Step } from "./steps.ts";

export const ORDERS = ["start", "longest"] as const;

export type Order = (typeof ORDERS)[number];

/** One line of a timeline. */
export type Row =
  | { readonly kind: "step"; readonly id: string; readonly step: Step; readonly expanded: boolean | null }
  | { readonly kind: "model"; readonly id: string; readonly step: Step; readonly model: GraphModel; readonly checks: readonly RunCheck[] }
  | { readonly kind: "checks"; readonly id: string; readonly checks: readonly RunCheck[] };

export interface Wish {
  readonly order: Order;
  /** Only steps that failed, were tried again, or have something in them that did not pass. */
  readonly troubled: boolean;
  /** Part of a step's or a model's name. */
  readonly search: string;
  /** Keys of the steps whose models are shown. */
  readonly expanded: ReadonlySet<string>;
}

/** The lines of a timeline, as wished. */
export function rowsOf(steps: readonly Step[], loose: readonly RunCheck[], wish: Wish): readonly Row[] {
  const search = wish.search.trim().toLowerCase();
  const ordered = wish.order === "longest" ? [...steps].sort((one, other) => other.seconds - one.seconds) : steps;
  const rows: Row[] = [];
  for (const step of ordered) {
    if (wish.troubled && !isTroubled(step)) continue;
    const named = search === "" || step.key.toLowerCase().includes(search);
    const hits = named ? step.models : step.models.filter((model) => model.name.toLowerCase().includes(search));
    if (!named && hits.length === 0) continue;
    const expanded = step.models.length === 0 ? null : !named || wish.expanded.has(step.key);
    rows.push({ kind: "step", id: `step:${step.key}`, step, expanded });
    if (expanded) rows.push(...modelRows(step, hits, wish));
  }
  if (loose.length > 0 && search === "" && (!wish.troubled || loose.some(isBadCheck))) {
    rows.push({ kind: "checks", id: "checks", checks: loose });
  }
  return rows;
}

function modelRows(step: Step, models: readonly GraphModel[], wish: Wish): readonly Row[] {
  const rows = models.map((model, index) => ({
    kind: "model" as const,
    id: `model:${step.key}:${index}:${model.name}`,
    step,
    model,
    checks: model.table === null ? [] : step.checks.filter((check) => check.table === model.table),
  }));
  const shown = wish.troubled ? rows.filter(({ model, checks }) => isBadModel(model) || checks.some(isBadCheck)) : rows;
  return wish.order === "longest" ? shown.sort((one, other) => (other.model.seconds ?? 0) - (one.model.seconds ?? 0)) : shown;
}

function isTroubled(step: Step): boolean {
  return step.failed || step.attempts.length > 1 || step.troubles > 0;
}

/** Checks that would stand on each other, as one mark; a mark looks like its worst. */
export function marksOf(checks: readonly RunCheck[], length: number, width: number): readonly (readonly RunCheck[])[] {
  const near = (9 / Math.max(width, 100)) * length;
  const marks: RunCheck[][] = [];
  for (const check of [...checks].sort((one, other) => one.at - other.at)) {
    const mark = marks.at(-1);
    if (mark?.[0] && check.at - mark[0].at < near) mark.push(check);
    else marks.push([check]);
  }
  return marks.map((mark) => mark.sort((one, other) => rank(other.outcome) - rank(one.outcome)));
}

const RANKS: Readonly<Record<string, number>> = { pass: 0, skipped: 1, warn: 2, error: 3, fail: 4 };

export function rank(outcome: string): number {
  return RANKS[outcome] ?? 1;
}
