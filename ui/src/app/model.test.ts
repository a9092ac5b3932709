import { expect, test, vi } from "vitest";
import { notice } from "$lib/notice.svelte";
import { locale } from "$lib/texts.svelte";
import { FakeCore } from "$lib/ipc/fake/core";
import { message, people } from "$lib/ipc/fake/conversation";
import type { Event, RoomItem } from "$lib/ipc/generated";
import { App } from "./model.svelte";

const said = (subscription: number, index: number, key: string, room: string): Event => ({
  type: "timeline",
  room,
  subscription,
  diffs: [{ op: "insert", index, item: message(key, people.luz, "Hello", new Date()) }],
  has_older: false,
});

test("what comes before the snapshot of its room is not lost", async () => {
  const core = new FakeCore();
  const app = new App(core);
  await app.start();
  const room = app.rooms[1]?.id ?? "";
  const opening = app.open(room);
  const length = 99;
  core.emit(said(2, length, "early", room));
  await opening;
  expect(app.timeline?.subscription).toBe(2);
  expect(app.timeline?.items.at(-1)?.key).toBe("early");
});

test("events of an earlier opening change nothing", async () => {
  const core = new FakeCore();
  const app = new App(core);
  await app.start();
  const before = app.timeline?.items.length;
  core.emit(said(77, 0, "stale", app.opening ?? ""));
  expect(app.timeline?.items.length).toBe(before);
});

test("of two rooms opened at once the last one stays", async () => {
  const app = new App(new FakeCore());
  await app.start();
  const [, second, third] = app.rooms;
  await Promise.all([app.open(second?.id ?? ""), app.open(third?.id ?? "")]);
  expect(app.timeline?.room).toBe(third?.id);
});

test("a marker moves only forward, and only while the window is looked at", async () => {
  const core = new FakeCore();
  const app = new App(core);
  await app.start();
  const reads = () => core.calls.filter(([name]) => name === "markRead").map((call) => call[2]);
  app.focus(false);
  app.timeline?.seen("m98");
  expect(reads()).toEqual([]);
  app.focus(true);
  app.timeline?.seen("m90");
  app.timeline?.seen("m88");
  app.timeline?.seen("m98");
  expect(reads()).toEqual([90, 98]);
});

test("a lost stream is taken anew, and signing out leaves nothing on screen", async () => {
  const core = new FakeCore();
  const app = new App(core);
  await app.start();
  core.emit({ type: "lagged" });
  await new Promise((resolve) => setTimeout(resolve));
  expect(app.rooms.length).toBe(50);
  await core.signOut();
  expect([app.rooms.length, app.timeline, app.opening]).toEqual([0, null, null]);
});

test("a refused choice is taken back and said", async () => {
  const app = new App(new FakeCore(new URLSearchParams("state=refused")));
  await app.start();
  await app.choose("es");
  expect(locale.current).toBe("en");
  expect(notice.text).toContain("language");
  expect(await app.setWorkOffline(true)).toBe(false);
  expect(notice.text).toContain("connected");
  notice.dismiss();
});

test("the next unread room is found up and down, round the end, and never the open one", async () => {
  const core = new FakeCore();
  const app = new App(core);
  await app.start();
  const unread = app.rooms.filter((room) => room.unread > 0).map((room) => room.id);
  expect(app.nextUnread(1)?.id).toBe(unread[0]);
  expect(app.nextUnread(-1)?.id).toBe(unread.at(-1));
  await app.open(unread.at(-1) ?? "");
  expect(app.nextUnread(1)?.id).toBe(unread[0]);
  app.close();
  expect([app.nextUnread(1)?.id, app.nextUnread(-1)?.id]).toEqual([unread[0], unread.at(-1)]);
});

test("who leaves the open room comes back to the list, who cannot stays", async () => {
  const app = new App(new FakeCore());
  await app.start();
  const room = app.opening ?? "";
  await app.leave(room);
  expect([app.opening, app.rooms.some((other) => other.id === room)]).toEqual([null, false]);
  expect(notice.text).toContain("Luz Herrera");
  await notice.undo?.();
  await vi.waitFor(() => expect(app.timeline?.room).toBe(room));
  expect([app.opening, app.rooms[0]?.id]).toEqual([room, room]);
  const held = new App(new FakeCore(new URLSearchParams("state=refused")));
  await held.start();
  await expect(held.leave(held.opening ?? "")).rejects.toMatchObject({ code: "offline" });
  expect(held.opening).not.toBeNull();
});

const away = async (more = "") => {
  const core = new FakeCore(new URLSearchParams(`state=away${more}`));
  const app = new App(core);
  await app.start();
  const room = app.opening ?? "";
  return {
    core,
    app,
    room,
    asked: () => core.calls.filter(([name]) => name === "openAt").map((call) => call.slice(1)),
  };
};

test("a message that is loaded is led to; one that is not is opened; the way back goes through both", async () => {
  const { app, room, asked } = await away();
  const first = app.timeline;
  await app.jump({ room, seq: 94 }, { room, seq: 97 });
  expect([app.timeline, app.timeline?.sought]).toEqual([first, "m94"]);
  await app.jump({ room, seq: 40 }, { room, seq: 94 });
  expect(asked()).toEqual([[room, 40]]);
  expect([app.timeline === first, app.timeline?.sought, app.timeline?.isAside]).toEqual([false, "m40", true]);
  expect(app.trail.map(({ seq }) => seq)).toEqual([97, 94]);
  await app.back();
  expect([app.timeline?.sought, app.trail.length]).toEqual(["m94", 1]);
  await app.back();
  expect([app.timeline?.sought, app.trail.length]).toEqual(["m97", 0]);
});

test("what cannot be opened leaves all as it was, and is said", async () => {
  const { app, room } = await away(",offline");
  const before = app.timeline;
  await app.jump({ room, seq: 40 }, { room, seq: 94 });
  expect([app.timeline, app.trail.length, app.jumping]).toEqual([before, 0, 0]);
  expect(notice.text).toContain("connection");
  notice.dismiss();
});

test("who goes elsewhere while a jump is on its way stays there, also in the core", async () => {
  const { app, core, room } = await away();
  let answer: () => void = () => undefined;
  const openAt = core.openAt.bind(core);
  core.openAt = async (room, seq) => {
    await new Promise<void>((resolve) => (answer = resolve));
    return openAt(room, seq);
  };
  const jump = app.jump({ room, seq: 40 }, null);
  const other = app.rooms[3]?.id ?? "";
  await app.open(other);
  answer();
  await jump;
  await vi.waitFor(() => expect(app.timeline?.subscription).toBe(4));
  expect([app.opening, app.timeline?.room]).toEqual([other, other]);
});

test("a link from outside leads to its message, unless it is among what is unread", async () => {
  const { app, core, room, asked } = await away();
  core.emit({ type: "open_room", room, seq: 98 });
  await vi.waitFor(() => expect(app.timeline?.sought).toBeNull());
  core.emit({ type: "open_room", room, seq: 40 });
  await vi.waitFor(() => expect(app.timeline?.sought).toBe("m40"));
  expect(asked()).toEqual([[room, 40]]);
});

test("a link of another server leads nowhere, and to a chat that one is not in neither", async () => {
  const { app, room, asked } = await away();
  const server = "https://recado.example.org";
  await app.follow({ room, seq: 40, server: "https://elsewhere.example" }, server, null);
  expect(notice.text).toContain("another server");
  await app.follow({ room: "r-none", seq: 40, server }, server, null);
  expect(notice.text).toContain("not in that chat");
  expect(asked()).toEqual([]);
  await app.follow({ room: "r-sierra", seq: null, server: null }, server, { room, seq: 90 });
  expect([app.opening, app.trail]).toEqual(["r-sierra", [{ room, seq: 90 }]]);
  notice.dismiss();
});

test("all rooms are marked as read by one call", async () => {
  const core = new FakeCore();
  const app = new App(core);
  await app.start();
  await app.markAllRead();
  expect(core.calls.filter(([name]) => name === "markAllRead").length).toBe(1);
  expect(app.rooms.some((room) => room.unread > 0)).toBe(false);
});

test("that somebody is here is told at most every ten seconds", async () => {
  const core = new FakeCore();
  const app = new App(core);
  const told = () => core.calls.filter(([name]) => name === "userActive").length;
  app.active();
  expect(told()).toBe(0);
  await app.start();
  const now = vi.spyOn(performance, "now").mockReturnValue(50_000);
  app.active();
  now.mockReturnValue(59_999);
  app.active();
  expect(told()).toBe(1);
  now.mockReturnValue(60_000);
  app.active();
  expect(told()).toBe(2);
  now.mockRestore();
});

test("how one is seen follows one's other devices, and a refused choice is taken back", async () => {
  const core = new FakeCore(new URLSearchParams("state=refused"));
  const app = new App(core);
  await app.start();
  core.emit({ type: "presence", presence: "dnd" });
  expect(app.presence).toBe("dnd");
  await app.setPresence("invisible");
  expect(app.presence).toBe("dnd");
  expect(notice.text).toContain("as before");
  notice.dismiss();
});

test("a link to a room that was followed waits to be asked about, and leads nowhere by itself", async () => {
  const core = new FakeCore();
  const app = new App(core);
  await app.start();
  const open = app.opening;
  core.emit({ type: "join_by_invite", server: "https://a.example", code: "3f9c", fingerprint: null, is_known: false });
  expect(app.invite).toEqual({ server: "https://a.example", code: "3f9c" });
  expect([app.opening, core.calls.some(([name]) => name === "joinByInvite")]).toEqual([open, false]);
});

test("keys go past what is archived", async () => {
  const core = new FakeCore(new URLSearchParams("state=archived"));
  const app = new App(core);
  await app.start();
  await app.open("r-juan");
  app.step(1);
  expect(app.opening).toBe(app.listed[3]?.id);
  expect(app.rooms.find((room) => room.id === app.opening)?.archived).toBe(false);
});

test("who comes back to a room is where they left it, unless something came since or they had read to the end", async () => {
  const core = new FakeCore();
  const app = new App(core);
  await app.start();
  const [first, second] = app.rooms;
  const back = async () => {
    await app.open(second?.id ?? "");
    await app.open(first?.id ?? "");
    return core.calls.findLast(([name]) => name === "openAt" || name === "openRoom")?.slice(0, 3);
  };
  expect(first?.unread).toBe(0);
  expect(await back()).toEqual(["openRoom", first?.id]);
  if (app.timeline) app.timeline.left = { key: "m90", below: 12 };
  expect(await back()).toEqual(["openAt", first?.id, 90]);
  expect([app.timeline?.left, app.timeline?.sought]).toEqual([{ key: "m90", below: 12 }, null]);
  const unread = (count: number) => {
    const item = { ...(first as RoomItem), unread: count };
    core.emit({ type: "rooms", diffs: [{ op: "update", index: 0, item }] });
  };
  // What one left unread is no news.
  unread(2);
  expect(await back()).toEqual(["openAt", first?.id, 90]);
  await app.open(second?.id ?? "");
  unread(3);
  await app.open(first?.id ?? "");
  expect(core.calls.findLast(([name]) => name === "openAt" || name === "openRoom")?.[0]).toBe("openRoom");
});
