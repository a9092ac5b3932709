import { SvelteMap } from "svelte/reactivity";
import { apply } from "$lib/diff";
import { asFailure } from "$lib/failure";
import type {
  Action as Permission,
  Commands,
  Event,
  Failure,
  MessageItem,
  Person,
  RoomId,
  RoomInfo,
  TimelineItem,
  TimelineSnapshot,
  UserId,
} from "$lib/ipc/generated";
import { notice, offerUndo, orSay, UNDO_MS } from "$lib/notice.svelte";
import type { Place } from "$lib/place";
import { pills } from "$lib/reactions";
import { m } from "$lib/texts.svelte";
import { actionsFor } from "./actions";
import type { Seen } from "./Scroller.svelte";
import { EVERYONE, fold } from "../markup/mention";
import { intentFor, type Intent } from "../composer/intent.svelte";

/** Key of the row above all others, which stands for older pages. */
export const OLDER = "older";

type TimelineEvent = Extract<Event, { type: "timeline" }>;

/** One opened room: its messages as they change, and what reading them does. Lives until another room is opened. */
export class Timeline {
  readonly room: RoomId;
  readonly subscription: number;
  readonly draft: string;
  readonly participants: readonly Person[] = [];
  readonly intent: Intent;
  items: readonly TimelineItem[] = $state.raw([]);
  hasOlder = $state(false);
  firstUnread: string | null = $state(null);
  /** What is asked for, by the key of the row that stands for it: on its way, or why it did not come. */
  readonly missing = new SvelteMap<string, "loading" | Failure>();
  /** Counts up when what is near may be asked for again. */
  settled = $state(0);
  /** The last message of someone else that came while the room was open, for those who listen. */
  latest: MessageItem | null = $state.raw(null);
  /** Where one is to be led. */
  sought: string | null = $state(null);
  /** Another day is asked for. */
  dating = $state(false);
  /** Opened at a message, not where one left off. */
  readonly isAside: boolean;
  /** What one may do here, and who is here. */
  info: RoomInfo | null = $state.raw(null);
  readonly people: readonly Person[] = $derived.by(
    () => this.info?.participants.map(({ person }) => person) ?? this.participants,
  );
  readonly #byName = $derived(Object.fromEntries(this.people.map(({ username, id }) => [fold(username), id])));
  #pins: readonly MessageItem[] | null = $state.raw(null);
  pinsFailure: Failure | null = $state.raw(null);
  /** The last pinned first; those on hand until all are known. */
  readonly pins: readonly MessageItem[] = $derived.by(() => this.#pins ?? this.#pinnedHere());
  focused = true;
  /** Where one reads. */
  here: Place | null = null;
  /** The uppermost message on screen, and how far below the upper edge; null at the end, where one goes on by itself. */
  left: Seen | null = null;
  /** From somewhere on it was marked unread again. */
  keepsUnread = false;
  #read = 0;

  constructor(
    readonly core: Commands,
    snapshot: TimelineSnapshot,
    /** One comes back to its target, which was left so far below the upper edge. */
    below: number | null = null,
  ) {
    this.room = snapshot.room;
    this.subscription = snapshot.subscription;
    this.draft = snapshot.draft;
    this.participants = snapshot.participants;
    this.intent = intentFor(snapshot.room);
    this.items = snapshot.items;
    this.hasOlder = snapshot.has_older;
    this.firstUnread = snapshot.first_unread;
    if (below !== null && snapshot.target !== null) this.left = { key: snapshot.target, below };
    else this.sought = snapshot.target;
    this.isAside = snapshot.target !== null;
  }

  #pinnedHere(): MessageItem[] {
    const found = this.items.filter((item) => item.kind === "message").filter((item) => item.pinned !== null);
    return found.sort((a, b) => (b.pinned?.at ?? "").localeCompare(a.pinned?.at ?? ""));
  }

  /** The place of what has that key, once it has one. */
  seqOf(key: string): number | null {
    const item = this.items.find((item) => item.key === key);
    return item?.kind === "message" ? item.seq : null;
  }

  #at(seq: number): number {
    return this.items.findIndex((item) => item.kind === "message" && item.seq === seq);
  }

  /** Leads to a message; answers whether it is among those that are loaded. */
  lead(seq: number): boolean {
    const found = this.items[this.#at(seq)];
    this.sought = found?.key ?? this.sought;
    return found !== undefined;
  }

  /** Whether a message is loaded and not before the first unread one, or the last there is. */
  isUnread(seq: number): boolean {
    const first = this.firstUnread;
    const from =
      first === null
        ? this.items.findLastIndex((item) => item.kind === "message" && item.seq !== null)
        : this.items.findIndex((item) => item.key === first);
    return this.#at(seq) >= from && from >= 0;
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

  /** Fetches what a row stands for; it comes as diffs. */
  async load(key: string): Promise<void> {
    if (this.missing.get(key) === "loading" || (key === OLDER && !this.hasOlder)) return;
    const before = this.items;
    this.missing.set(key, "loading");
    try {
      await (key === OLDER ? this.core.loadOlder(this.room) : this.core.loadGap(this.room, key));
      this.missing.delete(key);
      // An answer that brought nothing is not asked for again until something changes.
      if (this.items !== before) this.settled += 1;
    } catch (reason) {
      this.missing.set(key, asFailure(reason));
    }
  }

  /** These come close to what is read. What failed waits for the user, or for a connection. */
  near(keys: readonly string[]): void {
    for (const key of keys) if (!this.missing.has(key)) void this.load(key);
  }

  /** There is a connection again: what failed for want of it may be asked for anew. */
  connected(): void {
    for (const [key, state] of this.missing) {
      if (state === "loading" || !["offline", "unreachable", "unavailable"].includes(state.code)) continue;
      this.missing.delete(key);
      this.settled += 1;
    }
  }

  /** The messages down to `key` have been on screen of a window that is looked at. */
  seen(key: string): void {
    if (!this.focused || this.keepsUnread) return;
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
    void orSay(this.core.retryMessage(this.room, key), m.refused_retry);
  }

  discard(key: string): void {
    void orSay(this.core.discardMessage(this.room, key), m.refused_discard);
  }

  /** Gives a reaction, or takes it back where one gave it. */
  react(message: MessageItem, emoji: string, me: UserId): Promise<boolean> {
    const { id } = message;
    if (id === null) return Promise.resolve(false);
    const pill = pills(message.reactions, me).find((other) => other.emoji === emoji);
    const types = pill?.mine ? pill.own : [pill?.type ?? emoji];
    const calls = types.map((type) => this.core.setReaction(this.room, id, type, !pill?.mine));
    return orSay(Promise.all(calls), m.refused_reaction);
  }

  /** For everyone, unless it is taken back in time; answers whether it is gone. */
  async remove({ id }: MessageItem): Promise<boolean> {
    if (id === null) return false;
    let token = "";
    const work = async () => (token = await this.core.deleteMessage(this.room, id, UNDO_MS));
    const done = await orSay(work(), m.refused_delete);
    if (done) offerUndo(m.message_deleted(), () => this.core.undo(token));
    return done;
  }

  /** Pins a message for everyone, or takes its pin away. */
  async setPinned({ id }: MessageItem, pinned: boolean): Promise<void> {
    if (id === null) return;
    if (await orSay(this.core.setPinned(this.room, id, pinned), m.refused_pin))
      notice.say(pinned ? m.pin_done() : m.unpin_done());
  }

  async loadPins(): Promise<void> {
    try {
      this.#pins = await this.core.pinnedMessages(this.room);
      this.pinsFailure = null;
    } catch (reason) {
      this.pinsFailure = asFailure(reason);
    }
  }

  /** From here on it is unread, until one leaves and comes back. */
  async markUnread(message: MessageItem): Promise<void> {
    if (message.seq === null) return;
    if (!(await orSay(this.core.markUnread(this.room, message.seq), m.refused_unread))) return;
    this.keepsUnread = true;
    this.firstUnread = message.key;
    notice.say(m.unread_done());
  }

  /** What is known of the room is taken anew; what was known stays meanwhile. */
  async loadInfo(): Promise<void> {
    try {
      this.info = await this.core.roomInfo(this.room);
    } catch {
      // The room itself says what it allows.
    }
  }

  /** Whom a mention in a message of `sender` calls; null where nobody here has that name. */
  called(name: string, sender: UserId, me: UserId): "me" | "other" | null {
    const role = this.info?.participants.find(({ person }) => person.id === sender)?.role;
    const mayCallAll = !this.info || this.info.chat_type === "private" || role === "admin" || role === "owner";
    if (name === EVERYONE && mayCallAll) return "me";
    const person = this.personNamed(name);
    if (person === null) return null;
    return person === me ? "me" : "other";
  }

  /** Who has that user name here. */
  personNamed(name: string): UserId | null {
    return Object.hasOwn(this.#byName, name) ? (this.#byName[name] ?? null) : null;
  }

  may(permission: Permission): boolean | null {
    return this.info?.may.includes(permission) ?? null;
  }

  /** The last own message whose text may be changed. */
  lastEditable(): MessageItem | null {
    const own = this.items.filter((item) => item.kind === "message");
    return own.findLast((item) => actionsFor(item).includes("edit")) ?? null;
  }

  openLink(url: string): void {
    void orSay(this.core.openLink(url), m.refused_link);
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
