import { Component, type ReactNode } from "react";

interface State {
  readonly error: Error | null;
}

/** Says what went wrong, where else the page would be empty. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <div className="empty" role="alert">
        <p>This page broke: {error.message}</p>
        <p>
          Reload it without what stands after <code>#</code> in its address; if it breaks again, please report it.
        </p>
      </div>
    );
  }
}
