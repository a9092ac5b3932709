// When a page has come to rest: nothing is loaded any more, nothing held back, nothing moves.
import type { Page, Request } from "playwright-core";

/** Runs in the page before anything of its own: keeps count of what is soon due, such as what is held back not to flicker. */
export function countTimers(): void {
  const SOON_MS = 300;
  const due = new Set<number>();
  const { setTimeout: set, clearTimeout: clear } = window;
  const counted = (act: (...inputs: unknown[]) => void, ms = 0, ...inputs: unknown[]) => {
    const timer = set(() => {
      due.delete(timer);
      act(...inputs);
    }, ms);
    if (ms <= SOON_MS) due.add(timer);
    return timer;
  };
  const called = (timer: number) => {
    due.delete(timer);
    clear(timer);
  };
  Object.assign(window, { due, setTimeout: counted, clearTimeout: called });
}

/** Resolves, in the page, once nothing has changed for three frames and nothing is due. */
function atRest(): Promise<void> {
  const { due } = window as unknown as { due: Set<number> };
  let frames = 0;
  const changes = new MutationObserver(() => (frames = 0));
  changes.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  return new Promise((resolve) => {
    const look = () => {
      const moves = document.getAnimations().some((animation) => animation.playState === "running");
      frames = due.size > 0 || moves || document.fonts.status !== "loaded" ? 0 : frames + 1;
      if (frames <= 3) return requestAnimationFrame(look);
      changes.disconnect();
      resolve();
    };
    requestAnimationFrame(look);
  });
}

const loading = new WeakMap<Page, Set<Request>>();

/** Keeps count of what a page asks for from now on. */
export function watchLoading(page: Page): void {
  const asked = new Set<Request>();
  loading.set(page, asked);
  page.on("request", (request) => asked.add(request));
  for (const end of ["requestfinished", "requestfailed"] as const)
    page.on(end as "requestfinished", (request) => asked.delete(request));
}

/** Resolves once nothing is loaded, due or changing any more. */
export async function settled(page: Page): Promise<void> {
  const isLoading = () => (loading.get(page)?.size ?? 0) > 0;
  // What came meanwhile is yet to be shown.
  for (let wasLoading = true; wasLoading || isLoading();) {
    wasLoading = isLoading();
    await page.evaluate(atRest);
  }
}
