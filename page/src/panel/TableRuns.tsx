import { useRoute } from "../app/RouteContext.tsx";
import { useGraph } from "../data/GraphContext.tsx";
import type { TableRun } from "../data/graph.ts";
import { lookOf } from "../data/status.ts";
import { Ago } from "../format/Ago.tsx";
import { Link } from "../format/Link.tsx";
import { StatusMark } from "../format/StatusMark.tsx";
import { counted } from "../format/number.ts";
import { duration } from "../format/time.ts";

export function TableRuns({ runs }: { readonly runs: readonly TableRun[] }) {
  const { graph } = useGraph();
  const known = new Map(graph.runs.map((run) => [run.id, run]));
  return (
    <ul className="entries">
      {runs.map((run, at) => (
        <Entry key={at} run={run} inPage={known.has(run.run_id)} url={known.get(run.run_id)?.url ?? null} />
      ))}
    </ul>
  );
}

interface Props {
  readonly run: TableRun;
  /** Whether the view of runs has it. */
  readonly inPage: boolean;
  readonly url: string | null;
}

function Entry({ run, inPage, url }: Props) {
  const { go } = useRoute();
  const look = lookOf(run.status);
  const facts = [
    run.seconds === null ? "" : duration(run.seconds),
    run.rows === null ? "" : counted(run.rows, "row"),
    run.partition === null ? "" : `partition ${run.partition}`,
  ].filter(Boolean);
  return (
    <li className="entry">
      <StatusMark look={look} />
      <div>
        <p className="entry-name">
          {inPage ? (
            <button type="button" className="link-button" onClick={() => go({ view: "runs", run: run.run_id })}>
              {run.run_id.slice(0, 8)}
            </button>
          ) : (
            <code>{run.run_id.slice(0, 8)}</code>
          )}
          {url !== null && (
            <>
              {" "}
              <Link url={url}>Dagster</Link>
            </>
          )}
        </p>
        <p className="entry-facts" dir="auto">
          {facts.join(" · ")}
        </p>
        {run.error !== null && <pre className="entry-message" dir="auto">{run.error}</pre>}
      </div>
      <span className="entry-when">
        <Ago at={run.at} />
      </span>
    </li>
  );
}
