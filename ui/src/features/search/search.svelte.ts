import { asFailure } from "$lib/failure";
import type { Commands, Failure, MessageId, RoomId, SearchHit, SearchPage } from "$lib/ipc/generated";
import { join } from "./pages";
import { begun, complete, type Filter, filterOf } from "./query";

/** The server is asked when one pauses for as long. */
export const SERVER_MS = 250;
/** What is wrong is told when one pauses for as long: until then it may only not be finished. */
export const COMPLAINT_MS = 700;

/** Looks for messages: among those that are held here at every key, with the server's behind them. */
export class Search {
  query = $state("");
  /** In this room alone. */
  room: RoomId | null = $state(null);
  hits: readonly SearchHit[] = $state.raw([]);
  /** Something was looked for and answered. */
  answered = $state(false);
  looking = $state(false);
  next: string | null = $state(null);
  isComplete = $state(true);
  /** The server was asked and not reached. */
  unreachable = $state(false);
  /** The server is being asked, or will be as soon as one pauses. */
  asking = $state(false);
  paging = $state(false);
  /** Nothing could be looked for here. */
  failure: Failure | null = $state.raw(null);
  /** Nothing could be looked for there, or no further. */
  serverFailure: Failure | null = $state.raw(null);
  /** A filter that cannot be read. */
  refused: Filter | "query" | null = $state(null);
  #active: MessageId | null = $state(null);
  /** What the hits are for. */
  #shown = "";
  #fromServer = false;
  /** How many of the hits are from pages that the server had its say in. */
  #settled = 0;
  #request = 0;
  #server: ReturnType<typeof setTimeout> | undefined;
  #complaint: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly core: Pick<Commands, "searchMessages" | "searchServer">,
    room: RoomId | null,
    /** Whether it is known that the server cannot be asked. */
    private readonly isOffline: () => boolean,
  ) {
    this.room = room;
  }

  /** A filter whose value is still to come. */
  begun: Filter | null = $derived.by(() => begun(this.query));

  /** The hit that Enter leads to: the first, unless one went to another. */
  at: number = $derived.by(() => {
    const found = this.hits.findIndex((hit) => hit.message === this.#active);
    return found < 0 ? Math.min(0, this.hits.length - 1) : found;
  });

  write(query: string): void {
    this.query = query;
    this.#active = null;
    void this.look();
  }

  within(room: RoomId | null): void {
    if (room === this.room) return;
    this.room = room;
    this.#active = null;
    void this.look();
  }

  choose(hit: SearchHit): void {
    this.#active = hit.message;
  }

  step(by: number): void {
    const hit = this.hits[Math.min(this.hits.length - 1, Math.max(0, this.at + by))];
    if (hit) this.choose(hit);
  }

  /** Asks anew, for what is in the field; a filter that is only begun does not count yet. */
  async look(): Promise<void> {
    const request = ++this.#request;
    this.stop();
    this.refused = null;
    this.failure = null;
    this.serverFailure = null;
    this.paging = false;
    this.asking = false;
    const { room } = this;
    const query = complete(this.query);
    this.looking = query.trim() !== "";
    if (!this.looking) return this.#clear();
    try {
      const page = await this.core.searchMessages(query, room, null);
      if (request !== this.#request) return;
      this.#shown = query;
      this.unreachable = false;
      this.#fromServer = false;
      this.#take([], page, []);
      if (page.is_complete || this.isOffline()) return;
      this.asking = true;
      this.#server = setTimeout(() => void this.#askServer(request), SERVER_MS);
    } catch (reason) {
      if (request === this.#request) this.#fail(asFailure(reason));
    } finally {
      if (request === this.#request) this.looking = false;
    }
  }

  async #askServer(request: number): Promise<void> {
    this.asking = true;
    this.serverFailure = null;
    try {
      const page = await this.core.searchServer(this.#shown, this.room, null);
      if (request !== this.#request) return;
      this.unreachable = page.is_offline;
      this.#fromServer = !page.is_offline;
      this.#take([], page, this.hits);
    } catch (reason) {
      if (request === this.#request) this.serverFailure = asFailure(reason);
    } finally {
      if (request === this.#request) this.asking = false;
    }
  }

  /** What the server did not answer, once more. */
  retryServer(): void {
    if (!this.answered || this.asking || this.refused !== null) return;
    if (this.#fromServer && this.serverFailure) {
      this.serverFailure = null;
      void this.more();
    } else if (!this.isComplete) void this.#askServer(this.#request);
  }

  /** The next page, as one comes close to the end. */
  async more(): Promise<void> {
    if (this.next === null || this.paging || this.serverFailure) return;
    const request = this.#request;
    const fromServer = this.#fromServer;
    const before = fromServer ? this.hits.slice(0, this.#settled) : this.hits;
    this.paging = true;
    try {
      const page = fromServer
        ? await this.core.searchServer(this.#shown, this.room, this.next)
        : await this.core.searchMessages(this.#shown, this.room, this.next);
      // Where the server has answered meanwhile, its own next page is another one.
      if (request !== this.#request || fromServer !== this.#fromServer) return;
      this.unreachable ||= page.is_offline;
      this.#take(before, page, this.hits.slice(before.length));
    } catch (reason) {
      if (request === this.#request) this.serverFailure = asFailure(reason);
    } finally {
      if (request === this.#request) this.paging = false;
    }
  }

  #take(before: readonly SearchHit[], page: SearchPage, after: readonly SearchHit[]): void {
    this.hits = join(before, page, after);
    this.#settled = join(before, page, []).length;
    this.next = page.next;
    this.isComplete = page.is_complete;
    this.answered = true;
  }

  #fail(failure: Failure): void {
    const filter = filterOf(failure);
    if (filter === null) {
      this.#clear();
      this.failure = failure;
    } else {
      this.#complaint = setTimeout(() => {
        this.#clear();
        this.refused = filter;
      }, COMPLAINT_MS);
    }
  }

  #clear(): void {
    this.hits = [];
    this.next = null;
    this.isComplete = true;
    this.unreachable = false;
    this.answered = false;
  }

  /** Nothing that was about to be done is done any more. */
  stop(): void {
    clearTimeout(this.#server);
    clearTimeout(this.#complaint);
  }
}
