import { useGraph } from "../data/GraphContext.tsx";
import type { GraphIndex } from "../data/GraphIndex.ts";
import type { GraphEdge, GraphTable } from "../data/graph.ts";
import { shownName } from "../data/names.ts";
import { EVERY_COLUMN } from "../data/paths.ts";
import { Icon } from "../format/Icon.tsx";
import { CloseButton } from "./CloseButton.tsx";
import { Section } from "./Section.tsx";
import { Sql } from "./Sql.tsx";
import { readable } from "./sourcesOf.ts";

interface Props {
  readonly index: GraphIndex;
  readonly edge: GraphEdge;
  readonly select: (table: number, column: number | null) => void;
  readonly onClose: () => void;
}

/** What flows from one table to another. */
export function EdgePanel({ index, edge, select, onClose }: Props) {
  const [source, target] = [index.tables[edge.source], index.tables[edge.target]];
  if (source === undefined || target === undefined) return null;
  const known = edge.direct.length + edge.indirect.length > 0;
  return (
    <aside className="panel" aria-labelledby="panel-title">
      <header className="panel-head">
        <div className="panel-title">
          <h2 id="panel-title">
            <button type="button" className="link-button" dir="auto" onClick={() => select(edge.source, null)}>
              {shownName(source.name)}
            </button>
            <span className="edge-arrow"> → </span>
            <button type="button" className="link-button" dir="auto" onClick={() => select(edge.target, null)}>
              {shownName(target.name)}
            </button>
          </h2>
          <CloseButton onClose={onClose} />
        </div>
        <p className="panel-facts">
          <span>known from {edge.origin}</span>
        </p>
      </header>
      {!known && (
        <p className="panel-warning" role="note">
          <Icon name="warn" />
          <span dir="auto">{target.warning ?? "Which columns flow along this edge is not known."}</span>
        </p>
      )}
      {known && (
        <>
          <Section title="Values flow" count={edge.direct.length} open>
            <Links links={edge.direct} source={source} target={target} edge={edge} select={select} />
          </Section>
          <Section title="Rows are decided by" count={edge.indirect.length} open>
            <Links links={edge.indirect} source={source} target={target} edge={edge} select={select} />
          </Section>
        </>
      )}
      {target.sql !== null && (
        <Section title="SQL" note={target.dialect} open>
          <Sql text={target.sql} />
        </Section>
      )}
    </aside>
  );
}

interface LinksProps {
  readonly links: GraphEdge["direct"];
  readonly source: GraphTable;
  readonly target: GraphTable;
  readonly edge: GraphEdge;
  readonly select: (table: number, column: number | null) => void;
}

function Links({ links, source, target, edge, select }: LinksProps) {
  const { graph } = useGraph();
  return (
    <ul className="entries flows">
      {links.map(([up, down, transformation], at) => (
        <li key={at}>
          <button type="button" className="source" dir="auto" onClick={() => select(edge.source, up)}>
            {shownName(source.columns[up]?.name ?? "")}
          </button>
          <span className="edge-arrow">→</span>
          {down === EVERY_COLUMN ? (
            <span>every column</span>
          ) : (
            <button type="button" className="source" dir="auto" onClick={() => select(edge.target, down)}>
              {shownName(target.columns[down]?.name ?? "")}
            </button>
          )}
          <span className="source-how">{readable(graph.transformations[transformation] ?? "")}</span>
        </li>
      ))}
    </ul>
  );
}
