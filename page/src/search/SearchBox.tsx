import { type KeyboardEvent, useDeferredValue, useId, useMemo, useRef, useState } from "react";

import { useRoute } from "../app/RouteContext.tsx";
import { useShortcut } from "../app/useShortcut.ts";
import { useGraph } from "../data/GraphContext.tsx";
import type { GraphTable } from "../data/graph.ts";
import { shownName } from "../data/names.ts";
import { stageOf } from "../data/stage.ts";
import { Icon } from "../format/Icon.tsx";
import { type Hit, search } from "./search.ts";

const MOST = 30;

/** Finds tables and columns as one types; the arrows choose, Enter goes there. */
export function SearchBox() {
  const { graph } = useGraph();
  const { go } = useRoute();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(0);
  const asked = useDeferredValue(typed);
  const hits = useMemo(() => search(graph, asked, MOST), [graph, asked]);
  useShortcut("/", () => field.current?.select());

  const take = (hit: Hit | undefined) => {
    const table = hit && graph.tables[hit.table];
    if (!table) return;
    const column = hit.column === null ? null : (table.columns[hit.column]?.name ?? null);
    go({ view: "graph", table: table.id, column });
    setOpen(false);
    field.current?.blur();
    document.getElementById("graph-canvas")?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step !== undefined && hits.length > 0) {
      event.preventDefault();
      setChosen((at) => (at + step + hits.length) % hits.length);
    } else if (event.key === "Enter") {
      take(search(graph, typed, MOST)[chosen]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (open) setOpen(false);
      else field.current?.blur();
    }
  };
  const listed = open && asked.trim() !== "";
  return (
    <div className="search" onBlur={() => setOpen(false)}>
      <Icon name="search" />
      <input
        ref={field}
        type="text"
        className="field"
        role="combobox"
        placeholder="Search tables and columns"
        aria-label="Search tables and columns"
        aria-expanded={listed}
        aria-controls={id}
        aria-activedescendant={listed && hits.length > 0 ? `${id}-${chosen}` : undefined}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setChosen(0);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onKeyDown={onKeyDown}
      />
      <kbd>/</kbd>
      <div className="search-hits" hidden={!listed}>
        <ul id={id} role="listbox" aria-label="Found">
          {hits.map((hit, at) => (
            <li
              key={`${hit.table} ${hit.column}`}
              id={`${id}-${at}`}
              role="option"
              aria-selected={at === chosen}
              ref={at === chosen ? intoView : null}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => take(hit)}
            >
              <Found hit={hit} table={graph.tables[hit.table]} />
            </li>
          ))}
        </ul>
        {listed && hits.length === 0 && <p className="search-none">Nothing is called that.</p>}
      </div>
    </div>
  );
}

function Found({ hit, table }: { readonly hit: Hit; readonly table: GraphTable | undefined }) {
  if (table === undefined) return null;
  const column = hit.column === null ? null : table.columns[hit.column];
  return (
    <>
      <span className={`stage-mark stage-${stageOf(table)}`}>
        <Icon name={column ? "columns" : stageOf(table)} />
      </span>
      <span className="search-name" dir="auto">{shownName(column ? column.name : table.name)}</span>
      <span className="search-where" dir="auto">{column ? table.name : (table.group ?? table.kinds.join(", "))}</span>
    </>
  );
}

function intoView(option: HTMLElement | null): void {
  option?.scrollIntoView({ block: "nearest" });
}
