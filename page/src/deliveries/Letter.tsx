import { useState } from "react";

import { useRoute } from "../app/RouteContext.tsx";
import type { GraphDeadLetter } from "../data/graph.ts";
import { Ago } from "../format/Ago.tsx";
import { Icon } from "../format/Icon.tsx";
import { whole } from "../format/number.ts";
import type { Retrying } from "./useRetry.ts";

interface Props {
  readonly letter: GraphDeadLetter;
  /** Id of the table that the event is about. */
  readonly table: string | null;
  /** Whether the page has the run. */
  readonly runKnown: boolean;
  readonly retrying: Retrying | null;
  readonly onDrop: (letter: GraphDeadLetter) => void;
}

export function Letter({ letter, table, runKnown, retrying, onDrop }: Props) {
  const { go } = useRoute();
  const [open, setOpen] = useState(false);
  const what = `${letter.event_type} for ${letter.consumer}`;
  return (
    <tr data-letter={letter.event_id}>
      <th scope="row">
        <span dir="auto">{letter.event_type}</span>
        <code className="table-note" title={letter.event_id}>{letter.event_id.slice(0, 8)}</code>
      </th>
      <td dir="auto">{letter.consumer}</td>
      <td>
        {letter.asset_key === null ? (
          "-"
        ) : table === null ? (
          <span dir="auto">{letter.asset_key}</span>
        ) : (
          <button type="button" className="table-link" onClick={() => go({ view: "graph", table, column: null })}>
            <span dir="auto">{letter.asset_key}</span>
          </button>
        )}
      </td>
      <td className="right">{whole(letter.attempts)}</td>
      <td className="letter-error">
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} title={open ? "Show less" : "Show all of it"}>
          <span dir="auto" data-whole={open}>{letter.error ?? letter.error_kind ?? "-"}</span>
        </button>
        {letter.error_kind !== null && letter.error !== null && <span className="table-note">{letter.error_kind}</span>}
      </td>
      <td className="nowrap"><Ago at={letter.at} /></td>
      <td>
        {runKnown ? (
          <button type="button" className="table-link" onClick={() => go({ view: "runs", run: letter.run_id })}>
            <code>{letter.run_id.slice(0, 8)}</code>
          </button>
        ) : (
          <code title={letter.run_id}>{letter.run_id.slice(0, 8) || "-"}</code>
        )}
      </td>
      {retrying !== null && (
        <td className="letter-actions">
          <button type="button" className="button" disabled={retrying.busy} aria-label={`Retry ${what}`} onClick={() => retrying.retry({ letters: [letter] })}>
            <Icon name="retry" />
            Retry
          </button>
          <button type="button" className="button-icon" disabled={retrying.busy} aria-label={`Give up on ${what}`} title="Give up on it" onClick={() => onDrop(letter)}>
            <Icon name="close" />
          </button>
        </td>
      )}
    </tr>
  );
}
