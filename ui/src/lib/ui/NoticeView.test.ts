import { fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { notice, offerUndo, UNDO_MS } from "$lib/notice.svelte";
import NoticeView from "./NoticeView.svelte";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  notice.dismiss();
  vi.useRealTimers();
  document.body.replaceChildren();
});

function offer() {
  const undo = vi.fn(async () => undefined);
  const field = document.createElement("textarea");
  document.body.append(field);
  field.focus();
  render(NoticeView);
  offerUndo("Message deleted", undo);
  return { undo, field };
}
const ctrlZ = (on: Element) => fireEvent.keyDown(on, { key: "z", ctrlKey: true });

test("what was done is told politely, with a button that takes it back and gives the focus back", async () => {
  const { undo, field } = offer();
  const button = await screen.findByTestId("undo");
  expect(screen.getByRole("status").textContent).toContain("Message deleted");
  button.focus();
  await fireEvent.click(button);
  expect(undo).toHaveBeenCalledOnce();
  expect(screen.queryByTestId("undo")).toBeNull();
  expect(document.activeElement).toBe(field);
});

test("Ctrl+Z takes it back until something is typed", async () => {
  const { undo, field } = offer();
  await screen.findByTestId("undo");
  expect(await ctrlZ(field)).toBe(false);
  expect(undo).toHaveBeenCalledOnce();
  offerUndo("Message deleted", undo);
  await vi.advanceTimersByTimeAsync(0);
  await fireEvent.input(field, { target: { value: "a" } });
  // True means that nothing kept the field from acting on the key itself.
  expect(await ctrlZ(field)).toBe(true);
  expect(undo).toHaveBeenCalledOnce();
});

test("it is offered as long as it can work, also where one looks at it", async () => {
  offer();
  await fireEvent.pointerEnter(await screen.findByTestId("notice"));
  await vi.advanceTimersByTimeAsync(UNDO_MS - 10);
  expect(notice.undo).not.toBeNull();
  await vi.advanceTimersByTimeAsync(20);
  expect(notice.text).toBeNull();
});

test("several stand beside each other: each is reached, and the key takes back the latest first", async () => {
  const { undo, field } = offer();
  await screen.findByTestId("undo");
  const later = vi.fn(async () => undefined);
  offerUndo("You left Sierra", later);
  notice.say("Copied.");
  await vi.advanceTimersByTimeAsync(0);
  expect(screen.getAllByTestId("notice").map((one) => one.querySelector("p")?.textContent)).toEqual([
    "Copied.",
    "You left Sierra",
    "Message deleted",
  ]);
  // Only what is new is read aloud.
  expect(screen.getByRole("status").getAttribute("aria-atomic")).toBe("false");
  await ctrlZ(field);
  expect(later).toHaveBeenCalledOnce();
  expect(undo).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(0);
  await ctrlZ(field);
  expect(undo).toHaveBeenCalledOnce();
});

test("the focus goes back where it was when the notice that has it goes by itself", async () => {
  const { field } = offer();
  (await screen.findByTestId("undo")).focus();
  await vi.advanceTimersByTimeAsync(UNDO_MS + 10);
  expect(screen.queryByTestId("notice")).toBeNull();
  expect(document.activeElement).toBe(field);
});
