import { useMemo } from "react";

import type { GraphRun } from "../data/graph.ts";
import { lookOf } from "../data/status.ts";
import { Icon } from "../format/Icon.tsx";
import { whole } from "../format/number.ts";

const ORDER = ["failure", "lost", "started", "queued", "canceled", "success"];

interface Props {
  readonly runs: readonly GraphRun[];
  readonly status: string | null;
  readonly onStatus: (status: string | null) => void;
}

/** The statuses there are, each with its number; a second click takes the choice back. */
export function RunFilter({ runs, status, onStatus }: Props) {
  const counts = useMemo(() => {
    const found = new Map<string, number>();
    for (const run of runs) found.set(run.status, (found.get(run.status) ?? 0) + 1);
    return [...found].sort(([one], [other]) => place(one) - place(other));
  }, [runs]);
  if (counts.length < 2 && status === null) return null;
  return (
    <div className="run-filter" role="group" aria-label="Runs by status">
      {counts.map(([each, count]) => (
        <button
          key={each}
          type="button"
          className={`run-chip tone-${lookOf(each).tone}`}
          aria-pressed={each === status}
          onClick={() => onStatus(each === status ? null : each)}
        >
          <Icon name={lookOf(each).icon} />
          {lookOf(each).label} <b>{whole(count)}</b>
        </button>
      ))}
    </div>
  );
}

function place(status: string): number {
  const at = ORDER.indexOf(status);
  return at < 0 ? ORDER.length : at;
}
