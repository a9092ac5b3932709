import { apply } from "$lib/diff";
import { asFailure } from "$lib/failure";
import type {
  Commands,
  Event,
  Failure,
  MessageItem,
  Person,
  RoomId,
  TimelineItem,
  TimelineSnapshot,
} from "$lib/ipc/generated";

type TimelineEvent = Extract<Event, { type: "timeline" }>;

/** One opened room: its messages as they change, and what reading them does. Lives until another room is opened. */
export class Timeline {
  readonly room: RoomId;
  readonly subscription: number;
  readonly draft: string;
  readonly participants: readonly Person[];
  items: readonly TimelineItem[] = $state.raw([]);
  hasOlder = $state(false);
  firstUnread: string | null = $state(null);
  loadingOlder = $state(false);
  olderFailure: Failure | null = $state(null);
  /** The last message of someone else that came while the room was open, for those who listen. */
  latest: MessageItem | null = $state.raw(null);
  focused = true;
  #read = 0;

  constructor(
    private readonly core: Commands,
    snapshot: TimelineSnapshot,
  ) {
    this.room = snapshot.room;
    this.subscription = snapshot.subscription;
    this.draft = snapshot.draft;
    this.participants = snapshot.participants;
    this.items = snapshot.items;
    this.hasOlder = snapshot.has_older;
    this.firstUnread = snapshot.first_unread;
  }

  take(event: TimelineEvent): void {
    if (event.subscription !== this.subscription) return;
    const before = this.items.length;
    this.items = apply(this.items, event.diffs);
    this.hasOlder = event.has_older;
    // Only what was put at the end is new: older pages and gaps come elsewhere.
    let length = before;
    for (const diff of event.diffs) {
      if (diff.op === "insert") {
        if (diff.index === length) this.#arrived(diff.item);
        length += 1;
      } else if (diff.op === "remove") length -= 1;
      else if (diff.op === "reset") length = diff.items.length;
    }
  }

  #arrived(item: TimelineItem): void {
    if (item.kind !== "message" || item.is_own || item.system) return;
    this.latest = item;
    if (!this.focused && this.firstUnread === null) this.firstUnread = item.key;
  }

  async loadOlder(): Promise<void> {
    if (this.loadingOlder || !this.hasOlder) return;
    this.loadingOlder = true;
    this.olderFailure = null;
    try {
      await this.core.loadOlder(this.room);
    } catch (reason) {
      this.olderFailure = asFailure(reason);
    }
    this.loadingOlder = false;
  }

  async loadGap(key: string): Promise<void> {
    await this.core.loadGap(this.room, key);
  }

  /** The messages down to `key` have been on screen of a window that is looked at. */
  seen(key: string): void {
    if (!this.focused) return;
    const at = this.items.findIndex((item) => item.key === key);
    for (let index = at; index >= 0; index -= 1) {
      const item = this.items[index];
      if (item?.kind !== "message" || item.seq === null) continue;
      if (item.seq > this.#read) {
        this.#read = item.seq;
        this.core.markRead(this.room, item.seq).catch(() => (this.#read = 0));
      }
      return;
    }
  }

  retry(key: string): void {
    void this.core.retryMessage(this.room, key);
  }

  discard(key: string): void {
    void this.core.discardMessage(this.room, key);
  }

  openLink(url: string): void {
    void this.core.openLink(url);
  }

  name(userId: string): string | null {
    const known = this.participants.find((person) => person.id === userId);
    if (known) return known.display_name;
    for (const item of this.items) {
      if (item.kind === "message" && item.sender.id === userId) return item.sender.display_name;
    }
    return null;
  }
}
