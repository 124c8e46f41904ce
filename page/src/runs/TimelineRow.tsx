import { memo } from "react";

import type { GraphStep, RunCheck } from "../data/graph.ts";
import { lookOf } from "../data/status.ts";
import { Icon } from "../format/Icon.tsx";
import { duration } from "../format/time.ts";
import { percent } from "./axis.ts";
import { marksOf, type Row } from "./rows.ts";
import { StatusIcon } from "./Status.tsx";
import { isBadModel, secondsOf } from "./steps.ts";

interface Props {
  readonly row: Row;
  readonly at: number;
  readonly top: number;
  readonly length: number;
  readonly elapsed: number;
  readonly width: number;
  readonly chosen: boolean;
  readonly onChoose: (id: string) => void;
  readonly onExpand: (key: string, expanded: boolean) => void;
}

export const TimelineRow = memo(function TimelineRow(props: Props) {
  const { row, at, top, chosen, onChoose } = props;
  return (
    <div
      className="line"
      role="row"
      id={`line-${at}`}
      data-kind={row.kind}
      data-step={row.kind === "step" ? row.step.key : undefined}
      aria-rowindex={at + 1}
      aria-level={row.kind === "model" ? 2 : 1}
      aria-expanded={row.kind === "step" && row.expanded !== null ? row.expanded : undefined}
      aria-selected={chosen}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onChoose(row.id)}
    >
      <Name {...props} />
      <div className="timeline-chart" role="gridcell" aria-label={described(row, props.elapsed)}>
        {row.kind === "step" && <StepBars {...props} row={row} />}
        {row.kind === "model" && <ModelBar {...props} row={row} />}
        <Marks checks={checksIn(row)} length={props.length} width={props.width} />
      </div>
    </div>
  );
});

function Name({ row, elapsed, onExpand }: Props) {
  if (row.kind === "checks") {
    return (
      <div className="timeline-names" role="gridcell">
        <span className="line-name">checks outside of steps</span>
      </div>
    );
  }
  const name = row.kind === "step" ? row.step.key : row.model.name;
  const seconds = row.kind === "step" ? row.step.seconds : row.model.seconds;
  const known = row.kind === "model" || row.step.attempts.some((each) => secondsOf(each, elapsed) > 0 || each.seconds !== null);
  return (
    <div className="timeline-names" role="gridcell">
      {row.kind === "step" && row.expanded !== null ? (
        <button
          type="button"
          className="line-toggle"
          tabIndex={-1}
          aria-label={row.expanded ? `Hide the models of ${name}` : `Show the models of ${name}`}
          data-expanded={row.expanded}
          onClick={(event) => {
            event.stopPropagation();
            onExpand(row.step.key, !row.expanded);
          }}
        >
          <Icon name="chevron" />
        </button>
      ) : (
        <span className="line-toggle" />
      )}
      <StatusIcon status={row.kind === "step" ? row.step.last.status : row.model.status} />
      <span className="line-name" dir="auto" title={name}>
        {name}
      </span>
      {row.kind === "step" && row.expanded === false && <span className="line-count">{row.step.models.length}</span>}
      <span className="line-seconds">{seconds === null || !known ? "" : duration(seconds)}</span>
    </div>
  );
}

function StepBars({ row, length, elapsed }: Props & { readonly row: Extract<Row, { kind: "step" }> }) {
  const { attempts, last } = row.step;
  return (
    <>
      {attempts.map((attempt) => (
        <Bar
          key={`${attempt.attempt}:${attempt.start}`}
          status={attempt.status}
          start={attempt.start}
          seconds={secondsOf(attempt, elapsed)}
          length={length}
          title={attemptTitle(attempt, attempts.length, elapsed)}
        />
      ))}
      {row.step.failed && last.error !== null && (
        <LineMessage text={last.error} from={attempts[0].start} to={last.start + secondsOf(last, elapsed)} length={length} />
      )}
    </>
  );
}

function ModelBar({ row, length }: Props & { readonly row: Extract<Row, { kind: "model" }> }) {
  const { model, step } = row;
  const guessed = model.start === null;
  if (guessed && model.seconds === null) return null;
  const start = model.start ?? step.last.start;
  const title = `${lookOf(model.status).label}${model.seconds === null ? "" : `, ${duration(model.seconds)}`}${guessed ? ", time of its start unknown" : ""}`;
  return (
    <>
      <Bar status={model.status} start={start} seconds={model.seconds ?? 0} length={length} title={title} inner guessed={guessed} />
      {isBadModel(model) && model.message !== null && (
        <LineMessage text={model.message} from={start} to={start + (model.seconds ?? 0)} length={length} />
      )}
    </>
  );
}

interface MessageProps {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

/** What went wrong, beside its bar, on the side where there is more room. */
function LineMessage({ text, from, to, length }: MessageProps) {
  const [left, right] = [percent(from, length), percent(to, length)];
  const before = left > 100 - right;
  const style = before ? { right: `calc(${100 - left}% + 8px)` } : { left: `calc(${right}% + 10px)` };
  return (
    <span className="line-message" data-before={before} dir="auto" title={text} style={style} aria-hidden="true">
      {text}
    </span>
  );
}

interface BarProps {
  readonly status: string;
  readonly start: number;
  readonly seconds: number;
  readonly length: number;
  readonly title: string;
  readonly inner?: boolean;
  readonly guessed?: boolean;
}

function Bar({ status, start, seconds, length, title, inner = false, guessed = false }: BarProps) {
  const left = percent(start, length);
  const style = { left: `${left}%`, width: `${percent(start + seconds, length) - left}%` };
  return (
    <span
      className={`bar tone-${lookOf(status).tone}`}
      data-status={status}
      data-inner={inner || undefined}
      data-guessed={guessed || undefined}
      title={title}
      style={style}
    />
  );
}

function Marks({ checks, length, width }: { readonly checks: readonly RunCheck[]; readonly length: number; readonly width: number }) {
  return marksOf(checks, length, width).map((mark) => {
    const [worst] = mark;
    if (worst === undefined) return null;
    const title = mark.slice(0, 12).map((check) => `${lookOf(check.outcome).label}: ${check.name}`);
    if (mark.length > 12) title.push(`and ${mark.length - 12} more`);
    return (
      <span
        key={`${worst.at}:${worst.name}`}
        className={`check-mark tone-${lookOf(worst.outcome).tone}`}
        data-many={mark.length > 1 || undefined}
        title={title.join("\n")}
        style={{ left: `${percent(worst.at, length)}%` }}
      />
    );
  });
}

/** The checks that stand on this line: a step that shows its models leaves theirs to them. */
function checksIn(row: Row): readonly RunCheck[] {
  if (row.kind !== "step") return row.checks;
  if (!row.expanded) return row.step.checks;
  const own = new Set(row.step.models.map((model) => model.table));
  return row.step.checks.filter((check) => check.table === null || !own.has(check.table));
}

function attemptTitle(attempt: GraphStep, of: number, elapsed: number): string {
  const which = of > 1 ? `attempt ${attempt.attempt} of ${of}: ` : "";
  const took = attempt.seconds === null && attempt.status !== "started" ? "" : `, ${duration(secondsOf(attempt, elapsed))}`;
  return `${which}${lookOf(attempt.status).label}${took}${attempt.error ? `\n${attempt.error}` : ""}`;
}

function described(row: Row, elapsed: number): string {
  if (row.kind === "checks") return `${row.checks.length} checks`;
  if (row.kind === "model") {
    const { status, seconds, message } = row.model;
    const parts = [lookOf(status).label, seconds === null ? null : duration(seconds), message];
    return parts.filter((part) => part !== null).join(", ");
  }
  const parts = row.step.attempts.map((attempt) => attemptTitle(attempt, row.step.attempts.length, elapsed));
  if (row.step.checks.length > 0) parts.push(`${row.step.checks.length} checks, ${row.step.troubles} with trouble`);
  return parts.join("; ");
}
