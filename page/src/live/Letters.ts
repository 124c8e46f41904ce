import type { GraphDeadLetter } from "../data/graph.ts";
import type { LiveOptions } from "../data/live.ts";
import { counted } from "../format/number.ts";

/** Which dead letters: these, all of a consumer, or every one. */
export type Choice =
  | { readonly letters: readonly GraphDeadLetter[] }
  | { readonly consumer: string }
  | { readonly all: true };

export interface Outcome {
  readonly ok: boolean;
  readonly text: string;
}

interface Answer {
  readonly queued?: number;
  readonly dropped?: number;
  /** Whether a relay is at work. */
  readonly relay?: boolean;
  readonly error?: string;
}

/** Asks the server to deliver dead letters again, or to give up on them. */
export class Letters {
  constructor(
    private readonly options: LiveOptions,
    private readonly changed: () => void,
    private readonly fetch: typeof globalThis.fetch,
  ) {}

  async retry(choice: Choice): Promise<Outcome> {
    const done = await this.post(this.options.retry_url, choice);
    if (done.error !== undefined) return { ok: false, text: done.error };
    const { queued = 0, relay = false } = done;
    if (queued === 0) return { ok: true, text: "No dead letter is left there: somebody was faster." };
    const who = relay ? "the relay delivers" : "no relay runs: start `phlo-hooks relay`, or run `phlo-hooks drain`";
    return { ok: true, text: `${counted(queued, "dead letter")} queued; ${who}.` };
  }

  async drop(choice: Choice): Promise<Outcome> {
    const done = await this.post(this.options.drop_url, choice);
    if (done.error !== undefined) return { ok: false, text: done.error };
    return { ok: true, text: `Gave up on ${counted(done.dropped ?? 0, "dead letter")}.` };
  }

  private async post(url: string, choice: Choice): Promise<Answer> {
    const body = "letters" in choice ? { letters: choice.letters.map(({ consumer, event_id }) => ({ consumer, event_id })) } : choice;
    const headers = { "Content-Type": "application/json", "X-Phlo-Hooks-Token": this.options.token };
    try {
      const answer = await this.fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
      const said = (await answer.json()) as Answer;
      this.changed();
      return answer.ok ? said : { error: `Not done: ${said.error ?? `the server answered ${answer.status}`}.` };
    } catch {
      return { error: "Not done: the server does not answer." };
    }
  }
}
