import { useState } from "react";

import { useGraph } from "../data/GraphContext.tsx";
import { Icon } from "../format/Icon.tsx";

/** What a reader should know of the graph, such as what was left out of it; put away until there is something else to say. */
export function Notes() {
  const { graph } = useGraph();
  const [read, setRead] = useState("");
  const text = graph.notes.join("\n");
  if (text === "" || text === read) return null;
  return (
    <aside className="notes" aria-label="Notes">
      <ul>
        {graph.notes.map((note) => (
          <li key={note} dir="auto">
            {sentence(note)}
          </li>
        ))}
      </ul>
      <button type="button" className="button-icon" onClick={() => setRead(text)} aria-label="Put the notes away">
        <Icon name="close" />
      </button>
    </aside>
  );
}

function sentence(note: string): string {
  const text = note.charAt(0).toUpperCase() + note.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
