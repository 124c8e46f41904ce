import type { GraphCheck, GraphTable } from "../data/graph.ts";
import { shownName } from "../data/names.ts";
import { lookOf } from "../data/status.ts";
import { Ago } from "../format/Ago.tsx";
import { Link } from "../format/Link.tsx";
import { StatusMark } from "../format/StatusMark.tsx";
import { counted } from "../format/number.ts";

const WORST_FIRST: readonly string[] = ["error", "fail", "warn", "skipped", "", "pass"];

export function Checks({ table }: { readonly table: GraphTable }) {
  const sorted = [...table.checks].sort((a, b) => WORST_FIRST.indexOf(a.outcome) - WORST_FIRST.indexOf(b.outcome));
  return (
    <ul className="entries">
      {sorted.map((check, at) => (
        <Check key={at} check={check} />
      ))}
    </ul>
  );
}

function Check({ check }: { readonly check: GraphCheck }) {
  const look = lookOf(check.outcome);
  const facts = [
    check.column === null ? "" : `on ${check.column}`,
    check.severity?.toLowerCase() ?? "",
    check.blocking ? "blocking" : "",
    check.failed_rows ? `${counted(check.failed_rows, "row")} failed` : "",
  ].filter(Boolean);
  return (
    <li className="entry">
      <StatusMark look={look} />
      <div>
        <p className="entry-name" dir="auto">
          <Link url={check.url}>{shownName(check.name)}</Link>
        </p>
        <p className="entry-facts" dir="auto">
          {facts.join(" · ")}
        </p>
        {check.message && look.tone !== "success" && <p className="entry-message" dir="auto">{check.message}</p>}
      </div>
      <span className="entry-when">
        <Ago at={check.at} />
      </span>
    </li>
  );
}
