import { useState } from "react";

import type { GraphIndex } from "../data/GraphIndex.ts";
import { useGraph } from "../data/GraphContext.tsx";
import { shownName } from "../data/names.ts";
import type { ColumnLink } from "../data/paths.ts";
import { Icon } from "../format/Icon.tsx";
import { type Source, sourcesOf } from "./sourcesOf.ts";

const MOST = 4;
const MOST_OF_SELECTED = 8;

interface Props {
  readonly links: readonly ColumnLink[];
  readonly index: GraphIndex;
  readonly select: (table: number, column: number | null) => void;
  /** Whether the column is the selected one: then what decides its rows is told too. */
  readonly selected: boolean;
}

/** What a column is made from. */
export function Sources({ links, index, select, selected }: Props) {
  const { graph } = useGraph();
  const [all, setAll] = useState(false);
  const sources = sourcesOf(selected ? links : links.filter((link) => link.direct), graph.transformations);
  if (sources.length === 0) return null;
  const shown = all ? sources : sources.slice(0, selected ? MOST_OF_SELECTED : MOST);
  return (
    <ul className="sources">
      {shown.map((source) => (
        <Entry key={`${source.table} ${source.column} ${source.direct}`} source={source} index={index} select={select} />
      ))}
      {shown.length < sources.length && (
        <li>
          <button type="button" className="source" onClick={() => setAll(true)}>
            {sources.length - shown.length} more
          </button>
        </li>
      )}
    </ul>
  );
}

interface EntryProps {
  readonly source: Source;
  readonly index: GraphIndex;
  readonly select: (table: number, column: number | null) => void;
}

function Entry({ source, index, select }: EntryProps) {
  const table = index.tables[source.table];
  return (
    <li className={source.direct ? "" : "is-indirect"}>
      <Icon name="lineage" />
      <button type="button" className="source" onClick={() => select(source.table, source.column)}>
        <span dir="auto">{shownName(table?.name ?? "")}</span>
        <b dir="auto">.{shownName(table?.columns[source.column]?.name ?? "")}</b>
      </button>
      <span className="source-how">
        {source.direct ? "" : "indirect: "}
        {source.how.join(", ")}
      </span>
    </li>
  );
}
