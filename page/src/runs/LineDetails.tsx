import { useRoute } from "../app/RouteContext.tsx";
import { useGraph } from "../data/GraphContext.tsx";
import type { GraphStep, RunCheck } from "../data/graph.ts";
import { Icon } from "../format/Icon.tsx";
import { Link } from "../format/Link.tsx";
import { whole } from "../format/number.ts";
import { duration } from "../format/time.ts";
import { rank, type Row } from "./rows.ts";
import { StatusIcon, StatusPill } from "./Status.tsx";
import { secondsOf } from "./steps.ts";

interface Props {
  readonly row: Row;
  readonly elapsed: number;
  readonly onClose: () => void;
}

/** What stands behind the chosen line: each attempt with its error, what it makes, and its checks. */
export function LineDetails({ row, elapsed, onClose }: Props) {
  const checks = row.kind === "step" ? row.step.checks : row.checks;
  const sorted = [...checks].sort((one, other) => rank(other.outcome) - rank(one.outcome));
  const name = row.kind === "checks" ? "Checks outside of steps" : row.kind === "step" ? row.step.key : row.model.name;
  return (
    <section className="details" aria-label={`Details of ${name}`}>
      <header className="details-header">
        {row.kind !== "checks" && <StatusPill status={row.kind === "step" ? row.step.last.status : row.model.status} />}
        <h3 dir="auto">{name}</h3>
        {row.kind === "step" && row.step.last.url !== null && <Link url={row.step.last.url}>Dagster</Link>}
        <button type="button" className="button-icon" onClick={onClose} aria-label="Close the details">
          <Icon name="close" />
        </button>
      </header>
      {row.kind === "step" && row.step.attempts.map((each) => <Attempt key={`${each.attempt}:${each.start}`} attempt={each} of={row.step.attempts.length} elapsed={elapsed} />)}
      {row.kind === "model" && (
        <p className="details-facts">
          {row.model.seconds !== null && <span>took {duration(row.model.seconds)}</span>}
          {row.model.rows !== null && <span>{whole(row.model.rows)} rows</span>}
          <span>in {row.step.key}</span>
        </p>
      )}
      {row.kind === "model" && row.model.message !== null && <Message text={row.model.message} bad={row.model.status !== "success"} />}
      <Tables tables={row.kind === "step" ? row.step.last.tables : row.kind === "model" && row.model.table !== null ? [row.model.table] : []} />
      {sorted.length > 0 && <Checks checks={sorted} />}
    </section>
  );
}

function Attempt({ attempt, of, elapsed }: { readonly attempt: GraphStep; readonly of: number; readonly elapsed: number }) {
  const took = attempt.seconds !== null || attempt.status === "started" ? duration(secondsOf(attempt, elapsed)) : null;
  return (
    <div className="attempt">
      <p className="details-facts">
        {of > 1 && (
          <span className="attempt-name">
            <StatusIcon status={attempt.status} /> Attempt {attempt.attempt} of {of}
          </span>
        )}
        <span>began after {duration(attempt.start)}</span>
        {took !== null && <span>{attempt.status === "started" ? `has run for ${took}` : `took ${took}`}</span>}
      </p>
      {attempt.error !== null && <Message text={attempt.error} bad={attempt.status !== "success"} />}
    </div>
  );
}

function Message({ text, bad }: { readonly text: string; readonly bad: boolean }) {
  return (
    <pre className={`message tone-${bad ? "failure" : "quiet"}`} dir="auto" tabIndex={0}>
      {text}
    </pre>
  );
}

function Tables({ tables }: { readonly tables: readonly number[] }) {
  const { index } = useGraph();
  const { go } = useRoute();
  const known = tables.map((at) => index.tables[at]).filter((table) => table !== undefined);
  if (known.length === 0) return null;
  return (
    <div className="details-tables">
      <h4>{known.length === 1 ? "Makes" : `Makes ${known.length} tables`}</h4>
      <ul>
        {known.map((table) => (
          <li key={table.id}>
            <button type="button" className="run-chip" title="Show in the graph" onClick={() => go({ view: "graph", table: table.id, column: null })}>
              <Icon name="lineage" />
              <span dir="auto">{table.name}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Checks({ checks }: { readonly checks: readonly RunCheck[] }) {
  const { index } = useGraph();
  return (
    <div className="details-checks">
      <h4>{checks.length === 1 ? "Check" : `${checks.length} checks`}</h4>
      <ul>
        {checks.map((check) => (
          <li key={`${check.name}:${check.at}:${check.table}`} data-outcome={check.outcome}>
            <StatusIcon status={check.outcome} />
            <span dir="auto" className="check-name">{check.name}</span>
            {check.table !== null && <span dir="auto" className="check-table">{index.tables[check.table]?.name}</span>}
            {check.message !== null && <span dir="auto" className="check-message">{check.message}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}
