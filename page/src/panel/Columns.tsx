import { useEffect, useRef, useState } from "react";

import type { GraphIndex } from "../data/GraphIndex.ts";
import type { GraphTable } from "../data/graph.ts";
import { shownName } from "../data/names.ts";
import { counted } from "../format/number.ts";
import { columnSources } from "../data/paths.ts";
import { Sources } from "./Sources.tsx";

/** Columns before one asks for more: checks, runs and SQL stand below. */
const MOST = 60;

interface Props {
  readonly index: GraphIndex;
  readonly at: number;
  readonly table: GraphTable;
  readonly column: number | null;
  readonly select: (table: number, column: number | null) => void;
}

/** The columns, and what each is made from; a click lights up a column's path. */
export function Columns({ index, at, table, column, select }: Props) {
  const [all, setAll] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    if (column !== null) list.current?.children[column]?.scrollIntoView({ block: "nearest" });
  }, [column]);
  const shown = all || (column ?? 0) >= MOST ? table.columns : table.columns.slice(0, MOST);
  return (
    <ul className="columns" ref={list}>
      {shown.map((about, nth) => {
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
      {shown.length < table.columns.length && (
        <li>
          <button type="button" className="link-button" onClick={() => setAll(true)}>
            {counted(table.columns.length - shown.length, "more column")}
          </button>
        </li>
      )}
    </ul>
  );
}
