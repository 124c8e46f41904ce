import { useEffect, useRef } from "react";

interface Props {
  readonly what: string;
  readonly onDrop: () => void;
  readonly onClose: () => void;
}

/** Asks before anything is given up on: it cannot be taken back. */
export function ConfirmDrop({ what, onDrop, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const drop = () => {
    onDrop();
    dialog.current?.close();
  };
  return (
    <dialog className="shortcuts" ref={dialog} onClose={onClose} aria-labelledby="drop-title">
      <h2 id="drop-title">Give up on {what}?</h2>
      <p>It will not be delivered. This cannot be taken back.</p>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={() => dialog.current?.close()}>
          Keep
        </button>
        <button type="button" className="button button-danger" onClick={drop}>
          Give up
        </button>
      </div>
    </dialog>
  );
}
