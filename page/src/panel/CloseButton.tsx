import { Icon } from "../format/Icon.tsx";

/** Closes the panel, as Escape does. */
export function CloseButton({ onClose }: { readonly onClose: () => void }) {
  return (
    <button type="button" className="button-icon" onClick={onClose} aria-label="Close the panel" title="Close (Esc)">
      <Icon name="close" />
    </button>
  );
}
