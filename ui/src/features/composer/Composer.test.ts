import { fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { failure } from "$lib/ipc/fake/core";
import { notice } from "$lib/notice.svelte";
import Composer from "./Composer.svelte";

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
  };
  const view = render(Composer, { room: "r", title: "Luz", draft, actions });
  return { ...view, actions, field: screen.getByTestId<HTMLTextAreaElement>("composer") };
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
