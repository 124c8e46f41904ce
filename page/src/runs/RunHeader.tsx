import type { GraphRun } from "../data/graph.ts";
import { Ago } from "../format/Ago.tsx";
import { Link } from "../format/Link.tsx";
import { whole } from "../format/number.ts";
import { duration, moment, parseTime } from "../format/time.ts";
import type { Failure } from "./failures.ts";
import { StatusPill } from "./Status.tsx";
import { isOpen, summaryOf } from "./steps.ts";

const SHOWN = 3;

interface Props {
  readonly run: GraphRun;
  readonly failures: readonly Failure[];
  readonly elapsed: number;
  readonly onShow: (line: string) => void;
}

/** Which run it is, how it went, and why it failed. */
export function RunHeader({ run, failures, elapsed, onShow }: Props) {
  return (
    <header className="run-header">
      <div className="run-title">
        <StatusPill status={run.status} />
        <h2 dir="auto">{run.job ?? "(no job)"}</h2>
        <code className="run-id" title={run.id}>{run.id.slice(0, 8)}</code>
        {run.url !== null && <Link url={run.url}>Dagster</Link>}
      </div>
      <Facts run={run} elapsed={elapsed} />
      {failures.length > 0 && (
        <ul className="run-failures" aria-label="What failed">
          {failures.slice(0, SHOWN).map((failure) => (
            <li key={failure.id}>
              <button type="button" className="button" onClick={() => onShow(failure.id)} aria-label={`Show ${failure.name}`}>
                Show
              </button>
              <p>
                <b dir="auto">{failure.name}</b> {failure.how}
                {failure.why !== null && <span dir="auto">: {failure.why}</span>}
              </p>
            </li>
          ))}
          {failures.length > SHOWN && <li className="run-more">and {whole(failures.length - SHOWN)} more</li>}
        </ul>
      )}
      {failures.length === 0 && run.error !== null && (
        <div className="run-failures">
          <p dir="auto">{run.error}</p>
        </div>
      )}
    </header>
  );
}

function Facts({ run, elapsed }: { readonly run: GraphRun; readonly elapsed: number }) {
  const sum = summaryOf(run);
  const retries = sum.retries === 1 ? "1 retry" : `${sum.retries} retries`;
  const started = parseTime(run.started_at);
  const queued = run.status === "queued";
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    [queued ? "Queued" : "Started", started && <Started at={started} />],
    ["Waited", run.queued_seconds === null ? null : duration(run.queued_seconds)],
    isOpen(run) ? [queued ? "Waits for" : "Runs for", duration(elapsed)] : ["Took", run.seconds === null ? null : duration(run.seconds)],
    ["Steps", sum.retries === 0 ? whole(sum.steps) : `${whole(sum.steps)}, ${retries}`],
    ["Checks", checksLine(sum.checks, sum.checksFailed, sum.checksWarned)],
    ["Partition", run.partition],
    ["Launched by", run.launcher],
    ["Code location", run.code_location],
  ];
  return (
    <dl className="run-facts">
      {facts.map(([name, value]) =>
        value === null ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

function Started({ at }: { readonly at: Date }) {
  return (
    <>
      {moment(at)} <span className="run-ago">(<Ago at={at.toISOString()} />)</span>
    </>
  );
}

function checksLine(checks: number, failed: number, warned: number): string | null {
  if (checks === 0) return null;
  const parts = [failed > 0 ? `${whole(failed)} failed` : "", warned > 0 ? `${whole(warned)} warned` : ""].filter(Boolean);
  return parts.length === 0 ? `${whole(checks)} passed` : `${whole(checks)}, ${parts.join(", ")}`;
}
