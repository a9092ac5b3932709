// Plays the core inside the page, for looking at screens and for tests. Never in a production build.
import type {
  Commands,
  Connection,
  Event,
  Language,
  Lock,
  MessageItem,
  MyRoomPatch,
  RoomItem,
  Session,
  Startup,
  TimelineItem,
  TimelineSnapshot,
} from "$lib/ipc/generated";
import { conversation, formatted, hostile, me, message, people, plainly, roomList } from "./conversation";
import { failure } from "./failure";
import { FakePeople } from "./people";
import { search } from "./search";
import { story, storyRooms } from "./story";

export { failure };

function pinnedLike(item: TimelineItem): TimelineItem {
  const by = { m30: people.luz, m88: people.marta, m97: me }[item.key];
  if (item.kind !== "message" || !by) return item;
  return { ...item, pinned: { by, at: new Date(Date.parse(item.at) + 600_000).toISOString() } };
}

const never = new Promise<never>(() => undefined);

export class FakeCore extends FakePeople implements Commands {
  #emit: (event: Event) => void = () => undefined;
  #rooms: RoomItem[];
  #items: TimelineItem[] = [];
  #open: string | null = null;
  #subscription = 0;
  #next = 200;
  #language: Language | null;

  constructor(private readonly options: URLSearchParams = new URLSearchParams()) {
    super();
    this.#language = options.get("lang") as Language | null;
    this.#rooms = this.#is("empty") ? [] : roomList(new Date());
    if (this.#is("story")) this.#rooms = storyRooms(new Date(), this.#language ?? "en");
    if (this.#is("archived"))
      this.#rooms = this.#rooms.map((room, at) => (at > 2 && at < 6 ? { ...room, archived: true } : room));
    if (this.#is("all-archived")) this.#rooms = this.#rooms.slice(0, 3).map((room) => ({ ...room, archived: true }));
  }

  #is(state: string): boolean {
    return (this.options.get("state") ?? "").split(",").includes(state);
  }

  protected is(state: string): boolean {
    return this.#is(state);
  }

  #note(name: string, ...args: unknown[]): void {
    this.note(name, ...args);
  }

  protected room(id: string): RoomItem | undefined {
    return this.#rooms.find((item) => item.id === id);
  }

  emit(event: Event): void {
    this.#emit(event);
  }

  #session(): Session {
    if (this.#is("signed-out")) return { state: "signed_out", server: this.options.get("server"), reason: null };
    if (this.#is("ended"))
      return { state: "signed_out", server: "https://recado.example.org", reason: "session_ended" };
    const lock = this.options.get("lock") as Lock | null;
    if (lock) return { state: "locked", lock };
    return { state: "signed_in", me, server: "https://recado.example.org", is_admin: true };
  }

  #connection(): Connection {
    if (this.#is("offline")) return { state: "offline", attempt: 3, retry_in_ms: 8_000 };
    if (this.#is("unreachable")) return { state: "unreachable", retry_in_ms: 30_000 };
    if (this.#is("working-offline")) return { state: "working_offline" };
    if (this.#is("connecting")) return { state: "connecting" };
    return { state: "online" };
  }

  async start(onEvent: (event: Event) => void): Promise<Startup> {
    this.#emit = onEvent;
    if (this.#is("loading")) return never;
    if (this.#is("broken")) throw failure("storage");
    const invite = this.options.get("invite");
    if (invite !== null) {
      const server = this.#is("elsewhere") ? "https://sierra.example.org" : "https://recado.example.org";
      const known = !this.#is("elsewhere");
      setTimeout(() => onEvent({ type: "join_by_invite", server, code: invite, fingerprint: null, is_known: known }));
    }
    const session = this.#session();
    const first = this.#rooms[Number(this.options.get("room") ?? 0)];
    const opens = session.state === "signed_in" && first && !this.#is("no-room");
    return {
      session,
      connection: this.#connection(),
      presence: "online",
      rooms: session.state === "signed_in" ? this.#rooms : [],
      timeline: opens ? this.#snapshot(first) : null,
    };
  }

  #conversation(room: RoomItem): TimelineItem[] {
    const now = new Date();
    return this.#is("story") ? story(now, room, this.#language ?? "en") : conversation(now, room);
  }

  #snapshot(room: RoomItem, target: (item: MessageItem) => boolean = () => false): TimelineSnapshot {
    this.#open = room.id;
    this.#items = room.last_message && !this.#is("quiet") ? this.#conversation(room) : [];
    if (this.#is("failed")) {
      const failed = { state: "failed", failure: failure("forbidden") } as const;
      this.#items.push(
        message("m198", me, "This one was refused.", new Date(), { id: null, seq: null, delivery: failed }),
        message("m199", me, "This one waits.", new Date(), { id: null, seq: null, delivery: { state: "sending" } }),
      );
    }
    if (this.#is("change-refused")) {
      const failed = {
        key: "c1",
        change: "edit",
        content: "I leave at nine then.",
        failure: failure("forbidden"),
      } as const;
      this.#items = this.#items.map((item) => (item.key === "m96" ? { ...item, failed } : item));
    }
    if (this.#is("pins")) this.#items = this.#items.map((item) => pinnedLike(item));
    if (this.#is("markup")) this.#items.push(...formatted(new Date()));
    if (this.#is("hostile")) this.#items.push(...hostile(new Date()));
    if (this.#is("gap")) this.#items.splice(40, 0, { kind: "gap", key: "gap:40" });
    if (this.#is("short")) this.#items = this.#items.slice(-12);
    if (this.#is("away")) this.#items = this.#partOf(this.#items, target);
    const unread =
      this.#is("unread") && !this.#items.some((item) => item.kind === "message" && target(item))
        ? this.#items.at(-12)
        : undefined;
    return {
      room: room.id,
      subscription: ++this.#subscription,
      items: [...this.#items],
      has_older: this.#items.length > 0,
      first_unread: unread?.key ?? null,
      target: this.#items.find((item) => item.kind === "message" && target(item))?.key ?? null,
      draft: room.draft ?? "",
      participants: Object.values(people),
    };
  }

  /** The newest messages and, where one is led further up, those around that place; the last answer quotes the eighth. */
  #partOf(items: TimelineItem[], target: (item: MessageItem) => boolean): TimelineItem[] {
    const all = items.map((item) =>
      item.kind === "message" && item.key === "m94" && item.reply_to
        ? { ...item, reply_to: { ...item.reply_to, seq: 8, id: "m8" } }
        : item,
    );
    const newest = all.slice(-40);
    const at = all.findIndex((item) => item.kind === "message" && target(item));
    if (at < 0 || at >= all.length - newest.length) return newest;
    return [...all.slice(Math.max(0, at - 20), at + 20), { kind: "gap", key: `gap:${at + 20}` }, ...newest];
  }

  #timeline(op: "insert" | "update", item: TimelineItem): void {
    const found = this.#items.findIndex((old) => old.key === item.key);
    const index = op === "insert" ? this.#items.length : found;
    if (op === "insert") this.#items.push(item);
    else this.#items[index] = item;
    this.#emit({
      type: "timeline",
      room: this.#open ?? "",
      subscription: this.#subscription,
      diffs: [{ op, index, item }],
      has_older: true,
    });
  }

  async checkServer(url: string) {
    this.#note("checkServer", url);
    if (url.includes("nowhere")) throw failure("unreachable", "url");
    if (url.startsWith("http://") && !this.calls.some(([name]) => name === "confirmInsecureServer")) {
      throw failure("insecure_server", "url");
    }
    return {
      url: `https://${url.replace(/^https?:\/\//, "")}`,
      name: "Sierra",
      version: "0.1.0",
      registration: (this.options.get("registration") ?? "open") as "open",
      is_new: this.#is("new-server"),
      needs_setup_code: this.#is("new-server"),
    };
  }
  async confirmInsecureServer(url: string) {
    this.#note("confirmInsecureServer", url);
  }
  async register(url: string, account: { username: string }) {
    this.#note("register", url, account);
    if (account.username === "juan") throw failure("username_taken", "username");
    this.#enter();
  }
  async signIn(url: string, username: string, password: string) {
    this.#note("signIn", url, username, password);
    if (password === "wrong-password") throw failure("bad_credentials");
    this.#enter();
  }
  #enter() {
    this.#emit({
      type: "session",
      session: { state: "signed_in", me, server: "https://recado.example.org", is_admin: true },
    });
    this.#emit({ type: "rooms", diffs: [{ op: "reset", items: this.#rooms }] });
    this.#emit({ type: "connection", connection: { state: "online" } });
  }
  async signOut() {
    this.#emit({ type: "session", session: { state: "signed_out", server: null, reason: null } });
  }
  async outboxLen() {
    return this.#is("unsent") ? 3 : 0;
  }
  async unlock(passphrase: string | null) {
    this.#note("unlock", passphrase);
    if (passphrase === null) throw failure("keyring_unavailable");
    if (passphrase !== "correct horse") throw failure("wrong_passphrase");
    this.#enter();
  }
  async newPassphrase() {
    this.#enter();
  }
  async rebuildCache() {
    this.#enter();
  }
  async openRoom(room: string) {
    this.#note("openRoom", room);
    if (this.#is("slow-room")) return never;
    if (this.#is("broken-room")) throw failure("storage");
    const found = this.#rooms.find((item) => item.id === room);
    if (!found) throw failure("not_found");
    return this.#snapshot(found);
  }
  async openAt(room: string, seq: number) {
    this.#note("openAt", room, seq);
    return this.#opened(room, (item) => item.seq === seq);
  }
  async openAtDate(room: string, at: string) {
    this.#note("openAtDate", room, at);
    return this.#opened(room, (item) => item.at >= at);
  }
  async #opened(room: string, target: (item: MessageItem) => boolean) {
    if (this.#is("slow-jump")) return never;
    if (this.#is("offline")) throw failure("offline");
    const found = this.#rooms.find((item) => item.id === room);
    if (!found) throw failure("not_found");
    return this.#snapshot(found, target);
  }
  async closeRoom() {
    this.#open = null;
  }
  async loadOlder(room: string) {
    this.#note("loadOlder", room);
    if (this.#is("offline")) throw failure("offline");
    const first = this.#items.find((item) => item.kind === "message");
    const end = new Date(first?.kind === "message" ? first.at : 0).getTime();
    const page = Array.from({ length: 30 }, (_, at) =>
      message(
        `old${this.#next++}`,
        at % 3 ? people.luz : me,
        `From before, ${at + 1}`,
        new Date(end - (31 - at) * 600_000),
      ),
    );
    this.#items.unshift(...page);
    const diffs = page.map((item, index) => ({ op: "insert", index, item }) as const);
    this.#emit({ type: "timeline", room, subscription: this.#subscription, diffs, has_older: this.#next < 350 });
  }
  async loadGap(room: string, key: string) {
    this.#note("loadGap", room, key);
    if (this.#is("offline")) throw failure("offline");
    await new Promise((resolve) => setTimeout(resolve, 300));
    if (this.#is("broken-gap")) throw failure("unavailable");
    const at = this.#items.findIndex((item) => item.key === key);
    const next = this.#items[at + 1];
    const end = new Date(next?.kind === "message" ? next.at : 0).getTime();
    const page = Array.from({ length: 20 }, (_, index) =>
      message(`gap${index}`, people.luz, `From between, ${index + 1}`, new Date(end - (21 - index) * 60_000)),
    );
    this.#items.splice(at, 1, ...page);
    const diffs = [
      { op: "remove", index: at } as const,
      ...page.map((item, index) => ({ op: "insert", index: at + index, item }) as const),
    ];
    this.#emit({ type: "timeline", room, subscription: this.#subscription, diffs, has_older: true });
  }
  async sendMessage(_room: string, content: string, replyTo: string | null) {
    const key = `m${this.#next++}`;
    this.#note("sendMessage", content, replyTo);
    const answered = this.#items.find((item) => item.kind === "message" && item.id === replyTo);
    const reply_to =
      answered?.kind === "message"
        ? {
            ...answered,
            id: answered.key,
            content: answered.preview,
            seq: answered.seq ?? 0,
            sender: { ...answered.sender, avatar_url: null, rev: 0 },
          }
        : null;
    const echo = message(key, me, content, new Date(), {
      id: null,
      seq: null,
      reply_to,
      delivery: { state: "sending" },
    });
    this.#timeline("insert", echo);
    const step = (delivery: MessageItem["delivery"], after: number) =>
      setTimeout(() => this.#timeline("update", { ...echo, id: key, seq: this.#next, delivery }), after);
    step({ state: "sent" }, 300);
    step({ state: "read", by: 1 }, 1_200);
    return key;
  }
  async retryMessage(_room: string, key: string) {
    this.#note("retryMessage", key);
    if (this.#is("refused")) throw failure("storage");
  }
  async discardMessage(_room: string, key: string) {
    this.#note("discardMessage", key);
    if (this.#is("refused")) throw failure("storage");
  }
  async editMessage(_room: string, id: string, content: string) {
    this.#note("editMessage", id, content);
    if (this.#is("refused")) throw failure("forbidden");
    this.#change(id, { content, preview: plainly(content), is_edited: true });
  }
  async deleteMessage(_room: string, id: string) {
    this.#note("deleteMessage", id);
    if (this.#is("refused")) throw failure("forbidden");
    const before = this.#items.find((old) => old.kind === "message" && old.id === id);
    this.#change(id, { content: "", preview: "", is_deleted: true, reply_to: null, reactions: [] });
    return this.#held(`undo-${id}`, () => before && this.#timeline("update", before));
  }
  #undo = new Map<string, () => void>();
  #held(token: string, undo: () => void): string {
    this.#undo.set(token, undo);
    return token;
  }
  async undo(token: string) {
    this.#note("undo", token);
    const undo = this.#undo.get(token);
    if (!undo || this.#is("late")) throw failure("conflict");
    this.#undo.delete(token);
    undo();
  }
  async editHistory() {
    if (this.#is("slow-answers")) return never;
    if (this.#is("offline")) throw failure("offline");
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    return [
      { content: "Got it", edited_at: ago(39) },
      { content: "Got it, **many** thanks", edited_at: ago(20) },
    ];
  }
  #change(id: string, to: Partial<MessageItem>) {
    const item = this.#items.find((old) => old.kind === "message" && old.id === id);
    if (item?.kind === "message") this.#timeline("update", { ...item, ...to });
  }
  async setReaction(_room: string, id: string, type: string, added: boolean) {
    this.#note("setReaction", id, type, added);
    if (this.#is("refused")) throw failure("forbidden");
    const item = this.#items.find((old) => old.kind === "message" && old.id === id);
    if (item?.kind !== "message") return;
    const given = item.reactions.find((reaction) => reaction.reaction_type === type)?.user_ids ?? [];
    const user_ids = added ? [...given, me.id] : given.filter((user) => user !== me.id);
    const changed = { reaction_type: type, user_ids };
    const reactions = item.reactions.map((reaction) => (reaction.reaction_type === type ? changed : reaction));
    if (!reactions.includes(changed)) reactions.push(changed);
    this.#change(id, { reactions: reactions.filter((reaction) => reaction.user_ids.length > 0) });
  }
  async setPinned(room: string, id: string, pinned: boolean) {
    this.#note("setPinned", room, id, pinned);
    if (this.#is("refused")) throw failure("forbidden");
    const item = this.#items.find((item) => item.kind === "message" && item.id === id);
    if (item?.kind !== "message") return;
    this.#timeline("update", { ...item, pinned: pinned ? { by: me, at: new Date().toISOString() } : null });
  }
  async pinnedMessages() {
    if (this.#is("broken-pins")) throw failure("unavailable");
    const pinned = this.#items.filter((item) => item.kind === "message").filter((item) => item.pinned !== null);
    return pinned.sort((a, b) => (b.pinned?.at ?? "").localeCompare(a.pinned?.at ?? ""));
  }
  async markRead(room: string, seq: number) {
    this.#note("markRead", room, seq);
    const index = this.#rooms.findIndex((item) => item.id === room);
    const old = this.#rooms[index];
    if (!old?.unread) return;
    const item = { ...old, unread: 0, mentions: 0 };
    this.#rooms[index] = item;
    this.#emit({ type: "rooms", diffs: [{ op: "update", index, item }] });
  }
  async setMyRoom(room: string, patch: MyRoomPatch) {
    this.#note("setMyRoom", room, patch);
    if (!this.room(room)) throw failure("not_found");
    const { nickname } = patch;
    const title = nickname === undefined ? {} : { title: nickname ?? this.room(room)?.peer?.display_name ?? "" };
    this.change(room, { ...patch, ...title });
  }
  protected change(room: string, to: Partial<RoomItem>) {
    const index = this.#rooms.findIndex((item) => item.id === room);
    const old = this.#rooms[index];
    if (!old) return;
    const item = { ...old, ...to };
    item.muted = item.notifications === "none" || (item.muted_until ?? "") > new Date().toISOString();
    this.#rooms[index] = item;
    // Behind the favourites the order stays.
    this.#rooms.sort((a, b) => Number(b.favourite) - Number(a.favourite));
    this.#emit({ type: "rooms", diffs: [{ op: "reset", items: this.#rooms }] });
  }
  async markAllRead() {
    this.#note("markAllRead");
    if (this.#is("refused")) throw failure("storage");
    const items = this.#rooms.map((room) => ({ ...room, unread: 0, mentions: 0 }));
    this.#rooms = items;
    this.#emit({ type: "rooms", diffs: [{ op: "reset", items }] });
  }
  async markUnread(room: string, seq: number) {
    this.#note("markUnread", room, seq);
    if (this.#is("refused")) throw failure("storage");
    const index = this.#rooms.findIndex((item) => item.id === room);
    const old = this.#rooms[index];
    if (!old) return;
    const after = this.#items.filter((item) => item.kind === "message" && !item.is_own && (item.seq ?? 0) >= seq);
    const item = { ...old, unread: after.length };
    this.#rooms[index] = item;
    this.#emit({ type: "rooms", diffs: [{ op: "update", index, item }] });
  }
  async readBy() {
    if (this.#is("slow-answers")) return never;
    if (this.#is("unseen") || this.#is("unshared")) return [];
    const readers = [people.luz, people.marta, people.noor, people.ivan];
    return readers.map((person, at) => ({
      person,
      at: at === 3 ? null : new Date(Date.now() - (3 - at) * 7 * 60_000).toISOString(),
    }));
  }
  async readReceipts() {
    if (this.#is("offline")) throw failure("offline");
    return !this.#is("unshared");
  }
  async setReadReceipts(on: boolean) {
    this.#note("setReadReceipts", on);
    if (this.#is("refused")) throw failure("unavailable");
  }
  async setTyping(room: string, typing: boolean) {
    this.#note("setTyping", room, typing);
  }
  async saveDraft(room: string, text: string) {
    this.#note("saveDraft", room, text);
  }
  async searchMessages(query: string, room: string | null, cursor: string | null) {
    this.#note("searchMessages", query, room, cursor);
    if (this.#is("broken-search")) throw failure("storage");
    return {
      ...search(this.#rooms, (item) => this.#conversation(item), query, room, cursor, false),
      is_complete: this.#is("all-held"),
    };
  }
  async searchServer(query: string, room: string | null, cursor: string | null) {
    this.#note("searchServer", query, room, cursor);
    if (this.#is("slow-search")) return never;
    return search(
      this.#rooms,
      (item) => this.#conversation(item),
      query,
      room,
      cursor,
      this.#connection().state !== "online",
    );
  }
  async searchPeople(query: string) {
    if (this.#is("broken-search")) throw failure("unreachable");
    const all = Object.values(people).filter((person) => person.id !== me.id);
    return all.filter((person) =>
      `${person.username} ${person.display_name}`.toLowerCase().includes(query.toLowerCase()),
    );
  }
  async createRoom() {
    return this.#rooms[1]?.id ?? "";
  }
  async directory(query: string) {
    if (this.#is("empty")) return [];
    const all = [
      { id: "r-all", name: "Everyone", participant_count: 214 },
      { id: "d-2", name: "Book club", participant_count: 1 },
    ];
    return all.filter(({ name }) => name.toLowerCase().includes(query.toLowerCase()));
  }
  async joinRoom() {}
  async leaveRoom(room: string) {
    this.#note("leaveRoom", room);
    if (this.#is("refused")) throw failure("offline");
    const index = this.#rooms.findIndex((item) => item.id === room);
    const [item] = this.#rooms.splice(index, 1);
    this.#emit({ type: "rooms", diffs: [{ op: "remove", index }] });
    return this.#held(`leave-${room}`, () => {
      if (!item) return;
      this.#rooms.splice(index, 0, item);
      this.#emit({ type: "rooms", diffs: [{ op: "insert", index, item }] });
    });
  }
  async setWorkOffline(on: boolean) {
    if (this.#is("refused")) throw failure("storage");
    this.#emit({ type: "connection", connection: { state: on ? "working_offline" : "online" } });
  }
  async retryNow() {
    this.#emit({ type: "connection", connection: { state: "connecting" } });
    setTimeout(() => this.#emit({ type: "connection", connection: { state: "online" } }), 600);
  }
  async networkChanged() {}
  async setView(room: string | null, focused: boolean) {
    this.#note("setView", room, focused);
  }
  async openLink(url: string) {
    this.#note("openLink", url);
  }
  async copyText(text: string) {
    this.#note("copyText", text);
    await navigator.clipboard.writeText(text);
  }
  async setLanguage(language: Language | null) {
    if (this.#is("refused")) throw failure("storage");
    this.#language = language;
  }
  async preferences() {
    return { language: this.#language, system_language: "en" as const, profile: "default", version: "0.1.0" };
  }
}
