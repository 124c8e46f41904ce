import type { GraphIndex } from "../data/GraphIndex.ts";
import { useGraph } from "../data/GraphContext.tsx";
import type { GraphTable } from "../data/graph.ts";
import { shownName } from "../data/names.ts";
import { type ColumnLink, columnSources } from "../data/paths.ts";
import { Icon } from "../format/Icon.tsx";

interface Props {
  readonly index: GraphIndex;
  readonly at: number;
  readonly table: GraphTable;
  readonly column: number | null;
  readonly select: (table: number, column: number | null) => void;
}

/** The columns, and what each is made from; a click lights up a column's path. */
export function Columns({ index, at, table, column, select }: Props) {
  return (
    <ul className="columns">
      {table.columns.map((about, nth) => {
        const selected = nth === column;
        return (
          <li key={nth} className={selected ? "is-selected" : ""}>
            <button type="button" className="column" aria-pressed={selected} onClick={() => select(at, selected ? null : nth)}>
              <span className="column-name" dir="auto">{shownName(about.name)}</span>
              <span className="column-type">
                {about.type}
                {about.nullable === false ? " not null" : ""}
              </span>
            </button>
            {about.description && <p className="column-about" dir="auto">{about.description}</p>}
            <Sources links={columnSources(index, at, nth)} index={index} select={select} full={selected} />
          </li>
        );
      })}
    </ul>
  );
}

const MOST = 4;

interface SourcesProps {
  readonly links: readonly ColumnLink[];
  readonly index: GraphIndex;
  readonly select: (table: number, column: number | null) => void;
  /** Shows all, indirect ones too. */
  readonly full: boolean;
}

function Sources({ links, index, select, full }: SourcesProps) {
  const { graph } = useGraph();
  const wanted = full ? links : links.filter((link) => link.direct).slice(0, MOST);
  if (wanted.length === 0) return null;
  const hidden = links.filter((link) => link.direct).length - wanted.length;
  return (
    <ul className="sources">
      {wanted.map((link) => {
        const table = index.tables[link.edge.source];
        const name = table?.columns[link.up]?.name ?? "";
        const how = graph.transformations[link.transformation] ?? "";
        return (
          <li key={`${link.edge.source} ${link.up} ${link.transformation} ${link.direct}`} className={link.direct ? "" : "is-indirect"}>
            <Icon name="lineage" />
            <button type="button" className="source" onClick={() => select(link.edge.source, link.up)}>
              <span dir="auto">{shownName(table?.name ?? "")}</span>
              <b dir="auto">.{shownName(name)}</b>
            </button>
            <span className="source-how">{link.direct ? how : `indirect: ${how}`}</span>
          </li>
        );
      })}
      {hidden > 0 && !full && <li className="source-how">and {hidden} more</li>}
    </ul>
  );
}
