import { expect, test } from "vitest";
import { asFailure, failureText } from "./failure";
import { locale } from "./texts.svelte";

test("an unknown rejection is a fault of the program", () => {
  expect(asFailure(new Error("x")).code).toBe("internal");
  expect(asFailure({ code: "offline", message: "", field: null, retry_after_ms: null }).code).toBe("offline");
  expect(asFailure({ code: "never_heard_of" }).code).toBe("internal");
});

test("words follow the language", async () => {
  await locale.choose("es");
  const spanish = failureText("unreachable");
  await locale.choose("en");
  expect(failureText("unreachable")).not.toBe(spanish);
});
