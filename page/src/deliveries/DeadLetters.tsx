import { useMemo, useState } from "react";

import { useGraph } from "../data/GraphContext.tsx";
import type { GraphDeadLetter } from "../data/graph.ts";
import { Icon } from "../format/Icon.tsx";
import { counted, whole } from "../format/number.ts";
import type { Choice } from "../live/Letters.ts";
import { ConfirmDrop } from "./ConfirmDrop.tsx";
import { Letter } from "./Letter.tsx";
import { useRetry } from "./useRetry.ts";

export interface Wish {
  readonly choice: Choice;
  readonly what: string;
}

/** What could not be delivered; a live page can have it delivered again. */
export function DeadLetters() {
  const { graph, index } = useGraph();
  const retrying = useRetry();
  const [consumer, setConsumer] = useState<string | null>(null);
  const [dropping, setDropping] = useState<Wish | null>(null);
  const counts = useMemo(() => graph.consumers.filter((each) => each.dead > 0), [graph.consumers]);
  const shown = consumer !== null && counts.some((each) => each.name === consumer) ? consumer : null;
  const letters = useMemo(() => graph.dead.filter((letter) => shown === null || letter.consumer === shown), [graph.dead, shown]);
  const tables = useMemo(() => {
    const found = new Map<string, string>();
    for (const table of index.tables) for (const key of table.asset_keys) found.set(key, table.id);
    return found;
  }, [index]);
  const runs = useMemo(() => new Set(graph.runs.map((run) => run.id)), [graph.runs]);

  const all = counts.reduce((sum, each) => sum + each.dead, 0);
  const number = shown === null ? all : (counts.find((each) => each.name === shown)?.dead ?? 0);
  const wish: Wish = {
    choice: shown === null ? { all: true } : { consumer: shown },
    what: `${counted(number, "dead letter")}${shown === null ? "" : ` of ${shown}`}`,
  };
  const dropOne = (letter: GraphDeadLetter) =>
    setDropping({ choice: { letters: [letter] }, what: `the ${letter.event_type} that ${letter.consumer} did not take` });

  return (
    <section className="letters" aria-labelledby="letters-title">
      <header className="letters-header">
        <h2 id="letters-title">
          Dead letters <span className="line-count">{whole(all)}</span>
        </h2>
        {counts.length > 1 && (
          <label className="letters-filter">
            Consumer{" "}
            <select aria-label="Consumer" value={shown ?? ""} onChange={(event) => setConsumer(event.target.value || null)}>
              <option value="">all ({whole(all)})</option>
              {counts.map((each) => (
                <option key={each.name} value={each.name}>
                  {each.name} ({whole(each.dead)})
                </option>
              ))}
            </select>
          </label>
        )}
        {retrying !== null && all > 0 && (
          <div className="letters-actions">
            <button type="button" className="button" disabled={retrying.busy} onClick={() => retrying.retry(wish.choice)}>
              <Icon name="retry" />
              Retry {shown === null ? "all" : `all of ${shown}`}
            </button>
            <button type="button" className="button" disabled={retrying.busy} onClick={() => setDropping(wish)}>
              Give up on {shown === null ? "all" : "these"}…
            </button>
          </div>
        )}
      </header>
      <p className={`letters-outcome tone-${retrying?.outcome?.ok === false ? "failure" : "success"}`} role="status">
        {retrying?.outcome?.text}
      </p>
      {letters.length === 0 ? (
        <p className="empty">{all === 0 ? "No dead letter: every consumer took what it was given." : "None of them is on this page."}</p>
      ) : (
        <div className="table-box" role="region" aria-label="Dead letters" tabIndex={0}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Event</th>
                <th scope="col">Consumer</th>
                <th scope="col">Asset</th>
                <th scope="col" className="right">Attempts</th>
                <th scope="col">Error</th>
                <th scope="col">When</th>
                <th scope="col">Run</th>
                {retrying !== null && <th scope="col"><span className="unseen">Actions</span></th>}
              </tr>
            </thead>
            <tbody>
              {letters.map((letter) => (
                <Letter
                  key={`${letter.consumer} ${letter.event_id}`}
                  letter={letter}
                  table={letter.asset_key === null ? null : (tables.get(letter.asset_key) ?? null)}
                  runKnown={runs.has(letter.run_id)}
                  retrying={retrying}
                  onDrop={dropOne}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {letters.length > 0 && letters.length < number && (
        <p className="letters-more">The newest {whole(letters.length)} of {whole(number)}; `phlo-hooks dead list` shows all.</p>
      )}
      {dropping !== null && retrying !== null && (
        <ConfirmDrop
          what={dropping.what}
          onDrop={() => retrying.drop(dropping.choice)}
          onClose={() => setDropping(null)}
        />
      )}
    </section>
  );
}
