import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { me, people } from "$lib/ipc/fake/conversation";
import { FakeCore } from "$lib/ipc/fake/core";
import { notice } from "$lib/notice.svelte";
import PersonCard from "./PersonCard.svelte";

beforeEach(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() }));
});
afterEach(() => notice.dismiss());

function open(user: string, actions = new FakeCore()) {
  const anchor = document.createElement("button");
  document.body.append(anchor);
  anchor.focus();
  const calls = { onopen: vi.fn(), onclose: vi.fn() };
  const card = render(PersonCard, {
    props: { user, me: me.id, anchor, now: new Date(), offline: false, actions, ...calls },
  });
  // As where it stands in the window.
  calls.onclose.mockImplementation(() => card.unmount());
  return { actions, anchor, ...calls };
}

test("it says who somebody is, how present, about what and what time it is there", async () => {
  open(people.luz.id);
  expect((await screen.findByTestId("card-name")).textContent).toBe("Luz Herrera");
  const card = screen.getByTestId("person-card").textContent ?? "";
  for (const told of ["Online", "luz", "On the water", "Local time"]) expect(card).toContain(told);
  expect(screen.getByTestId("fact-time").textContent).toMatch(/\d\d:\d\d/u);
});

test("one writes to them from there", async () => {
  const { actions, onopen, onclose } = open(people.luz.id);
  const create = vi.spyOn(actions, "createRoom");
  await fireEvent.click(await screen.findByTestId("card-write"));
  expect(create).toHaveBeenCalledExactlyOnceWith(null, "private", [people.luz.id]);
  await waitFor(() => expect(onopen).toHaveBeenCalledOnce());
  expect(onclose).toHaveBeenCalledOnce();
});

test("blocking asks first, in place of the card, and the focus goes back where it was", async () => {
  const { actions, anchor, onclose } = open(people.luz.id);
  await fireEvent.click(await screen.findByTestId("block"));
  await fireEvent.click(await screen.findByTestId("confirm-no"));
  expect(actions.calls.map(([name]) => name)).not.toContain("block");
  expect(onclose).toHaveBeenCalledOnce();
  await waitFor(() => expect(document.activeElement).toBe(anchor));
});

test("who is blocked is let in again there, and only then written to", async () => {
  const actions = new FakeCore();
  await actions.block(people.ivan.id);
  open(people.ivan.id, actions);
  await fireEvent.click(await screen.findByTestId("unblock"));
  await waitFor(() => expect(screen.queryByTestId("unblock")).toBeNull());
  expect(screen.getByTestId<HTMLButtonElement>("card-write").disabled).toBe(false);
});

test("of oneself there is nothing to decide, and what cannot be told is said", async () => {
  open(me.id);
  await screen.findByTestId("card-name");
  expect([screen.queryByTestId("card-write"), screen.queryByTestId("block")]).toEqual([null, null]);
  cleanup();
  open("u-nobody");
  expect((await screen.findByRole("alert")).textContent).not.toBe("");
});
