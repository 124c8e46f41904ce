import { type KeyboardEvent, memo, type UIEvent, useEffect, useRef, useState } from "react";

import type { GraphRun } from "../data/graph.ts";
import { Ago } from "../format/Ago.tsx";
import { counted } from "../format/number.ts";
import { duration } from "../format/time.ts";
import { StatusIcon } from "./Status.tsx";
import { isOpen, summaryOf } from "./steps.ts";

const PORTION = 150;

interface Props {
  readonly runs: readonly GraphRun[];
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
}

/** One stop for Tab; the arrows go from run to run and open it. Of very many runs, more are drawn as one scrolls. */
export function RunList({ runs, chosen, onChoose }: Props) {
  const list = useRef<HTMLUListElement>(null);
  const followFocus = useRef(false);
  const at = runs.findIndex((run) => run.id === chosen);
  const [drawn, setDrawn] = useState(PORTION);
  const onScroll = ({ currentTarget: { scrollTop, clientHeight, scrollHeight } }: UIEvent) => {
    if (scrollTop + 2 * clientHeight > scrollHeight) setDrawn((before) => Math.min(before + PORTION, Math.max(before, runs.length)));
  };
  const tabStop = runs[Math.max(at, 0)]?.id;

  useEffect(() => {
    const item = list.current?.querySelector<HTMLElement>('[aria-selected="true"]');
    item?.scrollIntoView({ block: "nearest" });
    if (followFocus.current) item?.focus();
    followFocus.current = false;
  }, [chosen]);

  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: runs.length - 1 };
    const to = moves[event.key];
    const next = to === undefined ? undefined : runs[Math.min(Math.max(to, 0), runs.length - 1)];
    if (next === undefined) return;
    event.preventDefault();
    onChoose(next.id);
    followFocus.current = true;
  };

  return (
    <ul className="run-list" role="listbox" aria-label="Runs" ref={list} onKeyDown={onKeyDown} onScroll={onScroll}>
      {runs.slice(0, Math.max(drawn, at + 1)).map((run) => (
        <RunItem key={run.id} run={run} chosen={run.id === chosen} tabStop={run.id === tabStop} onChoose={onChoose} />
      ))}
    </ul>
  );
}

interface ItemProps {
  readonly run: GraphRun;
  readonly chosen: boolean;
  readonly tabStop: boolean;
  readonly onChoose: (id: string) => void;
}

const RunItem = memo(function RunItem({ run, chosen, tabStop, onChoose }: ItemProps) {
  const sum = summaryOf(run);
  return (
    <li
      className="run-item"
      role="option"
      data-run={run.id}
      data-status={run.status}
      aria-selected={chosen}
      tabIndex={tabStop ? 0 : -1}
      onClick={() => onChoose(run.id)}
    >
      <StatusIcon status={run.status} />
      <div className="run-item-text">
        <p className="run-item-name">
          <span dir="auto" title={run.job ?? undefined}>{run.job ?? "(no job)"}</span>
          <Ago at={run.started_at} />
        </p>
        <p className="run-item-facts">
          {isOpen(run) && <span className="tone-running">{run.status === "queued" ? "queued" : "running"}</span>}
          {run.seconds !== null && <span>{duration(run.seconds)}</span>}
          {run.partition !== null && <span dir="auto">{run.partition}</span>}
          {run.launcher !== null && <span dir="auto">{run.launcher}</span>}
          {sum.retries > 0 && <span>{sum.retries === 1 ? "1 retry" : `${sum.retries} retries`}</span>}
          {sum.failed > 0 && <span className="tone-failure">{counted(sum.failed, "step")} failed</span>}
          {sum.checksFailed > 0 && <span className="tone-failure">{counted(sum.checksFailed, "check")} failed</span>}
          {sum.checksWarned > 0 && <span className="tone-warning">{counted(sum.checksWarned, "check")} warned</span>}
        </p>
      </div>
    </li>
  );
});
