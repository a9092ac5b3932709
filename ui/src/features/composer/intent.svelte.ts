import type { MessageItem, RoomId } from "$lib/ipc/generated";

/** What the composer of a room is about, beside a new message: an answer to one, or a new text for one. */
export class Intent {
  reply: MessageItem | null = $state.raw(null);
  editing: MessageItem | null = $state.raw(null);
  /** What one is asked about before it is deleted. */
  deleting: MessageItem | null = $state.raw(null);
  /** Counts up when the field should have the focus. */
  called = $state(0);

  answer(message: MessageItem): void {
    this.editing = null;
    this.reply = message;
    this.call();
  }

  edit(message: MessageItem): void {
    this.editing = message;
    this.call();
  }

  call(): void {
    this.called += 1;
  }
}

/** Beside the draft, which the core keeps: lives as long as the window, so that one may look elsewhere and come back. */
let kept: Record<RoomId, Intent> = {};

export function intentFor(room: RoomId): Intent {
  return (kept[room] ??= new Intent());
}

/** For who signs out. */
export function forgetIntents(): void {
  kept = {};
}
