import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { afterEach, expect, test, vi } from "vitest";
import { me, message, people, roomList } from "$lib/ipc/fake/conversation";
import { FakeCore, failure } from "$lib/ipc/fake/core";
import type { MessageItem } from "$lib/ipc/generated";
import type { Place } from "$lib/place";
import { notice } from "$lib/notice.svelte";
import { forgetIntents } from "../composer/intent.svelte";
import { Timeline } from "./timeline.svelte";
import TimelineView from "./TimelineView.svelte";

vi.mock("virtua/svelte", async () => ({ Virtualizer: (await import("$lib/testing/Virtualizer.svelte")).default }));

afterEach(() => {
  notice.dismiss();
  forgetIntents();
});

const now = new Date(2026, 10, 24, 12);
const at = (minute: number) => new Date(2026, 10, 24, 9, minute);

function show(
  more: Partial<MessageItem>[] = [{}, {}, {}],
  props: { trailed?: boolean; target?: string; room?: string; state?: string } = {},
) {
  const core = new FakeCore(new URLSearchParams(`state=${props.state ?? ""}`));
  const timeline = new Timeline(core, {
    room: props.room ?? "r",
    subscription: 1,
    items: more.map((change, index) =>
      message(`m${index + 1}`, index % 2 ? people.luz : me, `Text ${index + 1}`, at(index), change),
    ),
    has_older: false,
    first_unread: null,
    target: props.target ?? null,
    draft: "",
    participants: [],
  });
  const rooms = roomList(now);
  const forward = vi.fn(async () => "key");
  const server = "https://chat.example.org";
  const ways = {
    jump: vi.fn((to: Place) => timeline.lead(to.seq)),
    date: vi.fn(),
    unread: vi.fn(),
    link: vi.fn(),
    back: vi.fn(),
    settle: vi.fn(),
  };
  render(TimelineView, {
    timeline,
    room: rooms.find((room) => room.id === props.room) ?? rooms[0] ?? null,
    me: me.id,
    now,
    rooms,
    server,
    forward,
    go: ways,
    trailed: props.trailed ?? false,
  });
  const articles = screen.getAllByTestId("message");
  return { core, forward, ways, timeline, intent: timeline.intent, articles, log: screen.getByTestId("timeline") };
}
const key = (on: Element, name: string, more: KeyboardEventInit = {}) => fireEvent.keyDown(on, { key: name, ...more });
/** Goes there by keyboard. */
async function reach(articles: HTMLElement[], index: number): Promise<HTMLElement> {
  await key(articles[0] as Element, "Home");
  for (let at = 0; at < index; at += 1) {
    await waitFor(() => expect(focused()).toBe(`m${at + 1}`));
    await key(articles[at] as Element, "ArrowDown");
  }
  await waitFor(() => expect(focused()).toBe(`m${index + 1}`));
  return articles[index] as HTMLElement;
}
const focused = () => (document.activeElement as HTMLElement).dataset["key"];

test("the arrows go from message to message, and below the last one writes", async () => {
  const { articles, intent } = show();
  articles[2]?.focus();
  await key(articles[2] as Element, "ArrowUp");
  await waitFor(() => expect(focused()).toBe("m2"));
  await key(articles[1] as Element, "Home");
  await waitFor(() => expect(focused()).toBe("m1"));
  await key(articles[0] as Element, "ArrowUp");
  await waitFor(() => expect(focused()).toBe("m1"));
  await key(articles[0] as Element, "End");
  await waitFor(() => expect(focused()).toBe("m3"));
  await key(articles[2] as Element, "ArrowDown");
  expect(intent.called).toBe(1);
});

test("a key does to a message what its menu does; Escape goes back to the composer", async () => {
  const { articles, core, intent, log } = show();
  await key(articles[1] as Element, "r");
  expect(intent.reply).toBeNull();
  await key(await reach(articles, 1), "r");
  expect(intent.reply?.key).toBe("m2");
  await key(articles[1] as Element, "e");
  expect(intent.editing).toBeNull();
  await key(await reach(articles, 2), "E");
  expect(intent.editing?.key).toBe("m3");
  const before = intent.called;
  expect(await key(articles[0] as Element, "Escape")).toBe(false);
  expect(intent.called).toBe(before + 1);
  const deleted = () => core.calls.filter(([name]) => name === "deleteMessage").length;
  await key(articles[2] as Element, "Delete");
  expect(deleted()).toBe(1);
  // Who clicked on it since then wants to write.
  await fireEvent.pointerDown(log);
  await key(articles[2] as Element, "Delete");
  expect(deleted()).toBe(1);
});

test.each([
  ["Enter", (on: Element) => key(on, "Enter")],
  ["the Menu key", (on: Element) => key(on, "ContextMenu")],
  ["Shift+F10", (on: Element) => key(on, "F10", { shiftKey: true })],
  ["a right click", (on: Element) => fireEvent.contextMenu(on, { clientX: 9, clientY: 9 })],
])("%s opens the menu", async (_name, open) => {
  const { articles, intent } = show();
  expect(await open(articles[2] as Element)).toBe(false);
  const menu = await screen.findByTestId("message-menu");
  expect([...menu.querySelectorAll("[role=menuitem]")].map((item) => item.getAttribute("data-testid"))).toEqual(
    expect.arrayContaining(["menu-reply", "menu-edit", "menu-copy", "menu-delete"]),
  );
  await fireEvent.click(screen.getByTestId("menu-reply"));
  expect(intent.reply?.key).toBe("m3");
  await waitFor(() => expect(screen.queryByTestId("message-menu")).toBeNull());
});

test("a finger that stays opens the menu, one that moves does not", async () => {
  vi.useFakeTimers();
  const { articles } = show();
  const down = () =>
    fireEvent(articles[0] as Element, new MouseEvent("pointerdown", { bubbles: true, clientX: 5, clientY: 5 }));
  await down();
  await fireEvent(articles[0] as Element, new MouseEvent("pointercancel", { bubbles: true }));
  await vi.advanceTimersByTimeAsync(600);
  expect(screen.queryByTestId("message-menu")).toBeNull();
  await down();
  await vi.advanceTimersByTimeAsync(600);
  vi.useRealTimers();
  expect(await screen.findByTestId("message-menu")).toBeTruthy();
});

test("the bar comes with the pointer and goes with it", async () => {
  const { articles, intent } = show();
  expect(screen.queryByTestId("action-bar")).toBeNull();
  await fireEvent.pointerEnter(articles[1] as Element);
  const bar = screen.getByTestId("action-bar");
  expect(articles[1]?.contains(bar)).toBe(true);
  expect(screen.queryByTestId("action-edit")).toBeNull();
  await fireEvent.click(screen.getByTestId("action-reply"));
  expect(intent.reply?.key).toBe("m2");
  await fireEvent.pointerLeave(articles[1] as Element);
  expect(screen.queryByTestId("action-bar")).toBeNull();
});

test("what is not sent yet can be copied, what is deleted can do nothing", async () => {
  const { articles } = show([{ id: null, seq: null, delivery: { state: "sending" } }, { is_deleted: true }]);
  await key(articles[1] as Element, "Enter");
  expect(screen.queryByTestId("message-menu")).toBeNull();
  await key(articles[0] as Element, "Enter");
  const menu = await screen.findByTestId("message-menu");
  expect(menu.querySelectorAll("[role=menuitem]").length).toBe(1);
  expect(screen.getByTestId("menu-copy")).toBeTruthy();
});

test("a text is copied, and that is said", async () => {
  const writeText = vi.fn(async () => undefined);
  vi.stubGlobal("navigator", Object.assign(Object.create(navigator), { clipboard: { writeText } }));
  const { articles } = show();
  await key(await reach(articles, 1), "c");
  await waitFor(() => expect(notice.text).toBe("Copied."));
  expect(writeText).toHaveBeenCalledExactlyOnceWith("Text 2");
  vi.unstubAllGlobals();
});

test("an own message is deleted at once and that can be taken back", async () => {
  const { core, articles, timeline } = show();
  core.undo = vi.fn(async () => undefined);
  await key(await reach(articles, 0), "Delete");
  await waitFor(() => expect(notice.text).toBe("Message deleted"));
  expect(core.calls.filter(([name]) => name === "deleteMessage")).toEqual([["deleteMessage", "m1"]]);
  expect(timeline.intent.deleting).toBeNull();
  await waitFor(() => expect(focused()).toBe("m1"));
  await notice.undo?.();
  expect(core.undo).toHaveBeenCalledExactlyOnceWith("undo-m1");
  expect(notice.text).toBeNull();
});

test("a deletion that can no longer be taken back is told", async () => {
  const { core, articles } = show();
  core.undo = () => Promise.reject(failure("conflict"));
  await key(await reach(articles, 0), "Delete");
  await waitFor(() => expect(notice.undo).not.toBeNull());
  await notice.undo?.();
  expect(notice.text).toContain("too late");
});

test("a deletion that was refused is told", async () => {
  const { core, articles } = show();
  core.deleteMessage = () => Promise.reject(failure("forbidden"));
  await key(await reach(articles, 0), "Delete");
  await waitFor(() => expect(notice.text).toContain("not deleted"));
  expect(notice.undo).toBeNull();
});

test("a text that was emptied is asked about, with the focus on the way out", async () => {
  const { core, intent, articles } = show();
  const item = () => message("m1", me, "Text 1", at(0));
  expect(articles.length).toBe(3);
  intent.deleting = item();
  await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId("cancel-delete")));
  await fireEvent.click(screen.getByTestId("cancel-delete"));
  await waitFor(() => expect(screen.queryByTestId("confirm-delete")).toBeNull());
  intent.deleting = item();
  await fireEvent.click(await screen.findByTestId("confirm-delete"));
  expect(core.calls.filter(([name]) => name === "deleteMessage")).toEqual([["deleteMessage", "m1"]]);
});

const quote = (seq: number) => ({
  id: `m${seq}`,
  sender: { ...people.luz, avatar_url: null, rev: 0 },
  content: "Text 1",
  message_type: "text" as const,
  seq,
  is_deleted: false,
});

test("a quote leads to what it quotes, with the focus and a moment of light", async () => {
  const { articles, ways } = show([{}, { reply_to: quote(1) }]);
  await fireEvent.click(screen.getByTestId("quote"));
  expect(ways.jump).toHaveBeenCalledExactlyOnceWith({ room: "r", seq: 1 }, { room: "r", seq: 2 });
  await waitFor(() => expect(articles[0]?.classList.contains("flash")).toBe(true));
  expect(focused()).toBe("m1");
});

test("who is led here by keyboard goes on by keyboard, who clicked writes", async () => {
  const { articles, intent } = show([{}, { reply_to: quote(1) }]);
  await fireEvent.click(screen.getByTestId("quote"));
  await waitFor(() => expect(focused()).toBe("m1"));
  await key(articles[0] as Element, "r");
  expect(intent.reply).toBeNull();
  await reach(articles, 1);
  await fireEvent.click(screen.getByTestId("quote"));
  await waitFor(() => expect(focused()).toBe("m1"));
  await key(articles[0] as Element, "r");
  expect(intent.reply?.key).toBe("m1");
});

test("a room that is opened at a message shows it at once", async () => {
  const { articles } = show(undefined, { target: "m2" });
  await waitFor(() => expect(focused()).toBe("m2"));
  expect(articles[1]?.classList.contains("flash")).toBe(true);
});

test("there is a way back where one jumped, and only there", async () => {
  const { ways } = show(undefined, { trailed: true });
  await fireEvent.click(screen.getByTestId("jump-back"));
  expect(ways.back).toHaveBeenCalledOnce();
  cleanup();
  show();
  expect(screen.queryByTestId("jump-back")).toBeNull();
});

test("opened elsewhere, it leads to the first unread, until that is marked here", async () => {
  const { ways, articles } = show(undefined, { target: "m2", room: "r-sierra" });
  await fireEvent.click(screen.getByTestId("to-unread"));
  expect(ways.unread).toHaveBeenCalledOnce();
  await key(await reach(articles, 1), "u");
  await waitFor(() => expect(screen.queryByTestId("to-unread")).toBeNull());
  cleanup();
  show(undefined, { room: "r-sierra" });
  expect(screen.queryByTestId("to-unread")).toBeNull();
});

test("a link to a message leads there within the window, any other one out of it", async () => {
  const { core, ways } = show([
    { content: "recado://room/r-sierra/7?server=https%3A%2F%2Fchat.example.org" },
    { content: "recado://room/r-gone/7 https://example.org" },
  ]);
  const links = screen.getAllByRole("link");
  expect(links.map((link) => link.textContent)).toEqual([
    "Message in \u2068Sierra, Sunday\u2069",
    "Message in another chat",
    "https://example.org",
  ]);
  for (const link of links) await fireEvent.click(link);
  expect(ways.link.mock.calls[0]).toEqual([
    { room: "r-sierra", seq: 7, server: "https://chat.example.org" },
    { room: "r", seq: 1 },
  ]);
  expect(ways.link).toHaveBeenCalledTimes(2);
  expect(core.calls.filter(([name]) => name === "openLink")).toEqual([["openLink", "https://example.org"]]);
});

test("a day leads to another day, by its label and by a key", async () => {
  const { articles, ways } = show();
  await fireEvent.click(screen.getByTestId("day"));
  const field = await screen.findByTestId<HTMLInputElement>("jump-date-day");
  expect([field.value, field.max]).toEqual(["2026-11-24", "2026-11-24"]);
  await fireEvent.input(field, { target: { value: "2026-03-02" } });
  await fireEvent.submit(field.form as HTMLFormElement);
  expect(ways.date.mock.calls[0]?.[0]).toEqual(new Date(2026, 2, 2));
  await waitFor(() => expect(screen.queryByTestId("jump-date")).toBeNull());
  await key(await reach(articles, 1), "j");
  await fireEvent.click(await screen.findByTestId("jump-date-first"));
  expect(ways.date.mock.calls[1]?.[0]).toEqual(new Date(0));
  await waitFor(() => expect(focused()).toBe("m2"));
});

const given = (core: FakeCore) => core.calls.filter(([name]) => name === "setReaction").map((call) => call.slice(1));

test("a pill gives a reaction and takes it back, under the name that it has there", async () => {
  const { core } = show([
    {},
    {
      reactions: [
        { reaction_type: "like", user_ids: [people.luz.id] },
        { reaction_type: "🧥", user_ids: [me.id] },
      ],
    },
  ]);
  const [like, coat] = screen.getAllByTestId("reaction");
  await fireEvent.click(like as Element);
  await fireEvent.click(coat as Element);
  expect(given(core)).toEqual([
    ["m2", "like", true],
    ["m2", "🧥", false],
  ]);
});

test("plus offers six reactions and the way to all; one is given and the focus is back on the message", async () => {
  const { core, articles } = show();
  await key(await reach(articles, 1), "+", { shiftKey: true });
  await screen.findByTestId("react");
  const quick = screen.getAllByTestId("quick-reaction");
  expect(quick.length).toBe(6);
  expect(screen.getByTestId("more-emoji")).toBeTruthy();
  await fireEvent.click(quick[0] as Element);
  expect(given(core)).toEqual([["m2", quick[0]?.textContent, true]]);
  await waitFor(() => expect(focused()).toBe("m2"));
  expect(screen.queryByTestId("react")).toBeNull();
});

test("a reaction that was refused is told", async () => {
  const { core } = show([{ reactions: [{ reaction_type: "like", user_ids: [people.luz.id] }] }]);
  core.setReaction = () => Promise.reject(failure("offline"));
  await fireEvent.click(screen.getByTestId("reaction"));
  await waitFor(() => expect(notice.text).toContain("reaction"));
});

test("a text is forwarded to a room found by some of its letters", async () => {
  const { articles, forward } = show();
  await key(articles[1] as Element, "Enter");
  await fireEvent.click(await screen.findByTestId("menu-forward"));
  const search = await screen.findByTestId("forward-search");
  expect(screen.getAllByTestId("forward-room").length).toBe(40);
  await fireEvent.input(search, { target: { value: "harb" } });
  expect(screen.getAllByTestId("forward-room").map((button) => button.dataset["room"])).toEqual(["r-harbour"]);
  await fireEvent.keyDown(search, { key: "Enter" });
  expect(forward).toHaveBeenCalledExactlyOnceWith("r-harbour", "Text 2");
  await waitFor(() => expect(notice.text).toContain("Harbour office"));
  expect(screen.queryByTestId("forward-search")).toBeNull();
});

async function menuOf(article: Element | undefined): Promise<string[]> {
  await key(article as Element, "Enter");
  const menu = await screen.findByTestId("message-menu");
  return [...menu.querySelectorAll("[role=menuitem]")].map((item) => item.getAttribute("data-testid") ?? "");
}
const called = (core: FakeCore, name: string) =>
  core.calls.filter(([other]) => other === name).map((call) => call.slice(1));

test("what the room does not allow is not offered", async () => {
  const { core, timeline, articles } = show([{ is_edited: true }, { is_edited: true }], { room: "r-sierra" });
  await waitFor(() => expect(timeline.may("pin")).toBe(true));
  expect(await menuOf(articles[1])).toEqual(expect.arrayContaining(["menu-pin", "menu-history", "menu-delete"]));
  await key(document.activeElement as Element, "Escape");
  const info = await core.roomInfo("r-sierra");
  core.roomInfo = async () => ({ ...info, may: ["post"] });
  await timeline.loadInfo();
  const offered = await menuOf(articles[1]);
  expect(["menu-pin", "menu-history", "menu-delete"].filter((item) => offered.includes(item))).toEqual([]);
  await key(document.activeElement as Element, "Escape");
  expect(await menuOf(articles[0])).toEqual(expect.arrayContaining(["menu-history", "menu-delete"]));
});

test("others' messages are asked about before they are deleted", async () => {
  const { core, timeline, articles } = show(undefined, { room: "r-sierra" });
  await waitFor(() => expect(timeline.may("delete_others")).toBe(true));
  await key(await reach(articles, 1), "Delete");
  await fireEvent.click(await screen.findByTestId("confirm-delete"));
  await waitFor(() => expect(called(core, "deleteMessage")).toEqual([["m2"]]));
});

test("a key pins and unpins; what is refused is told", async () => {
  const { core, articles } = show([{ pinned: { by: people.luz, at: now.toISOString() } }, {}]);
  expect(screen.getByRole("img", { name: "Pinned by \u2068Luz Herrera\u2069" })).toBeTruthy();
  await key(await reach(articles, 1), "p");
  await waitFor(() => expect(notice.text).toContain("Pinned"));
  await key(await reach(articles, 0), "P");
  expect(called(core, "setPinned")).toEqual([
    ["r", "m2", true],
    ["r", "m1", false],
  ]);
  core.setPinned = () => Promise.reject(failure("forbidden"));
  await key(articles[0] as Element, "p");
  await waitFor(() => expect(notice.text).toContain("not allowed"));
});

test("the bar tells the last pin and leads to it, its list to each", async () => {
  const pin = (minute: number) => ({ pinned: { by: people.luz, at: at(minute).toISOString() } });
  const { core, timeline, ways } = show([pin(20), {}, pin(10)]);
  // Before all are known, those on hand.
  expect(screen.getByTestId("pinned-last").textContent).toContain("Text 1");
  expect(screen.getByTestId("pinned-all").textContent).toBe("2 pins");
  const further = message("m9", people.luz, "Further up", at(0), pin(30));
  core.pinnedMessages = async () => [further, message("m1", me, "Text 1", at(0), pin(20))];
  await timeline.loadPins();
  await waitFor(() => expect(screen.getByTestId("pinned-last").textContent).toContain("Further up"));
  await fireEvent.click(screen.getByTestId("pinned-last"));
  expect(ways.jump.mock.lastCall?.[0]).toEqual({ room: "r", seq: 9 });
  await fireEvent.click(screen.getByTestId("pinned-all"));
  const [, second] = await screen.findAllByTestId("pinned-message");
  await fireEvent.click(second as Element);
  expect(ways.jump.mock.lastCall?.[0]).toEqual({ room: "r", seq: 1 });
});

test("pins that could not be asked for are told in their list, and asked for again", async () => {
  const { core, timeline } = show([{ pinned: { by: people.luz, at: at(20).toISOString() } }], { state: "broken-pins" });
  await waitFor(() => expect(timeline.pinsFailure).not.toBeNull());
  await fireEvent.click(screen.getByTestId("pinned-all"));
  expect((await screen.findByRole("alert")).textContent).toContain("busy");
  core.pinnedMessages = async () => [];
  await fireEvent.click(screen.getByTestId("retry-load"));
  await waitFor(() => expect(screen.getByText("Nothing is pinned here.")).toBeTruthy());
});

test("from here it is unread, and stays so while it is on screen", async () => {
  const { core, timeline, articles } = show();
  await waitFor(() => expect(called(core, "markRead")).toEqual([["r", 3]]));
  await key(await reach(articles, 1), "u");
  await waitFor(() => expect(screen.getByTestId("unread-line")).toBeTruthy());
  expect(called(core, "markUnread")).toEqual([["r", 2]]);
  timeline.seen("m3");
  expect(called(core, "markRead").length).toBe(1);
});

test("earlier versions come the latest first, each with the time from which it stood", async () => {
  const { core } = show([{ is_edited: true, content: "Third" }]);
  core.editHistory = vi
    .fn()
    .mockRejectedValueOnce(failure("offline"))
    .mockResolvedValue([
      { content: "First", edited_at: at(10).toISOString() },
      { content: "Second", edited_at: at(20).toISOString() },
    ]);
  await fireEvent.click(screen.getByTestId("edited"));
  expect((await screen.findByRole("alert")).textContent).toContain("connection");
  await fireEvent.click(screen.getByTestId("retry-load"));
  const list = await screen.findByTestId("versions");
  expect([...list.children].map((item) => item.textContent?.replaceAll(/\s+/gu, " ").trim())).toEqual([
    "09:20 Now Third",
    "09:10 Second",
    "09:00 As first sent First",
  ]);
});

test("who has read is told in the menu and by name, in rooms that are small enough", async () => {
  const { articles } = show(undefined, { room: "r-sierra" });
  expect(await menuOf(articles[0])).toContain("menu-read-by");
  const item = screen.getByTestId("menu-read-by");
  await waitFor(() => expect(item.textContent).toContain("Read by 4"));
  await fireEvent.click(item);
  expect((await screen.findAllByTestId("reader")).length).toBe(4);
  cleanup();
  for (const room of ["r-all", "r-luz"]) {
    expect(await menuOf(show(undefined, { room }).articles[0])).not.toContain("menu-read-by");
    cleanup();
  }
});

test("why nobody is told to have read", async () => {
  for (const [state, words] of [
    ["unseen", "Nobody"],
    ["unshared", "to yourself"],
  ] as const) {
    const { articles } = show(undefined, { room: "r-sierra", state });
    await menuOf(articles[0]);
    await fireEvent.click(screen.getByTestId("menu-read-by"));
    expect((await screen.findByTestId("no-readers")).textContent).toContain(words);
    cleanup();
  }
});

test("a mention stands out, of oneself the more; of nobody here it is text; of everyone where the sender may", async () => {
  const content = "@LUZ @ana @nobody @room";
  const { timeline } = show([{ content }, { content }], { room: "r-sierra" });
  await waitFor(() => expect(timeline.info).not.toBeNull());
  const told = () =>
    screen
      .getAllByTestId("message")
      .map((article) =>
        [...article.querySelectorAll("[data-testid=mention]")]
          .map((mention) => `${mention.textContent}${mention.classList.contains("me") ? "!" : ""}`)
          .join(" "),
      );
  // Luz, who wrote the second, is a member there.
  await waitFor(() => expect(told()).toEqual(["@LUZ @ana! @room!", "@LUZ @ana!"]));
});
