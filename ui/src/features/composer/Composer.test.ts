import { fireEvent, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { me, message, people, roomList } from "$lib/ipc/fake/conversation";
import { failure } from "$lib/ipc/fake/core";
import { notice } from "$lib/notice.svelte";
import Composer from "./Composer.svelte";
import { Intent } from "./intent.svelte";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  notice.dismiss();
  vi.useRealTimers();
});

function compose(draft = "") {
  const actions = {
    sendMessage: vi.fn(async () => "key"),
    saveDraft: vi.fn(async () => undefined),
    setTyping: vi.fn(async () => undefined),
    editMessage: vi.fn(async () => undefined),
  };
  const intent = new Intent();
  const own = message("m7", me, "See you at six", new Date());
  const known = {
    people: Object.values(people).filter((person) => person.id !== me.id),
    rooms: roomList(new Date()),
    everyone: true,
  };
  const view = render(Composer, { room: "r", title: "Luz", draft, intent, actions, lastEditable: () => own, known });
  return { ...view, actions, intent, own, field: screen.getByTestId<HTMLTextAreaElement>("composer") };
}
const type = (field: HTMLElement, value: string) => fireEvent.input(field, { target: { value } });
const enter = (field: HTMLElement, more: KeyboardEventInit = {}) => fireEvent.keyDown(field, { key: "Enter", ...more });

test("Enter sends what was written, without its outer spaces, and empties the field", async () => {
  const { actions, field } = compose();
  await type(field, " See you \n");
  await enter(field);
  expect(actions.sendMessage).toHaveBeenCalledExactlyOnceWith("r", "See you", null);
  expect(field.value).toBe("");
});

test("Shift+Enter breaks the line, and a word that is being composed is not sent", async () => {
  const { actions, field } = compose();
  await type(field, "こん");
  // True means that nothing kept the field from acting on the key itself.
  expect(await enter(field, { shiftKey: true })).toBe(true);
  expect(await enter(field, { isComposing: true })).toBe(true);
  expect(actions.sendMessage).not.toHaveBeenCalled();
});

test("nothing but spaces is not sent", async () => {
  const { actions, field } = compose();
  await type(field, " \n ");
  await enter(field);
  expect(actions.sendMessage).not.toHaveBeenCalled();
});

test("a text that was not taken comes back above what was written since", async () => {
  const { actions, field } = compose();
  let refuse: (reason: unknown) => void = () => undefined;
  actions.sendMessage.mockReturnValueOnce(new Promise((_, reject) => (refuse = reject)));
  await type(field, "one");
  await enter(field);
  await type(field, "two");
  refuse(failure("storage"));
  expect((await vi.waitFor(() => screen.getByRole("alert"))).textContent).toContain("disk");
  expect(field.value).toBe("one\ntwo");
});

test("every key is kept: the first at once, later ones together, the last when the room is left", async () => {
  const { actions, field, unmount } = compose("old");
  expect(field.value).toBe("old");
  await type(field, "n");
  expect(actions.saveDraft).toHaveBeenLastCalledWith("r", "n");
  await type(field, "ne");
  await type(field, "new");
  expect(actions.saveDraft).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(150);
  expect(actions.saveDraft).toHaveBeenLastCalledWith("r", "new");
  expect(actions.saveDraft).toHaveBeenCalledTimes(2);
  await type(field, "newer");
  unmount();
  expect(actions.saveDraft).toHaveBeenLastCalledWith("r", "newer");
});

test("a draft that cannot be kept is said once", async () => {
  const { actions, field } = compose();
  actions.saveDraft.mockRejectedValue(failure("storage"));
  await type(field, "a");
  await vi.advanceTimersByTimeAsync(400);
  expect(notice.text).toContain("draft");
  notice.dismiss();
  await type(field, "ab");
  await vi.advanceTimersByTimeAsync(400);
  expect(notice.text).toBeNull();
  expect(actions.saveDraft).toHaveBeenCalledTimes(2);
});

const escape = (field: HTMLElement) => fireEvent.keyDown(field, { key: "Escape" });

test("an answer names what it answers, once; Escape or its button drops it and leaves the text", async () => {
  const { actions, field, intent } = compose();
  const asked = message("m3", people.luz, "When?", new Date());
  intent.answer(asked);
  await type(field, "At six");
  expect(screen.getByTestId("composer-reply").textContent).toMatch(/Luz Herrera\s*When\?/u);
  // False means that the key was taken: the room stays open.
  expect(await escape(field)).toBe(false);
  expect([field.value, screen.queryByTestId("composer-reply")]).toEqual(["At six", null]);
  expect(await escape(field)).toBe(true);
  intent.answer(asked);
  await enter(field);
  expect(actions.sendMessage).toHaveBeenLastCalledWith("r", "At six", "m3");
  expect(intent.reply).toBeNull();
});

test("an answer that was not taken stays one", async () => {
  const { actions, field, intent } = compose();
  actions.sendMessage.mockRejectedValueOnce(failure("storage"));
  intent.answer(message("m3", people.luz, "When?", new Date()));
  await type(field, "At six");
  await enter(field);
  await vi.waitFor(() => screen.getByRole("alert"));
  expect(intent.reply?.key).toBe("m3");
});

test("Up in an empty field changes the last own message; Escape gives back what was there", async () => {
  const { actions, field, intent, own } = compose();
  await type(field, "typed");
  await fireEvent.keyDown(field, { key: "ArrowUp" });
  expect(intent.editing).toBeNull();
  await type(field, "");
  await fireEvent.keyDown(field, { key: "ArrowUp" });
  expect([intent.editing, field.value]).toEqual([own, own.content]);
  await type(field, "other");
  expect(actions.saveDraft).not.toHaveBeenCalledWith("r", "other");
  await escape(field);
  expect([intent.editing, field.value]).toEqual([null, ""]);
  expect(actions.editMessage).not.toHaveBeenCalled();
});

async function edit(value: string) {
  const all = compose("a draft");
  all.intent.edit(all.own);
  await tick();
  expect(all.field.value).toBe(all.own.content);
  await type(all.field, value);
  await enter(all.field);
  return all;
}

test("a changed text is saved, and what was typed before is back", async () => {
  const { actions, field } = await edit(" See you at seven ");
  expect(actions.editMessage).toHaveBeenCalledExactlyOnceWith("r", "m7", "See you at seven");
  expect([actions.sendMessage.mock.calls.length, field.value]).toEqual([0, "a draft"]);
});

test("an unchanged text is not saved", async () => {
  const { actions, intent } = await edit("See you at six ");
  expect([actions.editMessage.mock.calls.length, intent.editing]).toEqual([0, null]);
});

test("an emptied text asks whether to delete", async () => {
  const { actions, intent, own } = await edit(" ");
  expect([actions.editMessage.mock.calls.length, intent.deleting]).toEqual([0, own]);
});

test("a refused change says why and gives the text back; what was typed before is still there", async () => {
  const { actions, field, intent, own } = compose("a draft");
  actions.editMessage.mockRejectedValueOnce(failure("forbidden"));
  intent.edit(own);
  await tick();
  await type(field, "See you never");
  await enter(field);
  await vi.waitFor(() => expect(field.value).toBe("See you never"));
  expect(intent.editing).toBe(own);
  expect(notice.text).toContain("not allowed");
  await escape(field);
  expect(field.value).toBe("a draft");
});

test("an emoji comes in where the caret is", async () => {
  vi.useRealTimers();
  const { field } = compose();
  await type(field, "See you");
  field.setSelectionRange(3, 3);
  await fireEvent.click(screen.getByTestId("emoji-button"));
  // The names of all emoji are half a megabyte.
  const [first] = await screen.findAllByTestId("emoji", undefined, { timeout: 20_000 });
  await fireEvent.click(first as Element);
  await vi.waitFor(() => expect(field.value).toBe(`See${first?.textContent} you`));
}, 30_000);

test("who types while nothing has the focus, writes", async () => {
  const { field } = compose();
  field.blur();
  await fireEvent.keyDown(document.body, { key: "c", ctrlKey: true });
  expect(document.activeElement).toBe(document.body);
  await fireEvent.keyDown(document.body, { key: "c" });
  expect(document.activeElement).toBe(field);
});

const suggestions = () => screen.findAllByTestId("suggestion", undefined, { timeout: 20_000 });
const keys = async () => (await suggestions()).map((option) => option.dataset["key"]);
async function name(value: string) {
  vi.useRealTimers();
  const all = compose();
  await type(all.field, value);
  await suggestions();
  return all;
}
const press = (field: HTMLElement, key: string) => fireEvent.keyDown(field, { key });
const gone = () => vi.waitFor(() => expect(screen.queryByTestId("completion")).toBeNull());

test("a person is found by some letters whatever their accents, and named by keyboard alone", async () => {
  const { field, actions } = await name("hi @hèrr");
  expect(await keys()).toEqual([people.luz.id]);
  expect(field.getAttribute("aria-controls")).toBe(screen.getByTestId("completion").id);
  const option = document.getElementById(field.getAttribute("aria-activedescendant") ?? "");
  expect([option?.dataset["key"], option?.getAttribute("aria-selected")]).toEqual([people.luz.id, "true"]);
  await enter(field);
  expect([field.value, actions.sendMessage.mock.calls.length]).toEqual(["hi @luz ", 0]);
  await gone();
  expect(field.getAttribute("aria-activedescendant")).toBeNull();
  await enter(field);
  expect(actions.sendMessage).toHaveBeenCalledExactlyOnceWith("r", "hi @luz", null);
}, 30_000);

test("the arrows go round, Tab takes, Escape lets be until another name is begun", async () => {
  const { field, intent } = await name("@");
  const all = await keys();
  expect(all.at(-1)).toBe("room");
  await press(field, "ArrowUp");
  const active = () => document.getElementById(field.getAttribute("aria-activedescendant") ?? "")?.dataset["key"];
  await vi.waitFor(() => expect(active()).toBe("room"));
  await press(field, "ArrowDown");
  await vi.waitFor(() => expect(active()).toBe(all[0]));
  intent.answer(message("m3", people.luz, "When?", new Date()));
  await press(field, "Escape");
  await gone();
  expect(intent.reply).not.toBeNull();
  await type(field, "@j");
  expect(screen.queryByTestId("completion")).toBeNull();
  await type(field, "@j or @j");
  expect((await keys())[0]).toBe(people.juan.id);
  await press(field, "Tab");
  expect(field.value).toBe("@j or @juan ");
}, 30_000);

test("a name that is written out is sent at once", async () => {
  const { field, actions } = await name("@luz");
  await enter(field);
  expect(actions.sendMessage).toHaveBeenCalledExactlyOnceWith("r", "@luz", null);
}, 30_000);

test("a chat of several is named by a link to it, and picked by pointer", async () => {
  const { field } = await name("see #sier");
  expect(await keys()).toEqual(["r-sierra"]);
  await fireEvent.click((await suggestions())[0] as Element);
  expect(field.value).toBe("see [#Sierra, Sunday](recado://room/r-sierra) ");
}, 30_000);

test("an emoji is found by what it is called", async () => {
  const { field } = await name("ok :rocke");
  await enter(field);
  expect(field.value).toBe("ok 🚀");
}, 30_000);

test("what is selected is formatted by the bar, reached by keyboard", async () => {
  vi.useRealTimers();
  const { field } = compose();
  await type(field, "See you");
  expect(screen.queryByTestId("format-bar")).toBeNull();
  field.setSelectionRange(4, 7);
  await fireEvent(document, new Event("selectionchange"));
  const bold = await screen.findByTestId("format-bold");
  bold.focus();
  await press(bold, "ArrowRight");
  expect(document.activeElement).toBe(screen.getByTestId("format-italic"));
  await press(screen.getByTestId("format-italic"), "End");
  expect(document.activeElement).toBe(screen.getByTestId("format-quote"));
  await fireEvent.click(bold);
  expect([field.value, document.activeElement]).toEqual(["See **you**", field]);
  await press(screen.getByTestId("format-bold"), "Escape");
  await vi.waitFor(() => expect(screen.queryByTestId("format-bar")).toBeNull());
});
