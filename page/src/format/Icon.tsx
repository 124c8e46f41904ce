/** Strokes on a grid of 16. */
const PATHS = {
  lineage: "M4 4.5a1.5 1.5 0 1 1-3 0a1.5 1.5 0 0 1 3 0M4 11.5a1.5 1.5 0 1 1-3 0a1.5 1.5 0 0 1 3 0M15 8a1.5 1.5 0 1 1-3 0a1.5 1.5 0 0 1 3 0M4 4.5h1.5C8.5 4.5 8.5 8 12 8M4 11.5h1.5C8.5 11.5 8.5 8 12 8",
  sun: "M8 5a3 3 0 1 0 0 6a3 3 0 1 0 0-6M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  moon: "M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3Z",
  keyboard: "M2 4h12a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H2a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1M4 7h.01M6.7 7h.01M9.3 7h.01M12 7h.01M5 9.7h6",
  external: "M6 3H3v10h10v-3M9 2.5h4.5V7M13.5 2.5L7.5 8.5",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9M10.3 10.3L14 14",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  check: "M3 8.5l3.2 3.2L13 4.8",
  cross: "M4 4l8 8M12 4l-8 8",
  warn: "M8 2L15 14H1ZM8 6.5v3.2M8 11.8v.1",
  minus: "M3.5 8h9",
  plus: "M8 3.5v9M3.5 8h9",
  clock: "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12M8 5v3.2l2 1.5",
  question: "M5.8 6a2.2 2.2 0 1 1 3.3 1.9C8.3 8.4 8 8.8 8 9.8M8 12.2v.1",
  chevron: "M4 6l4 4l4-4",
  copy: "M6 5.5h7.5V14H6ZM10 5.5V2H2.5v8.5H6",
  columns: "M2 3h12v10H2ZM2 6.5h12M6.5 6.5V13",
  fit: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
  focus: "M8 5.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M8 1v2.5M8 12.5V15M1 8h2.5M12.5 8H15",
  source: "M2 4c0-2.7 12-2.7 12 0v8c0 2.7-12 2.7-12 0ZM2 4c0 2.7 12 2.7 12 0M2 8c0 2.7 12 2.7 12 0",
  ingestion: "M8 2v7.5M4.5 6.5L8 10l3.5-3.5M2 11v3h12v-3",
  transform: "M2 5h9.5M9 2.5L11.5 5L9 7.5M14 11H4.5M7 8.5L4.5 11L7 13.5",
  quality: "M8 1.5l5.5 2v4.3c0 3.2-2.2 5.5-5.5 6.7c-3.3-1.2-5.5-3.5-5.5-6.7V3.5ZM5.5 7.8l1.8 1.8l3.2-3.4",
  publish: "M8 10V2.5M4.5 6L8 2.5L11.5 6M2 10v4h12v-4",
  table: "M2 3h12v10H2ZM2 6.5h12M2 9.8h12M6.5 6.5V13",
  palette: "M8 2a6 6 0 1 0 0 12c1.4 0 1.6-1 1-1.8c-.7-1 0-2.2 1.2-2.2H12c1.2 0 2-.8 2-2A6 6 0 0 0 8 2M5 8h.01M6.5 5.2h.01M9.7 5.2h.01",
  retry: "M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3",
  pin: "M8 9.5V14M5 2h6l-1 4l2 3.5H4L6 6Z",
  filter: "M2 3h12L9.5 8.5V13L6.5 11.5v-3Z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, label }: { readonly name: IconName; readonly label?: string }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" role={label ? "img" : undefined} aria-label={label} aria-hidden={label ? undefined : true}>
      <path d={PATHS[name]} />
    </svg>
  );
}
