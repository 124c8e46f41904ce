import type { GraphIndex } from "../data/GraphIndex.ts";
import type { GraphEdge, GraphTable } from "../data/graph.ts";
import { shownName } from "../data/names.ts";
import { stageOf } from "../data/stage.ts";
import { lookOf } from "../data/status.ts";
import { Ago } from "../format/Ago.tsx";
import { Icon } from "../format/Icon.tsx";
import { Link } from "../format/Link.tsx";
import { counted } from "../format/number.ts";
import { About } from "./About.tsx";
import { Checks } from "./Checks.tsx";
import { CloseButton } from "./CloseButton.tsx";
import { Columns } from "./Columns.tsx";
import { Neighbours } from "./Neighbours.tsx";
import { Section } from "./Section.tsx";
import { Sql } from "./Sql.tsx";
import { TableRuns } from "./TableRuns.tsx";

interface Props {
  readonly index: GraphIndex;
  readonly at: number;
  readonly table: GraphTable;
  /** The selected column. */
  readonly column: number | null;
  readonly select: (table: number, column: number | null) => void;
  readonly openEdge: (edge: GraphEdge) => void;
  readonly onClose: () => void;
}

/** All that is known of one table. */
export function Panel({ index, at, table, column, select, openEdge, onClose }: Props) {
  const look = lookOf(table.status);
  return (
    <aside className={`panel stage-${stageOf(table)}`} aria-labelledby="panel-title">
      <header className="panel-head">
        <div className="panel-title">
          <span className="stage-mark">
            <Icon name={stageOf(table)} />
          </span>
          <h2 id="panel-title" dir="auto">
            {shownName(table.name)}
          </h2>
          <CloseButton onClose={onClose} />
        </div>
        <p className="panel-facts">
          <span className={`pill tone-${look.tone}`}>
            <Icon name={look.icon} />
            {look.label}
          </span>
          {table.rows !== null && <span>{counted(table.rows, "row")}</span>}
          <Ago at={table.at} />
          {table.url !== null && <Link url={table.url}>Open in Dagster</Link>}
        </p>
      </header>
      <About table={table} />
      {table.warning !== null && (
        <p className="panel-warning" role="note">
          <Icon name="warn" />
          <span dir="auto">{table.warning}</span>
        </p>
      )}
      <Section title="Columns" count={table.columns.length} open>
        <Columns index={index} at={at} table={table} column={column} select={select} />
      </Section>
      <Section title="Checks" count={table.checks.length} open={table.checks.length > 0}>
        <Checks table={table} />
      </Section>
      <Section title="Recent runs" count={table.runs.length} open={table.runs.length > 0}>
        <TableRuns runs={table.runs} />
      </Section>
      <Section title="Upstream" count={index.into(at).length} open={false}>
        <Neighbours index={index} edges={index.into(at)} end="source" select={select} openEdge={openEdge} />
      </Section>
      <Section title="Downstream" count={index.outOf(at).length} open={false}>
        <Neighbours index={index} edges={index.outOf(at)} end="target" select={select} openEdge={openEdge} />
      </Section>
      {table.sql !== null && (
        <Section title="SQL" note={table.dialect} open={false}>
          <Sql text={table.sql} />
        </Section>
      )}
    </aside>
  );
}
