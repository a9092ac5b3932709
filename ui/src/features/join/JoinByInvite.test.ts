import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";
import { FakeCore } from "$lib/ipc/fake/core";
import JoinByInvite from "./JoinByInvite.svelte";

const here = "https://recado.example.org";

function show(code: string, server = here, state = "") {
  const actions = new FakeCore(new URLSearchParams({ state }));
  const calls = { onopen: vi.fn(), onclose: vi.fn() };
  render(JoinByInvite, { invite: { server, code }, server: `${here}/`, actions, ...calls });
  return { ...calls, joined: () => actions.calls.filter(([name]) => name === "joinByInvite").map((call) => call[1]) };
}

test("it names the server and joins only when one says so", async () => {
  const { onopen, joined } = show("3f9c");
  expect(screen.getByText(/a room on recado\.example\.org/u)).toBeTruthy();
  expect(joined()).toEqual([]);
  await fireEvent.click(screen.getByTestId("confirm-join"));
  await waitFor(() => expect(onopen).toHaveBeenCalledExactlyOnceWith("r-sierra"));
  expect(joined()).toEqual(["3f9c"]);
});

test("a link to another server cannot be used here, and says how it could", () => {
  show("3f9c", "https://elsewhere.example");
  expect(screen.getByText(/leads to elsewhere\.example.*signed in to recado\.example\.org/u)).toBeTruthy();
  expect(screen.queryByTestId("confirm-join")).toBeNull();
});

test("a link that is over says so, and one goes nowhere", async () => {
  const { onopen } = show("expired");
  await fireEvent.click(screen.getByTestId("confirm-join"));
  expect((await screen.findByRole("alert")).textContent).toContain("expired");
  expect(onopen).not.toHaveBeenCalled();
});

test("without a connection the link is not what is wrong", async () => {
  show("3f9c", here, "offline");
  await fireEvent.click(screen.getByTestId("confirm-join"));
  const words = (await screen.findByRole("alert")).textContent;
  expect(words).toContain("connection");
  expect(words).not.toContain("expired");
});
