import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";
import Markup from "./Markup.svelte";
import { parse } from "./parse";

function show(text: string) {
  const onlink = vi.fn();
  const { container } = render(Markup, { blocks: parse(text), tabindex: 0, onlink });
  return { onlink, container };
}

test("nothing of a message becomes part of the page", () => {
  const { container } = show("<img src=x onerror=alert(1)> **<script>alert(1)</script>** `<b>`");
  expect(container.querySelectorAll("img, script, b").length).toBe(0);
  expect(container.textContent).toContain("<img src=x onerror=alert(1)>");
});

test("spaces and lines are as they were typed", () => {
  expect(show("a  **b**\nc").container.textContent).toBe("a  b\nc");
});

test("a link tells where it leads, in letters that cannot be mistaken, and opens outside", async () => {
  const { onlink } = show("[here](https://xn--80ak6aa92e.test/) [there](https://аррӏе.test/)");
  const [here, there] = screen.getAllByRole("link");
  expect(here?.title).toBe("https://xn--80ak6aa92e.test/");
  expect(there?.title).toMatch(/^https:\/\/xn--/u);
  expect(await fireEvent.click(here as Element)).toBe(false);
  expect(onlink).toHaveBeenCalledExactlyOnceWith("https://xn--80ak6aa92e.test/");
});

test("what is hidden is shown on a click or a key, and stays", async () => {
  const { container } = show("It was ||the *gardener*||.");
  const hidden = screen.getByRole("button", { name: "Show what is hidden" });
  expect(container.querySelector("[inert]")).not.toBeNull();
  await fireEvent.keyDown(hidden, { key: "Enter" });
  expect(container.querySelector("[inert]")).toBeNull();
  expect(screen.queryByRole("button")).toBeNull();
  expect(container.textContent).toBe("It was the gardener.");
});

test("code is coloured once its language is there, copied whole, and never anything but text", async () => {
  const writeText = vi.fn(async () => undefined);
  vi.stubGlobal("navigator", Object.assign(Object.create(navigator), { clipboard: { writeText } }));
  const code = 'let a = "<b>";';
  const { container } = show(`\`\`\`js\n${code}\n\`\`\``);
  await waitFor(() => expect(container.querySelector(".str")?.textContent).toBe('"<b>"'), { timeout: 4_000 });
  expect(container.querySelector("pre")?.textContent).toBe(code);
  await fireEvent.click(screen.getByTestId("copy-code"));
  expect(writeText).toHaveBeenCalledExactlyOnceWith(code);
  vi.unstubAllGlobals();
});
