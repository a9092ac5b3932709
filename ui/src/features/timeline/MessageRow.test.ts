import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";
import { me, message, people } from "$lib/ipc/fake/conversation";
import { failure } from "$lib/ipc/fake/core";
import type { Delivery, MessageItem } from "$lib/ipc/generated";
import { card } from "../person/card.svelte";
import MessageRow from "./MessageRow.svelte";

function show(more: Partial<MessageItem> = {}, sender = me, content = "Hello", props = {}) {
  const actions = { retry: vi.fn(), discard: vi.fn(), openLink: vi.fn() };
  const item = message("m1", sender, content, new Date(2026, 10, 24, 9, 5), more);
  const row = { kind: "message", key: item.key, message: item, head: true, tail: true } as const;
  render(MessageRow, { row, bubbles: false, me: me.id, actions, name: () => people.luz.display_name, ...props });
  return { actions, article: screen.getByTestId("message") };
}

test.each([
  [{ state: "sending" }, "Sending"],
  [{ state: "sent" }, "Sent"],
  [{ state: "read", by: 1 }, "Read"],
] satisfies [Delivery, string][])("an own message says how far it came: %o", (delivery, words) => {
  const { article } = show({ delivery });
  expect(article.dataset["state"]).toBe(delivery.state);
  expect(screen.getByRole("img", { name: words })).toBeTruthy();
});

test("a failed one says why, and can be sent again or deleted", async () => {
  const { article, actions } = show({ delivery: { state: "failed", failure: failure("forbidden") } });
  expect(article.dataset["state"]).toBe("failed");
  expect(screen.getByRole("alert").textContent).toContain("not allowed");
  await fireEvent.click(screen.getByTestId("retry-message"));
  await fireEvent.click(screen.getByTestId("discard-message"));
  expect([actions.retry, actions.discard].map((call) => call.mock.calls)).toEqual([[["m1"]], [["m1"]]]);
});

test("one of someone else has a name and no ticks", () => {
  const { article } = show({}, people.luz);
  expect(article.dataset["state"]).toBe("received");
  expect(article.textContent).toContain("Luz Herrera");
  expect(screen.queryByRole("img")).toBeNull();
});

test("a deleted one keeps its place and says no more than that", () => {
  const { article } = show({ is_deleted: true }, people.luz, "");
  expect(article.textContent).toContain("Message deleted");
});

test("a reply shows whom and what it answers, also when that is gone", () => {
  const sender = { ...people.luz, avatar_url: null, rev: 0 };
  const quote = { id: "m0", sender, content: "When?", message_type: "text", seq: 1, is_deleted: false } as const;
  const { article } = show({ reply_to: quote });
  expect(article.querySelector("blockquote")?.textContent).toMatch(/Luz Herrera\s*When\?/u);
  cleanup();
  const gone = show({ reply_to: { ...quote, content: "", is_deleted: true } });
  expect(gone.article.querySelector("blockquote")?.textContent).toContain("Message deleted");
});

test("reactions are emoji to the eye and words to the ear, own ones marked", () => {
  show({
    reactions: [
      { reaction_type: "love", user_ids: [people.luz.id, me.id] },
      { reaction_type: "🧥", user_ids: [people.luz.id] },
    ],
  });
  const [love, coat] = screen.getAllByTestId("reaction");
  expect(love?.querySelector("[aria-hidden]")?.textContent).toBe("❤️ 2");
  expect(love?.querySelector(".visually-hidden")?.textContent).toBe("Love: You and \u2068Luz Herrera\u2069");
  expect([love, coat].map((pill) => pill?.getAttribute("aria-pressed"))).toEqual(["true", "false"]);
  expect([love, coat].map((pill) => pill?.classList.contains("mine"))).toEqual([true, false]);
});

test("a link opens outside, never in the window", async () => {
  const { actions } = show({}, people.luz, "See https://example.org.");
  expect(await fireEvent.click(screen.getByRole("link"))).toBe(false);
  expect(actions.openLink).toHaveBeenCalledExactlyOnceWith("https://example.org");
});

test("a change that was refused says why; it can be tried again, worked on or discarded", async () => {
  const onagain = vi.fn();
  const failed = { key: "c1", change: "edit", content: "See you at nine", failure: failure("forbidden") } as const;
  const { actions } = show({ failed }, me, "See you at six", { onagain });
  expect(screen.getByTestId("change-failed").textContent).toMatch(/was not saved.*not allowed/su);
  for (const way of ["retry-change", "edit-again", "discard-change"]) await fireEvent.click(screen.getByTestId(way));
  expect([actions.retry, onagain, actions.discard].map((call) => call.mock.calls)).toEqual([
    [["c1"]],
    [["See you at nine"]],
    [["c1"]],
  ]);
});

test("who wrote and who is mentioned have a card, for the pointer and by keyboard", async () => {
  const person = (name: string) => (name === "juan" ? people.juan.id : null);
  const called = (name: string) => (name === "room" || name === "juan" ? ("other" as const) : null);
  const { article } = show({}, people.luz, "ask @juan and @room", { person, called });
  const sender = screen.getByTestId("sender");
  // Reached by Tab from its message, not from elsewhere.
  expect(sender.tabIndex).toBe(-1);
  vi.spyOn(article, "matches").mockReturnValue(true);
  await fireEvent.focusIn(article);
  expect(sender.tabIndex).toBe(0);
  await fireEvent.click(sender);
  expect(card.shown).toEqual({ user: people.luz.id, anchor: sender });
  card.close();
  const [juan, room] = screen.getAllByTestId("mention");
  expect([juan?.getAttribute("role"), juan?.tabIndex, room?.getAttribute("role")]).toEqual(["button", 0, null]);
  await fireEvent.keyDown(juan as Element, { key: "Enter" });
  expect(card.shown?.user).toBe(people.juan.id);
  card.close();
  await fireEvent.click(screen.getByTestId("sender-picture"));
  expect(card.shown?.user).toBe(people.luz.id);
  card.close();
});
