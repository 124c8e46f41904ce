import { type KeyboardEvent, useEffect, useMemo, useRef } from "react";

import { percent, tickLabel, ticks } from "./axis.ts";
import type { Order, Row } from "./rows.ts";
import { TimelineRow } from "./TimelineRow.tsx";
import { useWindow } from "./useWindow.ts";

const LINE = 30;
const NAMES = 280;
const PER_TICK = 90;

interface Props {
  readonly rows: readonly Row[];
  /** Seconds from the run's start to the right edge. */
  readonly length: number;
  readonly elapsed: number;
  readonly chosen: string | null;
  /** Goes up when the chosen line is to be brought into sight again. */
  readonly reveal: number;
  readonly order: Order;
  readonly onChoose: (id: string | null) => void;
  readonly onExpand: (key: string, expanded: boolean) => void;
}

/** The waterfall of a run: one line for each step, models inside steps, everything at its time. */
export function Timeline({ rows, length, elapsed, chosen, reveal, order, onChoose, onExpand }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const shownOrder = useRef(order);
  const { from, to, width } = useWindow(box, rows.length, LINE);
  const chart = Math.max(120, width - NAMES - 24);
  const lines = useMemo(() => ticks(length, Math.max(2, Math.floor(chart / PER_TICK))), [length, chart]);
  const at = rows.findIndex((row) => row.id === chosen);

  useEffect(() => {
    if (shownOrder.current !== order && box.current !== null) box.current.scrollTop = 0;
    shownOrder.current = order;
  }, [order]);
  const place = useRef(at);
  place.current = at;
  useEffect(() => {
    const element = box.current;
    if (element === null || place.current < 0) return;
    const top = place.current * LINE;
    const seen = element.clientHeight - LINE;
    const past = top - element.scrollTop;
    if (past < -seen || past > 2 * seen) element.scrollTop = top - seen / 3;
    else if (past < 0) element.scrollTop = top;
    else if (past > seen - LINE) element.scrollTop = top + LINE - seen;
  }, [chosen, reveal]);

  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[at];
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 300) / LINE) - 2);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) onChoose(rows[Math.min(Math.max(to, 0), rows.length - 1)]?.id ?? null);
    else if (event.key === "ArrowRight" && row?.kind === "step" && row.expanded === false) onExpand(row.step.key, true);
    else if (event.key === "ArrowLeft" && row?.kind === "step" && row.expanded) onExpand(row.step.key, false);
    else if (event.key === "ArrowLeft" && row?.kind === "model") onChoose(`step:${row.step.key}`);
    else return;
    event.preventDefault();
  };

  return (
    <div
      className="timeline"
      ref={box}
      role="treegrid"
      aria-label="Timeline"
      aria-rowcount={rows.length}
      aria-activedescendant={at >= from && at < to ? `line-${at}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div className="timeline-axis" aria-hidden="true">
        <span className="timeline-names" />
        <div className="timeline-chart">
          {lines.map((line) => (
            <span key={line} className="timeline-tick" style={{ left: `${percent(line, length)}%` }}>
              {tickLabel(line)}
            </span>
          ))}
        </div>
      </div>
      <div className="timeline-lines" style={{ height: rows.length * LINE }}>
        <div className="timeline-grid" aria-hidden="true">
          {lines.map((line) => (
            <span key={line} style={{ left: `${percent(line, length)}%` }} />
          ))}
        </div>
        {rows.slice(from, to).map((row, index) => (
          <TimelineRow
            key={row.id}
            row={row}
            at={from + index}
            top={(from + index) * LINE}
            length={length}
            elapsed={elapsed}
            width={chart}
            chosen={row.id === chosen}
            onChoose={onChoose}
            onExpand={onExpand}
          />
        ))}
      </div>
      {rows.length === 0 && <p className="empty">No step is like that.</p>}
    </div>
  );
}
