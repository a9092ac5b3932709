import { asFailure, failureText } from "$lib/failure";
import { m } from "$lib/texts.svelte";

/** How long it stays unless one looks at it. */
const SHOWN_MS = 6_000;
/** How long the core waits for it to be taken back. */
export const UNDO_MS = 5_000;

/** One short line about what was done or refused, where there is no field to say it at. A newer one takes the place of the last. */
class Notice {
  text: string | null = $state(null);
  /** Takes back what it tells of. */
  undo: (() => Promise<void>) | null = $state.raw(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string): void {
    this.text = text;
    this.undo = null;
    this.release();
  }

  /** For as long as `undo` can work, and no longer. */
  offer(text: string, undo: () => Promise<void>): void {
    this.text = text;
    this.undo = undo;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dismiss(), UNDO_MS);
  }

  /** It is looked at: it stays. */
  hold(): void {
    if (!this.undo) clearTimeout(this.#timer);
  }

  release(): void {
    if (this.undo) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dismiss(), SHOWN_MS);
  }

  dismiss(): void {
    clearTimeout(this.#timer);
    this.text = null;
    this.undo = null;
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
  notice.offer(text, async () => {
    notice.dismiss();
    try {
      await undo();
      undone?.();
    } catch (reason) {
      const { code } = asFailure(reason);
      notice.say(code === "conflict" ? m.undo_late() : `${m.refused_undo()} ${failureText(code)}`);
    }
  });
}
