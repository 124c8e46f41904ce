import type { GraphIndex } from "../data/GraphIndex.ts";
import type { GraphTable } from "../data/graph.ts";
import { shownName } from "../data/names.ts";
import { columnSources } from "../data/paths.ts";
import { Sources } from "./Sources.tsx";

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
            <Sources links={columnSources(index, at, nth)} index={index} select={select} selected={selected} />
          </li>
        );
      })}
    </ul>
  );
}
