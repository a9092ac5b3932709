import { apply } from "$lib/diff";
import { asFailure, failureText } from "$lib/failure";
import type {
  Commands,
  Connection,
  Event,
  Failure,
  Language,
  MyRoomPatch,
  RoomId,
  RoomItem,
  Session,
  Status,
  TimelineSnapshot,
} from "$lib/ipc/generated";
import type { Invite } from "$lib/invite";
import { notice, offerUndo, orSay } from "$lib/notice.svelte";
import { isolated } from "$lib/person";
import { isHere, type Place, type RoomLink } from "$lib/place";
import { locale, m } from "$lib/texts.svelte";
import { forgetIntents } from "../features/composer/intent.svelte";
import { forgetUsed, roomKey, use } from "../features/switcher/used";
import { Timeline } from "../features/timeline/timeline.svelte";

export type SignedIn = Extract<Session, { state: "signed_in" }>;

/** More ways back than these nobody remembers. */
const MOST_TRAIL = 20;
/** How often it is told that somebody is here, at most. */
const ACTIVE_MS = 10_000;

/** The window: who is signed in, the room list, the room that is open. Takes the core's one stream of events. */
export class App {
  session: Session | null = $state.raw(null);
  connection: Connection = $state.raw({ state: "none" });
  /** How one wants to be seen. */
  presence: Status = $state("online");
  rooms: readonly RoomItem[] = $state.raw([]);
  timeline: Timeline | null = $state.raw(null);
  /** The room one went to; its timeline follows. */
  opening: RoomId | null = $state(null);
  openFailure: Failure | null = $state(null);
  startFailure: Failure | null = $state(null);
  /** Where one jumped from, the last place at the end. */
  trail: readonly Place[] = $state.raw([]);
  /** How much of what one jumped to is on its way. */
  jumping = $state(0);
  /** A link to a room that one followed; one is asked about it as soon as one is signed in. */
  invite: Invite | null = $state.raw(null);
  /** Where one left off in rooms that one did not read to the end, and how much was unread then. */
  #left: Record<RoomId, { seq: number; below: number; unread: number } | null> = {};
  #stream = 0;
  #request = 0;
  /** Events of a subscription whose snapshot is still on its way: the two come on different roads. */
  #early: Extract<Event, { type: "timeline" }>[] = [];
  #focused = document.hasFocus();
  /** When it was last told that somebody is here. */
  #active = -Infinity;

  constructor(readonly core: Commands) {}

  /** What needs the server cannot be done. */
  offline: boolean = $derived(!["online", "connecting", "syncing"].includes(this.connection.state));

  /** Those that are not out of sight. */
  listed: readonly RoomItem[] = $derived(this.rooms.filter((room) => !room.archived));

  /** The open room, in the list. */
  room: RoomItem | null = $derived.by(() => this.rooms.find((room) => room.id === this.opening) ?? null);

  async start(): Promise<void> {
    const stream = ++this.#stream;
    let waiting: Event[] | null = [];
    this.startFailure = null;
    try {
      const startup = await this.core.start((event) => {
        if (stream !== this.#stream) return;
        if (waiting) waiting.push(event);
        else this.#take(event);
      });
      if (stream !== this.#stream) return;
      this.session = startup.session;
      this.connection = startup.connection;
      this.presence = startup.presence;
      this.rooms = startup.rooms;
      this.#early = [];
      this.#request += 1;
      this.timeline = startup.timeline ? this.#timeline(startup.timeline) : null;
      this.opening = startup.timeline?.room ?? null;
      const held = waiting;
      waiting = null;
      for (const event of held) this.#take(event);
      this.#tellView();
    } catch (reason) {
      this.startFailure = asFailure(reason);
    }
  }

  #take(event: Event): void {
    switch (event.type) {
      case "session":
        this.session = event.session;
        if (event.session.state !== "signed_in") {
          this.rooms = [];
          forgetIntents();
          if (event.session.state === "signed_out") forgetUsed();
          this.#leave();
          this.#left = {};
        }
        break;
      case "connection":
        this.connection = event.connection;
        if (event.connection.state === "online") this.timeline?.connected();
        break;
      case "presence":
        this.presence = event.presence;
        break;
      case "rooms":
        this.rooms = apply(this.rooms, event.diffs);
        break;
      case "timeline":
        if (event.subscription === this.timeline?.subscription) this.timeline.take(event);
        else this.#early.push(event);
        break;
      case "open_room":
        void this.#arrive(event.room, event.seq);
        break;
      case "join_by_invite":
        this.invite = { server: event.server, code: event.code };
        break;
      case "lagged":
        void this.start();
        break;
    }
  }

  #timeline(snapshot: TimelineSnapshot, below: number | null = null): Timeline {
    const timeline = new Timeline(this.core, snapshot, below);
    timeline.focused = this.#focused;
    for (const event of this.#early) timeline.take(event);
    this.#early = [];
    return timeline;
  }

  async open(room: RoomId): Promise<void> {
    if (this.opening === room && !this.openFailure) return;
    this.trail = [];
    const request = this.#go(room);
    try {
      // Where one left it, unless something came since.
      const noted = this.#left[room];
      const left = noted && (this.room?.unread ?? 0) <= noted.unread ? noted : null;
      const there = left && (await this.core.openAt(room, left.seq).catch(() => null));
      if (there && (there.target !== null || request !== this.#request)) this.#show(request, there, left.below);
      else if (request === this.#request) this.#show(request, await this.core.openRoom(room));
    } catch (reason) {
      if (request !== this.#request) return;
      this.timeline = null;
      this.openFailure = asFailure(reason);
    }
  }

  /** Notes where one leaves the room that is open. */
  #note(): void {
    const { timeline } = this;
    if (!timeline) return;
    const { room, left, keepsUnread } = timeline;
    const seq = left && timeline.seqOf(left.key);
    const unread = this.rooms.find(({ id }) => id === room)?.unread ?? 0;
    this.#left[room] = left && seq !== null && !keepsUnread ? { seq, below: left.below, unread } : null;
  }

  /** The room is what one sees from now on. */
  #go(room: RoomId): number {
    this.#note();
    this.opening = room;
    this.openFailure = null;
    this.#early = [];
    use(roomKey(room));
    this.#tellView();
    return ++this.#request;
  }

  #show(request: number, snapshot: TimelineSnapshot, below: number | null = null): void {
    if (request === this.#request) this.timeline = this.#timeline(snapshot, below);
    else this.#follow(snapshot);
  }

  /** To a message, wherever it is; `from` is where one can come back to. Answers whether one was led to its room. */
  async jump({ room, seq }: Place, from: Place | null): Promise<boolean> {
    if (this.timeline?.room === room && this.opening === room && this.timeline.lead(seq)) {
      this.#trailed(from);
      return true;
    }
    const found = await this.#openAt(room, () => this.core.openAt(room, seq), m.refused_jump);
    if (found) this.#trailed(from);
    if (found === false) notice.say(m.jump_gone());
    return found !== null;
  }

  /** To the first message of a day, or after it. */
  async jumpToDate(day: Date, from: Place | null): Promise<void> {
    const room = this.opening;
    if (room === null) return;
    const found = await this.#openAt(room, () => this.core.openAtDate(room, day.toISOString()), m.refused_jump);
    if (found !== null) this.#trailed(from);
    if (found === false) notice.say(m.jump_none_since());
  }

  /** To the first message that is unread. */
  async jumpToUnread(from: Place | null): Promise<void> {
    const room = this.opening;
    if (room === null) return;
    if ((await this.#openAt(room, () => this.core.openRoom(room), m.refused_jump)) !== null) this.#trailed(from);
  }

  /** Where a link in a message leads. */
  async follow(link: RoomLink, server: string, from: Place | null): Promise<void> {
    const { room, seq } = link;
    if (!isHere(link, server)) return notice.say(m.link_other_server());
    if (!this.rooms.some((known) => known.id === room)) return notice.say(m.link_not_in());
    if (seq !== null) return void (await this.jump({ room, seq }, from));
    await this.open(room);
    this.#trailed(from);
  }

  /** Back to where one jumped from. */
  async back(): Promise<void> {
    const place = this.trail.at(-1);
    if (!place) return;
    const rest = this.trail.slice(0, -1);
    await this.jump(place, null);
    this.trail = rest;
  }

  #trailed(from: Place | null): void {
    if (from) this.trail = [...this.trail, from].slice(-MOST_TRAIL);
  }

  /** What is on screen stays until there is something else to show. Answers whether there is what was asked for; null when refused. */
  async #openAt(room: RoomId, ask: () => Promise<TimelineSnapshot>, refused: () => string): Promise<boolean | null> {
    const request = ++this.#request;
    this.#early = [];
    this.jumping += 1;
    try {
      const snapshot = await ask();
      if (request !== this.#request) {
        this.#follow(snapshot);
        return null;
      }
      const early = this.#early;
      const showing = this.opening === room ? request : this.#go(room);
      this.#early = early;
      this.#show(showing, snapshot);
      return snapshot.target !== null;
    } catch (reason) {
      if (request !== this.#request) return null;
      notice.say(`${refused()} ${failureText(asFailure(reason).code)}`);
      return null;
    } finally {
      this.jumping -= 1;
    }
  }

  /** The core has gone here after it went where the window is. */
  #follow({ subscription }: TimelineSnapshot): void {
    // What is still on its way there was asked of it later.
    if (this.timeline?.room !== this.opening || subscription <= this.timeline.subscription) return;
    const room = this.opening;
    this.opening = null;
    if (room !== null) void this.open(room);
  }

  /** A link or a notification came from outside: where its message is not before what is unread, one reads on from there. */
  async #arrive(room: RoomId, seq: number | null): Promise<void> {
    await this.open(room);
    const { timeline } = this;
    if (seq === null || timeline?.room !== room || timeline.isUnread(seq)) return;
    await this.jump({ room, seq }, null);
  }

  /** Back to the list. */
  close(): void {
    if (this.opening === null) return;
    this.#leave();
    this.core.closeRoom().catch(() => undefined);
    this.#tellView();
  }

  #leave(): void {
    this.#note();
    this.#request += 1;
    this.trail = [];
    this.timeline = null;
    this.opening = null;
    this.openFailure = null;
  }

  /** Up or down in the list. */
  step(by: 1 | -1): void {
    const at = this.listed.findIndex((room) => room.id === this.opening);
    const next = this.listed[at < 0 ? 0 : at + by];
    if (next) void this.open(next.id);
  }

  /** The next room, up or down from the open one and round the end, in which something is unread. */
  nextUnread(by: 1 | -1): RoomItem | null {
    const from = this.listed.findIndex((room) => room.id === this.opening);
    const start = from < 0 && by < 0 ? 0 : from;
    for (let steps = 1; steps <= this.listed.length; steps += 1) {
      const room = this.listed.at((start + by * steps) % this.listed.length);
      if (room && room.unread > 0 && room.id !== this.opening) return room;
    }
    return null;
  }

  stepUnread(by: 1 | -1): void {
    const next = this.nextUnread(by);
    if (next) void this.open(next.id);
  }

  /** To the last message there is: the core goes no further than that. */
  markRead(room: RoomId): Promise<boolean> {
    return orSay(this.core.markRead(room, Number.MAX_SAFE_INTEGER), m.refused_read);
  }

  markAllRead(): Promise<boolean> {
    return orSay(this.core.markAllRead(), m.refused_read);
  }

  setMyRoom(room: RoomId, patch: MyRoomPatch): Promise<boolean> {
    return orSay(this.core.setMyRoom(room, patch), m.refused_mine);
  }

  /** Out of a room, unless it is taken back in time; who was in it comes back to the list. */
  async leave(room: RoomId): Promise<void> {
    const item = this.rooms.find((other) => other.id === room);
    const wasOpen = this.opening === room;
    const token = await this.core.leaveRoom(room);
    if (this.opening === room) this.close();
    const said = item?.chat_type === "private" ? m.hide_done : m.leave_done;
    offerUndo(
      said({ room: isolated(item?.title ?? "") }),
      () => this.core.undo(token),
      () => {
        if (wasOpen && this.opening === null) void this.open(room);
      },
    );
  }

  focus(focused: boolean): void {
    this.#focused = focused;
    if (this.timeline) this.timeline.focused = focused;
    this.#tellView();
  }

  #tellView(): void {
    this.core.setView(this.opening, this.#focused).catch(() => undefined);
  }

  async choose(language: Language | null): Promise<void> {
    const before = locale.chosen;
    const spoken = locale.choose(language);
    const kept = this.core.setLanguage(language).catch(async (reason: unknown) => {
      // First, so that the refusal is said in the language that stays.
      await locale.choose(before);
      throw reason;
    });
    await orSay(kept, m.refused_language);
    await spoken;
  }

  async setPresence(presence: Status): Promise<void> {
    const before = this.presence;
    this.presence = presence;
    if (!(await orSay(this.core.setPresence(presence), m.refused_presence))) this.presence = before;
  }

  /** Somebody is at the device; may be told at every key and movement. */
  active(): void {
    const now = performance.now();
    if (this.session?.state !== "signed_in" || now - this.#active < ACTIVE_MS) return;
    this.#active = now;
    this.core.userActive().catch(() => undefined);
  }

  setWorkOffline(on: boolean): Promise<boolean> {
    return orSay(this.core.setWorkOffline(on), on ? m.refused_go_offline : m.refused_go_online);
  }

  retryNow(): Promise<boolean> {
    return orSay(this.core.retryNow(), m.refused_go_online);
  }

  async loadPreferences(): Promise<void> {
    const preferences = await this.core.preferences();
    await locale.choose(preferences.language, preferences.system_language);
  }
}
