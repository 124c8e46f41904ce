import type { GraphIndex } from "../data/GraphIndex.ts";
import { shownName } from "../data/names.ts";
import { stageOf } from "../data/stage.ts";
import { lookOf } from "../data/status.ts";
import { Icon } from "../format/Icon.tsx";

interface Props {
  readonly index: GraphIndex;
  readonly tables: readonly number[];
  readonly select: (table: number, column: number | null) => void;
}

/** The tables one step away; a click goes there. */
export function Neighbours({ index, tables, select }: Props) {
  return (
    <ul className="entries">
      {[...new Set(tables)].map((at) => {
        const table = index.tables[at];
        if (table === undefined) return null;
        const look = lookOf(table.status);
        return (
          <li key={at} className={`entry stage-${stageOf(table)}`}>
            <span className="stage-mark">
              <Icon name={stageOf(table)} />
            </span>
            <button type="button" className="link-button" dir="auto" onClick={() => select(at, null)}>
              {shownName(table.name)}
            </button>
            <span className={`status tone-${look.tone}`} title={look.label}>
              <Icon name={look.icon} label={look.label} />
            </span>
          </li>
        );
      })}
    </ul>
  );
}
