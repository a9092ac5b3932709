import { asFailure, failureText } from "$lib/failure";

/** How long it stays unless one looks at it. */
const SHOWN_MS = 6_000;

/** One short line about what was refused, where there is no field to say it at. A newer one takes the place of the last. */
class Notice {
  text: string | null = $state(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string): void {
    this.text = text;
    this.release();
  }

  /** It is looked at: it stays. */
  hold(): void {
    clearTimeout(this.#timer);
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dismiss(), SHOWN_MS);
  }

  dismiss(): void {
    clearTimeout(this.#timer);
    this.text = null;
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
