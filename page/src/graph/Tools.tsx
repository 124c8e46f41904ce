import { Icon, type IconName } from "../format/Icon.tsx";

interface Props {
  readonly selected: boolean;
  readonly anyOpen: boolean;
  readonly openPath: () => void;
  readonly closeAll: () => void;
  readonly linkedOnly: boolean;
  readonly setLinkedOnly: (only: boolean) => void;
  readonly indirect: boolean;
  readonly setIndirect: (shown: boolean) => void;
  /** Whether cards are coloured by stage; `null` when there is no other way. */
  readonly byStage: boolean | null;
  readonly toggleColours: () => void;
  readonly isOnly: boolean;
  readonly toggleOnly: () => void;
}

/** What one can do with the graph as a whole. */
export function Tools(props: Props) {
  const { selected, anyOpen, linkedOnly, indirect, byStage, isOnly } = props;
  return (
    <div className="tools" role="toolbar" aria-label="Graph">
      <Tool icon="focus" label="Only connected" title="Show only what is connected with the selected table (n)" pressed={isOnly} disabled={!selected && !isOnly} onClick={props.toggleOnly} />
      <Tool icon="columns" label={selected ? "Columns of path" : "All columns"} title="Open the cards and show their columns" onClick={props.openPath} />
      {anyOpen && <Tool icon="close" label="Hide columns" title="Close all cards" onClick={props.closeAll} />}
      <Tool icon="filter" label="Linked columns" title="In open cards, show only columns that have edges" pressed={linkedOnly} onClick={() => props.setLinkedOnly(!linkedOnly)} />
      <Tool icon="lineage" label="Indirect" title="Also follow filters, joins, groups and orders (i)" pressed={indirect} onClick={() => props.setIndirect(!indirect)} />
      {byStage !== null && (
        <Tool icon="palette" label="Stage colours" title="Colour the cards by stage instead of the last run's status (c)" pressed={byStage} onClick={props.toggleColours} />
      )}
    </div>
  );
}

interface ToolProps {
  readonly icon: IconName;
  readonly label: string;
  readonly title: string;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

function Tool({ icon, label, title, pressed, disabled, onClick }: ToolProps) {
  return (
    <button type="button" className="button" title={title} aria-pressed={pressed} disabled={disabled} onClick={onClick}>
      <Icon name={icon} />
      <span>{label}</span>
    </button>
  );
}
