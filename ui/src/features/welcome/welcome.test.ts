import { expect, test } from "vitest";
import { FakeCore } from "$lib/ipc/fake/core";
import { Welcome } from "./welcome.svelte";

test("a taken name is said at its field and nothing typed is lost", async () => {
  const welcome = new Welcome(new FakeCore(), "chat.example.org");
  await welcome.check();
  welcome.mode = "create";
  Object.assign(welcome, { username: "juan", password: "long enough" });
  await welcome.submit();
  expect(Object.keys(welcome.errors)).toEqual(["username"]);
  expect(welcome.password).toBe("long enough");
});

test("a wrong password is said at the password", async () => {
  const welcome = new Welcome(new FakeCore(), "chat.example.org");
  await welcome.check();
  Object.assign(welcome, { username: "ana", password: "wrong-password" });
  await welcome.submit();
  expect(Object.keys(welcome.errors)).toEqual(["password"]);
});

test("a server without encryption is confirmed by name, then asked again", async () => {
  const core = new FakeCore();
  const welcome = new Welcome(core, "http://chat.lan:8000");
  await welcome.check();
  expect(welcome.server).toBeNull();
  expect(welcome.insecure).toBe("http://chat.lan:8000");
  await welcome.confirmInsecure();
  expect(welcome.server).not.toBeNull();
});

test("a new server asks for the setup code before it asks the server", async () => {
  const core = new FakeCore(new URLSearchParams("state=new-server"));
  const welcome = new Welcome(core, "chat.example.org");
  await welcome.check();
  expect(welcome.mode).toBe("create");
  Object.assign(welcome, { username: "ana", password: "long enough" });
  await welcome.submit();
  expect(Object.keys(welcome.errors)).toEqual(["setup_code"]);
  expect(core.calls.some(([name]) => name === "register")).toBe(false);
});
