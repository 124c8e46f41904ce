import { useEffect, useRef } from "react";

const KEYS: readonly (readonly [string, string])[] = [
  ["/", "Search tables and columns"],
  ["← →", "Go to the table upstream, downstream"],
  ["↑ ↓", "Go to the table above, below"],
  ["Enter", "Open the table's panel"],
  ["e", "Show or hide the table's columns"],
  ["n", "Show only what is connected with the table"],
  ["i", "Show or hide indirect column edges"],
  ["c", "Colour tables by last run, or by stage"],
  ["f", "Fit the graph into the window"],
  ["+ −", "Zoom"],
  ["Esc", "Close what is open, then drop the selection"],
  ["↑ ↓", "In Runs: go from run to run, from step to step"],
  ["← →", "In a run: hide or show a step's models"],
  ["?", "This list"],
];

export function Shortcuts({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog className="shortcuts" ref={dialog} onClose={onClose} aria-labelledby="shortcuts-title">
      <h2 id="shortcuts-title">Keyboard shortcuts</h2>
      <dl>
        {KEYS.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <button type="button" className="button" onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  );
}
