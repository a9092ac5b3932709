import { asFailure, failureText } from "$lib/failure";
import { m } from "$lib/texts.svelte";

/** How long it stays unless one looks at it. */
const SHOWN_MS = 6_000;
/** How long the core waits for it to be taken back. */
export const UNDO_MS = 5_000;

export interface Told {
  key: number;
  text: string;
  /** Takes back what it tells of. */
  undo: (() => Promise<void>) | null;
}

/**
 * Short lines about what was done or refused, where there is no field to say it at. A newer one takes the place of the last, but
 * never of one that can still be taken back: those stand until they no longer can.
 */
class Notice {
  /** The latest first, so that what goes by itself moves nothing above it. */
  standing: readonly Told[] = $state.raw([]);
  #timers = new Map<number, ReturnType<typeof setTimeout>>();
  #next = 0;

  get text(): string | null {
    return this.standing[0]?.text ?? null;
  }

  /** Takes back what was done last, of what can be. */
  get undo(): (() => Promise<void>) | null {
    return this.standing.find(({ undo }) => undo)?.undo ?? null;
  }

  say(text: string): void {
    for (const old of this.standing) if (!old.undo) this.drop(old);
    this.release(this.#stand(text, null));
  }

  /** For as long as `undo` can work, and no longer. */
  offer(text: string, undo: () => Promise<void>): Told {
    const told = this.#stand(text, undo);
    this.#end(told, UNDO_MS);
    return told;
  }

  #stand(text: string, undo: Told["undo"]): Told {
    const told = { key: this.#next++, text, undo };
    this.standing = [told, ...this.standing];
    return told;
  }

  #end(told: Told, after: number): void {
    clearTimeout(this.#timers.get(told.key));
    this.#timers.set(
      told.key,
      setTimeout(() => this.drop(told), after),
    );
  }

  /** It is looked at: it stays. */
  hold(told: Told): void {
    if (!told.undo) clearTimeout(this.#timers.get(told.key));
  }

  release(told: Told): void {
    if (!told.undo && this.standing.includes(told)) this.#end(told, SHOWN_MS);
  }

  drop(told: Told): void {
    clearTimeout(this.#timers.get(told.key));
    this.#timers.delete(told.key);
    this.standing = this.standing.filter(({ key }) => key !== told.key);
  }

  dismiss(): void {
    for (const told of this.standing) this.drop(told);
  }
}

export const notice = new Notice();

/** Waits for `work`; says what did not happen and why when it is refused. Answers whether it was done. */
export async function orSay(work: Promise<unknown>, refused: () => string): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (reason) {
    notice.say(`${refused()} ${failureText(asFailure(reason).code)}`);
    return false;
  }
}

/** Tells what was done and offers to take it back; whether it was taken back is `undone`'s to act on. */
export function offerUndo(text: string, undo: () => Promise<void>, undone?: () => void): void {
  const told = notice.offer(text, async () => {
    notice.drop(told);
    try {
      await undo();
      undone?.();
    } catch (reason) {
      const { code } = asFailure(reason);
      notice.say(code === "conflict" ? m.undo_late() : `${m.refused_undo()} ${failureText(code)}`);
    }
  });
}
