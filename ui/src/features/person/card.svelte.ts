import type { UserId } from "$lib/ipc/generated";
import type { Anchor } from "../timeline/anchor";

/** Whose card is open, and where: one at a time, asked for wherever a person is named. */
class Card {
  shown: { user: UserId; anchor: Anchor } | null = $state.raw(null);

  show(user: UserId, anchor: Anchor): void {
    this.shown = { user, anchor };
  }

  close(): void {
    this.shown = null;
  }
}

export const card = new Card();
