import { useId, useState } from "react";

import { Icon } from "../format/Icon.tsx";
import { whole } from "../format/number.ts";

interface Props {
  /** Group to how many tables; an empty name stands for no group. */
  readonly groups: ReadonlyMap<string, number>;
  readonly chosen: ReadonlySet<string>;
  readonly toggle: (group: string) => void;
}

/** Groups may be many: a list that opens, with a field to narrow it. */
export function GroupFilter({ groups, chosen, toggle }: Props) {
  const id = useId();
  const [typed, setTyped] = useState("");
  if (groups.size < 2) return null;
  const fitting = [...groups].filter(([group]) => group.toLowerCase().includes(typed.toLowerCase()));
  fitting.sort(([a], [b]) => a.localeCompare(b));
  return (
    <div className="groups">
      <button type="button" className={`chip ${chosen.size > 0 ? "is-chosen" : ""}`} popoverTarget={id} aria-haspopup="dialog">
        <Icon name="filter" />
        group
        {chosen.size > 0 && <span className="chip-count">{chosen.size}</span>}
        <Icon name="chevron" />
      </button>
      <div className="groups-list" id={id} popover="auto" role="dialog" aria-label="Groups">
        {groups.size > 8 && (
          <input type="search" className="field" placeholder="Find a group" aria-label="Find a group" value={typed} onChange={(event) => setTyped(event.target.value)} />
        )}
        <ul>
          {fitting.map(([group, many]) => (
            <li key={group}>
              <label>
                <input type="checkbox" checked={chosen.has(group)} onChange={() => toggle(group)} />
                <span dir="auto">{group || "(no group)"}</span>
                <span className="chip-count">{whole(many)}</span>
              </label>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
