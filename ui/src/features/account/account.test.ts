import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, test, vi } from "vitest";
import { me } from "$lib/ipc/fake/conversation";
import { FakeCore, failure } from "$lib/ipc/fake/core";
import AccountMenu from "./AccountMenu.svelte";
import PrivacyDialog from "./PrivacyDialog.svelte";
import ProfileDialog from "./ProfileDialog.svelte";
import StatusDialog from "./StatusDialog.svelte";

beforeEach(() => {
  Element.prototype.scrollIntoView ??= () => undefined;
});

const core = (state = "") => new FakeCore(new URLSearchParams({ state }));
const profiles = (of: FakeCore) => of.calls.filter(([name]) => name === "setProfile").map(([, patch]) => patch);

async function menu() {
  const calls = {
    onpresence: vi.fn(),
    ondialog: vi.fn(),
    onoffline: vi.fn(),
    onlanguage: vi.fn(),
    onsignout: vi.fn(),
  };
  const status = { emoji: "⛵", text: "On the water", until: null };
  const props = { me, server: "https://recado.example.org", isAdmin: false, offline: false, presence: "dnd" as const };
  render(AccountMenu, { ...props, status: async () => status, ...calls });
  const trigger = screen.getByTestId("account-menu");
  trigger.focus();
  await fireEvent.keyDown(trigger, { key: "Enter" });
  await screen.findByTestId("sign-out");
  return calls;
}

test("the menu tells how one is seen, and lets one choose", async () => {
  const { onpresence } = await menu();
  expect(screen.getByTestId("presence-dnd").getAttribute("aria-checked")).toBe("true");
  expect(screen.getByTestId("presence-invisible").textContent).toContain("Invisible");
  await fireEvent.click(screen.getByTestId("presence-invisible"));
  expect(onpresence).toHaveBeenCalledExactlyOnceWith("invisible");
});

test("the status that one has stands in the menu and goes to its dialog", async () => {
  const { ondialog } = await menu();
  await waitFor(() => expect(screen.getByTestId("set-status").textContent).toContain("⛵ On the water"));
  await fireEvent.click(screen.getByTestId("set-status"));
  expect(ondialog).toHaveBeenCalledExactlyOnceWith("status");
});

test("a status is set with its end", async () => {
  const actions = core();
  const onclose = vi.fn();
  render(StatusDialog, { status: null, offline: false, actions, onclose });
  await fireEvent.input(screen.getByTestId("status-text"), { target: { value: " At the dentist " } });
  await fireEvent.change(screen.getByTestId("status-clear"), { target: { value: "hour" } });
  await fireEvent.click(screen.getByTestId("status-save"));
  await waitFor(() => expect(onclose).toHaveBeenCalledOnce());
  const [patch] = profiles(actions) as [{ status: { until: string } }];
  expect(patch).toEqual({ status: { emoji: null, text: "At the dentist", until: expect.any(String) } });
  expect(Math.round((new Date(patch.status.until).getTime() - Date.now()) / 60_000)).toBe(60);
});

test("what a status said is changed without its end being, and it is cleared when nothing is left of it", async () => {
  const actions = core();
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const status = { emoji: "⛵", text: "On the water", until };
  const shown = render(StatusDialog, { status, offline: false, actions, onclose: vi.fn() });
  await fireEvent.input(screen.getByTestId("status-text"), { target: { value: "Back at four" } });
  await fireEvent.click(screen.getByTestId("status-save"));
  await waitFor(() => expect(profiles(actions)).toEqual([{ status: { emoji: "⛵", text: "Back at four", until } }]));
  shown.unmount();
  render(StatusDialog, { status, offline: false, actions, onclose: vi.fn() });
  await fireEvent.click(screen.getByTestId("status-emoji-drop"));
  await fireEvent.input(screen.getByTestId("status-text"), { target: { value: " " } });
  await fireEvent.click(screen.getByTestId("status-save"));
  await waitFor(() => expect(profiles(actions)[1]).toEqual({ status: null }));
});

test("of a profile only what changed is saved; an empty name is not", async () => {
  const actions = core();
  const onclose = vi.fn();
  render(ProfileDialog, { me: me.id, offline: false, actions, onclose });
  const name = screen.getByTestId<HTMLInputElement>("profile-name");
  await waitFor(() => expect(name.value).toBe("Ana Ruiz"));
  await fireEvent.input(name, { target: { value: "" } });
  await fireEvent.click(screen.getByTestId("profile-save"));
  expect(screen.getByTestId("field-error").textContent).toBe("This is needed.");
  await fireEvent.input(name, { target: { value: "Ana R." } });
  await fireEvent.change(screen.getByTestId("profile-zone"), { target: { value: "" } });
  await fireEvent.click(screen.getByTestId("profile-save"));
  await waitFor(() => expect(onclose).toHaveBeenCalledOnce());
  expect(profiles(actions)).toEqual([{ display_name: "Ana R.", time_zone: null }]);
});

test("a refusal is said at the field that it is about", async () => {
  const actions = core();
  vi.spyOn(actions, "setProfile").mockRejectedValueOnce(failure("invalid_request", "about"));
  render(ProfileDialog, { me: me.id, offline: false, actions, onclose: vi.fn() });
  const about = screen.getByTestId<HTMLTextAreaElement>("profile-about");
  await waitFor(() => expect(about.value).not.toBe(""));
  await fireEvent.input(about, { target: { value: "Something else" } });
  await fireEvent.click(screen.getByTestId("profile-save"));
  await waitFor(() => expect(about.getAttribute("aria-invalid")).toBe("true"));
});

test("read receipts are switched, and a refusal takes the switch back", async () => {
  const actions = core("refused,blocking");
  vi.spyOn(actions, "blockedPeople").mockResolvedValue([]);
  render(PrivacyDialog, { offline: false, actions, onclose: vi.fn() });
  const receipts = await screen.findByTestId("read-receipts");
  await fireEvent.click(receipts);
  expect((await screen.findByTestId("form-error")).textContent).toContain("busy");
  expect(receipts.getAttribute("aria-checked")).toBe("true");
});

test("blocked people are listed and let in again", async () => {
  render(PrivacyDialog, { offline: false, actions: core("blocking"), onclose: vi.fn() });
  expect((await screen.findByTestId("blocked")).dataset["username"]).toBe("ivan");
  await fireEvent.click(screen.getByRole("button", { name: /Unblock .*Иван/u }));
  expect(await screen.findByText("You block nobody.")).toBeTruthy();
});

test("without a connection it says so and can be tried again", async () => {
  const actions = core("offline");
  render(PrivacyDialog, { offline: true, actions, onclose: vi.fn() });
  expect((await screen.findByRole("alert")).textContent).toContain("connection");
  expect(screen.getByTestId("retry-privacy")).toBeTruthy();
});
