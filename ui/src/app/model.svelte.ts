import { apply } from "$lib/diff";
import { asFailure } from "$lib/failure";
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
} from "$lib/ipc/generated";
import { offerUndo, orSay } from "$lib/notice.svelte";
import { isolated } from "$lib/person";
import { locale, m } from "$lib/texts.svelte";
import { forgetIntents } from "../features/composer/intent.svelte";
import { forgetUsed, roomKey, use } from "../features/switcher/used";
import { Timeline } from "../features/timeline/timeline.svelte";

/** The window: who is signed in, the room list, the room that is open. Takes the core's one stream of events. */
export class App {
  session: Session | null = $state.raw(null);
  connection: Connection = $state.raw({ state: "none" });
  rooms: readonly RoomItem[] = $state.raw([]);
  timeline: Timeline | null = $state.raw(null);
  /** The room one went to; its timeline follows. */
  opening: RoomId | null = $state(null);
  openFailure: Failure | null = $state(null);
  startFailure: Failure | null = $state(null);
  #stream = 0;
  #request = 0;
  /** Events of a subscription whose snapshot is still on its way: the two come on different roads. */
  #early: Extract<Event, { type: "timeline" }>[] = [];
  #focused = document.hasFocus();

  constructor(readonly core: Commands) {}

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
        }
        break;
      case "connection":
        this.connection = event.connection;
        if (event.connection.state === "online") this.timeline?.connected();
        break;
      case "rooms":
        this.rooms = apply(this.rooms, event.diffs);
        break;
      case "timeline":
        if (event.subscription === this.timeline?.subscription) this.timeline.take(event);
        else this.#early.push(event);
        break;
      case "open_room":
        void this.open(event.room);
        break;
      case "lagged":
        void this.start();
        break;
    }
  }

  #timeline(snapshot: ConstructorParameters<typeof Timeline>[1]): Timeline {
    const timeline = new Timeline(this.core, snapshot);
    timeline.focused = this.#focused;
    for (const event of this.#early) timeline.take(event);
    this.#early = [];
    return timeline;
  }

  async open(room: RoomId): Promise<void> {
    if (this.opening === room && !this.openFailure) return;
    const request = ++this.#request;
    this.opening = room;
    this.openFailure = null;
    this.#early = [];
    use(roomKey(room));
    this.#tellView();
    try {
      const snapshot = await this.core.openRoom(room);
      if (request === this.#request) this.timeline = this.#timeline(snapshot);
    } catch (reason) {
      if (request !== this.#request) return;
      this.timeline = null;
      this.openFailure = asFailure(reason);
    }
  }

  /** Back to the list. */
  close(): void {
    if (this.opening === null) return;
    this.#leave();
    this.core.closeRoom().catch(() => undefined);
    this.#tellView();
  }

  #leave(): void {
    this.#request += 1;
    this.timeline = null;
    this.opening = null;
    this.openFailure = null;
  }

  /** Up or down in the list. */
  step(by: 1 | -1): void {
    const at = this.rooms.findIndex((room) => room.id === this.opening);
    const next = this.rooms[at < 0 ? 0 : at + by];
    if (next) void this.open(next.id);
  }

  /** The next room, up or down from the open one and round the end, in which something is unread. */
  nextUnread(by: 1 | -1): RoomItem | null {
    const from = this.rooms.findIndex((room) => room.id === this.opening);
    const start = from < 0 && by < 0 ? 0 : from;
    for (let steps = 1; steps <= this.rooms.length; steps += 1) {
      const room = this.rooms.at((start + by * steps) % this.rooms.length);
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
    locale.choose(language);
    const kept = this.core.setLanguage(language).catch((reason: unknown) => {
      // First, so that the refusal is said in the language that stays.
      locale.choose(before);
      throw reason;
    });
    await orSay(kept, m.refused_language);
  }

  setWorkOffline(on: boolean): Promise<boolean> {
    return orSay(this.core.setWorkOffline(on), on ? m.refused_go_offline : m.refused_go_online);
  }

  retryNow(): Promise<boolean> {
    return orSay(this.core.retryNow(), m.refused_go_online);
  }

  async loadPreferences(): Promise<void> {
    const preferences = await this.core.preferences();
    locale.choose(preferences.language, preferences.system_language);
  }
}
