import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, test, vi } from "vitest";
import { locale } from "$lib/texts.svelte";
import EmojiPicker from "./EmojiPicker.svelte";
import { taste } from "./taste.svelte";

// The names of all emoji are half a megabyte, and two thousand buttons much without a browser.
vi.setConfig({ testTimeout: 30_000 });

beforeEach(() => {
  taste.recent = [];
  taste.choose(0);
});

async function open() {
  const onpick = vi.fn();
  render(EmojiPicker, { onpick });
  await waitFor(() => expect(screen.getAllByTestId("emoji").length).toBeGreaterThan(1_000), { timeout: 20_000 });
  return { onpick, search: screen.getByTestId("emoji-search") };
}
const shown = () => screen.getAllByTestId("emoji").map((button) => button.textContent);

test("a search narrows it down, and Enter takes the first", async () => {
  const { onpick, search } = await open();
  expect(document.activeElement).toBe(search);
  await fireEvent.input(search, { target: { value: "thumbs" } });
  expect(shown().slice(0, 2)).toEqual(["👍", "👎"]);
  await fireEvent.keyDown(search, { key: "Enter" });
  expect(onpick).toHaveBeenCalledExactlyOnceWith("👍");
  await fireEvent.input(search, { target: { value: "xyzzy" } });
  expect(screen.getByRole("status").textContent).toContain("No emoji");
});

test("the arrows go through the rows, and up from the first to the search", async () => {
  const { search } = await open();
  await fireEvent.keyDown(search, { key: "ArrowDown" });
  const at = () => (document.activeElement as HTMLElement).dataset["at"];
  await waitFor(() => expect(at()).toBe("0-0"));
  const go = async (key: string, to: string) => {
    await fireEvent.keyDown(document.activeElement as Element, { key });
    await waitFor(() => expect(at()).toBe(to));
  };
  await go("ArrowRight", "0-1");
  await go("ArrowDown", "0-9");
  await go("ArrowUp", "0-1");
  await fireEvent.keyDown(document.activeElement as Element, { key: "ArrowUp" });
  expect(document.activeElement).toBe(search);
});

test("a tone of skin is chosen once and kept", async () => {
  const { search } = await open();
  await fireEvent.click(screen.getByTestId("emoji-tone"));
  await fireEvent.click(screen.getByTestId("tone-5"));
  await fireEvent.input(search, { target: { value: "waving hand" } });
  expect(shown()[0]).toBe("👋🏿");
  expect(localStorage.getItem("emoji-tone")).toBe("5");
});

test("it is in the language of the window", async () => {
  await locale.choose("es");
  const { search } = await open();
  await fireEvent.input(search, { target: { value: "corazon rojo" } });
  expect(screen.getAllByTestId("emoji")[0]?.getAttribute("aria-label")).toContain("corazón rojo");
});

test("what one uses is likeliest, and six are always there", () => {
  taste.used("🧉");
  taste.used("👍");
  expect(taste.quick()).toEqual(["👍", "🧉", "❤️", "😂", "🎉", "😮"]);
});
